"""What the first page says and draws: every number is in the frame, whatever part is shown."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from clientops import figures, findings
from clientops.metrics import overview, pulse
from clientops.page import Page
from tests.cards import form
from tests.test_figures import HOSTILE, texts
from tests.told import told

OCT = pd.Timestamp("2026-10-01")
NAMES = {"*": "*", "1": "Pavel Ivanov", "2": "Anna Petrova", "3": "Ott Lepik"}
UNITS = {each.metric: each for each in pulse.HEADLINES}


def headlines_frame(*rows: tuple, days: int | None = None) -> pd.DataFrame:
    """manager, figure, value, change, change on the year before, verdict."""
    columns = ["manager_id", "metric", "value", "change", "year_change", "verdict"]
    frame = pd.DataFrame(rows, columns=columns).assign(month=OCT)
    frame = frame.astype({"change": float, "year_change": float, "verdict": "str"})
    frame["previous"] = frame["value"] - frame["change"]
    frame["year_ago"] = frame["value"] - frame["year_change"]
    for column in ("label", "unit", "topic"):
        frame[column] = [getattr(UNITS[metric], column) for metric in frame["metric"]]
    frame["place"] = [pulse.HEADLINES.index(UNITS[metric]) + 1 for metric in frame["metric"]]
    frame["manager_name"] = frame["manager_id"].map(lambda each: NAMES.get(each, each))
    flows = [UNITS[metric].of == "month" for metric in frame["metric"]]
    frame["compared_days"] = pd.array([days if flow else None for flow in flows], dtype="Int64")
    return frame


def attention_frame(*rows: tuple) -> pd.DataFrame:
    columns = ["manager_id", "client_name", "reason", "money"]
    return pd.DataFrame(rows, columns=columns).assign(detail="Something happened.")


COMPANY = headlines_frame(
    ("*", "revenue", 855_000.0, -35_000.0, -139_000.0, "same"),
    ("*", "margin", 240_000.0, -13_000.0, None, "worse"),
    ("*", "a_share", 0.22, -0.02, None, "worse"), ("*", "late_clients", 18, -8, None, "better"),
    ("1", "revenue", 5000.0, -1000.0, None, "worse"), ("2", "revenue", 9000.0, 400.0, 0.0, "same"),
    ("3", "revenue", 0.0, -3000.0, None, "worse"),
)  # fmt: skip


def plain(sentence: str) -> str:
    """Without the marks that keep signs beside their numbers."""
    return sentence.replace("\u2060", "")


# ---------------------------------------------------------------- sentences


def test_headlines():
    assert plain(told(findings.headlines, COMPANY)) == (
        "Oct 2026: revenue €855K, −€139K on Oct 2025, −€35K on Sep 2026. "
        "Worse: gross margin, share of A clients. Better: late clients."
    )
    assert plain(told(findings.headlines, COMPANY, "2")) == (
        "Oct 2026: revenue €9K, +€0 on Oct 2025, +€400 on Sep 2026. "
        "Everything else is as it was a year before."
    )
    first = headlines_frame(("*", "revenue", 10.0, None, None, None))
    assert told(findings.headlines, first) == "Oct 2026: revenue €10."


def test_headlines_of_a_month_that_is_not_over():
    frame = headlines_frame(("*", "revenue", 900.0, 100.0, -50.0, "better"), days=12)
    assert plain(told(findings.headlines, frame)) == (
        "Oct 2026: revenue €900 in 12 working days, −€50 on as many of Oct 2025, "
        "+€100 on as many of Sep 2026. Better: revenue."
    )
    assert "in 1 working day," in told(findings.headlines, frame.assign(compared_days=1))


def test_headlines_without_revenue():
    assert told(findings.headlines, COMPANY.iloc[:0]) == (
        "Nothing has been shipped yet, so there are no figures to show."
    )
    idle = headlines_frame(("1", "activities_per_day", 3.0, None, None, None))
    assert told(findings.headlines, idle, "1") == (
        "No client counts, so there is no revenue to speak of."
    )


def test_carriers():
    assert plain(told(findings.carriers, COMPANY)) == (
        "Most revenue: Anna Petrova (€9K). Largest rise on the month before: Anna Petrova (+€400). "
        "Largest fall on the month before: Ott Lepik (−€3K)."
    )
    assert plain(told(findings.carriers, COMPANY[COMPANY["manager_id"] != "2"])) == (
        "Most revenue: Pavel Ivanov (€5K). Largest fall on the month before: Ott Lepik (−€3K)."
    )
    assert told(findings.carriers, COMPANY[COMPANY["manager_id"] == "1"], "1") == (
        "Pavel Ivanov: revenue €5K."
    )
    first = COMPANY.assign(change=np.nan)
    assert told(findings.carriers, first) == "Most revenue: Anna Petrova (€9K)."
    nothing = "No manager's clients have brought anything in this month."
    for frame in (COMPANY.iloc[:0], COMPANY[COMPANY["manager_id"] == "*"], COMPANY.assign(value=0)):
        assert told(findings.carriers, frame) == nothing


def test_attention():
    frame = attention_frame(
        ("1", "Grand Hotel", "loss maker", 20_000.0), ("2", "Grocers", "silent", 18_000.0),
        ("2", "Inn", "silent", 2000.0),
    )  # fmt: skip
    assert told(findings.attention, frame) == (
        "3 clients need somebody: €40K at stake. First Grand Hotel: loss maker. "
        "Reasons: silent (2), loss maker (1)."
    )
    one = told(findings.attention, frame.iloc[:1])
    assert one.startswith("1 client needs somebody: €20K at stake.")
    assert told(findings.reasons, frame) in (
        "Most money is at stake under “loss maker”: €20K of €40K.",
        "Most money is at stake under “silent”: €20K of €40K.",
    )
    for finding in (findings.attention, findings.reasons):
        assert told(finding, frame.iloc[:0]) == "Nobody needs attention today."


PARTS = [
    (overview.headlines, findings.headlines, form("overview", "headlines")),
    (overview.headlines, findings.carriers, form("overview", "headlines", 1)),
    (overview.attention, findings.attention, form("overview", "attention")),
    (overview.attention, findings.reasons, form("overview", "attention")),
]


@pytest.mark.parametrize("width", [figures.FULL, figures.WIDE, figures.PHONE])
@pytest.mark.parametrize(("table", "finding", "figure"), PARTS)
def test_every_part_gives_whole_sentences_and_a_picture(
    sample, northwind, table, finding, figure, width
):
    for book in (sample, northwind):
        for month in (book.month, book.first_month, book.last_month):
            frame = book.compute(table, month)
            ids = frame["manager_id"]
            parts = [frame, frame.iloc[:0], frame[ids == "*"], frame[ids != "*"]]
            parts += [frame[ids == each] for each in ids.unique()[:3]]
            for part in parts:
                said = told(finding, part)
                assert said.endswith(".")
                assert not re.search(r"[{}]|\bnan\b|\bNone\b|<NA>", said), said
                FigureCanvasAgg(figure(part, width=width)).draw()


# ---------------------------------------------------------------- figures


def test_tiles_show_value_change_and_months():
    history = pd.DataFrame(
        {"month": [OCT - pd.DateOffset(months=back) for back in (2, 1, 0)], "manager_id": "*",
         "metric": "revenue", "value": [1.0, 3.0, 2.0]}
    )  # fmt: skip
    frame = COMPANY[COMPANY["manager_id"] == "*"]
    figure = figures.tiles(frame, history=history, width=figures.FULL)
    written = texts(figure)
    assert written[:4] == ["Revenue", "€855K", "= same −€35K on Sep 2026", "−€139K on Oct 2025"]
    assert "−2.0 points on Sep 2026" in " ".join(written)
    drawn = [list(each.get_ydata()) for axes in figure.axes for each in axes.lines]
    assert [1.0, 3.0, 2.0] in drawn
    assert [2.0] in drawn  # the dot
    running = figures.tiles(frame.assign(compared_days=5), history=history)
    drawn = [list(each.get_ydata()) for axes in running.axes for each in axes.lines]
    assert [1.0, 3.0] in drawn  # a month that is not over is no point of the line
    assert not any(len(each) == 1 for each in drawn)


def test_tiles_lead_to_their_topics():
    frame = COMPANY[COMPANY["manager_id"] == "*"]
    links = {"profitability": "/profitability?month=2026-10"}
    drawn = figures.svg(figures.tiles(frame, links=links))
    assert drawn.count('href="/profitability?month=2026-10"') == 2  # revenue and margin


def test_hostile_names_are_only_names():
    for name in HOSTILE:
        frame = COMPANY.assign(manager_name=name)
        figures.svg(form("overview", "headlines", 1)(frame))
        assert told(findings.carriers, frame).endswith(".")
        assert told(findings.attention, attention_frame(("1", name, "late", 1.0))).endswith(".")


# ---------------------------------------------------------------- the page's tables


def test_a_group_of_clients_has_no_history(sample):
    """The stored months are of all clients: beside the figures of some they would mislead."""
    page = Page("overview", sample)
    some = sample.of_clients(sample.clients["client_id"][:20])
    assert some.compute(overview.headline_history).empty
    assert len(some.compute(overview.headlines))
    assert not page.broken
