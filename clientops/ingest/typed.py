"""From raw texts to typed rows; what cannot be read is noted in `rejects`, never emptied.

Works on the table `raw` (file, line, our columns) and leaves `parsed` (row, all columns of the
schema) and `bad_rows` (row, and why it is left out: a `fault`; or it was understood, and is a
`total`, `late`, or `repeated`). How numbers and dates are written is decided for each file and
column.
"""

import datetime
import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.ingest import raw, shapes, sql, totals, values
from clientops.settings import Source

REASONS = {
    "date": "not a date from 1970 to 2100",
    "month": "not a month from 1970 to 2100",
    "first_day": "not the first day of a month from 1970 to 2100",
    "timestamp": "not a time from 1970 to 2100",
    "money": "not an amount of money",
    "number": "not a number",
    "integer": "not a whole number",
    "boolean": "neither yes nor no",
}

# The SQL types that are cast straight into ours; any other is read from its text.
_NUMERIC = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL\(.*\)")
_CALENDAR = re.compile(r"DATE|TIMESTAMP.*")
# Numbers that are read only one way, whatever the decimal mark: the engine reads them alone.
_PLAIN = r"-?\d{1,14}([.,](\d{1,2}|\d{4}))?"
GOOD = "row not in (select row from bad_rows)"  # SQL: rows of `parsed` that are kept


class Rules(NamedTuple):
    """What the settings and the day of the build say of a table's values."""

    limits: Mapping[str, tuple[int, int]] = MappingProxyType({})  # between which a column must lie
    latest: Mapping[str, datetime.date] = MappingProxyType({})  # days after which are rejected
    zone: str = ""  # in which times with an offset from UTC are told


NO_RULES = Rules()


def parse(
    con: sql.Connection,
    table: schema.Table,
    source: Source,
    columns: dict[str, str],
    rules: Rules = NO_RULES,
) -> None:
    """Make `parsed` and `bad_rows` from `raw`, whose columns and SQL types are given.

    Raises ClientOpsError where the order of dates, the decimal mark or a time's zone cannot be
    decided, and where values cannot be what they were: swapped dates, shortened identifiers.
    """
    texts = {
        column.name
        for column in table.columns
        if column.name in columns and not is_castable(columns[column.name], column.type)
    }
    for column in texts:  # Parquet and queries may hold blanks
        text = sql.cleaned(f"({sql.text(column, columns[column])})")
        con.execute(f"alter table raw alter {column} type varchar using {text}")
    con.execute("create or replace temp table nothings (row bigint, name varchar, text varchar)")
    for column in table.columns:
        if column.name in columns:
            _empty_nothing(con, column, column.name in texts)
    con.execute("create or replace temp table blanks_below (file varchar, name varchar)")
    for name in texts.intersection(shapes.below(table)):
        con.execute(f"insert into blanks_below select file, '{name}' from raw where list_contains("
                    f"?, file) group by file having arg_min({name} is not null, rowid)",
                    [shapes.with_blanks(con, "raw", name)])  # fmt: skip
    raw.refuse_scientific(con, "raw", table, [c.name for c in table.columns if c.name in texts])
    selects, joins = ["raw.rowid as row"], []
    for column in table.columns:
        value = f"raw.{column.name}"
        if column.name not in columns:
            value = f"cast(null as {sql.TYPES[column.type]})"
        elif column.name not in texts:
            value = _cast(value, column.type)
        elif column.type != "text":
            value, join = _mapped(con, table, source, column, rules.zone)
            joins.append(join)
        selects.append(f"{value} as {column.name}")
    con.execute(f"create table parsed as select {', '.join(selects)} from raw {' '.join(joins)}")
    con.execute("create table bad_rows (row bigint, why varchar)")
    totals.leave_out(con, table, texts)
    for column in table.columns:
        con.execute(f"drop table if exists map_{column.name}")
        if column.name in columns:
            _reject_values(con, table, column, rules)
    for column in sorted(texts):
        if column.endswith("_id"):
            _notice_missing(con, table, column)


def _fill_down(table: schema.Table, column: str) -> str:
    return f'fill_down = ["{column}"] in [tables.{table.name}] takes the value above'


def _notice_missing(con: sql.Connection, table: schema.Table, column: str) -> None:
    """Note the rows whose identifier is a word for nothing (nobody is called NULL), and those
    without one where it looks as if merged cells were exported."""
    found = f"select count(*), {raw.money(table, 'parsed.')}"
    raw.notice_rows(
        con, table, f"{column} is a word for nothing: read as empty",
        f"{found}, string_agg(distinct text, ', ' order by text) from nothings "
        f"join parsed using (row) where name = '{column}' and {GOOD}",
    )  # fmt: skip
    raw.notice_rows(
        con, table,
        f"{column} is empty below a value: where cells were merged, {_fill_down(table, column)}",
        f"{found}, min(file || ' line ' || line) from parsed join raw on raw.rowid = parsed.row "
        f"where parsed.{column} is null and {GOOD} and file in (select file from blanks_below "
        f"where name = '{column}')",
    )  # fmt: skip


