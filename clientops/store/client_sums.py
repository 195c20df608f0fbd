"""Everything that the store holds of single clients: what they bought, and what happened with them.

The relations are those of the store: facts whose identifiers are codes, and the source tables.
"""

from collections.abc import Callable

import pandas as pd

from clientops.schema import MONEY_SCALE, SUMS
from clientops.store.window_sums import Spans

Run = Callable[[str], pd.DataFrame]
Rows = Callable[[str], str]  # SQL: which rows of a stored table, called t, are looked at


# What is known of each client, without case and accents, made when one is first looked for.
_FINDABLE = """
    create temporary table if not exists findable as
    select i.client_id, coalesce(t.client_name, i.client_id) as client_name, t.region, t.phone,
        t.email, strip_accents(lower(coalesce(t.client_name, i.client_id))) as name,
        strip_accents(lower(concat_ws(chr(10), t.client_name, i.client_id, t.email, t.tax_id,
            t.tags))) as told,
        regexp_replace(coalesce(t.phone, ''), '[^0-9]', '', 'g') as digits
    from stored_client_ids as i left join stored_clients as t using (client_id)
"""


def find(run: Callable[..., pd.DataFrame], text: str, shown: str, most: int) -> pd.DataFrame:
    """The first *most* clients of whose id, name, e-mail, tax number or tags a text is a part, or
    whose telephone has its digits: client_id, client_name, region, phone, email. Names that begin
    with it come first. *shown*: SQL, whose clients (i) may be found."""
    run(_FINDABLE)
    return run(
        f"""
        with w as (select strip_accents(lower($text)) as text,
            regexp_replace($text, '[^0-9]', '', 'g') as digits,
            regexp_matches($text, '^[-+()0-9 ./]*$') as is_number)
        select i.client_id, i.client_name, i.region, i.phone, i.email from findable as i, w
        where {shown} and (contains(i.told, w.text)
            or (w.is_number and length(w.digits) > 2 and contains(i.digits, w.digits)))
        order by not starts_with(i.name, w.text), i.client_name, i.client_id limit {most}
        """,
        text=text,
    )


def products(run: Run, asked: Spans, rows: Rows) -> pd.DataFrame:
    """The frame `client_product_sales` of SUMS: clients and managers as the store's codes."""
    columns = ("revenue", "priced_revenue", "quantity", "costed_revenue", "cost", "costed_lines")
    sums = [
        f"cast(coalesce(sum(case when {months} then t.{each} end), 0) as bigint) as {prefix}{each}"
        for prefix, months in (("", "m.is_now"), ("before_", "not m.is_now"))
        for each in columns
    ]
    # Where no month can be compared, the whole window stands alone.
    frame = run(f"""
        with months as ({asked.months(only_compared=asked.compared is not None)})
        select s.*, p.product_id, l.last_on from (
            select t.client_id, t.product_id as product, {", ".join(sums)}
            from stored_product_month as t join months as m on m.month = t.month
            where {rows("product_month")} group by t.client_id, t.product_id
        ) as s join stored_product_ids as p on p.code = s.product
        left join (
            select t.client_id, t.product_id as product, max(t.last_on) as last_on
            from stored_product_month as t
            where t.month <= date '{asked.last:%F}' and {rows("product_month")}
            group by t.client_id, t.product_id
        ) as l on l.client_id = s.client_id and l.product = s.product
    """)
    for column, month in (("from_month", asked.first), ("to_month", asked.last),
                          ("compared_from_month", asked.compared)):  # fmt: skip
        frame[column] = pd.Series(month, index=frame.index, dtype="datetime64[us]")
    return frame[list(SUMS["client_product_sales"])].astype({"product_id": "str"})


def events(run: Run, tables: list[str], until: pd.Timestamp, rows: Rows) -> pd.DataFrame:
    """The frame `client_events` of SUMS up to the end of the day *until*, of the source *tables*
    that there are; clients and managers as the store's codes."""
    after = f"{until + pd.Timedelta(days=1):%F}"
    parts = [_SHIPMENTS.format(rows=rows("client_shipments"), scale=MONEY_SCALE),
             _HANDOVERS.format(rows=rows("handovers"))]  # fmt: skip
    parts += [
        query.format(rows=rows(name), after=after, scale=MONEY_SCALE)
        for name, query in _SOURCES.items()
        if name in tables
    ]
    return run(f"""
        select e.client_id, cast(cast(e."on" as date) as timestamp) as "on", e.what, e.detail,
            e.money, e.open, e.outcome, e.agent, e.manager_id
        from ({" union all ".join(parts)}) as e
        where e."on" < date '{after}'
    """)[list(SUMS["client_events"])]


# An id counts as a whole on its day: who sold most of it (the smaller id among equals) is named.
_SHIPMENTS = """
    select s.client_id, s.day as "on", case when s.money > 0 then 'purchase' else 'return' end
        as what, s.shipment_id as detail, s.money, cast(null as double) as open,
        null as outcome, null as agent, s.manager_id
    from (
        select t.client_id, t.day, t.shipment_id, sum(t.revenue) / {scale}.0 as money,
            first(t.manager_id order by t.revenue desc, t.manager_id) as manager_id
        from stored_client_shipments as t where {rows} group by t.client_id, t.day, t.shipment_id
    ) as s where s.money <> 0
"""


_HANDOVERS = """
    select t.client_id, t.day as "on", 'handover' as what, null as detail, null as money,
        null as open, null as outcome, null as agent, t.manager_id
    from stored_handovers as t where {rows}
"""


def _source(
    name: str,
    day: str,
    what: str,
    detail: str,
    *,
    money: str = "null",
    open_: str = "null",
    by: str = "null",
    outcome: str = "null",
    agent: str = "null",
) -> str:
    return (
        f"select c.code as client_id, {day} as \"on\", '{what}' as what, {detail} as detail, "
        f"cast({money} as double) as money, cast({open_} as double) as open, "
        f"{outcome} as outcome, {agent} as agent, m.code as manager_id "
        f"from (select t.* from stored_{name} as t where {{rows}}) as t "
        "join stored_client_ids as c on c.client_id = t.client_id "
        f"left join stored_manager_ids as m on m.manager_id = {by} where {day} is not null"
    )


_SOURCES = {
    "activities": _source(
        "activities", "t.happened_at", "activity", "concat_ws(', ', t.kind, t.topic, t.outcome)",
        by="t.manager_id", outcome="t.outcome",
    ),
    "receivables": _source(
        "receivables", "t.invoiced_on", "invoice", "t.invoice_id", money="t.amount",
        open_="greatest(0, t.amount - coalesce((select sum(a.amount) from stored_allocations as a "
        "where a.invoice_id = t.invoice_id and a.met_on < date '{after}'), 0) / {scale}.0)",
    ),
    "surveys": _source(
        "surveys", "case when t.score is not null then t.responded_on end", "answer",
        "concat_ws(', ', cast(t.score as double), t.comment)",
    ),
    "tickets": _source(
        "tickets", "t.opened_at", "case", "concat_ws(', ', t.ticket_id, t.category, t.subcategory)",
        agent="t.agent",
    ),
    "plans": _source("plans", "t.month", "plan", "t.product_group", money="t.plan_revenue"),
}  # fmt: skip
