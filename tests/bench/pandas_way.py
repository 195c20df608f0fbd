"""The numbers of each topic by plain pandas on raw lines: what an analyst would write first."""

import numpy as np
import pandas as pd


def before(lines: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    """The lines up to the month's end."""
    return lines[lines["shipped_on"] < month + pd.DateOffset(months=1)]


def window(lines: pd.DataFrame, month: pd.Timestamp, months: int = 12) -> pd.DataFrame:
    """The lines of the months that end with one."""
    start = month - pd.DateOffset(months=months - 1)
    return before(lines, month)[lambda rows: rows["shipped_on"] >= start]


def purchases(lines: pd.DataFrame) -> pd.DataFrame:
    """Days with a shipment of positive revenue."""
    keys = ["client_id", "shipped_on"]
    net = lines.groupby([*keys, "shipment_id"], as_index=False)["revenue"].sum()
    return net[net["revenue"] > 0].drop_duplicates(keys).sort_values(keys)


def owners(lines: pd.DataFrame) -> pd.Series:
    """Who shipped most to each client."""
    counts = lines[lines["revenue"] > 0].groupby(["client_id", "manager_id"])["shipment_id"]
    most = counts.nunique().reset_index().sort_values("shipment_id")
    return most.groupby("client_id")["manager_id"].last()


def classes(lines: pd.DataFrame, bought: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    """Volume and regularity of each client at a month."""
    revenue = window(lines, month).groupby("client_id")["revenue"].sum()
    revenue = revenue.sort_values(ascending=False)
    ahead = (revenue.cumsum() - revenue) / revenue[revenue > 0].sum()
    abc = pd.Series(np.where(ahead < 0.8, "A", np.where(ahead < 0.95, "B", "C")), revenue.index)
    days = window(bought, month)
    active = days.groupby("client_id")["shipped_on"].agg(lambda d: d.dt.to_period("M").nunique())
    gaps = days.groupby("client_id")["shipped_on"].diff().dt.days
    rhythm = gaps.groupby(days["client_id"]).agg(["count", "mean", "std", "median"])
    regular = (active >= 9) | (rhythm["std"] <= 0.5 * rhythm["mean"]).reindex(active.index)
    return pd.DataFrame({"abc": abc, "x": regular, "revenue": revenue})


def portfolio(lines: pd.DataFrame, month: pd.Timestamp) -> None:
    """Classes, cells and the trend of twelve months."""
    lines = before(lines, month)
    bought, owner = purchases(lines), owners(lines)
    for back in range(12):
        cells = classes(lines, bought, month - pd.DateOffset(months=back)).join(owner)
        cells.groupby(["manager_id", "abc", "x"])["revenue"].agg(["sum", "count"])


def migration(lines: pd.DataFrame, month: pd.Timestamp) -> None:
    """Two windows compared, the bridge of each manager, the path of twelve months."""
    lines = before(lines, month)
    bought, owner = purchases(lines), owners(lines)
    old, new = (classes(lines, bought, month - pd.DateOffset(months=back)) for back in (12, 0))
    both = old.join(new, how="outer", lsuffix="_before").join(owner)
    both.groupby(["manager_id", "abc_before", "abc", "x_before", "x"])["revenue"].sum()
    change = both["revenue"].fillna(0) - both["revenue_before"].fillna(0)
    kind = np.select(
        [both["revenue_before"].isna(), both["revenue"].isna(), change > 0],
        ["new", "lost", "growth"],
        "decline",
    )
    change.groupby([both["manager_id"], kind]).sum()
    for back in range(12):
        classes(lines, bought, month - pd.DateOffset(months=back))


def regularity(lines: pd.DataFrame, month: pd.Timestamp) -> None:
    """Shipments per day, week and month of each manager, and who is overdue."""
    year = window(lines, month)
    sold = year[year["revenue"] > 0]
    for grain in ("D", "W", "M"):
        period = sold["shipped_on"].dt.to_period(grain)
        counts = sold.groupby(["manager_id", period])["shipment_id"].nunique()
        counts.unstack(fill_value=0).T.agg(["mean", "std"])
        sold.groupby(["manager_id", period])["client_id"].nunique()
    bought = purchases(before(lines, month))
    gaps = bought.groupby("client_id")["shipped_on"].diff().dt.days.groupby(bought["client_id"])
    late = pd.DataFrame({"late": gaps.quantile(0.9), "typical": gaps.median(), "n": gaps.count()})
    last = bought.groupby("client_id")["shipped_on"].max()
    since = (month + pd.DateOffset(months=1) - last).dt.days - 1
    late[(late["n"] >= 3) & (since > late["late"])].join(
        year.groupby("client_id")["revenue"].sum()
    ).join(owners(lines))


def retention(lines: pd.DataFrame, month: pd.Timestamp) -> None:
    """Cohorts, the year before, the repeat ladder and lifetimes."""
    lines = before(lines, month)
    bought, owner = purchases(lines), owners(lines)
    period = bought["shipped_on"].dt.to_period("M")
    cohort = period.groupby(bought["client_id"]).transform("min")
    bought.groupby([bought["client_id"].map(owner), cohort, period])["client_id"].nunique()
    monthly = lines.groupby(["client_id", lines["shipped_on"].dt.to_period("M")])["revenue"].sum()
    monthly.groupby(level=1).sum()
    for back in range(12):
        end = month - pd.DateOffset(months=back)
        now = window(lines, end).groupby("client_id")["revenue"].sum()
        then = window(lines, end - pd.DateOffset(months=12)).groupby("client_id")["revenue"].sum()
        both = pd.DataFrame({"now": now, "then": then}).fillna(0).join(owner)
        both.groupby("manager_id").sum()
    number = bought.groupby("client_id").cumcount() + 1
    gap = bought.groupby("client_id")["shipped_on"].diff().dt.days
    gap[number <= 10].groupby([bought["client_id"].map(owner), number]).agg(["count", "median"])
    own = gap.groupby(bought["client_id"]).quantile(0.9)
    span = bought.groupby("client_id")["shipped_on"].agg(["min", "max"])
    life = (span["max"] - span["min"]).dt.days
    ended = (month - span["max"]).dt.days > np.maximum(own.fillna(180), 180)
    events = pd.DataFrame({"life": life, "ended": ended}).join(owner).sort_values("life")
    events.groupby(["manager_id", "life"])["ended"].agg(["sum", "count"])


def profitability(lines: pd.DataFrame, month: pd.Timestamp) -> None:
    """Margins by client, manager and product, the bridge by product, the whale curve."""
    now, then = window(lines, month), window(lines, month - pd.DateOffset(months=12))
    for key in ("client_id", "manager_id", "product_id"):
        for rows in (now, then):
            rows.groupby(key).agg({"revenue": "sum", "cost": "sum", "client_id": "nunique"})
    for keys in (["product_id"], ["manager_id", "product_id"]):
        columns = ["revenue", "cost", "quantity"]
        both = (
            now.groupby(keys)[columns]
            .sum()
            .join(then.groupby(keys)[columns].sum(), how="outer", rsuffix="_before")
        )
        both.groupby(level=0).sum()
    margin = (now["revenue"] - now["cost"]).groupby(now["client_id"]).sum()
    margin.sort_values(ascending=False).cumsum()


def revenue(lines: pd.DataFrame, month: pd.Timestamp) -> None:
    """The bridge of the company and of each manager: clients by what they did, articles of those
    who bought in both years."""
    now, then = window(lines, month), window(lines, month - pd.DateOffset(months=12))
    clients = pd.DataFrame({
        "now": now.groupby("client_id")["revenue"].sum(),
        "then": then.groupby("client_id")["revenue"].sum(),
    }).fillna(0)  # fmt: skip
    bought = purchases(before(lines, month)).groupby("client_id")["shipped_on"].min()
    clients["first"] = bought.reindex(clients.index)
    kept = clients.index[(clients["now"] > 0) & (clients["then"] > 0)]
    gone = clients.index[(clients["now"] <= 0) & (clients["then"] > 0)]
    for key in (None, "manager_id"):
        rows = [each.assign(key="*") if key is None else each.assign(key=each[key])
                for each in (now, then)]  # fmt: skip
        for chosen in (gone, clients.index.difference(kept)):
            for each in rows:
                each[each["client_id"].isin(chosen)].groupby("key")["revenue"].sum()
        pairs = [each.groupby(["key", "client_id"])["revenue"].sum() for each in rows]
        pairs[0].sub(pairs[1], fill_value=0)
        sums = [
            each[each["client_id"].isin(kept)]
            .groupby(["key", "product_id"])[["revenue", "quantity"]]
            .sum()
            for each in rows
        ]
        both = sums[0].join(sums[1], how="outer", rsuffix="_before").fillna(0)
        common = both[(both["quantity"] > 0) & (both["quantity_before"] > 0)]
        carried = common["revenue_before"] * common["quantity"] / common["quantity_before"]
        (common["revenue"] - carried).groupby("key").sum()
        (carried - common["revenue_before"]).groupby("key").sum()


def activity(lines: pd.DataFrame, activities: pd.DataFrame, month: pd.Timestamp) -> None:
    """Activities per day and kind, coverage of classes, the funnel, who was not touched."""
    done = activities[activities["happened_at"] < month + pd.DateOffset(months=1)]
    now = done[done["happened_at"] >= month]
    day = now["happened_at"].dt.normalize()
    now.groupby(["manager_id", "kind", day]).size().unstack(fill_value=0)
    table = classes(before(lines, month), purchases(before(lines, month)), month)
    last = done.groupby("client_id")["happened_at"].max()
    table = table.join(last).join(owners(before(lines, month)))
    since = (month + pd.DateOffset(months=1) - table["happened_at"]).dt.days
    (since < 30).groupby([table["manager_id"], table["abc"]]).mean()
    recent = done[done["happened_at"] >= month - pd.DateOffset(months=2)]
    steps = recent.groupby(["manager_id", "client_id", "kind"]).size().unstack(fill_value=0) > 0
    steps.cummin(axis=1).groupby(level=0).sum()
    table[since > 30].sort_values("revenue", ascending=False)


def turnover(
    lines: pd.DataFrame, invoices: pd.DataFrame, paid: pd.DataFrame, month: pd.Timestamp
) -> None:
    """Daily balances of every client, days to pay and ages of invoices whose payments name them."""
    end = month + pd.DateOffset(months=1)
    start = month - pd.DateOffset(months=11)
    out = invoices.rename(columns={"client_id": "client", "invoiced_on": "day"})
    back = paid.assign(amount=-paid["amount"])
    back = back.rename(columns={"client_id": "client", "paid_on": "day"})
    changes = pd.concat([each[["client", "day", "amount"]] for each in (out, back)])
    changes = changes[changes["day"] < end]
    days = (end - changes["day"].clip(lower=start)).dt.days
    open_days = (changes["amount"] * days).groupby(changes["client"]).sum()
    sent = invoices[invoices["invoiced_on"].between(start, end, inclusive="left")]
    owner = owners(before(lines, month))
    invoiced = sent.groupby("client_id")["amount"].sum()
    for key in (owner, None):
        parts = [each.groupby(key).sum() if key is not None else each.sum()
                 for each in (open_days, invoiced)]  # fmt: skip
        parts[0] / parts[1]
    both = invoices.merge(paid.dropna(subset="invoice_id"), on="invoice_id", suffixes=("", "_paid"))
    both = both[both["paid_on"] < end]
    weight = both["amount_paid"]
    for since in ("invoiced_on", "due_on"):
        late = (both["paid_on"] - pd.to_datetime(both[since])).dt.days
        (late * weight).groupby(both["client_id"]).sum() / weight.groupby(both["client_id"]).sum()
    met = both.groupby("invoice_id")["amount_paid"].sum().reindex(invoices["invoice_id"]).fillna(0)
    left = invoices["amount"] - met.to_numpy()
    age = (end - pd.to_datetime(invoices["due_on"])).dt.days
    part = pd.cut(age, [-10_000, 1, 31, 61, 91, 10_000])
    left.groupby([invoices["client_id"], part], observed=True).sum().unstack()
