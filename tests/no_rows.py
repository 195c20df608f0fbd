"""What every table is given where there is nothing: the book's frames without a row."""

import inspect
from typing import Any

import pandas as pd

from clientops import metrics, schema
from clientops.ledger.matrices import read_ledger

_TYPES = {
    **dict.fromkeys(("date", "month", "first_day", "timestamp"), "datetime64[us]"),
    "money": "float64", "number": "float64", "integer": "Int64", "boolean": "boolean",
}  # fmt: skip


def frames(function: metrics.MetricTable) -> list[Any]:
    """Frames without rows for the positional parameters of a table, with the book's columns."""
    parameters = inspect.signature(function).parameters.items()
    return [_frame(name) for name, p in parameters if p.kind is not p.KEYWORD_ONLY]


def _frame(name: str) -> Any:
    name = name.removesuffix(schema.EARLIER)
    if name == "ledger":
        given = map(_frame, ("sales_month", "purchases", "clients", "owners", "managers"))
        return read_ledger(*given, pd.Timestamp(2000, 1, 1), pd.Timestamp(1999, 12, 1))
    if name in schema.DECLARED:
        types = {column: schema.UNITS[unit.removesuffix("?")]
                 for column, unit in schema.DECLARED[name].items()}  # fmt: skip
    elif name in metrics.tables() and name not in schema.FACTS:
        types = metrics.tables()[name].about.types
    elif name in schema.TABLES:
        types = {c.name: _TYPES.get(c.type, "str") for c in schema.TABLES[name].columns}
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
