"""Every sentence of these topics is read as a reader would, and each of its claims is worked out
again from the rows of its table: names, numbers, months and directions. Nothing of the room that
makes the sentences is asked."""

import datetime
import itertools
import re
from typing import Any

import pandas as pd
import pytest

from clientops import findings, words
from clientops.notebooks import run
from tests.cards import Shown, cards
from tests.conftest import ROOT
from tests.ledgers import compute, frames, line
from tests.made import kinds_frame

TOPICS = ["overview", "activity", "profitability", "retention", "loyalty", "turnover"]
QUERIES = {
    "sample": ["", "manager_id=4", "manager_id=8", "team=South", "month=2023-11", "month=2024-01",
               "month=2025-06&manager_id=1", "month=2026-11", "month=2026-11&manager_id=3",
               "month=2024-12&team=North", "client_group=Hotels"],
    "northwind": ["", "manager_id=4", "month=1996-08", "month=1997-08&manager_id=5",
                  "month=1998-05"],
}  # fmt: skip
MONTH, DAY = r"(?:[A-Z][a-z]+ \d{4})", r"(?:[A-Z][a-z]{2} \d{1,2}, \d{4})"
MONEY, SHARE, NUMBER = r"(?:[−+]?[€$][\d.,]+[KMB]?)", r"(?:[−+]?[\d.,]+%)", r"(?:[−+]?[\d.,]+)"
SCORE, VALUE = r"(?:[−+]?\d+)", r"[^()]+"
CHOOSE = "Some figures have no sum of several managers: choose one manager to see them."
Rows = list[dict[str, Any]]


# ---------------------------------------------------------------- what is read


def amount(text: str) -> tuple[float, float]:
    """A number as it is written, and how far the true one may be from it."""
    sign = -1 if text.startswith("−") else 1
    digits = re.search(r"\d[\d,]*(?:\.\d+)?", text)[0].replace(",", "")
    scale = {"K": 1e3, "M": 1e6, "B": 1e9, "%": 0.01}.get(text[-1], 1.0)
    places = len(digits.partition(".")[2])
    step = 10.0**-places
    whole = digits.replace(".", "").lstrip("0")
    if scale > 1 and places == 0 and len(whole) > 3:  # three digits are told
        step = 10.0 ** (len(whole) - 3)
    if scale > 1 or text[0] in "−+€$":  # €1K may be told of €1,002, €2M of €2,004,900
        step = max(step, 10.0 ** (len(digits.partition(".")[0]) - 3))
        step = max(step, 0.01) if scale > 1 else step
    return sign * float(digits) * scale, 0.5000001 * step * scale


def same(text: str, value: float, within: float = 1.0) -> bool:
    """Whether a number as it is written is the value; *within* less than 1: without doubt."""
    told, off = amount(text)
    return pd.notna(value) and abs(told - float(value)) <= within * off + 1e-9


def month_of(text: str) -> pd.Timestamp:
    return pd.Timestamp(datetime.datetime.strptime(text, "%B %Y"))


def day_of(text: str) -> pd.Timestamp:
    return pd.Timestamp(datetime.datetime.strptime(text, "%b %d, %Y"))


def called(row: dict) -> str:
    """Whose row it is, as a sentence begins."""
    return "The company" if row["manager_id"] == "*" else row["manager_name"]


def are(text: str, names: list[str], most: int) -> bool:
    """Whether a text names just these: the first few, and how many more."""
    said = min(most, len(names))
    more = f" and {len(names) - said} more" if len(names) > said else ""
    rest = text.removesuffix(more) if more else text
    told = [name for name in sorted(names, key=len, reverse=True) if name in rest]
    left = rest
    for name in told[: len(told)]:
        left = left.replace(name, "", 1)
    return text.endswith(more) and len(told) >= said and set(left) <= {",", " "}


class Claims:
    """The rows of a table, of whom the sentence speaks, and what is true of them."""

    def __init__(self, frame: pd.DataFrame, subject: str, card: Shown) -> None:
        self.frame, self.subject, self.card = frame, subject, card
        self.rows: Rows = frame.to_dict("records")
        has = "manager_id" in frame and "client_id" not in frame
        self.own = [r for r in self.rows if r["manager_id"] == subject] if has else self.rows
        self.people = [r for r in self.rows if has and r["manager_id"] not in ("*", "(unassigned)")]
        self.company = [r for r in self.rows if has and r["manager_id"] == "*"]
        self.is_one = subject not in ("*", "")

    def check(self, said: str) -> None:
        """Read the sentence from its beginning to its end."""
        name = self.card.says.__name__ if self.card.says else f"{self.card.table.function.__name__}"
        said = said.replace("\u2060", "")
        left = said
        while left:
            found = [(each, check) for text, check in SAYS[name].items()
                     if (each := re.match(rf"(?:{text})(?: |$)", left))]  # fmt: skip
            assert found, (name, self.subject, left, said)
            told, check = max(found, key=lambda pair: pair[0].end())
            assert check(self, **told.groupdict()) is not False, (name, self.subject, told[0], said)
            left = left[told.end() :]

    def ends(self, rows: Rows, column: str, most: str, mv: str, least: str, lv: str,
             name: str = "manager_name") -> None:  # fmt: skip
        """The largest and the smallest, whoever has them, and that they differ."""
        rows = [r for r in rows if pd.notna(r[column])]
        for text, value, pick in ((most, mv, max), (least, lv, min)):
            end = pick(r[column] for r in rows)
            assert same(value, end), (value, end)
            alike = ([r[name] for r in rows if same(value, r[column], sure)] for sure in (0.99, 1))
            assert any(are(text, names, 2) for names in alike), text
        assert mv != lv

    def alike(self, rows: Rows, column: str, most: str, mv: str, name="manager_name") -> None:
        """That all have one value."""
        rows = [r for r in rows if pd.notna(r[column])]
        assert len(rows) > 1
        assert all(same(mv, r[column]) for r in rows)
        assert are(most, [r[name] for r in rows], 2)

    def only(self, **values: Any) -> dict:
        """The only row of whom the sentence speaks with these values."""
        rows = [r for r in self.own if all(
            r[k] == v or (pd.isna(v) and pd.isna(r[k])) for k, v in values.items())]  # fmt: skip
        assert len(rows) == 1, (self.subject, values, len(rows))
        return rows[0]

    def no_sum(self) -> bool:
        return not self.is_one and bool(self.people) and not self.own


def true(test):
    """A sentence without parts, and what has to hold."""
    return lambda c, **_parts: bool(test(c))


def sums(rows: Rows, key: str, column: str) -> dict[Any, float]:
    found: dict[Any, float] = {}
    for row in rows:
        found[row[key]] = found.get(row[key], 0) + row[column]
    return found


def say_ends(column: str, rows=lambda c: c.people, name: str = "manager_name"):
    def check(c: Claims, most="", mv="", least="", lv="", label="") -> None:
        c.ends(rows(c), column, most, mv, least, lv, name)

    return check


def say_alike(column: str, rows=lambda c: c.people, name: str = "manager_name"):
    return lambda c, most, mv: c.alike(rows(c), column, most, mv, name)


def ENDS(text: str) -> str:
    """A text whose ends stand at `MOST` and `LEAST`."""
    text = text.replace("MOST", rf"(?P<most>.+?) \((?P<mv>{VALUE})\)")
    return text.replace("LEAST", rf"(?P<least>.+?) \((?P<lv>{VALUE})\)")


ALIKE = ENDS(r"[^.:;]+, all alike: MOST\.")


# ---------------------------------------------------------------- overview


def month_revenue(c, month, running, money, c12="", m12="", c1="", m1="") -> None:
    row = c.only(metric="revenue")
    assert month_of(month) == row["month"]
    assert (running is not None) == pd.notna(row["compared_days"])
    assert same(money, row["value"])
    for change, then, column, back in ((c12, m12, "year_change", 12), (c1, m1, "change", 1)):
        assert bool(change) == pd.notna(row[column])
        if change:
            assert same(change, row[column])
            assert month_of(then) == row["month"] - pd.DateOffset(months=back)
    others = [r["verdict"] for r in c.own]
    assert row["verdict"] != "worse" or "worse" in others


def judged(verdict: str):
    def check(c, names) -> None:
        labels = [r["label"] for r in c.own if r["verdict"] == verdict]
        labels = [each if each[1] == " " else each[0].lower() + each[1:] for each in labels]
        assert are(names, labels, 4)
        revenue = [r["verdict"] for r in c.own if r["metric"] == "revenue"]
        assert verdict == "worse" or revenue != ["worse"]

    return check


def revenue_rows(c: Claims) -> Rows:
    return [r for r in c.people if r["metric"] == "revenue"]


def top_of(column: str, pick, sign: int):
    def check(c, most, mv) -> None:
        rows = [r for r in revenue_rows(c) if pd.notna(r[column])]
        end = pick(r[column] for r in rows)
        assert same(mv, end)
        assert end * sign > 0
        assert are(most, [r["manager_name"] for r in rows if same(mv, r[column])], 2)

    return check


def verdicts(c: Claims) -> dict[str, list[str]]:
    """What is said of the figures of each manager."""
    found: dict[str, list[str]] = {}
    for row in c.people:
        if isinstance(row["verdict"], str):
            found.setdefault(row["manager_name"], []).append(row["verdict"])
    return found


def most_judged(c, verdict, most, many) -> None:
    counts = {name: each.count(verdict) for name, each in verdicts(c).items()}
    assert int(many) == max(counts.values()) > 0
    assert are(most, [name for name, each in counts.items() if each == int(many)], 2)


def reason_word(row: dict) -> str:
    words_ = {"untouched": "not contacted", "late": "late to order", "silent": "stopped buying"}
    return words_.get(row["reason"], row["reason"])


