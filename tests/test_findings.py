"""Findings: the sentence that goes with a frame, word by word."""

import pkgutil
import re

import pandas as pd
import pytest

from clientops import findings, metrics, schema, words
from clientops.errors import ClientOpsError
from clientops.metrics import portfolio
from tests.told import told

OCT, NOV = pd.Timestamp("2026-10-01"), pd.Timestamp("2025-11-01")
NAMES = {"*": "*", "1": "Pavel Ivanov", "2": "Anna Petrova", "3": "Ott Lepik", "4": "Liis Saar"}
STEADY = ("steady", 0.20, 0.20, 1, 1)


def trend_frame(**managers) -> pd.DataFrame:
    """Two months of portfolio_trend: verdict, share before and now of 50 clients, entered, left."""
    rows = [
        {"month": month, "manager_id": key, "manager_name": NAMES.get(key, key), "clients": 50,
         "a_fixed": None if share is None else round(50 * share), "a_fixed_share": share,
         "entered_a": entered, "left_a": left, "p_value": None,
         "verdict": verdict}
        for key, (verdict, before, now, entered, left) in managers.items()
        for month, share in ((NOV, before), (OCT, now))
    ]  # fmt: skip
    frame = pd.DataFrame(rows).astype({"verdict": "str"})
    counts = dict.fromkeys(["a_fixed", "entered_a", "left_a"], "Int64")
    return frame.astype(counts | {"a_fixed_share": "float64"})


def quality_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "abc", "xyz", "clients", "client_share", "revenue_share"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(manager_name=frame["manager_id"].map(NAMES), revenue=1.0, month=OCT)


def load_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "clients", "low", "high", "verdict", "top5_share"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["manager_name"] = frame["manager_id"].map(NAMES)
    return frame.astype({"low": "Int64", "high": "Int64", "verdict": "str"})


# ---------------------------------------------------------------- portfolios


def test_trend_names_who_worsens_and_counts_the_others():
    frame = trend_frame(**{
        "*": (None, 0.24, 0.22, 30, 40), "1": ("worsening", 0.26, 0.14, 2, 15),
        "2": STEADY, "3": STEADY, "(unassigned)": STEADY,
    })  # fmt: skip
    assert told(findings.trend, frame) == (
        "Pavel Ivanov: 7 of 50 clients above the A amount of Nov 2025, 13 of 50 then; 15 fell "
        "below it, 2 rose above it. The other 2 managers hold steady."
    )


def test_trend_singular_none_and_both_directions():
    frame = trend_frame(**{
        "1": ("worsening", 0.26, 0.14, 0, 7), "2": ("improving", 0.10, 0.30, 6, 1), "3": STEADY,
    })  # fmt: skip
    assert told(findings.trend, frame) == (
        "Pavel Ivanov: 7 of 50 clients above the A amount of Nov 2025, 13 of 50 then; 7 fell below "
        "it, 0 rose above it. Anna Petrova: 15 of 50 clients above the A amount of Nov 2025, 5 of "
        "50 then; 6 rose above it, 1 fell below it. The other manager holds steady."
    )


def test_trend_worst_first_and_the_rest_by_name():
    frame = trend_frame(**{
        "1": ("worsening", 0.26, 0.14, 0, 7), "2": ("worsening", 0.3, 0.1, 1, 12),
    })  # fmt: skip
    said = told(findings.trend, frame)
    assert said.startswith("Anna Petrova: 5 of 50 clients above the A amount of Nov 2025")
    assert said.endswith("Also worsening: Pavel Ivanov.")


def test_trend_of_steady_managers_speaks_of_the_company():
    frame = trend_frame(**{"*": (None, 0.24, 0.24, 3, 4), "1": STEADY, "2": STEADY})
    assert told(findings.trend, frame) == (
        "None of 2 managers' portfolios improves or worsens: all hold steady. "
        "The company: 12 of 50 clients above the A amount of Nov 2025, 12 of 50 then."
    )


