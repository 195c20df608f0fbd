"""One client's history, months and products, and the list of all, worked out on paper."""

import pandas as pd
import pytest

from clientops.errors import ClientOpsError
from clientops.metrics import base, client
from tests import sample_facts
from tests.ledgers import compute, every, frames, line, month_days, only_row

MARCH = "2026-03"
BEGIN = line("S0", "2025-01-05", "ZERO", 0, "1")  # the data begin in January 2025


def card(book: dict, client_id: str = "C1", month: str = MARCH, only: str = "", **more):
    """[(day, what, money, who)], of one kind where one is named."""
    table = compute(client.client_card, book, month, client_id=client_id, **more).astype(object)
    assert set(table["client_id"]) <= {client_id}
    rows = table.where(table.notna(), None)[["on", "what", "money", "who"]]
    return [(f"{row.on:%Y-%m-%d}", *row[1:]) for row in rows.itertuples(index=False)
            if only in ("", row.what)]  # fmt: skip


def details(book: dict, what: str, client_id: str = "C1", month: str = MARCH, **more) -> list[str]:
    """What the rows of a kind say, the newest first."""
    table = compute(client.client_card, book, month, client_id=client_id, **more)
    return table[table["what"] == what]["detail"].tolist()


def sold(*lines: dict, **tables) -> dict:
    return frames(shipments=[BEGIN, *lines], data_until="2026-03-31", **tables)


def touch(when: str, manager_id: str, kind: str = "call", client_id: str | None = "C1", **more):
    return {"happened_at": when, "manager_id": manager_id, "kind": kind, "client_id": client_id,
            **more}  # fmt: skip


def spell(manager_id: str, valid_from: str, valid_to: str | None = None, client_id: str = "C1"):
    return {"client_id": client_id, "manager_id": manager_id, "valid_from": valid_from,
            "valid_to": valid_to}  # fmt: skip


# --- client_card: purchases and returns ---------------------------------------------------------


def test_a_shipment_id_of_a_day_is_one_row():
    book = sold(
        line("S1", "2026-03-03", "C1", 60, "1"),
        line("S1", "2026-03-03", "C1", 40, "1"),
        line("S1", "2026-03-04", "C1", 7, "1"),  # the same id on another day
        line("S1", "2026-03-03", "C2", 500, "1"),  # and of another client
        line("S2", "2026-03-03", "C1", 1, "1"),
    )
    found = card(book, only="purchase")
    assert found[0] == ("2026-03-04", "purchase", 7, "1")
    assert sorted(found[1:]) == [("2026-03-03", "purchase", money, "1") for money in (1, 100)]
    told = details(book, "purchase")
    assert [sum(name in text for text in told) for name in ("S1", "S2")] == [2, 1]


def test_what_comes_to_nothing_is_left_out_and_less_is_a_return():
    book = sold(
        line("S1", "2026-03-03", "C1", 60, "1"),
        line("S1", "2026-03-03", "C1", -60, "1"),
        line("S2", "2026-03-03", "C1", 0, "1"),
        line("S3", "2026-03-03", "C1", 60, "1"),
        line("S3", "2026-03-03", "C1", -60.01, "1"),
        line("S4", "2026-03-03", "C1", 0.01, "1"),
    )
    # a purchase and a return of one day stay two rows; the purchase is above
    assert card(book) == [
        ("2026-03-03", "purchase", 0.01, "1"),
        ("2026-03-03", "return", pytest.approx(-0.01), "1"),
    ]


def test_credited_to_whom_it_brought_most():
    def who(*parts: tuple[str | None, float]) -> str:
        rows = [line("S1", "2026-03-03", "C1", money, manager) for manager, money in parts]
        rows.append(line("S2", "2026-01-03", "C2", 1, "9"))
        owned = [{"client_id": "C1", "manager_id": "9"}]
        return card(sold(*rows, clients=owned), only="purchase")[0][3]

    assert who(("1", 10), ("2", 30), ("1", 15)) == "2"  # 25 against 30
    assert who(("1", 10), ("2", 30), ("1", 25)) == "1"  # 35
    assert who(("2", 10), ("1", 10)) == "1"  # even: the smaller id
    assert who(("2", 10), ("10", 10)) == "10"  # by code point
    assert who(("1", 10), (None, 11)) == "9"  # nobody is named: the owner
    assert who(("1", 10), (None, 5), ("9", 5)) == "1"  # 10 each, of the owner in two parts
    assert who(("1", 10), ("2", 12), ("2", -5)) == "1"  # net: 7