def first_client(c, first, reason, worth=None) -> None:
    row = c.rows[0]
    assert (first, reason) == (row["client_name"], reason_word(row))
    assert same(worth, row["worth"]) if worth else all(pd.isna(r["worth"]) for r in c.rows)


def most_frequent(c, reasons, number) -> None:
    counts = pd.Series([reason_word(r) for r in c.rows]).value_counts()
    assert len(counts) > 1
    assert same(number, counts.max())
    assert are(reasons, [*counts.index[counts == counts.max()]], 4)


def worth_most(c, reason, money, number) -> None:
    rows = [r | {"word": reason_word(r)} for r in c.rows if pd.notna(r["worth"])]
    totals = sums(rows, "word", "worth")
    assert totals[reason] == max(totals.values())
    assert same(money, totals[reason])
    assert same(number, sum(r["word"] == reason for r in rows))


def year_of(c, name, money, first, last, change=None, way=None) -> None:
    kept = [
        r
        for r in c.rows
        if r["metric"] == "revenue"
        and (r["manager_id"] == c.subject if c.subject else r["manager_id"] != "*")
    ]
    kept = [r for r in kept if r["until"] == r["month"] + pd.offsets.MonthEnd(0)]
    months = sorted({r["month"] for r in kept})[-12:]
    kept = [r for r in kept if r["month"] in months]
    assert name == (called(kept[0]) if c.subject else "Together")
    assert (month_of(first), month_of(last)) == (months[0], months[-1])
    total = sum(r["value"] for r in kept if pd.notna(r["value"]))
    before = [r for r in kept if pd.notna(r["year_ago"])]
    assert same(money, total)
    is_whole = {r["month"] for r in before} == set(months) and sum(
        r["year_ago"] for r in before) > 0  # fmt: skip
    assert is_whole == (way is not None)
    if way:
        rate = total / sum(r["year_ago"] for r in before) - 1
        assert same(change, abs(rate)) if change else abs(rate) < 0.001
        assert way == ("as much as" if not change else "more than" if rate > 0 else "less than")


YEAR = rf"(?P<name>.+?): (?P<money>{MONEY}) from (?P<first>{MONTH}) to (?P<last>{MONTH})"

OVERVIEW = {
    "revenue_months": {
        rf"{YEAR}, (?P<change>{SHARE}) (?P<way>more than|less than) a year before\.": year_of,
        rf"{YEAR}, (?P<way>as much as) a year before\.": year_of,
        rf"{YEAR}; the data hold no year before\.": year_of,
        r"No month is over yet\.": true(lambda c: not any(
            r["until"] == r["month"] + pd.offsets.MonthEnd(0) for r in c.rows
            if r["metric"] == "revenue" and (r["manager_id"] == c.subject or not c.subject))),
        r"The months before are kept of whole portfolios, not of some of their clients\.": true(
            lambda c: not c.rows),
    },
    "headlines": {
        rf"(?P<month>{MONTH})(?P<running> up to now)?: revenue (?P<money>{MONEY})"
        rf"(?:, at equal working days (?P<c12>{MONEY}) on (?P<m12>{MONTH}), (?P<c1>{MONEY}) on "
        rf"(?P<m1>{MONTH}))\.": month_revenue,
        rf"(?P<month>{MONTH})(?P<running> up to now)?: revenue (?P<money>{MONEY}), at equal "
        rf"working "
        rf"days (?P<change>{MONEY}) on (?P<then>{MONTH})\.":
            lambda c, month, running, money, change, then: month_revenue(
                c, month, running, money,
                **({"c12": change, "m12": then} if month[:-4] == then[:-4] else
                   {"c1": change, "m1": then})),
        rf"(?P<month>{MONTH})(?P<running> up to now)?: revenue (?P<money>{MONEY})\.": month_revenue,
        r"Worse: (?P<names>[^.]+)\.": judged("worse"),
        r"Better: (?P<names>[^.]+)\.": judged("better"),
        r"What can be compared with a year before is about as it was then\.": true(
            lambda c: {r["verdict"] for r in c.own if isinstance(r["verdict"], str)} == {"same"}),
        r"Nothing has been shipped yet, so there are no figures to show\.": true(
            lambda c: not c.own and not (c.people and not c.is_one)),
        r"No client counts, so there is no revenue to speak of\.": true(
            lambda c: c.own and "revenue" not in {r["metric"] for r in c.own}),
        re.escape(CHOOSE): true(Claims.no_sum),
    },
    "carriers": {
        ENDS(r"Most revenue: MOST\."): top_of("value", max, 1),
        ENDS(r"Largest rise on a year before at equal working days: MOST\."):
            top_of("year_change", max, 1),
        ENDS(r"Largest fall(?: on a year before at equal working days)?: MOST\."):
            top_of("year_change", min, -1),
        rf"(?P<name>.+?): revenue (?P<money>{MONEY})\.": lambda c, name, money: (
            [r["manager_name"] for r in revenue_rows(c)] == [name]
            and same(money, revenue_rows(c)[0]["value"])),
        r"No manager's clients have brought anything in this month\.": true(
            lambda c: max([r["value"] for r in revenue_rows(c)], default=0) <= 0),
    },
    "side_by_side": {
        r"Most figures (?P<verdict>better|worse) than a year before: (?P<most>.+?) "
        r"\((?P<many>\d+)\)\.": most_judged,
        r"(?P<name>.+?): (?P<better>\d+) of (?P<number>\d+) comparable figures better than a year "
        r"before, (?P<worse>\d+) worse\.": lambda c, name, better, number, worse: (
            verdicts(c) == {name: verdicts(c)[name]}
            and [verdicts(c)[name].count("better"), verdicts(c)[name].count("worse"),
                 len(verdicts(c)[name])] == [int(better), int(worse), int(number)]),
        r"No manager's figures have moved much in a year\.": true(
            lambda c: {word for each in verdicts(c).values() for word in each} == {"same"}),
        r"No figure of a manager can be compared with a year before\.": true(
            lambda c: not verdicts(c)),
    },
    "attention": {
        rf"(?P<number>{NUMBER}) clients? needs? somebody\.":
            lambda c, number: same(number, len(c.rows)),
        rf"First (?P<first>.+?): (?P<reason>.+?), worth (?P<worth>{MONEY})\.": first_client,
        r"None of them with money that can be told\. First (?P<first>.+?): (?P<reason>[^:.]+)\.":
            first_client,
        rf"Most frequent: (?P<reasons>.+?) \((?P<number>{NUMBER}) clients?\)\.": most_frequent,
        r"Nobody needs attention today\.": true(lambda c: not c.rows),
    },
    "reasons": {
        rf"Worth most: (?P<reason>.+?), (?P<money>{MONEY}) with (?P<number>{NUMBER}) clients?\.":
            worth_most,
        r"Nobody needs attention today\.": true(lambda c: not c.rows),
        r"No client needs attention for money that can be told\.": true(
            lambda c: c.rows and all(pd.isna(r["worth"]) for r in c.rows)),
    },
}  # fmt: skip


# ---------------------------------------------------------------- activity


def whole(c: Claims, rows: str = "own") -> Rows:
    return [r for r in getattr(c, rows) if r["kind"] == "*"]


def per_day(c, name, number) -> None:
    row = c.only(kind="*")
    assert name == called(row)
    assert same(number, row["activities"] / row["working_days"])


def lowest_norm(is_below: bool):
    def check(c, last) -> None:
        rows = [r for r in (c.own if c.is_one else c.people) if pd.notna(r["attainment"])]
        rows = [r for r in rows if r["attainment"] == min(r["attainment"] for r in rows)]
        found = re.fullmatch(rf"(?:(?P<who>.+?) \()?(?P<kind>[^:,]+)[:,] (?P<done>{NUMBER}) of "
                             rf"(?P<norm>{NUMBER})\)?", last)  # fmt: skip
        assert (found["who"] is None) == c.is_one
        kinds = {"*": "all activities"}
        mine = [r for r in rows if found["who"] in (None, r["manager_name"])]
        row = next(r for r in mine if found["kind"] == kinds.get(r["kind"], r["kind"]))
        assert (row["verdict"] == "below") == is_below
        assert same(found["done"], row["activities"] / row["working_days"])
        assert same(found["norm"], row["norm"])
        assert row["attainment"] < 1

    return check


def without_any(c, names="") -> None:
    rows = c.own if c.is_one else c.people
    done = sums(rows, "kind", "activities")
    idle = [f"{r['manager_name']} ({'any activity' if r['kind'] == '*' else r['kind']})"
            for r in rows
            if r["activities"] == 0 and r["working_days"] > 0 and done[r["kind"]]]  # fmt: skip
    assert not any(pd.notna(r["norm"]) for r in rows)
    assert are(names, idle, 4) if names else not idle


def norms_of(c: Claims) -> Rows:
    return [r for r in (c.own if c.is_one else c.people) if pd.notna(r["norm"])]


def idle_rows(c: Claims) -> Rows:
    return [r for r in whole(c, "people") if r["working_days"] > 0 and r["days_without"] > 0]


def idle(c, most, mv, number="1") -> None:
    rows = idle_rows(c)
    assert same(number, len(rows))
    days, of = mv.split(" of ")
    top = [r for r in rows if same(days, r["days_without"]) and same(of, r["working_days"])]
    assert same(days, max(r["days_without"] for r in rows))
    assert are(most, [r["manager_name"] for r in top], 2)


def days_of(c: Claims) -> dict:
    rows = [r for r in c.own if r["employed"] or r["activities"] > 0]
    return sums(rows, "day", "activities")