def test_trend_of_one_manager():
    frame = trend_frame(**{"*": (None, 0.20, 0.25, 9, 4), "3": ("steady", 0.2, 0.2, 0, 0)})
    assert told(findings.trend, frame, "3") == (
        "Ott Lepik: 10 of 50 clients above the A amount of Nov 2025, 10 of 50 then; 0 rose above "
        "it, as many fell below it. The company: 12 of 50 clients above the A amount of Nov 2025, "
        "10 of 50 then."
    )


def test_trend_says_from_when_on_there_is_a_verdict():
    frame = trend_frame(**{"*": (None, None, 0.25, None, None),
                           "1": ("too short", None, 0.3, None, None)})  # fmt: skip
    assert told(findings.trend, frame) == (
        "A verdict compares two periods of 12 months each; it will show from Oct 2027 on. "
        "The company: 12 of 50 clients above the A amount of Oct 2026."
    )
    young = trend_frame(**{"1": ("too short", None, None, None, None)})
    assert told(findings.trend, young, window_months=6) == (
        "A verdict compares two periods of 6 months each; it will show from Oct 2026 on."
    )


@pytest.mark.parametrize("known", [1, 11, 12, 13, 18, 23])
def test_the_month_that_was_told_brings_the_verdict(sample, known):
    """With so many months of data, the sentence names the 24th; there, the verdict is."""
    months = pd.date_range(sample.sales_month["month"].min(), periods=24, freq="MS")
    early, then = (f"{months[at - 1]:%Y-%m}" for at in (known, 24))
    said = told(findings.trend, sample.compute(portfolio.portfolio_trend, early))
    assert f"it will show from {words.month(months[-1])} on" in said
    said = told(findings.trend, sample.compute(portfolio.portfolio_trend, then))
    assert "A verdict compares" not in said


def test_quality():
    frame = quality_frame(
        ("*", "A", "X", 10, 0.10, 0.70), ("*", "A", "Y", 2, 0.02, 0.10),
        ("*", "C", "Z", 88, 0.88, 0.2), ("*", "-", "-", 0, 0.0, 0.01),
        ("1", "A", "X", 1, 0.50, 0.9), ("1", "C", "Z", 1, 0.50, 0.1), ("2", "C", "Z", 4, 1.0, 1.0),
    )  # fmt: skip
    compared = (
        "The share of A clients is largest with Pavel Ivanov (50%), "
        "smallest with Anna Petrova (0%)."
    )
    assert told(findings.quality, frame) == (
        f"The company: 12% of clients in class A bring 80% of revenue. {compared}"
    )
    assert told(findings.quality, frame[frame["manager_id"].isin(["*", "1"])], "1") == (
        "Pavel Ivanov: 50% of clients in class A bring 90% of revenue. "
        "The company: 12% of clients in class A."
    )
    assert told(findings.quality, frame[frame["manager_id"] == "2"], "2") == (
        "Anna Petrova: 0% of clients in class A bring 0% of revenue."
    )
    assert told(findings.quality, frame[frame["manager_id"].isin(["1", "2"])], "") == compared
    assert told(findings.cells, frame) == (
        "The company: 10 of 100 clients are large and regular (AX), with 70% of revenue. "
        "2 large clients buy irregularly: to be made regular."
    )


def test_with_one_manager_beside_the_unassigned_nobody_stands_for_the_company():
    """The only manager there is has not all clients: the company's rows are its own."""
    frame = quality_frame(
        ("*", "A", "X", 5, 0.50, 0.9), ("*", "C", "Z", 5, 0.50, 0.1),
        ("1", "A", "X", 1, 0.20, 0.6), ("1", "C", "Z", 4, 0.80, 0.4),
        ("(unassigned)", "A", "X", 4, 0.80, 1.0), ("(unassigned)", "C", "Z", 1, 0.20, 0.0),
    )  # fmt: skip
    assert told(findings.cells, frame).startswith("The company: 5 of 10 clients")
    assert told(findings.cells, frame, "1").startswith("Pavel Ivanov: 1 of 5 clients")
    nobody = told(findings.cells, frame[frame["manager_id"] != "*"])
    assert nobody == "Choose one manager: there is no sum of several here."


