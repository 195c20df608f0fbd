"""Which export of which system a sheet is, and which of its columns is which of ours."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from clientops import schema
from clientops.ingest import sql, totals, values
from clientops.presets import Export, exports, folded

# From the headings that may be a column, those that are, the best first.
Choose = Callable[[schema.Column, list[str]], list[str]]
_READS = 0.9  # part of a column's values that must be what the column holds


class Match(NamedTuple):
    """An export that a sheet may be."""

    export: Export
    score: int  # headings that are known, and more where the file is called like it
    columns: dict[str, str]  # ours -> the heading
    others: dict[str, list[str]]  # ours -> further headings that may be meant


def best(
    path: Path, names: list[str], choose: Choose = lambda column, found: found
) -> Match | None:
    """The export that knows most of the headings; None where none has what it needs."""
    found = [match for export in exports() if (match := _match(export, path, names, choose))]
    return max(found, key=lambda match: match.score, default=None)


def chooser(column_of: Callable[[str], list[str] | None], known: dict[str, set[str]]) -> Choose:
    """Chooses by the values of a column (None: not told): those that are of the column's type, and
    of identifiers first those that most of the *known* ones are among."""

    def choose(column: schema.Column, found: list[str]) -> list[str]:
        texts = {name: column_of(name) for name in found}
        found = [name for name in found if _reads(column, texts[name])]
        met = known.get(column.name, set())
        return sorted(found, key=lambda name: -len(met.intersection(texts[name] or ())))

    return choose


def _match(export: Export, path: Path, names: list[str], choose: Choose) -> Match | None:
    there = {folded(name): name for name in reversed(names)}
    table = schema.TABLES[export.table]
    stem = path.stem.casefold()
    is_called = stem == table.name or any(word in stem for word in export.files)
    if not all(folded(mark) in there for mark in export.marks) or export.is_called > is_called:
        return None
    columns: dict[str, str] = {}
    others: dict[str, list[str]] = {}
    for column in table.columns:
        wanted = map(folded, (column.name, *export.columns.get(column.name, [])))
        found = choose(column, _there(wanted, there))
        if column.type == "text":  # a date may stand in the name of a document
            found = [name for name in found if name not in columns.values()]
        if found:
            columns[column.name], *others[column.name] = found
    if not {*table.required, *export.needs} <= columns.keys() or len({*columns.values()}) < 2:
        return None
    used = {*columns.values()}
    others = {column: rest for column, each in others.items()
              if (rest := [name for name in each if name not in used])}  # fmt: skip
    known = used.union(_there(map(folded, (*export.known, *export.marks)), there))
    return Match(export, len(known) + 2 * is_called, columns, others)


def _there(wanted: Iterable[str], there: dict[str, str]) -> list[str]:
    return list(dict.fromkeys(there[name] for name in wanted if name in there))


def _reads(column: schema.Column, texts: list[str] | None) -> bool:
    """Whether values are what a column holds."""
    if not texts:
        return texts is None or not column.required
    if column.type == "text":
        return True
    ways = [("dmy",), ("mdy",)] if column.type in sql.DATES else [()]
    read = values.month if column.type in sql.DATES else getattr(values, column.type)
    some = [text for text in texts[:1000] if not totals.is_label(text)]
    good = sum(any(read(text, *way) for way in ways) for text in some)
    return good >= _READS * len(some)
