"""Whom to call: every place and tie worked out on paper, and against a second writing."""

import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import Viewer, metrics, open_book, schema
from clientops.build import build
from clientops.errors import ClientOpsError
from clientops.metrics import calls
from clientops.settings import Activity, Calls, Company
from tests.conftest import SAMPLE
from tests.ledgers import compute, every, frames, line, month_days, small_book
from tests.metrics import oracle, oracle_calls, oracle_overview
from tests.metrics.test_overview_against_oracle import asked_of, busy_ledger, until_of
from tests.metrics.test_portfolio_against_oracle import FIRST, assert_same, frames_of, small_ledgers

MONTH, DAY = pd.Timestamp("2026-03-01"), pd.Timestamp("2026-03-31")
HERE = Company()
STATES = {"late": "late", "silent": "silent", "lost": "lost"}
ORDER = ["late", "silent", "lost", "fell from A", "no longer regular", "loss maker",
         "invoice overdue", "plan gap", "untouched"]  # fmt: skip


def called(*told, touched=(), owners=None, managers=(), until=DAY, company=HERE, **changed):
    """Places of client and reason, by manager; *told*: client, reason, money (of those without,
    the window revenue); *touched*: client and day."""
    clients = list(dict.fromkeys(client for client, _reason, _money in told))
    owners = owners or {}
    sold = [line(each, "2026-03-02", each, 1, owners.get(each, "7")) for each in clients]
    book = small_book(frames(shipments=sold), "2026-03")
    rows = [
        {"client_id": client, "client_name": client, "reason": reason, "page": "x",
         "manager_id": "", "is_certain": False, "state": STATES.get(reason, ""),
         "money": np.nan if reason == "untouched" else float(money), "place": ORDER.index(reason),
         "revenue": float(money) if reason == "untouched" else np.nan}
        for client, reason, money in told
    ]  # fmt: skip
    facts = pd.DataFrame({"client_id": clients})
    known = dict(touched)
    facts["last_touch"] = pd.to_datetime(facts["client_id"].map(known)).astype("datetime64[us]")
    for name in ("phone", "email", "buys", "offer", "last_on"):
        facts[name] = pd.Series(None, facts.index, dtype=object)
    people = pd.DataFrame({
        "manager_id": [each for each, _left in managers],
        "left_on": pd.to_datetime([left for _each, left in managers]),
        "hired_on": pd.Series(pd.NaT, range(len(managers))),
    })  # fmt: skip
    table = calls.call_list(
        replace(book.ledger, manager_table=people),
        pd.DataFrame(rows).sample(frac=1, random_state=3), facts,
        month=MONTH, as_of=until, company=company, rules=Calls(**changed),
    )  # fmt: skip
    found = {}
    for row in table.itertuples():
        found.setdefault(row.manager_id, []).append((row.client_id, row.reason))
        assert row.place == len(found[row.manager_id])
    return found


def many(prefix, reason, number, money=100):
    return [(f"{prefix}{at}", reason, money - at) for at in range(number)]


def ids(found, manager="7"):
    return [client for client, _reason in found.get(manager, [])]


def test_each_reason_has_its_places_in_order():
    told = [*many("u", "untouched", 3), *many("s", "silent", 1), *many("x", "lost", 2, 99.5),
            *many("p", "plan gap", 3), *many("n", "no longer regular", 2, 50),
            *many("f", "fell from A", 3), *many("i", "invoice overdue", 5),
            *many("l", "late", 8)]  # fmt: skip
    places = ["l0", "l1", "l2", "l3", "l4", "l5", "i0", "i1", "i2", "i3", "f0", "f1", "f2", "n0",
              "p0", "p1", "u0", "u1", "s0", "x0"]  # fmt: skip
    assert ids(called(*told)) == places
    assert ids(called(*told, list_rows=7)) == places[:7]
    assert ids(called(*told, list_rows=50)) == places  # it cuts, it adds none


def test_free_places_go_to_other_clients_by_their_money_at_the_end():
    """Two places of 20 are taken by their reasons; a loss maker has none of its own."""
    told = [("a", "late", 5), *many("p", "plan gap", 3), ("m", "loss maker", 99.5),
            *many("u", "untouched", 4), *many("s", "silent", 4, 1000)]  # fmt: skip
    assert ids(called(*told)) == ["a", "p0", "p1", "u0", "u1", "s0", "s1", "m", "p2", "u2", "u3"]