def _empty_nothing(con: sql.Connection, column: schema.Column, is_text: bool) -> None:
    """Empty what programs write for nothing: NULL, n/a, a dash; a date that never comes."""
    name = column.name
    if is_text and (column.type == "text" or not column.required):
        words = values.NOTHING + (values.BROKEN if column.type == "text" else ())
        listed = ", ".join(map(sql.quoted, words))
        nothing = f"length({name}) < 9 and lower({name}) in ({listed})"
        con.execute(f"insert into nothings select rowid, '{name}', {name} from raw where {nothing}")
        con.execute(f"update raw set {name} = null where {nothing}")
    elif is_text and column.type in ("money", "number"):  # Excel shows 0 as a dash, in accounts
        con.execute(f"update raw set {name} = '0' where {name} in ('-', '–', '—', '−')")
    if column.type in sql.DATES and not column.required:
        if is_text:
            odd = [text for text in sql.distinct(con, "raw", name) if values.is_open_end(text)]
            if odd:
                con.execute(f"update raw set {name} = null where list_contains(?, {name})", [odd])
        else:
            con.execute(f"update raw set {name} = null where year({name}) not between 1902 and 2198"
                        f" or not isfinite(cast({name} as timestamp))")  # fmt: skip


def after(latest: datetime.date | None) -> str:
    """Why a row after the day of the build is rejected."""
    return f"after the day of the build, {latest}; data_until says otherwise"


def is_castable(sql_type: str, target: str) -> bool:
    """Whether an SQL type is cast straight into one of the schema, other than text."""
    if target in sql.NUMBERS:
        return _NUMERIC.fullmatch(sql_type) is not None
    if target in sql.DATES:
        return _CALENDAR.fullmatch(sql_type) is not None
    return target == sql_type.lower()  # boolean


def _cast(value: str, target: str) -> str:
    """SQL that turns a typed column into the type it shall have; NULL where it cannot."""
    if target == "integer":
        return f"case when {value} = round({value}) then try_cast({value} as bigint) end"
    if target == "month":
        return f"cast(date_trunc('month', try_cast({value} as date)) as date)"
    if target == "first_day":
        return f"case when day({value}) = 1 then try_cast({value} as date) end"
    return f"try_cast({value} as {sql.TYPES[target]})"


def _mapped(
    con: sql.Connection, table: schema.Table, source: Source,
    column: schema.Column, zone: str,
) -> tuple[str, str]:  # fmt: skip
    """SQL of what the texts of a column mean, and the join it needs.

    The table map_<column> holds each different text and its value, once for each way of reading
    that a file of the table needs.
    """
    name, mapped, type_ = column.name, f"map_{column.name}", sql.TYPES[column.type]
    is_number = column.type in ("money", "number")
    plain = f"regexp_full_match({name}, {sql.quoted(_PLAIN)})" if is_number else "false"
    listed = con.execute(
        f"select file, list_sort(list(distinct {name}) filter (not {plain})), "
        f"min({name}) filter ({plain} and contains({name}, ',')), "
        f"min({name}) filter ({plain} and contains({name}, '.')) "
        f"from raw where {name} is not null group by file order by file"
    ).fetchall()
    ways: dict[str, tuple] = {}
    by_way: dict[tuple, set[str]] = {}
    currencies: Counter = Counter()
    for file, texts, *witnesses in listed:
        texts, where = texts or [], {"table": table.name, "file": file, "column": name}
        ways[file] = ()
        if column.type in sql.DATES:
            ways[file] = _way_of_dates(texts, source, where, zone)
        elif column.type in sql.NUMBERS:
            ways[file] = (_decimal_mark([*texts, *filter(None, witnesses)], source, where),)
        if column.type == "money":
            currencies.update(filter(None, map(values.currency, texts)))
        by_way.setdefault(ways[file], set()).update(texts)
    raw.refuse_currencies(table.name, name, currencies)
    parse_one = getattr(values, column.type)
    rows = [(number, text, parse_one(text, *way))
            for number, (way, texts) in enumerate(by_way.items()) for text in texts]  # fmt: skip
    sql.mapping(con, mapped, "way", "integer", rows, type_)
    value, join = f"{mapped}.value", f"left join {mapped} on {mapped}.text = raw.{name}"
    if len(by_way) > 1:
        numbers = {way: number for number, way in enumerate(by_way)}
        cases = " ".join(
            f"when {sql.quoted(file)} then {numbers[way]}" for file, way in ways.items()
        )
        join += f" and {mapped}.way = case raw.file {cases} end"
    if is_number:
        plain = plain.replace(name, f"raw.{name}", 1)
        value = (f"case when {plain} then cast(replace(raw.{name}, ',', '.') as {type_}) "
                 f"else {value} end")  # fmt: skip
    return value, join


