"""The tables of the first page once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, on the rows of `oracle` and of the other topics'. What
a purchase is, who is late and who is covered stands there, once.
"""

from dataclasses import replace
from fractions import Fraction

from tests.metrics import oracle_activity, oracle_migration, oracle_regularity, oracle_retention
from tests.metrics.oracle import (
    COMPANY,
    Settings,
    classified,
    exact,
    first_day,
    first_month,
    grouped,
    is_full,
    last_day,
    manager_name,
    months_of_window,
    owner_on,
    portfolios,
    purchase_days,
    ratio,
    shifted,
    with_costs,
)

FIGURES = {  # unit, good direction
    "revenue": ("money", "up"),
    "margin": ("money", "up"),
    "margin_rate": ("share", "up"),
    "active_clients": ("count", "up"),
    "average_purchase": ("money", "up"),
    "a_share": ("share", "up"),
    "x_share": ("share", "up"),
    "nrr": ("share", "up"),
    "quiet_clients": ("count", "down"),
    "revenue_missed": ("money", "down"),
    "a_coverage": ("share", "up"),
    "activities_per_day": ("number", "up"),
}
PER_WORKING_DAY = ("revenue", "margin")
OF_WINDOW = ("a_share", "x_share", "quiet_clients", "revenue_missed")
COUNTS_OF_CLIENTS = ("active_clients", "quiet_clients")
SHARES_OF_CLIENTS = ("a_share", "x_share", "a_coverage")

STATES = {"late": Fraction(1, 2), "silent": Fraction(3, 10), "lost": Fraction(1, 10)}
REASONS = ("late", "silent", "lost", "fell from A", "no longer regular", "loss maker", "untouched")
CERTAIN = ("loss maker",)  # their money does not hang on whether the client comes back
TOLD_MONTHS = 3  # everything is three months of money


# --- the tables ---------------------------------------------------------------------------------


def portfolio_month(ledger, month, as_of=None):
    """What the clients of each owner brought in a month, up to the day."""
    if first_month(ledger) is None or month < first_month(ledger):
        return []
    end = last_day(month) if as_of is None else min(as_of, last_day(month))
    owner = owners_of_all(known(ledger, end), month)
    rows = []
    for manager_id in sorted({COMPANY, *owner.values()}):
        lines = [line for line in with_costs(ledger) if month <= line["shipped_on"] <= end]
        if manager_id != COMPANY:
            lines = [line for line in lines if owner.get(line["client_id"]) == manager_id]
        bought = [purchase_days(own) for _, own in grouped(lines, lambda line: line["client_id"])]
        costed = [line for line in lines if line["cost"] is not None]
        revenue = sum((exact(line["revenue"]) for line in lines), Fraction(0))
        costed_revenue = sum((exact(line["revenue"]) for line in costed), Fraction(0))
        margin = costed_revenue - sum(exact(line["cost"]) for line in costed)
        purchases = sum(len(days) for days in bought)
        rows.append({
            "month": month,
            "manager_id": manager_id,
            "manager_name": manager_name(ledger, manager_id),
            "revenue": revenue,
            "margin": margin if costed else None,
            "margin_rate": ratio(margin, costed_revenue),
            "active_clients": sum(len(days) > 0 for days in bought),
            "purchases": purchases,
            "average_purchase": ratio(revenue, purchases),
        })  # fmt: skip
    return rows