def busy(c, name, least, low, most, high) -> None:
    days = days_of(c)
    assert name == called(c.own[0])
    assert same(least, min(days.values()))
    assert same(most, max(days.values()))
    assert days[day_of(low)] == min(days.values())
    assert days[day_of(high)] == max(days.values()) > min(days.values()) > 0


def idle_days(c, name, empty, of, most, high) -> None:
    days = days_of(c)
    assert name == called(c.own[0])
    assert same(empty, sum(not each for each in days.values()))
    assert same(of, len(days))
    assert same(most, days[day_of(high)])
    assert days[day_of(high)] == max(days.values())


def classed(c: Claims, rows: str = "own") -> Rows:
    """The rows of the best letter of whom is spoken of, else of everybody."""
    best = min(r["abc"] for r in c.own or c.rows if r["abc"] in "ABC")
    return [r for r in getattr(c, rows) if r["abc"] == best]


def covered(c, name, share, letter) -> None:
    row = classed(c)[0]
    assert (name, letter) == (called(row), row["abc"])
    assert same(share, row["touched"] / row["clients"])


def parts_of_a(c, name, activities, money, by) -> None:
    row = c.only(abc="A")
    assert (name, by) == (called(row), row["share_by"])
    assert same(activities, row["activity_share"])
    assert same(money, row["margin_share"])


def apart(c, name, activities=None, money=None) -> None:
    rows = [r for r in c.people if r["abc"] == "A" and pd.notna(r["margin_share"])
            and pd.notna(r["activity_share"])]  # fmt: skip
    gaps = {r["manager_name"]: r["margin_share"] - r["activity_share"] for r in rows}
    assert gaps[name] == max(gaps.values()) > 0
    row = next(r for r in rows if r["manager_name"] == name)
    assert activities is None or same(activities, row["activity_share"])
    assert money is None or same(money, row["margin_share"])


def largest_client(c, name, money, days=None, kind=None, day=None) -> None:
    row = c.rows[0]
    assert name == row["client_name"]
    assert same(money, row["revenue"])
    assert row["revenue"] == max(r["revenue"] for r in c.rows)
    if kind:
        assert (kind, day_of(day)) == (row["kind"], row["due_on"])
    else:
        assert same(days, row["days_since"]) if days else pd.isna(row["last_touch"])


def longest_since(c, name, day) -> None:
    known = [r for r in c.rows if pd.notna(r["last_touch"])]
    assert day_of(day) == min(r["last_touch"] for r in known)
    assert name in [r["client_name"] for r in known if r["last_touch"] == day_of(day)]


def longest_wait(c, name, kind, day, outcome) -> None:
    first = min(r["due_on"] for r in c.rows)
    assert day_of(day) == first
    rows = [r for r in c.rows if r["due_on"] == first]
    assert (name, kind, outcome) in [(r["client_name"], r["kind"], r["outcome"]) for r in rows]


def through(c, name, of, by, count, outside) -> None:
    first, last = c.own[0], c.own[-1]
    assert (name, by, last["step"]) == (called(first), first["step"], "shipment")
    assert same(of, first["count"])
    assert first["count"] > 0
    assert same(count, last["count"])
    assert same(outside, last["outside"])


def not_reached(c, name, by, outside) -> None:
    assert (name, by) == (called(c.own[0]), c.own[0]["step"])
    assert c.own[0]["count"] == 0
    assert same(outside, c.own[-1]["outside"])


def narrowest(c, step) -> None:
    parts = {r["step"]: r["conversion"] for r in c.own if pd.notna(r["conversion"])}
    assert parts[step] == min(parts.values())


def last_steps(c: Claims) -> dict[str, int]:
    return {r["manager_name"]: r["count"] for r in c.people if r["step"] == "shipment"}


def early(c, names) -> None:
    stuck = []
    for manager in {r["manager_id"] for r in c.people}:
        rows = [r for r in c.people if r["manager_id"] == manager]
        stuck += [f"{b['manager_name']} (before the {b['step']})"
                  for a, b in itertools.pairwise(rows)
                  if a["count"] >= 10 and b["count"] == 0]  # fmt: skip
    assert are(names, stuck, 4)


def came_through(c, most, number) -> None:
    counts = last_steps(c)
    assert same(number, max(counts.values()))
    assert are(most, [name for name, n in counts.items() if n == max(counts.values())], 4)


def frequent_topic(c, name, topics, share, norm) -> None:
    rows = [r for r in c.own if pd.notna(r["share"])]
    word = {"useful": "useful information"}
    top = max(r["share"] for r in rows)
    assert name == called(rows[0])
    assert same(share, top)
    assert same(norm, 1 / 3)
    assert are(topics, [word.get(r["topic"], r["topic"]) for r in rows if r["share"] == top], 4)


def one_sided(c, name, topic, share) -> None:
    rows = [r for r in c.people if pd.notna(r["share"])]
    top = max(r["share"] for r in rows)
    assert same(share, top)
    word = {"useful": "useful information"}
    assert (name, topic) in [
        (r["manager_name"], word.get(r["topic"], r["topic"])) for r in rows if r["share"] == top
    ]


def waiting(c, number) -> bool:
    return same(number, len(c.rows))


ACTIVITY = {
    "activity_per_day": {
        rf"(?P<name>.+?): (?P<number>{NUMBER}) activities per working day\.": per_day,
        r"Furthest below a norm: (?P<last>.+?)\.": lowest_norm(True),
        r"Nobody is far below a norm; furthest: (?P<last>.+?)\.": lowest_norm(False),
        r"Every norm is reached\.": true(lambda c: norms_of(c) and all(
            r["activities"] >= r["norm"] * r["working_days"] - 1e-9
            for r in norms_of(c) if r["working_days"])),
        r"No working day with a norm has passed yet\.": true(
            lambda c: norms_of(c) and not any(r["working_days"] for r in norms_of(c))),
        r"No norm is set\. Without any: (?P<names>.+?)\.": without_any,
        r"No norm is set\.": without_any,
        r"No activity is recorded up to this month\.": true(lambda c: not c.own or not c.rows),
    },
    "idle_days": {
        ENDS(rf"(?P<number>{NUMBER}) managers had working days without any activity; most: MOST\."):
            idle,
        ENDS(r"1 manager had working days without any activity: MOST\."): idle,
        ENDS(r"Working days without any activity: MOST\."): idle,
        r"Nobody had a working day without any activity\.": true(lambda c: not idle_rows(c)),
        r"No activity is recorded on a working day up to now\.": true(
            lambda c: not [r for r in whole(c, "people") if r["working_days"]]),
    },
    "busy_days": {
        rf"(?P<name>.+?): from (?P<least>{NUMBER}) \((?P<low>{DAY})\) to (?P<most>{NUMBER}) "
        rf"\((?P<high>{DAY})\) activities on a working day\.": busy,
        rf"(?P<name>.+?): working days without any activity: (?P<empty>{NUMBER}) of "
        rf"(?P<of>{NUMBER});"
        rf" most: (?P<most>{NUMBER}) \((?P<high>{DAY})\)\.": idle_days,
        rf"(?P<name>.+?): activities on every working day: (?P<most>{NUMBER})\.":
            lambda c, name, most: set(days_of(c).values()) == {amount(most)[0]},
        r"No activity is recorded on a working day up to now\.": true(lambda c: not days_of(c)),
        re.escape(CHOOSE): true(Claims.no_sum),
    },
    "coverage": {
        rf"(?P<name>.+?): (?P<share>{SHARE}) of (?P<letter>[ABC]) clients contacted in time\.":
            covered,
        rf"The company: (?P<share>{SHARE})\.": lambda c, share: same(
            share, classed(c, "company")[0]["coverage"]),
        ENDS(r"(?:[ABC] clients contacted in time, m|M)ost: MOST; fewest: LEAST\."):
            say_ends("coverage", lambda c: classed(c, "people")),
        ALIKE: say_alike("coverage", lambda c: classed(c, "people")),
        r"There are no A, B or C clients whose activities could be told yet\.": true(
            lambda c: not [r for r in c.rows if r["abc"] in "ABC"]),
        r"There is nobody to compare\.": true(lambda c: not c.own and len(
            classed(c, "people")) < 2),
    },
    "attention_and_money": {
        rf"(?P<name>.+?): of A, B and C clients together, A get (?P<activities>{SHARE}) of the "
        rf"activities and bring (?P<money>{SHARE}) of the (?P<by>margin|revenue)\.": parts_of_a,
        r"The two are furthest apart: (?P<name>.+?)\.": apart,
        r"A clients’ parts in activities and money are furthest apart: (?P<name>.+?) "
        rf"\((?P<activities>{SHARE}) against (?P<money>{SHARE})\)\.": apart,
        r"With no manager do A clients get less attention than they bring money\.": true(
            lambda c: all(r["margin_share"] <= r["activity_share"] for r in c.people
                          if r["abc"] == "A" and pd.notna(r["margin_share"])
                          and pd.notna(r["activity_share"]))),
        r"There are no activities with A, B or C clients to hold beside their money\.": true(
            lambda c: not [r for r in (c.own if c.is_one else c.rows) if r["abc"] == "A"
                           and pd.notna(r["activity_share"]) and pd.notna(r["margin_share"])]),
    },
    "untouched": {
        rf"(?P<number>{NUMBER}) A (?:and|or) B clients? (?:was|were) not contacted in time\.":
            waiting,
        rf"The largest: (?P<name>.+?) \((?P<money>{MONEY})\), days since the last contact: "
        rf"(?P<days>{NUMBER})\.": largest_client,
        rf"The largest: (?P<name>.+?) \((?P<money>{MONEY})\), never contacted\.": largest_client,
        r"As far as contacts are recorded, no A or B client waits too long for one\.": true(
            lambda c: not c.rows),
    },
    "longest_untouched": {
        rf"(?P<number>{NUMBER}) A (?:and|or) B clients? (?:was|were) never contacted\.":
            lambda c, number: same(number, sum(pd.isna(r["last_touch"]) for r in c.rows)),
        rf"Longest without a contact: (?P<name>.+?), since (?P<day>{DAY})\.": longest_since,
        r"As far as contacts are recorded, no A or B client waits too long for one\.": true(
            lambda c: not c.rows),
    },
    "promises_kept": {
        rf"(?P<name>.+?): (?P<share>{SHARE}) of missed calls and meetings that fell through were "
        r"made good in time\.": lambda c, name, share: (
            name == called(c.only(kind="*"))
            and same(share, c.only(kind="*")["kept"] / c.only(kind="*")["due"])),
        rf"The company: (?P<share>{SHARE})\.": lambda c, share: same(
            share, whole(c, "company")[0]["kept_share"]),
        ENDS(r"(?:Missed calls and meetings made good in time, m|M)ost often: MOST; most rarely: "
             r"LEAST\."): say_ends("kept_share", lambda c: whole(c, "people")),
        ALIKE: say_alike("kept_share", lambda c: whole(c, "people")),
        r"No missed call and no meeting that fell through had to be made good by this day\.": true(
            lambda c: not c.rows),
        r"There is nobody to compare\.": true(
            lambda c: not whole(c) and (c.is_one or len(whole(c, "people")) < 2)),
    },
    "promises_waiting": {
        rf"(?P<number>{NUMBER}) clients? waits? after a missed call or a meeting that fell "
        r"through\.": waiting,
        rf"The largest: (?P<name>.+?) \((?P<money>{MONEY})\), (?P<kind>[^,]+) on (?P<day>{DAY})\.":
            largest_client,
        r"No client waits after a missed call or a meeting that fell through\.": true(
            lambda c: not c.rows),
    },
    "longest_waiting": {
        rf"Waits longest: (?P<name>.+?), (?P<kind>[^,]+) on (?P<day>{DAY}) \((?P<outcome>.+?)\)\.":
            longest_wait,
        r"No client waits after a missed call or a meeting that fell through\.": true(
            lambda c: not c.rows),
    },
    "funnel": {
        rf"(?P<name>.+?): of (?P<of>{NUMBER}) clients reached by (?P<by>\w+), (?P<count>{NUMBER}) "
        rf"came through to the shipment; bought without all steps: "
        rf"(?P<outside>{NUMBER})\.": through,
        r"(?P<name>.+?): no client was reached by (?P<by>\w+); bought without all steps: "
        rf"(?P<outside>{NUMBER})\.": not_reached,
        r"The smallest part goes on to the (?P<step>\w+)\.": narrowest,
        r"No client was reached by a call, meeting or another step in these months\.": true(
            lambda c: not c.own),
        re.escape(CHOOSE): true(Claims.no_sum),
    },
    "funnel_by_manager": {
        r"The funnel ends early: (?P<names>.+?)\.": early,
        rf"Clients who came through all steps, most: (?P<most>.+?) \((?P<number>{NUMBER})\)\.":
            came_through,
        rf"(?P<most>.+?): (?P<number>{NUMBER}) clients? came through all steps\.": came_through,
        rf"The company: (?P<number>{NUMBER})\.": lambda c, number: (
            c.is_one and same(number, c.company[-1]["count"])),
        r"Nobody came through all steps\.": true(lambda c: max(last_steps(c).values()) == 0),
        r"No client was reached by a call, meeting or another step in these months\.": true(
            lambda c: not c.people),
    },
    "topic_mix": {
        rf"(?P<name>.+?): the most frequent topic is (?P<topics>.+?) \((?P<share>{SHARE})\); "
        rf"even would "
        rf"be (?P<norm>{SHARE})\.": frequent_topic,
        rf"Most one-sided: (?P<name>.+?) \((?P<topic>[^(),]+), (?P<share>{SHARE})\)\.": one_sided,
        r"No contact of this month has a topic\.": true(lambda c: not c.own),
    },
}  # fmt: skip


