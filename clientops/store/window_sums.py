"""What was sold in a window and in the year before: sums of the ledger that the engine makes.

The largest fact, client × manager × product × month, is never loaded whole: a table asks for one of
the frames of `SUMS` (schema), summed by one dimension or by all of them. The relations are those of
the store: facts whose identifiers are codes, the lists of these codes, `clients` and `products`.
"""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from clientops import periods
from clientops.errors import ClientOpsError, nearest
from clientops.schema import EVERYONE, NONE, SINCE_MONTHS, SUMS

# dimension: whose identifiers carry the key, the column that names it, the smallest fact with it
_KEYS = {
    "client": ("client", "client_id", "sales_month"),
    "client_group": ("client", "client_group", "sales_month"),
    "manager": ("manager", "manager_id", "sales_month"),
    "product_group": ("product", "product_group", "product_month"),
    "region": ("client", "region", "sales_month"),
}
DIMENSIONS = {
    "key_sales": (*_KEYS,),
    **dict.fromkeys(
        ("product_sales", "fate_sales"), (EVERYONE, *(each for each in _KEYS if each != "client"))
    ),
    "discount_sales": (EVERYONE, *(each for each in _KEYS if each != "region")),
}
# What a client did from one year to the next; moved: of a manager's client, see SUMS. Grouping by
# these takes a third of the time it takes by texts.
FATE = "enum ('both', 'lost', 'neither', 'new', 'returned', 'moved')"


class Spans(NamedTuple):
    """The months of a window, and those of them whose month a year earlier is in the data."""

    first: pd.Timestamp
    last: pd.Timestamp
    compared: pd.Timestamp | None  # the first month compared; they reach to the last
    window_months: int  # as asked for, before the cut at the data's first month

    def months(self, *, only_compared: bool) -> str:
        """SQL: every month with whether it is of this year, or of the year before.

        A month is both where the window is longer than a year.
        """
        first = self.compared if only_compared else self.first
        now = [] if first is None else list(pd.date_range(first, self.last, freq="MS"))
        compared = [each for each in now if self.compared and each >= self.compared]
        before = [periods.add_months(each, -12) for each in compared]
        rows = [f"(date '{each:%Y-%m-%d}', true)" for each in now]
        rows += [f"(date '{each:%Y-%m-%d}', false)" for each in before]
        values = ", ".join(["(null, false)", *rows])  # never without a row
        return f"select * from (values {values}) as months (month, is_now)"


def spans(first_month: pd.Timestamp, month: pd.Timestamp, window_months: int) -> Spans:
    """The window of *window_months* that ends with *month*, cut at the data's first month."""
    first = max(first_month, periods.add_months(month, 1 - window_months))
    compared = max(first, periods.add_months(first_month, 12))
    return Spans(first, month, compared if compared <= month else None, window_months)


def read(
    run: Callable[[str], pd.DataFrame],
    name: str,
    asked: Spans,
    dimension: str = "",
    seen: str = "true",
    sold: str = "true",
    sees_everything: bool = True,
) -> pd.DataFrame:
    """The frame *name* of SUMS, of all its dimensions or of one, of the rows *seen* (SQL), and of
    what is *sold* (SQL of products).

    What became of a client all its lines tell: who does not see them all is told what is stored.
    """
    if name in _OF_GROUPS:
        return _OF_GROUPS[name](run, asked, seen)
    known = DIMENSIONS[name]
    if dimension and dimension not in known:
        raise ClientOpsError("unknown dimension {dimension!r}; {hint}", dimension=dimension,
                             hint=nearest(dimension, known))  # fmt: skip
    dimensions = [dimension] if dimension else known
    if name == "fate_sales":
        run(_fates(fates(asked) if sees_everything else _stored_fates(asked), asked, seen))
        run(_sold(asked, sold))
        queries = [_by_fate(each) for each in dimensions]
    else:
        make = {
            "key_sales": _by_key,
            "product_sales": _by_product,
            "discount_sales": _by_discount,
        }[name]
        queries = [make(each, asked, seen, sold) for each in dimensions]
    parts = [run(query).assign(dimension=each)
             for each, query in zip(dimensions, queries, strict=True)]  # fmt: skip
    frame = _spanned(pd.concat(parts, ignore_index=True), name, asked)
    return frame.astype({"dimension": "str", "key": "str"})


def _by_key(dimension: str, asked: Spans, seen: str, sold: str) -> str:
    kind, column, fact = _KEYS[dimension]
    fact = fact if sold == "true" else "product_month"
    alone = column == "client_id"  # one client to a key
    return f"""
        with keys as ({_keys(dimension)}), months as ({asked.months(only_compared=False)})
        select k.key, {_pick("revenue costed_revenue cost costed_lines clients", "is_now")},
            {_pick("costed_revenue cost", "not is_now", "before_")}
        from (
            select k.first_code, m.is_now, {_sums("revenue costed_revenue cost costed_lines")},
                {1 if alone else "count(distinct t.client_id)"} as clients
            from stored_{fact} as t join months as m on m.month = t.month
                join keys as k on k.code = t.{kind}_id
            where ({seen}) and {sold}
            group by k.first_code, m.is_now
        ) as s join keys as k on k.code = s.first_code
        group by k.key
    """


