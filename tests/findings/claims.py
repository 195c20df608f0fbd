"""What sentences of portfolio, migration and regularity claim, recomputed from their frames.

A sentence is taken apart from its beginning to its end: each part must be one of the claims below,
and what it says is worked out anew from the rows, by plain Python. Nothing of the findings is used.
"""

import datetime
import re
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd

NUMBER, SHARE, MONEY = r"[\d,.]+", r"[−]?\d[\d,]*%", r"[−+]?€[\d.,]+[KMB]?"
MONTH = r"[A-Z][a-z]+ \d{4}"
VARIABLE = {"n": NUMBER, "p": SHARE, "m": MONEY, "t": MONTH, "s": ".+?"}
NO_SUM = "Some figures have no sum of several managers: choose one manager to see them."
CLAIMS = defaultdict(list)


def claim(finding: str, text: str):
    """The function that checks a claim; `<p:a>` in the text is a share that it gets as a, and so on
    for numbers (n), money (m), months (t) and any other text (s)."""
    pattern = "".join(
        rf"(?P<{part[3]}>{VARIABLE[part[1]]})" if part.startswith("<") else re.escape(part)
        for part in re.split(r"(<[npmts]:[a-z]>)", text)
    )

    def kept(check):
        for name in finding.split():
            CLAIMS[name].append((re.compile(pattern + r"(?: |$)"), check))
        return check

    return kept


class Frame:
    """The rows of a sentence's frame, whom it speaks of, and what was claimed before."""

    def __init__(self, frame: pd.DataFrame, subject: str, window: int):
        self.rows = [
            {key: None if pd.isna(value) else value for key, value in row.items()}
            for row in frame.to_dict("records")
        ]
        self.subject, self.window, self.seen = subject, window, {}

    def of(self, name: str, **where) -> list[dict]:
        """The rows of whom the sentence names; it must be whom it may speak of."""
        ids = {row["manager_id"] for row in self.rows}
        key = "*" if name == "The company" else None
        named = {row["manager_id"] for row in self.rows if row.get("manager_name") == name}
        keys = {key} if key in ids else named - {"*"}
        assert len(keys) == 1, (name, keys)
        self.seen["who"] = keys.pop()
        return [
            row
            for row in self.rows
            if row["manager_id"] == self.seen["who"] and matches(row, where)
        ]

    def spoken(self, **where) -> list[dict]:
        return [
            row for row in self.rows if row["manager_id"] == self.subject and matches(row, where)
        ]

    def people(self, **where) -> list[dict]:
        nobody = ("*", "(unassigned)")
        return [row for row in self.rows if row["manager_id"] not in nobody and matches(row, where)]

    def managers(self, **where) -> dict[str, list[dict]]:
        found = defaultdict(list)
        for row in self.people(**where):
            found[row["manager_name"], row["manager_id"]].append(row)
        return {name: rows for (name, _key), rows in found.items()}

    @property
    def is_one(self) -> bool:
        return self.subject not in ("", "*")


def matches(row: dict, where: dict) -> bool:
    return all(row[key] == value for key, value in where.items())


def check(finding: str, said: str, frame: pd.DataFrame, subject: str, window: int = 12) -> None:
    """Fails where anything in the sentence is not so, or is nothing that is known here."""
    told, rest = Frame(frame, subject, window), said.replace("\u2060", "")
    while rest:
        claims = sorted(CLAIMS[finding], key=lambda each: each[0].pattern.startswith("(?P<a>.+?)"))
        for pattern, checks in claims:  # a name may be anything: those that begin with one last
            found = pattern.match(rest)
            if found:
                checks(told, **found.groupdict())
                rest = rest[found.end() :]
                break
        else:
            raise AssertionError(f"no claim that is known: {rest!r} of {said!r}")


# ---------------------------------------------------------------- numbers as they are said


def number(text: str) -> float:
    return float(text.replace(",", ""))


def share(value: float) -> str:
    """As a whole percentage."""
    percent = Decimal(str(value)) * 100
    return f"{int(percent.quantize(Decimal(1), ROUND_HALF_EVEN)):,}%".replace("-", "−")


def is_money(text: str, value: float) -> bool:
    """Whether an amount is said in three digits and with the right sign."""
    sign = -1 if "−" in text else 1
    digits = re.sub(r"[−+€,KMB]", "", text)
    told = sign * float(digits) * {"K": 1e3, "M": 1e6, "B": 1e9}.get(text[-1], 1)
    return abs(told - value) <= max(0.0051 * abs(value), 0.005)


def month(text: str) -> pd.Timestamp:
    return pd.Timestamp(datetime.datetime.strptime(text, "%B %Y"))


