"""Flow between classes and candidates for them once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, client by client, on the plain rows of the other oracles.
"""

from fractions import Fraction

from tests.metrics import oracle_activity, oracle_regularity, oracle_retention
from tests.metrics.oracle import (
    COMPANY,
    Settings,
    classified,
    cut_offs,
    exact,
    first_day,
    is_full,
    last_day,
    manager_name,
    months_of_window,
    purchase_days,
    ratio,
    shifted,
)
from tests.metrics.oracle_migration import REGULAR_FIRST, WORST_LAST, compared

FLOWS = (
    "opening", "new", "returned", "up_in", "down_in", "transferred_in", "up_out", "down_out",
    "lost", "transferred_out", "closing",
)  # fmt: skip
INS = ("new", "returned", "up_in", "down_in", "transferred_in")
OUTS = ("up_out", "down_out", "lost", "transferred_out")
SCALES = {"abc": WORST_LAST, "xyz": REGULAR_FIRST}
LETTERS_BELOW = {"A": ("abc", "BC"), "X": ("xyz", "Y")}  # who may be about to reach the target


# --- flow ---------------------------------------------------------------------------------------


def class_flow(ledger, month, from_month=None, **settings):
    """Clients by manager, scale and class: from opening to closing; "*" is the company."""
    clients = compared(ledger, month, from_month, settings)
    cells = {}
    for row in clients:
        for scale in SCALES:
            for manager_id, letter, flow in moves_of(row, scale):
                cell = cells.setdefault((manager_id, scale, letter), dict.fromkeys(FLOWS, 0))
                cell[flow] += 1
    rows = []
    for (manager_id, scale, letter), cell in sorted(cells.items()):
        rows.append({
            "manager_id": manager_id,
            "manager_name": manager_name(ledger, manager_id),
            **{key: clients[0][key] for key in ("from_month", "to_month", "window_months")},
            "scale": scale,
            "class": letter,
            **cell,
        })  # fmt: skip
        ins, outs = (sum(cell[flow] for flow in flows) for flows in (INS, OUTS))
        assert cell["opening"] + ins - outs == cell["closing"], rows[-1]
    return rows


def moves_of(row, scale):
    """(manager, letter, column) of each count of a client, for the company and its owners.

    Only who bought in a window has a letter there; that of unknown margin is "-".
    """
    before = row[f"from_{scale}"] if row["from_xyz"] != "-" else None
    after = row[f"to_{scale}"] if row["to_xyz"] != "-" else None
    way = row["direction"]
    found = stay_or_move(COMPANY, before, after, way, SCALES[scale])
    if not row["transferred"]:
        return found + stay_or_move(row["manager_id"], before, after, way, SCALES[scale])
    if before:
        found += [(row["first_owner"], before, "opening"),
                  (row["first_owner"], before, "transferred_out")]  # fmt: skip
    if after:
        found += [(row["manager_id"], after, "transferred_in"),
                  (row["manager_id"], after, "closing")]  # fmt: skip
    return found


def stay_or_move(manager_id, before, after, way, best_first):
    """The counts of a client whom this manager has at both ends; None: not in that window."""
    found = []
    if before:
        found.append((manager_id, before, "opening"))
    if after:
        found.append((manager_id, after, "closing"))
    if before and after and before != after:
        up = best_first.index(after) < best_first.index(before)
        found.append((manager_id, before, "up_out" if up else "down_out"))
        found.append((manager_id, after, "up_in" if up else "down_in"))
    elif before and not after:
        found.append((manager_id, before, "lost"))
    elif after and not before:
        found.append((manager_id, after, way))  # new or returned
    return found


# --- candidates ---------------------------------------------------------------------------------


def class_candidates(ledger, month, as_of=None, candidate_pace=0.8, mature_days=180, min_gaps=3,
                     late_quantile=0.9, min_call_minutes=0.5, **settings):  # fmt: skip
    """Who is about to reach A or X: A by missing money, X by revenue descending.

    *as_of*: the day up to which the data go; by default the month's end.
    """
    s = Settings(**settings)
    until = as_of or last_day(month)
    late = oracle_regularity.overdue_clients(
        ledger, month, until, min_gaps, late_quantile, window_months=s.window_months
    )
    away = {row["client_id"] for row in late}  # late or silent
    once_counts = second_purchases_are_usual(ledger, month, mature_days)
    touched = last_touches(ledger, until, min_call_minutes)
    cuts = cut_offs(ledger, month, s)
    rows = []
    for client in classified(ledger, month, s):
        if not client["counted"] or client["client_id"] in away:
            continue
        lines = [line for line in ledger.lines if line["client_id"] == client["client_id"]
                 and line["shipped_on"] <= last_day(month)]  # fmt: skip
        shown = {
            "month": month,
            "manager_id": client["manager_id"],
            "client_id": client["client_id"],
            "client_name": client["client_name"],
            "target": None,
            **{key: client[key] for key in ("abc", "xyz", "revenue")},
            "missing_money": None,
            "missing_months": None,
            "pace": None,
            "last_on": client["last_on"],
            "last_touch": touched.get(client["client_id"]),
        }
        if len(purchase_days(lines)) < 2 and not once_counts:
            continue
        if client["abc"] in ("B", "C") and cuts:
            pace = pace_of(ledger, lines, client, month, s)
            if pace >= exact(candidate_pace) * cuts[0]:
                missing = max(cuts[0] - client["amount"], Fraction(0))
                rows.append(shown | {"target": "A", "missing_money": missing, "pace": pace})
        if client["xyz"] == "Y" and s.xyz_by in ("months", "either"):
            missing = active_months_needed(ledger, client, month, s) - client["active_months"]
            if missing == 1:
                rows.append(shown | {"target": "X", "missing_months": 1})
    return sorted(rows, key=place_in_list)