def test_without_a_manager_the_owner_of_that_day_has_the_credit():
    book = sold(
        line("S1", "2026-03-03", "C1", 5),
        line("S2", "2026-03-10", "C1", 6),
        assignments=[spell("1", "2020-01-01", "2026-03-09"), spell("2", "2026-03-10")],
    )
    assert card(book, only="purchase") == [
        ("2026-03-10", "purchase", 6, "2"), ("2026-03-03", "purchase", 5, "1"),
    ]  # fmt: skip


# --- client_card: all else ----------------------------------------------------------------------


def test_the_newest_first_and_within_a_day_in_one_order():
    day = "2026-03-01"
    book = sold(
        line("S1", "2026-02-10", "C1", 50, "1"),
        line("R1", day, "C1", -5, "1"),
        line("S2", day, "C1", 20, "1"),
        line("S3", "2026-03-09", "C1", 30, "1"),
        activities=[touch(f"{day} 00:00", "7"), touch("2026-03-05 10:00", "8")],
        receivables=[{"invoice_id": "F1", "client_id": "C1", "invoiced_on": day, "amount": 24}],
        surveys=[{"responded_on": day, "score": 9, "client_id": "C1"}],
        tickets=[{"ticket_id": "T1", "opened_at": f"{day} 08:00", "client_id": "C1",
                  "agent": "Eva"}],
        plans=[{"month": day, "plan_revenue": 70, "client_id": "C1"}],
        assignments=[spell("1", "2020-01-01", "2026-02-28"), spell("2", day)],
    )  # fmt: skip
    found = [row for row in card(book) if row[1] != "class change"]
    assert found == [
        ("2026-03-09", "purchase", 30, "1"),
        ("2026-03-05", "activity", None, "8"),
        (day, "purchase", 20, "1"),
        (day, "return", -5, "1"),
        (day, "activity", None, "7"),
        (day, "invoice", 24, None),
        (day, "answer", None, None),
        (day, "case", None, "Eva"),
        (day, "plan", 70, None),
        (day, "handover", None, "2"),
        ("2026-02-10", "purchase", 50, "1"),
    ]
    columns = ["client_id", "on", "what", "detail", "money", "open", "who"]
    assert compute(client.client_card, book, MARCH, client_id="C1").columns.tolist() == columns


def test_activities_are_those_done_with_the_client_by_whoever_did_them():
    book = sold(
        line("S1", "2026-03-02", "C1", 5, "1"),
        activities=[
            touch("2026-03-07 09:00", "2", "meeting"),  # a Saturday: its own day
            touch("2026-03-05 09:00", "3", minutes=0.1),  # however short
            touch("2026-03-06 09:00", "1", outcome="missed"),
            touch("2026-03-06 09:00", "1", client_id=None),
            touch("2026-03-06 09:00", "1", client_id="C2"),
            touch("2026-03-31 23:59", "4", "offer", outcome="done"),
            touch("2026-04-01 00:00", "4"),
        ],
    )
    assert card(book, only="activity") == [
        ("2026-03-31", "activity", None, "4"),
        ("2026-03-07", "activity", None, "2"),
        ("2026-03-05", "activity", None, "3"),
    ]
    told = details(book, "activity")
    assert [kind in text for kind, text in zip(("offer", "meeting", "call"), told, strict=True)]


