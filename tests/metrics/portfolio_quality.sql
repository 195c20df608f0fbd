-- portfolio_quality at default settings, for tests: the written definitions in SQL, apart from oracle.py.
-- Relations lines, clients, managers; parameter $month, its first day. Window 12 months, ABC by
-- revenue 80 / 95 %, XYZ "either", lapse 3 months. Money is counted in ten-thousandths (HUGEINT),
-- so that every comparison that decides a class is one of whole numbers.
with
asked as (
    select
        cast($month as date) as month,
        last_day(cast($month as date)) as month_end,
        greatest(
            cast(cast($month as date) - interval 11 month as date),
            (select cast(date_trunc('month', min(shipped_on)) as date) from lines)
        ) as window_start
),
-- the ledger up to the end of the month
past as (
    select
        l.shipment_id, l.client_id, l.manager_id, l.shipped_on,
        cast(l.revenue * 10000 as hugeint) as money
    from lines as l, asked as a
    where l.shipped_on <= a.month_end
),
known as (
    select client_id from past
    union
    select c.client_id from clients as c, asked as a
    where c.created_on is null or c.created_on <= a.month_end
),
window_revenue as (
    select p.client_id, sum(p.money) as money
    from past as p, asked as a
    where p.shipped_on >= a.window_start
    group by p.client_id
),
-- a purchase: a day on which the client's net revenue is positive
purchase as (
    select client_id, shipped_on as day
    from past
    group by client_id, shipped_on
    having sum(money) > 0
),
first_purchase as (
    select client_id, min(day) as day from purchase group by client_id
),
window_purchase as (
    select p.client_id, p.day
    from purchase as p, asked as a
    where p.day >= a.window_start
),
window_buyer as (
    select
        client_id,
        count(*) as purchases,
        count(distinct date_trunc('month', day)) as active_months,
        max(day) as last_day_bought
    from window_purchase
    group by client_id
),
-- volume: share of those ranked ahead among clients with positive revenue
ranked as (
    select
        client_id,
        money,
        coalesce(sum(money) over (
            order by money desc, client_id
            rows between unbounded preceding and 1 preceding
        ), 0) as ahead,
        sum(money) over () as total
    from window_revenue
    where money > 0
),
volume as (
    select
        b.client_id,
        case
            when r.client_id is null then 'D'
            when 100 * r.ahead < 80 * r.total then 'A'
            when 100 * r.ahead < 95 * r.total then 'B'
            else 'C'
        end as abc
    from window_buyer as b
    left join ranked as r on r.client_id = b.client_id
),
-- rhythm: n gaps with sum s and sum of squares q; sd <= mean / 2 is 4 (n q - s s) <= s s
gap as (
    select client_id, day - previous as days
    from (
        select client_id, day, lag(day) over (partition by client_id order by day) as previous
        from window_purchase
    )
    where previous is not null
),
gap_ranked as (
    select
        client_id,
        cast(days as hugeint) as days,
        row_number() over (partition by client_id order by days) as place,
        count(*) over (partition by client_id) as n
    from gap
),
rhythm as (
    select
        client_id,
        max(n) as n,
        sum(days) as s,
        sum(days * days) as q,
        -- twice the median: the two middle ones, or the middle one twice
        sum(case when place = (n + 1) // 2 then days else 0 end)
            + sum(case when place = n // 2 + 1 then days else 0 end) as two_medians
    from gap_ranked
    group by client_id
),
regularity as (
    select
        b.client_id,
        case
            when b.purchases = 1 then 'Z'
            when b.active_months >= 3
                and 4 * b.active_months >= 3 * (1 + datediff(
                    'month', greatest(a.window_start, f.day), a.month
                )) then 'X'
            when r.n >= 3
                and 4 * (r.n * r.q - r.s * r.s) <= r.s * r.s
                and a.month_end - b.last_day_bought <= r.two_medians then 'X'
            else 'Y'
        end as xyz
    from window_buyer as b
    cross join asked as a
    join first_purchase as f on f.client_id = b.client_id
    left join rhythm as r on r.client_id = b.client_id
),
-- owner at the end of the month: the clients table, else most shipments, else nobody
last_line as (
    select client_id, cast(date_trunc('month', max(shipped_on)) as date) as month
    from past
    group by client_id
),
shipment as (
    select p.client_id, p.manager_id, p.shipment_id, p.shipped_on
    from past as p
    join last_line as l on l.client_id = p.client_id
    where p.manager_id is not null
        and p.shipped_on >= l.month - interval 11 month
    group by p.client_id, p.manager_id, p.shipment_id, p.shipped_on
    having sum(p.money) > 0
),
shipper as (
    select
        client_id,
        manager_id,
        row_number() over (
            partition by client_id
            order by count(*) desc, max(shipped_on) desc, manager_id
        ) as place
    from shipment
    group by client_id, manager_id
),
owner as (
    select
        k.client_id,
        coalesce(c.manager_id, s.manager_id, '(unassigned)') as manager_id
    from known as k
    left join clients as c on c.client_id = k.client_id
    left join shipper as s on s.client_id = k.client_id and s.place = 1
),
-- counted clients bought within the window: who did not is a prospect or lost (with 12 >= 3
-- months every active or returned client did); the revenue of the others goes to the cell - -
member as (
    select
        o.manager_id,
        coalesce(v.abc, '-') as abc,
        coalesce(x.xyz, '-') as xyz,
        case when v.client_id is null then 0 else 1 end as counted,
        coalesce(w.money, 0) as money
    from owner as o
    left join volume as v on v.client_id = o.client_id
    left join regularity as x on x.client_id = o.client_id
    left join window_revenue as w on w.client_id = o.client_id
),
looked_at as (
    select manager_id, abc, xyz, counted, money from member
    union all
    select '*' as manager_id, abc, xyz, counted, money from member
),
cell as (
    select manager_id, abc, xyz, sum(counted) as clients, sum(money) as money
    from looked_at
    group by manager_id, abc, xyz
),
portfolio as (
    select manager_id, sum(clients) as clients, sum(money) as money
    from cell
    group by manager_id
)
select
    a.month,
    c.manager_id,
    coalesce(m.manager_name, c.manager_id) as manager_name,
    c.abc,
    c.xyz,
    cast(c.clients as bigint) as clients,
    case when p.clients > 0 then cast(c.clients as double) / cast(p.clients as double) end
        as client_share,
    -- ten-thousandths back to money without a detour over floats
    cast(cast(c.money as decimal(38, 0)) * 0.0001 as decimal(38, 4)) as revenue,
    case when p.money > 0 then cast(c.money as double) / cast(p.money as double) end
        as revenue_share
from cell as c
cross join asked as a
join portfolio as p on p.manager_id = c.manager_id
left join managers as m on m.manager_id = c.manager_id
where c.clients > 0 or c.money <> 0
order by c.manager_id, c.abc, c.xyz
