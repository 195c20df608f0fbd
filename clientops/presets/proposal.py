"""A commented `clientops.toml` for a folder of exports: what is sure, what is a guess, what is not
placed, and what is asked. Nothing but the folder is looked at, and nothing of it leaves it."""

import glob
import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from clientops import schema, words
from clientops.errors import ClientOpsError
from clientops.ingest import raw, sql, values
from clientops.presets import folded, matching, sheets
from clientops.presets.matching import Match
from clientops.presets.sheets import Sheet
from clientops.settings import FILE, Company
from clientops.words import _, plural

_WIDTH = 100  # of a line that holds all columns
_common = os.path.commonprefix
_CURRENCY = re.compile(r"[A-Z]{3}")
_NET = re.compile(r"\bnet\b|без ндс", re.IGNORECASE).search


class Place(NamedTuple):
    """The sheets that become a table: those of the same headings together."""

    match: Match
    sheets: list[Sheet]


def write(data: Path) -> list[str]:
    """Write the proposal into the folder, where none is yet; returns what was found and what to do
    next, in lines and in the language of the exports.

    Raises ClientOpsError where there is one, and where there is nothing to look at.
    """
    if (data / FILE).exists():
        raise ClientOpsError(f"{data / FILE} is there already; move it away to have one proposed")
    found, unread = sheets.of_folder(data)
    if not found:
        reasons = " ".join(_reason(data / name, error) for name, error in unread.items())
        raise ClientOpsError(f"{data}: no exports that can be read; {reasons}")
    placed, left = _placed(found)
    language = "ru" if _is_russian(placed) else "en"
    with words.using(language, Company().currency):
        notes = [*_not_used(placed, left), *_unread(data, unread)]
        text, told = _proposed(data, placed, notes)
        end = _("written: {file}; read it, then: clientops check --data {data}")
        told += ["", end.format(file=data / FILE, data=data)]
    with (data / FILE).open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return told


def _proposed(data: Path, placed: dict[str, Place], notes: list[str]) -> tuple[str, list[str]]:
    """The file, and what was found, in lines."""
    head = _("Proposed by clientops init from the headings of the files. Read it, then: clientops "
             "check --data {data}")  # fmt: skip
    blocks = [f"# {head.format(data=data)}\n{_company(data, placed)}"]
    told = []
    for table, place in placed.items():
        told.append(f"{table}: {_files(place.sheets)} ({_known_by(place.match)})")
        blocks.append("\n".join(_section(table, place)))
    text = "\n\n".join(blocks)
    text += "\n" * bool(notes) + "".join(f"\n# {note}" for note in notes) + "\n"
    mark = f"# {_asked('')}"
    asked = [_asked(line.partition(mark)[2]) for line in text.splitlines() if mark in line]
    return text, [*told, *notes, *asked]


def _asked(question: str) -> str:
    return _("asked: {question}").format(question=question)


def _not_used(placed: dict[str, Place], left: list[Sheet]) -> Iterator[str]:
    """The sheets that are no table, and that there are no shipments."""
    for each in left:
        yield f"{_called(each)}: {_why(each, placed)}"
    if "shipments" not in placed:
        text = _("a build needs shipments, and no file has all of {columns}: a query (sql) may "
                 "join several")  # fmt: skip
        yield text.format(columns=", ".join(schema.TABLES["shipments"].required))


def _unread(data: Path, errors: dict[str, Exception]) -> Iterator[str]:
    text = _("{file}: not read: {reason}")
    for name, error in errors.items():
        yield " ".join(text.format(file=name, reason=_reason(data / name, error)).split())


def _reason(path: Path, error: Exception) -> str:
    told = words.error(error) if isinstance(error, ClientOpsError) else str(error)
    return told.removeprefix(f"{path}: ")


def _files(found: list[Sheet]) -> str:
    """The files, and how many sheets they are where one has more than one."""
    if len(found) == 1:
        return _called(found[0])
    files = ", ".join(dict.fromkeys(each.path.name for each in found))
    number = plural("{number} sheet", "{number} sheets", len(found))
    return f"{files}, {number}" if len({each.path for each in found}) < len(found) else files


