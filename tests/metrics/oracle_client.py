"""The tables of one client and the list of all once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, line by line. Money is a Fraction. The little language of
categories is read here by a grammar of five rules.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from tests.metrics import oracle, oracle_activity, oracle_plan
from tests.metrics.oracle import (
    Settings,
    classified,
    exact,
    exact_sum,
    first_day,
    first_month,
    last_day,
    months_of_window,
    owner_by,
    purchase_days,
    ratio,
    shifted,
    with_costs,
)

NONE = "(none)"
ORDER = ("purchase", "return", "activity", "invoice", "answer", "case", "plan", "class change",
         "handover")  # fmt: skip
MONTHS = 36  # that client_months shows

CLIENT_CARD = ("client_id", "on", "what", "detail", "money", "who")
CLIENT_MONTHS = ("client_id", "month", "revenue", "year_ago", "margin", "purchases", "class")
CLIENT_PRODUCTS = (
    "client_id", "product_id", "product_name", "product_group", "revenue", "revenue_before",
    "quantity", "quantity_before", "price", "price_before", "last_on", "status",
)  # fmt: skip
CLIENT_LIST = (
    "client_id", "client_name", "manager_id", "client_group", "region", "phone", "email", "tags",
    "abc", "xyz", "stage", "first_on", "last_on", "purchases", "revenue", "revenue_ever",
    "margin_rate", "last_touch", "open", "overdue", "nps_score", "plan_gap", "expected_12",
    "categories",
)  # fmt: skip


@dataclass
class Ledger(oracle.Ledger):
    """The source tables; a client may have client_group, region, phone, email, tags.

    products: product_id, product_name, product_group, unit_cost; plans: as oracle_plan has them;
    surveys: responded_on, score, client_id, comment; tickets: ticket_id, opened_at, client_id,
    agent; receivables: invoice_id, client_id, invoiced_on, amount, paid_on, paid_amount.
    """

    products: list = field(default_factory=list)
    plans: list = field(default_factory=list)
    surveys: list = field(default_factory=list)
    tickets: list = field(default_factory=list)
    receivables: list = field(default_factory=list)
    kept: dict = field(default_factory=dict, repr=False, compare=False)  # worked out already


# --- the tables ---------------------------------------------------------------------------------


def client_card(ledger, month, client_id, as_of=None, card_rows=200, **settings):
    """The whole history of a client known by the day, newest first, at most so many rows.

    Within a day by ORDER, then by detail. *detail* holds the words that tell a row from others of
    its kind: a tuple, of which ours must name each.
    """
    today = as_of or last_day(month)
    rows = [
        {"client_id": client_id, "on": on, "what": what, "detail": detail, "money": money,
         "who": who}
        for what, of_kind in (
            ("purchase", shipped), ("activity", done), ("invoice", invoiced),
            ("answer", answered), ("case", opened), ("plan", planned),
            ("class change", reclassed), ("handover", handed_over),
        )
        for what, on, detail, money, who in of_kind(ledger, client_id, today, Settings(**settings))
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row["on"].toordinal(), ORDER.index(row["what"]), row["detail"]))
    return rows[:card_rows]


def client_months(ledger, month, client_id="", **settings):
    """The 36 months up to m, from the data's first on, of every client known by m."""
    s = Settings(**settings)
    shown, first = months_of_window(ledger, month, MONTHS), first_month(ledger)
    rows = []
    for who in known_by(ledger, month, s):
        lines, days = lines_of(ledger, who), purchase_days(lines_of(ledger, who))
        revenue = by_month(lines)
        margin = by_month([{**line, "revenue": exact(line["revenue"]) - line["cost"]}
                           for line in lines if line["cost"] is not None])  # fmt: skip
        for each in shown if client_id in ("", who) else ():
            before = shifted(each, -12)
            classed = classes_of(ledger, each, s).get(who)
            rows.append({
                "client_id": who,
                "month": each,
                "revenue": revenue.get(each, Fraction(0)),
                "year_ago": revenue.get(before, Fraction(0)) if before >= first else None,
                "margin": margin.get(each),
                "purchases": sum(first_day(day) == each for day in days),
                "class": classed["abc"] + classed["xyz"] if classed else None,
            })  # fmt: skip
    return rows


