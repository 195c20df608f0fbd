"""Small ledgers written down line by line, and the book's frames of them by the real SQL."""

import dataclasses
import datetime
import inspect
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from clientops import periods, schema, settings
from clientops.ingest.sql import TYPES
from clientops.metrics import overview, pulse
from clientops.store import facts, window_sums


def line(shipment_id: str, day: str, client_id: str, revenue: float, manager_id: str | None = None,
         cost: float | None = None, **more: Any) -> dict[str, Any]:  # fmt: skip
    """One line of a shipment."""
    return {"shipment_id": shipment_id, "shipped_on": day, "client_id": client_id,
            "revenue": revenue, "manager_id": manager_id, "cost": cost, **more}  # fmt: skip


def every(days: list[str], client_id: str, revenue: float, manager_id: str | None = None,
          **more: Any) -> list[dict[str, Any]]:  # fmt: skip
    """One shipment on each of the days."""
    return [line(f"{client_id}-{day}", day, client_id, revenue, manager_id, **more) for day in days]


def month_days(first: str, count: int, day: int = 10, step: int = 1) -> list[str]:
    """A day in each of *count* months from the month *first* on, every *step* months."""
    start = pd.Timestamp(first)
    months = [periods.add_months(start, number * step) for number in range(count)]
    return [f"{month:%Y-%m}-{day:02}" for month in months]


def frames(data_until: str | None = None, window_months: int = 12,
           **tables: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:  # fmt: skip
    """The book's frames (texts as identifiers) of source tables given as rows."""
    con = duckdb.connect()
    for name, table in schema.TABLES.items():
        columns = ", ".join(f"{c.name} {TYPES[c.type]}" for c in table.columns)
        con.execute(f"create table {name} ({columns})")
        for row in tables.get(name, []):
            marks = ", ".join("?" * len(row))
            con.execute(f"insert into {name} ({', '.join(row)}) values ({marks})", [*row.values()])
    until = data_until or con.execute("select max(shipped_on) from shipments").fetchone()[0]
    if isinstance(until, str):
        until = datetime.date.fromisoformat(until)
    facts.build(con.execute, until, window_months)
    result = {name: con.execute(f"from {name} order by {keys}").df()
              for name, keys in facts.ORDER_BY.items()}  # fmt: skip
    for kind in ("client", "manager", "product"):
        rows = con.execute(f"select {kind}_id from {kind}_ids order by code").fetchall()
        texts = np.array([row[0] for row in rows], dtype=object)
        for frame in result.values():
            if f"{kind}_id" in frame:
                frame[f"{kind}_id"] = texts[frame[f"{kind}_id"]]
    for name in schema.TABLES:
        result[name] = con.execute(f"from {name}").df()
    return result | {"cuts": None}


def compute(function: Callable[..., pd.DataFrame], book: dict[str, pd.DataFrame], month: str,
            **changed: Any) -> pd.DataFrame:  # fmt: skip
    """A table from such frames, bound by name as the book does; *changed*: settings and others."""
    positional = [name for name, parameter in inspect.signature(function).parameters.items()
                  if parameter.kind is not parameter.KEYWORD_ONLY]  # fmt: skip
    keywords: dict[str, Any] = {"month": periods.parse_month(month)}
    for name, parameter in inspect.signature(function).parameters.items():
        if dataclasses.is_dataclass(parameter.default):
            fields = {field.name for field in dataclasses.fields(parameter.default)}
            own = {key: changed.pop(key) for key in fields & set(changed)}
            keywords[name] = dataclasses.replace(parameter.default, **own)
    asked = (book, keywords["month"], keywords.get("portfolio"), changed.get("dimension", ""))
    given = [
        sums_of(name, *asked) if name in schema.SUMS
        else headline_values(*asked[:2]) if name == "headline_values"
        else book[name]
        for name in positional
    ]  # fmt: skip
    return function(*given, **keywords, **changed)


def headline_values(book: dict[str, pd.DataFrame], month: pd.Timestamp) -> pd.DataFrame:
    """The fact that the build makes of the others, up to a month."""
    names = inspect.signature(overview.headlines).parameters
    frames = {name: book[name] for name in names if name in book}
    look = pulse.Look.of(frames | {"month": month, "as_of": None})
    nothing = pd.DataFrame(columns=list(schema.FACTS["headline_values"]))
    return nothing if look.ledger is None else pulse.history(look)


def sums_of(name: str, book: dict[str, pd.DataFrame], month: pd.Timestamp,
            portfolio: settings.Portfolio, dimension: str = "",
            seen: str = "true") -> pd.DataFrame:  # fmt: skip
    """A frame of schema.SUMS by the real SQL; the codes of identifiers are the texts themselves."""
    con = duckdb.connect()
    for table in ("sales_month", "product_month", "clients", "products"):
        con.register(f"stored_{table}", book[table])
    for kind in ("client", "manager", "product"):
        con.execute(f"create table stored_{kind}_ids as select distinct {kind}_id as code, "
                    f"{kind}_id from stored_product_month")  # fmt: skip
    months = portfolio.window_months
    asked = window_sums.spans(book["sales_month"]["month"].min(), month, months)
    return window_sums.read(lambda query: con.execute(query).df(), name, asked, dimension, seen)
