"""The facts: what is kept of the ledger, as plain SQL over the checked tables.

Each statement is ANSI SQL (every alias with AS, no QUALIFY, no lateral aliases, no functions of one
engine), so that a ledger which outgrew one machine can be read by another engine: only the adapter
`run` would change. Identifiers become numbers first, counted in code-point order: grouping and
sorting ten million lines by numbers takes a third of the time it takes by texts. Money and
quantities become whole ten-thousandths, so that sums are exact in whatever order they are taken.

Ownership of a client on a day is the first of these that is there:

1. the assignment that covers the day: the latest `valid_from`, then the smaller manager id;
2. `clients.manager_id`, which has no history and holds for every day;
3. the manager with most shipments to the client (positive revenue, the shipment's own manager_id)
   in the `window_months` that end with the month of the client's last shipment up to that day;
   ties: the latest shipment, then the smaller id;
4. `(unassigned)`.

A month's owner is that of its last day, of the last month that of `data_until`. Credit of a line:
its own manager_id, else the owner on that day.
"""

import calendar
import datetime
from collections.abc import Callable

from clientops.schema import DAYS, NONE, OWNED, TABLES, UNASSIGNED, line_cost, whole

Run = Callable[[str], object]  # runs one statement; a query's result has fetchone()


def build(run: Run, data_until: datetime.date, window_months: int, returns_cost: str = "") -> None:
    """Make the working tables and the facts of `ORDER_BY`, from the checked source tables.

    *data_until*: lines after it are in no fact; owners are told for every month up to it.
    *window_months*: see rule 3.
    *returns_cost*: see line_cost.
    """
    for name, query in _ledger(data_until, returns_cost).items():
        run(f"create table {name} as {query}")
    first = run("select min(month) from lines").fetchone()[0]
    last = data_until.year * 12 + data_until.month - 1
    run(f"create table months as {_months(first, last, data_until)}")
    for name, query in _owners(first, window_months).items():
        run(f"create table {name} as {query}")
    unnamed = run("select count(*) from lines where m is null").fetchone()[0]
    for name, query in _sales(unnamed > 0).items():
        # Others are read once; but what looks at all lines must not wait until they are dropped.
        kind = "table" if name in _MADE_AT_ONCE else "view"
        run(f"create {kind} {name} as {query}")


_MADE_AT_ONCE = ("sales_day", "purchases", "table_days", "shared_shipments", "client_shipments")
# The facts made here and by allocation.py, and the keys each is sorted by: with them two stores
# are the same bytes.
ORDER_BY = {
    "sales_month": "client_id, manager_id, month",
    "sales_day": "client_id, day, manager_id",
    "purchases": "client_id, day",
    "shared_shipments": "shipment, client_id, manager_id, day",
    "client_shipments": "client_id, day, shipment_id, manager_id",
    "product_month": "client_id, manager_id, product_id, month",
    "allocations": "client_id, met_on, due_on, invoiced_on, invoice_id nulls first, paid",
    "invoices_open": "client_id, invoiced_on, due_on, invoice_id nulls first",
    "advances": "client_id, day",
    "owners": "client_id, from_month",
    "handovers": "client_id, day",
    "gaps": "month, days",
    "activity_kinds": "kind",
    "table_days": '"table", "column"',
}
# What comes back from an engine that holds the ledger.
BROUGHT = (
    *(name for name in ORDER_BY if name not in ("allocations", "invoices_open", "advances")),
    *("client_ids", "manager_ids", "product_ids", "day_owners"),
)


def _codes(kind: str, always: str = "") -> str:
    """SQL that numbers all identifiers of a kind, in whatever table, in code-point order."""
    column = f"{kind}_id"
    tables = [t.name for t in TABLES.values() if column in {c.name for c in t.columns}]
    selects = [f"select {column} from {table}" for table in tables]
    if always:
        selects.append(f"select '{always}' as {column}")
    return (
        f"select {column}, cast(row_number() over (order by {column}) - 1 as integer) as code "
        f"from ({' union '.join(selects)}) as ids where {column} is not null"
    )


def sums(table: str = "") -> str:
    """SQL for the sums of what is told of sales, added up already for a client, a day …"""
    columns = ("revenue", "cost", "costed_revenue", "costed_lines", "quantity")
    return ", ".join(f"cast(sum({table}{each}) as bigint) as {each}" for each in columns)


# The same of single lines, of which some have no cost.
_LINE_SUMS = """cast(sum(revenue) as bigint) as revenue,
    cast(coalesce(sum(cost), 0) as bigint) as cost,
    cast(sum(case when cost is null then 0 else revenue end) as bigint) as costed_revenue,
    cast(sum(case when cost is null then 0 else 1 end) as bigint) as costed_lines,
    cast(coalesce(sum(quantity), 0) as bigint) as quantity"""


