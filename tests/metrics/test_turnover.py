"""Turnover on ledgers that can be worked out on paper."""

import pandas as pd
import pytest

from clientops.metrics import base, calls, overview, turnover
from tests.ledgers import compute, frames, line, only_row


def bill(number: str, day: str, amount: float, due: str | None = None, client: str = "C1", **more):
    return {"invoice_id": number, "client_id": client, "invoiced_on": f"2026-{day}",
            "amount": amount, "due_on": due and f"2026-{due}", **more}  # fmt: skip


def paid(day: str, amount: float, invoice: str | None = None, client: str = "C1") -> dict:
    return {"paid_on": f"2026-{day}", "client_id": client, "amount": amount, "invoice_id": invoice}


def book(*receivables: dict, payments: list[dict] = (), **more) -> dict[str, pd.DataFrame]:
    """Accounts of the first three months of 2026; all clients are of manager 7."""
    clients = sorted({row["client_id"] for row in (*receivables, *payments)})
    return frames(
        data_until="2026-03-31",
        shipments=[line("S1", "2026-01-05", "C1", 5), line("S2", "2026-03-05", "C1", 5)],
        clients=[{"client_id": client, "manager_id": "7"} for client in clients or ["C1"]],
        receivables=list(receivables),
        payments=list(payments),
        **more,
    )


def turned(accounts: dict, month: str = "2026-03", window: int = 3, key: str = "*") -> pd.Series:
    table = compute(turnover.receivables_turnover, accounts, month, window_months=window,
                    lapse_months=1)  # fmt: skip
    return only_row(table, key=key, dimension="*" if key == "*" else "client")


def aged(accounts: dict, client: str = "C1", month: str = "2026-03") -> pd.Series:
    table = compute(turnover.receivables_ageing, accounts, month)
    return only_row(table, client_id=client, manager_id="7")


def test_partial_and_several_payments():
    """100 open for 10 days, 60 for 10, 0: 1,600 money days of 100 invoiced are 16 days."""
    accounts = book(bill("F1", "01-05", 100, "01-19"),
                    payments=[paid("01-15", 40, "F1"), paid("01-25", 60, "F1")])  # fmt: skip
    row = turned(accounts)
    assert (row["dso"], row["turns"]) == (16, pytest.approx(365 / 16))
    assert row["days_to_pay"] == pytest.approx(0.4 * 10 + 0.6 * 20)
    assert row["days_late"] == pytest.approx(0.4 * -4 + 0.6 * 6)
    assert (row["closing"], row["overdue"]) == (0, 0)


def test_what_is_dated_after_the_last_day_of_the_data_counts_nowhere():
    """The data end on Friday the 27th, by which February is complete."""
    accounts = frames(
        data_until="2026-02-27", shipments=[line("S1", "2026-01-05", "C1", 5)],
        clients=[{"client_id": "C1", "manager_id": "7"}],
        receivables=[bill("F1", "02-02", 100), bill("F2", "02-28", 50)],
        payments=[paid("02-27", 30, "F1"), paid("02-28", 70, "F1")],
    )  # fmt: skip
    row = turned(accounts, "2026-02")
    assert row[["invoiced", "closing", "days_to_pay"]].tolist() == [100, 70, 25]
    assert aged(accounts, month="2026-02")["open"] == 70


def test_paid_before_it_was_invoiced():
    """An advance is shown apart, owes nothing to others, and pays the invoice at once."""
    accounts = book(bill("F1", "02-10", 100), bill("F2", "01-10", 70, client="C2"),
                    payments=[paid("01-05", 130, "F1")])  # fmt: skip
    assert turned(accounts, "2026-01", key="C1")[["advance", "closing"]].tolist() == [130, 0]
    assert turned(accounts, "2026-01", key="C2")["closing"] == 70
    row = turned(accounts, key="C1")
    assert row[["dso", "days_to_pay", "advance"]].tolist() == [0, 0, 30]