# ---------------------------------------------------------------- profitability

STEPS = {"price": "Price", "cost": "Purchase cost", "volume": "Volume", "mix": "Mix",
         "new": "Articles added", "lost": "Articles dropped"}  # fmt: skip


def keyed(row: dict) -> str:
    kind = {"client_group": "client group", "product_group": "product group"}
    kind = kind.get(row["dimension"], row["dimension"])
    return f"those without a {kind}" if row["name"] == "(none)" else row["name"]


def known(c: Claims) -> Rows:
    return [r for r in c.rows if pd.notna(r["margin"])]


def earned(c, margin, rate=None) -> None:
    total = sum(r["margin"] for r in known(c))
    costed = sum(r["revenue"] - r["uncosted_revenue"] for r in c.rows)
    assert same(margin, total)
    assert same(rate, total / costed) if rate else costed <= 0


def most_from(c, most=None, least=None) -> None:
    rows = sorted(known(c), key=lambda r: r["margin"])
    assert len(rows) > 1
    assert most is None or (most == keyed(rows[-1]) or rows[-1]["margin"] == rows[-2]["margin"])
    assert (least is not None) == (rows[0]["margin"] < 0)
    assert least is None or least == keyed(rows[0])
    assert (most is None) == (rows[-1]["margin"] <= 0)


def fallen(c, name, points) -> None:
    lost = {keyed(r): (r["prev_margin_rate"] - r["margin_rate"])
            * (r["revenue"] - r["uncosted_revenue"]) for r in known(c)
            if pd.notna(r["prev_margin_rate"]) and pd.notna(r["margin_rate"])}  # fmt: skip
    assert lost[name] == pytest.approx(max(lost.values()))
    row = next(r for r in known(c) if keyed(r) == name)
    assert same(points, 100 * (row["margin_rate"] - row["prev_margin_rate"]))
    assert lost[name] > 0


def few(c, number, of, share) -> None:
    earn = sorted((r["margin"] for r in c.rows), reverse=True)
    whole_, so_far, needed = sum(m for m in earn if m > 0), 0.0, 0
    for margin in earn:
        if so_far >= 0.8 * whole_ - 1e-9 * whole_:
            break
        so_far, needed = so_far + margin, needed + 1
    assert same(number, needed)
    assert same(of, len(c.rows))
    assert same(share, so_far / whole_)


def losers(c, number, total, name, loss) -> None:
    worst = min(c.rows, key=lambda r: r["margin"])
    assert same(number, len(c.rows))
    assert len(c.rows) > 1
    assert same(total, -sum(r["margin"] for r in c.rows))
    assert name == worst["client_name"]
    assert same(loss, -worst["margin"])


def margin_moved(c, way, before, after) -> None:
    row = c.rows[0]
    assert same(before, row["margin_before"])
    assert same(after, row["margin_after"])
    assert (row["margin_after"] > row["margin_before"]) == (way == "rose")
    assert before != after


def driver(row: dict) -> str:
    """The step that did most in the direction of the change."""
    change = row["margin_after"] - row["margin_before"]
    sign = (change > 0) - (change < 0)
    steps = {step: row[step] for step in STEPS if row[step] * sign > 0 or (not sign and row[step])}
    return max(steps, key=lambda step: abs(steps[step]))


def largest_step(c, step, money) -> None:
    row = c.rows[0]
    assert step == STEPS[driver(row)]
    assert same(money, row[driver(row)])
    assert abs(row["new"]) + abs(row["lost"]) <= 0.5 * sum(abs(row[each]) for each in STEPS)


def articles(c, share) -> None:
    row = c.rows[0]
    part = (abs(row["new"]) + abs(row["lost"])) / sum(abs(row[each]) for each in STEPS)
    assert same(share, part)
    assert part > 0.5


def moved_most(pick):
    def check(c, name, money, step) -> None:
        row = pick(c.rows, key=lambda r: r["margin_after"] - r["margin_before"])
        change = row["margin_after"] - row["margin_before"]
        assert (name, step) == (keyed(row), STEPS[driver(row)])
        assert same(money, change)
        assert (change > 0) == (pick is max)

    return check


BRIDGE = ["price", "volume", "assortment", "new", "returned", "lost", "handed_over"]
NAMED = dict(zip(BRIDGE, ["price", "volume", "assortment", "new clients", "returned clients",
                          "lost clients", "handed over"], strict=True))  # fmt: skip


def bridge_row(c: Claims) -> dict:
    whom = "manager" if c.is_one else "*"
    (row,) = (r for r in c.rows if (r["dimension"], r["key"]) == (whom, c.subject))
    return row


def bridged(c, name, after, before=None, way=None, line=None, money=None) -> None:
    row = bridge_row(c)
    assert name == (row["name"] if c.is_one else "The company")
    change = row["after"] - row["before"]
    assert same(after, row["after"])
    if way is None:
        assert change == 0
        return
    assert same(before, row["before"]) and way == ("rose" if change > 0 else "fell")
    most = max(BRIDGE, key=lambda each: row[each] * (1 if change > 0 else -1))
    assert line == NAMED[most] and same(money, row[most])


