"""No shared room knows a topic: neither its tables nor the columns that it alone has."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import clientops
from clientops import metrics, periods, schema

PACKAGE = Path(clientops.__file__).parent
# Not the metrics, and of the findings not the sentences of one topic (`findings/<topic>.py`).
ROOMS = ("book", "build", "store", "ledger", "figures", "findings", "display", "words", "page",
         "report", "serve", "cli", "schema")  # fmt: skip
TEXTS = (".html", ".css", ".js", ".typ")

# The first page is about all topics: who shows its rows knows their columns.
COMPARED = {"year_change", "year_rate", "change_rate", "compared_days"}
# What a room may name all the same, and why.
EXCEPTIONS: dict[str, set[str]] = {
    "book/arguments.py": {"headlines"},  # the field of schema.About, not the table
    "build/told.py": {"headlines"},  # likewise
    "figures/tiles.py": COMPARED,  # a tile is a headline
    "report/grids.py": COMPARED,  # the headlines on a pack's cover
}


def known_columns() -> set[str]:
    """The columns of source tables, facts and sums: whoever reads those names them."""
    names = {column.name for table in schema.TABLES.values() for column in table.columns}
    for facts in (schema.FACTS, schema.SUMS, schema.DECLARED):
        names |= {column for columns in facts.values() for column in columns}
    return names


def of_topics() -> tuple[set[str], set[str]]:
    """The names of tables, and of the columns that one topic alone has and labels.

    Of columns only those of several words: one word alone (`count`, `status`) says nothing.
    """
    tables = metrics.tables()
    topics = Counter(column for _topic, column in {
        (function.__module__, column)
        for function in tables.values() for column in function.about.units
    })  # fmt: skip
    labelled = {column for function in tables.values() for column in function.about.labels}
    own = {column for column, number in topics.items() if number == 1 and "_" in column}
    names = set(tables) - schema.FACTS.keys() - schema.TABLES.keys()
    return names, (own & labelled) - known_columns() - set(dir(periods))


def named(path: Path, every: set[str]) -> Iterator[tuple[str, int]]:
    """The names that a file's code says, in texts that hold names alone and as attributes, and
    where; *every*: the names that a text may hold. Comments and docstrings are no code."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        for number, line in enumerate(source.splitlines(), 1):
            yield from ((word, number) for word in re.findall(r"\w+", line) if "_" in word)
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.split()
            if set(words) <= every:
                yield from ((word, node.lineno) for word in words)
        elif isinstance(node, ast.Attribute) and "_" in node.attr:
            yield node.attr, node.lineno


def files(room: str) -> list[Path]:
    path = PACKAGE / room
    found = [path] if path.is_file() else [*path.rglob("*.py")]
    found += [each for suffix in TEXTS for each in path.rglob(f"*{suffix}")]
    if room == "findings":
        found = [each for each in found if each.stem not in metrics.topics()]
    return sorted(found)


@pytest.mark.parametrize("room", ROOMS)
def test_a_shared_room_knows_no_topic(room):
    tables, columns = of_topics()
    if room == "ledger":  # what is worked out for several topics may be called as they call it
        columns = set()
    every = known_columns() | tables | {
        column for function in metrics.tables().values() for column in function.about.units
    }  # fmt: skip
    said = []
    for path in files(room):
        name = path.relative_to(PACKAGE).as_posix()
        said += [
            f"{name}:{line}: {word}"
            for word, line in named(path, every)
            if word in (tables | columns) - EXCEPTIONS.get(name, set())
        ]
    assert not said


def test_what_is_looked_for_is_there():
    tables, columns = of_topics()
    assert {"migration_bridge", "nps", "attention"} <= tables
    assert {"days_unanswered", "answered_share", "year_change"} <= columns
    assert not {"manager_id", "revenue", "client_name"} & columns


def test_every_exception_is_needed():
    tables, columns = of_topics()
    for name, words in EXCEPTIONS.items():
        used = {word for word, _line in named(PACKAGE / name, tables | columns)}
        assert used & words, name