def test_invoices_tell_what_is_open_of_them():
    bill = {"client_id": "C1", "invoiced_on": "2026-03-02"}
    book = sold(
        line("S1", "2026-03-02", "C1", 5, "1"),
        receivables=[
            bill | {"invoice_id": "F1", "amount": 100},
            bill | {"invoice_id": "F2", "amount": 110, "paid_on": "2026-03-20", "paid_amount": 37},
            bill | {"invoice_id": "F3", "amount": 120, "paid_on": "2026-04-01"},
            bill | {"invoice_id": "F4", "amount": 130, "paid_on": "2026-03-31"},
            bill | {"invoice_id": "F5", "amount": 9, "invoiced_on": "2026-04-01"},
            bill | {"invoice_id": "F6", "amount": 9, "client_id": "C2"},
        ],
    )
    found = card(book, only="invoice")
    assert sorted(row[2] for row in found) == [100, 110, 120, 130]
    table = compute(client.client_card, book, MARCH, client_id="C1")
    bills = table[table["what"] == "invoice"].set_index("detail")["open"]
    assert bills.to_dict() == {"F1": 100, "F2": 73, "F3": 120, "F4": 0}
    # While the month runs, money that comes after the data's last day has not come yet.
    day = pd.Timestamp("2026-03-30")
    table = compute(client.client_card, book, MARCH, as_of=day, client_id="C1")
    bills = table[table["what"] == "invoice"].set_index("detail")["open"]
    assert bills.to_dict() == {"F1": 100, "F2": 73, "F3": 120, "F4": 130}


def test_answers_are_those_with_a_score():
    book = sold(
        line("S1", "2026-03-02", "C1", 5, "1"),
        surveys=[
            {"responded_on": "2026-03-31", "score": 3, "client_id": "C1", "comment": "Too late"},
            {"responded_on": "2026-03-04", "score": 8, "client_id": "C2"},
            {"asked_on": "2026-03-05", "client_id": "C1"},
            {"responded_on": "2026-03-06", "client_id": "C1", "comment": "No number"},
            {"responded_on": "2026-04-01", "score": 9, "client_id": "C1"},
            {"responded_on": "2026-03-07", "score": 9},
        ],
    )
    assert card(book, only="answer") == [("2026-03-31", "answer", None, None)]
    assert "3" in details(book, "answer")[0]


def test_cases_stand_on_the_day_they_were_opened():
    case = {"client_id": "C1", "opened_at": "2026-03-31 23:59"}
    book = sold(
        line("S1", "2026-03-02", "C1", 5, "1"),
        tickets=[case | {"ticket_id": "T1", "agent": "Eva", "resolved_at": "2026-04-20 10:00"},
                 case | {"ticket_id": "T2", "opened_at": "2026-04-01 00:00"},
                 case | {"ticket_id": "T3", "client_id": "C2"}],
    )  # fmt: skip
    assert card(book, only="case") == [("2026-03-31", "case", None, "Eva")]


def test_plans_stand_on_the_first_day_of_each_of_their_months():
    # By working days: February to April 2026 have 20, 22 and 22 of 64.
    book = sold(
        line("S1", "2026-03-02", "C1", 5, "1"),
        plans=[{"month": "2026-02-01", "plan_revenue": 640, "months": 3, "client_id": "C1",
                "manager_id": "2"},
               {"month": "2026-03-01", "plan_revenue": 5, "client_id": "C1"},
               {"month": "2026-01-01", "plan_revenue": 0, "client_id": "C1"},
               {"month": "2026-03-01", "plan_revenue": 9, "client_id": "C2"},
               {"month": "2026-03-01", "plan_revenue": 9, "client_id": "(new)",
                "manager_id": "1"}],
    )  # fmt: skip
    assert card(book, only="plan") == [
        ("2026-03-01", "plan", 225, None),
        ("2026-02-01", "plan", 200, None),
        ("2026-01-01", "plan", 0, None),
    ]
    early = card(book, only="plan", month="2026-02")
    assert [row[0] for row in early] == ["2026-02-01", "2026-01-01"]


