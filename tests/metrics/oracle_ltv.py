"""The tables of ltv and forecast once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, client by client and month by month. Money is a Fraction;
floats are the roots and quantiles. No ledger here has clients enough for a model of purchases.
"""

import math
from fractions import Fraction

from tests.metrics import oracle_plan
from tests.metrics.oracle import (
    COMPANY,
    UNASSIGNED,
    exact,
    first_day,
    first_month,
    last_day,
    manager_name,
    months_apart,
    months_of_window,
    owner_on,
    purchase_days,
    ratio,
    shifted,
    with_costs,
)

NONE, NEW = "(none)", "(new)"
ZERO = Fraction(0)


def lines_by_client(ledger, until):
    """The lines of every client with one up to a day."""
    found = {}
    for line in with_costs(ledger):
        if line["shipped_on"] <= until:
            found.setdefault(line["client_id"], []).append(line)
    return found


def net(lines, months=None):
    """Net revenue of the lines, of some months only."""
    return sum((exact(line["revenue"]) for line in lines
                if months is None or first_day(line["shipped_on"]) in months), ZERO)  # fmt: skip


def margin_rate(lines):
    """Margin by revenue of the costed lines; None where that cannot be said."""
    costed = [line for line in lines if line["cost"] is not None]
    margin = sum((exact(line["revenue"]) - line["cost"] for line in costed), ZERO)
    return ratio(margin, net(costed))


def times(a, b):
    """The product; unknown where either is."""
    return None if a is None or b is None else a * b


# --- ltv ----------------------------------------------------------------------------------------


def ltv_history(ledger, month, *, ltv_years=5, min_clients=30):
    """The last 12 months; of each the company, client groups and managers with a buyer."""
    rows = []
    for each in months_of_window(ledger, month, 12):
        bought = {who: lines for who, lines in lines_by_client(ledger, last_day(each)).items()
                  if purchase_days(lines)}  # fmt: skip
        keys = {(COMPANY, COMPANY): [*bought]}
        groups = {row["client_id"]: row.get("client_group") for row in ledger.clients}
        for who in bought:
            keys.setdefault(("client_group", groups.get(who) or NONE), []).append(who)
            keys.setdefault(("manager", owner_on(ledger, who, last_day(each))), []).append(who)
        company = money_kept(ledger, each, bought)[1]
        for (dimension, key), members in sorted(keys.items()):
            if members:
                own = {who: bought[who] for who in members}
                row = worth(ledger, each, own, ltv_years)
                buyers, kept = money_kept(ledger, each, own)
                kept_of = dimension
                if buyers < min_clients:
                    kept, kept_of = company, "company"
                years = None if kept is None else sum(kept**number for number in range(ltv_years))
                rows.append({
                    "month": each, "dimension": dimension, "key": key,
                    "name": manager_name(ledger, key) if dimension == "manager" else key,
                    **row, "kept": kept, "kept_of": None if kept is None else kept_of,
                    "expected": times(row["year_value"], years),
                })  # fmt: skip
    return rows


def worth(ledger, month, members, ltv_years):
    """S, C, P, t, their product, and a buyer's year."""
    every = [line for lines in members.values() for line in lines]
    days = {who: purchase_days(lines) for who, lines in members.items()}
    purchases = sum(len(each) for each in days.values())
    life = sum(months_apart(first_day(each[0]), first_day(each[-1])) + 1 for each in days.values())
    year = months_of_window(ledger, month, 12)
    of_year = [line for line in every if first_day(line["shipped_on"]) in year]
    buyers = sum(any(first_day(day) in year for day in each) for each in days.values())
    rate, year_rate = margin_rate(every), margin_rate(of_year)
    known = rate
    if all(line["cost"] is None for line in every):
        rate = year_rate = Fraction(1)
    cheque, per_month = net(every) / purchases, Fraction(purchases, life)
    months = Fraction(life, len(members))
    year_value = times(year_rate, ratio(net(of_year), buyers)) if len(year) == 12 else None
    return {
        "clients": len(members), "cheque": cheque, "per_month": per_month, "profit_rate": known,
        "months": months, "to_date": times(rate, cheque * per_month * months),
        "year_value": year_value,
    }  # fmt: skip


