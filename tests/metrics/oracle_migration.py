"""The migration tables once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, client by client, on the plain rows of `oracle`.
"""

from dataclasses import replace
from fractions import Fraction

from scipy.stats import binomtest

from tests.metrics.oracle import (
    COMPANY,
    Settings,
    classified,
    exact,
    grouped,
    last_day,
    letter_by_amounts,
    manager_name,
    months_of_window,
    owner_by,
    portfolios,
    purchase_days,
    ratio,
    shifted,
)

WORST_LAST = "ABCD-"
REGULAR_FIRST = "XYZ-"
LETTERS = ("from_abc", "to_abc", "from_xyz", "to_xyz")
LINES = ("new", "returned", "growth", "decline", "lost", "transferred_in", "transferred_out")


# --- the tables ---------------------------------------------------------------------------------


def client_migration(ledger, month, from_month=None, **settings):
    """Clients with a purchase or returns in either window."""
    columns = (
        "client_id", "client_name", "manager_id", "from_month", "to_month", "from_class",
        "to_class", "from_stage", "to_stage", "revenue_before", "revenue_after", "revenue_change",
        "direction", "cause", "window_months", *LETTERS,
    )  # fmt: skip
    return [
        {column: row[column] for column in columns}
        for row in compared(ledger, month, from_month, settings)
        if row["direction"]
    ]


def class_leavers(ledger, month, from_month=None, **settings):
    """Clients who were in A or X and are no longer, the biggest loss first."""
    rows = [
        row
        for row in client_migration(ledger, month, from_month, **settings)
        if any(c in row["from_class"] and c not in row["to_class"] for c in "AX")
    ]
    return sorted(rows, key=lambda row: (row["revenue_change"], row["client_id"]))


def migration_matrix(ledger, month, from_month=None, **settings):
    """Clients by their class in either window."""
    cells = counted_by(ledger, month, from_month, settings, ("from_class", "to_class"))
    return [row | letters(row["from_class"], row["to_class"]) for row in cells]


def migration_causes(ledger, month, from_month=None, **settings):
    """Clients whose volume class changed, by way and cause."""
    rows = counted_by(ledger, month, from_month, settings, ("direction", "cause"))
    for row in rows:
        own = [other for other in rows if other["manager_id"] == row["manager_id"]]
        up, down = (sum(each["clients"] for each in own if each["direction"] == way)
                    for way in ("up", "down"))  # fmt: skip
        p_value = binomtest(up, up + down).pvalue
        way = ("mostly up" if up > down else "mostly down") if p_value < 0.05 else "balanced"
        everybody = row["manager_id"] == COMPANY
        row |= {"p_value": None if everybody else p_value, "balance": None if everybody else way}
    return rows


def migration_bridge(ledger, month, from_month=None, warn_transferred=0.2, **settings):
    """From opening to closing, each client in one line per manager."""
    clients = compared(ledger, month, from_month, settings)
    bridges = {}
    for row in clients:
        for manager_id, line, amount in lines_of(row):
            bridge = bridges.setdefault(manager_id, dict.fromkeys(LINES, Fraction(0)))
            if line:
                bridge[line] += amount
    rows = []
    for manager_id in sorted(bridges):
        everybody = manager_id == COMPANY
        mine = [row for row in clients if everybody or row["manager_id"] == manager_id]
        then = [row for row in clients if everybody or row["first_owner"] == manager_id]
        moved = [row["direction"] for row in mine if row["cause"]]
        up, down = moved.count("up"), moved.count("down")
        opening = sum((row["revenue_before"] for row in then), Fraction(0))
        gone = sum(
            row["revenue_before"] for row in then if row["transferred"]
        )  # of everybody: all who changed owner
        share = ratio(gone, opening)
        p_value = None if everybody or up + down == 0 else binomtest(up, up + down).pvalue
        unclear = share is not None and share > exact(warn_transferred)
        rows.append({
            "manager_id": manager_id,
            "manager_name": manager_name(ledger, manager_id),
            **{key: clients[0][key] for key in ("from_month", "to_month", "window_months")},
            "opening": opening,
            **bridges[manager_id],
            "closing": sum((row["revenue_after"] for row in mine), Fraction(0)),
            "up_clients": up,
            "down_clients": down,
            "p_value": p_value,
            "transferred_share": share,
            "ownership": None if share is None else "unclear" if unclear else "clear",
        })  # fmt: skip
        row = rows[-1]
        assert row["opening"] + sum(row[line] for line in LINES) == row["closing"]
    return rows


def class_path(ledger, month, client_id="", path_months=12, **settings):
    """A row per client and month in which it is known, for the owner at the last month."""
    s = Settings(**settings)
    owners = {row["client_id"]: row["manager_id"] for row in classified(ledger, month, s)}
    rows = [
        {
            "client_id": row["client_id"],
            "month": shown,
            "client_name": row["client_name"],
            "manager_id": owners[row["client_id"]],
            "class": row["abc"] + row["xyz"],
            "stage": row["stage"],
            "revenue": row["revenue"],
            "window_months": row["window_months"],
        }
        for shown in months_of_window(ledger, month, path_months)
        for row in classified(ledger, shown, s)
        if client_id in ("", row["client_id"])
    ]
    return sorted(rows, key=lambda row: (row["client_id"], row["month"]))