def headlines(ledger, month, as_of=None, calendar="", tolerance=0.05, tolerance_points=0.01,
              **settings):  # fmt: skip
    """A row per owner and figure with a value, judged against the same month a year before."""
    if first_month(ledger) is None or month < first_month(ledger):
        return []
    s = Settings(**settings)
    running = is_running(month, as_of, calendar)
    value_of = figures(ledger, month, as_of, calendar, s)
    earlier = {back: before(ledger, month, back, calendar, s) for back in (1, 12)}
    rows = []
    for (manager_id, metric), (value, clients) in sorted(value_of.items()):
        unit, better = FIGURES[metric]
        previous, year_ago = (earlier[back].get((manager_id, metric)) for back in (1, 12))
        change, change_rate, _ = compared(
            ledger, metric, value, previous, month, 1, as_of, calendar
        )
        year_change, year_rate, base = compared(
            ledger, metric, value, year_ago, month, 12, as_of, calendar
        )
        moved = year_change
        if metric == "nrr":
            moved, base = value - 1, Fraction(1)
        verdict = None
        if moved is not None:
            far = beyond(metric, moved, base, clients, tolerance, tolerance_points)
            good = (moved > 0) == (better == "up")
            verdict = "same" if not far else "better" if good else "worse"
        rows.append({
            "month": month,
            "manager_id": manager_id,
            "metric": metric,
            "unit": unit,
            "value": value,
            "previous": previous,
            "year_ago": year_ago,
            "change": change,
            "change_rate": change_rate,
            "year_change": year_change,
            "year_rate": year_rate,
            "better": better,
            "against": None if verdict is None else "year",
            "verdict": verdict,
            "manager_name": manager_name(ledger, manager_id),
            "compared_days": len(working_days(month, calendar, as_of))
            if running and metric in PER_WORKING_DAY
            else None,
        })  # fmt: skip
    return rows


def attention(ledger, month, as_of=None, min_loss=0, **settings):
    """Each client once, under the reason of most worth; those not told in money come last.

    Beside the columns: tells, what is known of the client by that reason.
    """
    if first_month(ledger) is None or month < first_month(ledger):
        return []
    s = Settings(**settings)
    until = as_of or last_day(month)
    ledger = known(ledger, until)
    state = states(ledger, month, until, s)
    # Counted at the settings in force, whatever a page changes.
    chance = {row["state"]: row["chance"] for row in attention_check(ledger, month)}
    revenue = {row["client_id"]: row["revenue"] for row in classified(ledger, month, s)}
    rows = []
    for client_id, own in grouped(
        reasons(ledger, month, until, min_loss, s), lambda r: r["client"]
    ):
        for each in own:
            hangs = each["reason"] not in CERTAIN and client_id in state
            each["worth"] = each["money"]
            if hangs and each["money"] is not None:
                each["worth"] = each["money"] * chance[state[client_id]]
        own.sort(key=lambda each: (each["worth"] is None, -(each["worth"] or 0),
                                   REASONS.index(each["reason"])))  # fmt: skip
        rows.append({
            "manager_id": owner_on(ledger, client_id, last_day(first_day(until))),
            "client_id": client_id,
            "client_name": client_name(ledger, client_id),
            "reason": own[0]["reason"],
            "money": own[0]["money"],
            "worth": own[0]["worth"],
            "also": ", ".join(each["reason"] for each in own[1:]) or None,
            "tells": own[0]["tells"],
        })  # fmt: skip
    rows.sort(key=lambda row: (row["worth"] is None, -(row["worth"] or 0),
                               -revenue[row["client_id"]] if row["worth"] is None else 0,
                               row["client_id"]))  # fmt: skip
    for at, row in enumerate(rows):
        ahead = [each for each in rows[:at] if each["manager_id"] == row["manager_id"]]
        row["priority"] = len(ahead) + 1
    return rows


def attention_check(ledger, month, **settings):
    """Who was late, silent or lost two months before, and who of them bought since."""
    if first_month(ledger) is None or month < first_month(ledger):
        return []
    then = shifted(month, -2)
    state = states(known(ledger, last_day(then)), then, last_day(then), Settings(**settings))
    rows = []
    for name in STATES:
        listed = [client for client in state if state[client] == name]
        back = [client for client in listed
                if bought_between(ledger, client, last_day(then), last_day(month))]  # fmt: skip
        rows.append({
            "month": month,
            "state": name,
            "listed": len(listed),
            "back": len(back),
            "chance": (len(back) + 10 * STATES[name]) / (len(listed) + 10),
        })  # fmt: skip
    return rows


# --- the figures of a month ---------------------------------------------------------------------