def money_kept(ledger, month, members):
    """How many bought in the 12 months before the last 12, and what part of their money stayed."""
    now = months_of_window(ledger, month, 12)
    before = [shifted(each, -12) for each in now]
    if len(months_of_window(ledger, month, 24)) < 24:
        return 0, None
    buyers = [lines for lines in members.values()
              if any(first_day(day) in before for day in purchase_days(lines))]  # fmt: skip
    was = sum((net(lines, before) for lines in buyers), ZERO)
    kept = ratio(sum((net(lines, now) for lines in buyers), ZERO), was)
    return len(buyers), None if kept is None else min(1, max(0, kept))


def year_on_year(ledger, month):
    """The company's net revenue retention by 12 months; 1 where fewer can be compared."""
    if len(months_of_window(ledger, month, 24)) < 24:
        return Fraction(1)
    now = months_of_window(ledger, month, 12)
    before = [shifted(each, -12) for each in now]
    opening = [lines for lines in lines_by_client(ledger, last_day(month)).values()
               if net(lines, before) > 0]  # fmt: skip
    kept = ratio(sum((net(lines, now) for lines in opening), ZERO),
                 sum((net(lines, before) for lines in opening), ZERO))  # fmt: skip
    return Fraction(1) if kept is None else kept


def client_ltv(ledger, month):
    """Every client with a purchase up to the month's end."""
    names = {row["client_id"]: row["client_name"] for row in ledger.clients}
    rows, nrr = [], year_on_year(ledger, month)
    for who, lines in sorted(lines_by_client(ledger, last_day(month)).items()):
        days = purchase_days(lines)
        if not days:
            continue
        naive = max(ZERO, net(lines, months_of_window(ledger, month, 12)) * nrr)
        rows.append({
            "client_id": who, "client_name": names.get(who),
            "manager_id": owner_on(ledger, who, last_day(month)), "purchases": len(days),
            "cheque": net(lines) / len(days), "to_date": net(lines), "naive_12": naive,
            "bgnbd_12": None, "alive": None, "expected_12": naive, "method": "naive",
        })  # fmt: skip
    return rows


def ltv_model(ledger, month):
    """Refused: there are not clients enough."""
    rows = client_ltv(ledger, month)
    return [{"month": month, "clients": len(rows), "r": None, "alpha": None, "a": None, "b": None,
             "log_likelihood": None, "reason": "fewer than 100 clients"}]  # fmt: skip


