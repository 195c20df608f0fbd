"""The portfolio tables once more: slow, obvious and exact, for tests only.

Made from the written definitions alone. Ints and Fractions throughout; the one float is the
p-value. A *row* is a plain dict; money is a Fraction, a share a Fraction or None, a month its first
day.
"""

import functools
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from scipy.stats import binomtest

COMPANY = "*"
UNASSIGNED = "(unassigned)"

CLIENT_CLASSES = (
    "month", "client_id", "client_name", "manager_id", "abc", "xyz", "stage", "revenue", "margin",
    "purchases", "active_months", "first_on", "last_on", "window_months",
)  # fmt: skip


@dataclass
class Ledger:
    """Source tables as lists of dicts.

    lines: shipment_id, shipped_on, client_id, manager_id or None, revenue, cost or None;
    clients: client_id, client_name or None, manager_id or None, created_on or None;
    managers: manager_id, manager_name or None, and team where there is one;
    assignments: client_id, manager_id, valid_from, valid_to (inclusive) or None;
    activities: happened_at, manager_id, kind, and client_id, topic, minutes, outcome or None.
    """

    lines: list = field(default_factory=list)
    clients: list = field(default_factory=list)
    managers: list = field(default_factory=list)
    assignments: list = field(default_factory=list)
    activities: list = field(default_factory=list)


@dataclass(frozen=True)
class Settings:
    """Thresholds of the portfolio tables, with their defaults."""

    window_months: int = 12
    lapse_months: int = 3
    abc_shares: tuple = (0.80, 0.95)
    abc_cuts: tuple | None = None  # money per month
    abc_by: str = "revenue"  # or "margin"
    xyz_by: str = "either"  # or "months", "rhythm", "cv"
    x_active_share: float = 0.75
    rhythm_cv: float = 0.5
    cv_cuts: tuple = (0.5, 1.0)
    clients_per_manager: tuple | None = None
    clients_per_manager_of: dict = field(default_factory=dict)  # by team
    owner_months: int = (
        12  # window of the most-shipments rule: the company's, whatever a page shows
    )

    def __post_init__(self):
        if self.window_months < self.lapse_months:
            raise ValueError("window_months < lapse_months")
        if self.abc_by not in ("revenue", "margin"):
            raise ValueError(f"abc_by: {self.abc_by}")
        if self.xyz_by not in ("either", "months", "rhythm", "cv"):
            raise ValueError(f"xyz_by: {self.xyz_by}")


# --- the tables ---------------------------------------------------------------------------------


def client_classes(ledger, month, **settings):
    """One row per client known by the end of the month."""
    rows = classified(ledger, month, Settings(**settings))
    return [{column: row[column] for column in CLIENT_CLASSES} for row in rows]


def portfolio_quality(ledger, month, **settings):
    """One row per manager, abc and xyz with counted clients or revenue; "*" is the company.

    Revenue of clients who are not counted stands in the cell "-", "-" without clients.
    """
    rows = []
    for manager_id, members in portfolios(classified(ledger, month, Settings(**settings))):
        counted = sum(row["counted"] for row in members)
        total = sum(row["revenue"] for row in members)
        for (abc, xyz), cell in grouped(members, quality_cell):
            clients = sum(row["counted"] for row in cell)
            revenue = sum(row["revenue"] for row in cell)
            if clients == 0 and revenue == 0:
                continue
            rows.append({
                "month": month,
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                "abc": abc,
                "xyz": xyz,
                "clients": clients,
                "client_share": ratio(clients, counted),
                "revenue": revenue,
                "revenue_share": ratio(revenue, total),
            })  # fmt: skip
    return rows


