"""Which rows of the store before still hold: those of months that rest on the very same.

What is stored of a month rests on the code, the settings, and every row of facts and source tables
that is there by then, for nothing looks ahead of its month. A row is there from its first day on;
one without days always was.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import periods, schema, store
from clientops.book.arguments import frames_read

FILE = "months.json"  # what every month of a snapshot rests on
_CODED = ("client_id", "manager_id", "product_id")
# Told of no month, or made of the others.
_UNTOLD = {"client_ids", "manager_ids", "product_ids", "sources", "rejected", "data_quality",
           "headline_values", "cuts", "classes", "client_fates"}  # fmt: skip
# What later rows change of which earlier months tell nothing: the days to which tables reach, and
# numbers of shipments, whose ids are in client_shipments.
_LEFT_OUT = {"table_days": "last_on", "shared_shipments": "shipment"}
_SINCE = {"allocations": "met_on"}  # the day from which a row is there, where it is not the first
# Days that nobody knew before they came: until then the row was there without them.
_LATER = {"invoices_open": "closed_on", "owners": "to_month"}
# Owners as far as anything else tells of their clients: before, they have no part in a table.
_OWNERS = """
create or replace view stored_owners as
select o.* replace (greatest(o.from_month, m.day) as from_month)
from {owners} as o
join (select code, min(day) as day from ({mentions}) group by code) as m on m.code = o.client_id
where o.to_month is null or o.to_month >= m.day
"""


class Relation(NamedTuple):
    """How the rows of a fact or a table are read."""

    name: str
    columns: dict[str, str]  # SQL of each, identifiers as texts
    since: str  # SQL of the day from which a row is there
    source: str  # SQL of the rows


def marks(snapshot: Path, tables: Collection[Callable]) -> dict[str, str]:
    """What is stored of some tables rests on in every month of a snapshot: a hash by its label."""
    told = store.manifest(snapshot)
    with contextlib.closing(store.Engine(snapshot)) as con:
        names = {path.stem for path in snapshot.glob("*.parquet")} - _UNTOLD
        # Facts hold what is read of other sources; sums rest on these three.
        names -= schema.TABLES.keys() - {"clients", "managers", "products"} - frames_read(tables)
        relations = [_relation(con, name) for name in sorted(names)]
        mentions = " union all ".join(filter(None, map(_mentions, relations)))
        owners = store.file(snapshot / "owners.parquet")
        con.execute(_OWNERS.format(owners=owners, mentions=mentions))
        found = [row for relation in relations for row in _by_month(con, relation)]
    told["company"].pop("data_until", None)  # to which no earlier month reaches
    keys = ("code", "versions", "company", "settings", "tables", "first_month")
    told["code"] = told["code"]["counts"]
    whole = [sorted(table.__name__ for table in tables), *(told[key] for key in keys)]
    digest = hashlib.sha256(json.dumps(whole).encode())
    days = pd.to_datetime([told["first_month"], told["data_until"]], format="ISO8601")
    first, last = periods.month_numbers(days)
    result = {}
    for number, month in enumerate(periods.month_starts(np.arange(first, last + 1)), first):
        digest.update(repr([row for row in found if number == max(first, row[0])]).encode())
        result[periods.label(pd.Timestamp(month))] = digest.hexdigest()
    return result


def _relation(con: store.Engine, name: str) -> Relation:
    types = {each[0]: each[1] for each in con.execute(f"describe stored_{name}").fetchall()}
    types.pop(_LEFT_OUT.get(name, ""), None)
    columns, source = {column: f't."{column}"' for column in types}, f"stored_{name} as t"
    for column in _CODED:
        if types.get(column) == "INTEGER":
            columns[column] = f"{column}s.{column}"
            source += f" join stored_{column}s as {column}s on {column}s.code = t.{column}"
    days = [column for column in types if types[column].startswith(("DATE", "TIMESTAMP"))]
    first = [_SINCE[name]] if name in _SINCE else {*days} - {_LATER.get(name)}
    since = ", ".join([columns[day] for day in sorted(first)] or ["null::date"])
    return Relation(name, columns, f"coalesce(least({since}), date '1000-01-01')", source)


def _mentions(relation: Relation) -> str:
    """SQL of the first day on which a relation tells of each client (code), but for who owns it."""
    if "client_id" not in relation.columns or relation.name in ("owners", "handovers"):
        return ""
    return (f"select m.code, min({relation.since}) as day from {relation.source} "
            f"join stored_client_ids as m on m.client_id = {relation.columns['client_id']} "
            "group by m.code")  # fmt: skip


def _by_month(con: store.Engine, relation: Relation) -> list[tuple]:
    """Of the rows that are there since a month (its number): how many, and their hashes' sum."""
    later = _LATER.get(relation.name)
    asked = [(relation.since, relation.columns.keys() - {later})]
    if later:
        asked.append((f't."{later}"', relation.columns.keys()))
    rows = []
    for since, hashed in asked:
        values = ", ".join(relation.columns[each] for each in sorted(hashed))
        rows += con.execute(
            f"select year({since}) * 12 + month({since}) - 1, '{relation.name}', {len(hashed)}, "
            f"count(*), sum(hash({values})) from {relation.source} where {since} is not null "
            "group by 1 order by 1"
        ).fetchall()
    return rows


def months(before: Path | None, now: dict[str, str], months: list[pd.Timestamp]) -> int:
    """How many of the first *months* rest on the same as in the snapshot *before*: none of its last
    month, nor of the last two now, which may be as of another day."""
    if before is None or store.damaged(before):
        return 0
    try:
        then = json.loads((before / FILE).read_bytes())
    except OSError:  # of a version that did not keep them
        return 0
    kept = 0
    for month in months[:-2]:
        label = periods.label(month)
        if label == max(then) or then.get(label) != now[label]:
            break
        kept += 1
    return kept
