"""A commented `clientops.toml` for a folder of exports: what is sure, what is a guess, what is not
placed, and what is asked. Nothing but the folder is looked at, and nothing of it leaves it."""

import glob
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.ingest import raw, sql, values
from clientops.presets import folded, matching, sheets
from clientops.presets.matching import Match
from clientops.presets.sheets import Sheet
from clientops.settings import FILE, Company

_WIDTH = 100  # of a line that holds all columns
_CURRENCY = re.compile(r"[A-Z]{3}")
_NET = re.compile(r"\bnet\b|без ндс", re.IGNORECASE).search


class Place(NamedTuple):
    """The sheets that become a table: those of the same headings together."""

    match: Match
    sheets: list[Sheet]


def write(data: Path) -> list[str]:
    """Write the proposal into the folder, where none is yet; returns what was found, in lines.

    Raises ClientOpsError where there is one, and where there is nothing to look at.
    """
    if (data / FILE).exists():
        raise ClientOpsError(f"{data / FILE} is there already; move it away to have one proposed")
    text, told = of_folder(data)
    with (data / FILE).open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return told


def of_folder(data: Path) -> tuple[str, list[str]]:
    """What is proposed for the exports of a folder, and what was found, in lines."""
    found, unread = sheets.of_folder(data)
    if not found:
        raise ClientOpsError(f"{data}: no exports that can be read; {' '.join(unread.values())}")
    placed, left = _placed(found)
    notes = [f"{_called(each)}: {_why(each, placed)}" for each in left]
    notes += [f"{name}: not read: {reason}" for name, reason in unread.items()]
    notes = [" ".join(note.split()) for note in notes]
    if "shipments" not in placed:
        lacks = ", ".join(schema.TABLES["shipments"].required)
        notes.append(f"a build needs shipments, and no file has all of {lacks}: a query (sql) may "
                     "join several")  # fmt: skip
    blocks = [_company(data, placed)]
    told = []
    for table, place in placed.items():
        names = ", ".join(map(_called, place.sheets))
        told.append(f"{table}: {names} ({_known_by(place.match)})")
        blocks.append("\n".join(_section(table, place)))
    head = (f"# Proposed by clientops init from the headings of the files. Read it, then: "
            f"clientops check --data {data}")  # fmt: skip
    text = "\n\n".join([f"{head}\n{blocks[0]}", *blocks[1:]])
    text += "\n" * bool(notes) + "".join(f"\n# {note}" for note in notes) + "\n"
    asked = [line.partition("# asked: ")[2] for line in text.splitlines() if "# asked: " in line]
    return text, [*told, *notes, *(f"asked: {each}" for each in asked)]


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
                if ours.endswith("_id") and heading in group[0].header:
                    met = known.setdefault(ours, set())
                    met.update(*(each.column(heading) for each in group))
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
    return match.export.title or ("our own names" if is_ours else "guessed from the headings")


def _called(sheet: Sheet) -> str:
    return f"{sheet.path.name}, {sheet.name}" if sheet.name else sheet.path.name


def _why(sheet: Sheet, placed: dict[str, Place]) -> str:
    """Why a sheet is not placed, and what it has."""
    has = ", ".join(json.dumps(name, ensure_ascii=False) for name in sheet.header[:12])
    if not (match := _match(sheet, {})):
        return f"not placed: no table has its headings: {has}"
    first = _called(placed[match.export.table].sheets[0]) if match.export.table in placed else ""
    other = f", but {first} is it" if first else ", but several files need a common beginning"
    return f"not placed: it looks like {match.export.table}{other}; its headings: {has}"


def _pattern(group: list[Sheet]) -> str:
    """The name of one file, or a pattern that only these files of the folder match; else empty."""
    names = sorted({each.path.name for each in group})
    if len(names) == 1:
        return names[0]
    begin = re.sub(r"\d+$", "", _common(names))
    end = re.sub(r"^\d+", "", _common([name[len(begin) :][::-1] for name in names])[::-1])
    pattern = f"{glob.escape(begin)}*{glob.escape(end)}"
    there = {path.name for path in group[0].path.parent.glob(pattern)}
    return pattern if there == {*names} and "." in end else ""


def _common(names: list[str]) -> str:
    """What all names begin with."""
    letters = itertools.takewhile(lambda each: len({*each}) == 1, zip(*names, strict=False))
    return "".join(each[0] for each in letters)


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
        yield f"groups = [{', '.join(map(_quoted, groups))}]  # the levels of the report"
        named = dict(zip(first.levels, groups, strict=False))
        columns = {o: named.get(n, n) for o, n in columns.items() if named.get(n) != o}
    yield from _columns(columns, match)
    yield from (f"# asked: {question}" for question in (*export.asks, *_doubts(place)))
    used = {*map(folded, (*match.columns.values(), *export.known, *export.marks))}
    used.update(map(folded, itertools.chain(*match.others.values())))
    if spare := [name for name in first.header if folded(name) not in used]:
        yield f"# not used: {', '.join(map(_quoted, spare))}"


def _columns(columns: dict[str, str], match: Match) -> Iterator[str]:
    """All in a line where nothing is to be said of them and it is not long; else a line each."""
    inline = ", ".join(f"{ours} = {_quoted(name)}" for ours, name in columns.items())
    if columns and not match.others and len(inline) <= _WIDTH - len("columns = {  }"):
        yield f"columns = {{ {inline} }}"
        return
    for ours in dict.fromkeys([*columns, *match.others]):
        if ours in columns:
            yield f"columns.{ours} = {_quoted(columns[ours])}"
        yield from (f"# or columns.{ours} = {_quoted(name)}" for name in match.others.get(ours, ()))


def _doubts(place: Place) -> Iterator[str]:
    """What the values of the columns do not tell, with the line that answers."""
    types = {c.name: c.type for c in schema.TABLES[place.match.export.table].columns}
    first, is_known = place.sheets[0], not _known_by(place.match).startswith("guessed")
    for ours, heading in place.match.columns.items():
        if heading not in first.header or heading in first.levels:
            continue
        texts = first.column(heading)
        if ours == "revenue" and not (is_known or _NET(heading)):
            yield f"is {_quoted(heading)} net of VAT?"
        if types[ours] in sql.DATES and values.date_order(texts)[0] is None:
            odd = values.date_order(texts)[1]
            yield f'does {odd} begin with the day? date_order = "dmy", or "mdy"'
        if types[ours] in ("money", "number") and (odd := values.decimal_mark(texts)[1]):
            yield f'is {odd} above a thousand? decimal = ".", or ","'


def _company(data: Path, placed: dict[str, Place]) -> str:
    names = [name for place in placed.values() for name in place.match.columns.values()]
    russian = [name for name in names if re.search("[а-яё]", name, re.IGNORECASE)]
    is_russian = 2 * len(russian) > len(names)
    currency = _currency(placed)
    usual = "RUB" if is_russian else Company().currency
    asked = "" if currency else "  # asked: which currency is it? the files do not say"
    language, country = ("ru", "RU") if is_russian else ("en", "DE")
    return "\n".join([
        "[company]",
        f"name = {_quoted(data.resolve().name)}  # asked: what is the company called?",
        f'currency = "{currency or usual}"{asked}',
        f'language = "{language}"  # how months, days, numbers and money are written',
        f'# calendar = "{country}"  # asked: public holidays of which country?',
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