def test_a_credit_note_larger_than_the_debt():
    """It is like a payment, and none: no days of money are told."""
    accounts = book(bill("F1", "01-10", 100), bill("N1", "01-20", -130), bill("F2", "02-01", 50))
    row = turned(accounts)
    assert row[["invoiced", "closing", "advance"]].tolist() == [20, 20, 0]
    assert row["dso"] == (100 * 10 + 20 * 59) / 20  # F2: 20 from 1 February to 31 March
    assert pd.isna(row["days_to_pay"])
    assert turned(accounts, "2026-01")["advance"] == 30
    alone = turned(book(bill("N1", "01-20", -130)))
    assert (alone["invoiced"], alone["advance"]) == (-130, 130)
    assert pd.isna(alone["dso"])


def test_never_paid_and_nothing_invoiced_in_the_window():
    accounts = book(bill("F1", "01-10", 100, "01-31"))
    row = turned(accounts, window=1)
    assert (row["invoiced"], row["closing"], row["overdue"]) == (0, 100, 100)
    assert pd.isna(row["dso"])
    assert pd.isna(row["turns"])
    assert row["average_balance"] == 100
    late = owing(accounts)
    assert late[["overdue", "days_overdue"]].tolist() == [100, 59]
    assert late["verdict"] == "unusual"  # who never paid has no habit


def test_the_day_it_is_due_is_not_late():
    accounts = book(bill("F1", "01-10", 100, "01-31"), bill("F2", "01-10", 10, "01-30"))
    row = aged(accounts, month="2026-01")
    assert row[["not_due", "days_1_30", "overdue", "to_claim"]].tolist() == [100, 10, 10, 0]
    assert row["oldest_due_on"] == pd.Timestamp("2026-01-30")


def test_a_payment_of_an_unknown_invoice_goes_to_what_is_due_longest():
    accounts = book(bill("F1", "01-02", 40, "03-01"), bill("F2", "01-03", 40, "02-01"),
                    payments=[paid("03-10", 50, "F77")])  # fmt: skip
    table = compute(turnover.open_invoices, accounts, "2026-03")
    assert table[["invoice_id", "open", "days_overdue"]].to_numpy().tolist() == [["F1", 30, 30]]


def test_money_paid_back_takes_the_advance_and_is_owed_beyond_it():
    money = [paid("01-05", 30), paid("02-01", -50), paid("03-01", 15)]
    accounts = book(bill("F0", "01-01", 0), bill("F1", "03-20", 5, "04-01"), payments=money)
    assert turned(accounts, "2026-01")["advance"] == 30
    assert aged(accounts, month="2026-02")[["open", "days_1_30"]].tolist() == [20, 20]
    row = aged(accounts)
    assert row[["open", "not_due", "days_31_60"]].tolist() == [10, 5, 5]
    shown = compute(turnover.open_invoices, accounts, "2026-03")
    assert shown["invoice_id"].isna().tolist() == [True, False]
    assert turned(accounts)["invoiced"] == 5  # it is no invoice
    assert pd.isna(turned(accounts, "2026-03", window=1)["days_to_pay"])


def test_a_slip_put_right_the_same_day_changes_nothing():
    one = bill("F1", "01-05", 100, "01-20")
    slip = [paid("02-01", 100), paid("02-01", -100)]
    assert aged(book(one, payments=slip))["days_31_60"] == 0
    row = aged(book(one, payments=slip))
    assert row[["over_90", "days_61_90", "open"]].tolist() == [0, 100, 100]


def test_columns_of_payment_are_read_only_where_there_are_no_payments():
    half = bill("F1", "01-05", 100, paid_on="2026-01-15", paid_amount=30)
    rest = bill("F2", "01-05", 100, paid_on="2026-01-15")
    early = bill("F3", "02-05", 100, paid_on="2026-01-15")
    accounts = book(half, rest, early)
    assert turned(accounts)[["closing", "advance"]].tolist() == [70, 0]
    assert turned(accounts, "2026-01")["closing"] == 70
    both = book(half, rest, early, payments=[paid("03-01", 1)])
    assert turned(both)["closing"] == 299


def test_without_a_due_day_it_is_due_after_payment_days():
    accounts = book(bill("F1", "01-05", 100), payments=[paid("03-01", 60)])
    assert pd.isna(turned(accounts)["days_late"])  # nobody tells when anything is due
    assert owing(accounts)[["overdue", "days_overdue"]].tolist() == [40, 55]  # 4 February