PROFITABILITY = {
    "revenue_lines": {
        rf"(?P<name>.+?): revenue sold (?P<way>rose|fell) from (?P<before>{MONEY}) a year before "
        rf"to (?P<after>{MONEY}), most of all by (?P<line>[a-z ]+) "
        rf"\((?P<money>{MONEY})\)\.": bridged,
        rf"(?P<name>.+?): revenue sold is (?P<after>{MONEY}), as a year before\.": bridged,
        r"Only months that are in the data a year earlier too are compared\.": true(
            lambda c: bridge_row(c)["window_months"] < 12),
        r"Nothing to compare: the bridge needs sales in months that are in the data a year "
        r"earlier too\.": true(lambda c: not c.rows),
        re.escape(CHOOSE): true(lambda c: not c.subject),
    },
    "earners": {
        rf"Gross margin is (?P<margin>{MONEY}), (?P<rate>{SHARE}) of the revenue whose cost is "
        r"known\.": earned,
        rf"Gross margin is (?P<margin>{MONEY})\.": earned,
        r"Most comes from: (?P<most>[^;]+?)\.": most_from,
        r"Most comes from: (?P<most>.+?); most is lost with: (?P<least>.+?)\.": most_from,
        r"Nobody earns; most is lost with: (?P<least>.+?)\.": most_from,
        rf"The fall of the rate that costs most: (?P<name>.+?) \((?P<points>{NUMBER}) points\)\.":
            fallen,
        rf"A year before the rate was (?P<rate>{SHARE})\.": lambda c, rate: (
            len(known(c)) == 1 and same(rate, known(c)[0]["prev_margin_rate"])
            and known(c)[0]["margin_rate"] < known(c)[0]["prev_margin_rate"]),
        rf"No cost is known for any of the (?P<money>{MONEY}) of revenue, so there is no "
        rf"margin: add "
        r"cost to the shipments, or unit_cost to the products\.": lambda c, money: (
            not known(c) and same(money, sum(r["revenue"] for r in c.rows))),
        r"Nothing was sold in this window, so there is nothing to earn\.": true(
            lambda c: not c.rows),
    },
    "without_cost": {
        rf"(?P<money>{MONEY}) of the revenue in this list has no known cost and is in no margin\.":
            lambda c, money: same(money, sum(r["uncosted_revenue"] for r in c.rows)),
        r"The cost of all revenue in this list is known\.": true(
            lambda c: abs(sum(r["uncosted_revenue"] for r in c.rows)) < 1e-4),
        rf"Lost in all: (?P<money>{MONEY}); the cost of all this revenue is known\.": (
            lambda c, money: same(money, -sum(r["margin"] for r in c.rows))
            and all(r["uncosted_revenue"] == 0 and r["margin"] < 0 for r in c.rows)),
        r"There are no rows to show\.": true(lambda c: not c.rows),
    },
    "whale": {
        rf"(?P<number>{NUMBER}) of (?P<of>{NUMBER}) clients brings? (?P<share>{SHARE}) of all "
        rf"that is "
        r"earned\.": few,
        r"No client earns anything\.": true(lambda c: max(r["margin"] for r in c.rows) <= 0),
        r"No client has revenue with a known cost, so there is no margin to add up\.": true(
            lambda c: not c.rows),
    },
    "loss_makers": {
        rf"(?P<number>{NUMBER}) clients lose (?P<total>{MONEY}); most of all: (?P<name>.+?) "
        rf"\((?P<loss>{MONEY})\)\.": losers,
        rf"One client costs money: (?P<name>.+?) lost (?P<loss>{MONEY}) on (?P<revenue>{MONEY}) of "
        r"revenue\.": lambda c, name, loss, revenue: (
            len(c.rows) == 1 and name == c.rows[0]["client_name"]
            and same(loss, -c.rows[0]["margin"]) and same(revenue, c.rows[0]["revenue"])),
        r"No client whose cost is known loses money\.": true(lambda c: not c.rows),
    },
    "margin_steps": {
        rf"The margin (?P<way>rose|fell) from (?P<before>{MONEY}) a year before to "
        rf"(?P<after>{MONEY})\.": margin_moved,
        rf"The margin is (?P<after>{MONEY}), about as a year before\.": lambda c, after: (
            same(after, c.rows[0]["margin_after"]) and same(after, c.rows[0]["margin_before"])),
        rf"Largest step(?: up| down)?: (?P<step>.+?) \((?P<money>{MONEY})\)\.": largest_step,
        rf"Articles added and dropped are (?P<share>{SHARE}) of all movement; the other steps "
        rf"compare "
        r"only articles sold in both years\.": articles,
        r"Nothing to compare yet: the bridge needs revenue with a known cost, and months that are "
        r"in the data a year earlier too\.": true(lambda c: not c.rows),
    },
    "step_grid": {
        rf"Largest fall of the margin: (?P<name>.+?) \((?P<money>{MONEY}); largest step down: "
        r"(?P<step>[^)]+)\)\.": moved_most(min),
        rf"Largest rise of the margin: (?P<name>.+?) \((?P<money>{MONEY}); largest step up: "
        r"(?P<step>[^)]+)\)\.": moved_most(max),
        r"There is no margin to compare with a year before\.": true(lambda c: not c.rows),
        r"Every margin is as it was a year before\.": true(
            lambda c: c.rows and not any(r["change"] for r in c.rows)),
    },
}  # fmt: skip


# ---------------------------------------------------------------- retention


def latest(c: Claims, rows: str = "own") -> Rows:
    last = max((r["month"] for r in c.rows), default=None)
    return [r for r in getattr(c, rows) if r["month"] == last]


def nrr_of(row: dict) -> float:
    kept = row["opening"] + row["expansion"] - row["contraction"] - row["churned"]
    return kept / row["opening"] if row["opening"] > 0 else float("nan")


def kept_revenue(c, name, nrr, clients=None, before=None, month=None) -> None:
    row = latest(c)[0]
    assert name == called(row)
    assert same(nrr, nrr_of(row))
    assert clients is None or same(clients, row["clients_kept"] / row["clients_opening"])
    if before:
        first = min(c.own, key=lambda r: r["month"])
        assert month_of(month) == first["month"] < row["month"]
        assert same(before, nrr_of(first))


def moved_revenue(c, name, before, after, step=None, money=None) -> None:
    row = latest(c)[0]
    steps = {"Bought more": row["expansion"], "Bought less": -row["contraction"],
             "Stopped buying": -row["churned"], "New and returned": row["new"]}  # fmt: skip
    assert name == called(row)
    assert same(before, row["opening"])
    assert same(after, row["closing"])
    assert abs(steps[step]) == max(map(abs, steps.values())) if step else not any(steps.values())
    assert not step or same(money, steps[step])


def won_at(column: str, age: int):
    """All clients won so many quarters ago or more; quarters that are not whole have no own row."""

    def check(c, share, name=None, clients=None) -> None:
        row = c.only(age=age, cohort=pd.NaT)
        assert name is None or name == called(row)
        assert clients is None or same(clients, row["clients"])
        assert same(share, row[column])
        assert same(share, row["retained"] / row["clients"]) or column != "retention"

    return check


def fresh(c, name, kept, of, since=None, until=None) -> None:
    rows = [r for r in c.own if r["age"] == 3 and not r["existing"]]
    rows = sorted(rows, key=lambda r: r["cohort"])[-12:]
    assert name == called(rows[0])
    assert same(kept, sum(r["retained_quarter"] for r in rows))
    assert same(of, sum(r["clients"] for r in rows))
    assert month_of(until) == rows[-1]["cohort"]
    assert month_of(since or until) == rows[0]["cohort"]


def step_of(c: Claims, rows: str = "own") -> Rows:
    return [r for r in getattr(c, rows) if r["purchase_no"] == 2 and pd.notna(r["conversion"])]


def came_back(c, name, share, of, days=None) -> None:
    row = step_of(c)[0]
    assert name == called(row)
    assert same(share, row["conversion"])
    assert same(of, row["mature"])
    assert days is None or same(days, row["median_days"])


def survivors(rows: Rows, months: float) -> Rows:
    """The last row of each manager up to so many months, where somebody was watched so long."""
    found: dict[str, dict] = {}
    for row in rows:
        if row["months"] <= months <= row["watched_months"]:
            best = found.get(row["manager_id"])
            if best is None or row["months"] >= best["months"]:
                found[row["manager_id"]] = row
    return [*found.values()]


def still_buy(c, name, share, months="12", later=None) -> None:
    row = survivors(c.own, amount(months)[0])[0]
    assert name == called(row)
    assert same(share, row["survival"])
    if later:
        assert same(later, survivors(c.own, 24)[0]["survival"])
    else:
        assert not survivors(c.own, 24) or months != "12"


def half_gone(c, months="0") -> None:
    half = amount(months)[0]
    assert survivors(c.own, half)[0]["survival"] <= 0.5
    earlier = [r for r in c.own if r["months"] <= half - 1]
    assert all(r["survival"] > 0.5 for r in earlier)


def after_a_year(c, name, share, of) -> None:
    row = survivors(c.people, 12)[0]
    first = min((r for r in c.people if r["manager_id"] == row["manager_id"]),
                key=lambda r: r["months"])  # fmt: skip
    assert name == row["manager_name"]
    assert same(share, row["survival"])
    assert same(of, first["at_risk"])


