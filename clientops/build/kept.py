"""Which rows of the store before still hold: those of months that rest on the very same.

What is stored of a month rests on the code, the settings, and every row of facts and source tables
that is there by then, for nothing looks ahead of its month. A row is there from its first day on;
one without days always was.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from clientops import periods, schema, store
from clientops.book.arguments import frames_read

FILE = Path("company", "months.json")  # what every month of a snapshot rests on
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
# Owners of clients as far as these are known: from their first line, or as `clients` says.
_OWNERS = """
create or replace view stored_owners as
with known as (
    select code, min(day) as day from (
        select client_id as code, month as day from stored_sales_month
        union all
        select i.code, coalesce(c.created_on, date '1000-01-01') as day
        from stored_clients as c join stored_client_ids as i on i.client_id = c.client_id
    ) group by code)
select o.* replace (greatest(o.from_month, k.day) as from_month)
from {owners} as o left join known as k on k.code = o.client_id
where o.to_month is null or k.day is null or o.to_month >= k.day
"""


def marks(snapshot: Path, tables: Collection[Callable]) -> dict[str, str]:
    """What is stored of some tables rests on in every month of a snapshot: a hash by its label."""
    told = store.manifest(snapshot)
    with store.engine(snapshot) as con:
        con.execute(_OWNERS.format(owners=store.file(snapshot / "owners.parquet")))
        names = {path.stem for path in snapshot.glob("*.parquet")} - _UNTOLD
        # Facts hold what is read of other sources; sums rest on these three.
        names -= schema.TABLES.keys() - {"clients", "managers", "products"} - frames_read(tables)
        found = [row for name in sorted(names) for row in _by_month(con, name)]
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


def _by_month(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple]:
    """Of the rows of a fact or a table that are there since a month (its number; 0: always): how
    many, and the sum of their hashes, with identifiers as texts."""
    types = {each[0]: each[1] for each in con.execute(f"describe stored_{name}").fetchall()}
    types.pop(_LEFT_OUT.get(name, ""), None)
    coded = [column for column in _CODED if types.get(column) == "INTEGER"]
    joins = "".join(f" left join stored_{id_}s as {id_}s on {id_}s.code = t.{id_}" for id_ in coded)
    columns = {each: f"{each}s.{each}" if each in coded else f't."{each}"' for each in types}
    later = _LATER.get(name)
    days = [each for each in types if types[each].startswith(("DATE", "TIMESTAMP"))]
    since = [_SINCE[name]] if name in _SINCE else [each for each in days if each != later]
    asked = [(since, columns.keys() - {later}, "")]
    if later:
        asked.append(([later], columns.keys(), f"where t.{later} is not null"))
    rows = []
    for since, hashed, where in asked:
        day = f"least({', '.join(columns[each] for each in since)})" if since else "null::date"
        values = ", ".join(columns[each] for each in sorted(hashed))
        rows += con.execute(
            f"select coalesce(year({day}) * 12 + month({day}) - 1, 0), '{name}', {len(hashed)}, "
            f"count(*), sum(hash({values})) from stored_{name} as t{joins} {where} group by 1 "
            "order by 1"
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
