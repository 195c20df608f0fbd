"""Plans by month: what stands for several months is divided, and no row has two owners.

Whoever reads `plans` after this meets one row for each month, whose `months` is 1.
"""

import datetime

from clientops import periods
from clientops.ingest import raw, sql
from clientops.schema import MONEY_SCALE, NEW, whole
from clientops.settings import Company

# Each month of each row with what it is weighed by: what the company sold a year before; where one
# of these months is not in the data or not positive, the working days. Months as in periods.
_WEIGHTS = """
create temp table plan_weights as
with sold as (
    select year(shipped_on) * 12 + month(shipped_on) - 1 as month,
        sum(cast({revenue} as hugeint)) as revenue
    from shipments group by 1 having month <= {last}
), each as (
    select p.rowid as row, p.months as n, unnest(range(p.months)) as k,
        year(p.month) * 12 + month(p.month) - 1 as first
    from plans as p
)
select row, k, first + k as month,
    case when min(coalesce(revenue, 0)) over (partition by row) > 0
        then revenue else days end as weight, k = n - 1 as is_last
from each
    join plan_days on plan_days.month = first + k
    left join sold on sold.month = first + k - 12
"""
# Rounded half to even; the last month takes the rest. Amounts in ten-thousandths.
_PARTS = """
create temp table plan_parts as
with whole as (
    select w.*, cast({plan} as hugeint) as amount,
        sum(weight) over (partition by row) as total
    from plan_weights as w join plans as p on p.rowid = w.row
), divided as (
    select row, month, is_last, amount, sign(amount) * {cent} * (
        abs(amount) * weight // (total * {cent}) + case
            when 2 * (abs(amount) * weight % (total * {cent})) > total * {cent} then 1
            when 2 * (abs(amount) * weight % (total * {cent})) < total * {cent} then 0
            else abs(amount) * weight // (total * {cent}) % 2 end) as part
    from whole
)
select row, month, case when is_last then amount - coalesce(sum(part)
    filter (not is_last) over (partition by row), 0) else part end as part
from divided
"""
_MONTHLY = """
create temp table monthly_plans as
select make_date(cast(a.month // 12 as integer), cast(a.month % 12 + 1 as integer), 1) as month,
    cast(cast(a.part as decimal(28,0)) * cast(1.0 / {scale} as decimal(5,4)) as decimal(18,4))
        as plan_revenue, cast(1 as bigint) as months, p.client_id,
    case when p.client_id is null or p.client_id = '{new}' then p.manager_id end as manager_id,
    p.product_group
from plan_parts as a join plans as p on p.rowid = a.row order by a.row, a.month
"""


def split(con: sql.Connection, company: Company, last: datetime.date) -> None:
    """Divide the table `plans` by months. *last*: the last complete month of the data.

    A row of several months is divided by the company's revenue of the same months a year before,
    else by working days, to the cent. A row that names a client is the client's: its manager goes.
    """
    con.execute("update plans set months = 1 where months is null")
    ends = con.execute(
        "select min(month), max(month + to_months(cast(months as integer))) from plans"
    ).fetchone()
    if ends[0] is None:
        return
    con.execute("create temp table plan_days (month bigint, days hugeint)")
    numbers = range(periods.month_number(ends[0]), periods.month_number(ends[1]))
    con.executemany("insert into plan_days values (?, ?)", [_days(n, company) for n in numbers])
    values = {"scale": MONEY_SCALE, "cent": MONEY_SCALE // 100, "new": NEW,
              "revenue": whole("revenue"), "plan": whole("p.plan_revenue"),
              "last": periods.month_number(last)}  # fmt: skip
    for query in (_WEIGHTS, _PARTS, _MONTHLY):
        con.execute(query.format(**values))
    con.execute("delete from plans")
    con.execute("insert into plans from monthly_plans")
    for name in ("plan_days", "plan_weights", "plan_parts", "monthly_plans"):
        con.execute(f"drop table {name}")


def _days(number: int, company: Company) -> tuple[int, int]:
    """A month and its working days."""
    first = datetime.date(number // 12, number % 12 + 1, 1)
    last = periods.month_end(first)
    return number, len(periods.working_days(first, last, company.calendar, company.work_week))


_ODD = """
select cast(sum(planned) as double), cast((select sum(s.revenue) from shipments as s
    left join products as p on p.product_id = s.product_id
    join (select distinct {keys} from year) as k on {same}
    where date_trunc('month', s.shipped_on) in (select month from year)) as double), sum(rows)
from (select month, sum(plan_revenue) as planned, count(*) as rows from year group by month)
"""
_KEYS = ("client_id", "manager_id", "product_group")


def notice(con: sql.Connection, year_start: int, last: datetime.date) -> None:
    """Ask about a level of plans (the keys its rows name) whose year up to the month *last* is
    more than ten times its revenue, or less than a tenth."""
    first = datetime.date(last.year - (last.month < year_start), year_start, 1)
    levels = con.execute(
        "select distinct client_id is not null, manager_id is not null, product_group is not null "
        f"from plans where coalesce(client_id, '') <> '{NEW}' order by all"
    ).fetchall()
    for level in levels:
        named = [key for key, is_named in zip(_KEYS, level, strict=True) if is_named]
        tests = [f"{key} is {'not ' if is_named else ''}null"
                 for key, is_named in zip(_KEYS, level, strict=True)]  # fmt: skip
        con.execute(
            f"create or replace temp table year as select * from plans where {' and '.join(tests)} "
            f"and coalesce(client_id, '') <> '{NEW}' and month between greatest(?, "
            "(select date_trunc('month', min(shipped_on)) from shipments)) and ?",
            [first, last],
        )
        of = {"product_group": "p"}
        same = " and ".join(f"k.{key} = {of.get(key, 's')}.{key}" for key in named) or "true"
        query = _ODD.format(keys=", ".join(named) or "1", same=same)
        planned, sold, rows = con.execute(query).fetchone()
        if planned and sold and sold > 0 and not 0.1 <= planned / sold <= 10:
            raw.notice(con, "plans", "more than ten times its revenue, or less than a tenth: is "
                       "the plan in pieces or in thousands?", rows,
                       f"{', '.join(named) or 'company'}: {planned:,.0f} for {sold:,.0f}",
                       planned)  # fmt: skip
    con.execute("drop table if exists year")
