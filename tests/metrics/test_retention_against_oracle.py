"""Every retention table against a second, slow and exact writing of its definitions."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from clientops.metrics import retention
from tests import ledgers
from tests.metrics import oracle, oracle_retention
from tests.metrics.test_portfolio_against_oracle import (
    FIRST,
    assert_same,
    frames_of,
    small_ledgers,
)

SETTINGS = {
    "revenue_retention": {"window_months": st.sampled_from([3, 6, 12, 24])},
    "cohort_retention": {},
    "cohort_quarters": {},
    "repeat_ladder": {
        "mature_days": st.sampled_from([1, 30, 180]),
        "ladder_steps": st.sampled_from([2, 3, 10]),
    },
    "client_survival": {
        "silent_days": st.sampled_from([1, 14, 60, 180]),
        "late_quantile": st.sampled_from([0.0, 0.5, 0.9, 1.0]),
        "min_gaps": st.sampled_from([1, 3, 5]),
    },
}
months = st.sampled_from([0, 1, 2, 11, 12, 13, 23, 24, 31])


@settings(max_examples=12)
@given(small_ledgers, months, st.data())
def test_random_ledgers(ledger, month, data):
    """Ties, returns, handovers, leap days, first months: every table, row by row."""
    asked = oracle.shifted(FIRST, month)
    if asked < oracle.first_month(ledger):
        return
    frames = frames_of(ledger)
    for name in SETTINGS:
        changed = data.draw(st.fixed_dictionaries({}, optional=SETTINGS[name]))
        ours = ledgers.compute(getattr(retention, name), frames, f"{asked:%Y-%m}", **changed)
        with ledgers.told(name):
            assert_same(ours, getattr(oracle_retention, name)(ledger, asked, **changed))


@settings(max_examples=12)
@given(small_ledgers, st.sampled_from([12, 17, 31]), st.sampled_from([3, 12]))
def test_the_bridge_adds_up_in_whole_ten_thousandths(ledger, month, window_months):
    """opening + expansion − contraction − churned + new = closing, to the last digit."""
    asked = oracle.shifted(FIRST, month)
    if asked < oracle.first_month(ledger):
        return
    table = ledgers.compute(
        retention.revenue_retention, frames_of(ledger), f"{asked:%Y-%m}",
        window_months=window_months,
    )  # fmt: skip
    for row in table.itertuples():
        opening, expansion, contraction, churned, new, closing = (
            round(10_000 * amount) for amount in row[4:10]
        )
        assert opening + expansion - contraction - churned + new == closing
        if opening > 0:
            kept = Fraction(opening + expansion - contraction - churned, opening)
            assert row.nrr == float(kept)
            assert 0 <= row.grr <= 1
