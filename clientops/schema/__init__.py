"""Every source table and every fact: its columns, their types, units and meaning.

Only `shipments` is required; each further table unlocks analyses. Types are those of the checked
tables in the store:

    text        identifiers and names, compared by code point
    date        a calendar day
    month       the first day of a month, from any of its days
    first_day   the first day of a month; another day is refused
    timestamp   day and clock time as written; with an offset from UTC, that of `timezone`
    money       DECIMAL(18,4), net of VAT, in the one reporting currency; returns are negative
    number      DECIMAL(18,4)
    integer     a whole number
    boolean     true or false

The tables that analyses make say about themselves what they hold: see `table` (metric_tables.py).
"""

from collections.abc import Sequence
from typing import NamedTuple

from clientops.schema.frames import (
    DECLARED,
    EARLIER,
    EARLIER_MONTHS,
    FACTS,
    MADE_OF,
    SINCE_MONTHS,
    SUMS,
)
from clientops.schema.metric_tables import (
    UNITS,
    About,
    Agenda,
    Headline,
    Reason,
    about,
    reason,
    table,
)

__all__ = [
    "DAYS",
    "DECLARED",
    "EARLIER",
    "EARLIER_MONTHS",
    "EVERYONE",
    "FACTS",
    "MADE_OF",
    "MONEY_OF",
    "MONEY_SCALE",
    "NEW",
    "NONE",
    "OTHERS",
    "OWNED",
    "READ",
    "SINCE_MONTHS",
    "SUMS",
    "TABLES",
    "UNASSIGNED",
    "UNITS",
    "About",
    "Agenda",
    "Column",
    "Headline",
    "Reason",
    "Table",
    "about",
    "names",
    "reason",
    "table",
    "whole",
]

EVERYONE = "*"  # the company among the managers; all of a dimension
UNASSIGNED = "(unassigned)"  # the owner of a client nobody owns
OTHERS = "(other)"  # stands for every manager whom a book must not name
NEW = "(new)"  # in plans and their proposal: the clients of a manager that have no row of their own
NONE = "(none)"  # the key of what has no group or region, and of a line without a product
DAYS = ("date", "month", "first_day", "timestamp")  # types of columns of days
MONEY_SCALE = 10_000  # facts hold money and quantities as whole ten-thousandths, so sums are exact


def names(given: str | Sequence[str]) -> list[str]:
    """Names given in one text, with blanks between them, or one by one."""
    return given.split() if isinstance(given, str) else [*given]


def whole(amount: str) -> str:
    """SQL for an amount, DECIMAL(18,4), in whole ten-thousandths.

    Its whole part and the rest are scaled apart: the product of all has more than 18 digits from
    100,000,000,000 on, which engines refuse, and wider decimals are many times slower.
    """
    return (f"(cast(trunc({amount}) as bigint) * {MONEY_SCALE} "
            f"+ cast({amount} % 1 * {MONEY_SCALE} as bigint))")  # fmt: skip


class Column(NamedTuple):
    """One column of a source table."""

    name: str
    type: str
    meaning: str
    required: bool = False


class Table(NamedTuple):
    """One source table. Rows that repeat `key` are rejected; no key: every row counts."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()  # columns that may differ in rows of one key: all values are kept
    filled_in: str = ""  # of a table with forms: the column without which a row of them is blank

    @property
    def document(self) -> str:
        """The column that its lines share: the one named after the table (shipment_id)."""
        return next(
            (c.name for c in self.columns if f"{c.name.removesuffix('_id')}s" == self.name), ""
        )

    @property
    def day(self) -> str:
        """The column that tells when its rows were; empty where a row is somebody or something."""
        days = (c.name for c in self.columns if c.type in DAYS and (c.required or not self.key))
        return next(days, "")

    @property
    def required(self) -> list[str]:
        """Names of the columns the table cannot do without."""
        return [column.name for column in self.columns if column.required]


def _table(
    name: str, meaning: str, key: str, *rows: str, joined: str = "", filled_in: str = ""
) -> Table:
    """Read `column type meaning` rows; a star behind the column's name: required."""
    columns = []
    for row in rows:
        column, type_, sense = row.split(maxsplit=2)
        columns.append(Column(column.removesuffix("*"), type_, sense, column.endswith("*")))
    keys = tuple(key.split())
    return Table(name, meaning, tuple(columns), keys, tuple(joined.split()), filled_in)


