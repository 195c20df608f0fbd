"""What is said of the worth of clients and of the months ahead, worked out again from the rows."""

import re

import pandas as pd
import pytest

from clientops import findings, words
from clientops.findings import forecast as ahead
from clientops.findings import ltv as worth
from clientops.metrics.forecast import forecast, forecast_backtest
from clientops.metrics.ltv import client_ltv, ltv_backtest, ltv_history
from tests.told import told

NAMES = {"*": "The company", "1": "Pavel Ivanov", "4": "Anna Petrova"}
some = pytest.mark.parametrize("subject", NAMES)


def said(says, frame: pd.DataFrame, subject: str = "*") -> str:
    return told(says, frame, subject).replace("\N{NO-BREAK SPACE}", " ")


def short(amount: float) -> str:
    with words.using("en", "EUR"):
        return words.short_money(amount)


def of(frame: pd.DataFrame, subject: str) -> pd.DataFrame:
    dimension = "*" if subject == "*" else "manager"
    rows = frame[(frame["dimension"] == dimension) & (frame["key"] == subject)]
    return rows.sort_values("month")


@some
def test_what_a_buyer_brings_and_what_the_formula_reads(sample, subject):
    rows = of(sample.compute(ltv_history), subject)
    first, last = rows.iloc[0], rows.iloc[-1]
    sentence = said(worth.worth, rows, subject)
    assert sentence.startswith(f"{NAMES[subject]}: a buyer brings {short(last['expected'])} of ")
    assert f", {short(first['expected'])} by what was known in November 2025;" in sentence
    assert f"; {last['kept']:.0%} of the money stays" in sentence
    sentence = said(worth.formula, rows, subject)
    assert f"reads {short(last['to_date'])}, after {short(first['to_date'])} in" in sentence
    assert last["to_date"] > first["to_date"]  # it grows with the age of the data


def test_of_whose_buyers_most_and_least_is_expected(sample):
    frame = sample.compute(ltv_history)
    last = frame[(frame["month"] == frame["month"].max()) & frame["expected"].notna()]
    for says, dimension in ((worth.worth_of_managers, "manager"),
                            (worth.worth_of_groups, "client_group")):  # fmt: skip
        rows = last[(last["dimension"] == dimension) & (last["key"] != "(unassigned)")]
        most, least = (rows.loc[getattr(rows["expected"], which)()]
                       for which in ("idxmax", "idxmin"))  # fmt: skip
        assert said(says, frame) == (
            f"Most is expected of a buyer of {most['name']} ({short(most['expected'])}); least of "
            f"{least['name']} ({short(least['expected'])})."
        )
    own, whole = (of(last, key)["expected"].iloc[0] for key in ("1", "*"))
    assert said(worth.worth_of_managers, frame, "1") == (
        f"Pavel Ivanov: {short(own)} expected of a buyer; the company: {short(whole)}."
    )


def test_who_was_right_last_year(sample):
    rows = sample.compute(ltv_backtest).set_index("method")
    best = rows["error"].idxmin()
    assert best == "bgnbd" and rows["ratio"]["formula"] > 1
    assert said(worth.nearest, rows.reset_index()) == (
        f"Nearest last year: the rhythm of purchases, {rows['error'][best]:.0%} off; the formula "
        f"told {rows['ratio']['formula'] - 1:.0%} more than came."
    )
    below = rows.reset_index().assign(ratio=0.75)
    assert said(worth.nearest, below).endswith("the formula told 25% less than came.")


def test_with_whom_most_is_at_stake(sample):
    rows = sample.compute(client_ltv)
    row = rows.loc[(rows["naive_12"] * (1 - rows["alive"])).idxmax()]
    assert said(worth.at_stake, rows) == (
        f"Most is at stake with {row['client_name']}: {short(row['at_stake'])}; the chance that it "
        f"still buys is {row['alive']:.0%}, the formula expects {short(row['formula_12'])}."
    )


@some
def test_what_the_next_months_bring(sample, subject):
    frame = sample.compute(forecast)
    row = frame[(frame["manager_id"] == subject) & (frame["months"] == 3)].iloc[0]
    sentence = said(ahead.ahead, frame, subject)
    assert sentence.startswith(
        f"{NAMES[subject]}: {short(row['forecast'])} expected from November 2026 to January 2027, "
        f"between {short(row['low'])} and {short(row['high'])}. The year before it was "
        f"{short(row['last_year'])}"
    )
    assert ("the plan is" in sentence) == pd.notna(row["plan"])
    unsure = said(ahead.ahead, frame.assign(low=float("nan"), high=float("nan")), subject)
    assert "can be told from 25 months of data on" in unsure and "between €" not in unsure


def test_from_whose_clients_most_is_expected(sample):
    frame = sample.compute(forecast)
    sums = frame[frame["months"] == 3].set_index("manager_id")
    own = sums.drop(["*", "(unassigned)"]).dropna(subset="forecast")
    most, least = own.loc[own["forecast"].idxmax()], own.loc[own["forecast"].idxmin()]
    assert said(ahead.ahead_of_managers, frame) == (
        f"Most is expected of the clients of {most['manager_name']} ({short(most['forecast'])}); "
        f"least of {least['manager_name']} ({short(least['forecast'])})."
    )
    ours, whole = (short(sums["forecast"][key]) for key in ("1", "*"))
    assert said(ahead.ahead_of_managers, frame, "1") == (
        f"Pavel Ivanov: {ours} of the {whole} that are expected of all managers."
    )
    few = frame.assign(forecast=frame["forecast"].mask(frame["manager_id"] == "1"))
    assert "too few clients bought in the last 6 months" in said(ahead.ahead_of_managers, few, "1")


def test_how_far_such_forecasts_were_off(sample):
    rows = sample.compute(forecast_backtest).set_index(["level", "method"])
    ours, naive = rows.loc[("company", "season")], rows.loc[("company", "last_year")]
    found = re.findall(r"\d+(?=%)|\b12\b", said(findings.record, rows.reset_index()))
    wanted = [ours["error"], ours["inside"], naive["error"]]
    assert found == ["12", *(f"{100 * each:.0f}" for each in wanted)]