def _by_product(dimension: str, asked: Spans, seen: str, sold: str) -> str:
    columns = "costed_revenue cost costed_quantity"
    kind = "product" if dimension == EVERYONE else _KEYS[dimension][0]
    return f"""
        with keys as ({_keys(dimension)}), months as ({asked.months(only_compared=True)})
        select k.key, p.product_id, {_pick(columns, "is_now")},
            {_pick(columns, "not is_now", "before_")}
        from (
            select k.first_code, t.product_id, m.is_now, {_sums(columns)}
            from stored_product_month as t join months as m on m.month = t.month
                join keys as k on k.code = t.{kind}_id
            where t.costed_lines > 0 and ({seen}) and {sold}
            group by k.first_code, t.product_id, m.is_now
        ) as s join keys as k on k.code = s.first_code
            join stored_product_ids as p on p.code = s.product_id
        group by k.key, p.product_id
    """


def _by_discount(dimension: str, asked: Spans, seen: str, sold: str) -> str:
    kind = "product" if dimension == EVERYONE else _KEYS[dimension][0]
    kinds = f"m.is_now and t.month >= date '{asked.compared:%F}'" if asked.compared else "false"
    columns, compared = "costed_revenue cost", "revenue costed_revenue cost"
    return f"""
        with keys as ({_keys(dimension)}), months as ({asked.months(only_compared=False)})
        select k.key, {_pick(f"list_revenue discount {columns}", "is_now")},
            {_pick(compared, "is_compared", "compared_")},
            {_pick(compared, "not is_now", "before_")}
        from (
            select k.first_code, m.is_now, {kinds} as is_compared,
                {_sums(f"list_revenue discount {compared}")}
            from stored_product_month as t join months as m on m.month = t.month
                join keys as k on k.code = t.{kind}_id
            where ({seen}) and {sold}
            group by k.first_code, m.is_now, is_compared
        ) as s join keys as k on k.code = s.first_code
        group by k.key
    """


def fates(asked: Spans) -> str:
    """SQL: what became of each client with a line in the months compared or the year before."""
    return f"""
        with months as ({asked.months(only_compared=True)})
        select c.client_id, cast(case when c.before > 0 and c.after > 0 then 'both'
            when c.before > 0 then 'lost' when c.after <= 0 then 'neither'
            when p.client_id is null then 'new' else 'returned' end as {FATE}) as fate
        from (
            select t.client_id, sum(case when m.is_now then t.revenue else 0 end) as after,
                sum(case when m.is_now then 0 else t.revenue end) as before
            from stored_sales_month as t join months as m on m.month = t.month
            group by t.client_id
        ) as c left join (
            select distinct client_id from stored_purchases where day < date '{asked.first:%F}'
        ) as p on p.client_id = c.client_id
    """


def _stored_fates(asked: Spans) -> str:
    """SQL: the same as the build has kept it."""
    return (
        f"select client_id, cast(fate as {FATE}) as fate from stored_client_fates "
        f"where month = date '{asked.last:%F}'"
    )


def _fates(of_clients: str, asked: Spans, seen: str) -> str:
    """SQL that keeps the fates *of_clients* for each manager who sold to them, of the rows *seen*;
    and of this manager's client."""
    return f"""
        create or replace temporary table fates as
        with months as ({asked.months(only_compared=True)})
        select s.client_id, s.manager_id, c.fate, cast(case when c.fate = 'both' and s.years = 1
            then 'moved' else c.fate end as {FATE}) as manager_fate
        from (
            select t.client_id, t.manager_id, count(distinct m.is_now) as years
            from stored_sales_month as t join months as m on m.month = t.month
            where {seen} group by t.client_id, t.manager_id
        ) as s join ({of_clients}) as c on c.client_id = s.client_id
    """


def _sold(asked: Spans, sold: str) -> str:
    """SQL that keeps what was *sold* to those of `_fates`, once for all dimensions."""
    return f"""
        create or replace temporary table sold as
        with months as ({asked.months(only_compared=True)})
        select t.client_id, t.manager_id, t.product_id, f.fate, f.manager_fate, m.is_now,
            t.revenue, t.quantity
        from stored_product_month as t join months as m on m.month = t.month
            join fates as f on f.client_id = t.client_id and f.manager_id = t.manager_id
        where {sold}
    """


def _by_fate(dimension: str) -> str:
    """SQL: of what `_sold` keeps."""
    kind = "product" if dimension == EVERYONE else _KEYS[dimension][0]
    columns, fate = "revenue quantity", "manager_fate" if dimension == "manager" else "fate"
    return f"""
        with keys as ({_keys(dimension)})
        select k.key, s.fate, coalesce(p.product_id, '{NONE}') as product_id,
            {_pick(columns, "is_now")}, {_pick(columns, "not is_now", "before_")}
        from (
            select k.first_code, t.{fate} as fate, t.is_now, {_sums(columns)},
                case when t.{fate} = 'both' then t.product_id end as product
            from sold as t join keys as k on k.code = t.{kind}_id
            group by k.first_code, t.{fate}, product, t.is_now
        ) as s join keys as k on k.code = s.first_code
            left join stored_product_ids as p on p.code = s.product
        group by k.key, s.fate, p.product_id
    """