def test_an_invoice_that_was_due_before_it_was_written_tells_nothing_until_then():
    early = bill("F1", "01-10", 100, client="C1")
    late = bill("F2", "03-10", 50, due="01-01", client="C2")
    accounts = book(early, late, payments=[paid("01-10", 40, "F1")])
    cut = book(early, payments=[paid("01-10", 40, "F1")])
    whole, before = (
        compute(turnover.receivables_trend, each, "2026-02") for each in (accounts, cut)
    )
    assert before["month_days_late"].isna().all()
    pd.testing.assert_frame_equal(whole, before)


def test_two_payments_of_one_invoice_on_one_day_both_count():
    accounts = book(bill("F1", "01-05", 100), payments=[paid("02-01", 30, "F1")] * 2)
    assert turned(accounts)["closing"] == 40


def test_whoever_always_pays_late_is_no_news():
    """Both owe an invoice for 20 days: one has always paid 25 days late, one never did."""

    def client(name: str, late: str) -> tuple:
        return (
            bill(f"{name}1", "01-01", 100, "01-05", name),
            bill(f"{name}2", "03-01", 100, "03-11", name),
        ), paid(late, 100, f"{name}1", name)

    (usual, one), (sudden, other) = client("C1", "01-30"), client("C2", "01-05")
    accounts = book(*usual, *sudden, payments=[one, other])
    told = ["days_late", "days_overdue", "beyond_habit", "verdict"]
    found = [owing(accounts, each)[told].tolist() for each in ("C1", "C2")]
    assert found == [[25, 20, -5, "as usual"], [0, 20, 20, "unusual"]]


def test_a_payment_of_a_client_nobody_knows_stands_with_nobody():
    accounts = frames(data_until="2026-03-31", shipments=[line("S1", "2026-01-05", "C1", 5, "7")],
                      receivables=[bill("F1", "01-05", 100)],
                      payments=[paid("01-10", 9, client="C8")])  # fmt: skip
    table = compute(turnover.receivables_ageing, accounts, "2026-03")
    assert only_row(table, client_id="C8")[["manager_id", "advance"]].tolist() == [
        "(unassigned)", 9]  # fmt: skip
    assert only_row(table, manager_id="*")[["open", "advance"]].tolist() == [100, 9]


def test_the_client_list_tells_what_is_open_and_overdue():
    accounts = book(bill("F1", "01-05", 100, "01-20"), bill("F2", "03-20", 10), bill("F3", "01-05",
                    9, client="C2"), payments=[paid("02-01", 9, "F3", "C2")])  # fmt: skip
    table = compute(base.client_list, accounts, "2026-03").set_index("client_id")
    assert table[["open", "overdue"]].to_numpy().tolist() == [[110, 100], [0, 0]]
    without = compute(base.client_list, book(), "2026-03")
    assert without[["open", "overdue"]].isna().all(axis=None)


def test_what_is_overdue_beyond_the_days_of_grace_is_a_reason_to_call():
    accounts = book(bill("F1", "01-05", 100, "03-01"), bill("F2", "03-05", 10, "03-25"))
    told = only_row(compute(overview.attention, accounts, "2026-03"), client_id="C1")
    assert told[["reason", "worth"]].tolist() == ["invoice overdue", 100]
    assert told["oldest_due_on"] == pd.Timestamp("2026-03-01")
    called = only_row(compute(calls.call_list, accounts, "2026-03"), client_id="C1")
    assert called[["reason", "money"]].tolist() == ["invoice overdue", 100]


def owing(accounts: dict, client: str = "C1", month: str = "2026-03") -> pd.Series:
    return only_row(compute(turnover.debtors, accounts, month), client_id=client)


def test_as_of_the_datas_end_a_manager_reads_the_companys_row_as_the_director_does(
    sample, manager_book
):
    whole, own = (book.compute(turnover.receivables_ageing) for book in (sample, manager_book("3")))
    row, seen = (only_row(each, manager_id="*", client_id="*") for each in (whole, own))
    pd.testing.assert_series_equal(row, seen, check_names=False)
    assert set(own["manager_id"]) == {"*", "3"}
