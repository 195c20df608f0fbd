"""What a metric table says about itself, over its function: everything that others need of it.

From it come the empty frame, labels, totals, the subtitle of page, pack and sheet, the figures of
the first page, the reasons to call, the rows that are stored, and the laws that tests run.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import pandas as pd

from clientops.errors import ClientOpsError

# Of a column of a metric table: its type follows from its unit.
UNITS = {
    "month": "datetime64[us]",  # first day of the month
    "date": "datetime64[us]",
    "quarter": "datetime64[us]",  # its first day
    "id": "str",  # identifier: hidden on pages, names stand for it
    "name": "str",  # of a client, manager, group …: never translated
    "word": "str",  # one of few words, translated on pages
    "text": "str",  # somebody's own words
    "said": "str",  # what the build or a source says: translated as far as it is known
    "money": "float64",  # reporting currency
    "price": "float64",  # of one unit of an article
    "share": "float64",  # fraction
    "score": "float64",  # fraction from −1 to 1, told in hundredths: +42
    "number": "float64",
    "days": "float64",
    "count": "int64",  # of things; `count?`: may be missing
    "whole": "int64",  # a whole number that is no count of things
    "flag": "bool",
}
# rows: as they say; running: the month that runs, or the one asked for
Period = Literal["month", "window", "two windows", "all", "as of", "rows", "running"]
Whose = Literal["portfolio", "credit", "done by", "company"]
# Which page of a pack a table makes; of several tables, the first in reading order does.
InPack = Literal["", "verdicts", "history", "calls", "bridge"]


class Headline(NamedTuple):
    """A figure of the first page, told of each manager and the company by a table that declares it.

    It is taken from the rows of the asked month (where the table has a month) that `rows` names, by
    manager_id, or by key where the table has dimensions.
    """

    column: str  # that holds it
    label: str
    better: Literal["up", "down"]
    metric: str = ""  # its name where it is not the column's
    rows: str = ""  # which rows, as a pandas query: `abc == 'A'`; empty: all
    several: Literal["", "sum", "count"] = ""  # of several rows of a manager: nobody has 0
    of: str = ""  # of a share: the column that holds how many clients it is a share of
    per_day: bool = False  # an amount of the month: compared per working day
    of_window: bool = False  # compared only where the window covers as many months
    ends: tuple[str, ...] = ()  # columns from which to which it lies by chance: judged only where
    # two months do not overlap
    on_year: bool = False  # a rate on the year before: judged against 1
    page: str = ""  # whose page shows more; empty: the topic of the table

    @property
    def name(self) -> str:
        """The metric it is."""
        return self.metric or self.column


class Reason(NamedTuple):
    """Why a client of a table's rows needs somebody."""

    name: str
    place: int  # decides between equal amounts
    rows: str = ""  # which rows, as a pandas query; empty: all
    money: str = ""  # three months of money, as a pandas expression; empty: not told in money
    tells: str = ""  # the columns that its sentence needs
    state: str = ""  # in which the client is by it: what is asked of the chances to win it back
    is_certain: bool = False  # the money does not hang on whether the client comes back
    full_window: bool = False  # only where the earlier of two windows is a full one
    page: str = ""  # whose page shows more; empty: the topic of the table


class Form(NamedTuple):
    """A sheet of a table's workbook to be filled in and handed back, as rows of a source table."""

    table: str  # the source table, which the sheet is called
    # Its columns, and where each comes from; empty: to be filled in; 'in quotes': the text itself.
    columns: dict[str, str]


class Agenda(NamedTuple):
    """A table whose rows are each manager's work of the next day, in order: entries of a calendar,
    and a letter in the morning. Each row has a reason, whose sentence is told."""

    name: str  # the column that an entry is called by
    marks: str  # the columns that tell an entry from others: who imports it again replaces it
    tells: str  # the columns that stand in it


@dataclasses.dataclass(frozen=True)
class About:
    """What a metric table says about itself, over its function; see `table`."""

    units: dict[str, str]  # by column, in order
    keys: tuple[str, ...]  # the columns by which its rows are sorted; none: in an order of its own
    missing: frozenset[str]  # whole numbers that may be missing
    labels: dict[str, str]  # of columns that only this topic has
    period: Period
    whose: Whose
    adds_up: dict[str, str]  # columns whose sum over the rows of one scope means something: the
    # sum of which column it is (`revenue`: of the ledger's, see reconciliation)
    stored: Literal["", "company", "all"]
    settles: str
    says: tuple[str, ...]  # its sentence of one row, with columns in braces; the fullest first
    headlines: tuple[Headline, ...]
    reasons: tuple[Reason, ...] = ()
    of_all: bool = False  # means nothing of some of the clients of whom it speaks
    in_pack: InPack = ""
    form: Form | None = None
    agenda: Agenda | None = None

    @functools.cached_property
    def types(self) -> dict[str, str]:
        """The type of each column."""
        return {
            name: "Int64" if name in self.missing else UNITS[unit]
            for name, unit in self.units.items()
        }

    @property
    def no_rows(self) -> pd.DataFrame:
        """The table without rows."""
        return self._no_rows.copy()

    @functools.cached_property
    def _no_rows(self) -> pd.DataFrame:
        return pd.DataFrame({name: pd.Series(dtype=type_) for name, type_ in self.types.items()})


