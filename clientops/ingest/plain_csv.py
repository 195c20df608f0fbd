"""The fast way in: a CSV whose every value is in plain form is read by DuckDB alone.

Plain form is what DuckDB and `values` read alike: decimals behind a point or a comma, days as
2026-10-31 or 31.10.2026, any encoding. Whatever else a file holds sends the whole table the
thorough way, which gives the same rows and knows the line of each.
"""

import contextlib
import csv
import itertools
import re
import shutil
import tempfile
from pathlib import Path

import duckdb

from clientops import schema
from clientops.ingest import containers, files, raw, repeats, shapes, sql, totals, typed, values
from clientops.settings import Source

# Of these two types DuckDB reads more than we do: 1.5 as the integer 2, 24:00 as the next day.
_PLAIN = {
    "integer": r"-?\d{1,14}",
    "timestamp": r"\d{4}-\d{2}-\d{2}([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)?",
}
# With dots the day comes first, unless a value tells otherwise: then it is no date, read so.
_DOTTED = r"\d{2}\.\d{2}\.\d{4}( ([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?"
_SPACES = " \u00a0\u202f"  # between thousands
_FORMATTED = rf"-?(\d{{1,14}}|[1-9]\d{{0,2}}([{_SPACES}]\d{{3}}){{1,4}})(,\d{{1,4}})?"
# What is seen of the decimal mark of a number, as bits: before three digits it may be for thousands
_MARKS = {".": (1, 2), ",": (4, 8)}


def load(
    con: sql.Connection,
    table: schema.Table,
    source: Source,
    paths: list[Path],
    rules: typed.Rules = typed.NO_RULES,
) -> bool:
    """Read UTF-8 CSV straight into the table; False, and no table, where a value is not plain.

    Raises ClientOpsError for missing columns, as the thorough way does.
    """
    if source.dedupe or source.revenue_is == "document" or not shapes.is_plain(source):
        return False
    with tempfile.TemporaryDirectory() as folder:
        return _load(con, table, source, paths, rules, Path(folder))


def _load(
    con: sql.Connection, table: schema.Table, source: Source, paths: list[Path],
    rules: typed.Rules, folder: Path,
) -> bool:  # fmt: skip
    """Read the files, see `load`; *folder* takes copies of those in other encodings."""
    selects, headers = [], set()
    for number, path in enumerate(paths):
        if path.suffix.lower() == ".parquet" or containers.is_workbook(path):
            return False
        file = files.open_text(path, raw.fitting(table, source), source.encoding)
        if file.skip > 1 or not _begins(file):
            return False  # DuckDB begins at the first line
        if raw.has_currencies(file.header):
            return False
        mapping = raw.columns_of(table, source, file.header, path)
        if len(set(mapping.values())) < len(mapping):
            return False  # one column of the file cannot have two types
        copy = _in_utf8(file, folder / f"{number}.csv")
        if copy is None or _has_nuls(copy):
            return False
        selects.append(_select(table, mapping, file, copy))
        headers.update(map(str.lower, file.header))
    con.execute("set preserve_insertion_order = false")  # a third faster; no row is told by place
    try:
        con.execute(f"create table {table.name} as {' union all '.join(selects)}")
    except (duckdb.ConversionException, duckdb.InvalidInputException):
        return False
    finally:
        con.execute("set preserve_insertion_order = true")
    extra = [row[0] for row in con.execute(f"describe {table.name}").fetchall()
             if row[0] not in {c.name for c in table.columns}]  # fmt: skip
    if _is_odd(con, table, source, rules, extra, headers):
        con.execute(f"drop table {table.name}")
        return False
    repeats.notice(con, table, f"(select * exclude ({', '.join(extra[1:])}) from {table.name})"
                   if extra[1:] else table.name)  # fmt: skip
    for column in extra:
        con.execute(f"alter table {table.name} drop column {column}")
    return True