def _placed(found: list[Sheet]) -> tuple[dict[str, Place], list[Sheet]]:
    """For each table the sheets it is, and the sheets that are none or another one's second."""
    first = {id(each): _match(each, {}) for each in found}
    placed: dict[str, Place] = {}
    left = [each for each in found if not first[id(each)]]
    known: dict[str, set[str]] = {}
    for table in schema.TABLES:
        alike: dict[tuple, list[Sheet]] = {}
        for each in found:
            if (match := first[id(each)]) and match.export.table == table:
                alike.setdefault((*map(folded, each.header), *each.levels), []).append(each)
        groups = sorted(alike.values(), key=lambda group: -first[id(group[0])].score)
        for group in groups:
            match = _match(group[0], known, table) or first[id(group[0])]
            one_file = len({each.path for each in group}) == 1
            if table in placed or not (one_file or _pattern(group)):
                left += group
                continue
            placed[table] = Place(match, group)
            for ours, heading in match.columns.items():
                if ours.endswith("_id"):
                    # The labels of all levels stand in one column.
                    is_level = heading in group[0].levels
                    column = group[0].header[0] if is_level else heading
                    met = known.setdefault(ours, set())
                    met.update(*(each.column(column) for each in group))
    return placed, left


def _match(sheet: Sheet, known: dict[str, set[str]], table: str = "") -> Match | None:
    def column_of(heading: str) -> list[str] | None:
        is_told = heading in sheet.header and heading not in sheet.levels
        return sheet.column(heading) if is_told else None

    names = list(dict.fromkeys([*sheet.levels, *sheet.header]))
    match = matching.best(sheet.path, names, matching.chooser(column_of, known))
    return match if match and table in ("", match.export.table) else None


def _known_by(match: Match) -> str:
    is_ours = all(ours == name.lower() for ours, name in match.columns.items())
    guess = _("our own names") if is_ours else _("guessed from the headings")
    return match.export.title or guess


def _called(sheet: Sheet) -> str:
    return f"{sheet.path.name}, {sheet.name}" if sheet.name else sheet.path.name


def _why(sheet: Sheet, placed: dict[str, Place]) -> str:
    """Why a sheet is not placed, and what it has."""
    has = ", ".join(map(_quoted, sheet.header[:12]))
    if not (match := _match(sheet, {})):
        return _("not placed: no table has its headings: {headings}").format(headings=has)
    table = match.export.table
    if table in placed:
        text = _("not placed: it looks like {table}, but {file} is it; its headings: {headings}")
        file = _called(placed[table].sheets[0])
        return text.format(table=table, file=file, headings=has)
    text = _("not placed: it looks like {table}, but several files need a common beginning; its "
             "headings: {headings}")  # fmt: skip
    return text.format(table=table, headings=has)


def _pattern(group: list[Sheet]) -> str:
    """The name of one file, or a pattern that only these files of the folder match; else empty."""
    names = sorted({each.path.name for each in group})
    if len(names) == 1:
        return names[0]
    begin = re.sub(r"\d+$", "", _common(names))
    ends = [name[len(begin) :][::-1] for name in names]
    end = re.sub(r"^\d+", "", _common(ends)[::-1])
    pattern = f"{glob.escape(begin)}*{glob.escape(end)}"
    there = {path.name for path in group[0].path.parent.glob(pattern)}
    return pattern if there == {*names} and "." in end else ""


def _section(table: str, place: Place) -> Iterator[str]:
    """The lines of a table."""
    match, first = place.match, place.sheets[0]
    export = match.export
    columns = {ours: name for ours, name in match.columns.items() if ours != name.lower()}
    yield f"[tables.{table}]  # {_known_by(match)}"
    yield f"file = {_quoted(_pattern(place.sheets))}"
    if {each.name for each in place.sheets} == {first.name} != {""}:
        yield f"sheet = {_quoted(first.name)}"
    if first.levels:
        ours = {name: column for column, name in reversed(match.columns.items())}
        groups = [ours.get(level, level) for level in first.levels[:-1]]
        levels = _("the levels of the report")
        yield f"groups = [{', '.join(map(_quoted, groups))}]  # {levels}"
        named = dict(zip(first.levels, groups, strict=False))
        columns = {o: named.get(n, n) for o, n in columns.items() if named.get(n) != o}
    yield from _columns(columns, match)
    yield from (f"# {_asked(question)}" for question in (*export.asks, *_doubts(place)))
    used = {*map(folded, (*match.columns.values(), *export.known, *export.marks))}
    used.update(map(folded, itertools.chain(*match.others.values())))
    if spare := [name for name in first.header if folded(name) not in used]:
        text = _("not used: {columns}")
        yield f"# {text.format(columns=', '.join(map(_quoted, spare)))}"