def test_a_class_changes_at_the_end_of_a_month():
    book = frames(
        shipments=[BEGIN, *every(month_days("2025-10", 6), "C1", 10, "1"),
                   *every(month_days("2025-11", 1), "C3", 1, "1")],
        clients=[{"client_id": "C1", "manager_id": "1"}], data_until="2026-03-31",
    )  # fmt: skip
    # one purchase is Z, two are Y, three of three months X, and all of six too
    assert [row[0] for row in card(book, only="class change")] == [
        "2025-12-31",
        "2025-11-30",
        "2025-10-31",
    ]
    told = details(book, "class change")
    for text, (old, new) in zip(told, (("AY", "AX"), ("AZ", "AY"), ("--", "AZ")), strict=True):
        assert old in text
        assert new in text
        assert text.index(old) < text.rindex(new)
    # C3 was not there before November: nothing changed. It is CZ in every month.
    assert card(book, "C3", only="class change") == []
    running = card(book, only="class change", as_of=pd.Timestamp("2026-03-10"))
    assert [row[0] for row in running] == ["2025-12-31", "2025-11-30", "2025-10-31"]
    assert card(book, only="class change", month="2025-11")[0][0] == "2025-11-30"


def test_a_class_that_others_change_changes_too():
    book = frames(
        shipments=[BEGIN, line("S1", "2026-01-05", "C1", 10, "1"),
                   line("S2", "2026-02-05", "C2", 900, "1")],
        data_until="2026-03-31",
    )  # fmt: skip
    assert [row[0] for row in card(book, only="class change")] == ["2026-02-28"]
    assert "CZ" in details(book, "class change")[0]  # 900 of 910 are ahead


def test_a_handover_is_a_new_owner_of_who_bought_before():
    sales = [line("S1", "2026-01-15", "C1", 5, "1")]
    spells = [
        spell("1", "2025-01-01", "2026-01-09"),
        spell("2", "2026-01-10", "2026-02-14"),  # before its first line: nobody's loss
        spell("2", "2026-02-15", "2026-02-28"),  # the same again
        spell("3", "2026-03-01", "2026-03-30"),
        spell("1", "2026-03-31"),
        spell("4", "2026-04-01"),
        spell("5", "2026-02-20", client_id="C2"),
    ]
    book = sold(*sales, assignments=spells)
    assert card(book, only="handover") == [
        ("2026-03-31", "handover", None, "1"), ("2026-03-01", "handover", None, "3"),
    ]  # fmt: skip
    as_of = pd.Timestamp("2026-03-30")
    assert len(card(book, only="handover", as_of=as_of)) == 1
    overlapping = sold(*sales, assignments=[spell("1", "2020-01-01"), spell("2", "2026-02-20")])
    assert card(overlapping, only="handover") == [("2026-02-20", "handover", None, "2")]


def test_where_an_assignment_ends_the_client_goes_back():
    book = sold(
        line("S1", "2026-01-15", "C1", 5, "1"),
        clients=[{"client_id": "C1", "manager_id": "8"}],
        assignments=[spell("2", "2026-02-10", "2026-02-20")],
    )
    assert card(book, only="handover") == [
        ("2026-02-21", "handover", None, "8"), ("2026-02-10", "handover", None, "2"),
    ]  # fmt: skip


def test_the_oldest_rows_are_cut_off():
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2025-06-01", periods=230)]
    book = sold(*every(days, "C1", 5, "1"))
    assert len(card(book)) == 200
    assert len(card(book, card_rows=10_000)) >= 230
    newest = card(book, card_rows=2)
    assert newest == card(book)[:2]
    assert newest[0][0] >= "2026-01-16"


def test_only_what_was_known_on_the_day():
    book = sold(line("S1", "2026-02-05", "C1", 5, "1"), line("S2", "2026-03-20", "C1", 6, "1"))
    assert [row[2] for row in card(book, only="purchase")] == [6, 5]
    assert [row[2] for row in card(book, only="purchase", month="2026-02")] == [5]
    as_of = pd.Timestamp("2026-03-19")
    assert [row[2] for row in card(book, only="purchase", as_of=as_of)] == [5]


# --- who does not exist -------------------------------------------------------------------------

TABLES = [client.client_card, client.client_months, client.client_products]


@pytest.mark.parametrize("table", TABLES)
def test_an_unknown_client_does_not_exist(table):
    book = sold(line("S1", "2026-02-05", "C1", 5, "1"))
    for odd in ("C9", "c1", "C1 ", "(none)", "' or 1=1 --"):
        with pytest.raises(ClientOpsError, match="client"):
            compute(table, book, MARCH, client_id=odd)


