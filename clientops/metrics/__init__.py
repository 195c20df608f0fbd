"""The tables. A public function of a topic's module *is* the table of that name.

Its positional parameters are frames of the book, named as there; the rest is keyword-only. Nothing
is registered: `tables()` reads the modules.
"""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable

import pandas as pd

from clientops import schema

_DTYPES = {
    "date": "datetime64[us]", "month": "datetime64[us]", "timestamp": "datetime64[us]",
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


def empty_frames(function: MetricTable) -> list[pd.DataFrame]:
    """Frames without rows for the positional parameters of a table, with the book's columns."""
    return [_empty(name) for name, p in _parameters(function) if p.kind is not p.KEYWORD_ONLY]


def _parameters(function: MetricTable) -> list[tuple[str, inspect.Parameter]]:
    return list(inspect.signature(function).parameters.items())


def _empty(name: str) -> pd.DataFrame:
    days = ("month", "day", "_on", "_at", "valid_from", "valid_to", "from_month", "to_month")
    texts = ("_id", "_name", "kind", "abc_by", "table", "check", "example")
    texts_too = ("abc", "xyz", "stage", "dimension", "key", "metric")
    if name in schema.TABLES:
        types = {c.name: _DTYPES.get(c.type, "str") for c in schema.TABLES[name].columns}
    else:
        types = {
            column: "datetime64[us]"
            if column.endswith(days)
            else "str"
            if column.endswith(texts) or column in texts_too
            else "int64"
            for column in (schema.FACTS | schema.SUMS)[name]
        }
    return pd.DataFrame({column: pd.Series(dtype=type_) for column, type_ in types.items()})


def _line(function: MetricTable) -> int:
    return function.__code__.co_firstlineno