def figures(ledger, month, as_of, calendar, s):
    """(manager, metric) -> (value, clients it is a share of or None); only what has a value."""
    if month < first_month(ledger):
        return {}
    end = last_day(month) if as_of is None else min(as_of, last_day(month))
    ledger = known(ledger, end)
    shown = {COMPANY, *owners(ledger, month).values()}
    flows = [row for row in portfolio_month(ledger, month, end) if row["manager_id"] in shown]
    told = [row["manager_id"] for row in flows]
    found = {}
    for row in flows:
        for metric in ("revenue", "margin", "margin_rate", "active_clients", "average_purchase"):
            found[row["manager_id"], metric] = row[metric], None
    classes = classified(ledger, month, s)
    for manager_id, members in portfolios(classes):
        counted = [row for row in members if row["counted"]]
        for metric, column, letter in (("a_share", "abc", "A"), ("x_share", "xyz", "X")):
            share = ratio(sum(row[column] == letter for row in counted), len(counted))
            found[manager_id, metric] = share, len(counted)
    for row in oracle_retention.revenue_retention(ledger, month, s.window_months):
        if row["month"] == month:
            found[row["manager_id"], "nrr"] = row["nrr"], None
    overdue = oracle_regularity.overdue_clients(ledger, month, end, window_months=s.window_months)
    for manager_id in told:
        own = [row for row in overdue if manager_id in (COMPANY, row["manager_id"])]
        quiet = [row for row in own if row["abc"] in ("A", "B")]
        found[manager_id, "quiet_clients"] = len(quiet), None
        found[manager_id, "revenue_missed"] = sum(row["revenue_missed"] for row in quiet), None
    asked = {"as_of": end, "calendar": calendar}
    for row in oracle_activity.activity_coverage(
        ledger, month, window_months=s.window_months, **asked
    ):
        if row["abc"] == "A":
            found[row["manager_id"], "a_coverage"] = row["coverage"], row["clients"]
    for row in oracle_activity.manager_activity(ledger, month, **asked):
        if row["kind"] == "*":
            found[row["manager_id"], "activities_per_day"] = row["per_day"], None
    return {(manager_id, metric): pair for (manager_id, metric), pair in found.items()
            if manager_id in told and pair[0] is not None}  # fmt: skip


def before(ledger, month, back, calendar, s):
    """(manager, metric) -> the value so many months before that m's is held against."""
    then = shifted(month, -back)
    covered = [len(months_of_window(ledger, each, s.window_months)) for each in (then, month)]
    values = figures(ledger, then, None, calendar, s)
    return {(manager_id, metric): value for (manager_id, metric), (value, _) in values.items()
            if metric not in OF_WINDOW or covered[0] == covered[1]}  # fmt: skip


def compared(ledger, metric, value, earlier, month, back, as_of, calendar):
    """Change, rate of change, and what they are taken against; None where there is nothing."""
    if earlier is None:
        return None, None, None
    base = earlier
    if metric in PER_WORKING_DAY:  # a month that is not over, too: of the days that are
        now = len(working_days(month, calendar, as_of))
        then = len(working_days(shifted(month, -back), calendar))
        base = earlier * Fraction(now, then)
    change = Fraction(value) - base
    has_rate = FIGURES[metric][0] != "share" and base > 0
    return change, change / base if has_rate else None, base


def beyond(metric, moved, base, clients, tolerance, tolerance_points):
    """Whether a figure moved further than the tolerance, and by more than one client."""
    if FIGURES[metric][0] == "share":
        far = abs(moved) > exact(tolerance_points)
    else:
        far = moved != 0 if base <= 0 else abs(moved) > exact(tolerance) * base
    if metric in COUNTS_OF_CLIENTS:
        far = far and abs(moved) > 1
    if metric in SHARES_OF_CLIENTS:
        far = far and abs(moved) * clients > 1
    return far


def owners(ledger, month):
    """Client -> owner at the month's end, of the clients of those who own one that ever bought."""
    owner = owners_of_all(ledger, month)
    told = {owner[client] for client in owner
            if bought_between(ledger, client, None, last_day(month))}  # fmt: skip
    return {client: owner[client] for client in owner if owner[client] in told}


def owners_of_all(ledger, month):
    """Client -> owner at the month's end, of all clients with a line by then."""
    clients = sorted({line["client_id"] for line in ledger.lines
                      if line["shipped_on"] <= last_day(month)})  # fmt: skip
    return {client: owner_on(ledger, client, last_day(month)) for client in clients}