# --- a client in two windows --------------------------------------------------------------------


def compared(ledger, month, from_month, settings):
    """Every client known by the month: both windows, direction and cause, both owners.

    Both windows have as many months as the earlier one covers. Empty where it covers none.
    """
    s = Settings(**settings)
    from_month = from_month or shifted(month, -s.window_months)
    covered = len(months_of_window(ledger, from_month, s.window_months))
    if covered == 0:
        return []
    s = replace(s, window_months=covered, lapse_months=min(s.lapse_months, covered))
    old = {row["client_id"]: row for row in classified(ledger, from_month, s)}
    rows = []
    for now in classified(ledger, month, s):
        then = old.get(now["client_id"])
        before = then["revenue"] if then else Fraction(0)
        lines = [line for line in ledger.lines if line["client_id"] == now["client_id"]]
        earlier = [line for line in lines if line["shipped_on"] <= last_day(from_month)]
        ever = bool(purchase_days(earlier))
        owned = owner_by(ledger, now["client_id"], lines, last_day(from_month), s.owner_months)
        way = direction(then, now, ever)
        rows.append({
            "client_id": now["client_id"],
            "client_name": now["client_name"],
            "manager_id": now["manager_id"],
            "from_month": from_month,
            "to_month": month,
            "window_months": covered,
            "from_class": then["abc"] + then["xyz"] if then else "--",
            "to_class": now["abc"] + now["xyz"],
            **letters(then["abc"] + then["xyz"] if then else "--", now["abc"] + now["xyz"]),
            "from_stage": then["stage"] if then else "prospect",
            "to_stage": now["stage"],
            "revenue_before": before,
            "revenue_after": now["revenue"],
            "revenue_change": now["revenue"] - before,
            "direction": way,
            "cause": cause(then, now, way, old.values(), s),
            "first_owner": owned,
            "transferred": bool(earlier) and owned != now["manager_id"],
        })  # fmt: skip
    return rows


def letters(from_class, to_class):
    """The letters of two classes by name."""
    return dict(zip(LETTERS, (from_class[0], to_class[0], from_class[1], to_class[1]), strict=True))


def direction(then, now, ever):
    """What a client did; None where there is nothing to tell. ever: bought up to from_month."""
    bought_then, bought_now = bool(then and then["purchases"]), bool(now["purchases"])
    if bought_now and not ever:
        return "new"
    if bought_now and not bought_then:
        return "returned"
    if bought_then and not bought_now:
        return "lost"
    if not bought_now:
        return "same" if now["revenue"] or (then and then["revenue"]) else None
    places = [(WORST_LAST.index(row["abc"]), REGULAR_FIRST.index(row["xyz"]))
              for row in (then, now)]  # fmt: skip
    return "up" if places[1] < places[0] else "down" if places[1] > places[0] else "same"


def cause(then, now, way, old, s):
    """Why the volume class changed: which letter today's money has by the earlier cut-offs."""
    if way not in ("up", "down") or then["abc"] == now["abc"]:
        return None
    letter = letter_among(now, old, s)
    return {now["abc"]: "own", then["abc"]: "threshold"}.get(letter, "both")


def letter_among(now, old, s):
    """The letter of a client's money by the cut-offs of the earlier window.

    As everywhere, ties are broken by client_id: the last client in A is the last one of its money.
    """
    money = now["amount"]
    if money is None:
        return "-"
    if money <= 0:
        return "D"
    if s.abc_cuts:
        return letter_by_amounts(money, s.window_months, *(exact(cut) for cut in s.abc_cuts))
    place = (-money, now["client_id"])
    for letters in ("A", "AB"):
        inside = [(-row["amount"], row["client_id"]) for row in old if row["abc"] in letters]
        if inside and place <= max(inside):
            return letters[-1]
    return "C"


def lines_of(row):
    """(manager, line or None, amount) of a client in the bridges of its owners and the company."""
    change = row["revenue_change"]
    line = row["direction"]
    if line not in ("new", "returned", "lost"):
        line = "growth" if change > 0 else "decline" if change < 0 else None
    found = []
    if row["direction"]:
        found.append((COMPANY, line, change))
    if not row["transferred"]:
        return [*found, (row["manager_id"], line, change)] if row["direction"] else found
    if row["direction"]:
        found.append((row["manager_id"], "transferred_in", row["revenue_after"]))
    if row["revenue_before"]:
        found.append((row["first_owner"], "transferred_out", -row["revenue_before"]))
    return found


def counted_by(ledger, month, from_month, settings, keys):
    """Clients and money of each manager and the company by two columns."""
    rows = [row for row in compared(ledger, month, from_month, settings) if row["direction"]]
    if "cause" in keys:
        rows = [row for row in rows if row["cause"]]
    table = []
    for manager_id, members in portfolios(rows):
        for cell, clients in grouped(members, lambda row: tuple(row[key] for key in keys)):
            before = sum((row["revenue_before"] for row in clients), Fraction(0))
            after = sum((row["revenue_after"] for row in clients), Fraction(0))
            table.append({
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                **dict(zip(keys, cell, strict=True)),
                "clients": len(clients),
                "revenue_before": before,
                "revenue_after": after,
                "revenue_change": after - before,
                **{key: clients[0][key] for key in ("from_month", "to_month", "window_months")},
            })  # fmt: skip
    return table