def _is_odd(
    con: sql.Connection, table: schema.Table, source: Source,
    rules: typed.Rules, extra: list[str], headers: set[str],
) -> bool:  # fmt: skip
    """Whether something in the table needs the thorough way."""
    marks = [column for column in extra if column.startswith("mark_")]
    seen = "".join(f", bit_or({column})" for column in marks)
    found = con.execute(
        f"select bool_or(odd) or {_faults(table, rules)}{seen} from {table.name} group by file"
    ).fetchall()
    if any(odd or any(_is_unclear(bits, source) for bits in seen) for odd, *seen in found):
        return True
    if any(shapes.with_blanks(con, table.name, column) for column in shapes.below(table)):
        return True
    raw.refuse_scientific(con, table.name, table, [c.name for c in table.columns])
    # A header may stand among the rows again.
    words = ", ".join(map(sql.quoted, (*values.NOTHING, *values.BROKEN, *sorted(headers))))
    texts = [column.name for column in table.columns if column.type == "text"]
    told = " union all ".join(_texts(table, name) for name in texts)  # to ask once takes a sixth

    def are_some(*tests: str) -> tuple[bool, ...]:
        asked = ", ".join(f"bool_or({test})" for test in tests)
        return con.execute(f"select {asked} from ({told})").fetchone()

    def matching(pattern: str) -> str:
        return f"regexp_matches(lower(told), {sql.quoted(pattern)})"

    if not texts:
        return False
    hint = matching(totals.HINT) if table.name in schema.MONEY_OF else "false"
    is_said, is_hinted = are_some(f"lower(told) in ({words})", hint)
    return bool(is_said or (is_hinted and are_some(matching(totals.LABEL))[0]))


def _is_unclear(seen: int, source: Source) -> bool:
    """Whether the decimal mark of a column in a file needs a second look, see _MARKS."""
    shown = [mark for mark, bits in _MARKS.items() if seen & sum(bits)]
    if len(shown) > 1:
        return True
    return any(seen & sum(_MARKS[mark]) == _MARKS[mark][0] and source.decimal != mark
               for mark in shown)  # fmt: skip


def _texts(table: schema.Table, name: str) -> str:
    """SQL of what a column of texts holds, each once, as far as it may be odd."""
    if name == table.document:  # so many of them that most must be passed over cheaply
        return f"select {name} as told from {table.name} where {name}[-1] not between '0' and '9'"
    return f"select distinct {name} as told from {table.name}"


def _begins(file: files.TextFile) -> bool:
    """Whether the first line is the header's: DuckDB counts on it."""
    with file.path.open(encoding=file.encoding) as lines:
        return next(lines).strip() != ""


def _in_utf8(file: files.TextFile, copy: Path) -> Path | None:
    """The file where DuckDB can read it; None where it is not of its encoding."""
    if file.encoding == "utf-8-sig":
        return file.path
    with (
        contextlib.suppress(UnicodeError),
        file.path.open(encoding=file.encoding, newline="") as theirs,
        copy.open("w", encoding="utf-8", newline="") as ours,
    ):
        shutil.copyfileobj(theirs, ours, 1 << 20)
        return copy
    return None


def _has_nuls(path: Path) -> bool:
    """Whether a file has zero bytes, which DuckDB reads as letters."""
    with path.open("rb") as file:
        return any(b"\0" in chunk for chunk in iter(lambda: file.read(1 << 20), b""))