# --- working days -------------------------------------------------------------------------------


def working_days(month, calendar, until=None):
    """Those of a month, up to a day."""
    days = oracle_activity.working_days(month, oracle_activity.Settings(calendar=calendar))
    return [day for day in days if until is None or day <= until]


def is_running(month, as_of, calendar):
    """Whether the month's last working day is still to come."""
    return as_of is not None and as_of < working_days(month, calendar)[-1]


# --- why a client needs somebody ----------------------------------------------------------------


def reasons(ledger, month, until, min_loss, s):
    """Every reason of every client, its money (None: not told in money) and what it tells."""
    asked = {"window_months": s.window_months}
    found = []

    def add(row, reason, money, *tells):
        if money is None or money > 0:
            found.append({"client": row["client_id"], "reason": reason, "money": money,
                          "tells": {name: row[name] for name in tells}})  # fmt: skip

    for row in oracle_regularity.overdue_clients(ledger, month, until, **asked):
        add(row, row["status"], row["revenue_missed"], "last_on", "typical_gap_days",
            "overdue_days", "expected_on")  # fmt: skip
    for row in moved(ledger, month, s):
        money = (row["revenue_before"] - row["revenue_after"]) / row["window_months"] * TOLD_MONTHS
        tells = ("from_class", "to_class", "revenue_before", "revenue_after", "window_months")
        if is_lost(ledger, row, month, until):
            add(row, "lost", money, *tells)
        if fell_from_a(row):
            add(row, "fell from A", money, *tells)
        if no_longer_regular(row):
            add(row, "no longer regular", money, *tells)
    for row in classified(ledger, month, s):
        if row["margin"] is not None and row["margin"] < -exact(min_loss):
            money = -row["margin"] / row["window_months"] * TOLD_MONTHS
            add(row, "loss maker", money, "revenue", "margin")
    for row in oracle_activity.untouched_clients(ledger, month, until, **asked):
        add(row, "untouched", None, "abc", "last_touch")
    return found


def moved(ledger, month, s):
    """The migration of the two windows; nothing where the earlier one is not full."""
    if not is_full(ledger, shifted(month, -s.window_months), s):
        return []
    rules = {name: getattr(s, name) for name in Settings.__dataclass_fields__}
    return oracle_migration.client_migration(ledger, month, **rules)


def is_lost(ledger, row, month, until):
    """Was A or X, and bought neither in the window nor since."""
    was_dear = row["from_class"][0] == "A" or row["from_class"][1] == "X"
    since = bought_between(ledger, row["client_id"], last_day(month), until)
    return row["direction"] == "lost" and was_dear and not since


def fell_from_a(row):
    """Buys, but by its own sales no longer enough for A."""
    fell = row["from_class"][0] == "A" != row["to_class"][0]
    return fell and row["direction"] == "down" and row["cause"] != "threshold"


def no_longer_regular(row):
    """Buys, but no longer regularly, and did not rise by volume."""
    return row["direction"] == "down" and row["from_class"][1] == "X" != row["to_class"][1]


def states(ledger, month, until, s):
    """Client -> late, silent or lost; who is none of them is left out."""
    lost = [row for row in moved(ledger, month, s) if is_lost(ledger, row, month, until)]
    overdue = oracle_regularity.overdue_clients(ledger, month, until, window_months=s.window_months)
    return {row["client_id"]: "lost" for row in lost} | {
        row["client_id"]: row["status"] for row in overdue
    }


def bought_between(ledger, client_id, after, until):
    """Whether the client bought after a day (None: ever), up to another."""
    days = purchase_days([line for line in ledger.lines if line["client_id"] == client_id])
    return any((after is None or day > after) and day <= until for day in days)


def known(ledger, day):
    """What is known on a day."""
    return replace(
        ledger,
        lines=[line for line in ledger.lines if line["shipped_on"] <= day],
        activities=[each for each in ledger.activities if each["happened_at"].date() <= day],
    )


def client_name(ledger, client_id):
    names = {row["client_id"]: row["client_name"] for row in ledger.clients}
    return names.get(client_id) or client_id