@pytest.mark.parametrize("table", TABLES)
def test_a_client_of_others_does_not_exist(table, manager_book, sample):
    """C0001 was 8's until April 2026 and is 7's: whoever had it before has no page of it."""
    assert sample_facts.owner("C0001", sample_facts.DATA_END) == "7"
    assert sample_facts.owner("C0001", "2026-03-31") == "8"
    own = manager_book("7").compute(table, client_id="C0001")
    whole = sample.compute(table, client_id="C0001")
    assert len(own)
    columns = [name for name in whole.columns if name != "who"]  # others may be named or not
    pd.testing.assert_frame_equal(own[columns], whole[columns])
    for manager in ("1", "8"):
        with pytest.raises(ClientOpsError, match="C0001") as caught:
            manager_book(manager).compute(table, client_id="C0001")
        with pytest.raises(ClientOpsError) as unknown:
            manager_book(manager).compute(table, client_id="C9999")
        # nothing tells who is somebody else's from who is not there
        texts = [str(each.value).partition(";")[0] for each in (caught, unknown)]
        assert texts[0].replace("C0001", "C9999") == texts[1]


def test_the_card_goes_to_the_end_of_the_data_unless_a_month_is_asked_for(sample):
    late = next(row["client_id"] for row in sample_facts.rows("shipments")
                if row["shipped_on"] > "2026-11-05" and float(row["revenue"]) > 0)  # fmt: skip
    until = sample.compute(client.client_card, client_id=late)["on"].max()
    assert pd.Timestamp("2026-11-05") < until <= sample.data_until
    asked = sample.compute(client.client_card, "2026-10", client_id=late)["on"].max()
    assert asked <= pd.Timestamp("2026-10-31")


# --- client_months ------------------------------------------------------------------------------


def months(book: dict, column: str, client_id: str = "C1", month: str = MARCH) -> dict:
    """month -> cell"""
    table = compute(client.client_months, book, month, client_id=client_id).astype(object)
    table = table.where(table.notna(), None)
    return {f"{month:%Y-%m}": cell
            for month, cell in zip(table["month"], table[column], strict=True)}  # fmt: skip


def test_months_from_the_first_of_the_data_on_and_zeros_too():
    book = sold(
        line("S1", "2025-03-05", "C1", 40, "1", cost=30),
        line("S2", "2025-03-05", "C1", 2, "1"),
        line("S3", "2025-03-06", "C1", -5, "1"),
        line("S4", "2026-02-06", "C1", -1, "2"),
        line("S5", "2026-03-06", "C1", 8, "2", cost=0),
        line("S6", "2026-03-06", "C1", 1, "1"),
    )
    revenue = months(book, "revenue")
    assert len(revenue) == 15  # January 2025 to March 2026
    assert list(revenue) == sorted(revenue)
    assert {key: value for key, value in revenue.items() if value} == {
        "2025-03": 37, "2026-02": -1, "2026-03": 9,
    }  # fmt: skip
    before = months(book, "year_ago")
    assert {key for key, value in before.items() if value is None} == {
        f"2025-{at:02}" for at in range(1, 13)
    }
    assert (before["2026-01"], before["2026-02"], before["2026-03"]) == (0, 0, 37)
    margin = months(book, "margin")
    assert {key: value for key, value in margin.items() if value is not None} == {
        "2025-03": 10, "2026-03": 8,
    }  # fmt: skip
    bought = months(book, "purchases")
    assert {key: value for key, value in bought.items() if value} == {"2025-03": 1, "2026-03": 1}


def test_at_most_36_months():
    book = frames(shipments=every(month_days("2022-01", 51), "C1", 5, "1"))
    shown = months(book, "year_ago")
    assert (len(shown), min(shown), max(shown)) == (36, "2023-04", "2026-03")
    assert set(shown.values()) == {5}  # the months before are in the data, if not shown
    early = months(book, "year_ago", month="2022-02")
    assert early == {"2022-01": None, "2022-02": None}