def _select(table: schema.Table, mapping: dict[str, str], file: files.TextFile, copy: Path) -> str:
    types = dict.fromkeys((f"c{number}" for number in range(len(file.header))), "VARCHAR")
    dotted, picked, numbers, marks = _dotted(file), [], [], []
    for column in table.columns:
        type_ = sql.TYPES[column.type]
        if column.name not in mapping:
            picked.append(f"cast(null as {type_}) as {column.name}")
            continue
        place = file.header.index(mapping[column.name])
        theirs = f"c{place}"
        is_dotted = column.type in sql.DATES and place in dotted
        if column.type in ("date", "month", "first_day") and not is_dotted:
            types[theirs] = type_  # read by the format below, so that only ISO dates pass
        if column.type in ("money", "number"):
            numbers.append(theirs)
            marks.append(f"{_mark(theirs)}::utinyint as mark_{column.name}")
        picked.append(f"{_value(theirs, column, is_dotted)} as {column.name}")
    # DuckDB reads 1_000 as a number.
    odd = f"contains(concat({', '.join(numbers)}), '_')" if numbers else "false"
    extra = "".join(f", {mark}" for mark in marks)
    return (
        f"select {', '.join(picked)}, {sql.quoted(file.path.name)} as file, {odd} as odd{extra} "
        f"from read_csv({sql.file(copy)}, "
        f"delim={sql.quoted(file.delimiter)}, quote='\"', escape='\"', header=true, nullstr='', "
        f"auto_detect=false, dateformat='%Y-%m-%d', columns={types!r})"
    )


def _dotted(file: files.TextFile) -> set[int]:
    """The columns whose first value looks like 31.10.2026."""
    first: list[str] = []
    with (
        contextlib.suppress(csv.Error, UnicodeError),  # the thorough way says what is wrong
        file.path.open(encoding=file.encoding, newline="") as lines,
    ):
        rows = csv.reader(lines, delimiter=file.delimiter)
        first = next(itertools.islice(rows, 1, None), [])
    return {place for place, cell in enumerate(first) if re.fullmatch(_DOTTED, cell)}


def _mark(theirs: str) -> str:
    """SQL of what is seen of the decimal mark in a number, see _MARKS."""
    cases = "".join(
        f" when contains({theirs}, '{mark}') then case when {theirs}[-4] = '{mark}' "
        f"then {doubtful} else {clear} end"
        for mark, (doubtful, clear) in _MARKS.items()
    )
    return f"case{cases} else 0 end"


def _value(theirs: str, column: schema.Column, is_dotted: bool) -> str:
    """SQL of one column; a text that is not plain makes the cast, and so the query, fail."""
    type_ = sql.TYPES[column.type]
    if column.type == "text":
        return sql.cleaned(theirs)
    if is_dotted:
        clock = f" || {theirs}[11:]" if column.type == "timestamp" else ""
        day = f"{theirs}[7:10] || '-' || {theirs}[4:5] || '-' || {theirs}[1:2]{clock}"
        theirs = _only(theirs, _DOTTED, day)
    elif column.type in ("money", "number"):
        bare = f"trim({theirs})"
        digits = f"replace(translate({bare}, '{_SPACES}', ''), ',', '.')"
        formatted = f"cast({_only(bare, _FORMATTED, digits)} as {type_})"
        return f"coalesce(try_cast({theirs} as {type_}), {formatted})"
    elif column.type in _PLAIN:
        theirs = _only(theirs, _PLAIN[column.type], theirs)
    value = f"cast({theirs} as {type_})"
    return f"cast(date_trunc('month', {value}) as date)" if column.type == "month" else value


def _only(theirs: str, pattern: str, value: str) -> str:
    """SQL of a value where the text has a form; else what no cast reads."""
    plain = f"regexp_full_match({theirs}, {sql.quoted(pattern)})"
    return f"case when not {plain} then 'not plain' else {value} end"


def _faults(table: schema.Table, rules: typed.Rules) -> str:
    """SQL that is true where a row must be rejected."""
    faults = [f"{name} is null" for name in table.required]
    faults += [sql.outside(c.name) for c in table.columns if c.type in sql.DATES]
    faults += [f"day({c.name}) <> 1" for c in table.columns if c.type == "first_day"]
    faults += [f"{name} not between {low} and {high}" for name, (low, high) in rules.limits.items()]
    faults += [f"{name} > '{day}'" for name, day in rules.latest.items()]
    found = f"bool_or({' or '.join(faults)})"
    if table.key:
        found += f" or count(*) > count(distinct ({', '.join(table.key)}))"
    return found
