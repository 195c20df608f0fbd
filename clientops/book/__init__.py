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
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from clientops import periods, schema, settings, store
from clientops.book import arguments, sums
from clientops.book.sums import OF_ALL
from clientops.book.viewer import Viewer, is_shown, viewer_of_environment
from clientops.errors import ClientOpsError, nearest
from clientops.ledger import classes, matrices
from clientops.schema import EVERYONE
from clientops.store import client_sums, visible_rows, window_sums

_TOLD = {"declared_headlines", "headline_values"}  # frames that hold stored rows of the company
# Letters become categoricals without a text for each of millions of rows.
_COLUMNS = {
    "classes": "client_id, month, cast(abc as enum ('A', 'B', 'C', 'D', '-')) as abc, "
    "cast(xyz as enum ('X', 'Y', 'Z', '-')) as xyz, cast(stage as enum ('prospect', 'new', "
    "'returned', 'active', 'lapsed', 'lost')) as stage, revenue",
    "client_fates": f"client_id, month, cast(fate as {window_sums.FATE}) as fate",
}


def open_book(
    data: str | Path = "", viewer: Viewer | None = None, *, store_folder: str | Path = ""
) -> "Book":
    """The book of a data folder that has been built, as *viewer* may see it.

    *data* empty: $CLIENTOPS_DATA, else data/sample, looked for from the working directory upwards.
    *viewer* None: the one a server names, whatever a notebook calls; elsewhere one who sees
    everything. Frames are read when they are first asked for. Raises ClientOpsError where nothing
    has been built, and where a server names nobody.
    """
    data = store.data_folder(data)
    # Frames are read later, when the working directory may be another.
    snapshot = store.snapshot(store.folder(data, store_folder).resolve())
    if snapshot is None:
        if not data.is_dir():
            raise ClientOpsError("{data}: no such folder", data=data)
        raise ClientOpsError("{data}: not built yet; run clientops build --data {data}", data=data)
    viewer = viewer or viewer_of_environment() or Viewer()
    return Book(snapshot, viewer, name=data.resolve().name)


