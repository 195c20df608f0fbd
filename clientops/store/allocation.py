"""How money meets invoices: allocated once, in the build, client by client and day by day.

Of one day, in this order: invoices, which an advance pays at once; credit notes, which are like
payments; payments of an invoice that is there, to it; and all other money, with what was too much
for its invoice: to what is open of the client, the earliest due first. What nothing is open for is
an advance, used in the order in which it came. Money paid back takes the advance; what exceeds it
is open, due that day. Payments of one day, client and invoice are one.
"""

import datetime
import heapq
import itertools
import operator
from collections import deque
from typing import NamedTuple

import duckdb
import pandas as pd

from clientops.schema import MONEY_SCALE, whole

_FACTS = {
    "allocations": "client_id integer, invoice_id varchar, invoiced_on date, due_on date, "
    "met_on date, amount bigint, paid bigint",
    "invoices_open": "client_id integer, invoice_id varchar, invoiced_on date, due_on date, "
    "amount bigint, closed_on date",
    "advances": "client_id integer, day date, amount bigint",
}
_EPOCH = "date '1970-01-01'"
INVOICE, CREDIT_NOTE, OF_INVOICE, OTHER = range(4)  # events of one day, in this order

# Each invoice and credit note with its place among all: by due day, day, number.
_ITEMS = """
create temp table items as
select cast(row_number() over (order by due_on, invoiced_on, invoice_id) - 1 as integer) as item, *
from (
    select c.code as client_id, r.invoice_id, r.invoiced_on, r.paid_on,
        coalesce(r.due_on, r.invoiced_on + {payment_days}) as due_on,
        {amount} as amount,
        {paid_amount} as paid_amount
    from receivables as r join client_ids as c on c.client_id = r.client_id
    where r.invoiced_on <= {until}
) as invoices
"""
_PAYMENTS = """
    select c.code as client_id, p.paid_on as day, i.item,
        cast(sum(p.amount) * {scale} as bigint) as amount
    from payments as p join client_ids as c on c.client_id = p.client_id
    left join items as i on i.invoice_id = p.invoice_id and i.client_id = c.code
        and i.amount > 0 and i.invoiced_on <= p.paid_on
    group by c.code, p.paid_on, i.item
"""
# An unknown amount is what is open of the invoice that day, so not before it is there.
_PAID_ON = """
    select client_id, case when paid_amount is null then greatest(paid_on, invoiced_on)
        else paid_on end as day,
        case when paid_amount is null or paid_on >= invoiced_on then item end as item,
        paid_amount as amount
    from items where paid_on is not null and amount > 0
"""
_EVENTS = """
    select client_id, cast(day - {epoch} as integer) as day, kind, item, amount,
        cast(due_on - {epoch} as integer) as due_on
    from (
        select client_id, invoiced_on as day, case when amount < 0 then {credit_note}
            else {invoice} end as kind, item, amount, due_on from items where amount <> 0
        union all
        select client_id, day, case when item is null or amount < 0 then {other}
            else {of_invoice} end as kind, item, amount, null as due_on from ({payments}) as paid
    ) as events where day <= {until} order by client_id, day, kind, item
"""


def add(con: duckdb.DuckDBPyConnection, data_until: datetime.date, payment_days: int) -> None:
    """Make the facts `allocations`, `invoices_open` and `advances` of `receivables` and `payments`.

    What is dated after *data_until* is in none of them, as of sales.
    Only where there are no payments the columns paid_on and paid_amount of invoices are read.
    *payment_days*: after which an invoice is due that does not tell. `client_ids` must be there.
    """
    for name, columns in _FACTS.items():
        con.execute(f"create table {name} ({columns})")
    (payments,) = con.execute("select count(*) from payments").fetchone()
    (invoices,) = con.execute("select count(*) from receivables").fetchone()
    if not payments and not invoices:
        return
    until = f"date '{data_until:%Y-%m-%d}'"
    words = {"scale": MONEY_SCALE, "epoch": _EPOCH, "invoice": INVOICE, "other": OTHER,
             "credit_note": CREDIT_NOTE, "of_invoice": OF_INVOICE, "until": until}  # fmt: skip
    amounts = {name: whole(f"r.{name}") for name in ("amount", "paid_amount")}
    con.execute(_ITEMS.format(payment_days=payment_days, until=until, **amounts))
    paid = (_PAYMENTS if payments else _PAID_ON).format(**words)
    events = con.execute(_EVENTS.format(payments=paid, **words)).fetchall()
    found = allocate(events, invoices)
    _insert(con, "items", found.debts, ["item", "client_id", "day", "amount"], f"""
        select item, client_id, null, {_EPOCH} + day, null, {_EPOCH} + day, amount, null
        from frame
    """)  # fmt: skip
    _insert(con, "allocations", found.parts, ["item", "day", "amount", "paid"], f"""
        select i.client_id, i.invoice_id, i.invoiced_on, i.due_on, {_EPOCH} + f.day,
            cast(sum(f.amount) as bigint), f.paid
        from frame as f join items as i on i.item = f.item group by all
    """)  # fmt: skip
    _insert(con, "invoices_open", found.closed, ["item", "day"], f"""
        select i.client_id, i.invoice_id, i.invoiced_on, i.due_on, i.amount,
            case when i.amount <= 0 then i.invoiced_on else {_EPOCH} + f.day end
        from items as i left join frame as f on f.item = i.item
    """)  # fmt: skip
    _insert(con, "advances", found.changes, ["client_id", "day", "amount"],
            f"select client_id, {_EPOCH} + day, amount from frame")  # fmt: skip
    con.execute("drop table items")