def client_products(ledger, month, client_id="", **settings):
    """Products of each client with a line in the comparable months of the window or before.

    Where no month is comparable: in the whole window, and nothing is told of before.
    """
    s = Settings(**settings)
    window, first = months_of_window(ledger, month, s.window_months), first_month(ledger)
    now = [each for each in window if shifted(each, -12) >= first]
    then, is_known = [shifted(each, -12) for each in now], bool(now)
    now = now or window
    cards = {row["product_id"]: row for row in ledger.products}
    rows = []
    for who in known_by(ledger, month, s) if client_id == "" else [client_id]:
        lines = [line for line in lines_of(ledger, who) if line["shipped_on"] <= last_day(month)]
        for product_id in sorted({line.get("product_id") or NONE for line in lines}):
            own = [line for line in lines if (line.get("product_id") or NONE) == product_id]
            after = [line for line in own if first_day(line["shipped_on"]) in now]
            before = [line for line in own if first_day(line["shipped_on"]) in then]
            if not after + before:
                continue
            card = cards.get(product_id, {})
            rows.append({
                "client_id": who,
                "product_id": product_id,
                "product_name": card.get("product_name") or product_id,
                "product_group": card.get("product_group") or NONE,
                "revenue": money_of(after),
                "revenue_before": money_of(before) if is_known else None,
                "quantity": quantity_of(after),
                "quantity_before": quantity_of(before) if is_known else None,
                "price": price_of(after),
                "price_before": price_of(before) if is_known else None,
                "last_on": max((each["shipped_on"] for each in own if each["revenue"] > 0),
                               default=None),
                "status": status_of(money_of(before), money_of(after)) if is_known else None,
            })  # fmt: skip
    return rows


def client_list(ledger, month, categories=None, year_start=1, **settings):
    """One row per client known by m. open, overdue and expected_12 are other topics': empty."""
    s, end = Settings(**settings), last_day(month)
    window = months_of_window(ledger, month, s.window_months)
    cards = {row["client_id"]: row for row in ledger.clients}
    touched, scores = last_touches(ledger, end), last_scores(ledger, end)
    gaps = plan_gaps(ledger, month, year_start)
    rows = []
    for who, classed in classes_of(ledger, month, s).items():
        lines = [line for line in lines_of(ledger, who) if line["shipped_on"] <= end]
        costed = [
            line
            for line in lines
            if line["cost"] is not None and first_day(line["shipped_on"]) in window
        ]
        card = cards.get(who, {})
        row = {
            "client_id": who,
            "client_name": classed["client_name"],
            "manager_id": classed["manager_id"],
            **{name: card.get(name) for name in ("client_group", "region", "phone", "email",
                                                 "tags")},
            **{name: classed[name] for name in ("abc", "xyz", "stage", "first_on", "last_on",
                                                "purchases", "revenue")},
            "revenue_ever": money_of(lines),
            "margin_rate": ratio(money_of(costed) - sum(line["cost"] for line in costed),
                                 money_of(costed)),
            "last_touch": touched.get(who),
            "open": None,
            "overdue": None,
            "nps_score": scores.get(who),
            "plan_gap": gaps.get(who),
            "expected_12": None,
        }  # fmt: skip
        told = {**row, "client_name": row["client_name"] or who}
        found = [name for name, text in (categories or {}).items() if holds(text, told)]
        rows.append(row | {"categories": ", ".join(found) or None})
    return rows


# --- the history of a client: (what, on, detail, money, who) ------------------------------------