def test_load():
    frame = load_frame(
        ("*", 500, None, None, None, 0.1), ("1", 43, 50, 250, "below", 0.67),
        ("2", 97, 50, 250, "within", 0.5), ("3", 300, 50, 250, "above", 0.2),
        ("4", 2, 50, 250, "below", 1.0),
    )  # fmt: skip
    assert told(findings.load, frame) == (
        "1 of 4 managers look after the wanted 50 to 250 clients. "
        "Too few: Liis Saar (2), Pavel Ivanov (43). Too many: Ott Lepik (300). "
        "Pavel Ivanov depends most on few: five clients bring 67% of revenue."
    )
    assert told(findings.load, frame[frame["manager_id"] == "1"], "1") == (
        "Pavel Ivanov: 43 clients; wanted are 50 to 250. "
        "The five largest clients bring 67% of revenue."
    )
    assert told(findings.load, frame[frame["manager_id"] == "4"], "4") == (
        "Liis Saar: 2 clients; wanted are 50 to 250."
    )


def test_load_against_the_norms_of_teams():
    frame = load_frame(
        ("*", 340, None, None, None, 0.1), ("1", 43, 50, 250, "below", 0.67),
        ("2", 297, 200, 700, "within", 0.5),
    )  # fmt: skip
    assert told(findings.load, frame) == (
        "1 of 2 managers look after as many clients as wanted in their team. "
        "Too few: Pavel Ivanov (43). "
        "Pavel Ivanov depends most on few: five clients bring 67% of revenue."
    )


def test_load_without_a_norm_judges_nobody():
    frame = load_frame(
        ("(unassigned)", 900, None, None, None, 0.1), ("*", 1240, None, None, None, 0.1),
        ("1", 43, None, None, None, 0.67), ("2", 297, None, None, None, 0.5),
    )  # fmt: skip
    assert told(findings.load, frame) == (
        "Anna Petrova (297) looks after most clients, Pavel Ivanov (43) after fewest. "
        "Pavel Ivanov depends most on few: five clients bring 67% of revenue."
    )
    assert told(findings.load, frame[frame["manager_id"] == "1"], "1") == (
        "Pavel Ivanov looks after 43 clients. The five largest clients bring 67% of revenue."
    )


def test_candidates_and_whether_their_list_was_worth_it():
    frame = pd.DataFrame({"target": ["A", "A", "X"], "client_name": ["Delta", "Echo", "Foxtrot"],
                          "missing_money": [0.0, 500.0, None]})  # fmt: skip
    assert told(findings.candidates, frame) == (
        "2 clients are within reach of A, nearest Delta (€0 missing). "
        "1 client is one month short of regular buying."
    )
    assert told(findings.candidates, frame.iloc[:0]) == (
        "No client is within reach of A or of regular buying now."
    )
    check = pd.DataFrame({"target": ["A", "X"], "listed": [20, 10], "reached": [8, 3],
                          "lift": [1.6, 1.05]})  # fmt: skip
    assert told(findings.candidates_check, check) == (
        "8 of 20 on the list then reached A: 1.60 times the obvious list. "
        "3 of 10 on the list then buy regularly now: no better than the obvious list."
    )
    assert told(findings.candidates_check, check.assign(lift=None).iloc[:1]) == (
        "8 of 20 on the list then reached A; of the obvious list nobody did."
    )


def test_the_flow_of_a_clients():
    row = {"scale": "abc", "class": "A", "window_months": 12, "from_month": NOV, "to_month": OCT,
           "opening": 20, "new": 1, "returned": 2, "up_in": 3, "down_in": 0, "transferred_in": 0,
           "up_out": 0, "down_out": 4, "lost": 5, "transferred_out": 1, "closing": 16}  # fmt: skip
    frame = pd.DataFrame([row, row | {"scale": "xyz", "class": "X"}]).assign(
        manager_id="1", manager_name="Pavel Ivanov"
    )
    assert told(findings.large_flow, frame, "1") == (
        "Pavel Ivanov: 20 A clients in the 12 months to Nov 2025, 16 in the 12 months to Oct 2026; "
        "6 came, 10 left."
    )
    assert told(findings.large_flow, frame.iloc[1:], "1") == (
        "Pavel Ivanov: no A clients, neither before nor now."
    )


