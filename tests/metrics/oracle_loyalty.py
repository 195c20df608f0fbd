"""The loyalty tables once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, answer by answer. Shares are Fractions; the floats are the
ends of an interval and the p-value. A verdict is decided by squares of Fractions.
"""

import math
from dataclasses import dataclass, field, fields
from datetime import timedelta
from fractions import Fraction

from tests.metrics import oracle
from tests.metrics.oracle import (
    COMPANY,
    classified,
    exact,
    first_day,
    last_day,
    manager_name,
    months_of_window,
    owner_on,
    purchase_days,
    ratio,
    shifted,
)
from tests.metrics.oracle_activity import Settings as Activity
from tests.metrics.oracle_activity import day_of, touches

NOTHING = "(none)"
Z = Fraction(1_959_964, 1_000_000)
STAYED = timedelta(days=180)
ANSWERS = ("promoter", "passive", "detractor")


@dataclass
class Ledger(oracle.Ledger):
    """The source tables, with surveys; a client may also have client_group and region.

    surveys: asked_on, responded_on, score, client_id, comment, each of them or None.
    """

    surveys: list = field(default_factory=list)


@dataclass(frozen=True)
class Settings:
    """Thresholds of the loyalty tables, with their defaults."""

    target: float = 0.45
    min_answers: int = 10
    scale: str = "0-10"  # nothing is rescaled: what a score means is the same on both

    def __post_init__(self):
        if self.scale not in ("0-10", "1-10"):
            raise ValueError(f"scale: {self.scale}")


# --- the tables ---------------------------------------------------------------------------------


def nps(ledger, month, **settings):
    """One row per dimension and key with an answer or somebody asked; the company always."""
    s, classes = settings_of(settings)
    end = last_day(month)
    window = months_of_window(ledger, month, classes.window_months)
    votes = votes_of_window(ledger, month, classes)
    before = votes_before(ledger, month, classes)
    asked = asked_in_window(ledger, month, classes)
    ever_asked = any(row["asked_on"] is not None and row["asked_on"] <= end
                     for row in ledger.surveys)  # fmt: skip
    rows = []
    for dimension, key in sorted({(COMPANY, COMPANY), *votes, *asked}):
        scores = votes.get((dimension, key), [])
        earlier = before.get((dimension, key), [])
        members = members_of(ledger, month, dimension, key, classes)
        answered = [row for row in members if row["answered"]]
        enough = len(scores) >= s.min_answers
        comparable = enough and len(earlier) >= s.min_answers
        low, high = interval(scores) if enough else (None, None)
        if ever_asked:
            those = asked.get((dimension, key), {})
            number, share = len(those), ratio(sum(those.values()), len(those))
        else:
            counted = [row for row in members if row["counted"]]
            number, share = None, ratio(sum(row["answered"] for row in counted), len(counted))
        rows.append({
            "month": month,
            "dimension": dimension,
            "key": key,
            "name": manager_name(ledger, key) if dimension == "manager" else key,
            "answers": len(scores),
            **{f"{kind}s": sum(kind_of(score) == kind for score in scores) for kind in ANSWERS},
            "nps": net(scores) if enough else None,
            "low": low,
            "high": high,
            "verdict": verdict(scores, exact(s.target)) if enough else None,
            "previous": net(earlier) if comparable else None,
            "p_value": p_value(scores, earlier) if comparable else None,
            "asked": number,
            "answered_share": share,
            "revenue_share": ratio(sum(row["revenue"] for row in answered),
                                   sum(row["revenue"] for row in members)),
            "window_months": len(window),
        })  # fmt: skip
    return rows