def test_the_class_of_each_month():
    book = frames(
        shipments=[BEGIN, *every(month_days("2025-10", 3), "C1", 10, "1")],
        clients=[{"client_id": "C1", "manager_id": "1"},
                 {"client_id": "P1", "created_on": "2026-02-03"},
                 {"client_id": "P2", "created_on": "2026-04-01"}],
        data_until="2026-03-31",
    )  # fmt: skip
    found = months(book, "class")
    assert [found[f"2025-{at:02}"] for at in (9, 10, 11, 12)] == ["--", "AZ", "AY", "AX"]
    whole = compute(client.client_months, book, MARCH)
    assert whole.groupby("client_id").size().to_dict() == {"C1": 15, "P1": 15, "ZERO": 15}
    assert not whole[whole["client_id"] == "P1"]["revenue"].any()
    later = months(book, "class", "P1")
    assert (later["2026-02"], later["2026-03"]) == ("--", "--")
    assert later["2026-01"] is None  # not known yet: class_path has no row there


# --- client_products ----------------------------------------------------------------------------


def products(*lines: dict, month: str = "2026-03", client_id: str = "C1", **more) -> pd.DataFrame:
    goods = [{"product_id": "P1", "product_name": "Tea", "product_group": "Food"},
             {"product_id": "P2"}]  # fmt: skip
    book = sold(*lines, products=goods)
    return compute(client.client_products, book, month, client_id=client_id, **more)


def ware(day: str, revenue: float, product_id: str | None = "P1", quantity: float | None = None):
    return line(f"{product_id} {day}", day, "C1", revenue, "1", product_id=product_id,
                quantity=quantity)  # fmt: skip


def test_comparable_months_against_the_year_before():
    # The data begin in January 2025: of the window April 2025 to March 2026 January to March have
    # a year before.
    table = products(
        ware("2025-02-05", 10, quantity=5),
        ware("2025-12-05", 1000, quantity=5),  # not comparable
        ware("2026-03-31", 30, quantity=6),
        ware("2026-01-01", 3, quantity=0),
    )
    row = only_row(table, product_id="P1")
    assert (row["revenue"], row["revenue_before"]) == (33, 10)
    assert (row["quantity"], row["quantity_before"]) == (6, 5)
    assert (row["price"], row["price_before"]) == (33 / 6, 2)
    assert (row["product_name"], row["product_group"], row["status"]) == ("Tea", "Food", "kept")
    assert row["last_on"] == pd.Timestamp("2026-03-31")


def test_nothing_comparable_is_the_whole_window_and_no_before():
    table = products(
        ware("2025-02-05", 10, quantity=5), ware("2025-12-05", 90, quantity=5), month="2025-12"
    )
    row = only_row(table, product_id="P1")
    assert (row["revenue"], row["quantity"], row["price"]) == (100, 10, 10)
    assert row[["revenue_before", "quantity_before", "price_before", "status"]].isna().all()
    short = products(ware("2025-02-05", 10), ware("2025-12-05", 90), month="2025-12",
                     window_months=3)  # fmt: skip
    assert only_row(short, product_id="P1")["revenue"] == 90


def test_status_by_positive_revenue():
    def status(before: float | None, after: float | None) -> str | None:
        days = (("2025-02-05", before), ("2026-02-05", after), ("2026-02-06", 0))
        rows = [ware(day, money) for day, money in days if money is not None]
        found = only_row(products(*rows), product_id="P1")["status"]
        return None if pd.isna(found) else found

    assert status(None, 5) == status(0, 5) == status(-5, 5) == "new"
    assert status(5, 5) == status(0.01, 900) == "kept"
    assert status(5, None) == status(5, 0) == status(5, -5) == "dropped"
    assert status(0, 0) is status(-5, -5) is status(None, -5) is status(-5, None) is None


def test_returns_that_take_all_leave_no_status():
    table = products(ware("2025-02-05", 5), ware("2025-02-06", -5), ware("2026-02-05", 7))
    assert only_row(table, product_id="P1")["status"] == "new"


