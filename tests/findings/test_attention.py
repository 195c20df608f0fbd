"""Why a client needs somebody, in a sentence of each reason."""

import re

import pandas as pd
import pytest

from clientops import findings

OCT, NOV = pd.Timestamp("2026-10-01"), pd.Timestamp("2025-11-01")


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
        "Class B, last contacted on Oct 1, 2026.",
        "Not contacted in time.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", ATTENTION)
def test_each_reason_has_its_sentence_and_says_only_what_is_known(reason):
    columns = {column: None for given, *_ in ATTENTION.values() for column in given}
    given, whole, bare = ATTENTION[reason]
    row = pd.Series(columns | given | {"reason": reason, "also": "late, untouched"})
    assert findings.attention_row(row) == f"{whole} Also: late to order, not contacted."
    assert findings.attention_row(pd.Series({"reason": reason})) == bare
    for column in given:  # whatever is missing: a sentence without it
        said = findings.attention_row(row.drop([column, "also"]))
        assert said.endswith(".") and not re.search(r"[{}]|nan|NaT|None", said), said
        empty = findings.attention_row(row.drop("also").mask(row.index[:-1] == column))
        assert not re.search(r"[{}]|nan|NaT|None", empty), empty


def test_who_was_never_contacted_and_reasons_nobody_knows():
    never = pd.Series({"reason": "untouched", "abc": "A", "last_touch": pd.NaT, "also": None})
    assert findings.attention_row(never) == "Class A, never contacted."
    assert findings.attention_row(pd.Series({"reason": "unheard of"})) == "unheard of."
    frame = pd.DataFrame([never, pd.Series({"reason": "silent"})], index=[7, 3])
    assert findings.attention_details(frame).to_dict() == {
        7: "Class A, never contacted.", 3: "Stopped buying."
    }  # fmt: skip
    assert findings.attention_details(frame.iloc[:0]).empty
