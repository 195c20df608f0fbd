"""Small ledgers written down line by line, and the book's frames of them by the real SQL."""

import collections
import contextlib
import dataclasses
import datetime
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from clientops import Book, Viewer, periods, schema, settings
from clientops.book import arguments
from clientops.ingest import plan_rows
from clientops.ingest.sql import TYPES
from clientops.store import allocation, client_sums, facts, window_sums


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


def frames(data_until: str | None = None, window_months: int = 12, returns_cost: str = "",
           **tables: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:  # fmt: skip
    """The book's frames (texts as identifiers) of source tables given as rows.

    Those of the last ledgers are kept: a random one is held against an oracle table by table, and
    to make its frames takes ten times as long as a table.
    """
    asked = repr((data_until, window_months, returns_cost, tables))
    made = _made.pop(asked, None) or _frames(data_until, window_months, returns_cost, tables)
    _made[asked] = made
    if len(_made) > MOST_MADE:
        del _made[next(iter(_made))]
    return {name: frame.copy(deep=False) for name, frame in made.items()}


MOST_MADE = 60  # of small ledgers
_made: dict[str, dict[str, pd.DataFrame]] = {}  # the one asked for last is the last
_empty: dict[str, pd.DataFrame] = {}  # source tables without a row


def _frames(data_until: str | None, window_months: int, returns_cost: str,
            tables: dict[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:  # fmt: skip
    con = _connection()
    con.execute("begin")
    try:
        for name, rows in tables.items():
            columns = [*dict.fromkeys(column for row in rows for column in row)]
            if rows:
                marks = ", ".join([f"({', '.join('?' * len(columns))})"] * len(rows))
                values = [row.get(column) for row in rows for column in columns]
                con.execute(f"insert into {name} ({', '.join(columns)}) values {marks}", values)
        until = data_until or con.execute("select max(shipped_on) from shipments").fetchone()[0]
        if isinstance(until, str):
            until = datetime.date.fromisoformat(until)
        if tables.get("plans"):
            plan_rows.split(con, settings.Company(), until.replace(day=1))
        facts.build(con.execute, until, window_months, returns_cost)
        allocation.add(con, until, payment_days=30)
        result = {name: con.execute(f"from {name} order by {keys}").df()
                  for name, keys in facts.ORDER_BY.items()}  # fmt: skip
        for kind in ("client", "manager", "product"):
            rows = con.execute(f"select {kind}_id from {kind}_ids order by code").fetchall()
            texts = np.array([row[0] for row in rows], dtype=object)
            for frame in result.values():
                if f"{kind}_id" in frame:
                    frame[f"{kind}_id"] = texts[frame[f"{kind}_id"]]
        for name in schema.TABLES:
            known = None if tables.get(name) else _empty.get(name)
            result[name] = con.execute(facts.checked(name)).df() if known is None else known
            if not tables.get(name):
                _empty[name] = result[name]
    finally:
        con.execute("rollback")
    return result


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


# To plan a statement well takes longer than to run it on few rows; stores are built as planned.
UNPLANNED = "pragma disable_optimizer"


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """A database of empty source tables: made once, as it takes longer than a small ledger."""
    con = _database().cursor()
    con.execute(UNPLANNED)
    for name, table in schema.TABLES.items():
        columns = ", ".join(f"{column.name} {TYPES[column.type]}" for column in table.columns)
        con.execute(f"create table {name} ({columns})")
    return con


class RememberingBook(Book):
    """A book that makes each table and each of its sums once: many are asked for by others, which
    all get the same."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._computed: dict[str, pd.DataFrame] = {}
        self._added_up: dict[str, pd.DataFrame] = {}

    def compute(self, function: Callable[..., pd.DataFrame], month: object = "", /,
                **changed: Any) -> pd.DataFrame:  # fmt: skip
        asked = repr((function.__module__, function.__name__, month, changed, self._only,
                      self.is_owned_now))  # fmt: skip
        make = partial(super().compute, function, month, **changed)
        return _remembered(self._computed, asked, make)

    def sums(self, name: str, month: object = "", portfolio: settings.Portfolio | None = None,
             dimension: str = "") -> pd.DataFrame:  # fmt: skip
        rules = portfolio or self.settings.portfolio
        month = self.check_month(month)
        asked = repr((name, month, rules.window_months, dimension, self._only))
        make = partial(self._add_up, name, month, rules, dimension)
        return _remembered(self._added_up, asked, make)

    def _add_up(self, *asked: Any) -> pd.DataFrame:
        return super().sums(*asked)


def _remembered(made: dict[str, pd.DataFrame], asked: str,
                make: Callable[[], pd.DataFrame]) -> pd.DataFrame:  # fmt: skip
    """What was *made* when it was asked for before; nobody's changes are seen by others."""
    if asked not in made:
        made[asked] = make()
        if len(made) > MOST_REMEMBERED:
            del made[next(iter(made))]
    return made[asked].copy(deep=False)


MOST_REMEMBERED = 400  # tables of a book, and sums


class SmallBook(RememberingBook):
    """A book of such frames, which sees everything; the build's own facts are worked out."""

    def __init__(self, frames: dict[str, pd.DataFrame], month: pd.Timestamp,
                 as_of: pd.Timestamp | None, company: settings.Company) -> None:  # fmt: skip
        self._frames = dict(frames)
        self._frames["cuts"] = pd.DataFrame(columns=list(schema.FACTS["cuts"]))
        self._only, self._whole, self._part = {}, None, None
        self._snapshot = Path("nowhere")
        self._computed: dict[str, pd.DataFrame] = {}
        self._added_up: dict[str, pd.DataFrame] = {}
        self._month = month
        self._as_of = periods.month_end(month) if as_of is None else as_of
        self.viewer, self.fingerprint = Viewer(), ""
        months = frames["sales_month"]["month"]
        self.first_month = months.min() if len(months) else month
        last = max(months.max() if len(months) else month, month)
        self.data_until = max(self._as_of, periods.month_end(last))
        self.company, self.settings = company, settings.Topics()
        self.tables = [name for name in schema.TABLES if len(frames.get(name, ()))]

    def check_month(self, month: object = "") -> pd.Timestamp:
        return periods.parse_month(month)

    def as_of(self, month: object = "") -> pd.Timestamp:
        """The day given for the book's month, whatever day that is; of an earlier one its end."""
        month = self.check_month(month)
        return self._as_of if month >= self._month else periods.month_end(month)

    def until(self, month: object = "") -> pd.Timestamp:
        month, company = self.check_month(month), self.company
        if periods.is_complete(month, self._as_of, company.calendar, company.work_week):
            return periods.month_end(month)
        return min(self._as_of, periods.month_end(month))

    def _add_up(self, name: str, month: pd.Timestamp, rules: settings.Portfolio,
                dimension: str) -> pd.DataFrame:  # fmt: skip
        frames = self._frames if self._whole is None else self._whole._frames
        found = sums_of(name, frames, month, rules, dimension, until=self.as_of(month))
        only = self._only.get("client_id")
        return found if only is None else found[found["client_id"].isin(only)]

    @property
    def headline_values(self) -> pd.DataFrame:
        """The fact that the build makes of the others."""
        months = [self.ledger.month_of(end) for end in range(self.ledger.months)]
        return arguments.headlines_of(self, months, self.compute).dropna(subset="value")


def compute(function: Callable[..., pd.DataFrame], frames: dict[str, pd.DataFrame], month: str,
            *, as_of: pd.Timestamp | None = None, **changed: Any) -> pd.DataFrame:  # fmt: skip
    """A table from such frames, bound as the book does; *changed*: settings and others, also those
    of the company."""
    known = {field.name for field in dataclasses.fields(settings.Company)}
    company = {name: changed.pop(name) for name in known & changed.keys()}
    return small_book(frames, month, as_of, **company).compute(function, month, **changed)


def small_book(frames: dict[str, pd.DataFrame], month: str, as_of: pd.Timestamp | None = None,
               **company: Any) -> SmallBook:  # fmt: skip
    """The book of such frames; the last ones are kept, as tables of one month share its ledger and
    laws hold two books against each other."""
    asked = [*(id(frame) for frame in frames.values()), month, as_of, company]
    for known, _frames, book in _kept:
        if known == asked:
            return book
    given = settings.Company(**{"name": "small"} | company)
    book = SmallBook(frames, periods.parse_month(month), as_of, given)
    _kept.append((asked, list(frames.values()), book))
    return book


# What was asked, its frames (while they are there no other has their id) and the book.
_kept: collections.deque = collections.deque(maxlen=2)


def sums_of(name: str, book: dict[str, pd.DataFrame], month: pd.Timestamp,
            portfolio: settings.Portfolio, dimension: str = "",
            seen: str = "true", until: pd.Timestamp | None = None) -> pd.DataFrame:  # fmt: skip
    """A frame of schema.SUMS by the real SQL; the codes of identifiers are the texts themselves."""
    tables = {name: frame for name, frame in book.items() if isinstance(frame, pd.DataFrame)}
    run = _engine_of(tables)
    months = portfolio.window_months
    asked = window_sums.spans(book["sales_month"]["month"].min(), month, months)
    if name == "client_events":
        until = periods.month_end(month) if until is None else until
        return client_sums.events(run, [*tables], until, lambda _table: seen)
    if name == "client_product_sales":
        return client_sums.products(run, asked, lambda _table: seen)
    return window_sums.read(run, name, asked, dimension, seen)


def _engine_of(tables: dict[str, pd.DataFrame]) -> Callable[[str], pd.DataFrame]:
    """What a statement gives of these frames; the engines of the last ones are kept."""
    for known, run in _engines:
        if known.keys() == tables.keys() and all(known[name] is tables[name] for name in tables):
            return run
    con = _database().cursor()  # which knows its own frames only
    con.execute(UNPLANNED)

    @cache
    def take(name: str) -> None:
        frame = tables.get(name)
        if frame is None and name in ("client_ids", "manager_ids", "product_ids"):
            column = name.removesuffix("s")
            found = [each[column] for each in tables.values() if column in each]
            ids = pd.concat(found).dropna().astype(object).unique()
            frame = pd.DataFrame({"code": ids, column: ids}, dtype=str)
        con.register(f"stored_{name}", frame)

    def run(query: str) -> pd.DataFrame:
        for name in re.findall(r"\bstored_(\w+)", query):  # to take all takes longer than a sum
            take(name)
        return con.execute(query).df()

    _engines.append((tables, run))
    return run


_engines: collections.deque = collections.deque(maxlen=2)


@contextlib.contextmanager
def told(name: str) -> Iterator[None]:
    """A failure inside names the table."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{name}: {error}") from error


def only_row(table: pd.DataFrame, **values) -> pd.Series:
    """The only row with these values."""
    for column, value in values.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]