def test_silent_and_lost_clients_are_called_for_that_or_an_invoice_alone():
    told = [("s", "silent", 1), ("s", "plan gap", 500), ("x", "lost", 2), ("x", "untouched", 9),
            ("y", "silent", 3), ("y", "invoice overdue", 1), ("z", "silent", 0.5),
            ("z", "plan gap", 999)]  # fmt: skip
    assert called(*told)["7"] == [("y", "invoice overdue"), ("x", "lost"), ("s", "silent")]


def test_a_client_stands_once_under_the_first_reason_that_has_a_place():
    told = [("a", "late", 1), ("a", "fell from A", 900), ("b", "fell from A", 5),
            ("b", "no longer regular", 5), ("c", "plan gap", 3)]  # fmt: skip
    assert called(*told)["7"] == [("a", "late"), ("b", "fell from A"), ("c", "plan gap")]
    # Without a place among the late ones it is called for the next reason.
    told = [*many("l", "late", 6), ("a", "late", 1), ("a", "plan gap", 2)]
    assert called(*told)["7"][6:] == [("a", "plan gap")]


def test_ties_go_by_client():
    told = [("b", "late", 7), ("a", "late", 7), ("d", "untouched", 4), ("c", "untouched", 4)]
    assert ids(called(*told)) == ["a", "b", "c", "d"]


def test_whom_somebody_spoke_to_in_the_last_working_days_rests():
    """The fifth-last working day up to Tuesday the 31st is Wednesday the 25th."""
    told = many("l", "late", 3)
    touched = [("l0", "2026-03-25"), ("l1", "2026-03-24")]
    assert ids(called(*told, touched=touched)) == ["l1", "l2"]
    assert ids(called(*told, touched=touched, rest_days=6)) == ["l2"]
    assert ids(called(*told, touched=[("l0", "2026-03-31")], rest_days=0)) == ["l0", "l1", "l2"]
    # On a Sunday the last working day is Friday the 27th; with a holiday between, one more back.
    sunday = pd.Timestamp("2026-03-29")
    touched = [("l0", "2026-03-23"), ("l1", "2026-03-20")]
    assert ids(called(*told, touched=touched, until=sunday)) == ["l1", "l2"]
    easter = pd.Timestamp("2026-04-06")
    touched = [("l0", "2026-03-31"), ("l1", "2026-03-30")]
    assert ids(called(*told, touched=touched, until=easter)) == ["l1", "l2"]
    german = Company(calendar="DE")  # Friday the 3rd and Monday the 6th are none
    touched = [("l0", "2026-03-27"), ("l1", "2026-03-26")]
    assert ids(called(*told, touched=touched, until=easter, company=german)) == ["l1", "l2"]


def test_only_owners_in_office_have_a_list():
    told = [(each, "late", 9) for each in "abcd"]
    owners = {"a": "1", "b": "2", "c": "3", "d": "(unassigned)"}
    people = [("1", None), ("2", "2026-03-31"), ("3", "2026-04-01")]
    assert called(*told, owners=owners, managers=people).keys() == {"1", "3"}
    assert called(("d", "late", 9), owners=owners) == {}


def test_what_is_not_told_by_money_below_zero():
    assert called(("a", "plan gap", -3), ("b", "plan gap", 0), ("c", "late", 1))["7"] == [
        ("c", "late")
    ]


GOODS = [{"product_id": each, "product_group": f"Group {each}"} for each in "ABC"]


def test_what_to_know_before_a_call():
    """C1 buys most of A; C2 buys C alone, which is twice its revenue and so the largest promise for
    C4; C3 has bought nothing for a year."""
    sold = [
        line("1", "2026-01-10", "C1", 90, "7", product_id="A"),
        line("2", "2026-02-10", "C1", 50, "7", product_id="B"),
        line("3", "2026-02-10", "C2", 40, "7", product_id="C"),
        line("4", "2026-02-11", "C2", -20, "7", product_id="A"),
        line("5", "2025-01-12", "C3", 5, "7", product_id="B"),
        line("6", "2026-03-01", "C4", 5, "7"),
    ]
    book = frames(
        shipments=sold,
        products=GOODS,
        clients=[{"client_id": "C1", "client_name": "One", "phone": "1", "email": "a@b.c"}],
        activities=[{"happened_at": datetime.datetime(2026, 3, 4, 9), "manager_id": "8",
                     "kind": "call", "client_id": "C2", "outcome": outcome}
                    for outcome in ("missed", "Not now, in May", "planned")],
    )  # fmt: skip
    table = compute(calls.call_facts, book, "2026-03").set_index("client_id")
    assert table["buys"].fillna("").to_dict() == {
        "C1": "Group A, Group B", "C2": "Group C", "C3": "Group B", "C4": "",
    }  # fmt: skip
    assert table["offer"].fillna("").to_dict() == {
        "C1": "Group C", "C2": "Group A", "C3": "", "C4": "Group C",
    }  # fmt: skip
    assert list(table.loc["C1", ["client_name", "phone", "email"]]) == ["One", "1", "a@b.c"]
    assert table["last_touch"].dropna().to_dict() == {"C2": pd.Timestamp("2026-03-04")}
    assert table.loc["C3", "last_on"] == pd.Timestamp("2025-01-12")