NONE_YET = true(lambda c: not c.own or pd.isna(latest(c)[0]["nrr"]))
RETENTION = {
    "revenue_kept_by_manager": {
        ENDS(r"Clients' revenue against a year before, highest: MOST; lowest: LEAST\."):
            say_ends("nrr", lambda c: latest(c, "people")),
        ALIKE: say_alike("nrr", lambda c: latest(c, "people")),
        rf"(?P<name>.+?): clients bring (?P<nrr>{SHARE}) of their revenue of a year before\.":
            lambda c, name, nrr: (
                [(r["manager_name"], same(nrr, nrr_of(r))) for r in latest(c, "people")
                 if pd.notna(r["nrr"])] == [(name, True)]),
        rf"The company: (?P<nrr>{SHARE})\.": lambda c, nrr: same(
            nrr, nrr_of(latest(c, "company")[0])),
        r"None of the managers shown has clients with revenue in the year before\.": true(
            lambda c: not [r for r in latest(c, "people") if pd.notna(r["nrr"])]),
    },
    "revenue_kept": {
        rf"(?P<name>.+?): clients bring (?P<nrr>{SHARE}) of their revenue of a year before"
        rf"(?:, (?P<before>{SHARE}) in (?P<month>{MONTH}))?; (?P<clients>{SHARE}) of them still "
        r"buy\.": kept_revenue,
    },
    "revenue_moves": {
        rf"(?P<name>.+?): revenue (?P<before>{MONEY}) a year before, (?P<after>{MONEY}) now; "
        rf"largest "
        rf"step: (?P<step>.+?) \((?P<money>{MONEY})\)\.": moved_revenue,
        rf"(?P<name>.+?): revenue (?P<before>{MONEY}) a year before, (?P<after>{MONEY}) now\.":
            moved_revenue,
    },
    "cohorts_kept": {
        rf"(?P<name>.+?): (?P<share>{SHARE}) of (?P<clients>{NUMBER}) clients won early "
        r"enough bought again in the quarter after the first\.": won_at("retention", 1),
        rf"In the quarter a year after it (?P<share>{SHARE}) did, of those who had the time\.":
            won_at("retention", 4),
        r"No client was won early enough to tell who stays: clients count as won from the second "
        r"month of the data on, and show two quarters later\.": true(
            lambda c: not [r for r in c.own if pd.isna(r["cohort"]) and r["age"] in (1, 4)
                           and pd.notna(r["retention"])]),
        re.escape(CHOOSE): true(Claims.no_sum),
    },
    "cohort_revenue": {
        rf"(?P<name>.+?): clients won bring (?P<share>{SHARE}) of the revenue of their first "
        rf"quarter "
        r"in the next\.": won_at("revenue_retention", 1),
        rf"A year after it, those won early enough bring (?P<share>{SHARE})\.":
            won_at("revenue_retention", 4),
        r"No client with revenue in its first quarter was won early enough to tell what becomes of "
        r"it\.": true(lambda c: not [r for r in c.own if pd.isna(r["cohort"]) and r["age"] in (1, 4)
                                     and pd.notna(r["revenue_retention"])]),
        re.escape(CHOOSE): true(Claims.no_sum),
    },
    "ladder": {
        rf"(?P<name>.+?): (?P<share>{SHARE}) of the (?P<of>{NUMBER}) clients who had the "
        rf"time made "
        rf"a second purchase(?:; median days between: (?P<days>{NUMBER}))?\.": came_back,
        r"No first purchase is old enough yet to tell who comes back\.": true(
            lambda c: not step_of(c)),
        re.escape(CHOOSE): true(Claims.no_sum),
    },
    "second_purchase": {
        ENDS(r"Clients who made a second purchase, most: MOST; fewest: LEAST\."):
            say_ends("conversion", lambda c: step_of(c, "people")),
        ALIKE: say_alike("conversion", lambda c: step_of(c, "people")),
        rf"(?P<name>.+?): (?P<share>{SHARE}) of (?P<of>{NUMBER}) clients who had the time "
        rf"made a "
        r"second purchase\.": lambda c, name, share, of: (
            [(r["manager_name"], same(share, r["conversion"]), same(of, r["mature"]))
             for r in step_of(c, "people")] == [(name, True, True)]),
        rf"The company: (?P<share>{SHARE})\.": lambda c, share: same(
            share, step_of(c, "company")[0]["conversion"]),
        r"No first purchase is old enough yet to tell whose clients come back\.": true(
            lambda c: not step_of(c, "people")),
    },
    "survival": {
        rf"(?P<name>.+?): (?P<share>{SHARE}) of clients still buy a year after their first "
        rf"purchase, "
        rf"(?P<later>{SHARE}) after two years\.": still_buy,
        rf"(?P<name>.+?): (?P<share>{SHARE}) of clients still buy (?P<months>{NUMBER}) months "
        rf"after "
        r"their first purchase\.": still_buy,
        rf"Half of them have stopped after (?P<months>{NUMBER}) months\.": half_gone,
        r"Half of them bought only once\.": half_gone,
        r"No client has been silent long enough to have ended\.": true(
            lambda c: not any(r["ended"] for r in c.own)),
        re.escape(CHOOSE): true(Claims.no_sum),
    },
    "cohort_months": {
        rf"(?P<name>.+?): (?P<kept>{NUMBER}) of (?P<of>{NUMBER}) clients won from "
        rf"(?P<since>{MONTH}) to "
        rf"(?P<until>{MONTH}) bought again in the three months after the first\.": fresh,
        rf"(?P<name>.+?): (?P<kept>{NUMBER}) of (?P<of>{NUMBER}) clients won in (?P<until>{MONTH}) "
        r"bought again in the three months after the first\.": fresh,
        r"No client was won early enough to tell who comes back\.": true(
            lambda c: not [r for r in c.own if r["age"] == 3 and not r["existing"]]),
        re.escape(CHOOSE): true(Claims.no_sum),
    },
    "survival_by_manager": {
        ENDS(r"Clients who still buy after a year, most: MOST; fewest: LEAST\."):
            say_ends("survival", lambda c: survivors(c.people, 12)),
        ALIKE: say_alike("survival", lambda c: survivors(c.people, 12)),
        rf"(?P<name>.+?): after a year (?P<share>{SHARE}) of (?P<of>{NUMBER}) clients still buy\.":
            after_a_year,
        rf"The company: (?P<share>{SHARE})\.": lambda c, share: same(
            share, survivors(c.company, 12)[0]["survival"]),
        r"No manager's clients have been watched for a year yet\.": true(
            lambda c: not survivors(c.people, 12)),
    },
}  # fmt: skip
for _name in ("revenue_kept", "revenue_moves"):
    RETENTION[_name] |= {
        r"There is no revenue of the year before to compare with: this shows once the data reach "
        r"back a year\.": true(lambda c: not c.own),
        r"(?P<name>.+?): no client brought revenue in the year before, so there is none to keep\.":
            lambda c, name: name == called(c.own[0]) and pd.isna(latest(c)[0]["nrr"]),
        rf"(?P<name>.+?): no client with revenue to compare after (?P<month>{MONTH})\.":
            lambda c, name, month: not latest(c) and month_of(month) == max(
                r["month"] for r in c.own),
        re.escape(CHOOSE): true(Claims.no_sum),
    }  # fmt: skip


# ---------------------------------------------------------------- loyalty


def asked(c: Claims) -> Rows:
    """The rows that a card shows."""
    where = c.card.options.get("where", {})
    return [r for r in c.rows if all(r[k] == v for k, v in where.items())]


def who_answers(c: Claims, name: str, rows: Rows) -> dict:
    key = "*" if name == "The company" else c.subject
    row = next(r for r in rows if r["key"] == key)
    assert name in ("The company", row["name"])
    return row


def scored(c, name, answers, score=None, before=None) -> None:
    row = who_answers(c, name, c.rows)
    assert same(answers, row["answers"])
    assert (score is None) == pd.isna(row["nps"])
    if score:
        nps = (row["promoters"] - row["detractors"]) / row["answers"]
        assert same(score, 100 * nps)
        assert (before is None) == pd.isna(row["previous"])
        assert before is None or same(before, 100 * row["previous"])


def last_quarter(c, name, quarter, answers, score=None) -> None:
    mine = [r for r in c.rows if r["key"] == ("*" if name == "The company" else c.subject)]
    row = max(mine, key=lambda r: r["quarter"])
    assert name in ("The company", row["name"])
    assert quarter == f"Q{row['quarter'].quarter} {row['quarter'].year}"
    assert same(answers, row["answers"])
    assert pd.isna(row["nps"]) if score is None else same(score, 100 * row["nps"])


def best_and_worst(c, most, mv, least, lv, quarter=None) -> None:
    rows = [
        r for r in asked(c) if r["dimension"] != "*" and r["key"] not in ("(none)", "(unassigned)")
    ]
    if quarter:
        last = max(r["quarter"] for r in rows)
        assert quarter == f"Q{last.quarter} {last.year}"
        rows = [r for r in rows if r["quarter"] == last]
    c.ends([r | {"score": 100 * r["nps"]} for r in rows], "score", most, mv, least, lv, "name")


def only_key(c, name, score) -> None:
    known = [r for r in asked(c) if r["dimension"] != "*" and pd.notna(r["nps"])]
    assert [(r["name"], same(score, 100 * r["nps"])) for r in known] == [(name, True)]


def nothing_known(c, quarter=None) -> None:
    rows = [r for r in asked(c) if r["dimension"] != "*"]
    last = max((r["quarter"] for r in rows), default=None) if quarter else None
    assert all(pd.isna(r["nps"]) for r in rows if last is None or r["quarter"] == last)


def promoters_bring(c, share, stayed=None) -> None:
    row = next(r for r in c.rows if r["answer"] == "promoter")
    whole_ = sum(r["revenue"] for r in c.rows)
    assert same(share, row["revenue"] / whole_)
    assert pd.isna(row["stayed"]) if stayed is None else same(stayed, row["stayed"])


def unhappy(c, number, name, score, days=None) -> None:
    waits = [r for r in c.rows if pd.notna(r["days_unanswered"])]
    largest = max(waits or c.rows, key=lambda r: r["revenue"])
    assert same(number, len(c.rows))
    assert name == largest["client_name"]
    assert same(score, largest["score"])
    assert same(days, largest["days_unanswered"]) if days else not waits


NO_ROWS = {r"There are no rows to show\.": true(lambda c: not asked(c))}
ONE_KEY = rf"Net promoter score(?:, Quarter: Q\d \d{{4}})?: (?P<name>.+?) \((?P<score>{SCORE})\)\."
NOTHING = r"Net promoter score(?:, Quarter: (?P<quarter>Q\d \d{4}))?: nothing is known\."
HIGHEST = ENDS(r"Net promoter score(?:, Quarter: (?P<quarter>Q\d \d{4}))?, highest: MOST; lowest: "
               r"LEAST\.")  # fmt: skip
