"""The tables of the first page against a second, slow and exact writing of their definitions."""

import dataclasses
import datetime

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientops.metrics import overview
from tests import oracle_overview
from tests.ledgers import compute
from tests.metrics import oracle
from tests.metrics.test_portfolio_against_oracle import FIRST, assert_same, frames_of, small_ledgers

SAID = {"late": "late since ", "silent": "silent since ", "left A": "left A", "left X": "left X",
        "loss maker": "sold at a loss", "untouched": " client, "}  # fmt: skip
random_ledgers = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
months = st.sampled_from([0, 1, 11, 12, 14, 24, 31])
last_days = st.one_of(st.none(), st.integers(0, 27))  # none: the month's last one
rules = st.fixed_dictionaries(
    {},
    optional={
        "window_months": st.sampled_from([3, 6, 12]),
        "xyz_by": st.sampled_from(["either", "cv"]),
    },
)


def asked_of(
    ledger: oracle.Ledger, month: int, day: int | None, before: int = 0
) -> tuple[oracle.Ledger, datetime.date, datetime.date | None]:
    """What is known on a day, of which month, and the day: in the month or in the one after it."""
    asked = oracle.shifted(FIRST, month)
    if day is None:
        return ledger, oracle.shifted(asked, -before), None
    until = asked + datetime.timedelta(days=day)
    known = dataclasses.replace(
        ledger,
        lines=[line for line in ledger.lines if line["shipped_on"] <= until],
        activities=[each for each in ledger.activities if each["happened_at"].date() <= until],
    )
    return known, oracle.shifted(asked, -before), until


def until_of(until: datetime.date | None) -> dict[str, pd.Timestamp]:
    return {} if until is None else {"as_of": pd.Timestamp(until)}


@random_ledgers
@given(small_ledgers, months, last_days, st.sampled_from(["", "US"]), rules)
def test_headlines_of_random_ledgers(ledger, month, day, calendar, changed):
    """First months, months that are not over, holidays, handovers, returns: every row."""
    ledger, asked, until = asked_of(ledger, month, day)
    if not ledger.lines:
        return
    given_ = {"calendar": calendar, "tolerances": {"revenue": 0.5, "x_share": 0.0}} | changed
    theirs = oracle_overview.headlines(ledger, asked, until, **given_)
    ours = compute(overview.headlines, frames_of(ledger), f"{asked:%Y-%m}",
                   **until_of(until), **given_)  # fmt: skip
    columns = list(theirs[0]) if theirs else ["month"]
    assert_same(ours[columns], theirs)


@random_ledgers
@given(small_ledgers, months, last_days, st.sampled_from([0, 1]), rules,
       st.sampled_from([0, 50.5]), st.sampled_from([1, 3]))  # fmt: skip
def test_attention_of_random_ledgers(ledger, month, day, before, changed, min_loss, loss_months):
    """One row per client under its largest amount; as of a day in the month or after it."""
    ledger, asked, until = asked_of(ledger, month, day, before)
    if not ledger.lines:
        return
    given_ = {"min_loss": min_loss, "attention_months": loss_months} | changed
    theirs = oracle_overview.attention(ledger, asked, until, **given_)
    ours = compute(overview.attention, frames_of(ledger), f"{asked:%Y-%m}",
                   **until_of(until), **given_)  # fmt: skip
    for detail, row in zip(ours["detail"], theirs, strict=True):
        also = detail.partition(" Also: ")[2].removesuffix(".")
        said = also.split("; ") if also else []
        others = row.pop("others")
        assert len(said) == len(others), (detail, row)
        assert all(SAID[reason] in text for reason, text in zip(others, said, strict=True))
    columns = list(theirs[0]) if theirs else ["manager_id"]
    assert_same(ours[columns], theirs)