def portfolio_trend(ledger, month, **settings):
    """One row per month (the last 12 up to m, from the first of the data) and manager.

    Counted clients of the owner at the row's month, numbers and shares; A and B by the amounts per
    month frozen at the first of these months whose window is full, empty before. The slope and the
    sign test are the same on each row of a manager.
    """
    s = Settings(**settings)
    frozen_in, frozen = frozen_amounts(ledger, month, s)
    crossings = crossed_clients(ledger, month, s)
    rows = []
    for shown in months_of_window(ledger, month, 12):
        covered = len(months_of_window(ledger, shown, s.window_months))
        for manager_id, members in portfolios(classified(ledger, shown, s)):
            counted = [row for row in members if row["counted"]]
            if not counted:
                continue
            letters = None
            if frozen and shown >= frozen_in:
                letters = [letter_by_amounts(row["amount"], covered, *frozen) for row in counted]
            rows.append({
                "month": shown,
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                "clients": len(counted),
                **{f"{letter.lower()}_fixed": letters and letters.count(letter)
                   for letter in "ABC"},
                "x_clients": sum(row["xyz"] == "X" for row in counted),
                **{f"{letter.lower()}_fixed_share": share_of(letter, letters) for letter in "ABC"},
                "x_share": share_of("X", [row["xyz"] for row in counted]),
            })  # fmt: skip
    for row in rows:
        own = [other for other in rows if other["manager_id"] == row["manager_id"]]
        row["a_slope"] = theil_sen_slope(own, "a_fixed_share")
        row.update(sign_test(row["manager_id"], crossings))
    return rows


def portfolio_load(ledger, month, **settings):
    """Counted clients per manager against the two bounds, and how concentrated the revenue is."""
    s = Settings(**settings)
    rows = []
    for manager_id, members in portfolios(classified(ledger, month, s)):
        clients = sum(row["counted"] for row in members)
        money = sorted((row["revenue"] for row in members if row["revenue"] > 0), reverse=True)
        if clients == 0 and not money:
            continue
        low, high = load_norm(ledger, manager_id, s)
        judged = low is not None
        verdict = judged and ("below" if clients < low else "above" if clients > high else "within")
        rows.append({
            "month": month,
            "manager_id": manager_id,
            "manager_name": manager_name(ledger, manager_id),
            "clients": clients,
            "low": low,
            "high": high,
            "verdict": verdict or None,
            "top5_share": ratio(sum(money[:5]), sum(money)),
            "hhi": ratio(sum(amount**2 for amount in money), sum(money) ** 2),
        })  # fmt: skip
    return rows


def xyz_comparison(ledger, month, **settings):
    """Counted clients per manager and triple of letters by the three methods."""
    s = Settings(**settings)
    methods = ("months", "rhythm", "cv")
    runs = [classified(ledger, month, replace(s, xyz_by=method)) for method in methods]
    members = [
        {**rows[0], "triple": tuple(row["xyz"] for row in rows)} for rows in zip(*runs, strict=True)
    ]
    return [
        {
            "manager_id": manager_id,
            **{f"xyz_{method}": letter for method, letter in zip(methods, triple, strict=True)},
            "clients": len(cell),
        }
        for manager_id, rows in portfolios([row for row in members if row["counted"]])
        for triple, cell in grouped(rows, lambda row: row["triple"])
    ]


# --- a client in a month ------------------------------------------------------------------------


def classified(ledger, month, s, costed=None):
    """Every client known by the month's end with class, stage and money of the window.

    costed: the lines with_costs, by whoever has them already.

    Beside the columns of client_classes: counted, and amount (the money abc goes by, or None).
    Known is a client with a line up to then, or in clients with created_on empty or up to then.
    """
    end = last_day(month)
    lines = {row["client_id"]: [] for row in ledger.clients
             if row["created_on"] is None or row["created_on"] <= end}  # fmt: skip
    for line in with_costs(ledger) if costed is None else costed:
        if line["shipped_on"] <= end:
            lines.setdefault(line["client_id"], []).append(line)
    names = {row["client_id"]: row["client_name"] for row in ledger.clients}
    window, first = months_of_window(ledger, month, s.window_months), first_month(ledger)
    rows = [
        {
            "month": month,
            "client_id": client_id,
            "client_name": names.get(client_id),
            "manager_id": owner_by(ledger, client_id, lines[client_id], end, s.owner_months),
            **figures(lines[client_id], month, window, first, s),
        }
        for client_id in sorted(lines)
    ]
    bought = {row["client_id"]: row["amount"] for row in rows if row["purchases"] > 0}
    letters = abc_letters(bought, len(window), s)
    for row in rows:
        row["abc"] = letters.get(row["client_id"], "-")
    return rows