# From here on: c client, m manager, p product, all codes; month is year × 12 + month − 1.
def _ledger(data_until: datetime.date, returns_cost: str) -> dict[str, str]:
    lines = f"""
        select s.shipment_id, s.shipped_on, c.code as c, m.code as m, p.code as p,
            cast(extract(year from s.shipped_on) * 12 + extract(month from s.shipped_on) - 1
                as integer) as month,
            {whole("s.revenue")} as revenue,
            {whole(f"({line_cost.counted(returns_cost)})")} as cost,
            {whole("s.quantity")} as quantity, {whole("s.discount")} as discount
        from shipments as s
        join client_ids as c on c.client_id = s.client_id
        join product_ids as p on p.product_id = coalesce(s.product_id, '{NONE}')
        left join manager_ids as m on m.manager_id = s.manager_id
        {line_cost.JOIN}
        where s.shipped_on <= date '{data_until:%Y-%m-%d}'
    """
    return {
        "client_ids": _codes("client"),
        "manager_ids": _codes("manager", UNASSIGNED),
        "product_ids": _codes("product", NONE),
        "lines": lines,
        **_LEDGER,
    }


_LEDGER = {
    # A shipment counts once per client, manager and day, where its revenue there is positive.
    "shipment_days": f"""
        select c, m, shipped_on, month, shipment_id, {_LINE_SUMS}
        from lines group by c, m, shipped_on, month, shipment_id
    """,
    "assigned": """
        select c.code as c, m.code as m, a.valid_from, a.valid_to
        from assignments as a
        join client_ids as c on c.client_id = a.client_id
        join manager_ids as m on m.manager_id = a.manager_id
    """,
    "stated": """
        select c.code as c, m.code as m
        from clients as k
        join client_ids as c on c.client_id = k.client_id
        join manager_ids as m on m.manager_id = k.manager_id
    """,
    # Who shipped to the clients whose owner is not stated.
    "counts": """
        select c, m, month, count(*) as shipments, min(shipped_on) as first_on,
            max(shipped_on) as last_on
        from shipment_days
        where revenue > 0 and c not in (select c from stated)
        group by c, m, month
    """,
}


def _months(first: int, last: int, data_until: datetime.date) -> str:
    """SQL for every month of the data with its first and last day, none after *data_until*."""
    rows = []
    for month in range(first, last + 1):
        year, index = divmod(month, 12)
        day = calendar.monthrange(year, index + 1)[1] if month < last else data_until.day
        month_of = f"{year}-{index + 1:02}"
        rows.append(f"({month}, date '{month_of}-01', date '{month_of}-{day:02}')")
    return f"select * from (values {', '.join(rows)}) as ends (month, first_day, last_day)"


def _owners(first_month: int, window_months: int) -> dict[str, str]:
    nobody = f"(select code from manager_ids where manager_id = '{UNASSIGNED}')"
    return {
        "several": """
            select c from counts group by c
            having count(distinct m) > 1 or count(m) < count(*)
        """,
        # Rule 3, for every month in which the client was shipped to; m empty: nobody is named.
        "shipped_most": f"""
            select c, month, m, first_on from counts where c not in (select c from several)
            union all
            select b.c, b.month, r.m, b.first_on from (
                select c, month, min(first_on) as first_on from counts
                where c in (select c from several) group by c, month
            ) as b left join (
                select c, month, m, row_number() over (
                    partition by c, month order by shipments desc, last_on desc, m) as place
                from (
                    select e.c, e.month, n.m, sum(n.shipments) as shipments,
                        max(n.last_on) as last_on
                    from (select distinct c, month from counts) as e
                    join counts as n on n.c = e.c and n.month <= e.month
                        and n.month > e.month - {window_months}
                    where n.m is not null and e.c in (select c from several)
                    group by e.c, e.month, n.m
                ) as sums
            ) as r on r.c = b.c and r.month = b.month and r.place = 1
        """,
        # Clients whose owner may change, month by month: assignments, else the later rules.
        "owner_months": f"""
            select k.c, e.month, k.m
            from ({_owners_on(_MONTH_ENDS, nobody)}) as k join months as e on e.last_day = k.day
        """,
        "spans": f"""
            select c, m, month as from_month,
                lead(month) over (partition by c order by month) - 1 as to_month
            from (
                select c, m, month, lag(m) over (partition by c order by month) as before
                from owner_months
            ) as steps
            where before is null or before <> m
            union all
            select c, m, {first_month} as from_month, cast(null as integer) as to_month
            from stated where c not in (select c from owner_months)
            union all
            select c, min(m) as m, min(month) as from_month, cast(null as integer) as to_month
            from shipped_most where c not in (select c from owner_months) group by c
            union all
            select c, {nobody} as m, {first_month} as from_month, min(month) - 1 as to_month
            from shipped_most where c not in (select c from owner_months)
            group by c having min(month) > {first_month}
            union all
            select code as c, {nobody} as m, {first_month} as from_month,
                cast(null as integer) as to_month
            from client_ids
            where code not in (select c from owner_months)
                and code not in (select c from stated)
                and code not in (select c from shipped_most)
        """,
        "owners": """
            select s.c as client_id, s.m as manager_id, b.first_day as from_month,
                e.first_day as to_month
            from spans as s
            join months as b on b.month = s.from_month
            left join months as e on e.month = s.to_month
        """,
        "handovers": f"""
            select s.c as client_id, s.m as manager_id, s.day
            from (
                select k.c, k.day, k.m, lag(k.m) over (partition by k.c order by k.day) as before
                from ({_owners_on(_CHANGES, nobody)}) as k
            ) as s join (
                select c, min(shipped_on) as first_on from shipment_days group by c
            ) as f on f.c = s.c and f.first_on < s.day
            where s.before <> s.m
        """,
        "line_owners": _owners_on(_UNNAMED, nobody),
        "day_owners": _owners_on(_dated(), nobody),
    }