def shipped(ledger, client_id, today, s):
    """Each shipment id of a day with revenue, credited to whom it brought most (the smaller id)."""
    parts = {}
    for line in lines_of(ledger, client_id):
        if line["shipped_on"] <= today:
            who = line["manager_id"] or owner_of(ledger, client_id, line["shipped_on"], s)
            shares = parts.setdefault((line["shipped_on"], line["shipment_id"]), {})
            shares[who] = shares.get(who, 0) + exact(line["revenue"])
    for (day, shipment_id), shares in parts.items():
        money = sum(shares.values())
        if money:
            credit = min(shares, key=lambda who: (-shares[who], who))
            yield "purchase" if money > 0 else "return", day, (shipment_id,), money, credit


def done(ledger, client_id, today, s):
    """What was done with the client, however short; by whom."""
    for row in oracle_activity.done(ledger, None, today, oracle_activity.Settings()):
        if row["client_id"] == client_id:
            yield "activity", oracle_activity.day_of(row), (row["kind"],), None, row["manager_id"]


def invoiced(ledger, client_id, today, s):
    for row in ledger.receivables:
        if row["client_id"] == client_id and row["invoiced_on"] <= today:
            yield "invoice", row["invoiced_on"], (row["invoice_id"],), exact(row["amount"]), None


def answered(ledger, client_id, today, s):
    for row in ledger.surveys:
        day = row["responded_on"]
        if row["client_id"] == client_id and row["score"] is not None and day and day <= today:
            yield "answer", day, (f"{row['score']:g}",), None, None


def opened(ledger, client_id, today, s):
    for row in ledger.tickets:
        if row["client_id"] == client_id and row["opened_at"].date() <= today:
            yield "case", row["opened_at"].date(), (row["ticket_id"],), None, row["agent"]


def planned(ledger, client_id, today, s):
    """The client's plan of each month that has begun."""
    rows = [row for row in plans_of(ledger) if row["client_id"] == client_id]
    months = {row["month"] for row in rows if row["month"] <= today}
    for month in months:
        amounts = [row["amount"] for row in rows if row["month"] == month]
        yield "plan", month, (), sum(amounts, Fraction(0)), None


def reclassed(ledger, client_id, today, s):
    """On the last day of each whole month whose class differs from that of the month before.

    A client first known in a month had no class before, which could have changed.
    """
    month = shifted(first_month(ledger), 1)
    while last_day(month) <= today:
        rows = [classes_of(ledger, each, s).get(client_id) for each in (shifted(month, -1), month)]
        if all(rows):
            old, new = (row["abc"] + row["xyz"] for row in rows)
            if old != new:
                yield "class change", last_day(month), (old, new), None, None
        month = shifted(month, 1)


def handed_over(ledger, client_id, today, s):
    """Each day on which the owner is another than the day before, once the client has a line."""
    lines = [line["shipped_on"] for line in lines_of(ledger, client_id)]
    days = set(lines)
    for row in ledger.assignments:
        if row["client_id"] == client_id:
            days.add(row["valid_from"])
            if row["valid_to"] is not None:
                days.add(row["valid_to"] + timedelta(days=1))
    for day in sorted(days):
        before = day - timedelta(days=1)
        if day <= today and any(shipped_on < day for shipped_on in lines):
            new = owner_of(ledger, client_id, day, s)
            if new != owner_of(ledger, client_id, before, s):
                yield "handover", day, (), None, new


# --- a client -----------------------------------------------------------------------------------


def kept(ledger, key, make):
    """What *make* gives, worked out once per ledger."""
    if key not in ledger.kept:
        ledger.kept[key] = make()
    return ledger.kept[key]


def costed_lines(ledger):
    """All lines with the costs that count."""
    return kept(ledger, "costed", lambda: with_costs(ledger))


def lines_of(ledger, client_id):
    """The client's lines with the costs that count."""

    def make():
        found = {}
        for line in costed_lines(ledger):
            found.setdefault(line["client_id"], []).append(line)
        return found

    return kept(ledger, "lines", make).get(client_id, [])


