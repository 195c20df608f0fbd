"""What the first page says: every number is in the frame, whatever part is shown."""

import numpy as np
import pandas as pd
import pytest

from clientops import figures, findings, words
from clientops.metrics import overview
from clientops.page import Page
from clientops.schema import MONEY_SCALE
from tests.cards import form
from tests.figures.drawn import HOSTILE
from tests.made import (
    COMPANY,
    attention_frame,
    headlines_frame,
)
from tests.told import plain, told


def test_headlines():
    assert plain(told(findings.headlines, COMPANY)) == (
        "October 2026: revenue €855K, at equal working days −€139K on October 2025, −€35K on "
        "September 2026. Worse: gross margin, share of A clients. Better: quiet A and B clients."
    )
    assert plain(told(findings.headlines, COMPANY, "2")) == (
        "October 2026: revenue €9K, at equal working days +€0 on October 2025, +€400 on September "
        "2026. What can be compared with a year before is about as it was then."
    )
    fell = COMPANY.assign(verdict=COMPANY["verdict"].mask(COMPANY["metric"] == "revenue", "worse"))
    assert "Better" not in told(findings.headlines, fell)  # no detail of such a month is praised
    team = told(findings.headlines, COMPANY[COMPANY["manager_id"] != "*"], "")
    assert team == "Some figures have no sum of several managers: choose one manager to see them."
    first = headlines_frame(("*", "revenue", 10.0, None, None, None))
    assert told(findings.headlines, first) == "October 2026: revenue €10."


def test_headlines_of_a_month_that_is_not_over():
    frame = headlines_frame(("*", "revenue", 900.0, 100.0, -50.0, "better"), days=12)
    assert plain(told(findings.headlines, frame)) == (
        "October 2026 up to now: revenue €900, at equal working days −€50 on October 2025, +€100 "
        "on September 2026. Better: revenue."
    )


def test_headlines_without_revenue():
    assert told(findings.headlines, COMPANY.iloc[:0]) == (
        "Nothing has been shipped yet, so there are no figures to show."
    )
    idle = headlines_frame(("1", "activities_per_day", 3.0, None, None, None))
    assert told(findings.headlines, idle, "1") == (
        "No client counts, so there is no revenue to speak of."
    )


def test_carriers():
    rose = " Largest rise on a year before at equal working days: Pavel Ivanov (+€1.5K)."
    fell = " Largest fall: Ott Lepik (−€3K)."
    assert plain(told(findings.carriers, COMPANY)) == (
        f"Most revenue: Anna Petrova (€9K).{rose}{fell}"
    )
    assert plain(told(findings.carriers, COMPANY[COMPANY["manager_id"] != "1"])) == (
        "Most revenue: Anna Petrova (€9K). Largest fall on a year before at equal working days: "
        "Ott Lepik (−€3K)."
    )
    assert told(findings.carriers, COMPANY[COMPANY["manager_id"] == "1"], "1") == (
        "Pavel Ivanov: revenue €5K."
    )
    first = COMPANY.assign(year_change=np.nan)
    assert told(findings.carriers, first) == "Most revenue: Anna Petrova (€9K)."
    nothing = "No manager's clients have brought anything in this month."
    for frame in (COMPANY.iloc[:0], COMPANY[COMPANY["manager_id"] == "*"], COMPANY.assign(value=0)):
        assert told(findings.carriers, frame) == nothing


def test_side_by_side():
    frame = headlines_frame(
        ("1", "revenue", 5.0, None, 1.0, "better"), ("1", "margin", 5.0, None, 1.0, "better"),
        ("1", "nps", 0.1, None, 0.0, "same"), ("1", "a_share", 2.0, None, None, None),
        ("2", "revenue", 5.0, None, -1.0, "worse"), ("2", "margin", 5.0, None, 0.0, "same"),
        ("*", "revenue", 10.0, None, 0.0, "better"),
    )  # fmt: skip
    names = frame.set_index("manager_id")["manager_name"]
    assert told(findings.side_by_side, frame) == (
        f"Most figures better than a year before: {names['1'].iloc[0]} (2). "
        f"Most figures worse than a year before: {names['2'].iloc[0]} (1)."
    )
    assert told(findings.side_by_side, frame[frame["manager_id"] == "1"], "1") == (
        f"{names['1'].iloc[0]}: 2 of 3 comparable figures better than a year before, 0 worse."
    )
    calm = "No manager's figures have moved much in a year."
    two = frame[frame["manager_id"] != "*"].assign(verdict="same")
    assert told(findings.side_by_side, two) == calm
    none = "No figure of a manager can be compared with a year before."
    assert told(findings.side_by_side, frame.assign(verdict=None)) == none


def test_attention():
    frame = attention_frame(
        ("1", "Grand Hotel", "loss maker", 25_000.0), ("2", "Grocers", "silent", 18_000.0),
        ("2", "Inn", "silent", 2000.0),
    )  # fmt: skip
    assert told(findings.attention, frame) == (
        "3 clients need somebody. First Grand Hotel: loss maker, worth €25K. "
        "Most frequent: stopped buying (2 clients)."
    )
    untold = told(findings.attention, frame.iloc[:1].assign(worth=np.nan))
    assert untold.startswith(
        "1 client needs somebody. None of them with money that can be told. First Grand Hotel: loss"
    )
    assert told(findings.reasons, frame) == "Worth most: loss maker, €25K with 1 client."
    assert (
        told(findings.reasons, frame.iloc[1:]) == "Worth most: stopped buying, €20K with 2 clients."
    )
    assert told(findings.reasons, frame.assign(worth=np.nan)) == (
        "No client needs attention for money that can be told."
    )
    for finding in (findings.attention, findings.reasons):
        assert told(finding, frame.iloc[:0]) == "Nobody needs attention today."


def test_hostile_names_are_only_names():
    for name in HOSTILE:
        frame = COMPANY.assign(manager_name=name)
        figures.svg(form("overview", "headlines", 1)(frame))
        assert told(findings.carriers, frame).endswith(".")
        assert told(findings.attention, attention_frame(("1", name, "late", 1.0))).endswith(".")


def test_a_group_of_clients_has_no_history(sample):
    """The stored months are of all clients: beside the figures of some they would mislead."""
    page = Page("overview", sample)
    some = sample.of_clients(sample.clients["client_id"][:20])
    assert some.compute(overview.headline_history).empty
    assert len(some.compute(overview.headlines))
    assert not page.broken


@pytest.mark.parametrize("month", ["2026-10", "2026-11", "2025-03", "2024-01"])
def test_the_year_in_revenue(sample, month):
    """The sums of whole months, against the same months a year before, worked out once more."""
    table = sample.compute(overview.headline_history, month)
    ledger = sample.sales_month.groupby("month")["revenue"].sum() / MONEY_SCALE
    last = min(pd.Timestamp(f"{month}-01"), sample.month)
    months = [each for each in ledger.index if last - pd.DateOffset(months=11) <= each <= last]
    before = [each - pd.DateOffset(years=1) for each in months]
    said = plain(told(findings.revenue_months, table, "*"))
    total = ledger[months].sum()
    start = f"The company: {plain(words.short_money(total))} from {words.long_month(months[0])} to "
    assert said.startswith(start + words.long_month(months[-1]))
    if set(before) <= set(ledger.index):
        change = total / ledger[before].sum() - 1
        digits = 1 if abs(change) < 0.1 else 0
        way = "more" if change > 0 else "less"
        assert said.endswith(f", {words.percent(abs(change), digits)} {way} than a year before.")
    else:
        assert said.endswith("; the data hold no year before.")
