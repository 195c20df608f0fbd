"""What the tables of portfolios say, word by word."""

import re

import pandas as pd
import pytest

from clientops import findings, words
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
        "Pavel Ivanov: 7 of 50 clients above the A amount of November 2025, 13 of 50 then. 15 fell "
        "below the A amount of October 2025, 2 rose above it. The others: no change beyond chance."
    )


def test_trend_of_both_directions():
    frame = trend_frame(**{
        "1": ("worsening", 0.26, 0.14, 0, 7), "2": ("improving", 0.10, 0.30, 6, 1), "3": STEADY,
    })  # fmt: skip
    assert told(findings.trend, frame) == (
        "Pavel Ivanov: 7 of 50 clients above the A amount of November 2025, 13 of 50 then. 7 fell "
        "below the A amount of October 2025, 0 rose above it. Improving: Anna Petrova."
    )


def test_trend_worst_first_and_the_rest_by_name():
    frame = trend_frame(**{
        "1": ("worsening", 0.26, 0.14, 0, 7), "2": ("worsening", 0.3, 0.1, 1, 12),
    })  # fmt: skip
    said = told(findings.trend, frame)
    assert said.startswith("Anna Petrova: 5 of 50 clients above the A amount of November 2025")
    assert said.endswith("Also worsening: Pavel Ivanov.")


def test_trend_of_steady_managers_speaks_of_the_company():
    frame = trend_frame(**{"*": (None, 0.24, 0.24, 3, 4), "1": STEADY, "2": STEADY})
    assert told(findings.trend, frame) == (
        "No manager's portfolio improves or worsens beyond chance. "
        "The company: 12 of 50 clients above the A amount of November 2025, 12 of 50 then."
    )


def test_trend_of_one_manager():
    frame = trend_frame(**{"*": (None, 0.20, 0.25, 9, 4), "3": ("steady", 0.2, 0.2, 0, 0)})
    assert told(findings.trend, frame, "3") == (
        "Ott Lepik: 10 of 50 clients above the A amount of November 2025, 10 of 50 then. 0 rose "
        "above the A amount of October 2025, as many fell below it."
    )


def test_trend_says_from_when_on_there_is_a_verdict():
    frame = trend_frame(**{"*": (None, None, 0.25, None, None),
                           "1": ("too short", None, 0.3, None, None)})  # fmt: skip
    assert told(findings.trend, frame) == (
        "A verdict compares two periods of 12 months each; it will show from October 2027 on. "
        "The company: 12 of 50 clients above the A amount of October 2026."
    )
    young = trend_frame(**{"1": ("too short", None, None, None, None)})
    assert told(findings.trend, young, window_months=6) == (
        "A verdict compares two periods of 6 months each; it will show from October 2026 on."
    )


@pytest.mark.parametrize("known", [1, 11, 12, 13, 18, 23])
def test_the_month_that_was_told_brings_the_verdict(sample, known):
    """With so many months of data, the sentence names the 24th; there, the verdict is."""
    months = pd.date_range(sample.sales_month["month"].min(), periods=24, freq="MS")
    early, then = (f"{months[at - 1]:%Y-%m}" for at in (known, 24))
    said = told(findings.trend, sample.compute(portfolio.portfolio_trend, early))
    assert f"it will show from {words.long_month(months[-1])} on" in said
    said = told(findings.trend, sample.compute(portfolio.portfolio_trend, then))
    assert "A verdict compares" not in said


