"""What debtors' sentences say: every number is one of their rows."""

import pytest

from clientops import findings
from clientops.metrics import turnover
from tests.ledgers import compute, frames, line
from tests.told import plain, told


def owing(due: str, paid: str | None = None):
    """Debtors on 31 March 2026: one owes 100 since a day, and paid another invoice, due on
    20 January, on another day or not at all."""
    bill = {"client_id": "C1", "invoiced_on": "2026-01-05", "amount": 100}
    accounts = frames(
        data_until="2026-03-31",
        shipments=[line("S1", "2026-01-05", "C1", 5), line("S2", "2026-03-05", "C1", 5)],
        receivables=[bill | {"invoice_id": "F1", "due_on": due}]
        + [bill | {"invoice_id": "F2", "due_on": "2026-01-20"}] * bool(paid),
        payments=[{"paid_on": paid, "client_id": "C1", "amount": 100, "invoice_id": "F2"}]
        * bool(paid),
    )
    return compute(turnover.debtors, accounts, "2026-03")


@pytest.mark.parametrize(
    ("paid", "late"),
    [("2026-01-28", "usually late by 8 days"), ("2026-01-20", "late by 5 days now"),
     ("2026-01-10", "late by 5 days now"), (None, "late by 5 days now")],
)  # fmt: skip
def test_who_is_late_as_usual_is_told_with_the_habit_or_by_how_late_it_is(paid, late):
    said = plain(told(findings.usual_debtors, owing("2026-03-26", paid)))
    assert said == f"As late as usual: 1 client with €100: C1, {late}."