def nps_trend(ledger, month, **settings):
    """One row per whole quarter, of the last 8, and key with an answer in it."""
    s, _ = settings_of(settings)
    known = known_by(ledger, last_day(month))
    start = shifted(month, -2)  # the last quarter that is over by m begins here or before
    while start.month not in (1, 4, 7, 10):
        start = shifted(start, -1)
    rows = []
    for quarter in sorted(shifted(start, -3 * back) for back in range(8)):
        counted = counted_answers(ledger, quarter, last_day(shifted(quarter, 2)), known)
        votes = {}
        for answer in counted:
            votes.setdefault((COMPANY, COMPANY), []).append(answer["score"])
            if answer["client_id"] in known:
                owner = owner_on(ledger, answer["client_id"], answer["responded_on"])
                votes.setdefault(("manager", owner), []).append(answer["score"])
        for (dimension, key), scores in sorted(votes.items()):
            enough = len(scores) >= s.min_answers
            low, high = interval(scores) if enough else (None, None)
            rows.append({
                "quarter": quarter,
                "dimension": dimension,
                "key": key,
                "name": manager_name(ledger, key) if dimension == "manager" else key,
                "answers": len(scores),
                "nps": net(scores) if enough else None,
                "low": low,
                "high": high,
            })  # fmt: skip
    return rows


def nps_money(ledger, month, **settings):
    """Four rows, of the counted clients by their last answer in the window."""
    _, classes = settings_of(settings)
    end = last_day(month)
    known = known_by(ledger, end)
    window = months_of_window(ledger, month, classes.window_months)
    last = {answer["client_id"]: kind_of(answer["score"])
            for answer in window_answers(ledger, window, known)}  # fmt: skip
    counted = [row for row in classified(ledger, month, classes) if row["counted"]]
    total = sum(row["revenue"] for row in counted)
    rows = []
    for kind in [*ANSWERS, "none"]:
        of_kind = [row for row in counted if last.get(row["client_id"], "none") == kind]
        margins = [row["margin"] for row in of_kind if row["margin"] is not None]
        revenue = sum((row["revenue"] for row in of_kind), Fraction(0))
        followed = (
            stayed_without_answer(ledger, end, classes)
            if kind == "none"
            else stayed_after(ledger, month, kind, known, classes)
        )
        rows.append({
            "answer": kind,
            "clients": len(of_kind),
            "revenue": revenue,
            "revenue_share": ratio(revenue, total),
            "margin": sum(margins) if margins else None,
            "revenue_per_client": ratio(revenue, len(of_kind)),
            "stayed": ratio(sum(followed), len(followed)),
        })  # fmt: skip
    return rows


def detractors(ledger, month, as_of=None, **settings):
    """Known clients whose last answer is below 7, the largest first, those touched since last.

    As of a day: the answers of the months that end with the day's month, up to it; known and owned
    as at the end of that month; the revenue of the window that ends with *month*.
    """
    _, classes = settings_of(settings)
    today = as_of or last_day(month)
    known = known_by(ledger, last_day(first_day(today)))
    window = months_of_window(ledger, first_day(today), classes.window_months)
    money = {row["client_id"]: row["revenue"] for row in classified(ledger, month, classes)}
    names = {row["client_id"]: row["client_name"] for row in ledger.clients}
    rows = []
    for answer in window_answers(ledger, window, known, today):
        client_id = answer["client_id"]
        if client_id not in known or kind_of(answer["score"]) != "detractor":
            continue
        days = [day_of(touch) for touch in touches(ledger, None, today, Activity())
                if touch["client_id"] == client_id]  # fmt: skip
        touched = any(day >= answer["responded_on"] for day in days)
        waiting = ledger.activities and not touched
        rows.append({
            "manager_id": owner_on(ledger, client_id, today),
            "client_id": client_id,
            "client_name": names.get(client_id),
            "score": answer["score"],
            "responded_on": answer["responded_on"],
            "comment": answer["comment"],
            "revenue": money.get(client_id, Fraction(0)),
            "last_touch": max(days) if days else None,
            "days_unanswered": (today - answer["responded_on"]).days if waiting else None,
            "touched": touched,
        })  # fmt: skip
    rows.sort(key=lambda row: (row["touched"], -row["revenue"], row["client_id"]))
    return [{column: row[column] for column in row if column != "touched"} for row in rows]


# --- answers ------------------------------------------------------------------------------------


def given(ledger):
    """Rows with a score, and a day to place it."""
    return [row for row in ledger.surveys
            if row["score"] is not None and row["responded_on"] is not None]  # fmt: skip