def test_quality():
    frame = quality_frame(
        ("*", "A", "X", 10, 0.10, 0.70), ("*", "A", "Y", 2, 0.02, 0.10),
        ("*", "C", "Z", 88, 0.88, 0.2), ("*", "-", "-", 0, 0.0, 0.01),
        ("1", "A", "X", 1, 0.50, 0.9), ("1", "C", "Z", 1, 0.50, 0.1), ("2", "C", "Z", 4, 1.0, 1.0),
    )  # fmt: skip
    compared = "Largest share of A clients: Pavel Ivanov (50%); smallest: Anna Petrova (0%)."
    assert told(findings.quality, frame) == (
        f"The company: 12% of clients are in class A. {compared}"
    )
    assert told(findings.quality, frame[frame["manager_id"].isin(["*", "1"])], "1") == (
        "Pavel Ivanov: 50% of clients in class A bring 90% of revenue. The company: 12% of clients."
    )
    assert told(findings.quality, frame[frame["manager_id"] == "2"], "2") == (
        "Anna Petrova: no client is in class A."
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
    assert nobody == "Some figures have no sum of several managers: choose one manager to see them."


def test_load():
    frame = load_frame(
        ("*", 500, None, None, None, 0.1), ("1", 43, 50, 250, "below", 0.67),
        ("2", 97, 50, 250, "within", 0.5), ("3", 300, 50, 250, "above", 0.2),
        ("4", 2, 50, 250, "below", 1.0),
    )  # fmt: skip
    assert told(findings.load, frame) == (
        "Within the target of 50 to 250 clients: 1 of 4 managers. "
        "Below it: Liis Saar, Pavel Ivanov. Above it: Ott Lepik."
    )
    assert told(findings.load, frame[frame["manager_id"] == "1"], "1") == (
        "Pavel Ivanov: 43 clients; the target is 50 to 250. "
        "The five largest clients bring 67% of revenue."
    )
    assert told(findings.load, frame[frame["manager_id"] == "4"], "4") == (
        "Liis Saar: 2 clients; the target is 50 to 250."
    )


def test_load_against_the_norms_of_teams():
    frame = load_frame(
        ("*", 340, None, None, None, 0.1), ("1", 43, 50, 250, "below", 0.67),
        ("2", 297, 200, 700, "within", 0.5),
    )  # fmt: skip
    assert told(findings.load, frame) == (
        "Within the target of their team: 1 of 2 managers. Below it: Pavel Ivanov."
    )


def test_load_without_a_norm_judges_nobody():
    frame = load_frame(
        ("(unassigned)", 900, None, None, None, 0.1), ("*", 1240, None, None, None, 0.1),
        ("1", 43, None, None, None, 0.67), ("2", 297, None, None, None, 0.5),
    )  # fmt: skip
    assert told(findings.load, frame) == (
        "Most clients: Anna Petrova (297); fewest: Pavel Ivanov (43). "
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
    assert told(findings.candidates, frame.iloc[2:]) == (
        "No client is within reach of A. 1 client is one month short of regular buying."
    )
    check = pd.DataFrame({"month": OCT, "target": ["A", "X"], "listed": [20, 10], "reached": [8, 3],
                          "lift": [1.6, 1.05], "verdict": ["better", "same"]})  # fmt: skip
    assert told(findings.candidates_check, check) == (
        "The company: 8 of 20 clients within reach of A in April 2026 reached it, 1.60 times the "
        "obvious list. The company: 3 of 10 clients a month short of regular buying in April 2026 "
        "made it, no better than the obvious list."
    )
    nobody = check.assign(lift=None, verdict=None).iloc[:1]
    assert told(findings.candidates_check, nobody, window_months=6) == (
        "The company: 8 of 20 clients within reach of A in July 2026 reached it; of the obvious "
        "list, nobody."
    )


def test_the_flow_of_a_clients():
    row = {"scale": "abc", "class": "A", "window_months": 12, "from_month": NOV, "to_month": OCT,
           "opening": 20, "new": 1, "returned": 2, "up_in": 3, "down_in": 0, "transferred_in": 0,
           "up_out": 0, "down_out": 4, "lost": 5, "transferred_out": 1, "closing": 16}  # fmt: skip
    frame = pd.DataFrame([row, row | {"scale": "xyz", "class": "X"}]).assign(
        manager_id="1", manager_name="Pavel Ivanov"
    )
    assert told(findings.large_flow, frame, "1") == (
        "Pavel Ivanov: 16 A clients, 20 in the 12 months to November 2025; 3 rose to A, 4 fell "
        "from it."
    )
    assert told(findings.large_flow, frame.iloc[1:], "1") == (
        "Pavel Ivanov: no A clients, neither before nor now."
    )


def test_classes():
    rows = [("A", "X", "active"), ("A", "Y", "new"), ("C", "Z", "lapsed"), ("-", "-", "lost"),
            ("-", "-", "prospect")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["abc", "xyz", "stage"]).assign(window_months=12)
    assert told(findings.classes, frame) == (
        "3 of 5 clients bought in the 12 months; 1 bought only before, 1 never bought."
    )
    assert told(findings.classes, frame[frame["stage"] == "lost"]) == (
        "0 of 1 clients bought in the 12 months; 1 bought only before."
    )
    assert told(findings.classes, frame.iloc[:3]) == "All 3 clients bought in the 12 months."


@pytest.mark.parametrize(("finding", "table"), [
    (findings.quality, portfolio.portfolio_quality), (findings.trend, portfolio.portfolio_trend),
    (findings.load, portfolio.portfolio_load),
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
    frame = sample.compute(portfolio.portfolio_trend)
    rows = frame[frame["manager_id"] == "1"].sort_values("month")
    first, last = rows.iloc[0], rows.iloc[-1]
    assert last["verdict"] == "worsening"
    assert told(findings.trend, frame) == (
        f"Pavel Ivanov: {last['a_fixed']} of {last['clients']} clients above the A amount of "
        f"November 2025, {first['a_fixed']} of {first['clients']} then. {last['left_a']} fell "
        f"below the A amount of October 2025, {last['entered_a']} rose above it. The others: "
        "no change beyond chance."
    )


def test_hostile_names_are_only_names():
    frame = trend_frame(**{"{before} $x$ <b>": ("worsening", 0.26, 0.14, 2, 15), "2": STEADY})
    assert told(findings.trend, frame).startswith("{before} $x$ <b>: 7 of 50 clients above the A")
