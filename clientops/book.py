"""The book: the store as plain DataFrames, and only what its viewer may see.

A director, an analyst or nobody in particular (a local command) sees everything. A manager sees the
clients owned at the data's end with their whole history, the own credited sales, and of a client
handed over nothing after the last month end at which it was the manager's. A lead sees what the
managers of the team see. Company rows (`*`) exist in such a book only as stored by the build.
"""

import copy
import dataclasses
import functools
import inspect
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Literal, NamedTuple

import duckdb
import msgspec
import numpy as np
import pandas as pd

from clientops import periods, schema, settings, store
from clientops.errors import ClientOpsError, nearest

EVERYONE = "*"
# In the store, facts hold identifiers as positions in these lists.
_CODES = {"client_id": "client_ids", "manager_id": "manager_ids", "product_id": "product_ids"}
_CODED = ("sales_month", "sales_day", "purchases", "product_month", "owners", "classes")
# Letters become categoricals without a text for each of millions of rows.
_COLUMNS = {
    "classes": "client_id, month, cast(abc as enum ('A', 'B', 'C', 'D', '-')) as abc, "
    "cast(xyz as enum ('X', 'Y', 'Z', '-')) as xyz, cast(stage as enum ('prospect', 'new', "
    "'returned', 'active', 'lapsed', 'lost')) as stage, revenue"
}
# The day by which a row of a client handed over is told to be after the handover.
_DATED = {
    "activities": "happened_at",
    "plans": "month",
    "potentials": "as_of",
    "receivables": "invoiced_on",
    "surveys": "responded_on",
    "tickets": "opened_at",
    "leads": "created_on",
}


@dataclasses.dataclass(frozen=True)
class Viewer:
    """Who looks: a lead sees the managers of the *teams*, a manager the own *manager_ids*."""

    name: str = ""
    role: Literal["director", "analyst", "lead", "manager"] = "analyst"
    manager_ids: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()

    @property
    def sees_everything(self) -> bool:
        """Whether nothing is hidden from this viewer."""
        return self.role in ("director", "analyst")


def open_book(
    data: str | Path = "", viewer: Viewer | None = None, *, store_folder: str | Path = ""
) -> "Book":
    """The book of a data folder that has been built, as *viewer* may see it.

    *data* empty: $CLIENTOPS_DATA, else data/sample. *viewer* None: sees everything. Frames are read
    when they are first asked for. Raises ClientOpsError where nothing has been built.
    """
    folder = store.data_folder(data)
    snapshot = store.snapshot(store.folder(folder, store_folder))
    if snapshot is None:
        if not folder.is_dir():
            raise ClientOpsError(f"{folder}: no such folder")
        raise ClientOpsError(f"{folder}: not built yet; run clientops build --data {folder}")
    return Book(snapshot, viewer or Viewer(), name=folder.resolve().name)