_ALL = (
    _table(
        "shipments", "What went out: one row per line of a shipment.", "",
        "shipment_id* text document that went out; its lines share it",
        "shipped_on* date day it went out",
        "client_id* text who received it",
        "revenue* money net of VAT and discounts; returns negative",
        "manager_id text who sold; empty: the client's owner on that day",
        "product_id text the lasting article, not its version",
        "quantity number units; returns negative",
        "cost money cost of the line; empty: quantity × products.unit_cost",
        "discount money discount already taken off the revenue",
    ),
    _table(
        "clients", "Who buys.", "client_id",
        "client_id* text client",
        "client_name text name on pages; the id where empty",
        "client_group text segment, trade or price group",
        "region text sales region",
        "manager_id text today's owner",
        "phone text telephone",
        "email text e-mail address",
        "tax_id text number by which the tax office knows the client",
        "tags text words for the client, separated by , or ;",
        "created_on date day the client was entered; empty: known for all time",
        "verified_on date day somebody last checked phone and e-mail",
        joined="phone email",
    ),
    _table(
        "managers", "Who sells.", "manager_id",
        "manager_id* text manager",
        "manager_name text name on pages; the id where empty",
        "team text team of the manager",
        "email text where the monthly pack goes",
        "hired_on date first day",
        "left_on date last day; empty: still here",
    ),
    _table(
        "assignments", "Who owned which client when.", "client_id manager_id valid_from",
        "client_id* text client",
        "manager_id* text owner in these days",
        "valid_from* date first day",
        "valid_to date last day, inclusive; empty: still",
    ),
    _table(
        "products", "What is sold.", "product_id",
        "product_id* text article",
        "product_name text name on pages",
        "product_group text product group",
        "unit_cost money cost of one unit, for lines without a cost",
    ),
    _table(
        "activities", "Who did what with whom.", "",
        "happened_at* timestamp when",
        "manager_id* text who did it",
        "kind* text call, meeting, offer, invoice, email …",
        "client_id text with whom",
        "topic text useful, company or offer",
        "minutes number how long, in minutes",
        "outcome text what came of it",
        filled_in="happened_at",
    ),
    _table(
        "plans", "What was planned.", "",
        "month* first_day first month of the plan",
        "plan_revenue* money planned revenue of all its months together",
        "months integer how many months it stands for, at most 12; empty: 1",
        "client_id text for this client only; (new): for the manager's clients without a plan",
        "manager_id text for this manager only; beside a client it means nothing",
        "product_group text for this product group only",
        filled_in="plan_revenue",
    ),
    _table(
        "potentials", "What clients buy of the category from everybody.", "",
        "client_id* text client",
        "annual_purchases* money purchases a year, from everybody",
        "product_group text for this product group only",
        "as_of date day of the estimate",
    ),
    _table(
        "receivables", "Invoices, as they were sent; credit notes negative.", "invoice_id",
        "invoice_id* text invoice",
        "client_id* text who owes",
        "invoiced_on* date day of the invoice",
        "amount* money amount of the invoice, with VAT where it has any",
        "due_on date day it is due; empty: `payment_days` after the invoice",
        "paid_on date day it was paid; not read where there are payments",
        "paid_amount money what was paid that day; empty: what was open of it",
    ),
    _table(
        "payments", "Money that came in, and what was paid back (negative).", "",
        "paid_on* date day it came",
        "client_id* text who paid",
        "amount* money what was paid, in the money of the invoices; refunds negative",
        "invoice_id text the invoice it is for; empty: what is due longest",
        filled_in="paid_on",
    ),
    _table(
        "stock", "Stock at the end of each month.", "month product_id",
        "month* month month",
        "product_id* text article",
        "stock_value* money value at cost at the month's end",
    ),
    _table(
        "surveys", "Answers to the recommendation question.", "",
        "responded_on date day of the answer; empty, like the score: asked, not answered",
        "score number on the scale of [settings.loyalty]",
        "asked_on date day of the question",
        "client_id text who was asked",
        "comment text in the client's words",
    ),
    _table(
        "tickets", "Support requests.", "ticket_id",
        "ticket_id* text ticket",
        "opened_at* timestamp opened",
        "first_response_at timestamp first answer",
        "resolved_at timestamp resolved",
        "channel text how it came in",
        "category text what about",
        "subcategory text what about, in detail",
        "agent text who handled it",
        "client_id text whose",
        "reopened integer times reopened",
        "contacts integer contacts it took",
        "csat number satisfaction score",
        "merged_into text the ticket it was merged into",
        "parent_id text the ticket it belongs to",
    ),
    _table(
        "calls", "Calls to the service line.", "",
        "started_at* timestamp when",
        "wait_s* number seconds until answered or given up",
        "answered* boolean whether somebody answered",
        "handle_s number seconds of talk and follow-up",
        "agent text who answered",
    ),
    _table(
        "leads", "Enquiries that may become clients.", "lead_id",
        "lead_id* text lead",
        "created_on* date day it came in",
        "manager_id text who works it",
        "source text where it came from",
        "won_on date day it was won",
        "lost_on date day it was lost",
        "client_id text client it became",
        "amount money expected or won revenue",
    ),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
READ = "read_shipments"  # in an engine: rows of the ledger as they were read, the bad ones too

# Columns that the build adds to a source table: who owned the client on the day of another column.
OWNED = {"surveys": {"manager_id": "responded_on", "asked_manager_id": "asked_on"}}

# The column whose sums are reconciled between the source and the store.
MONEY_OF = {
    "shipments": "revenue",
    "plans": "plan_revenue",
    "potentials": "annual_purchases",
    "receivables": "amount",
    "payments": "amount",
    "stock": "stock_value",
    "leads": "amount",
}