def test_not_now_is_done_and_known():
    rules = Activity()
    for outcome in ("not now", "Not now: after Easter", " не сейчас, летом"):
        assert rules.is_done(outcome) and rules.knows(outcome)
    assert not rules.knows("now not")
    own = Activity(not_done=("not now, gone",))
    assert not own.is_done("Not now, gone") and own.is_done("not now")


def test_a_list_two_months_old_is_checked():
    """Client L stops in November, is listed at the end of January and buys in March; R never
    stopped, is on no list, of the same classes as nobody else."""
    steady = month_days("2024-06", 22)
    late = [*month_days("2024-06", 18), "2026-03-10"]
    book = frames(
        data_until="2026-03-31",
        shipments=[*every(late, "L", 100, "7"), *every(steady, "R", 100, "7"),
                   *every(late[:-1], "S", 100, "7"), *every(steady, "Q", 100, "7")],
    )  # fmt: skip
    listed = compute(calls.call_list, book, "2026-01")
    assert list(listed["client_id"]) == ["L", "S"]
    table = compute(calls.call_check, book, "2026-03")
    assert_same(table, oracle_calls.call_check(ledger_of(book), datetime.date(2026, 3, 1)))
    assert table[["reason", "listed", "bought", "rate"]].values.tolist() == [["*", 2, 1, 0.5]]
    assert compute(calls.call_check, book, "2024-07").empty


def ledger_of(book):
    """The oracle's ledger of small frames with monthly shipments of one manager."""
    rows = book["purchases"]
    return oracle.Ledger(lines=[
        {"shipment_id": f"{row.client_id}{row.day}", "client_id": row.client_id, "revenue": 100,
         "manager_id": "7", "cost": None, "shipped_on": row.day.date()}
        for row in rows.itertuples()
    ])  # fmt: skip


def test_a_list_tells_the_same_in_a_book_of_its_owner(tmp_path):
    """C1 and C2 were manager 1's when May ended; in June 2 has C1, and C2 only from the 30th on."""
    months = (f"2026-{month:02}-05" for month in range(3, 6))
    sold = [line(f"S{day}{client}", day, client, 100, "1", 200) for day in months
            for client in ("C1", "C2")]  # fmt: skip
    sold.append(line("S", "2026-06-17", "C3", 100, "2", 20))
    pd.DataFrame(sold).to_csv(tmp_path / "shipments.csv", index=False)
    owned = [("C1", 1, "2026-01-01"), ("C1", 2, "2026-06-05"),
             ("C2", 1, "2026-01-01"), ("C2", 2, "2026-06-30")]  # fmt: skip
    columns = ["client_id", "manager_id", "valid_from"]
    pd.DataFrame(owned, columns=columns).to_csv(tmp_path / "assignments.csv", index=False)
    build(tmp_path, today=datetime.date(2026, 6, 17))
    book = open_book(tmp_path)
    for manager_id, client_id in (("1", "C2"), ("2", "C1")):
        own = open_book(tmp_path, Viewer(role="manager", manager_ids=(manager_id,)))
        for each in (book, own, book.of_managers([manager_id])):
            told = each.compute(calls.call_list).query("manager_id == @manager_id")
            assert told[["client_id", "reason"]].values.tolist() == [[client_id, "loss maker"]]


def test_sixty_days_and_no_later_than_the_month():
    """Listed at the end of July: 60 days end on 29 September; at the end of December the month of
    February ends before them."""
    moments = (("2025-07", 18, "2025-09", "2025-09-29"), ("2025-12", 23, "2026-02", "2026-02-28"))
    for then, bought_months, asked, last in moments:
        for late, bought in ((0, 1), (1, 0)):
            day = pd.Timestamp(last) + pd.Timedelta(days=late)
            days = [*month_days("2024-01", bought_months), f"{day:%Y-%m-%d}"]
            book = frames(data_until="2026-03-31", shipments=every(days, "L", 100, "7"))
            assert len(compute(calls.call_list, book, then)) == 1
            assert list(compute(calls.call_check, book, asked)["bought"]) == [bought]