def test_a_price_needs_a_quantity():
    table = products(
        ware("2026-02-05", 10, quantity=4),
        ware("2026-02-06", 100),  # without a quantity: in revenue, not in the price
        ware("2026-02-07", -5, quantity=-2),
        ware("2025-02-05", 10, quantity=3),
        ware("2025-02-06", -9, quantity=-3),  # net of nothing: no price
        ware("2026-02-05", 8, "P2", quantity=-1),
        ware("2026-02-05", 8, None),
    )
    row = only_row(table, product_id="P1")
    assert (row["revenue"], row["quantity"], row["price"]) == (105, 2, 2.5)
    assert row["revenue_before"] == 1
    assert row["quantity_before"] == 0
    assert pd.isna(row["price_before"])
    assert pd.isna(only_row(table, product_id="P2")["price"])  # net below nothing
    assert pd.isna(only_row(table, product_id="(none)")["price"])


def test_what_has_no_product_is_one_of_its_own():
    table = products(
        ware("2026-02-05", 10, "P2"), ware("2026-02-06", 7, None), ware("2026-02-07", 2, "P9")
    )
    assert table["product_id"].tolist() == ["(none)", "P2", "P9"]
    assert table["product_group"].tolist() == ["(none)"] * 3
    assert table["product_name"].tolist()[1:] == ["P2", "P9"]  # the id where no name is known


def test_the_last_day_is_one_with_positive_revenue_ever():
    table = products(
        ware("2025-05-05", 10),  # in no comparable month
        ware("2026-02-05", -3),
        ware("2026-02-06", 0),
        ware("2026-02-05", -3, "P2"),
    )
    assert only_row(table, product_id="P1")["last_on"] == pd.Timestamp("2025-05-05")
    assert pd.isna(only_row(table, product_id="P2")["last_on"])
    early = products(ware("2026-02-05", 10), ware("2026-03-05", 10), month="2026-02")
    assert only_row(early, product_id="P1")["last_on"] == pd.Timestamp("2026-02-05")


def test_products_of_neither_year_have_no_row():
    table = products(ware("2025-05-05", 10, "P2"), ware("2026-02-05", 3))
    assert table["product_id"].tolist() == ["P1"]


# --- client_list --------------------------------------------------------------------------------


def listed(book: dict, client_id: str = "C1", month: str = MARCH, **more) -> pd.Series:
    """The client's row, nothing where a cell is empty."""
    row = only_row(compute(base.client_list, book, month, **more), client_id=client_id)
    return row.astype(object).where(row.notna(), None)


def test_one_row_per_client_known_by_the_month():
    book = frames(data_until="2026-04-30", shipments=[
        BEGIN, line("S1", "2026-03-05", "C1", 5, "1"),
        line("S2", "2026-04-01", "C2", 5, "1")],
        clients=[{"client_id": "P1", "created_on": "2026-03-31"}, {"client_id": "A"},
                 {"client_id": "P2", "created_on": "2026-04-01"}],
    )  # fmt: skip
    assert compute(base.client_list, book, MARCH)["client_id"].tolist() == ["A", "C1", "P1", "ZERO"]
    april = compute(base.client_list, book, "2026-04")["client_id"].tolist()
    assert april == ["A", "C1", "C2", "P1", "P2", "ZERO"]


def test_what_the_list_tells_of_a_client():
    book = sold(
        line("S1", "2025-01-15", "C1", 1000, "1", cost=1),
        line("S2", "2026-01-15", "C1", 40, "1", cost=30),
        line("S3", "2026-01-15", "C1", 60, "1"),
        line("S4", "2026-02-15", "C1", -10, "1"),
        clients=[{"client_id": "C1", "client_name": "One", "client_group": "Inns", "region": "N",
                  "phone": "+372 1", "email": "a@b.c", "manager_id": "1"}],
        managers=[{"manager_id": "1", "manager_name": "Anna"}],
    )  # fmt: skip
    row = listed(book)
    told = ["client_name", "client_group", "region", "phone", "email", "manager_id"]
    assert row[told].tolist() == ["One", "Inns", "N", "+372 1", "a@b.c", "1"]
    assert row[["abc", "xyz", "stage"]].tolist() == ["A", "Z", "active"]
    assert row[["purchases", "revenue", "revenue_ever"]].tolist() == [1, 90, 1090]
    assert row["margin_rate"] == 0.25  # 10 of the 40 that are costed, in the window
    assert row["first_on"] == pd.Timestamp("2025-01-15")
    assert row["last_on"] == pd.Timestamp("2026-01-15")  # not the return
    bare = listed(book, "ZERO")
    assert bare[["client_name", "manager_id"]].tolist() == ["ZERO", "(unassigned)"]
    empty = ["client_group", "region", "phone", "email", "first_on", "last_on", "margin_rate"]
    assert bare[empty].isna().all()