class Book:
    """Frames as attributes (`book.sales_month`, `book.clients` …), tables by `compute`.

    Identifiers are categoricals whose categories are all identifiers of their kind in the book.
    Money of facts is in whole ten-thousandths, of other tables in the reporting currency
    (schema: FACTS, TABLES).
    """

    def __init__(self, snapshot: Path, viewer: Viewer, name: str = "") -> None:
        self._snapshot = snapshot
        self._frames: dict[str, pd.DataFrame] = {}
        self._is_part = False  # whether only some of the clients' portfolios are in it
        self._manifest = store.manifest(snapshot)
        self.viewer = viewer
        self.fingerprint: str = self._manifest["fingerprint"]
        self.first_month = periods.parse_month(self._manifest["first_month"])
        self.data_until = pd.Timestamp(self._manifest["data_until"])
        company = msgspec.convert(self._manifest["company"], settings.Company)
        self.company = dataclasses.replace(company, name=company.name or name)
        self.settings = msgspec.convert(self._manifest["settings"], settings.Topics)
        self.tables: list[str] = self._manifest["tables"]  # source tables that were there

    def __repr__(self) -> str:
        months = f"{periods.label(self.first_month)} … {periods.label(self.last_month)}"
        who = self.viewer.name or self.viewer.role
        return f"<Book of {self.company.name}: {months}, data to {self.data_until:%Y-%m-%d}, {who}>"

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._names]

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_") or name not in self._names:
            raise AttributeError(f"a book has no {name!r}; {nearest(name, self._names)}")
        if name not in self._frames:
            self._frames[name] = self._read(name)
        return self._frames[name]

    @property
    def _names(self) -> list[str]:
        facts = [name for name in schema.FACTS if name != "product_month"]
        return facts + [name for name in schema.TABLES if name != "shipments"]

    @property
    def last_month(self) -> pd.Timestamp:
        """The month of the last day the data reach; it may be running."""
        return periods.parse_month(self.data_until)

    @property
    def month(self) -> pd.Timestamp:
        """The default month: the last complete one."""
        return periods.last_complete_month(
            self.first_month, self.data_until, self.company.calendar, self.company.work_week
        )

    def of_clients(self, client_ids: Collection[str]) -> "Book":
        """The same book with only these clients' portfolios; classes stay those of the company.

        Company rows are then the sums over these clients, and none in a book that hides others.
        """
        part = copy.copy(self)
        kept = self.owners["client_id"].isin(list(client_ids))
        part._frames = self._frames | {"owners": self.owners[kept]}
        part._is_part = True
        return part

    def check_month(self, month: object = "") -> pd.Timestamp:
        """*month* as the first of its days; the default month where empty. Must be in the data."""
        if month is None or month == "":
            return self.month
        found = periods.parse_month(month)
        if not self.first_month <= found <= self.last_month:
            raise ClientOpsError(
                f"month {periods.label(found)} is outside the data, which reach from "
                f"{periods.label(self.first_month)} to {periods.label(self.last_month)}"
            )
        return found

    def check_manager(self, manager_id: object) -> str:
        """The manager's id as text; `*` is everyone. Unknown to this book: an error."""
        wanted, known = str(manager_id), self.manager_ids
        if wanted != EVERYONE and wanted not in known:
            raise ClientOpsError(f"unknown manager {wanted!r}; {nearest(wanted, known)}")
        return wanted

    @functools.cached_property
    def manager_ids(self) -> list[str]:
        """Managers this book has rows of, in code-point order."""
        return [text for text in self._ids["manager_id"].categories if text != schema.OTHERS]

    def compute(
        self, function: Callable[..., pd.DataFrame], month: object = "", /, **changed: Any
    ) -> pd.DataFrame:
        """The table *function* for a month (default: the last complete one).

        Positional parameters are bound by name to the book's frames. Of the keyword-only ones,
        `month` and `as_of` (the month's end, the data's end where no month is asked for) are the
        time, those whose default is a settings dataclass get the settings in force, and others
        their value from *changed*, which also holds settings that differ from those in force. In a
        book that does not show everything, rows of others are left out and company rows come from
        the store (none with changed settings). Raises ClientOpsError for a month outside the data
        and for unknown or impossible settings.
        """
        parameters = inspect.signature(function).parameters.values()
        keywords = self._keywords(function, month, changed)
        rules = next(
            (value for value in keywords.values() if isinstance(value, settings.Portfolio)), None
        )
        frames = []
        for parameter in parameters:
            if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
                name = parameter.name
                is_cut = name == "cuts" and rules is not None
                frames.append(self._cuts_for(rules) if is_cut else getattr(self, name))
        table = function(*frames, **keywords)
        if self.viewer.sees_everything or "manager_id" not in table:
            return table
        table = table[table["manager_id"].isin(self.manager_ids)]
        stored = self._snapshot / "company" / f"{function.__name__}.parquet"
        usual = keywords == self._keywords(function, month, {})
        if usual and stored.exists() and not self._is_part:
            company = self._query(f"select * from {_file(stored)} where asked = ?",
                                  [keywords["month"]]).drop(columns="asked")  # fmt: skip
            table = pd.concat([company.astype(table.dtypes), table])
            table = table.sort_values(
                ["manager_id"] if "month" not in table else ["month", "manager_id"], kind="stable"
            )
        return table.reset_index(drop=True)

    def _keywords(
        self, function: Callable[..., pd.DataFrame], month: object, changed: dict[str, Any]
    ) -> dict[str, Any]:
        """The keyword-only arguments of a table: time, settings, and what else is asked for."""
        left, keywords, known = dict(changed), {}, []
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
                continue
            if name == "month":
                keywords[name] = self.check_month(month)
            elif name == "as_of":
                keywords[name] = self.as_of(month)
            elif isinstance(parameter.default, settings.Company):
                keywords[name] = self.company
            elif dataclasses.is_dataclass(parameter.default):
                in_force = self.settings_of(type(parameter.default))
                fields = [field.name for field in dataclasses.fields(in_force)]
                own = {field: left.pop(field) for field in fields if field in left}
                keywords[name] = settings.override(in_force, own)
                known += fields
            else:
                known.append(name)
                if name in left:
                    value = left.pop(name)
                    keywords[name] = self.check_month(value) if name.endswith("month") else value
        if left and not known:
            raise ClientOpsError(f"{function.__name__} has no settings; given: {', '.join(left)}")
        for name in left:
            raise ClientOpsError(f"unknown setting {name!r}; {nearest(name, known)}")
        return keywords

    def settings_of(self, kind: type) -> Any:
        """The settings in force of one topic, by its dataclass."""
        groups = (getattr(self.settings, each.name) for each in dataclasses.fields(self.settings))
        return next(group for group in groups if type(group) is kind)

    def as_of(self, month: object = "") -> pd.Timestamp:
        """The last day looked at: the data's end, or that of the month asked for where earlier."""
        if month is None or month == "":
            return self.data_until
        return min(periods.month_end(self.check_month(month)), self.data_until)

    def _cuts_for(self, rules: settings.Portfolio) -> pd.DataFrame | None:
        """The stored cut-offs; None where the window was not stored and everything is seen."""
        cuts = self.cuts
        stored = (cuts["window_months"] == rules.window_months) & (cuts["abc_by"] == rules.abc_by)
        usual = rules.abc_shares == self.settings.portfolio.abc_shares
        if usual and (stored.any() or rules.abc_cuts):
            return cuts
        if self.viewer.sees_everything:
            return None
        if not usual:
            raise ClientOpsError("other abc_shares need the whole company")
        known = ", ".join(str(months) for months in sorted(cuts["window_months"].unique()))
        raise ClientOpsError(
            f"a window of {rules.window_months} months needs the whole company; there are {known}"
        )

    @functools.cached_property
    def _engine(self) -> duckdb.DuckDBPyConnection:
        """The store's files as views, with what the viewer may see of managers and clients.

        seen_clients holds, for each client owned at some month's end, the first day no longer seen.
        """
        con = store.connect()
        for path in self._snapshot.glob("*.parquet"):
            con.execute(f"create view stored_{path.stem} as from {_file(path)}")
        if not self.viewer.sees_everything:
            teams = self.viewer.teams if self.viewer.role == "lead" else ()
            con.execute(
                "create table seen_managers as select code, manager_id from stored_manager_ids "
                "where manager_id in (select unnest(?::varchar[])) or manager_id in (select "
                "manager_id from stored_managers where team in (select unnest(?::varchar[])))",
                [list(self.viewer.manager_ids), list(teams)],
            )
            con.execute(
                "create table seen_clients as select c.code, c.client_id, "
                "max(coalesce(o.to_month + interval 1 month, date '9999-01-01')) as until "
                "from stored_owners o join stored_client_ids c on c.code = o.client_id "
                "where o.manager_id in (select code from seen_managers) group by all"
            )
        return con

    def _query(self, query: str, values: list | None = None) -> pd.DataFrame:
        return self._engine.execute(query, values or []).df()

    @functools.cached_property
    def _ids(self) -> dict[str, "_Identifiers"]:
        """The identifiers of each kind that the viewer may see."""
        seen = dict.fromkeys(_CODES, "true")
        if not self.viewer.sees_everything:
            seen["manager_id"] = "code in (select code from seen_managers)"
            seen["client_id"] = (
                "code in (select code from seen_clients) or code in (select client_id from "
                "stored_sales_month where manager_id in (select code from seen_managers))"
            )
        result = {}
        for column, name in _CODES.items():
            query = f"select {column}, {seen[column]} as seen from stored_{name} order by code"
            found = self._engine.execute(query).fetchnumpy()
            texts = np.asarray(found[column], dtype=object)
            result[column] = _identifiers(texts, np.asarray(found["seen"]), column == "manager_id")
        return result

    def _read(self, name: str) -> pd.DataFrame:
        """One frame, with only the rows the viewer may see."""
        if not (self._snapshot / f"{name}.parquet").exists():
            if name in schema.FACTS:
                raise ClientOpsError(f"{self._snapshot}: {name} is gone; clientops build --force")
            raise ClientOpsError(f"this needs the table {name}: add {name}.csv to the data folder, "
                                 f"or [tables.{name}] to {settings.FILE}")  # fmt: skip
        frame = self._query(f"select {_COLUMNS.get(name, '*')} from stored_{name} t "
                            f"where {self._seen_rows(name)}")  # fmt: skip
        for column in frame.columns.intersection(list(_CODES)):
            ids = self._ids[column]
            if name in _CODED:
                at = ids.places[frame[column]]
            else:
                at = ids.categories.get_indexer(frame[column])
                at[(at < 0) & frame[column].notna()] = ids.others
            frame[column] = pd.Categorical.from_codes(at, categories=ids.categories)
        if name == "cuts" and not self.viewer.sees_everything:
            frame = self._hide_others_in(frame)
        return frame

    def _seen_rows(self, name: str) -> str:
        """SQL: which rows of a stored table the viewer may see."""
        if self.viewer.sees_everything or name in ("products", "cuts"):
            return "true"
        if name in _CODED:
            day = {"sales_day": "day", "purchases": "day"}.get(name, "month")
            client = (
                "exists (select 1 from seen_clients s where s.code = t.client_id "
                f"and t.{day} < s.until)"
            )
            manager = "manager_id in (select code from seen_managers)"
            return {
                "owners": manager,
                "purchases": client,
                "classes": client,
            }.get(name, f"{manager} or {client}")
        manager = "manager_id in (select manager_id from seen_managers)"
        if name in ("managers", "assignments"):
            return manager
        if name == "clients":
            return (
                "client_id in (select client_id from seen_clients) or client_id in (select c."
                "client_id from stored_sales_month m join stored_client_ids c on c.code = "
                "m.client_id where m.manager_id in (select code from seen_managers))"
            )
        if name not in _DATED:
            return "false"
        client = (
            "exists (select 1 from seen_clients s where s.client_id = t.client_id "
            f"and coalesce(t.{_DATED[name]} < s.until, s.until = date '9999-01-01'))"
        )
        has_manager = any(c.name == "manager_id" for c in schema.TABLES[name].columns)
        return f"{manager} or {client}" if has_manager else client

    def _hide_others_in(self, cuts: pd.DataFrame) -> pd.DataFrame:
        """Cut-offs that class the own clients alike without naming anybody else's.

        Ties are broken by `client_id ≤ last client`: the largest own id up to it does as well.
        """
        own = self._ids["client_id"].categories
        for column in ("a_client_id", "b_client_id"):
            at = own.searchsorted(cuts[column].fillna("").astype(str), side="right")
            cuts[column] = np.append("", own.astype(object))[at]
        return cuts


class _Identifiers(NamedTuple):
    """What a viewer sees of one kind of identifiers."""

    categories: pd.Index  # those to be seen, in code-point order
    places: np.ndarray  # the place in *categories* for each code of the store
    others: int  # the place of all those not to be named; −1 where there is none


def _identifiers(texts: np.ndarray, seen: np.ndarray, name_others: bool) -> _Identifiers:
    """Those *seen* of all *texts*; where some are not, `(other)` stands for them if wanted."""
    shown = texts[seen]
    if name_others and not seen.all():
        shown = np.sort(np.append(shown, schema.OTHERS))
    categories = pd.Index(shown, dtype="str")
    others = categories.get_indexer([schema.OTHERS])[0] if name_others else -1
    places = np.full(len(texts), others)
    places[seen] = categories.get_indexer(texts[seen])
    return _Identifiers(categories, places, others)


def _file(path: Path) -> str:
    return f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"