def ltv_backtest(ledger, month):
    """What the formula and last year said a year before, against what came."""
    then = shifted(month, -12)
    if len(months_of_window(ledger, then, 12)) < 12:
        return []
    came = {who: net(lines, months_of_window(ledger, month, 12))
            for who, lines in lines_by_client(ledger, last_day(month)).items()}  # fmt: skip
    told = {"formula": {}, "naive": {}}
    for row in client_ltv(ledger, then):
        who = row["client_id"]
        days = purchase_days(lines_by_client(ledger, last_day(then))[who])
        months = months_apart(first_day(days[0]), then) + 1
        told["formula"][who] = max(ZERO, row["to_date"] / months * 12)
        told["naive"][who] = row["naive_12"]
    rows = []
    for method, predicted in told.items():
        actual = {who: came[who] for who in predicted}
        if not actual:
            continue
        tenth = max(1, len(actual) // 10)
        found = sorted(predicted, key=lambda who: (-predicted[who], who))[:tenth]
        most = sorted(actual.values(), reverse=True)[:tenth]
        total = sum(actual.values(), ZERO)
        off = sum((abs(predicted[who] - actual[who]) for who in actual), ZERO)
        rows.append({
            "method": method, "clients": len(actual), "predicted": sum(predicted.values(), ZERO),
            "actual": total, "ratio": ratio(sum(predicted.values(), ZERO), total),
            "error": ratio(off, total),
            "caught": ratio(sum((actual[who] for who in found), ZERO), sum(most, ZERO)),
        })  # fmt: skip
    known = [row for row in rows if row["error"] is not None]
    best = min(known, key=lambda row: row["error"], default=None)
    rows = [row | {"best": row is best} for row in rows]
    return sorted(rows, key=lambda row: row["method"])


# --- forecast -----------------------------------------------------------------------------------


def known_from(ledger, client_id):
    """The month from which a client is known."""
    months = [first_day(line["shipped_on"]) for line in ledger.lines
              if line["client_id"] == client_id]  # fmt: skip
    for row in ledger.clients:
        if row["client_id"] == client_id:
            months.append(first_day(row["created_on"] or first_month(ledger)))
    return min(months)


def months_known(ledger, month):
    return months_apart(first_month(ledger), month) + 1


def told(ledger, origin, min_clients):
    """What is told at the end of a month of the three after it: forecasts by owner, a list of four
    (the last the sum), whether by the season, and last year's."""
    until, first = last_day(origin), first_month(ledger)
    lines = lines_by_client(ledger, until)
    every = [line for each in lines.values() for line in each]
    ahead = [shifted(origin, step) for step in (1, 2, 3)]
    year_ago = [shifted(each, -12) for each in ahead]
    recent = min(6, months_known(ledger, origin) - 12)
    growth = None
    if recent >= 3:
        now = [shifted(origin, -back) for back in range(recent)]
        growth = ratio(net(every, now), net(every, [shifted(each, -12) for each in now]))
    if growth is None:
        last = months_of_window(ledger, origin, 3)
        company = [net(every, last) / len(last)] * 3
    else:
        lift = math.sqrt(min(5, max(0.2, growth)))
        company = [float(net(every, [each])) * lift for each in year_ago]
    six = months_of_window(ledger, origin, 6)
    owned = {}
    for who in lines:
        owned.setdefault(owner_on(ledger, who, until), []).append(who)
    share = {owner: max(ZERO, sum((net(lines[who], six) for who in members), ZERO))
             for owner, members in owned.items()}  # fmt: skip
    total = sum(share.values(), ZERO)
    forecasts, last_year, shown = {COMPANY: company}, {}, {COMPANY}
    for owner, members in [*owned.items(), (COMPANY, [*lines])]:
        last_year[owner] = [
            None if each < first else sum((net(lines[who], [each]) for who in members), ZERO)
            for each in year_ago
        ]
        buyers = sum(any(first_day(day) in six for day in purchase_days(lines[who]))
                     for who in members)  # fmt: skip
        if owner != COMPANY:
            enough = buyers >= min_clients and total > 0
            forecasts[owner] = [float(share[owner] / total) * float(each) if enough else None
                                for each in company]  # fmt: skip
        if any(net(lines[who], six) or net(lines[who], year_ago) for who in members):
            shown.add(owner)
    return with_sum(forecasts), growth is not None, with_sum(last_year), shown


def with_sum(by_owner):
    return {owner: [*each, None if None in each else sum(each)] for owner, each in by_owner.items()}


def came(ledger, origin):
    """What came in the three months after, by owner at the origin (later clients: at the end)."""
    ahead = [shifted(origin, step) for step in (1, 2, 3)]
    sums = {}
    for who, lines in lines_by_client(ledger, last_day(ahead[-1])).items():
        day = last_day(origin if known_from(ledger, who) <= origin else ahead[-1])
        for owner in (COMPANY, owner_on(ledger, who, day)):
            was = sums.setdefault(owner, [ZERO] * 3)
            sums[owner] = [a + net(lines, [each]) for a, each in zip(was, ahead, strict=True)]
    return with_sum(sums)


def origins(ledger, month):
    """The last 12 with 15 months before and three known after."""
    found = [shifted(month, -back) for back in range(14, 2, -1)]
    return [each for each in found if months_known(ledger, each) >= 15]


def intervals(ledger, month, min_clients):
    """By month (and sum), the factors of the company and of managers; None where untold."""
    rule = told(ledger, month, min_clients)[1]
    company, others = [[] for _ in range(4)], [[] for _ in range(4)]
    for origin in origins(ledger, month):
        forecasts, same, _, _ = told(ledger, origin, min_clients)
        if same != rule:
            continue
        actual = came(ledger, origin)
        for place in range(4):
            of_origin = []
            for owner, values in forecasts.items():
                value = values[place]
                if value is None or value <= 0:
                    continue
                one = float(actual.get(owner, [ZERO] * 4)[place]) / float(value)
                (company[place] if owner == COMPANY else of_origin).append(one)
            others[place] += [of_origin] if of_origin else []
    factors = []
    for own, rest in zip(company, others, strict=True):
        together = [each for of_origin in rest for each in of_origin]
        of_company = (min(own), max(own)) if len(own) >= 8 else None
        enough = len(rest) >= 8
        of_managers = (quantile(together, 0.1), quantile(together, 0.9)) if enough else None
        factors.append((of_company, of_managers))
    return factors


def quantile(numbers, part):
    """Linear between the ranks."""
    ranked = sorted(numbers)
    place = part * (len(ranked) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (place - low) * (ranked[high] - ranked[low])


def forecast(ledger, month, *, min_clients=30):
    """Three months and their sum, of the company and every owner with anything to tell."""
    forecasts, _, last_year, shown = told(ledger, month, min_clients)
    factors, plans = intervals(ledger, month, min_clients), plans_ahead(ledger, month)
    rows = []
    for place in range(4):
        for owner in shown:
            value = forecasts[owner][place]
            ends = factors[place][owner != COMPANY]
            ends = None if ends is None or value is None else sorted(float(value) * f for f in ends)
            rows.append({
                "month": shifted(month, place % 3 + 1), "months": 3 if place == 3 else 1,
                "manager_id": owner, "manager_name": manager_name(ledger, owner),
                "forecast": None if value is None else float(value),
                "low": ends and ends[0], "high": ends and ends[1],
                "last_year": last_year[owner][place],
                "plan": plans.get(owner, [None] * 4)[place],
            })  # fmt: skip
    return sorted(rows, key=lambda row: (row["month"], row["months"], row["manager_id"]))


def plans_ahead(ledger, month):
    """The plans of the three months, by the levels that have plans in the year up to the month."""
    if not getattr(ledger, "plans", []):
        return {}
    s, _ = oracle_plan.settings_of({})
    year = oracle_plan.year_of(ledger, month, s)
    rows = oracle_plan.monthly(ledger, last_day(month))
    named = {oracle_plan.named(row) for row in rows if row["month"] in year}
    own = {row["manager_id"] for row in rows
           if row["month"] in year and oracle_plan.named(row) in ("m", "mp")}  # fmt: skip
    ahead = [shifted(month, step) for step in (1, 2, 3)]
    rows = [row for row in rows if row["month"] in ahead]
    parts = {}  # of managers; whoever they are
    for row in rows:
        name = oracle_plan.named(row)
        if name == ("c" if "c" in named else "cp"):
            owner = row["manager_id"] or UNASSIGNED
            if row["client_id"] != NEW:
                owner = owner_on(ledger, row["client_id"], last_day(month))
            if owner not in own:
                parts.setdefault((owner, "clients"), []).append(row)
        elif row["manager_id"] in own and name in ("m", "mp"):
            has_whole = any(each["manager_id"] == row["manager_id"]
                            and oracle_plan.named(each) == "m" for each in rows)  # fmt: skip
            if name == ("m" if has_whole else "mp"):
                parts.setdefault((row["manager_id"], "own"), []).append(row)
    company = [row for each in parts.values() for row in each]
    if "" in named:
        company = [row for row in rows if oracle_plan.named(row) == ""]
    elif named == {"p"}:
        company = [row for row in rows if oracle_plan.named(row) == "p"]
    plans = {owner: by_months(each, ahead) for (owner, basis), each in parts.items()
             if basis == "clients"}  # fmt: skip
    return with_sum(plans | {COMPANY: by_months(company if named else [], ahead)}) if named else {}


def by_months(rows, months):
    found = [[row["amount"] for row in rows if row["month"] == each] for each in months]
    return [sum(each, ZERO) if each else None for each in found]


def forecast_backtest(ledger, month, *, min_clients=30):
    """How far sums of three months were off at the last origins."""
    rows = []
    for level in ("company", "managers"):
        points, used = [], set()
        for origin in origins(ledger, month):
            forecasts, _, last_year, _ = told(ledger, origin, min_clients)
            actual = came(ledger, origin)
            ends = intervals(ledger, origin, min_clients)[3][level == "managers"]
            for owner, values in forecasts.items():
                if (owner == COMPANY) == (level == "company") and values[3] is not None:
                    used.add(origin)
                    value, real = float(values[3]), float(actual.get(owner, [ZERO] * 4)[3])
                    inside = None
                    if ends is not None:
                        low, high = sorted(value * each for each in ends)
                        inside = low <= real <= high
                    points.append((value, float(last_year[owner][3]), real, inside))
        if not points:
            continue
        total = sum(point[2] for point in points)
        told_ = [point[3] for point in points if point[3] is not None]
        for place, method in enumerate(("season", "last_year")):
            off = [point[place] - point[2] for point in points]
            rows.append({
                "level": level, "method": method, "origins": len(used),
                "error": sum(map(abs, off)) / total if total > 0 else None,
                "bias": sum(off) / total if total > 0 else None,
                "inside": sum(told_) / len(told_) if told_ and method == "season" else None,
            })  # fmt: skip
    return sorted(rows, key=lambda row: (row["level"], row["method"]))