_MONTH_ENDS = """
    select v.c, e.last_day as day
    from (select c from assigned union select c from several) as v cross join months as e
"""
# The days on which a client's owner may change, and the day before the first.
_CHANGES = """
    select c, valid_from as day from assigned
    union select c, valid_to + 1 as day from assigned where valid_to is not null
    union select c, min(valid_from) - 1 as day from assigned group by c
    union select c, first_on as day from shipped_most where c in (select c from several)
    union select c, min(first_on) as day from shipped_most group by c
    union select c, min(first_on) - 1 as day from shipped_most group by c
"""
_UNNAMED = "select distinct c, shipped_on as day from lines where m is null"


def _dated() -> str:
    """SQL for the days on which it matters who owned a client: those that OWNED names."""
    days = [
        f"select c.code as c, t.{day} as day from {name} as t "
        f"join client_ids as c on c.client_id = t.client_id where t.{day} is not null"
        for name, columns in OWNED.items()
        for day in columns.values()
    ]
    return " union ".join(days)


def _owners_on(days: str, nobody: str) -> str:
    """SQL for the owner (m) of clients (c) on some days."""
    return f"""
        select d.c, d.day, coalesce(a.m, s.m, r.m, {nobody}) as m
        from (
            select l.c, l.day, max(r.month) as shipped_month
            from ({days}) as l
            left join shipped_most as r on r.c = l.c and r.first_on <= l.day
            group by l.c, l.day
        ) as d
        left join (
            select a.c, l.day, a.m, row_number() over (
                partition by a.c, l.day order by a.valid_from desc, a.m) as place
            from assigned as a
            join ({days}) as l on l.c = a.c and a.valid_from <= l.day
                and (a.valid_to is null or a.valid_to >= l.day)
        ) as a on a.c = d.c and a.day = d.day and a.place = 1
        left join stated as s on s.c = d.c
        left join shipped_most as r on r.c = d.c and r.month = d.shipped_month
    """


def checked(name: str) -> str:
    """SQL for a checked source table, with the owners that OWNED adds to it."""
    owners, joins = [], [f"{name} as t"]
    for at, (column, day) in enumerate(OWNED.get(name, {}).items()):
        owners.append(f", m{at}.manager_id as {column}")
        joins.append(
            f"left join client_ids as c{at} on c{at}.client_id = t.client_id "
            f"left join day_owners as o{at} on o{at}.c = c{at}.code and o{at}.day = t.{day} "
            f"left join manager_ids as m{at} on m{at}.code = o{at}.m"
        )
    return f"select t.*{''.join(owners)} from {' '.join(joins)}"


# Days that may lie before the row is there, as of an invoice that was due before it was written.
_THERE_FROM = {("receivables", "due_on"): "invoiced_on"}


def _table_days() -> str:
    """SQL for the first and the last day in each column of days of each source table."""
    return " union all ".join(
        f"select '{table.name}' as \"table\", '{column.name}' as \"column\", "
        f"cast(min({_day_told(table.name, column.name)}) as date) as first_on, "
        f"cast(max({column.name}) as date) as last_on "
        f"from {table.name} having count({column.name}) > 0"
        for table in TABLES.values()
        for column in table.columns
        if column.type in DAYS
    )


def _day_told(table: str, column: str) -> str:
    """SQL for the day from which a row tells a day."""
    since = _THERE_FROM.get((table, column))
    if since is None:
        return column
    return f"case when {column} < {since} then {since} else {column} end"