class Book:
    """Frames as attributes (`book.sales_month`, `book.clients` …), tables by `compute`.

    Identifiers are categoricals whose categories are all identifiers of their kind in the book.
    Money of facts is in whole ten-thousandths, of other tables in the reporting currency
    (schema: FACTS, TABLES).
    """

    is_owned_now = False  # whether clients have the owner of the data's end a month before, too

    def __init__(self, snapshot: Path, viewer: Viewer, name: str = "") -> None:
        self._snapshot = snapshot
        self._frames: dict[str, pd.DataFrame] = {}
        self._summed: dict[str, tuple] = {}  # of each sum the last: what was asked, the frame
        self._only: dict[str, list[str]] = {}  # the identifiers, where not all are looked at
        self._whole: Book | None = None  # of which this book holds some clients or products
        self._part: Book | None = None  # the last one made of some of them
        self._manifest = store.manifest(snapshot)
        self.viewer = viewer
        self.fingerprint: str = self._manifest["fingerprint"]
        self.first_month = periods.parse_month(self._manifest["first_month"])
        self.data_until = pd.Timestamp(self._manifest["data_until"])
        company = msgspec.convert(self._manifest["company"], settings.Company)
        self.company = dataclasses.replace(company, name=company.name or name)
        self.settings = msgspec.convert(self._manifest["settings"], settings.Topics)
        self.lost_share: float = self._manifest.get("lost_share", 0.0)  # of the money: rejected
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
            with store.readable(self._snapshot):
                is_whole = self._whole is None
                self._frames[name] = self._read(name) if is_whole else self._part_of(name)
        return self._frames[name]

    def _part_of(self, name: str) -> pd.DataFrame:
        """A frame with only the clients and sales looked at; what names no client stays."""
        is_sold = name == "sales_month" and "product_id" in self._only
        frame = self._read(name) if is_sold else getattr(self._whole, name)
        if name == "headline_values":  # told of all clients
            return frame.iloc[:0]
        if "client_id" not in frame or "client_id" not in self._only:
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

    @property
    def ledger(self) -> matrices.Ledger:
        """The matrices of all that this book shows, made when they are first asked for.

        They take some 120 MB for 100,000 clients in three years: see `free_ledger`.
        """
        if "ledger" not in self._frames:
            frames = (self.sales_month, self.purchases, self.clients, self.owners, self.managers)
            self.take_ledger(matrices.read_ledger(*frames, self.first_month, self.last_month))
        return self._frames["ledger"]

    def take_ledger(self, made: matrices.Ledger) -> None:
        """Hold these matrices of the book's frames, with the cut-offs that are stored."""
        self._frames["ledger"] = dataclasses.replace(
            made,
            cuts=self.cuts,
            cut_shares=self.settings.portfolio.abc_shares,
            is_whole=self.viewer.sees_everything and self._whole is None,
        )

    def free_ledger(self, most: int = 0) -> None:
        """Let go of sums, and of matrices of more than *most* bytes: made anew when asked for."""
        self._summed.clear()
        for book in filter(None, (self, self._part)):
            if "ledger" in book._frames and book._frames["ledger"].size > most:
                del book._frames["ledger"]

    def of_clients(self, client_ids: Collection[str]) -> "Book":
        """The same book with only these clients in its frames; classes stay those of the company.

        Company rows are then the sums over these clients, and none in a book that hides others.
        """
        return self._with_only(client_id=sorted(client_ids))

    def of_product_group(self, product_group: str) -> "Book":
        """The same book with only what was sold of these products, by month: for tables of amounts.

        `shipments` and days are not known of products; days, purchases and classes stay those of
        all sales. Company rows are as in `of_clients`.
        """
        products = self.products[self.products["product_group"] == product_group]
        return self._with_only(product_id=sorted(products["product_id"].astype(str)))

    def _with_only(self, **ids: list[str]) -> "Book":
        only = self._only | ids
        if self._part is None or self._part._only != only:
            self._part = copy.copy(self)
            self._part._whole, self._part._frames, self._part._part = self, {}, None
            self._part._only = only
        return self._part

    def clients_of_class(self, letter: str, month: object, **changed: Any) -> np.ndarray:
        """The clients whose volume class at a month's end is *letter*; *changed*: settings of the
        portfolio that differ from those in force."""
        end = self.ledger.row(self.check_month(month))
        rules = settings.override(self.settings.portfolio, changed)
        return self.ledger.clients[classes.ABC[classes.abc(self.ledger, end, rules)] == letter]

    def of_managers(self, manager_ids: Collection[str]) -> "Book":
        """The same book for these managers only: tables have their rows and the company's.

        A table that names no manager is worked out from the clients they own and what they sold;
        one of which all rows are stored is the company's for everybody.
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
                "month {month} is outside the data, which reach from {first} to {last}",
                month=periods.label(found),
                first=periods.label(self.first_month),
                last=periods.label(self.last_month),
            )
        return found

    def check_manager(self, manager_id: object) -> str:
        """The manager's id as text; `*` is everyone. Unknown to this book: an error."""
        wanted, known = str(manager_id), self.manager_ids
        if wanted != EVERYONE and wanted not in known:
            hint = nearest(wanted, known)
            raise ClientOpsError("unknown manager {wanted!r}; {hint}", wanted=wanted, hint=hint)
        return wanted

    @functools.cached_property
    def manager_ids(self) -> list[str]:
        """Managers this book has rows of, in code-point order."""
        return [text for text in self._ids["manager_id"].categories if text != schema.OTHERS]

    @functools.cached_property
    def owned(self) -> frozenset[str] | None:
        """The clients owned at the data's end by whom the viewer sees: of others there is no page.
        None: everybody's may be seen."""
        if self.viewer.sees_everything:
            return None
        owners = self.owners
        return frozenset(owners["client_id"][owners["to_month"].isna()].astype(str))

    def find_clients(self, text: str, most: int = 20) -> pd.DataFrame:
        """The clients of whom a text tells (name, id, telephone, e-mail, tax number, tag), of those
        whose page the viewer may open: client_id, client_name, region, phone, email."""
        shown = "true" if self.viewer.sees_everything else visible_rows.owned_now("i")
        return client_sums.find(self._query, text, shown, most)

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

        Positional parameters are bound by name to the book's frames and sums, and to other tables.
        Of the keyword-only, `month`, `until` (its last day that counts) and `as_of` (likewise; the
        data's end where no month is asked for) are the time, those whose default is a settings
        dataclass get the settings in force, and others their value from *changed*, which also holds
        settings that differ from those in force. In a book that does not show everything, rows of
        others are left out and company rows come from the store (none with changed settings), as do
        all rows of tables that rest on sales it does not show. Raises ClientOpsError for a month
        outside the data and for unknown or impossible settings.
        """
        if not month and schema.about(function).period == "running":
            month = self.last_month
        keywords = arguments.keywords_of(self, function, month, changed)
        with store.readable(self._snapshot):
            frames = arguments.frames_of(self, function, keywords, month, changed)
            about, chosen = schema.about(function), self._only.get("manager_id")
            names_managers = {"manager_id", "dimension"} & about.units.keys()
            is_of_managers = not names_managers and about.stored != "all"  # rows are everybody's
            if chosen is not None and is_of_managers and "ledger" in frames:
                frames["ledger"] = frames["ledger"].of_managers(chosen)
            table = function(*frames.values(), **keywords)
        if not self.viewer.sees_everything:
            plain = arguments.keywords_of(self, function, month, {})
            usual = self.has_all_sales and keywords == plain
            # Facts told of managers hold the company's rows already.
            told = bool(_TOLD & frames.keys())
            # Rows as of a day are stored with the month it is in.
            asked = keywords["as_of"] if "as_of" in keywords else keywords.get("month")
            asked = None if asked is None else periods.parse_month(asked)
            table = self._with_stored(table, function, asked, usual, told)
        if chosen is not None:
            table = table[is_shown(table, about, [EVERYONE, *chosen])].reset_index(drop=True)
        return table

    def _with_stored(
        self,
        table: pd.DataFrame,
        function: Callable[..., pd.DataFrame],
        month: pd.Timestamp | None,
        usual: bool,
        has_company: bool,
    ) -> pd.DataFrame:
        """The rows of a table that a book which hides something may show, with the stored ones.

        Stored are rows of the company, or all rows of a table that rests on what such a book does
        not show, so that its own would be wrong. *usual*: all sales, at the settings in force;
        else there are no stored rows.
        """
        about, own = schema.about(function), self.manager_ids
        table = table[is_shown(table, about, [*own, *([EVERYONE] if has_company else [])])]
        if not about.stored:
            return table.reset_index(drop=True)
        if about.stored == "all":
            if not usual:
                raise ClientOpsError(OF_ALL)
            table = table.iloc[:0]
        path = self._snapshot / "company" / f"{function.__name__}.parquet"
        if usual and path.exists():
            rows = self._query(
                f"select * exclude (holds_from, holds_until, holds_place) from {store.file(path)} "
                "where $month between holds_from and holds_until order by holds_from, holds_place",
                month=month,
            )  # fmt: skip
            rows = rows[is_shown(rows, about, [EVERYONE, *own])]
            table = pd.concat([rows.astype(table.dtypes), table])
            if about.keys:
                table = table.sort_values(list(about.keys), kind="stable")
        return table.reset_index(drop=True)

    @property
    def has_all_sales(self) -> bool:
        """Whether all clients and products are looked at that the viewer may see."""
        return not {"client_id", "product_id"} & self._only.keys()

    def sums(
        self,
        name: str,
        month: object = "",
        portfolio: settings.Portfolio | None = None,
        dimension: str = "",
    ) -> pd.DataFrame:
        """A frame of schema.SUMS: `book.sums("product_sales", "2026-10")`, summed by the engine.

        Of what is credited to the managers looked at, to the clients and of the products looked at.
        *portfolio* tells how long the window is (default: the settings in force); *dimension*: only
        this one. Raises ClientOpsError where a book that hides something is asked for what became
        of clients in another window than the one in force.
        """
        window_months = (portfolio or self.settings.portfolio).window_months
        asked = (self.check_month(month), window_months, dimension, self._only)
        known, frame = self._summed.get(name, (None, None))
        if known != asked:
            source = sums.Source(self._query, self._only, self._ids)
            frame = sums.read(self, source, name, asked[0], window_months, dimension)
            self._summed[name] = asked, frame
        return frame

    def settings_of(self, kind: type) -> Any:
        """The settings in force of one topic, by its dataclass."""
        groups = (getattr(self.settings, each.name) for each in dataclasses.fields(self.settings))
        return next(group for group in groups if type(group) is kind)

    def rules_of(self, function: Callable[..., pd.DataFrame]) -> dict[str, Any]:
        """The settings in force that a table goes by, by name; also those of the tables whose
        headlines or reasons it brings together."""
        found: dict[str, Any] = {}
        for each in (function, *arguments.declarers(self, function)):
            for parameter in inspect.signature(each).parameters.values():
                kind = type(parameter.default)
                if dataclasses.is_dataclass(kind) and kind is not settings.Company:
                    found |= dataclasses.asdict(self.settings_of(kind))
        return found

    def as_of(self, month: object = "") -> pd.Timestamp:
        """The last day looked at: the data's end, or that of the month asked for where earlier."""
        if month is None or month == "":
            return self.data_until
        return min(periods.month_end(self.check_month(month)), self.data_until)

    def until(self, month: object = "") -> pd.Timestamp:
        """The last day of a month that counts: its end, or the data's while it is not over."""
        month, company = self.check_month(month), self.company
        if periods.is_complete(month, self.data_until, company.calendar, company.work_week):
            return periods.month_end(month)
        return min(periods.month_end(month), self.data_until)

    @functools.cached_property
    def _engine(self) -> store.Engine:
        """The store's files as views, with what the viewer may see of managers and clients."""
        with store.readable(self._snapshot):
            con = store.Engine(self._snapshot)
            if not self.viewer.sees_everything:
                teams = self.viewer.teams if self.viewer.role == "lead" else ()
                visible_rows.make_tables(con.execute, self.viewer.manager_ids, teams)
            return con

    def _query(self, query: str, **values: object) -> pd.DataFrame:
        """What it gives; `$column` in it: the identifiers looked at."""
        values |= {name: ids for name, ids in self._only.items() if f"${name}" in query}
        with store.readable(self._snapshot):
            return self._engine.execute(query, values).df()

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
            with store.readable(self._snapshot):
                found = self._engine.execute(query).fetchnumpy()
            texts = np.asarray(found[column], dtype=object)
            result[column] = visible_rows.identifiers(
                texts, np.asarray(found["seen"]), column == "manager_id"
            )
        return result

    def _read(self, name: str) -> pd.DataFrame:
        """One frame, with only the rows the viewer may see."""
        source = schema.MADE_OF.get(name, name)
        if source in schema.FACTS and not (self._snapshot / f"{name}.parquet").exists():
            raise ClientOpsError("{snapshot}: {name} is gone; clientops build --force",
                                 snapshot=self._snapshot, name=name)  # fmt: skip
        if source in schema.TABLES and not (self._snapshot / f"{source}.parquet").exists():
            raise ClientOpsError("this needs the table {name}: add {name}.csv to the data folder, "
                                 "or [tables.{name}] to {file}",
                                 name=source, file=settings.FILE)  # fmt: skip
        rows = "true" if self.viewer.sees_everything else visible_rows.rows(name)
        columns = _COLUMNS.get(name, "*")
        if columns == "*" and not self.viewer.sees_everything:
            columns = visible_rows.columns(name)
        is_sold = name == "sales_month" and "product_id" in self._only
        table = visible_rows.SOLD if is_sold else f"stored_{name}"
        frame = self._query(f"select {columns} from {table} t where {rows}")
        coded = () if name == "headline_values" else visible_rows.CODES  # it knows the company, *
        kinds = {column: column for column in frame.columns.intersection(list(coded))}
        kinds |= dict.fromkeys(schema.OWNED.get(name, ()), "manager_id")
        for column, kind in kinds.items():
            ids = self._ids[kind]
            if name in visible_rows.CODED:
                at = ids.places[frame[column]]
            else:
                at = ids.categories.get_indexer(frame[column])
                at[(at < 0) & frame[column].notna()] = ids.others
            frame[column] = pd.Categorical.from_codes(at, categories=ids.categories)
        if name == "cuts" and not self.viewer.sees_everything:
            frame = visible_rows.without_others(frame, self._ids["client_id"].categories)
        return frame
