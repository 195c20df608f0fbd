"""Which rows of the store a manager or lead may see, as SQL, and the identifiers among them.

The statements are over the store's files as views `stored_…`, and two tables made for the viewer:
`seen_managers`, and `seen_clients` with, for each client owned at some month's end, the first day
no longer seen.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import schema
from clientops.store import facts

# In the store, facts hold identifiers as positions in these lists.
CODES = {"client_id": "client_ids", "manager_id": "manager_ids", "product_id": "product_ids"}
CODED = ("sales_month", "sales_day", "purchases", "shared_shipments", "client_shipments",
         "product_month", "owners", "handovers", "classes", "client_fates", "allocations",
         "invoices_open", "advances")  # fmt: skip
# Facts of clients alone, and their day where it is neither called so nor a month.
_OF_CLIENTS = ("purchases", "classes", "client_fates", "allocations", "invoices_open", "advances")
_DAYS = {"allocations": "met_on", "invoices_open": "invoiced_on"}
# The day by which a row of a client handed over is told to be after the handover.
_DATED = {
    "activities": "t.happened_at",
    "plans": "t.month",
    "potentials": "coalesce(t.as_of, date '0001-01-01')",  # without a day: older than any
    "receivables": "t.invoiced_on",
    "payments": "t.paid_on",
    "surveys": "coalesce(t.responded_on, t.asked_on)",
    "tickets": "t.opened_at",
    "leads": "t.created_on",
}
_MANAGERS = "select manager_id from seen_managers"
_NAMED_CLIENTS = (  # owned, or sold to
    "code in (select code from seen_clients) or code in (select client_id from "
    "stored_sales_month where manager_id in (select code from seen_managers))"
)
CREDITED = "t.manager_id in (select code from seen_managers)"  # what is sold by who may be seen


def make_tables(
    run: Callable[..., object], manager_ids: tuple[str, ...], teams: tuple[str, ...]
) -> None:
    """Make `seen_managers` and `seen_clients` for who sees these managers and teams."""
    run(
        "create table seen_managers as select code, manager_id from stored_manager_ids "
        "where manager_id in (select unnest(?::varchar[])) or manager_id in (select "
        "manager_id from stored_managers where team in (select unnest(?::varchar[])))",
        [list(manager_ids), list(teams)],
    )
    run(
        "create table seen_clients as select c.code, c.client_id, "
        "max(coalesce(o.to_month + interval 1 month, date '9999-01-01')) as until "
        "from stored_owners o join stored_client_ids c on c.code = o.client_id "
        "where o.manager_id in (select code from seen_managers) group by all"
    )


def identifiers_of(tables: Collection[str]) -> dict[str, str]:
    """SQL: which rows of the lists of identifiers may be seen; of products all. *tables*: those
    there are."""
    clients = _NAMED_CLIENTS
    for name in {"activities", "plans"} & set(tables):  # whom they called, whoever owns them
        clients += (
            f" or client_id in (select client_id from stored_{name} where client_id "
            "is not null and manager_id in (select manager_id from seen_managers))"
        )
    return {"manager_id": "code in (select code from seen_managers)", "client_id": clients}


def rows(name: str) -> str:
    """SQL: which rows of the stored table *name*, called t, may be seen."""
    if name in ("products", "activity_kinds", "table_days", "cuts", "gaps"):
        return "true"
    if name in CODED:
        day = _DAYS.get(name, "day" if "day" in schema.FACTS[name] else "month")
        client = (
            "exists (select 1 from seen_clients s where s.code = t.client_id "
            f"and t.{day} < s.until)"
        )
        only = dict.fromkeys(_OF_CLIENTS, client)
        only["owners"] = CREDITED
        return only.get(name, f"{CREDITED} or {client}")
    manager = f"manager_id in ({_MANAGERS})"
    if name in ("managers", "assignments"):
        return manager
    if name == "headline_values":
        return f"manager_id = '*' or {manager}"
    if name == "clients":
        return f"client_id in (select client_id from stored_client_ids where {_NAMED_CLIENTS})"
    if name not in _DATED:
        return "false"
    client = (
        "exists (select 1 from seen_clients s where s.client_id = t.client_id "
        f"and coalesce({_DATED[name]} < s.until, s.until = date '9999-01-01'))"
    )
    named = [c.name for c in schema.TABLES[name].columns if c.name == "manager_id"]
    named += schema.OWNED.get(name, {})
    return " or ".join([*(f"{each} in ({_MANAGERS})" for each in named), client])


# Of a client whose owner is another now, a viewer sees id and name, and what the own months say.
_OF_OWNED = ("phone", "email", "tax_id", "tags", "manager_id", "verified_on")


def owned_now(table: str) -> str:
    """SQL: whether the client of a row is owned now by who may be seen."""
    return (
        f"exists (select 1 from seen_clients s where s.client_id = {table}.client_id "
        "and s.until = date '9999-01-01')"
    )


def columns(name: str) -> str:
    """SQL: the columns of a stored table, called t: of `clients` how to reach only those who are
    owned now; of an invoice nothing of what came after its client was handed over."""
    if name == "clients":
        shown = dict.fromkeys(_OF_OWNED, owned_now("t"))
    elif name == "invoices_open":
        seen = "select 1 from seen_clients s where s.code = t.client_id and t.closed_on < s.until"
        shown = {"closed_on": f"exists ({seen})"}
    elif name == "receivables":
        seen = (
            "select 1 from seen_clients s where s.client_id = t.client_id and t.paid_on < s.until"
        )
        shown = dict.fromkeys(("paid_on", "paid_amount"), f"exists ({seen})")
    else:
        return "*"
    cases = (f"case when {where} then t.{each} end as {each}" for each, where in shown.items())
    return f"t.* replace ({', '.join(cases)})"


class Identifiers(NamedTuple):
    """What a viewer sees of one kind of identifiers."""

    categories: pd.Index  # those to be seen, in code-point order
    places: np.ndarray  # the place in *categories* for each code of the store
    others: int  # the place of all those not to be named; −1 where there is none


def identifiers(texts: np.ndarray, seen: np.ndarray, name_others: bool) -> Identifiers:
    """Those *seen* of all *texts*; where some are not, `(other)` stands for them if wanted."""
    if seen.all():
        return Identifiers(pd.Index(texts, dtype="str"), np.arange(len(texts)), -1)
    shown = texts[seen]
    if name_others:
        shown = np.sort(np.append(shown, schema.OTHERS))
    categories = pd.Index(shown, dtype="str")
    others = categories.get_indexer([schema.OTHERS])[0] if name_others else -1
    places = np.full(len(texts), others)
    places[seen] = categories.get_indexer(texts[seen])
    return Identifiers(categories, places, others)


def without_others(cuts: pd.DataFrame, own: pd.Index) -> pd.DataFrame:
    """Cut-offs that class the *own* clients alike without naming anybody else's.

    Ties are broken by `client_id ≤ last client`: the largest own id up to it does as well.
    """
    for column in ("a_client_id", "b_client_id"):
        at = own.searchsorted(cuts[column].fillna("").astype(str), side="right")
        cuts[column] = np.append("", own.astype(object))[at]
    return cuts


def looked_at(column: str, name: str = "") -> str:
    """SQL: which rows of a fact, or of the source table *name*, called t, name one of the
    identifiers `$column`."""
    if name and name not in CODED:
        return f"t.{column} in (select unnest(${column}))"
    codes = f"select code from stored_{CODES[column]}"
    return f"t.{column} in ({codes} where {column} in (select unnest(${column})))"


# SQL: sales_month of the products `$product_id`; a shipment and its days are not told of them.
SOLD = f"""(
    select t.client_id, t.manager_id, t.month,
        {facts.sums("t.")},
        cast(0 as bigint) as shipments, t.month as first_on, last_day(t.month) as last_on
    from stored_product_month t where {looked_at("product_id")} group by all
)"""