def figures(lines, month, window, first, s):
    """All that follows from one client's lines up to the end of the month.

    window: its months; first: the first month of the data.
    """
    inside = [line for line in lines if first_day(line["shipped_on"]) in window]
    costed = [line for line in inside if line["cost"] is not None]
    revenue = exact_sum(exact(line["revenue"]) for line in inside)
    costs = exact_sum(line["cost"] for line in costed)
    margin = exact_sum(exact(line["revenue"]) for line in costed) - costs if costed else None
    days = purchase_days(lines)
    in_window = [day for day in days if first_day(day) in window]
    stage = stage_of(days, month, window, first, s)
    return {
        "xyz": xyz_letter(inside, days, window, s),
        "stage": stage,
        "revenue": revenue,
        "margin": margin,
        "purchases": len(in_window),
        "active_months": len({first_day(day) for day in in_window}),
        "first_on": days[0] if days else None,
        "last_on": days[-1] if days else None,
        "window_months": len(window),
        "counted": stage not in ("prospect", "lost"),
        "amount": revenue if s.abc_by == "revenue" else margin,
    }


def with_costs(ledger):
    """The lines with the cost that counts: the own one, else quantity × unit_cost of the product.

    Where more returns have a positive cost than a negative one, it counts as negative there.
    """
    units = {row["product_id"]: row["unit_cost"] for row in getattr(ledger, "products", [])}
    lines = []
    for line in ledger.lines:
        cost, unit = line["cost"], units.get(line.get("product_id"))
        if cost is None and unit is not None and line["quantity"] is not None:
            cost = exact(unit) * exact(line["quantity"])
        lines.append({**line, "cost": None if cost is None else exact(cost)})
    returns = [line for line in lines if line["revenue"] < 0 and line["cost"] is not None]
    if sum((line["cost"] > 0) - (line["cost"] < 0) for line in returns) > 0:
        for line in returns:
            line["cost"] = -abs(line["cost"])
    return lines


def purchase_days(lines):
    """Days on which the client has a shipment with positive revenue, whoever sold, in order."""
    net = {}
    for line in lines:
        key = line["shipped_on"], line["shipment_id"]
        money = exact(line["revenue"])
        net[key] = net[key] + money if key in net else money  # 0 + a Fraction takes its time
    return sorted({day for (day, _), money in net.items() if money > 0})


def stage_of(days, month, window, first, s):
    """Where the client stands, from all purchase days up to the end of the month."""
    if not days:
        return "prospect"
    months = sorted({first_day(day) for day in days})
    if months[0] == month:
        full_past = months_apart(first, month) >= s.window_months
        return "new" if full_past else "active"
    if months[-1] == month and months_apart(months[-2], month) - 1 >= s.lapse_months:
        return "returned"
    if months_apart(months[-1], month) < s.lapse_months:
        return "active"
    return "lapsed" if months[-1] in window else "lost"


# --- abc: volume --------------------------------------------------------------------------------


def abc_letters(amounts, covered, s):
    """Letters of the clients who bought in the window, from their money there (None: unknown)."""
    ranked = sorted(
        (client_id for client_id, money in amounts.items() if money is not None and money > 0),
        key=lambda client_id: (-amounts[client_id], client_id),
    )
    total = sum(amounts[client_id] for client_id in ranked)
    letters, ahead = {}, Fraction(0)
    for client_id, money in amounts.items():
        if money is None:
            letters[client_id] = "-"
        elif money <= 0:
            letters[client_id] = "D"
    for client_id in ranked:
        if s.abc_cuts:
            a, b = (exact(cut) for cut in s.abc_cuts)
            letters[client_id] = letter_by_amounts(amounts[client_id], covered, a, b)
        else:
            a, b = (exact(share) for share in s.abc_shares)
            letters[client_id] = letter_by_rank(ahead / total, a, b)
        ahead += amounts[client_id]
    return letters