def _insert(
    con: duckdb.DuckDBPyConnection, name: str, rows: list[tuple], columns: list[str], query: str
) -> None:
    """Insert what a query makes of rows of whole numbers, called frame, into a table."""
    frame = pd.DataFrame(rows, columns=columns, dtype="int64").astype({"day": "int32"})
    con.register("frame", frame)
    con.execute(f"insert into {name} {query}")
    con.unregister("frame")


class Allocated(NamedTuple):
    """What became of all money; days are numbers since 1970."""

    parts: list[tuple]  # item, day, amount, whether by a payment
    debts: list[tuple]  # item, client, day, amount: money paid back that is open
    closed: list[tuple]  # item, day
    changes: list[tuple]  # client, day, amount: of what is paid in advance


class Account(NamedTuple):
    """How one client stands."""

    left: dict[int, int]  # what is open of each item
    queue: list[tuple]  # a heap of items: due day, day, place
    lots: deque  # of the advance, the oldest first: amount, whether by a payment


def allocate(events: list[tuple], items: int) -> Allocated:
    """Allocate all money. *events*: client, day, kind, item, amount, due day (see _EVENTS), in this
    order; an amount of a payment that is None is all that is open of its invoice. *items*: how many
    there are already."""
    found = Allocated([], [], [], [])
    for client, own in itertools.groupby(events, operator.itemgetter(0)):
        account = Account({}, [], deque())
        for day, rows in itertools.groupby(own, operator.itemgetter(1)):
            before = sum(amount for amount, _paid in account.lots)
            debt = _settle(account, day, rows, items + len(found.debts), found)
            if debt:
                found.debts.append((items + len(found.debts), client, day, debt))
            if change := sum(amount for amount, _paid in account.lots) - before:
                found.changes.append((client, day, change))
    return found


def _settle(
    account: Account, day: int, rows: itertools.groupby, next_item: int, found: Allocated
) -> int:
    """Settle one day of a client; returns what was paid back beyond the advance, open as an item
    of its own."""
    other = 0
    for _client, _day, kind, item, amount, due in rows:
        if kind == INVOICE:
            account.left[item] = amount
            heapq.heappush(account.queue, (due, day, item))
            while account.lots and account.left[item]:
                lot, paid = account.lots.popleft()
                if rest := lot - _meet(account, day, item, lot, paid, found):
                    account.lots.appendleft((rest, paid))
        elif kind == CREDIT_NOTE:
            _distribute(account, day, -amount, 0, found)
        elif kind == OF_INVOICE:
            amount = account.left[item] if amount is None else amount
            other += amount - _meet(account, day, item, amount, 1, found)
        else:
            other += amount
    if other >= 0:
        _distribute(account, day, other, 1, found)
        return 0
    while account.lots and other:
        lot, paid = account.lots.popleft()
        other += lot
        if other > 0:
            account.lots.appendleft((other, paid))
            other = 0
    if other:
        account.left[next_item] = -other
        heapq.heappush(account.queue, (day, day, -1, next_item))
    return -other


def _distribute(account: Account, day: int, amount: int, paid: int, found: Allocated) -> None:
    """Set an amount against what is open, the earliest due first; the rest is an advance."""
    while amount and account.queue:
        item = account.queue[0][-1]
        amount -= _meet(account, day, item, amount, paid, found)
        if not account.left[item]:
            heapq.heappop(account.queue)
    if amount:
        account.lots.append((amount, paid))


def _meet(account: Account, day: int, item: int, amount: int, paid: int, found: Allocated) -> int:
    """Set an amount against one item, as far as it is open; returns how much of it."""
    part = min(amount, account.left[item])
    if part:
        account.left[item] -= part
        found.parts.append((item, day, part, paid))
        if not account.left[item]:
            found.closed.append((item, day))
    return part