def _sales(unnamed: bool) -> dict[str, str]:
    """The sales facts. Only where lines name no manager must shipments be put together anew."""
    lines, days = "lines", "shipment_days"
    if unnamed:
        owned = "left join line_owners as o on o.c = l.c and o.day = l.shipped_on"
        lines = (
            "(select l.c, coalesce(l.m, o.m) as m, l.p, l.shipped_on, l.month, l.revenue, l.cost, "
            f"l.quantity, l.discount from lines as l {owned} and l.m is null)"
        )
        days = f"""(
            select c, m, shipped_on, month, shipment_id, {sums()}
            from (
                select l.c, coalesce(l.m, o.m) as m, l.shipped_on, l.month, l.shipment_id,
                    l.revenue, l.cost, l.costed_revenue, l.costed_lines, l.quantity
                from shipment_days as l {owned} and l.m is null
            ) as named
            group by c, m, shipped_on, month, shipment_id)"""
    return {
        "sales_day": f"""
            select c as client_id, m as manager_id, shipped_on as day, month, {sums()},
                cast(sum(case when revenue > 0 then 1 else 0 end) as bigint) as shipments
            from {days} as s group by c, m, shipped_on, month
        """,
        "sales_month": f"""
            select d.client_id, d.manager_id, e.first_day as month, d.revenue, d.cost,
                d.costed_revenue, d.costed_lines, d.quantity, d.shipments, d.first_on, d.last_on
            from (
                select client_id, manager_id, month, {sums()},
                    cast(sum(shipments) as bigint) as shipments,
                    min(day) as first_on, max(day) as last_on
                from sales_day group by client_id, manager_id, month
            ) as d join months as e on e.month = d.month
        """,
        "client_shipments": f"""
            select c as client_id, m as manager_id, shipped_on as day, shipment_id, revenue
            from {days} as s
        """,
        # Only near ones: many firms begin their numbers anew with each year.
        "shared_shipments": f"""
            select cast(dense_rank() over (order by shipment_id) - 1 as bigint) as shipment,
                c as client_id, m as manager_id, shipped_on as day, month
            from (
                select shipment_id, c, m, shipped_on, month,
                    lag(shipped_on) over (partition by shipment_id order by shipped_on) as before,
                    lead(shipped_on) over (partition by shipment_id order by shipped_on) as later
                from {days} as s
                where revenue > 0 and shipment_id in (
                    select shipment_id from shipment_days where revenue > 0
                    group by shipment_id having count(*) > 1)
            ) as near where shipped_on <= before + 31 or later <= shipped_on + 31
        """,
        # An id counts as a whole: only where several managers sold must it be put together anew.
        "purchases": """
            select client_id, day from sales_day
            group by client_id, day having count(*) = 1 and max(shipments) > 0
            union all
            select c as client_id, shipped_on as day
            from (
                select s.c, s.shipped_on, s.shipment_id
                from shipment_days as s join (
                    select client_id, day from sales_day
                    group by client_id, day having count(*) > 1 and max(shipments) > 0
                ) as d on d.client_id = s.c and d.day = s.shipped_on
                group by s.c, s.shipped_on, s.shipment_id having sum(s.revenue) > 0
            ) as whole group by c, shipped_on
        """,
        "activity_kinds": """
            select kind, cast(min(happened_at) as date) as first_on from activities group by kind
        """,
        "table_days": _table_days(),
        "gaps": """
            select e.first_day as month, g.days, cast(count(*) as bigint) as gaps
            from (
                select day, cast(day - lag(day) over (partition by client_id order by day)
                    as bigint) as days
                from purchases
            ) as g join months as e
                on e.month = extract(year from g.day) * 12 + extract(month from g.day) - 1
            where g.days is not null group by e.first_day, g.days
        """,
        "product_month": f"""
            select s.c as client_id, s.m as manager_id, s.p as product_id, e.first_day as month,
                s.revenue, s.cost, s.costed_revenue, s.costed_lines, s.quantity, s.costed_quantity,
                s.priced_revenue, s.list_revenue, s.discount, s.last_on
            from (
                select c, m, p, month, {_LINE_SUMS},
                    cast(coalesce(sum(case when cost is null then 0 else quantity end), 0)
                        as bigint) as costed_quantity,
                    cast(coalesce(sum(case when quantity is null then 0 else revenue end), 0)
                        as bigint) as priced_revenue,
                    cast(coalesce(sum(case when revenue > 0 then revenue + discount end), 0)
                        as bigint) as list_revenue,
                    cast(coalesce(sum(case when revenue > 0 then discount end), 0)
                        as bigint) as discount,
                    max(case when revenue > 0 then shipped_on end) as last_on
                from {lines} as named group by c, m, p, month
            ) as s join months as e on e.month = s.month
        """,
    }