LOYALTY = {
    "nps": NO_ROWS | {
        rf"(?P<name>.+?): net promoter score (?P<score>{SCORE}), (?P<before>{SCORE}) a window "
        rf"before; "
        rf"(?P<answers>{NUMBER}) answers\.": scored,
        rf"(?P<name>.+?): net promoter score (?P<score>{SCORE}); (?P<answers>{NUMBER}) answers\.":
            scored,
        rf"(?P<name>.+?): (?P<answers>{NUMBER}) answers, too few for a score\.": scored,
        HIGHEST: best_and_worst,
        ONE_KEY: only_key,
        NOTHING: nothing_known,
    },
    "nps_trend": NO_ROWS | {
        rf"(?P<name>.+?): net promoter score (?P<score>{SCORE}) in (?P<quarter>Q\d \d{{4}}), of "
        rf"(?P<answers>{NUMBER}) answers\.": last_quarter,
        rf"(?P<name>.+?): (?P<answers>{NUMBER}) answers in (?P<quarter>Q\d \d{{4}}), too few for a "
        r"score\.": last_quarter,
        HIGHEST: best_and_worst,
        ONE_KEY: only_key,
        NOTHING: nothing_known,
    },
    "nps_money": NO_ROWS | {
        rf"Promoters bring (?P<share>{SHARE}) of the revenue; within 180 days of such an "
        rf"answer (?P<stayed>{SHARE}) bought again\.": promoters_bring,
        rf"Promoters bring (?P<share>{SHARE}) of the revenue\.": promoters_bring,
    },
    "detractors": NO_ROWS | {
        rf"Clients who would not recommend us: (?P<number>{NUMBER})\. The largest without a "
        rf"word from "
        rf"us since the answer: (?P<name>.+?) \(score (?P<score>{NUMBER}); days: "
        rf"(?P<days>{NUMBER})\)\.": unhappy,
        rf"Clients who would not recommend us: (?P<number>{NUMBER})\. The largest: (?P<name>.+?) "
        rf"\(score (?P<score>{NUMBER})\)\.": unhappy,
    },
}  # fmt: skip
# ---------------------------------------------------------------- discounts, turnover


def costs_margin(c: Claims, name: str, growth: str, points: str, rate: str) -> bool:
    (row,) = [row for row in c.rows if row["name"] == name and row["costs_margin"]]
    return (same(growth, row["revenue_change"]) and same(points, -100 * row["rate_change"])
            and same(rate, row["discount"] / row["list_revenue"]))  # fmt: skip


def most_beyond(c: Claims, number: str, money: str, name: str, rate: str) -> bool:
    rows = [row for row in c.rows if row["beyond_peers"] > 0]
    first = max(rows, key=lambda row: row["beyond_peers"])
    return (same(number, len(rows)) and same(money, sum(row["beyond_peers"] for row in rows))
            and name == first["name"] and same(rate, first["discount_rate"]))  # fmt: skip


def owing(c: Claims, number: str, money: str) -> bool:
    return same(number, len(c.rows)) and same(money, sum(row["overdue"] for row in c.rows))


def unusual(c: Claims, number: str, name: str) -> bool:
    rows = [row for row in c.rows if row["verdict"] == "unusual"]
    first = max(rows, key=lambda row: row["overdue"])
    return same(number, len(rows)) and name == first["client_name"]


def as_usual(c: Claims, number: str, money: str, name: str, how: str, days: str) -> bool:
    rows = [row for row in c.rows if row["verdict"] == "as usual"]
    first = max(rows, key=lambda row: row["overdue"])
    habit = 0 if pd.isna(first["days_late"]) else round(max(0, first["days_late"]))
    return (same(number, len(rows)) and same(money, sum(row["overdue"] for row in rows))
            and name == first["client_name"] and (how == "usually late") == (habit > 0)
            and same(days, habit or first["days_overdue"]))  # fmt: skip


def aged(c: Claims, name: str, whole: str, overdue: str) -> bool:
    total = sum(row["open"] for row in c.own)
    late = sum(row["open"] for row in c.own if row["age"] != "not due")
    return same(whole, total) and same(overdue, late)


def most_overdue(c: Claims, name: str, money: str) -> bool:
    late = {}
    for row in c.rows:
        if row["manager_id"] not in ("*", "(unassigned)") and row["age"] != "not due":
            late[row["manager_name"]] = late.get(row["manager_name"], 0) + row["open"]
    return same(money, late[name]) and late[name] == max(late.values())


def came(c: Claims, name: str, month: str, days: str, late: str | None) -> bool:
    row = max((r for r in c.own if pd.notna(r["month_days_to_pay"])), key=lambda r: r["month"])
    told = max(0, round(row["month_days_late"])) if pd.notna(row["month_days_late"]) else 0
    return (month_of(month) == row["month"] and same(days, round(row["month_days_to_pay"]))
            and same(late or "0", told))  # fmt: skip


def came_then(c: Claims, month: str, days: str) -> bool:
    row = min((r for r in c.own if pd.notna(r["month_days_to_pay"])), key=lambda r: r["month"])
    return month_of(month) == row["month"] and same(days, round(row["month_days_to_pay"]))


def of_receivables(c: Claims) -> dict:
    dimension = "manager" if c.is_one else "*"
    (row,) = [r for r in c.rows if (r["dimension"], r["key"]) == (dimension, c.subject)]
    return row


def turned(c: Claims, name: str, overdue: str, whole: str) -> bool:
    row = of_receivables(c)
    return same(overdue, row["overdue"]) and same(whole, row["closing"])


def open_for(c: Claims, name: str, days: str) -> bool:
    return same(days, round(of_receivables(c)["dso"]))


def all_open_for(c: Claims, days: str) -> bool:
    (row,) = [row for row in c.rows if row["dimension"] == "*"]
    return c.is_one and same(days, round(row["dso"]))


def slowest(c: Claims, name: str, days: str) -> bool:
    rows = [r for r in c.rows if r["dimension"] == "manager" and pd.notna(r["dso"])
            and r["key"] != "(unassigned)"]  # fmt: skip
    first = max(rows, key=lambda row: row["dso"])
    return name == first["name"] and same(days, round(first["dso"]))


def lie(c: Claims, days: str) -> bool:
    (row,) = [row for row in c.rows if row["dimension"] == "*"]
    return same(days, round(row["stock_days"]))


def lie_longest(c: Claims, name: str, days: str, money: str) -> bool:
    rows = [r for r in c.rows if r["dimension"] == "product_group" and pd.notna(r["stock_days"])
            and r["key"] != "(none)"]  # fmt: skip
    first = max(rows, key=lambda row: row["stock_days"])
    return (name == first["name"] and same(days, round(first["stock_days"]))
            and same(money, first["closing_stock"]))  # fmt: skip


def dead(c: Claims, number: str, money: str, name: str) -> bool:
    first = max(c.rows, key=lambda row: row["dead_stock"])
    return (same(number, len(c.rows)) and name == first["product_name"]
            and same(money, sum(row["dead_stock"] for row in c.rows)))  # fmt: skip


TURNOVER = {
    "costly_growth": {
        rf"(?P<name>.+?): revenue up (?P<growth>{SHARE}), margin rate down (?P<points>[\d.]+) "
        rf"points; the discount is (?P<rate>{SHARE})\.": costs_margin,
        r"No discount is known of what was sold in this window\.": true(lambda c: not c.rows),
        r"Whether discounts cost the margin can be told where a year before is known\.": true(
            lambda c: all(pd.isna(row["revenue_change"]) for row in c.rows)),
        r"Nobody grew at the cost of the margin rate\.": true(
            lambda c: not any(row["costs_margin"] for row in c.rows) and len(c.rows) > 1),
        r"(?P<name>.+?): no growth at the cost of the margin rate\.": lambda c, name: (
            [row["name"] for row in c.rows] == [name] and not c.rows[0]["costs_margin"]),
    },
    "beyond_peers": {
        rf"(?P<number>{NUMBER}) clients? gets? (?P<money>{MONEY}) more discount than clients like "
        rf"(?:them, most of it|it:) (?P<name>.+?) \((?P<rate>{SHARE})\)\.": most_beyond,
        r"No discount is known of what was sold in this window\.": true(lambda c: not c.rows),
        r"No client gets more discount than clients like it\.": true(
            lambda c: not any(row["beyond_peers"] > 0 for row in c.rows)),
    },
    "debtors": {
        rf"(?P<number>{NUMBER}) clients? owes? (?P<money>{MONEY}) that is overdue\.": owing,
        rf"Unusual for (?P<number>{NUMBER}) of them(?:, first|:) (?P<name>.+?)\.": unusual,
        r"All of them pay as late as usual\.": true(
            lambda c: not any(row["verdict"] == "unusual" for row in c.rows)),
        r"No client owes us anything that is overdue\.": true(lambda c: not c.rows),
    },
    "ages": {
        rf"(?P<name>.+?): (?P<whole>{MONEY}) is open, (?P<overdue>{MONEY}) of it "
        r"overdue\.": aged,
        rf"Most is overdue with (?P<name>.+?) \((?P<money>{MONEY})\)\.": most_overdue,
        r"Nothing is overdue\.": true(
            lambda c: not any(row["open"] for row in c.own if row["age"] != "not due")),
    },
    "money_days": {
        re.escape(CHOOSE): true(Claims.no_sum),
        rf"(?P<name>.+?): in (?P<month>{MONTH}) the money came (?P<days>{NUMBER}) days after the "
        rf"invoice(?:, (?P<late>{NUMBER}) of them late|, not late)?\.": came,
        rf"In (?P<month>{MONTH}) it was (?P<days>\d+)\.": came_then,
        r"No money has come yet that is known to be for an invoice\.": true(
            lambda c: not any(pd.notna(row["month_days_to_pay"]) for row in c.own)),
    },
    "turned": {
        re.escape(CHOOSE): true(Claims.no_sum),
        rf"(?P<name>.+?): invoices are open for (?P<days>{NUMBER}) days\.": open_for,
        rf"(?P<name>.+?): (?P<whole>{MONEY}) is open, (?P<overdue>{MONEY}) of it "
        r"overdue\.": turned,
        rf"Longest with (?P<name>.+?): (?P<days>{NUMBER}) days\.": slowest,
        rf"(?:The company|All managers): (?P<days>{NUMBER}) days\.": all_open_for,
        r"Nothing was invoiced, paid or owed in this window\.": true(lambda c: not c.rows),
    },
    "stock_days": {
        rf"All goods lie (?P<days>{NUMBER}) days in stock\.": lie,
        rf"Longest: (?P<name>.+?), (?P<days>{NUMBER}) days with (?P<money>{MONEY})\.": lie_longest,
        r"There is no stock at any month end of this window\.": true(
            lambda c: all(pd.isna(row["average_stock"]) for row in c.rows)),
        r"Nothing was in stock or sold\.": true(lambda c: not c.rows),
        r"Only one month end is known, so the average is that of one day\.": true(
            lambda c: c.rows[0]["points"] == 1),
    },
    "dead_goods": {
        rf"(?P<number>{NUMBER}) articles lie dead, (?P<money>{MONEY}) at cost; most: "
        r"(?P<name>.+?)\.": dead,
        rf"(?P<number>{NUMBER}) article lies dead: (?P<name>.+?), (?P<money>{MONEY})\.": dead,
        r"Nothing lies dead: something was sold of every article in stock\.": true(
            lambda c: not c.rows),
    },
}  # fmt: skip
TURNOVER["usual_debtors"] = TURNOVER["debtors"] | {
    rf"As late as usual: (?P<number>{NUMBER}) {who} (?P<name>.+?), (?P<how>usually late|late) by "
    rf"(?P<days>{NUMBER}) days?(?: now)?\.": as_usual
    for who in (rf"clients with (?P<money>{MONEY}); most with", rf"client with (?P<money>{MONEY}):")
}
SAYS = OVERVIEW | ACTIVITY | PROFITABILITY | RETENTION | LOYALTY | TURNOVER