def _group_months(run: Callable[[str], pd.DataFrame], asked: Spans, seen: str) -> pd.DataFrame:
    first = periods.add_months(asked.last, -11)
    frame = run(f"""
        with keys as ({_keys("product_group")})
        select k.key as product_group, t.month, cast(sum(t.revenue) as bigint) as revenue
        from stored_product_month as t join keys as k on k.code = t.product_id
        where t.month between date '{first:%F}' and date '{asked.last:%F}' and ({seen})
        group by k.key, t.month
    """)
    return frame.astype({"product_group": "str", "month": "datetime64[us]"})


def _client_groups(run: Callable[[str], pd.DataFrame], asked: Spans, seen: str) -> pd.DataFrame:
    then = periods.add_months(asked.last, -SINCE_MONTHS)
    before = periods.add_months(then, 1 - asked.window_months)
    spans = {"revenue": (asked.first, asked.last), "revenue_then": (before, then),
             "year_revenue": (periods.add_months(asked.last, -11), asked.last),
             "revenue_since": (periods.add_months(then, 1), asked.last)}  # fmt: skip
    sums = ", ".join(
        f"cast(sum(case when t.month between date '{first:%F}' and date '{last:%F}' then t.revenue "
        f"else 0 end) as bigint) as {name}" for name, (first, last) in spans.items()
    )  # fmt: skip
    frame = run(f"""
        with keys as ({_keys("product_group")})
        select t.client_id, k.first_code, {sums}
        from stored_product_month as t join keys as k on k.code = t.product_id
        where t.month between date '{min(first for first, _ in spans.values()):%F}'
            and date '{asked.last:%F}' and ({seen})
        group by t.client_id, k.first_code
    """)
    # A text for each of many rows would take longer than the sums.
    keys = run(_keys("product_group")).drop_duplicates("key").sort_values("key")
    at = pd.Index(keys["first_code"]).get_indexer(frame.pop("first_code"))
    frame["product_group"] = pd.Categorical.from_codes(at, categories=keys["key"].astype("str"))
    return frame[list(SUMS["client_groups"])]


def _goods_sales(run: Callable[[str], pd.DataFrame], asked: Spans, seen: str) -> pd.DataFrame:
    frame = run(f"""
        select p.product_id, {_pick("revenue costed_revenue cost costed_lines", "true")}
        from stored_product_month as t join stored_product_ids as p on p.code = t.product_id
        where t.month between date '{asked.first:%F}' and date '{asked.last:%F}' and ({seen})
        group by p.product_id
    """)
    return _spanned(frame, "goods_sales", asked).astype({"product_id": "str"})


def _client_discounts(run: Callable[[str], pd.DataFrame], asked: Spans, seen: str) -> pd.DataFrame:
    frame = run(f"""
        select t.client_id, {_pick("list_revenue discount", "true")} from stored_product_month as t
        where t.month between date '{asked.first:%F}' and date '{asked.last:%F}' and ({seen})
        group by t.client_id
    """)
    return _spanned(frame, "client_discounts", asked)


def _spanned(frame: pd.DataFrame, name: str, asked: Spans) -> pd.DataFrame:
    """The columns of a frame of SUMS, with the months that its rows are of."""
    for column, month in (("from_month", asked.first), ("to_month", asked.last),
                          ("compared_from_month", asked.compared)):  # fmt: skip
        frame[column] = pd.Series(month, index=frame.index, dtype="datetime64[us]")
    return frame[list(SUMS[name])]


_OF_GROUPS = {
    "group_months": _group_months,
    "client_groups": _client_groups,
    "client_discounts": _client_discounts,
    "goods_sales": _goods_sales,
}
OF_COMPANY = {"goods_sales"}  # whoever sold: what is in stock is nobody's


def _keys(dimension: str) -> str:
    """SQL: for each code of a dimension's identifiers its key, and the first code of that key.

    Grouping millions of rows by codes takes half the time it takes by texts.
    """
    if dimension == EVERYONE:
        named = f"select code, '{EVERYONE}' as key from stored_product_ids"
    else:
        kind, column, _ = _KEYS[dimension]
        named = f"select code, {column} as key from stored_{kind}_ids"
        if column != f"{kind}_id":
            named = (
                f"select i.code, coalesce(x.{column}, '{NONE}') as key from stored_{kind}_ids as i "
                f"left join stored_{kind}s as x on x.{kind}_id = i.{kind}_id"
            )
    return (
        f"select code, key, min(code) over (partition by key) as first_code from ({named}) as named"
    )


def _sums(columns: str) -> str:
    return ", ".join(f"sum(t.{column}) as {column}" for column in columns.split())


def _pick(columns: str, months: str, prefix: str = "") -> str:
    """SQL: the sums of the months wanted, in one row for each key."""
    return ", ".join(
        f"cast(coalesce(sum(case when {months} then {each} end), 0) as bigint) as {prefix}{each}"
        for each in columns.split()
    )