def test_comparison():
    columns = ["manager_id", "xyz_months", "xyz_rhythm", "xyz_cv", "clients"]
    rows = [("*", "X", "X", "X", 4), ("*", "X", "Y", "Z", 2), ("*", "Z", "Z", "Z", 1),
            ("1", "X", "X", "X", 1), ("2", "X", "X", "X", 3)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    assert told(findings.comparison, frame) == (
        "The company: regular clients out of 7: 6 by active months, 4 by rhythm, 4 by variation."
    )
    assert told(findings.comparison, frame.iloc[:4].assign(manager_name="Ann"), "1") == (
        "Ann: regular clients out of 1: 1 by active months, 1 by rhythm, 1 by variation."
    )


def test_classes():
    rows = [("A", "X", "active"), ("A", "Y", "new"), ("C", "Z", "lapsed"), ("-", "-", "lost"),
            ("-", "-", "prospect")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["abc", "xyz", "stage"]).assign(window_months=12)
    assert told(findings.classes, frame) == (
        "3 clients bought in the 12 months: 2 in A, 1 in C. By stage: 1 new, 1 lapsed, 1 lost."
    )
    assert told(findings.classes, frame[frame["stage"] == "lost"]) == (
        "Nobody bought in the 12 months. By stage: 1 lost."
    )


@pytest.mark.parametrize(("finding", "table"), [
    (findings.quality, portfolio.portfolio_quality), (findings.trend, portfolio.portfolio_trend),
    (findings.load, portfolio.portfolio_load), (findings.comparison, portfolio.xyz_comparison),
    (findings.classes, portfolio.client_classes),
])  # fmt: skip
def test_every_part_of_the_sample_gives_whole_sentences(sample, northwind, finding, table):
    for book in (sample, northwind):
        frame = book.compute(table)
        ids = frame["manager_id"]
        parts = [frame, frame.iloc[:0], frame[ids == "*"], frame[ids != "*"]]
        parts += [frame[ids == each] for each in ids.unique()]
        for part in parts:
            said = told(finding, part)
            assert said.endswith(".")
            assert not re.search(r"[{}]|\bnan\b|\bNone\b(?! of)|<NA>", said), said


def test_the_sample_tells_the_planted_story(sample):
    assert told(findings.trend, sample.compute(portfolio.portfolio_trend)) == (
        "Pavel Ivanov: 9 of 91 clients above the A amount of Nov 2025, 21 of 97 then; 13 fell "
        "below it, 0 rose above it. The other 7 managers hold steady."
    )


def test_hostile_names_are_only_names():
    frame = trend_frame(**{"{before} $x$ <b>": ("worsening", 0.26, 0.14, 2, 15), "2": STEADY})
    assert told(findings.trend, frame).startswith("{before} $x$ <b>: 7 of 50 clients above the A")


# ---------------------------------------------------------------- a client that needs somebody


ATTENTION = {
    "late": (
        {"last_on": OCT, "typical_gap_days": 14.0, "overdue_days": 12.4},
        "Late to order: last purchase on Oct 1, 2026; usual gap: 14 days; beyond it: 12 days.",
        "Late to order by its own rhythm.",
    ),
    "silent": (
        {"last_on": NOV, "typical_gap_days": 1.0, "expected_on": NOV + pd.DateOffset(days=1)},
        "Stopped buying: last purchase on Nov 1, 2025, expected on Nov 2, 2025; usual gap: 1 day.",
        "Stopped buying.",
    ),
    "fell from A": (
        {"from_class": "AX", "to_class": "BY", "revenue_before": 80_000.0,
         "revenue_after": 30_000.0, "window_months": 12},
        "Fell from AX to BY: revenue €80K before, €30K now; window: 12 months.",
        "Fell from A.",
    ),
    "no longer regular": (
        {"from_class": "AX", "to_class": "AY", "revenue_before": 80_000.0,
         "revenue_after": 70_000.0, "window_months": 1},
        "No longer regular, AX before, AY now: revenue €80K before, €70K now; window: 1 month.",
        "No longer regular.",
    ),
    "loss maker": (
        {"revenue": 100.0, "margin": -30.0},
        "Sold at a loss: margin −\u2060€30 on revenue of €100.",
        "Sold at a loss.",
    ),
    "untouched": (
        {"abc": "B", "last_touch": OCT},
        "B client, last contacted on Oct 1, 2026.",
        "Not contacted in time.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", ATTENTION)
def test_each_reason_has_its_sentence_and_says_only_what_is_known(reason):
    columns = {column: None for given, *_ in ATTENTION.values() for column in given}
    given, whole, bare = ATTENTION[reason]
    row = pd.Series(columns | given | {"reason": reason, "also": "late, untouched"})
    assert findings.attention_row(row) == f"{whole} Also: late, untouched."
    assert findings.attention_row(pd.Series({"reason": reason})) == bare
    for column in given:  # whatever is missing: a sentence without it
        said = findings.attention_row(row.drop([column, "also"]))
        assert said.endswith(".") and not re.search(r"[{}]|nan|NaT|None", said), said
        empty = findings.attention_row(row.drop("also").mask(row.index[:-1] == column))
        assert not re.search(r"[{}]|nan|NaT|None", empty), empty


def test_who_was_never_contacted_and_reasons_nobody_knows():
    never = pd.Series({"reason": "untouched", "abc": "A", "last_touch": pd.NaT, "also": None})
    assert findings.attention_row(never) == "A client, never contacted."
    assert findings.attention_row(pd.Series({"reason": "unheard of"})) == "unheard of."
    frame = pd.DataFrame([never, pd.Series({"reason": "silent"})], index=[7, 3])
    assert findings.attention_details(frame).to_dict() == {
        7: "A client, never contacted.", 3: "Stopped buying."
    }  # fmt: skip
    assert findings.attention_details(frame.iloc[:0]).empty


# ---------------------------------------------------------------- a table by itself


def said_by_itself(function, frame: pd.DataFrame, subject: str = "*") -> str:
    with words.telling(function.about, subject):
        return findings.default(frame).replace("\u2060", "")


@pytest.mark.parametrize("name", metrics.tables())
def test_every_table_says_something_true_by_itself(sample, northwind, name):
    """Every number of the sentence is worked out again, from the frame alone."""
    function = metrics.tables()[name]
    for book in (sample, northwind):
        try:
            frame = book.compute(function)
        except ClientOpsError:  # a source that Northwind does not have
            assert book is northwind
            continue
        own = frame.get("manager_id", pd.Series(["1"])).max()
        assert said_by_itself(function, frame.iloc[:0]) == "There are no rows to show."
        for subject in ("*", "", own):
            said = said_by_itself(function, frame, subject)
            assert said.endswith(".") and not re.search(r"[{}]|\bnan\b|None|<NA>|NaT", said), said
            numbers = re.findall(r"[−]?[€$]?[\d,.]*\d[KMB]?%?", without_names(said, frame))
            assert len(numbers) <= 3, said
            for number in numbers:
                assert number in known_numbers(function, frame), (number, said)


def without_names(said: str, frame: pd.DataFrame) -> str:
    """The sentence without names, periods and what its numbers are narrowed to."""
    for column in ("client_name", "manager_name", "name", "manager_id", "key"):
        for name in sorted(map(str, frame.get(column, pd.Series(dtype=str)).dropna().unique()),
                           key=len, reverse=True):  # fmt: skip
            said = re.sub(rf"(?<!\w){re.escape(name)}(?= \(|, )", "", said)
    said = re.sub(r"\b[A-Z][a-z]{2} (19|20)\d\d", "", said)
    return re.sub(r", [^,:]*: \d+(?=: )", "", said)


def known_numbers(function, frame: pd.DataFrame) -> set[str]:
    """Numbers a sentence may say: rows, clients, values, and sums of what adds up."""
    known = {words.count(len(frame))}
    if "client_id" in frame:
        last = frame[frame["month"] == frame["month"].max()] if "month" in frame else frame
        known.add(words.count(last["client_id"].nunique()))
    for column, unit in function.about.units.items():
        write = {
            "money": words.short_money,
            "count": words.count,
            "share": words.percent,
            "days": words.count,
            "number": lambda x: words.decimal(x, 1 if x >= 10 else 2),
        }
        values = frame[column].dropna()
        if unit not in write:
            continue
        parts = [values]
        if column in function.about.adds_up:
            parts += sums(function, frame, column)
        for each in parts:
            known |= {write[unit](value).replace("-", "−") for value in each.unique()}
    return known


def sums(function, frame: pd.DataFrame, column: str) -> list[pd.Series]:
    """Sums of a column over the rows of a manager, client, key, dimension, month, all or the first
    of whole numbers, without or with the rows of all kinds (`*`)."""
    keys = [key for key in ("manager_id", "client_id", "key", "dimension") if key in frame]
    parts = [frame]
    for other, unit in function.about.units.items():
        values = frame[other]
        if unit == "whole" and other in function.about.keys:
            parts.append(frame[values == values.min()])
        elif unit == "word" and other != "dimension" and (values == "*").any():
            parts.append(frame[values == "*"])
    found = []
    for part in parts:
        scopes = [[], *([key] for key in keys)]
        scopes += [[*scope, "month"] for scope in scopes if "month" in part]
        for scope in scopes:
            total = part.groupby(scope)[column].sum() if scope else pd.Series([part[column].sum()])
            found.append(total)
    return found


def test_a_table_by_itself_compares_managers_months_clients_and_keys():
    about = "* manager_id:id manager_name:name client_id:id client_name:name month:month"

    def say(columns: str, rows: list[tuple], names: list[str], subject: str = "*") -> str:
        @schema.table(columns, adds_up="revenue", labels={"per_day": "Activities a day"})
        def made():
            pass

        return said_by_itself(made, pd.DataFrame(rows, columns=names), subject)

    managers = [("*", "*", 1000.0), ("1", "Ivanov", 700.0), ("2", "Petrova", 300.0)]
    kinds, names = f"{about} revenue:money", ["manager_id", "manager_name", "revenue"]
    assert say(kinds, managers, names) == (
        "Revenue: €1K; most with Ivanov (€700), least with Petrova (€300)."
    )
    assert say(kinds, managers[1:], names, "") == (
        "Revenue: most with Ivanov (€700), least with Petrova (€300)."
    )
    assert say(kinds, managers, names, "2") == "Revenue: Petrova (€300); the company: €1K."
    assert say(kinds, managers[:2], names) == "Revenue: €1K."
    months = [(NOV, "*", "*", 5.0), (OCT, "*", "*", 7.0)]
    assert say(kinds, months, ["month", *names]) == "Revenue: €5 in Nov 2025, €7 in Oct 2026."
    clients = [("1", "C1", "Grand Hotel", 80.0), ("1", "C2", "Inn", 20.0)]
    assert say(kinds, clients, ["manager_id", "client_id", "client_name", "revenue"]) == (
        "2 clients; Revenue: €100, most with Grand Hotel (€80)."
    )
    keys = [("region", "N", "North", -80.0), ("region", "S", "South", 20.0)]
    assert say("dimension:word key:id * name:name revenue:money", keys,
               ["dimension", "key", "name", "revenue"]) == (
        "Revenue: −€60; most with South (€20), least with North (−€80)."
    )  # fmt: skip


def test_no_two_topics_have_a_sentence_of_the_same_name():
    """`findings.<name>` is one function, whichever module has it."""
    found = [
        name
        for module in pkgutil.iter_modules(findings.__path__)
        for name in findings._sentences(module.name)
        if module.name != "phrases"
    ]
    assert len(found) == len(set(found))
    assert all(getattr(findings, name).__doc__ for name in found)