def _columns(columns: dict[str, str], match: Match) -> Iterator[str]:
    """All in a line where nothing is to be said of them and it is not long; else a line each."""
    inline = ", ".join(f"{ours} = {_quoted(name)}" for ours, name in columns.items())
    if columns and not match.others and len(inline) <= _WIDTH - len("columns = {  }"):
        yield f"columns = {{ {inline} }}"
        return
    for ours in dict.fromkeys([*columns, *match.others]):
        if ours in columns:
            yield f"columns.{ours} = {_quoted(columns[ours])}"
        other = _("or {line}")
        for name in match.others.get(ours, ()):
            yield "# " + other.format(line=f"columns.{ours} = {_quoted(name)}")


def _doubts(place: Place) -> Iterator[str]:
    """What the values of the columns do not tell, with the line that answers."""
    types = {c.name: c.type for c in schema.TABLES[place.match.export.table].columns}
    first, is_known = place.sheets[0], bool(place.match.export.title)
    for ours, heading in place.match.columns.items():
        if heading not in first.header or heading in first.levels:
            continue
        texts = first.column(heading)
        if ours == "revenue" and not (is_known or _NET(heading)):
            yield _("is {column} net of VAT?").format(column=_quoted(heading))
        if types[ours] in sql.DATES and values.date_order(texts)[0] is None:
            text = _('does {date} begin with the day? date_order = "dmy", or "mdy"')
            yield text.format(date=values.date_order(texts)[1])
        if types[ours] in ("money", "number") and (odd := values.decimal_mark(texts)[1]):
            yield _('is {number} above a thousand? decimal = ".", or ","').format(number=odd)


def _is_russian(placed: dict[str, Place]) -> bool:
    """Whether most of the headings are."""
    names = [name for place in placed.values() for name in place.match.columns.values()]
    russian = [name for name in names if re.search("[а-яё]", name, re.IGNORECASE)]
    return 2 * len(russian) > len(names)


def _company(data: Path, placed: dict[str, Place]) -> str:
    is_russian, currency = _is_russian(placed), _currency(placed)
    usual = "RUB" if is_russian else Company().currency
    which = _asked(_("which currency is it? the files do not say"))
    name, holidays = _("what is the company called?"), _("public holidays of which country?")
    written = _("how months, days, numbers and money are written")
    language, country = ("ru", "RU") if is_russian else ("en", "DE")
    off = "" if is_russian and (currency or usual) == "RUB" else "# "
    return "\n".join([
        "[company]",
        f"name = {_quoted(data.resolve().name)}  # {_asked(name)}",
        f'currency = "{currency or usual}"' + ("" if currency else f"  # {which}"),
        f'language = "{language}"  # {written}',
        f'{off}calendar = "{country}"  # {_asked(holidays)}',
    ])  # fmt: skip


def _currency(placed: dict[str, Place]) -> str:
    """The currency that values, headings or a column beside them name; empty where none does."""
    found: Counter[str] = Counter()
    for place in placed.values():
        types = {c.name: c.type for c in schema.TABLES[place.match.export.table].columns}
        for ours, heading in place.match.columns.items():
            if types[ours] == "money":
                found[values.currency(f"1 {heading.split()[-1].rstrip('.')}")] += 1
                for each in place.sheets:
                    if heading in each.header:
                        found.update(map(values.currency, each.column(heading)[:1000]))
        for each in place.sheets:
            for name in filter(lambda name: raw.has_currencies([name]), each.header):
                found.update(text.upper() for text in each.column(name)[:1000])
    named = [name for name, _ in found.most_common() if _CURRENCY.fullmatch(name)]
    return named[0] if named else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