def letter_by_rank(before, a, b):
    """A while the share of those ranked ahead is below a, B while below b, else C."""
    return "A" if before < a else "B" if before < b else "C"


def letter_by_amounts(money, covered, a, b):
    """A from a per covered month on, B from b on, C for any other positive money, else none."""
    if money is None or money <= 0:
        return None
    per_month = money / covered
    return "A" if per_month >= a else "B" if per_month >= b else "C"


def cut_offs(ledger, month, s):
    """(A*, B*): the smallest window money in A and in B; B* = A* without a B; None without an A.

    With abc_cuts: the cuts times the months covered.
    """
    if s.abc_cuts:
        covered = len(months_of_window(ledger, month, s.window_months))
        return tuple(exact(cut) * covered for cut in s.abc_cuts)
    rows = classified(ledger, month, s)
    in_a = [row["amount"] for row in rows if row["abc"] == "A"]
    in_b = [row["amount"] for row in rows if row["abc"] == "B"]
    if not in_a:
        return None
    return min(in_a), min(in_b or in_a)


# --- xyz: regularity ----------------------------------------------------------------------------


def xyz_letter(inside, days, window, s):
    """X, Y or Z by the method asked for; one purchase is Z, none is "-".

    inside: the client's lines in the window; days: all purchase days up to the window's end.
    """
    bought = [day for day in days if first_day(day) in window]
    if len(bought) < 2:
        return "Z" if bought else "-"
    if s.xyz_by == "cv":
        return cv_letter(inside, bought, window, s)
    by_months = regular_by_months(bought, first_day(days[0]), window, s)
    by_rhythm = regular_by_rhythm(bought, last_day(window[-1]), s)
    regular = {"months": by_months, "rhythm": by_rhythm, "either": by_months or by_rhythm}
    return "X" if regular[s.xyz_by] else "Y"


def regular_by_months(bought, first_bought, window, s):
    """Bought in at least 3 and in x_active_share of the months since window start or first buy."""
    possible = [month for month in window if month >= first_bought]
    active = {first_day(day) for day in bought}
    return len(active) >= 3 and len(active) >= exact(s.x_active_share) * len(possible)


def regular_by_rhythm(bought, end, s):
    """At least 3 gaps, coefficient of variation within rhythm_cv, silence within 2 medians."""
    gaps = [(later - earlier).days for earlier, later in pairwise(bought)]
    if len(gaps) < 3:
        return False
    return cv_within(gaps, s.rhythm_cv) and (end - bought[-1]).days <= 2 * median(gaps)


def cv_letter(inside, bought, window, s):
    """By the coefficient of variation of monthly revenue, months without any counting as zero."""
    monthly = {month: Fraction(0) for month in window}
    for line in inside:
        monthly[first_day(line["shipped_on"])] += exact(line["revenue"])
    revenues = list(monthly.values())
    if sum(revenues) <= 0:
        return "Z"
    if cv_within(revenues, s.cv_cuts[0]) and len({first_day(day) for day in bought}) >= 3:
        return "X"
    return "Y" if cv_within(revenues, s.cv_cuts[1]) else "Z"


def cv_within(numbers, limit):
    """Population standard deviation / mean <= limit, squared so that it stays exact; mean > 0."""
    mean = exact_sum(numbers) / len(numbers)
    variance = exact_sum(number * number for number in numbers) / len(numbers) - mean**2
    return variance <= (exact(limit) * mean) ** 2


# --- trend: frozen amounts, crossings, slope ----------------------------------------------------


