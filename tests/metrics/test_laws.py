"""The laws that every table obeys, run over all of them as they are found."""

import dataclasses
import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientops import Viewer, metrics, open_book, words
from clientops.book import EVERYONE
from clientops.settings import Portfolio
from tests.conftest import ADVENTUREWORKS, SAMPLE
from tests.ledgers import compute
from tests.metrics.test_portfolio_against_oracle import FIRST, frames_of, small_ledgers

TABLES = metrics.tables()
MONTHLY = {name: f for name, f in TABLES.items() if "month" in inspect.signature(f).parameters}
ledger_laws = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
some_month = st.sampled_from(["2024-01", "2025-02", "2026-08"])
# Tables whose managers' rows add up to the company's: the keys of a row, the columns that add up.
ADD_UP = {
    "portfolio_quality": ("abc xyz", "clients revenue"),
    "portfolio_trend": ("month", "clients"),
    "portfolio_load": ("month", "clients"),
    "xyz_comparison": ("xyz_months xyz_rhythm xyz_cv", "clients"),
}


def takes_a_window(function) -> bool:
    """Whether a table has the portfolio's settings, and so the length of the window."""
    parameters = inspect.signature(function).parameters.values()
    return any(isinstance(parameter.default, Portfolio) for parameter in parameters)


def every_table(test):
    return pytest.mark.parametrize("name", MONTHLY)(test)


@pytest.mark.parametrize("name", TABLES)
def test_empty_in_empty_out_with_the_same_columns(name):
    function = TABLES[name]
    keywords = {"month": pd.Timestamp("2026-10-01")} if name in MONTHLY else {}
    table = function(*metrics.empty_frames(function), **keywords)
    assert table.empty
    assert list(table.columns) == metrics.columns(function)


@pytest.mark.parametrize("name", TABLES)
def test_documented_and_labelled(name):
    """The definition card is the docstring; a director reads every column by a name."""
    text = inspect.getdoc(TABLES[name])
    assert "How: " in text
    assert "Returns" in text
    missing = [column for column in metrics.columns(TABLES[name]) if column not in words.COLUMNS]
    assert not missing


@every_table
@ledger_laws
@given(small_ledgers, some_month)
def test_input_unchanged(name, ledger, month):
    frames = frames_of(ledger)
    before = {key: None if f is None else f.copy(deep=True) for key, f in frames.items()}
    compute(MONTHLY[name], frames, month)
    for key, frame in frames.items():
        if frame is not None:
            pd.testing.assert_frame_equal(frame, before[key])


@every_table
@ledger_laws
@given(small_ledgers, some_month, st.randoms(use_true_random=False))
def test_row_order_is_irrelevant(name, ledger, month, random):
    frames = frames_of(ledger)
    shuffled = {
        key: None if f is None else f.sample(frac=1, random_state=random.randrange(2**32))
        for key, f in frames.items()
    }
    table = compute(MONTHLY[name], frames, month)
    pd.testing.assert_frame_equal(table, compute(MONTHLY[name], shuffled, month))


@every_table
@ledger_laws
@given(small_ledgers)
def test_nothing_after_the_month_matters(name, ledger):
    """A ledger that ends with the month gives the month's table of the whole ledger."""
    month = FIRST.replace(year=2025, month=3)
    past = [line for line in ledger.lines if line["shipped_on"].isoformat() < "2025-04-01"]
    if not past:
        return
    spells = [spell for spell in ledger.assignments if spell["valid_from"].isoformat() < "2025-04"]
    whole = compute(MONTHLY[name], frames_of(ledger), f"{month:%Y-%m}")
    cut = dataclasses.replace(ledger, lines=past, assignments=spells)
    pd.testing.assert_frame_equal(whole, compute(MONTHLY[name], frames_of(cut), f"{month:%Y-%m}"))


@every_table
@ledger_laws
@given(small_ledgers, some_month)
def test_scaling_money_scales_sums_and_leaves_shares(name, ledger, month):
    scaled = [line | {"revenue": 3 * line["revenue"],
                      "cost": None if line["cost"] is None else 3 * line["cost"]}
              for line in ledger.lines]  # fmt: skip
    table = compute(MONTHLY[name], frames_of(ledger), month)
    larger = compute(MONTHLY[name], frames_of(dataclasses.replace(ledger, lines=scaled)), month)
    for column in table:  # money follows the ledger; all else must not change with its scale
        if words.unit(column, name) == "money":
            table[column] = 3 * table[column]
    pd.testing.assert_frame_equal(table, larger, rtol=1e-12)


@pytest.mark.parametrize("name", ADD_UP)
@ledger_laws
@given(small_ledgers, some_month)
def test_managers_add_up_to_the_company(name, ledger, month):
    """Counts and money of the managers' rows are those of the company's rows."""
    table = compute(TABLES[name], frames_of(ledger), month)
    keys, columns = (texts.split() for texts in ADD_UP[name])
    company = table["manager_id"] == EVERYONE
    whole = table[company].groupby(keys)[columns].sum()
    parts = table[~company].groupby(keys)[columns].sum()
    parts, whole = parts.align(whole, fill_value=0)
    np.testing.assert_allclose(parts, whole, atol=1e-6)


def viewers(book) -> list[Viewer]:
    ids = [manager for manager in book.manager_ids if not manager.startswith("(")]
    managers = [Viewer(role="manager", manager_ids=(manager,)) for manager in ids]
    teams = sorted(set(book.managers["team"].dropna()))
    return [*managers, Viewer(role="manager", manager_ids=tuple(ids[:2])),
            *(Viewer(role="lead", teams=(team,)) for team in teams)]  # fmt: skip


@pytest.mark.parametrize("name", MONTHLY)
@pytest.mark.parametrize("source", ["sample", "adventureworks"])
def test_scope(name, source, request):
    """Rows from a scoped book are the same rows of the full one, for months old and new."""
    full = request.getfixturevalue(source)
    store = request.getfixturevalue(f"{source}_store")
    data = {"sample": SAMPLE, "adventureworks": ADVENTUREWORKS}[source]
    for viewer in viewers(full)[:: 1 if source == "sample" else 5]:
        own = open_book(data, viewer, store_folder=store)
        for months_ago in (0, 5, 13, 30):
            month = full.month - pd.DateOffset(months=months_ago)
            for window in (12, 3) if takes_a_window(MONTHLY[name]) else (12,):
                changed = {"window_months": window} if window != 12 else {}
                table = full.compute(MONTHLY[name], month, **changed)
                seen = own.compute(MONTHLY[name], month, **changed)
                expected = table[table["manager_id"].isin(own.manager_ids)]
                company = seen[seen["manager_id"] == EVERYONE]
                if len(company):
                    assert window == 12
                    expected = pd.concat([expected, table[table["manager_id"] == EVERYONE]])
                keys = list(table.columns)
                pd.testing.assert_frame_equal(
                    seen.sort_values(keys, ignore_index=True),
                    expected.sort_values(keys, ignore_index=True),
                )