def counted_answers(ledger, first, last, known):
    """The last answer of each known client from one day to another, and every other answer."""
    inside = [row for row in given(ledger) if first <= row["responded_on"] <= last]
    latest = {}
    for row in inside:
        client_id = row["client_id"]
        if client_id not in known:
            continue
        other = latest.get(client_id)
        if other is None or later(row) > later(other):
            latest[client_id] = row
    return [*latest.values(), *(row for row in inside if row["client_id"] not in known)]


def later(row):
    """The later answer is larger; of one day the lower score."""
    return row["responded_on"], -exact(row["score"])


def window_answers(ledger, window, known, until=None):
    """What counts in the months of a window, up to a day of its last month."""
    if not window:
        return []
    return counted_answers(ledger, window[0], until or last_day(window[-1]), known)


def kind_of(score):
    """Promoter from 9 on, detractor below 7, else passive; on whatever scale."""
    return "promoter" if score >= 9 else "detractor" if score < 7 else "passive"


def known_by(ledger, day):
    """Clients with a line up to the day, or in clients and created by then."""
    known = {line["client_id"] for line in ledger.lines if line["shipped_on"] <= day}
    return known | {row["client_id"] for row in ledger.clients
                    if row["created_on"] is None or row["created_on"] <= day}  # fmt: skip


# --- dimensions and keys ------------------------------------------------------------------------


def keys_of(ledger, client_id, day, letters):
    """All (dimension, key) that a client's row of a day stands in; one not known: the company."""
    if client_id not in letters:
        return [(COMPANY, COMPANY)]
    card = next((row for row in ledger.clients if row["client_id"] == client_id), {})
    return [
        (COMPANY, COMPANY),
        ("manager", owner_on(ledger, client_id, day)),
        ("abc", letters[client_id]),
        ("client_group", card.get("client_group") or NOTHING),
        ("region", card.get("region") or NOTHING),
    ]


def letters_of(ledger, month, classes):
    """The volume class of every client known by the month."""
    return {row["client_id"]: row["abc"] for row in classified(ledger, month, classes)}


def votes_of_window(ledger, month, classes):
    """(dimension, key) -> the scores that count, of the window that ends with the month."""
    letters = letters_of(ledger, month, classes)
    window = months_of_window(ledger, month, classes.window_months)
    votes = {}
    for answer in window_answers(ledger, window, set(letters)):
        for key in keys_of(ledger, answer["client_id"], answer["responded_on"], letters):
            votes.setdefault(key, []).append(answer["score"])
    return votes


def votes_before(ledger, month, classes):
    """The same of the window before, as its own month told it.

    Nothing unless some row of surveys is dated before that window's first day.
    """
    earlier = shifted(month, -classes.window_months)
    window = months_of_window(ledger, earlier, classes.window_months)
    dates = [row[column] for row in ledger.surveys for column in ("asked_on", "responded_on")
             if row[column] is not None]  # fmt: skip
    if not window or not dates or min(dates) >= window[0]:
        return {}
    return votes_of_window(ledger, earlier, classes)


def asked_in_window(ledger, month, classes):
    """(dimension, key) -> {who was asked in the window: whether a score came by its end}.

    Whoever is no known client is somebody else in each row.
    """
    letters, end = letters_of(ledger, month, classes), last_day(month)
    window = months_of_window(ledger, month, classes.window_months)
    asked = {}
    for number, row in enumerate(ledger.surveys):
        if row["asked_on"] is None or first_day(row["asked_on"]) not in window:
            continue
        who = row["client_id"] if row["client_id"] in letters else number
        answered = row in given(ledger) and row["responded_on"] <= end
        for key in keys_of(ledger, row["client_id"], row["asked_on"], letters):
            cell = asked.setdefault(key, {})
            cell[who] = cell.get(who, False) or answered
    return asked