def frozen_amounts(ledger, month, s):
    """The first shown month whose window is full, and (A*, B*) per month there; else None."""
    for shown in months_of_window(ledger, month, 12):
        if is_full(ledger, shown, s):
            cuts = cut_offs(ledger, shown, s)
            return shown, cuts and tuple(cut / s.window_months for cut in cuts)
    return None, None


def crossed_clients(ledger, month, s):
    """manager_id -> [+1 or -1 per client over or under A* between the two windows].

    A* of the earlier window, owner at m; unknown money is 0. None unless both windows are full.
    """
    earlier = shifted(month, -s.window_months)
    if not (is_full(ledger, earlier, s) and is_full(ledger, month, s)):
        return None
    cuts = cut_offs(ledger, earlier, s)
    if cuts is None:
        return {}
    amount = {row["client_id"]: row["amount"] or 0 for row in classified(ledger, earlier, s)}
    crossings = {}
    for manager_id, members in portfolios(classified(ledger, month, s)):
        crossings[manager_id] = []
        for row in members:
            before, after = amount.get(row["client_id"], 0), row["amount"] or 0
            if before < cuts[0] <= after:
                crossings[manager_id].append(+1)
            if before >= cuts[0] > after:
                crossings[manager_id].append(-1)
    return crossings


def sign_test(manager_id, crossings):
    """Crossings up against down: a verdict where 0.05 is undercut, none for the company."""
    empty = {"entered_a": None, "left_a": None, "p_value": None, "verdict": None}
    if crossings is None:
        return {**empty, "verdict": None if manager_id == COMPANY else "too short"}
    up, down = (crossings.get(manager_id, []).count(way) for way in (+1, -1))
    counts = {"entered_a": up, "left_a": down}
    if manager_id == COMPANY:
        return {**empty, **counts}
    if up + down == 0:
        return {**empty, **counts, "verdict": "steady"}
    p_value = float(binomtest(up, up + down, 0.5).pvalue)
    verdict = "steady" if p_value >= 0.05 else "improving" if up > down else "worsening"
    return {**counts, "p_value": p_value, "verdict": verdict}


def theil_sen_slope(rows, column):
    """Median slope between any two months where the column is known; None with fewer than two."""
    points = [(months_apart(date(1, 1, 1), row["month"]), row[column])
              for row in rows if row[column] is not None]  # fmt: skip
    slopes = [(y2 - y1) / (x2 - x1) for x1, y1 in points for x2, y2 in points if x1 < x2]
    return median(slopes) if slopes else None


# --- whose --------------------------------------------------------------------------------------


def owner_on(ledger, client_id, day, window_months=12):
    """Who owns the client on that day."""
    lines = [line for line in ledger.lines if line["client_id"] == client_id]
    return owner_by(ledger, client_id, lines, day, window_months)


def owner_by(ledger, client_id, lines, day, window_months):
    """By assignments (the latest valid_from), else by clients, else by most shipments.

    Most shipments: in the window ending with the month of the client's last shipment up to the day.
    """
    held = [row for row in ledger.assignments
            if row["client_id"] == client_id and row["valid_from"] <= day
            and (row["valid_to"] is None or day <= row["valid_to"])]  # fmt: skip
    if held:
        latest = max(row["valid_from"] for row in held)
        return min(row["manager_id"] for row in held if row["valid_from"] == latest)
    for row in ledger.clients:
        if row["client_id"] == client_id and row["manager_id"] is not None:
            return row["manager_id"]
    shipments = shipments_of(lines)
    days = [shipped_on for _, shipped_on in shipments if shipped_on <= day]
    if not days:
        return UNASSIGNED
    month = first_day(max(days))  # the window ends with this month, all of it
    start, end = shifted(month, 1 - window_months), last_day(month)
    return most_shipments([each for each in shipments if start <= each[1] <= end])