def _decimal_mark(texts: list[str], source: Source, where: dict[str, str]) -> str:
    """The decimal mark of a column in a file, decided from all its numbers."""
    mark, doubtful = values.decimal_mark(texts)
    if doubtful and not source.decimal:
        raise ClientOpsError(
            "table {table}: {file}: column {column}: is {doubtful!r} above a thousand or a "
            'decimal? The other values do not tell; say decimal = "," or "." in [tables.{table}] '
            "of clientops.toml",
            **where, doubtful=doubtful,
        )  # fmt: skip
    return source.decimal if doubtful else mark


def _way_of_dates(
    texts: list[str], source: Source, where: dict[str, str], zone: str
) -> tuple[str, str]:
    """The order of dates of a column in a file, and the zone its times are turned into."""
    if values.half_swapped(texts):
        raise ClientOpsError(
            "table {table}: {file}: column {column}: every real date has a day up to 12 and every "
            "date left as text one above 12: a program has swapped day and month where it could; "
            "open the export anew with this column as text, or export in ISO dates (2026-10-31)",
            **where,
        )
    offsets = {values.offset(text) for text in texts} - {""}
    if offsets and all(re.search(r"[T ]00:00(:00(\.0+)?)?\s*(Z|\+00:?00)$", t) for t in texts):
        offsets, zone = set(), ""  # dates, written as times
    if offsets and not zone and {each.strip("+-:0") for each in offsets} <= {"", "Z"}:
        utc = next(text for text in texts if values.offset(text))
        raise ClientOpsError(
            "table {table}: {file}: column {column} holds times in UTC such as {utc!r}; the day "
            'depends on where you are: say timezone = "Europe/Berlin" (or another, or "UTC") in '
            "[company] of clientops.toml",
            **where, utc=utc,
        )  # fmt: skip
    order, doubtful = values.date_order(texts)
    if order is None and not source.date_order:
        raise ClientOpsError(
            "table {table}: {file}: column {column} holds dates such as {doubtful!r}, and its "
            'other values do not tell day from month; say date_order = "dmy" or "mdy" in '
            "[tables.{table}] of clientops.toml",
            **where, doubtful=doubtful,
        )  # fmt: skip
    return order or source.date_order, zone


def _reject_values(
    con: sql.Connection, table: schema.Table, column: schema.Column, rules: Rules
) -> None:
    """Note the rows whose value in *column* cannot be read, is outside its limits, comes after the
    day of the build, or is empty and must not be."""
    text = f"cast(raw.{column.name} as varchar)"
    value = f"parsed.{column.name}"
    bad = f"{value} is null and ({text} is not null or {column.required})"
    if column.type in sql.DATES:
        bad = f"({bad}) or {sql.outside(value)}"
    reason, late = sql.quoted(REASONS.get(column.type, "")), "false"
    if limits := rules.limits.get(column.name):
        odd = f"{value} not between {limits[0]} and {limits[1]}"
        bad = f"({bad}) or {odd}"
        beyond = sql.quoted(f"not from {limits[0]} to {limits[1]}")
        reason = f"case when {odd} then {beyond} else {reason} end"
    if latest := rules.latest.get(column.name):
        late = f"{value} between '{latest}'::date + 1 and '{values.LATEST}'"
        bad = f"({bad}) or {late}"
        reason = f"case when {late} then {sql.quoted(after(latest))} else {reason} end"
    below = (f"case when raw.file in (select file from blanks_below where name = '{column.name}') "
             f"then ' below a value: where cells were merged, {_fill_down(table, column.name)}' "
             "else '' end")  # fmt: skip
    shown = f"coalesce({text}, '')"
    if column.type in sql.NUMBERS:  # see raw: number cells of workbooks
        shown = f"regexp_replace({shown}, 'E0$', '')"
    rows = (f"from parsed join raw on raw.rowid = parsed.row left join nothings on "
            f"nothings.row = parsed.row and nothings.name = '{column.name}' where ({bad}) "
            "and parsed.row not in (select row from bad_rows where why = 'total')")  # fmt: skip
    con.execute(
        f"create or replace temp table faults as select parsed.row as row, raw.file, raw.line, "
        f"coalesce(nothings.text, {shown}) as value, "
        "case when nothings.text is not null then 'a word for nothing' "
        f"when {text} is null then 'empty' || {below} else {reason} end as reason, "
        f"coalesce({late}, false) as late {rows} order by parsed.row"
    )
    con.execute(
        f"insert into rejects select {sql.quoted(table.name)}, file, line, "
        f"{sql.quoted(column.name)}, value, reason from faults order by row"
    )
    # A row that comes too early is understood; with another fault it is not.
    con.execute("insert into bad_rows select row, case when late then 'late' else 'fault' end "
                "from faults")  # fmt: skip
