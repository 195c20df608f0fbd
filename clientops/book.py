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
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Literal

import duckdb
import msgspec
import numpy as np
import pandas as pd

from clientops import periods, schema, settings, store
from clientops.errors import ClientOpsError, nearest
from clientops.schema import EVERYONE
from clientops.store import visible_rows, window_sums

# Letters become categoricals without a text for each of millions of rows.
_COLUMNS = {
    "classes": "client_id, month, cast(abc as enum ('A', 'B', 'C', 'D', '-')) as abc, "
    "cast(xyz as enum ('X', 'Y', 'Z', '-')) as xyz, cast(stage as enum ('prospect', 'new', "
    "'returned', 'active', 'lapsed', 'lost')) as stage, revenue"
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


def viewer_of_environment() -> Viewer | None:
    """The viewer a server names in $CLIENTOPS_VIEWER (JSON of a Viewer); None outside a server.

    Raises ClientOpsError where a server names none that can be read: nobody sees anything then.
    """
    text = os.environ.get("CLIENTOPS_VIEWER")
    if text is None and "QUERY_STRING" not in os.environ:
        return None
    try:
        return msgspec.json.decode(text or "", type=Viewer)
    except msgspec.MsgspecError as error:
        raise ClientOpsError("nobody is signed in") from error


def open_book(
    data: str | Path = "", viewer: Viewer | None = None, *, store_folder: str | Path = ""
) -> "Book":
    """The book of a data folder that has been built, as *viewer* may see it.

    *data* empty: $CLIENTOPS_DATA, else data/sample. *viewer* None: the one a server names, whatever
    a notebook calls; elsewhere one who sees everything. Frames are read when they are first asked
    for. Raises ClientOpsError where nothing has been built, and where a server names nobody.
    """
    folder = store.data_folder(data)
    snapshot = store.snapshot(store.folder(folder, store_folder))
    if snapshot is None:
        if not folder.is_dir():
            raise ClientOpsError(f"{folder}: no such folder")
        raise ClientOpsError(f"{folder}: not built yet; run clientops build --data {folder}")
    viewer = viewer or viewer_of_environment() or Viewer()
    return Book(snapshot, viewer, name=folder.resolve().name)


class Book:
    """Frames as attributes (`book.sales_month`, `book.clients` …), tables by `compute`.

    Identifiers are categoricals whose categories are all identifiers of their kind in the book.
    Money of facts is in whole ten-thousandths, of other tables in the reporting currency
    (schema: FACTS, TABLES).
    """

    def __init__(self, snapshot: Path, viewer: Viewer, name: str = "") -> None:
        self._snapshot = snapshot
        self._frames: dict[str, pd.DataFrame] = {}
        self._only: dict[str, list[str]] = {}  # clients and managers, where not all are looked at
        self._whole: Book | None = None  # of which this book holds some clients
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
            self._frames[name] = self._read(name) if self._whole is None else self._part_of(name)
        return self._frames[name]

    def _part_of(self, name: str) -> pd.DataFrame:
        """A frame with only the clients looked at; what names no client stays."""
        frame = getattr(self._whole, name)
        if name == "headline_values":  # told of all clients
            return frame.iloc[:0]
        if "client_id" not in frame:
            return frame
        return frame[frame["client_id"].isin(self._only["client_id"])]

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
        """The same book with only these clients in its frames; classes stay those of the company.

        Company rows are then the sums over these clients, and none in a book that hides others.
        """
        part = copy.copy(self)
        part._whole, part._frames = self, {}
        part._only = self._only | {"client_id": list(client_ids)}
        return part

    def of_managers(self, manager_ids: Collection[str]) -> "Book":
        """The same book for these managers only: tables have their rows and the company's.

        A table that names no manager is worked out from the clients they own and what they sold.
        """
        part = copy.copy(self)
        part._only = self._only | {"manager_id": list(manager_ids)}
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

    @functools.cached_property
    def sees_nobody(self) -> bool:
        """Whether no client was ever owned, sold to or called by whom the viewer sees: the book
        then holds the company's rows alone, which are nobody's own."""
        if self.viewer.sees_everything or len(self._ids["client_id"].categories):
            return False
        return "activities" not in self.tables or self.activities.empty

    def compute(
        self, function: Callable[..., pd.DataFrame], month: object = "", /, **changed: Any
    ) -> pd.DataFrame:
        """The table *function* for a month (default: the last complete one).

        Positional parameters are bound by name to the book's frames and sums. Of the keyword-only,
        `month` and `as_of` (the month's end, the data's end where no month is asked for) are the
        time, those whose default is a settings dataclass get the settings in force, and others
        their value from *changed*, which also holds settings that differ from those in force. In a
        book that does not show everything, rows of others are left out and company rows come from
        the store (none with changed settings), as do all rows of tables that rest on sales it does
        not show. Raises ClientOpsError for a month outside the data and for unknown or impossible
        settings.
        """
        keywords = self._keywords(function, month, changed)
        frames = self._frames_of(function, keywords)
        chosen = self._only.get("manager_id")
        if chosen is not None and "owners" in frames:
            nothing = (None if frame is None else frame.iloc[:0] for frame in frames.values())
            if "manager_id" not in function(*nothing, **keywords):
                owners = frames["owners"]
                frames["owners"] = owners[owners["manager_id"].isin(chosen)]
        table = function(*frames.values(), **keywords)
        if "manager_id" not in table:
            return table
        if chosen is not None:
            table = table[table["manager_id"].isin([EVERYONE, *chosen])].reset_index(drop=True)
        if self.viewer.sees_everything:
            return table
        usual = keywords == self._keywords(function, month, {}) and "client_id" not in self._only
        company = [EVERYONE] if "headline_values" in frames else []  # a fact with rows of its own
        table = table[table["manager_id"].isin([*self.manager_ids, *company])]
        return self._with_stored(table, function.__name__, keywords.get("month"), usual)

    def _with_stored(
        self, table: pd.DataFrame, name: str, month: pd.Timestamp | None, usual: bool
    ) -> pd.DataFrame:
        """The rows of a table with those that the build stored for books that hide something.

        In `company` are rows of the company. In `whole` are all rows of tables that rest on sales
        which such a book does not show, so that its own would be wrong. *usual*: all clients, at
        the settings in force.
        """
        stored, whole = (
            self._snapshot / folder / f"{name}.parquet" for folder in ("company", "whole")
        )
        if whole.exists():
            if not usual:
                raise ClientOpsError(f"{name} of some clients or with other settings needs the "
                                     "whole company")  # fmt: skip
            stored, table = whole, table.iloc[:0]
        if usual and stored.exists():
            chosen = self._only.get("manager_id", self.manager_ids)
            shown = [EVERYONE, *(each for each in self.manager_ids if each in chosen)]
            rows = self._query(
                f"select * exclude (asked, asked_until) from {_file(stored)} where ? between asked "
                "and asked_until and manager_id in (select unnest(?))", [month, shown],
            )  # fmt: skip
            table = pd.concat([rows.astype(table.dtypes), table])
            keys = ["manager_id"] if "month" not in table else ["month", "manager_id"]
            table = table.sort_values(keys, kind="stable")
        return table.reset_index(drop=True)

    def sums(
        self,
        name: str,
        month: object = "",
        portfolio: settings.Portfolio | None = None,
        dimension: str = "",
    ) -> pd.DataFrame:
        """A frame of schema.SUMS: `book.sums("product_sales", "2026-10")`, summed by the engine.

        Of what is credited to the managers looked at, and the clients. *portfolio* tells how long
        the window is (default: the settings in force); *dimension*: only this one.
        """
        months = (portfolio or self.settings.portfolio).window_months
        asked = window_sums.spans(self.first_month, self.check_month(month), months)
        rows = [] if self.viewer.sees_everything else [visible_rows.CREDITED]
        for column in self._only:
            codes = f"select code from stored_{visible_rows.CODES[column]} where {column} in "
            rows.append(f"t.{column} in ({codes} (select unnest(?)))")
        values = list(self._only.values())
        return window_sums.read(
            lambda query: self._query(query, values),
            name,
            asked,
            dimension,
            " and ".join(rows) or "true",
        )

    def bind(
        self, function: Callable[..., pd.DataFrame], month: object = "", /, **changed: Any
    ) -> dict[str, Any]:
        """All arguments that `compute` calls a table with, by name."""
        keywords = self._keywords(function, month, changed)
        return self._frames_of(function, keywords) | keywords

    def _frames_of(
        self, function: Callable[..., pd.DataFrame], keywords: dict[str, Any]
    ) -> dict[str, pd.DataFrame | None]:
        return {
            name: self._bound(name, keywords) if self._is_there(parameter) else None
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
        }

    def _is_there(self, parameter: inspect.Parameter) -> bool:
        """Whether the data have what a table can do without: a frame whose default is None."""
        return (
            parameter.default is not None
            or parameter.name not in schema.TABLES
            or (parameter.name in self.tables)
        )

    def _bound(self, name: str, keywords: dict[str, Any]) -> pd.DataFrame | None:
        """The frame of a table's positional parameter."""
        rules = next((v for v in keywords.values() if isinstance(v, settings.Portfolio)), None)
        if name in schema.SUMS:
            return self.sums(name, keywords["month"], rules, keywords.get("dimension", ""))
        if name == "cuts" and rules is not None:
            return self._cuts_for(rules)
        return getattr(self, name)

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

    def rules_of(self, function: Callable[..., pd.DataFrame]) -> dict[str, Any]:
        """The settings in force that a table goes by, by name."""
        defaults = [each.default for each in inspect.signature(function).parameters.values()]
        groups = [each for each in defaults if dataclasses.is_dataclass(each)]
        found: dict[str, Any] = {}
        for group in groups:
            if not isinstance(group, settings.Company):
                found |= dataclasses.asdict(self.settings_of(type(group)))
        return found

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
        if self.viewer.sees_everything and self._whole is None:
            return None
        if not usual:
            raise ClientOpsError("other abc_shares need the whole company")
        known = ", ".join(str(months) for months in sorted(cuts["window_months"].unique()))
        raise ClientOpsError(
            f"a window of {rules.window_months} months needs the whole company; there are {known}"
        )

    @functools.cached_property
    def _engine(self) -> duckdb.DuckDBPyConnection:
        """The store's files as views, with what the viewer may see of managers and clients."""
        con = store.connect()
        for path in self._snapshot.glob("*.parquet"):
            con.execute(f"create view stored_{path.stem} as from {_file(path)}")
        con.execute("create view if not exists stored_products as select cast(null as varchar) as "
                    "product_id, cast(null as varchar) as product_group where false")  # fmt: skip
        if not self.viewer.sees_everything:
            teams = self.viewer.teams if self.viewer.role == "lead" else ()
            visible_rows.make_tables(con, self.viewer.manager_ids, teams)
        return con

    def _query(self, query: str, values: list | None = None) -> pd.DataFrame:
        return self._engine.execute(query, values or []).df()

    @functools.cached_property
    def _ids(self) -> dict[str, visible_rows.Identifiers]:
        """The identifiers of each kind that the viewer may see."""
        shown = {} if self.viewer.sees_everything else visible_rows.identifiers_of(self.tables)
        result = {}
        for column, name in visible_rows.CODES.items():
            query = (
                f"select {column}, {shown.get(column, 'true')} as seen from stored_{name} "
                "order by code"
            )
            found = self._engine.execute(query).fetchnumpy()
            texts = np.asarray(found[column], dtype=object)
            result[column] = visible_rows.identifiers(
                texts, np.asarray(found["seen"]), column == "manager_id"
            )
        return result

    def _read(self, name: str) -> pd.DataFrame:
        """One frame, with only the rows the viewer may see."""
        if not (self._snapshot / f"{name}.parquet").exists():
            if name in schema.FACTS:
                raise ClientOpsError(f"{self._snapshot}: {name} is gone; clientops build --force")
            raise ClientOpsError(f"this needs the table {name}: add {name}.csv to the data folder, "
                                 f"or [tables.{name}] to {settings.FILE}")  # fmt: skip
        rows = "true" if self.viewer.sees_everything else visible_rows.rows(name)
        columns = _COLUMNS.get(name, "*")
        frame = self._query(f"select {columns} from stored_{name} t where {rows}")
        coded = [] if name == "headline_values" else visible_rows.CODES  # it knows the company, *
        for column in frame.columns.intersection(list(coded)):
            ids = self._ids[column]
            if name in visible_rows.CODED:
                at = ids.places[frame[column]]
            else:
                at = ids.categories.get_indexer(frame[column])
                at[(at < 0) & frame[column].notna()] = ids.others
            frame[column] = pd.Categorical.from_codes(at, categories=ids.categories)
        if name == "cuts" and not self.viewer.sees_everything:
            frame = self._hide_others_in(frame)
        return frame

    def _hide_others_in(self, cuts: pd.DataFrame) -> pd.DataFrame:
        """Cut-offs that class the own clients alike without naming anybody else's.

        Ties are broken by `client_id ≤ last client`: the largest own id up to it does as well.
        """
        own = self._ids["client_id"].categories
        for column in ("a_client_id", "b_client_id"):
            at = own.searchsorted(cuts[column].fillna("").astype(str), side="right")
            cuts[column] = np.append("", own.astype(object))[at]
        return cuts


def _file(path: Path) -> str:
    return f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"