def members_of(ledger, month, dimension, key, classes):
    """Clients known by the month, of a key by the owner at its end; answered: in the window."""
    letters, end = letters_of(ledger, month, classes), last_day(month)
    window = months_of_window(ledger, month, classes.window_months)
    answerers = {row["client_id"] for row in window_answers(ledger, window, set(letters))}
    return [
        {**row, "answered": row["client_id"] in answerers}
        for row in classified(ledger, month, classes)
        if (dimension, key) in keys_of(ledger, row["client_id"], end, letters)
    ]


# --- net promoter score -------------------------------------------------------------------------


def shares(scores):
    """Shares of promoters and of detractors."""
    kinds = [kind_of(score) for score in scores]
    return tuple(Fraction(kinds.count(kind), len(kinds)) for kind in ("promoter", "detractor"))


def net(scores):
    """Share of promoters less share of detractors."""
    promoters, critics = shares(scores)
    return promoters - critics


def variance(promoters, critics, answers):
    """Of the difference of two shares of one sample."""
    return (promoters + critics - (promoters - critics) ** 2) / answers


def adjusted(scores):
    """Centre and variance with 3 answers more, ¾ of them promoters and ¾ detractors."""
    answers = len(scores) + 3
    promoters, critics = ((share * len(scores) + Fraction(3, 4)) / answers
                          for share in shares(scores))  # fmt: skip
    return promoters - critics, variance(promoters, critics, answers)


def interval(scores):
    """The ends of the adjusted Wald interval, within ± 1."""
    centre, spread = adjusted(scores)
    half = float(Z) * math.sqrt(spread)
    return max(-1.0, float(centre) - half), min(1.0, float(centre) + half)


def verdict(scores, target):
    """Good: the low end reaches the target; poor: the high end does not; without any root.

    The target lies above −1, so that the cut at ± 1 decides nothing.
    """
    centre, spread = adjusted(scores)
    distance, half = (centre - target) ** 2, Z**2 * spread
    if centre >= target and distance >= half:
        return "good"
    return "poor" if centre < target and distance > half else "open"


def p_value(scores, earlier):
    """Two-sided normal test of the difference; None where neither window varies."""
    spread = sum(variance(*shares(each), len(each)) for each in (scores, earlier))
    if spread == 0:
        return None
    return math.erfc(math.sqrt((net(scores) - net(earlier)) ** 2 / spread / 2))


# --- who stayed ---------------------------------------------------------------------------------


def bought(ledger, client_id, first, last):
    """Whether a client has a purchase from one day to another."""
    lines = [line for line in ledger.lines if line["client_id"] == client_id]
    return any(first <= day <= last for day in purchase_days(lines))


def stayed_after(ledger, month, kind, known, classes):
    """For each answer of the kind, at least 180 days old, in two windows: a purchase in 180 days.

    From the day after the answer on; all answers, not only a client's last.
    """
    end = last_day(month)
    months = months_of_window(ledger, month, 2 * classes.window_months)
    return [
        bought(ledger, row["client_id"], row["responded_on"] + timedelta(days=1),
               row["responded_on"] + STAYED)
        for row in given(ledger)
        if row["client_id"] in known and kind_of(row["score"]) == kind
        and first_day(row["responded_on"]) in months and row["responded_on"] <= end - STAYED
    ]  # fmt: skip


def stayed_without_answer(ledger, end, classes):
    """For each client who bought in the window up to 180 days ago, silent until then: bought since.

    The window: the months that end with that day's month.
    """
    then = end - STAYED
    start = shifted(first_day(then), 1 - classes.window_months)
    answered = {row["client_id"] for row in given(ledger) if row["responded_on"] <= then}
    return [
        bought(ledger, client_id, then + timedelta(days=1), end)
        for client_id in sorted({line["client_id"] for line in ledger.lines} - answered)
        if bought(ledger, client_id, start, then)
    ]


# --- settings -----------------------------------------------------------------------------------


def settings_of(changed):
    """The settings of this topic, and those of the classes."""
    own = {each.name for each in fields(Settings)}
    return (
        Settings(**{name: value for name, value in changed.items() if name in own}),
        oracle.Settings(**{name: value for name, value in changed.items() if name not in own}),
    )