def compare(table, ledger, asked, until=None, **changed):
    if not ledger.lines or asked < oracle.first_month(ledger):
        return 0
    places = changed.pop("places", None)
    ours = compute(getattr(calls, table), frames_of(ledger), f"{asked:%Y-%m}",
                   **until_of(until), **changed)  # fmt: skip
    more = {"places": places} if places else {}
    theirs = getattr(oracle_calls, table)(
        ledger, asked, *([until] if table == "call_list" else []), **more, **changed
    )
    tells = [row.pop("tells", {}) for row in theirs]
    assert len(ours) == len(theirs)
    if theirs:
        assert_same(ours[list(theirs[0])], theirs)
    for place, told in enumerate(tells):
        assert_same(ours.iloc[[place]][list(told)], [told])
    return len(theirs)


months = st.sampled_from([1, 2, 11, 13, 14, 24, 26])


@settings(max_examples=10)
@given(small_ledgers, months, st.one_of(st.none(), st.integers(0, 27)),
       st.sampled_from([0, 2, 5]), st.sampled_from(["", "US"]), st.sampled_from([1, 20]),
       st.sampled_from([None, datetime.date(2025, 2, 28), datetime.date(2026, 8, 31)]))  # fmt: skip
def test_lists_of_random_ledgers(ledger, month, day, rest_days, calendar, list_rows, left_on):
    ledger = replace(ledger, managers=[{**ledger.managers[0], "left_on": left_on}])
    ledger, asked, until = asked_of(ledger, month, day)
    compare("call_list", ledger, asked, until, rest_days=rest_days, calendar=calendar,
            list_rows=list_rows)  # fmt: skip


@settings(max_examples=6)
@given(small_ledgers, months)
def test_checks_of_random_ledgers(ledger, month):
    compare("call_check", ledger, oracle.shifted(FIRST, month))


SHORT = tuple((1, reasons) for _places, reasons in calls.PLACES)


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("places", [None, SHORT])
def test_lists_of_a_busy_ledger(seed, places, monkeypatch):
    """With one place for each reason, places end and clients go on to the next."""
    if places:
        monkeypatch.setattr(calls, "PLACES", places)
        monkeypatch.setattr(calls, "ALL_PLACES", len(places))
    asked = oracle.shifted(datetime.date(2025, 4, 1), 3 * seed)
    ledger = oracle_overview.known(busy_ledger(seed), oracle.last_day(asked))
    assert compare("call_list", ledger, asked, places=places)
    if not places:
        assert compare("call_check", ledger, asked)


# ---------------------------------------------------------------- who sees what


@pytest.fixture(scope="module")
def own_book(sample_store):
    return open_book(SAMPLE, Viewer("p", "manager", ("4",)), store_folder=sample_store)


def test_a_manager_sees_no_call_of_others(sample, own_book):
    """Rows of now and before name the own clients alone; the check is the company's."""
    for month in ("", "2026-09", "2025-06"):
        table = own_book.compute(calls.call_list, month)
        whole = sample.compute(calls.call_list, month)
        assert set(whole["manager_id"]) > {"4"} and set(table["manager_id"]) == {"4"}
        assert {*table["client_id"]} == {*whole["client_id"][whole["manager_id"] == "4"]}
        facts = own_book.compute(calls.call_facts, month)
        assert set(facts["manager_id"]) == {"4"}
        assert set(facts["client_id"][facts["phone"].notna()]) <= own_book.owned
        pd.testing.assert_frame_equal(
            own_book.compute(calls.call_check, month), sample.compute(calls.call_check, month)
        )


def test_the_check_is_of_all_lists_whoever_is_chosen(sample):
    whole = sample.compute(calls.call_check)
    one = sample.of_managers(["4"])
    pd.testing.assert_frame_equal(one.compute(calls.call_check), whole)
    assert whole.loc[0, "listed"] == len(sample.compute(calls.call_list, "2026-08"))


def test_reasons_have_places_or_go_to_the_free_ones():
    """What has places is declared somewhere, or by a table that is still to come."""
    declared = {each.name for table in metrics.tables().values()
                for each in schema.about(table).reasons}  # fmt: skip
    placed = {each for _places, reasons in calls.PLACES for each in reasons}
    assert placed - declared <= {"invoice overdue"}
    assert declared - placed <= {"loss maker"}


def test_a_setting_that_cannot_be_is_told(sample):
    with pytest.raises(ClientOpsError, match="list_rows"):
        sample.compute(calls.call_list, list_rows=0)
