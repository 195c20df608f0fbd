"""The tables. A public function of a topic's module *is* the table of that name.

Its positional parameters are frames of the book, named as there; the rest is keyword-only. Nothing
is registered: `tables()` reads the modules.
"""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pandas as pd

from clientops import schema
from clientops.ledger.matrices import read_ledger

_DTYPES = {
    **dict.fromkeys(("date", "month", "first_day", "timestamp"), "datetime64[us]"),
    "money": "float64", "number": "float64", "integer": "Int64", "boolean": "boolean",
}  # fmt: skip

MetricTable = Callable[..., pd.DataFrame]


def topics() -> list[str]:
    """The names of all topic modules, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


@functools.cache
def tables() -> dict[str, MetricTable]:
    """Every table by name, topic by topic, in the order in which the modules define them."""
    found: dict[str, MetricTable] = {}
    for topic in topics():
        module = importlib.import_module(f"{__name__}.{topic}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                found[name] = function
    return dict(sorted(found.items(), key=lambda item: (item[1].__module__, _line(item[1]))))


def columns(function: MetricTable) -> list[str]:
    """The columns of a table."""
    return list(function.about.units)


def empty_frames(function: MetricTable) -> list[Any]:
    """Frames without rows for the positional parameters of a table, with the book's columns."""
    parameters = inspect.signature(function).parameters.items()
    return [_empty(name) for name, p in parameters if p.kind is not p.KEYWORD_ONLY]


def _empty(name: str) -> Any:
    name = name.removesuffix(schema.EARLIER)
    if name == "ledger":
        frames = map(_empty, ("sales_month", "purchases", "clients", "owners", "managers"))
        return read_ledger(*frames, pd.Timestamp(2000, 1, 1), pd.Timestamp(1999, 12, 1))
    if name in schema.DECLARED:
        types = {column: schema.UNITS[unit.removesuffix("?")]
                 for column, unit in schema.DECLARED[name].items()}  # fmt: skip
    elif name in tables() and name not in schema.FACTS:
        types = tables()[name].about.types
    elif name in schema.TABLES:
        types = {c.name: _DTYPES.get(c.type, "str") for c in schema.TABLES[name].columns}
        types |= dict.fromkeys(schema.OWNED.get(name, ()), "str")
    else:
        types = {c: _type_of_fact(c) for c in (schema.FACTS | schema.SUMS)[name]}
    return pd.DataFrame({column: pd.Series(dtype=type_) for column, type_ in types.items()})


def _type_of_fact(column: str) -> str:
    """The type of a fact's column, by its name."""
    days = ("month", "day", "_on", "_at", "valid_from", "valid_to", "from_month", "to_month")
    texts = ("_id", "_name", "kind", "abc_by", "table", "check", "example", "file", "files")
    texts_too = ("abc", "xyz", "stage", "dimension", "key", "metric", "column", "what",
                 "detail", "outcome", "agent", "reason")  # fmt: skip
    if column.endswith(days) or column == "on":
        return "datetime64[us]"
    if column in ("open", "share", "value") or column.startswith("money"):
        return "float64"
    return "str" if column.endswith(texts) or column in texts_too else "int64"


def _line(function: MetricTable) -> int:
    return function.__code__.co_firstlineno