# ---------------------------------------------------------------- the books


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize(("folder", "query"), [(f, q) for f, some in QUERIES.items() for q in some])
def test_every_claim_of_a_page_is_true_of_its_rows(request, folder, query, topic):
    """What stands over each card and list, for a company, a team, a manager, a group of clients, in
    first months and in one that is not over."""
    book = request.getfixturevalue(folder)
    done = run(ROOT / "notebooks" / f"{topic}.ipynb", book=book, query=query, only_cards=True)
    for card, shown in zip(cards(topic), done.cards, strict=True):
        if shown.problem:
            continue
        with words.using(book.company.language, book.company.currency):
            title = shown.title
            if (
                "client_group" in query and topic != "activity"
            ):  # which counts all calls; some of the company's clients are not the company
                assert "The company" not in title
                title = title.replace("All managers", "The company")
            Claims(shown.frame, shown.subject, card).check(title)
        assert len(numbers_of(shown.title, shown.frame)) <= 3, shown.title


def numbers_of(said: str, frame: pd.DataFrame) -> list[str]:
    """The numbers of a sentence, without dates, names, and how many are not named."""
    said = re.sub(rf"{DAY}|{MONTH}|Q\d \d{{4}}| and \d+ more|180 days", "", said)
    for column in ("client_name", "manager_name", "name"):
        for name in frame.get(column, pd.Series(dtype=str)).dropna().unique():
            said = said.replace(name, "") if re.search(r"\d", name) else said
    return re.findall(r"\d[\d.,]*", said)


def parts_of(frame: pd.DataFrame) -> dict[str, tuple[pd.DataFrame, str]]:
    """Frames that a page may have to speak of, made of one: nobody, one, several without a sum, and
    managers who are all alike. Each with whom is spoken of."""
    parts = {"nobody": (frame.iloc[:0], "*"), "nobody of a team": (frame.iloc[:0], "")}
    if "client_id" in frame and "rank" not in frame:
        return parts | {"one row": (frame.iloc[:1], "*"), "two rows": (frame.iloc[:2], "*")}
    if "manager_id" not in frame:
        return parts
    ids = [each for each in frame["manager_id"].unique() if each not in ("*", "(unassigned)")]
    company = frame[frame["manager_id"] == "*"]
    parts |= {
        "the company alone": (company, "*"),
        "a team": (frame[frame["manager_id"] != "*"], ""),
    }
    if ids:
        one = frame[frame["manager_id"] == ids[-1]]
        parts["a team of one"] = (one, "")
        parts["a manager"] = (pd.concat([company, one]), ids[-1])
        parts["a manager in an own book"] = (one, ids[-1])
        twins = [one.assign(manager_id=f"T{at}", manager_name=f"Twin {at}") for at in "abc"]
        parts["all alike"] = (pd.concat([company, *twins]), "*")
        parts["a team all alike"] = (pd.concat(twins), "")
        parts["three managers"] = (frame[frame["manager_id"].isin(["*", *ids[:3]])], "*")
    return parts


@pytest.mark.parametrize("topic", TOPICS)
def test_every_claim_is_true_of_nobody_of_one_and_of_equals(sample, topic):
    for month in (sample.first_month, pd.Timestamp("2024-12-01"), sample.last_month):
        for card in cards(topic):
            whole_ = sample.compute(card.table.function, month, **card.table.settings)
            for what, (frame, subject) in parts_of(whole_).items():
                if topic == "loyalty" and what != "nobody":
                    continue  # a page shows other rows of these than the frame's beginning
                frame = frame.reset_index(drop=True)
                with words.telling(card.table.function.about, subject):
                    said = (card.says or findings.default)(frame)
                    Claims(frame, subject, card).check(said)
                assert len(numbers_of(said, frame)) <= 3, (what, said)


NOW, THEN = "2025-06-05", "2024-06-05"
LEDGERS = {  # day, client, product, quantity, revenue, cost
    "one line": [(NOW, "C1", "P", 1, 100, 60)],
    "no cost": [(NOW, "C1", "P", 1, 100, None)],
    "equals": [(day, client, "P", 1, 100, 60) for day in (NOW, THEN) for client in ("C1", "C2")],
    "nobody earns": [(NOW, "C1", "P", 1, 100, 130), (NOW, "C2", "P", 1, 100, 110)],
    "one costs": [(NOW, "C1", "P", 1, 900, 60), (NOW, "C2", "P", 1, 100, 110),
                  (NOW, "C3", "P", 1, 50, None)],
    "rate fell": [(THEN, "C1", "P", 10, 1000, 600), (NOW, "C1", "P", 15, 1800, 1350),
                  (THEN, "C2", "P", 10, 1000, 600), (NOW, "C2", "P", 1, 1000, 500)],
    "one rate fell": [(THEN, "C1", "P", 10, 1000, 600), (NOW, "C1", "P", 15, 1800, 1350)],
    "other articles": [(THEN, "C1", "P", 10, 1000, 600), (NOW, "C1", "Q", 15, 1800, 1350)],
    "only returns": [(NOW, "C1", "P", -1, -100, -60)],
}  # fmt: skip


@pytest.mark.parametrize("name", LEDGERS)
def test_every_claim_of_profitability_is_true_of_small_ledgers(name):
    shipments = [
        line(f"S{at}", day, client, revenue, client[-1], cost, product_id=product,
             quantity=quantity)
        for at, (day, client, product, quantity, revenue, cost) in enumerate(LEDGERS[name])
    ]  # fmt: skip
    book = frames(shipments=shipments)
    for card in cards("profitability"):
        for dimension in ["manager", "client_group"] if card.table.settings else [""]:
            settings = {k: dimension for k, v in card.table.settings.items() if v != "*"}
            settings = card.table.settings | settings
            frame = compute(card.table.function, book, "2025-06", **settings)
            with words.telling(card.table.function.about, "*"):
                Claims(frame, "*", card).check(card.says(frame))


TEAMS = {  # name, kind, activities in 20 working days, norm, verdict, days without
    "almost": [("Ivanov", "call", 73, 4, "reached", 0), ("Petrova", "call", 90, 4, "reached", 0)],
    "reached": [("Ivanov", "call", 80, 4, "reached", 0), ("Petrova", "call", 90, 4, "reached", 0)],
    "below": [("Ivanov", "call", 10, 4, "below", 0), ("Petrova", "meeting", 9, 1, "below", 2)],
    "no norm": [("Ivanov", "call", 10, None, None, 0), ("Petrova", "call", 0, None, None, 20)],
}  # fmt: skip


@pytest.mark.parametrize("name", TEAMS)
@pytest.mark.parametrize("subject", ["*", "1", ""])
def test_every_claim_about_norms_is_true_of_small_teams(name, subject):
    whole_ = [(row[0], "*", row[2], None, None, row[5]) for row in TEAMS[name]]
    company = [("*", "*", sum(row[2] for row in TEAMS[name]), None, None, 0)]
    frame = kinds_frame(*company, *whole_, *TEAMS[name])
    frame = frame[frame["manager_id"] != "*"] if subject == "" else frame
    for card in cards("activity"):
        if card.says in (findings.activity_per_day, findings.idle_days):
            shown = frame[frame["manager_id"].isin(["*", "1"])] if subject == "1" else frame
            with words.telling(card.table.function.about, subject):
                Claims(shown, subject, card).check(card.says(shown))