def shifted(day: pd.Timestamp, months: int) -> pd.Timestamp:
    at = day.year * 12 + day.month - 1 + months
    return pd.Timestamp(at // 12, at % 12 + 1, 1)


def total(rows: list[dict], column: str) -> float:
    return sum(row[column] or 0 for row in rows)


def are_named(text: str, names: list[str]) -> None:
    """Whether the text lists these and no others; those left out are counted."""
    found = re.fullmatch(r"(.+?)(?: and (\d+) more)?", text)
    said = found[1].split(", ")
    assert set(said) <= set(names), (text, names)
    assert len(said) + int(found[2] or 0) == len(names), (text, names)


def is_end(text: str, shown: dict[str, tuple[float, str]], end) -> None:
    """Whether the text names exactly those whose value is the largest (*end* max) or the smallest,
    as far as one can tell from what is said of them, and says it."""
    names, value = re.fullmatch(r"(.+) \(([^()]*)\)", text).groups()
    of_end = shown[end(shown, key=lambda name: shown[name][0])][1]
    assert value == of_end, (text, of_end)
    are_named(names, [name for name in shown if shown[name][1] == of_end])


def are_ends(most: str, least: str, shown: dict[str, tuple[float, str]]) -> None:
    is_end(most, shown, max)
    is_end(least, shown, min)
    assert len({text for _value, text in shown.values()}) > 1


@claim("cells revenue_bridge volume_moves regularity_moves large_flow shipment_months", NO_SUM)
def no_sum(told):
    assert not told.is_one and told.people() and not told.spoken()


# ---------------------------------------------------------------- portfolio


def a_share(rows, column="client_share"):
    return total([row for row in rows if row["abc"] == "A" and row["clients"] > 0], column)


def a_shares(told):
    """Of managers with clients."""
    shares = {}
    for name, rows in told.managers().items():
        rows = [row for row in rows if row["clients"] > 0]
        if any(row["client_share"] is not None for row in rows):
            shares[name] = (a_share(rows), share(a_share(rows)))
    return shares


@claim("quality", "<s:a>: <p:b> of clients in class A bring <p:c> of revenue.")
def quality_and_money(told, a, b, c):
    rows = told.of(a)
    assert (b, c) == (share(a_share(rows)), share(a_share(rows, "revenue_share")))
    assert a_share(rows) > 0


@claim("quality", "<s:a>: <p:b> of clients are in class A.")
def quality(told, a, b):
    assert b == share(a_share(told.of(a)))


@claim("quality", "<s:a>: no client is in class A.")
def quality_none(told, a):
    assert a_share(told.of(a)) == 0


@claim("quality", "The company: <p:b> of clients.")
def quality_beside(told, b):
    assert told.is_one and b == share(a_share(told.of("The company")))


@claim("quality", "Largest share of A clients: <s:a>; smallest: <s:b>.")
def quality_ends(told, a, b):
    are_ends(a, b, a_shares(told))


@claim("quality cells", "There is no client here who bought, so there are no classes to show.")
@claim("classes", "There is no client here who bought, so there are no classes to show.")
def nobody_here(told):
    if told.rows and "stage" in told.rows[0]:
        raise AssertionError("there are clients")
    assert not [row for row in told.rows
                if row["manager_id"] == told.subject and row["clients"] > 0]  # fmt: skip


def best(told, a):
    """Counted clients, of them in A, in AX, and the revenue of these."""
    rows = [row for row in told.of(a) if row["clients"] > 0]
    assert told.seen["who"] == told.subject
    large = [row for row in rows if row["abc"] == "A"]
    regular = [row for row in large if row["xyz"] == "X"]
    told.seen["irregular"] = total(large, "clients") - total(regular, "clients")
    return total(rows, "clients"), total(regular, "clients"), total(regular, "revenue_share")


@claim("cells", "<s:a>: <n:b> of <n:c> clients is large and regular (AX), with <p:d> of revenue.")
@claim("cells", "<s:a>: <n:b> of <n:c> clients are large and regular (AX), with <p:d> of revenue.")
def cells(told, a, b, c, d):
    clients, regular, money = best(told, a)
    assert (number(b), number(c), d) == (regular, clients, share(money)) and regular > 0


@claim("cells", "<s:a>: <n:b> of <n:c> clients large and regular (AX).")
def cells_without_money(told, a, b, c):
    assert best(told, a)[:2] == (number(c), number(b))


@claim("cells", "<s:a>: none of <n:b> clients is large and regular (AX).")
def cells_none(told, a, b):
    assert best(told, a)[:2] == (number(b), 0)


@claim("cells", "<n:a> large client buys irregularly: to be made regular.")
@claim("cells", "<n:a> large clients buy irregularly: to be made regular.")
def irregular(told, a):
    assert number(a) == told.seen["irregular"] > 0


def of_stages(told):
    stages = [row["stage"] for row in told.rows]
    return stages.count("lost"), stages.count("prospect"), len(stages)


@claim("classes", "<n:a> of <n:b> clients bought in the <s:c>; <s:d>.")
def classes(told, a, b, c, d):
    lost, never, all_of_them = of_stages(told)
    assert (number(a), number(b)) == (all_of_them - lost - never, all_of_them)
    is_window(told, c)
    texts = {f"{lost:,} bought only before": lost, f"{never:,} never bought": never}
    assert d == ", ".join(text for text, many in texts.items() if many)


@claim("classes", "All <n:a> clients bought in the <s:b>.")
def classes_all(told, a, b):
    assert of_stages(told) == (0, 0, number(a))
    is_window(told, b)


def is_window(told, text):
    months = max(row["window_months"] for row in told.rows)
    assert text == ("month" if months == 1 else f"{months} months")


# ---------------------------------------------------------------- the trend


JUDGED = ("improving", "worsening", "steady")


def latest(told):
    return max(row["month"] for row in told.rows)


def judged(told):
    """By name: verdict, who fell less who rose; of the last month."""
    rows = told.people(month=latest(told))
    return {row["manager_name"]: (row["verdict"], row["left_a"] - row["entered_a"])
            for row in rows if row["verdict"] in JUDGED}  # fmt: skip


@claim("trend", "A verdict compares two periods of <n:a> months each; it will show from <t:b> on.")
@claim("trend", "A verdict compares two periods of <n:a> month each; it will show from <t:b> on.")
def too_short(told, a, b):
    assert not judged(told) and number(a) == told.window
    full = [row["month"] for row in told.rows if row["a_fixed_share"] is not None]
    first = min(row["month"] for row in told.rows)
    then = shifted(min(full), told.window) if full else shifted(first, 2 * told.window - 1)
    assert month(b) == then


@claim("trend", "<s:a>: <n:b> of <n:c> clients above the A amount of <t:d>, <n:e> of <n:f> then.")
@claim("trend", "<s:a>: <n:b> of <n:c> client above the A amount of <t:d>, <n:e> of <n:f> then.")
def above_then(told, a, b, c, d, e, f):
    above(told, a, b, c, d)
    row = told.of(a, month=month(d))[0]
    assert (number(e), number(f)) == (row["a_fixed"], row["clients"])


@claim("trend", "<s:a>: <n:b> of <n:c> clients above the A amount of <t:d>.")
@claim("trend", "<s:a>: <n:b> of <n:c> client above the A amount of <t:d>.")
def above(told, a, b, c, d):
    assert month(d) == min(row["month"] for row in told.rows if row["a_fixed_share"] is not None)
    row = told.of(a, month=latest(told))[0]
    assert (number(b), number(c)) == (row["a_fixed"], row["clients"])
    told.seen["of"] = a


@claim("trend", "<n:a> rose above the A amount of <t:b>, <n:c> fell below it.")
def rose(told, a, b, c):
    row = crosses(told, b)
    assert (number(a), number(c)) == (row["entered_a"], row["left_a"]) and number(a) > number(c)


@claim("trend", "<n:a> fell below the A amount of <t:b>, <n:c> rose above it.")
def fell(told, a, b, c):
    row = crosses(told, b)
    assert (number(a), number(c)) == (row["left_a"], row["entered_a"]) and number(a) > number(c)


@claim("trend", "<n:a> rose above the A amount of <t:b>, as many fell below it.")
def crossed_equally(told, a, b):
    row = crosses(told, b)
    assert number(a) == row["entered_a"] == row["left_a"]


def crosses(told, then):
    """The last row of who was named; among several the one of whom there is most to tell."""
    row = told.of(told.seen["of"], month=latest(told))[0]
    assert month(then) == shifted(latest(told), -told.window)
    told.seen["first"] = row["manager_name"]
    nets = judged(told)
    if not told.is_one and nets:
        worse = [net for verdict, net in nets.values() if verdict == "worsening"]
        better = [net for verdict, net in nets.values() if verdict == "improving"]
        worst = ("worsening", max(worse)) if worse else ("improving", min(better))
        assert nets[row["manager_name"]] == worst
    return row


def with_verdict(told, verdict):
    found = [name for name, (word, _net) in judged(told).items() if word == verdict]
    return [name for name in found if name != told.seen.get("first")]


@claim("trend", "Also worsening: <s:a>.")
def also_worse(told, a):
    are_named(a, with_verdict(told, "worsening"))


@claim("trend", "Also improving: <s:a>.")
@claim("trend", "Improving: <s:a>.")
def also_better(told, a):
    are_named(a, with_verdict(told, "improving"))


@claim("trend", "The others: no change beyond chance.")
def others_steady(told):
    assert not with_verdict(told, "worsening") and not with_verdict(told, "improving")
    assert with_verdict(told, "steady")


@claim("trend", "No manager's portfolio improves or worsens beyond chance.")
def all_steady(told):
    assert {verdict for verdict, _net in judged(told).values()} == {"steady"}


@claim("trend", "No client has bought yet, so there is no trend to show.")
@claim("candidates", "No client is within reach of A or of regular buying now.")
@claim("candidates_check", "The list is checked half a window later, once its own window is full.")
@claim("revenue_bridge volume_moves regularity_moves large_flow",
       "The data do not reach back to the earlier month, so there is nothing to compare yet: "
       "choose a later month, or a shorter window.")  # fmt: skip
@claim("class_leavers", "No client fell from A or stopped being regular, as far as the data reach "
       "back.")  # fmt: skip
@claim("client_moves", "There is no client to compare: this portfolio has none, or the data do not "
       "reach back to the earlier month.")  # fmt: skip
@claim("class_path class_paths",
       "There is no client to show: the one chosen is not in this portfolio, or it "
       "is empty.")  # fmt: skip
@claim("overdue", "No client with a rhythm of its own is late to order.")
def nothing_at_all(told):
    assert not told.rows


# ---------------------------------------------------------------- the load


def loads(told):
    known = [row for row in told.people() if row["clients"] > 0]
    if any(row["verdict"] for row in known):
        known = [row for row in known if row["verdict"]]
    return known


@claim("load", "Within the target of <n:a> to <n:b> clients: <n:c> of <n:d> managers.")
def load(told, a, b, c, d):
    within_team(told, c, d)
    assert {(row["low"], row["high"]) for row in loads(told)} == {(number(a), number(b))}


@claim("load", "Within the target of their team: <n:a> of <n:b> managers.")
def within_team(told, a, b):
    known = loads(told)
    within = [row for row in known if row["low"] <= row["clients"] <= row["high"]]
    assert (number(a), number(b)) == (len(within), len(known)) and len(known) > 1


@claim("load", "Below it: <s:a>.")
def below(told, a):
    are_named(a, [row["manager_name"] for row in loads(told) if row["clients"] < row["low"]])


@claim("load", "Above it: <s:a>.")
def beyond(told, a):
    are_named(a, [row["manager_name"] for row in loads(told) if row["clients"] > row["high"]])


@claim("load", "<s:a>: <n:b> clients; the target is <n:c> to <n:d>.")
def load_of_one(told, a, b, c, d):
    (row,) = loads(told)
    said = (a, number(b), number(c), number(d))
    assert said == (row["manager_name"], row["clients"], row["low"], row["high"])


@claim("load", "<s:a> looks after <n:b> clients.")
@claim("load", "<s:a> looks after <n:b> client.")
def load_without_norm(told, a, b):
    (row,) = loads(told)
    assert (a, number(b)) == (row["manager_name"], row["clients"]) and row["verdict"] is None


@claim("load", "Most clients: <s:a>; fewest: <s:b>.")
def load_ends(told, a, b):
    rows = loads(told)
    are_ends(a, b, {row["manager_name"]: (row["clients"], f"{row['clients']:,}") for row in rows})


@claim("load", "The five largest clients bring <p:a> of revenue.")
def top5(told, a):
    (row,) = loads(told)
    assert a == share(row["top5_share"]) and row["clients"] > 5


@claim("load", "<s:a> depends most on few: five clients bring <p:b> of revenue.")
def depends(told, a, b):
    rows = [row for row in loads(told) if row["clients"] > 5 and row["top5_share"] is not None]
    row = next(row for row in rows if row["manager_name"] == a)
    assert b == share(row["top5_share"]) == share(max(each["top5_share"] for each in rows))


@claim("load", "There is no manager with clients here, so there is no load to compare.")
def no_load(told):
    assert not [row for row in told.people() if row["clients"] > 0]


# ---------------------------------------------------------------- candidates


def near(told, target):
    return [row for row in told.rows if row["target"] == target]


@claim("candidates", "<n:a> client is within reach of A: <s:b> (<m:c> missing).")
@claim("candidates", "<n:a> clients are within reach of A, nearest <s:b> (<m:c> missing).")
def within_reach(told, a, b, c):
    rows = near(told, "A")
    least = min(row["missing_money"] for row in rows)
    row = next(row for row in rows if row["client_name"] == b)
    assert number(a) == len(rows) and row["missing_money"] == least and is_money(c, least)


@claim("candidates", "No client is within reach of A.")
def none_within_reach(told):
    assert not near(told, "A") and near(told, "X")


@claim("candidates", "<n:a> clients are one month short of regular buying.")
@claim("candidates", "<n:a> client is one month short of regular buying.")
def month_short(told, a):
    assert number(a) == len(near(told, "X")) > 0


LIST_OF_A = "The company: <n:a> of <n:b> clients within reach of A in <t:c> reached it"
LIST_OF_X = "The company: <n:a> of <n:b> clients a month short of regular buying in <t:c> made it"


def listed(told, target, reached, number_listed, then):
    (row,) = near(told, target)
    assert (number(reached), number(number_listed)) == (row["reached"], row["listed"])
    assert month(then) == shifted(row["month"], -(told.window // 2))
    return row


for _target, _text in (("A", LIST_OF_A), ("X", LIST_OF_X)):

    @claim("candidates_check", f"{_text}, <n:d> times the obvious list.")
    def better(told, a, b, c, d, target=_target):
        row = listed(told, target, a, b, c)
        assert abs(number(d) - row["rate"] / row["base"]) <= 0.05 and row["lift"] >= 1.1

    @claim("candidates_check", f"{_text}, no better than the obvious list.")
    def no_better(told, a, b, c, target=_target):
        row = listed(told, target, a, b, c)
        assert row["rate"] / row["base"] < 1.1

    @claim("candidates_check", f"{_text}; of the obvious list, nobody.")
    def none_of_the_obvious(told, a, b, c, target=_target):
        assert listed(told, target, a, b, c)["base"] == 0


# ---------------------------------------------------------------- the bridge


def is_span(text, row, at):
    """12 months to October 2026."""
    months, end = re.fullmatch(r"(\d+) months? to (.+)", text).groups()
    assert (int(months), month(end)) == (row["window_months"], row[at])


@claim("revenue_bridge", "<s:a>: revenue rose from <m:b> in the <s:c> to <m:d> in the <s:e>.")
def bridge_rose(told, a, b, c, d, e):
    row = bridged(told, a, b, c, d, e)
    assert row["closing"] > row["opening"]


@claim("revenue_bridge", "<s:a>: revenue fell from <m:b> in the <s:c> to <m:d> in the <s:e>.")
def bridge_fell(told, a, b, c, d, e):
    row = bridged(told, a, b, c, d, e)
    assert row["closing"] < row["opening"]


@claim("revenue_bridge", "<s:a>: revenue was the same in the <s:b> and the <s:c>, <m:d>.")
def bridge_same(told, a, b, c, d):
    bridged(told, a, d, b, d, c)


def bridged(told, name, opening, before, closing, now):
    (row,) = told.of(name)
    assert row["manager_id"] == told.subject
    assert is_money(opening, row["opening"]) and is_money(closing, row["closing"])
    is_span(before, row, "from_month")
    is_span(now, row, "to_month")
    return row


STEPS = {"growth": "growth", "new clients": "new", "returned clients": "returned",
         "clients taken over": "transferred_in", "decline": "decline", "lost clients": "lost",
         "clients handed over": "transferred_out"}  # fmt: skip


@claim("revenue_bridge", "Largest steps: <s:a>.")
def largest_steps(told, a):
    (row,) = told.spoken()
    amounts = sorted((abs(row[column]) for column in STEPS.values() if row[column]), reverse=True)
    parts = re.findall(rf"([a-z ]+) ({MONEY})", a)
    assert len(parts) == min(2, len(amounts)), a
    for (text, money), amount in zip(parts, amounts, strict=False):
        value = row[STEPS[text.strip()]]
        assert is_money(money, value) and abs(value) == amount
        assert money[0] == ("−" if value < 0 else "+")


@claim("revenue_bridge", "<p:a> of the revenue at the beginning changed owner: ownership looks "
       "unknown.")  # fmt: skip
def doubtful(told, a):
    (row,) = told.spoken()
    assert a == share(row["transferred_share"]) and row["transferred_share"] > 0.2


@claim("revenue_bridge", "All of it was handed over.")
def all_gone(told):
    (row,) = told.spoken()
    assert row["closing"] == 0 and row["transferred_out"] == -row["opening"]


@claim("revenue_bridge", "The windows overlap: what differs is <t:a> against <t:b>.")
def overlap_of_one(told, a, b):
    overlap(told, a, a, b, b)


@claim("revenue_bridge", "The windows overlap: what differs is <t:a> – <t:b> against <t:c> – "
       "<t:d>.")  # fmt: skip
def overlap(told, a, b, c, d):
    (row,) = told.spoken()
    windows = [{shifted(row[at], -back) for back in range(row["window_months"])}
               for at in ("from_month", "to_month")]  # fmt: skip
    came, gone = windows[1] - windows[0], windows[0] - windows[1]
    assert windows[0] & windows[1]
    assert (month(a), month(b), month(c), month(d)) == (min(came), max(came), min(gone), max(gone))


@claim("revenue_bridge volume_moves regularity_moves large_flow",
       "This manager has no client to compare.")  # fmt: skip
def nobody_to_compare(told):
    assert told.rows and not told.spoken() and (told.is_one or not told.people())


# ---------------------------------------------------------------- classes before and now


def became(told, name, kind, letter, were, before, stayed, came):
    rows = told.of(name)
    assert told.seen["who"] == told.subject
    is_span(before, rows[0], "from_month")
    was = [row for row in rows if row[f"from_{kind}"] == letter]
    now = [row for row in rows if row[f"to_{kind}"] == letter]
    both = [row for row in was if row in now]
    assert were == total(was, "clients") and stayed == total(both, "clients")
    assert came == total(now, "clients") - total(both, "clients")


OF = "<s:a>: of the clients now in the portfolio, "
for _verb in ("was", "were"):

    @claim("volume_moves", f"{OF}<n:b> {_verb} in A in the <s:c>; <n:d> stayed, <n:e> came.")
    def volume(told, a, b, c, d, e):
        became(told, a, "abc", "A", number(b), c, number(d), number(e))

    @claim("regularity_moves", f"{OF}<n:b> {_verb} regular in the <s:c>; <n:d> stayed so, <n:e> "
           "became so.")  # fmt: skip
    def regularity(told, a, b, c, d, e):
        became(told, a, "xyz", "X", number(b), c, number(d), number(e))


@claim("volume_moves", f"{OF}none was in A in the <s:b>; <n:c> came.")
def volume_none(told, a, b, c):
    became(told, a, "abc", "A", 0, b, 0, number(c))


@claim("regularity_moves", f"{OF}none was regular in the <s:b>; <n:c> became so.")
def regularity_none(told, a, b, c):
    became(told, a, "xyz", "X", 0, b, 0, number(c))


@claim("large_flow", "<s:a>: <n:b> A clients, <n:c> in the <s:d>; <n:e> rose to A, <n:f> fell from "
       "it.")  # fmt: skip
@claim("large_flow", "<s:a>: <n:b> A client, <n:c> in the <s:d>; <n:e> rose to A, <n:f> fell from "
       "it.")  # fmt: skip
def flow(told, a, b, c, d, e, f):
    row = told.of(a, scale="abc", **{"class": "A"})[0]
    assert row["manager_id"] == told.subject
    is_span(d, row, "from_month")
    numbers = (row["closing"], row["opening"], row["up_in"], row["down_out"])
    assert tuple(number(text) for text in (b, c, e, f)) == numbers


@claim("large_flow", "<s:a>: no A clients, neither before nor now.")
def no_flow(told, a):
    assert not told.of(a, scale="abc", **{"class": "A"})


# ---------------------------------------------------------------- who moved


@claim("move_causes", "<s:a>: <n:b> clients rose in volume class, <n:c> fell; <n:d> only because "
       "the bar moved.")  # fmt: skip
@claim("move_causes", "<s:a>: <n:b> client rose in volume class, <n:c> fell; <n:d> only because "
       "the bar moved.")  # fmt: skip
def causes(told, a, b, c, d):
    rows = told.people() if a == "The managers shown" else told.of(a)
    assert a == "The managers shown" or told.seen["who"] == told.subject
    for text, where in ((b, {"direction": "up"}), (c, {"direction": "down"}),
                        (d, {"cause": "threshold"})):  # fmt: skip
        assert number(text) == total([row for row in rows if matches(row, where)], "clients")


def one_sided(told, way):
    return [name for name, rows in told.managers().items() if rows[0]["balance"] == f"mostly {way}"]


@claim("move_causes", "More fell than rose beyond chance: <s:a>.")
def mostly_down(told, a):
    are_named(a, one_sided(told, "down"))


@claim("move_causes", "More rose than fell beyond chance: <s:a>.")
def mostly_up(told, a):
    are_named(a, one_sided(told, "up"))


@claim("move_causes", "That more fell than rose is beyond chance.")
def down_of_one(told):
    assert told.is_one and told.spoken()[0]["balance"] == "mostly down"


@claim("move_causes", "That more rose than fell is beyond chance.")
def up_of_one(told):
    assert told.is_one and told.spoken()[0]["balance"] == "mostly up"


@claim("move_causes", "No client bought in both windows and changed its volume class.")
def nobody_moved(told):
    assert not told.spoken() and (told.is_one or not told.people())


@claim("class_leavers", "<n:a> clients fell from A or are no longer regular; their revenue changed "
       "by <m:b>.")  # fmt: skip
@claim("class_leavers", "<n:a> client fell from A or is no longer regular; its revenue changed by "
       "<m:b>.")  # fmt: skip
def leavers(told, a, b):
    change = total(told.rows, "revenue_change")
    assert number(a) == len(told.rows) and is_money(b, change)
    assert b[0] == ("−" if change < 0 else "+")


@claim("class_leavers", "The largest loss: <s:a> (<m:b>).")
def largest_loss(told, a, b):
    worst = min(row["revenue_change"] for row in told.rows)
    row = next(row for row in told.rows if row["client_name"] == a)
    assert row["revenue_change"] == worst < 0 and is_money(b, worst)


@claim("client_moves", "Of <n:a> clients, <n:b> rose in class, <n:c> fell, <n:d> bought no more.")
@claim("client_moves", "Of <n:a> client, <n:b> rose in class, <n:c> fell, <n:d> bought no more.")
def moves(told, a, b, c, d):
    ways = [row["direction"] for row in told.rows]
    counts = (len(ways), ways.count("up"), ways.count("down"), ways.count("lost"))
    assert tuple(number(text) for text in (a, b, c, d)) == counts


# ---------------------------------------------------------------- paths


def in_a(rows):
    return {row["client_id"] for row in rows if row["class"].startswith("A")}


@claim("class_path class_paths",
       "<n:a> clients were in class A in some month from <t:b> to <t:c>, <n:d> are "
       "now.")  # fmt: skip
@claim(
    "class_path class_paths",
    "<n:a> client was in class A in some month from <t:b> to <t:c>, <n:d> is now.",
)
def paths(told, a, b, c, d):
    months = {row["month"] for row in told.rows}
    assert (month(b), month(c)) == (min(months), max(months)) and len(months) > 1
    last = [row for row in told.rows if row["month"] == max(months)]
    assert (number(a), number(d)) == (len(in_a(told.rows)), len(in_a(last)))


@claim("class_path class_paths", "<n:a> of <n:b> clients in class A in <t:c>.")
def paths_of_a_month(told, a, b, c):
    assert {row["month"] for row in told.rows} == {month(c)}
    assert (number(a), number(b)) == (len(in_a(told.rows)), len(told.rows))


NO_PURCHASE = {"--": "no purchase"}


@claim("class_path class_paths",
       "<s:a>: <s:b> in <t:c>, <s:d> in <t:e>; revenue of a window from <m:f> to "
       "<m:g>.")  # fmt: skip
def path(told, a, b, c, d, e, f, g):
    rows = sorted(told.rows, key=lambda row: row["month"])
    for row, text, at, money in ((rows[0], b, c, f), (rows[-1], d, e, g)):
        assert text == NO_PURCHASE.get(row["class"], row["class"])
        assert row["month"] == month(at) and is_money(money, row["revenue"])
    assert {row["client_name"] for row in rows} == {a}


@claim("class_path class_paths", "<s:a>: <s:b> in <t:c>, with <m:d> of revenue in the window.")
def path_of_a_month(told, a, b, c, d):
    (row,) = told.rows
    assert (a, month(c)) == (row["client_name"], row["month"]) and is_money(d, row["revenue"])
    assert b == NO_PURCHASE.get(row["class"], row["class"])


def changes_of(told) -> dict[str, int]:
    """How often each client's class is another than the month before."""
    found, last = defaultdict(int), {}
    for row in sorted(told.rows, key=lambda row: row["month"]):
        found[row["client_id"]] += last.get(row["client_id"], row["class"]) != row["class"]
        last[row["client_id"]] = row["class"]
    return found


@claim("class_paths", "<n:a> of <n:b> clients kept their class from <t:c> to <t:d>.")
def paths_kept(told, a, b, c, d):
    months = {row["month"] for row in told.rows}
    assert (month(c), month(d)) == (min(months), max(months))
    changes = [*changes_of(told).values()]
    assert (number(a), number(b)) == (changes.count(0), len(changes))


@claim("class_paths", "<n:a> of <n:b> clients kept their class from <t:c> to <t:d>; <s:e> changed "
       "it most often.")  # fmt: skip
def paths_kept_and_changed(told, a, b, c, d, e):
    paths_kept(told, a, b, c, d)
    changes = changes_of(told)
    names = {row["client_name"] for row in told.rows
             if changes[row["client_id"]] == max(changes.values())}  # fmt: skip
    assert names == {e}
    assert sorted(changes.values())[-2] < max(changes.values())


# ---------------------------------------------------------------- shipments


def ends_of_months(told):
    return [row for row in told.people(grain="month") if row["last_week_share"] is not None]


def is_range(text, values):
    low, high = share(min(values)), share(max(values))
    assert text == (low if low == high else f"{low} to {high}"), (text, low, high)


@claim("month_end_rush", "<s:a>: <p:b> of revenue in the last working days of the month, more than "
       "even (<p:c>) in <n:d> of <n:e> months.")  # fmt: skip
def rush(told, a, b, c, d, e):
    rows = [row for row in ends_of_months(told) if row["verdict"] == "above"]
    row = next(row for row in rows if row["manager_name"] == a)
    assert row["last_week_share"] == max(each["last_week_share"] for each in rows)
    assert (b, c) == (share(row["last_week_share"]), share(row["last_week_norm"]))
    assert (number(d), number(e)) == (row["rush_months"], row["periods"])
    told.seen["rush"] = a


@claim("month_end_rush", "The same holds for <s:a>.")
def rush_too(told, a):
    names = [row["manager_name"] for row in ends_of_months(told) if row["verdict"] == "above"]
    are_named(a, [name for name in names if name != told.seen["rush"]])


@claim("month_end_rush", "The others: <s:a>.")
def no_rush(told, a):
    rows = [row for row in ends_of_months(told) if row["manager_name"] != told.seen["rush"]]
    assert all(row["verdict"] != "above" for row in rows)
    is_range(a, [row["last_week_share"] for row in rows])


@claim("month_end_rush", "Nobody keeps shipments back month after month: the last working days "
       "bring <s:a> of revenue; even would be <s:b>.")  # fmt: skip
def nobody_rushes(told, a, b):
    rows = ends_of_months(told)
    assert len(rows) > 1 and all(row["verdict"] != "above" for row in rows)
    is_range(a, [row["last_week_share"] for row in rows])
    is_range(b, [row["last_week_norm"] for row in rows])


@claim("month_end_rush", "<s:a>: <p:b> of revenue in the last working days of the month; even "
       "would be <p:c>.")  # fmt: skip
def end_of_one(told, a, b, c):
    (row,) = ends_of_months(told)
    assert row["manager_name"] == a and row["verdict"] != "above"
    assert (b, c) == (share(row["last_week_share"]), share(row["last_week_norm"]))


@claim("month_end_rush", "There is no manager's revenue here, so there is no end of a month to "
       "compare.")  # fmt: skip
def no_ends(told):
    assert not ends_of_months(told)


def shown_number(value):
    if float(value).is_integer():
        return f"{value:,.0f}"
    digits = "0.1" if abs(value) >= 10 else "0.01"
    return f"{Decimal(str(value)).quantize(Decimal(digits), ROUND_HALF_EVEN):,}"


def variations(told):
    return {row["manager_name"]: (row["cv"], shown_number(row["cv"]))
            for row in told.people(grain="week") if row["cv"] is not None}  # fmt: skip


@claim("evenness", "Largest variation from week to week: <s:a>; smallest: <s:b>.")
def evenness(told, a, b):
    are_ends(a, b, variations(told))


@claim("evenness", "<s:a>: variation of <n:b> from week to week, at most <n:c> working days "
       "without a shipment.")  # fmt: skip
@claim("evenness", "<s:a>: variation of <n:b> from week to week, at most <n:c> working day "
       "without a shipment.")  # fmt: skip
def evenness_of_one(told, a, b, c):
    assert list(variations(told)) == [a] and variations(told)[a][1] == b
    assert number(c) == told.of(a, grain="day")[0]["longest_gap"]


@claim("evenness", "The longest time without a shipment: <n:a> working days (<s:b>).")
@claim("evenness", "The longest time without a shipment: <n:a> working day (<s:b>).")
def longest(told, a, b):
    gaps = {row["manager_name"]: row["longest_gap"] for row in told.people(grain="day")}
    assert number(a) == max(gaps.values()) > 0
    are_named(b, [name for name, gap in gaps.items() if gap == number(a)])


@claim("evenness", "No manager had a working day without a shipment.")
def no_gap(told):
    assert not any(row["longest_gap"] for row in told.people(grain="day"))


@claim("evenness", "There is no whole week with a manager's shipment here.")
def no_weeks(told):
    assert not variations(told)


def whole_months(told):
    return {f"{row['period_start']:%B %Y}": (row["shipments"], f"{row['shipments']:,}")
            for row in told.spoken(grain="month") if row["whole"]}  # fmt: skip


@claim("shipment_months", "<s:a>: most shipments in <s:b>, fewest in <s:c>.")
def months(told, a, b, c):
    told.of(a)
    assert told.seen["who"] == told.subject
    are_ends(b, c, whole_months(told))


@claim("shipment_months", "<s:a>, shipments in every whole month: <n:b>.")
def months_alike(told, a, b):
    told.of(a)
    assert {value for value, _text in whole_months(told).values()} == {number(b)}


@claim("shipment_months", "There is no whole month to show yet.")
def no_months(told):
    assert not whole_months(told)


@claim("quality", "<s:b>, all alike: <s:a>.")
def shares_alike(told, a, b):
    are_alike(a, a_shares(told))


@claim("load", "<s:b>, all alike: <s:a>.")
def loads_alike(told, a, b):
    rows = loads(told)
    are_alike(a, {row["manager_name"]: (row["clients"], f"{row['clients']:,}") for row in rows})


@claim("evenness", "<s:b>, all alike: <s:a>.")
def variations_alike(told, a, b):
    are_alike(a, variations(told))


def are_alike(text, shown):
    is_end(text, shown, max)
    assert len({shown_text for _value, shown_text in shown.values()}) == 1 < len(shown)


# ---------------------------------------------------------------- who is late


def quiet(told, status):
    return [row for row in told.rows if row["status"] == status]


@claim("overdue", "<n:a> client is late to order (<m:b> missed so far): <s:c>.")
@claim("overdue", "<n:a> clients are late to order (<m:b> missed so far), first <s:c>.")
def late(told, a, b, c):
    rows = quiet(told, "late")
    assert number(a) == len(rows) and is_money(b, total(rows, "revenue_missed"))
    most = max(row["revenue_missed"] for row in rows)
    assert c in {row["client_name"] for row in rows if row["revenue_missed"] == most}


@claim("overdue", "Nobody is late to order.")
def nobody_late(told):
    assert not quiet(told, "late")


@claim("overdue", "<n:a> more stopped buying, first <s:b>.")
@claim("overdue", "<n:a> clients stopped buying, first <s:b>.")
@claim("overdue", "<n:a> client stopped buying: <s:b>.")
def silent(told, a, b):
    rows = quiet(told, "silent")
    most = max(row["revenue_missed"] for row in rows)
    assert number(a) == len(rows)
    assert b in {row["client_name"] for row in rows if row["revenue_missed"] == most}