def classes_of(ledger, month, s):
    """client_id -> its row of the month, of all who are known by it."""

    def make():
        rows = classified(ledger, month, s, costed_lines(ledger))
        return {row["client_id"]: row for row in rows}

    return kept(ledger, (month, repr(s)), make)


def known_by(ledger, month, s):
    """In order of client_id."""
    return list(classes_of(ledger, month, s))


def owner_of(ledger, client_id, day, s):
    """Whose client on the day."""
    return owner_by(ledger, client_id, lines_of(ledger, client_id), day, s.owner_months)


def by_month(lines):
    """Net revenue of each month with a line."""
    sums = {}
    for line in lines:
        month = first_day(line["shipped_on"])
        sums[month] = sums.get(month, Fraction(0)) + exact(line["revenue"])
    return sums


def money_of(lines):
    return exact_sum(exact(line["revenue"]) for line in lines)


def quantity_of(lines):
    """Of lines that tell one."""
    return sum((exact(line["quantity"]) for line in lines if line.get("quantity") is not None),
               Fraction(0))  # fmt: skip


def price_of(lines):
    """Revenue of the lines with a quantity by their net quantity, where that is positive."""
    counted = [line for line in lines if line.get("quantity") is not None]
    return ratio(money_of(counted), quantity_of(counted))


def status_of(before, after):
    """By positive revenue before and now."""
    return {(False, True): "new", (True, True): "kept", (True, False): "dropped"}.get(
        (before > 0, after > 0)
    )


def last_touches(ledger, end):
    """client_id -> the last day up to *end* on which anybody was in touch."""
    found = {}
    for row in oracle_activity.touches(ledger, None, end, oracle_activity.Settings()):
        day = oracle_activity.day_of(row)
        found[row["client_id"]] = max(day, found.get(row["client_id"], day))
    return found


def last_scores(ledger, end):
    """client_id -> the score of the last answer up to *end*; of one day the lower."""
    last = {}
    for row in ledger.surveys:
        if row["score"] is not None and row["responded_on"] and row["responded_on"] <= end:
            place = row["responded_on"], -exact(row["score"])
            last[row["client_id"]] = max(place, last.get(row["client_id"], place))
    return {client_id: -place[1] for client_id, place in last.items()}


def plans_of(ledger):
    """The rows of clients by month, at their level.

    Rows that name a product group too count only where the client level has no others; no ledger
    of these tests has both.
    """

    def make():
        months = [
            {"shipped_on": month, "revenue": money}
            for month, money in by_month(ledger.lines).items()
        ]
        small = oracle_plan.Ledger(lines=months, plans=ledger.plans)
        until = max((line["shipped_on"] for line in ledger.lines), default=date.min)
        return oracle_plan.client_level(oracle_plan.monthly(small, last_day(first_day(until))))

    return kept(ledger, "plans", make)


def plan_gaps(ledger, month, year_start):
    """client_id -> revenue less plan, from its first month with a plan in the year up to m.

    Only months count in which some client has a plan.
    """
    year = [month]
    while year[0].month != year_start:
        year.insert(0, shifted(year[0], -1))
    first = first_month(ledger)
    rows = [row for row in plans_of(ledger) if row["month"] in year and row["month"] >= first]
    level, gaps = {row["month"] for row in rows}, {}
    for client_id, own in oracle.grouped(rows, lambda row: row["client_id"]):
        start, revenue = min(row["month"] for row in own), by_month(lines_of(ledger, client_id))
        gaps[client_id] = sum(
            (revenue.get(each, Fraction(0)) for each in level if each >= start), Fraction(0)
        ) - sum((row["amount"] for row in own), Fraction(0))
    return gaps


# --- the language of categories -----------------------------------------------------------------


class Refused(ValueError):
    """What is no rule."""


class Untold(ValueError):
    """What the text of the definitions neither allows nor forbids: nothing is compared there."""