def test_columns_whose_table_is_missing_are_empty():
    row = listed(sold(line("S1", "2026-03-05", "C1", 5, "1")))
    missing = ["last_touch", "open", "overdue", "nps_score", "plan_gap", "tags"]
    assert row[missing].isna().all()
    assert not row["categories"]


def test_the_last_touch_is_anybodys_and_the_last_answer_counts():
    book = sold(
        line("S1", "2026-03-05", "C1", 5, "1"),
        activities=[
            touch("2024-02-05 10:00", "2"), touch("2026-02-05 10:00", "7", "email"),
            touch("2026-02-06 10:00", "1", minutes=0.4), touch("2026-03-06 10:00", "1", outcome="x",
                                                              client_id="ZERO"),
            touch("2026-02-07 10:00", "1", outcome="missed"), touch("2026-04-01 10:00", "1"),
        ],
        surveys=[
            {"responded_on": "2026-02-05", "score": 9, "client_id": "C1"},
            {"responded_on": "2026-02-05", "score": 4, "client_id": "C1"},  # of a day the lower
            {"responded_on": "2026-01-05", "score": 1, "client_id": "C1"},
            {"responded_on": "2026-03-05", "client_id": "C1"},
            {"responded_on": "2026-04-01", "score": 10, "client_id": "C1"},
            {"responded_on": "2025-01-01", "score": 7, "client_id": "ZERO"},  # long ago
        ],
    )  # fmt: skip
    row = listed(book)
    assert row["last_touch"] == pd.Timestamp("2026-02-05")
    assert row["nps_score"] == 4
    assert listed(book, "ZERO")["nps_score"] == 7
    assert listed(book, "ZERO")["last_touch"] == pd.Timestamp("2026-03-06")


def test_the_plan_gap_is_that_of_the_year_to_date():
    book = sold(
        line("S1", "2026-01-05", "C1", 70, "1"),
        line("S2", "2026-03-05", "C1", 50, "2"),
        line("S3", "2026-03-05", "C2", 50, "2"),
        plans=[{"month": "2026-01-01", "plan_revenue": 100, "client_id": "C1"},
               {"month": "2026-03-01", "plan_revenue": 90, "client_id": "C1"},
               {"month": "2026-04-01", "plan_revenue": 90, "client_id": "C1"}],
    )  # fmt: skip
    assert listed(book)["plan_gap"] == -70
    assert listed(book, "C2")["plan_gap"] is None  # without a plan there is no gap
    assert listed(book, month="2026-01")["plan_gap"] == -30


def test_tags_are_told_as_written():
    book = sold(
        line("S1", "2026-03-05", "C1", 5, "1"), clients=[{"client_id": "C1", "tags": "key; fair"}]
    )
    assert listed(book)["tags"] == "key; fair"


def test_categories_in_the_order_of_the_settings():
    book = sold(line("S1", "2026-03-05", "C1", 5, "1"), line("S2", "2026-03-05", "C2", 50, "1"))
    rules = {"small": "revenue < 100", "B": "abc == 'A'", "a": "purchases == 1", "no": "revenue<0"}
    assert listed(book, "C2", categories=rules)["categories"] == "small, B, a"
    backwards = dict(reversed(rules.items()))
    assert listed(book, "C2", categories=backwards)["categories"] == "a, B, small"


def test_a_client_stands_as_the_list_of_all_tells_it(sample):
    """One name, one number: classes and revenue of the month, though the day is a later one."""
    same = ["abc", "xyz", "stage", "revenue"]
    standing = sample.compute(client.client_standing).set_index("client_id")[same]
    listed = sample.compute(base.client_list).set_index("client_id")[same]
    pd.testing.assert_frame_equal(standing.loc[listed.index], listed)