def shipments_of(lines):
    """(manager or None, day) of each shipment; one counts once per manager and day, if positive."""
    net = {}
    for line in lines:
        key = line["manager_id"], line["shipped_on"], line["shipment_id"]
        net[key] = net.get(key, 0) + exact(line["revenue"])
    return [(manager_id, day) for (manager_id, day, _), money in net.items() if money > 0]


def most_shipments(shipments):
    """The manager on most shipments; then the one shipping last, then the smaller id."""
    days = {}
    for manager_id, day in shipments:
        if manager_id is not None:
            days.setdefault(manager_id, []).append(day)
    if not days:
        return UNASSIGNED
    most = max((len(shipped), max(shipped)) for shipped in days.values())
    return min(who for who, shipped in days.items() if (len(shipped), max(shipped)) == most)


def manager_name(ledger, manager_id):
    """The name, or the id where no name is known."""
    for row in ledger.managers:
        if row["manager_id"] == manager_id and row["manager_name"] is not None:
            return row["manager_name"]
    return manager_id


def load_norm(ledger, manager_id, s):
    """(low, high) of the manager's team, else of everybody; (None, None) without a norm."""
    if manager_id in (COMPANY, UNASSIGNED):
        return None, None
    teams = {row["manager_id"]: row.get("team") for row in ledger.managers}
    norm = s.clients_per_manager_of.get(teams.get(manager_id), s.clients_per_manager)
    return norm or (None, None)


def portfolios(rows):
    """(manager_id, rows of the owned clients) for every owner and the company, in order of id."""
    owned = dict(grouped(rows, lambda row: row["manager_id"]))
    return sorted({**owned, COMPANY: rows}.items(), key=lambda item: item[0]) if rows else []


# --- small things -------------------------------------------------------------------------------


def grouped(rows, key):
    """(key, rows) in order of key."""
    groups = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return sorted(groups.items(), key=lambda item: item[0])


def quality_cell(row):
    """The cell of a client; those not counted stand apart."""
    return (row["abc"], row["xyz"]) if row["counted"] else ("-", "-")


def share_of(letter, letters):
    """Share of a letter among letters; None where there are none to count in."""
    return Fraction(letters.count(letter), len(letters)) if letters else None


def ratio(part, whole):
    """part / whole, or None where the whole is not positive."""
    return Fraction(part) / whole if whole > 0 else None


def median(numbers):
    """Middle number, or the mean of the two in the middle."""
    ranked = sorted(numbers)
    return (Fraction(ranked[(len(ranked) - 1) // 2]) + ranked[len(ranked) // 2]) / 2


def exact_sum(numbers):
    """Of Fractions: what stands above the same line is added first, as each sum of two Fractions is
    made the simplest, which takes ten times as long."""
    above = {}
    for number in numbers:
        below = number.denominator
        above[below] = above.get(below, 0) + number.numerator
    return sum((Fraction(above[below], below) for below in above), Fraction(0))


@functools.lru_cache(1 << 17)
def exact(number):
    """A Fraction; a float means the decimal it is written as."""
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)


@functools.lru_cache(1 << 14)
def first_day(day):
    """First day of the day's month."""
    return day.replace(day=1)


def last_day(month):
    """Last day of a month given by its first."""
    return shifted(month, 1) - timedelta(days=1)


def shifted(month, months):
    """The month so many months later."""
    year, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, index + 1, 1)


def months_apart(earlier, later):
    """Months from one first of the month to another."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def first_month(ledger):
    """Month of the earliest line, or None without lines."""
    return min((first_day(line["shipped_on"]) for line in ledger.lines), default=None)


def months_of_window(ledger, month, length):
    """The months ending with this one, as many as asked for, from the first month of the data."""
    first = first_month(ledger)
    months = [shifted(month, -back) for back in reversed(range(length))]
    return [each for each in months if first is not None and each >= first]


def is_full(ledger, month, s):
    """Whether the data cover the whole window."""
    return len(months_of_window(ledger, month, s.window_months)) == s.window_months