DATES = ("first_on", "last_on", "last_touch")
NUMBERS = ("purchases", "revenue", "revenue_ever", "margin_rate", "open", "overdue", "nps_score",
           "plan_gap", "expected_12")  # fmt: skip
COLUMNS = CLIENT_LIST[:-1]
WORDS = ("and", "or", "not")
TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?(?![\w.]))|(?P<text>'[^'\\\n]*'|\"[^\"\\\n]*\")"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|<|>|\(|\)))"
)
COMPARED = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
OPERAND = r"('[^'\\\n]*'|\"[^\"\\\n]*\"|-?\d+(?:\.\d+)?|(?!(?:and|or|not)\b)[A-Za-z_]\w*)"


def holds(text, row):
    """Whether a rule holds for a row."""
    return parsed(text)(row)


def parsed(text):
    """The rule as a function of a row.

    Raises Refused; Untold for a column or a value alone in parentheses.
    """
    try:
        return rule_of(text)
    except Refused:
        bare = re.sub(rf"\(\s*{OPERAND}\s*\)", r" \1 ", text)
        if bare != text and readable(bare):
            raise Untold(text) from None
        raise


def readable(text):
    try:
        return parsed(text) is not None
    except Refused:
        return False
    except Untold:
        return True


def rule_of(text):
    tokens, at = [], 0
    text = text.rstrip()
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise Refused(text[at:])
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    rule, left = either(tokens)
    if left:
        raise Refused(left)
    return rule


def either(tokens):
    """both (or both)*"""
    return joined(tokens, both, "or", any)


def both(tokens):
    """one (and one)*"""
    return joined(tokens, one, "and", all)


def joined(tokens, part, word, how):
    rule, tokens = part(tokens)
    rules = [rule]
    while tokens and tokens[0] == ("word", word):
        rule, tokens = part(tokens[1:])
        rules.append(rule)
    return lambda row: how([rule(row) for rule in rules]), tokens


def one(tokens):
    """not one, ( either ) or a comparison"""
    if tokens and tokens[0] == ("word", "not"):
        rule, tokens = one(tokens[1:])
        return lambda row: not rule(row), tokens
    if tokens and tokens[0] == ("sign", "("):
        rule, tokens = either(tokens[1:])
        if not tokens or tokens[0] != ("sign", ")"):
            raise Refused(tokens)
        return rule, tokens[1:]
    return comparison(tokens)


def comparison(tokens):
    """value sign value; the values of one kind, at least one of them a column's"""
    if len(tokens) < 3 or tokens[1][0] != "sign" or tokens[1][1] not in COMPARED:
        raise Refused(tokens)
    (left, kind), (right, other) = value(tokens[0]), value(tokens[2])

    def rule(row):
        if "word" not in (tokens[0][0], tokens[2][0]) or not fit(kind, other, tokens[0], tokens[2]):
            raise Untold(tokens[:3])
        a, b = left(row), right(row)
        return a is not None and b is not None and COMPARED[tokens[1][1]](a, b)

    return rule, tokens[3:]


def fit(kind, other, a, b):
    """Whether values of two kinds can be held against each other; a date: against a written one."""
    if {kind, other} != {"date", "text"}:
        return kind == other
    text = a[1] if kind == "text" else b[1]
    return re.fullmatch(r"['\"]\d{4}-\d\d-\d\d['\"]", text) is not None


def value(token):
    """What a token stands for in a row, and its kind."""
    group, text = token
    if group == "number":
        return lambda row: exact(Fraction(text)), "number"
    if group == "text":
        return lambda row: text[1:-1], "text"
    if group == "word" and text in COLUMNS:
        kind = "date" if text in DATES else "number" if text in NUMBERS else "text"
        return lambda row: of_cell(row[text]), kind
    raise Refused(token)


def of_cell(cell):
    """A cell as it is compared."""
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}"
    return exact(cell) if isinstance(cell, int | float) else cell