def table(
    columns: str,
    *,
    labels: dict[str, str] | None = None,
    period: Period = "window",
    whose: Whose = "portfolio",
    adds_up: str = "",
    stored: Literal["", "company", "all"] = "",
    settles: str = "",
    says: str | tuple[str, ...] = (),
    headline: Headline | tuple[Headline, ...] = (),
    of_all: bool = False,
    in_pack: InPack = "",
    form: str = "",
    agenda: Agenda | None = None,
) -> Callable[[Any], Any]:
    """What stands over the function of a metric table: everything the table says about itself.

    *columns*: `name:unit` for each (UNITS), in order, the sorting keys before the star; `count?`:
    may be missing. *labels*: of columns that the shared words (words/columns.py) do not have.
    *period* and *whose*: what its rows cover and whose they are, for the subtitle of page, pack and
    sheet. *adds_up*: columns whose sum over the rows of one scope means something
    (`closing=revenue`: that sum is the ledger's revenue of the period; `revenue=some`: it is not).
    *stored*: rows that the build keeps for books that hide something: those of the company, or all.
    *settles*: a month column; rows of that month stay as they are whatever later month is asked
    for. *says*: the sentence of a card that has no other, of the subject's row or of the first of a
    list, with columns in braces and `{rows}`, their number; of several, the first whose columns are
    all there. *headline*: its figures of the first page. *of_all*: it judges by all clients of
    whom it speaks, so a page with only some of them does not show it. *in_pack*: what it is in
    front of a pack: the month judged (and its months before), the clients to call, the bridge of
    revenue; else it stands in the annex. *form*: `plans: client_id plan_revenue=proposal`: its
    workbook has a sheet to be handed back as rows of the source table, with what is to be filled in
    from the table's column (`column=`: empty). *agenda*: it is each manager's work of a day.

    The facts are attached to the function as `about`. A table of the ledger has no rows in a month
    that this does not reach: its function is not asked. Nothing is registered.
    """
    keys, star, rest = columns.partition("*")
    named = [part.split(":") for part in (keys + " " + rest).split()]
    headlines = (headline,) if isinstance(headline, Headline) else headline
    handed_back, colon, fields = form.partition(":")
    filled = (each.partition("=") for each in fields.split())
    filled = {name: of if equals else name for name, equals, of in filled}
    about = About(
        units={name: unit.removesuffix("?") for name, unit in named},
        keys=tuple(part.split(":")[0] for part in keys.split()) if star else (),
        missing=frozenset(name for name, unit in named if unit.endswith("?")),
        labels=labels or {},
        period=period,
        whose=whose,
        adds_up={
            name: of or name for name, _, of in (each.partition("=") for each in adds_up.split())
        },
        stored=stored,
        settles=settles,
        says=(says,) if isinstance(says, str) else says,
        headlines=headlines,
        of_all=of_all,
        in_pack=in_pack,
        form=Form(handed_back, filled) if colon else None,
        agenda=agenda,
    )

    def attach(function: Any) -> Any:
        function = _within_the_ledger(function)
        function.about = about
        return function

    return attach


def _within_the_ledger(function: Any) -> Any:
    """A table's function that has no rows in a month which its ledger does not reach."""
    parameters = [*inspect.signature(function).parameters]
    if not {"ledger", "month"} <= {*parameters}:
        return function

    @functools.wraps(function)
    def within(*given: Any, **named: Any) -> pd.DataFrame:
        known = dict(zip(parameters, given, strict=False)) | named
        if "ledger" in known and "month" in known and known["ledger"].row(known["month"]) < 0:
            return within.about.no_rows
        return function(*given, **named)

    return within


def reason(name: str, place: int, **facts: Any) -> Callable[[Any], Any]:
    """Over `table`: why a client of its rows needs somebody (see Reason)."""

    def attach(function: Any) -> Any:
        reasons = (Reason(name, place, **facts), *function.about.reasons)
        function.about = dataclasses.replace(function.about, reasons=reasons)
        return function

    return attach


def about(function: Any) -> About:
    """What a metric table says about itself. Raises ClientOpsError where nothing does."""
    if not hasattr(function, "about"):
        raise ClientOpsError(f"{function.__name__}: @table over it has to say what it holds")
    return function.about