def place_in_list(row):
    """A before X; the nearest to A first, the largest of the others first; then client_id."""
    worth = row["missing_money"] if row["target"] == "A" else -row["revenue"]
    return row["target"], worth, row["client_id"]


def pace_of(ledger, lines, client, month, s):
    """Mean of the window's money and what its last half would make in a whole window."""
    window = months_of_window(ledger, month, s.window_months)
    half = window[len(window) // 2 :]  # of an odd number the larger part
    recent = sum((money_of(line, s) for line in lines if first_day(line["shipped_on"]) in half),
                 Fraction(0))  # fmt: skip
    return (client["amount"] + recent / len(half) * len(window)) / 2


def money_of(line, s):
    """What abc goes by: revenue, or the margin of a line with a cost (else nothing)."""
    if s.abc_by == "revenue":
        return exact(line["revenue"])
    return Fraction(0) if line["cost"] is None else exact(line["revenue"]) - exact(line["cost"])


def active_months_needed(ledger, client, month, s):
    """The fewest active months of this window that make a client X by months."""
    window = months_of_window(ledger, month, s.window_months)
    possible = sum(each >= first_day(client["first_on"]) for each in window)
    needed = 3
    while needed < exact(s.x_active_share) * possible:
        needed += 1
    return needed


def second_purchases_are_usual(ledger, month, mature_days):
    """Whether half of the company's clients old enough made a second purchase; unknown: no."""
    for row in oracle_retention.repeat_ladder(ledger, month, mature_days):
        if row["manager_id"] == COMPANY and row["purchase_no"] == 2:
            return row["conversion"] is not None and row["conversion"] >= Fraction(1, 2)
    return False


def last_touches(ledger, until, min_call_minutes):
    """client_id -> day of the last touch by anybody, up to that day."""
    rules = oracle_activity.Settings(min_call_minutes=min_call_minutes)
    last = {}
    for touch in oracle_activity.touches(ledger, None, until, rules):
        client_id, day = touch["client_id"], oracle_activity.day_of(touch)
        last[client_id] = max(day, last.get(client_id, day))
    return last


# --- was the list any good? ---------------------------------------------------------------------


def candidates_check(ledger, month, **settings):
    """The list of half a window ago against the classes of the month, and the obvious list."""
    others = ("candidate_pace", "mature_days", "min_gaps", "late_quantile", "min_call_minutes")
    s = Settings(**{key: value for key, value in settings.items() if key not in others})
    then = shifted(month, -(s.window_months // 2))
    if not is_full(ledger, then, s):
        return []
    now = {row["client_id"]: row for row in classified(ledger, month, s)}
    listed_then = class_candidates(ledger, then, **settings)
    rows = []
    for target in ("A", "X"):
        scale = LETTERS_BELOW[target][0]
        listed = [row["client_id"] for row in listed_then if row["target"] == target]
        if not listed:
            continue
        obvious = obvious_list(ledger, then, target, s)[: len(listed)]
        reached, base = (sum(now[client_id][scale] == target for client_id in those)
                         for those in (listed, obvious))  # fmt: skip
        rate, base = Fraction(reached, len(listed)), Fraction(base, len(obvious))
        rows.append({
            "month": month,
            "target": target,
            "listed": len(listed),
            "reached": reached,
            "rate": rate,
            "base": base,
            "lift": ratio(rate, base),
        })  # fmt: skip
    return rows


def obvious_list(ledger, month, target, s):
    """Counted clients of the letters below, the largest first; for X by active months before."""
    scale, below = LETTERS_BELOW[target]
    clients = [row for row in classified(ledger, month, s)
               if row["counted"] and row[scale] in below]  # fmt: skip

    def place(row):
        months = -row["active_months"] if target == "X" else 0
        unknown = row["amount"] is None
        return months, unknown, Fraction(0) if unknown else -row["amount"], row["client_id"]

    return [row["client_id"] for row in sorted(clients, key=place)]
