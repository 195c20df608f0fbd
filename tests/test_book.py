"""The book: frames on demand, bound by name, and only what the viewer may see."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from clientops import Viewer, open_book, schema
from clientops.build import build
from clientops.errors import ClientOpsError
from clientops.metrics import portfolio
from tests.conftest import SAMPLE

FRAMES = [*schema.FACTS, "clients", "managers", "assignments", "products", "activities"]
FRAMES.remove("product_month")


def test_repr_says_whose_book_it_is(sample):
    assert repr(sample) == (
        "<Book of Kuldvars Wholesale: 2023-11 … 2026-11, data to 2026-11-18, analyst>"
    )


def test_frames_are_attributes_that_tab_completes(sample):
    assert set(FRAMES) <= set(dir(sample))
    assert sample.clients is sample.clients  # read once


def test_an_unknown_frame_names_the_nearest(sample):
    with pytest.raises(AttributeError, match="did you mean sales_month"):
        _ = sample.sales_mont


def test_a_function_that_says_nothing_about_itself_is_no_table(sample):
    def draft(clients):
        return clients

    with pytest.raises(ClientOpsError, match="draft: @table over it has to say what it holds"):
        sample.compute(draft)


def test_an_absent_table_says_which_to_add(northwind):
    with pytest.raises(ClientOpsError, match=r"add activities\.csv"):
        _ = northwind.activities


def test_a_folder_that_was_not_built(tmp_path):
    with pytest.raises(ClientOpsError, match="run clientops build"):
        open_book(tmp_path)
    with pytest.raises(ClientOpsError, match="no such folder"):
        open_book(tmp_path / "nowhere")


def test_months(sample, northwind):
    assert sample.month == pd.Timestamp("2026-10-01")
    assert northwind.month == pd.Timestamp("1998-04-01")  # May 1998 ends on the 6th
    assert northwind.check_month("1998-05") == pd.Timestamp("1998-05-01")
    for month in ("1996-06", "1998-06"):
        with pytest.raises(ClientOpsError, match="reach from 1996-07 to 1998-05"):
            northwind.check_month(month)


def test_managers(sample):
    assert sample.check_manager(1) == "1"
    assert sample.check_manager("*") == "*"
    with pytest.raises(ClientOpsError, match="unknown manager '77'"):
        sample.check_manager("77")


def test_compute_is_the_function_on_the_books_frames(sample):
    by_hand = portfolio.portfolio_quality(sample.ledger, month=sample.month)
    pd.testing.assert_frame_equal(sample.compute(portfolio.portfolio_quality), by_hand)


def test_compute_binds_by_name_and_checks_settings(sample):
    @schema.table("managers:count clients:count")
    def probe(managers, clients, *, month, rules=None):
        """A table."""
        return pd.DataFrame({"managers": [len(managers)], "clients": [len(clients)]})

    assert sample.compute(probe).iloc[0].to_dict() == {"managers": 9, "clients": 914}
    with pytest.raises(ClientOpsError, match="did you mean window_months"):
        sample.compute(portfolio.portfolio_load, window_month=3)


def test_a_window_that_was_not_stored_is_worked_out_for_those_who_see_all(sample, manager_book):
    longer = sample.compute(portfolio.portfolio_quality, window_months=13)
    assert longer["revenue"].sum() > 0
    with pytest.raises(ClientOpsError, match="a window of 13 months needs the whole company"):
        manager_book("1").compute(portfolio.portfolio_quality, window_months=13)


def test_stored_cut_offs_are_those_of_the_ledger(sample):
    """The stored cuts give the same table as working them out from the whole ledger."""
    ledger = dataclasses.replace(sample.ledger, cuts=sample.cuts.iloc[:0])
    assert len(sample.ledger.cuts)
    for settings in ({}, {"window_months": 3}, {"abc_by": "margin"}):
        whole = sample.compute(portfolio.client_classes, "2025-12", **settings)
        month, rules = pd.Timestamp("2025-12-01"), portfolio.Portfolio(**settings)
        worked_out = portfolio.client_classes(ledger, month=month, rules=rules)
        pd.testing.assert_frame_equal(whole, worked_out)


def test_the_stored_classes_are_the_table_of_each_month(sample):
    history = sample.classes.astype({"client_id": str, "abc": str, "xyz": str, "stage": str})
    for month in ("2023-11", "2024-12", "2026-10"):
        table = sample.compute(portfolio.client_classes, month)
        stored = history[history["month"] == pd.Timestamp(f"{month}-01")]
        columns = ["client_id", "abc", "xyz", "stage"]
        np.testing.assert_array_equal(stored[columns].to_numpy(), table[columns].to_numpy())
        np.testing.assert_allclose(stored["revenue"] / 10_000, table["revenue"], atol=1e-6)


# --- scope ---


def ids(series: pd.Series) -> set[str]:
    return set(series.dropna().astype(str))


def test_a_manager_sees_own_clients_and_own_credit_only(sample, manager_book):
    own = manager_book("3")
    sales, whole = sample.sales_month, own.sales_month
    assert ids(whole["manager_id"]) <= {"3", "(other)"}
    credited = sales[sales["manager_id"] == "3"]["revenue"].sum()
    assert whole[whole["manager_id"] == "3"]["revenue"].sum() == credited
    owned = sample.owners[(sample.owners["manager_id"] == "3") & sample.owners["to_month"].isna()]
    mine = sales[sales["client_id"].isin(owned["client_id"])]
    assert whole[whole["client_id"].isin(owned["client_id"])]["revenue"].sum() == \
        mine["revenue"].sum()  # fmt: skip
    others = whole[~whole["client_id"].isin(owned["client_id"])]
    assert ids(others["manager_id"]) == {"3"}


def test_of_a_client_handed_over_nothing_after_the_handover(sample, manager_book):
    left = manager_book("8")  # handed everything over on 1 April 2026
    assert len(left.sales_month)
    assert left.sales_month["month"].max() <= pd.Timestamp("2026-03-01")
    assert left.sales_day["day"].max() < pd.Timestamp("2026-04-01")
    assert left.purchases["day"].max() < pd.Timestamp("2026-04-01")
    assert left.activities["happened_at"].max() < pd.Timestamp("2026-04-01")
    assert left.classes["month"].max() == pd.Timestamp("2026-03-01")
    assert ids(left.clients["manager_id"]) <= {"8", "(other)"}
    assert ids(left.assignments["manager_id"]) == {"8"}
    heir = manager_book("7")  # sees the whole history of what was handed over
    moved = ids(sample.assignments[sample.assignments["manager_id"] == "7"]["client_id"])
    whole = sample.sales_month[sample.sales_month["client_id"].isin(moved)]
    seen = heir.sales_month[heir.sales_month["client_id"].isin(moved)]
    assert seen["revenue"].sum() == whole["revenue"].sum()


@pytest.mark.parametrize("frame", FRAMES)
def test_a_scoped_frame_holds_no_word_of_anybody_else(frame, sample, manager_book):
    """No identifier or name of another manager, or of a client never owned, sold to or called."""
    own = manager_book("2")
    foreign_managers = ids(sample.managers["manager_id"]) - {"2"}
    owned = ids(sample.owners[sample.owners["manager_id"] == "2"]["client_id"])
    sold = ids(sample.sales_month[sample.sales_month["manager_id"] == "2"]["client_id"])
    worked = ids(sample.activities[sample.activities["manager_id"] == "2"]["client_id"])
    foreign_clients = ids(sample.clients["client_id"]) - owned - sold - worked
    held = getattr(own, frame)
    for column in held.columns:
        if isinstance(held[column].dtype, pd.CategoricalDtype):
            texts = set(held[column].cat.categories)
        elif pd.api.types.is_string_dtype(held[column].dtype):
            texts = ids(held[column])
        else:
            continue
        assert not texts & foreign_clients, column
        if column == "manager_id":
            assert not texts & foreign_managers
        if column == "manager_name":
            assert texts == {"Liis Tammeoks"}


def test_a_lead_sees_the_team(sample, sample_store):
    lead = open_book(SAMPLE, Viewer(role="lead", teams=("South",)), store_folder=sample_store)
    south = sample.managers[sample.managers["team"] == "South"]["manager_id"]
    assert lead.manager_ids == sorted(ids(south))
    assert ids(lead.managers["manager_id"]) == ids(south)
    load = lead.compute(portfolio.portfolio_load)
    assert set(load["manager_id"]) <= ids(south)


def test_who_has_no_managers_sees_nothing(sample_store):
    nobody = open_book(SAMPLE, Viewer(role="manager"), store_folder=sample_store)
    assert nobody.sales_month.empty
    assert nobody.clients.empty
    assert nobody.compute(portfolio.client_classes).empty
    quality = nobody.compute(portfolio.portfolio_quality)
    assert set(quality["manager_id"]) == {"*"}  # the company's rows are everybody's


def test_a_client_is_found_by_what_is_known_of_it(tmp_path):
    (tmp_path / "shipments.csv").write_text(
        "shipment_id,shipped_on,client_id,revenue\n1,2026-01-05,C1,10\n2,2026-01-05,C9,10\n"
    )
    (tmp_path / "clients.csv").write_text(
        "client_id;client_name;phone;email;tax_id;tags;manager_id\n"
        "C1;ООО Ёлка;+7 (495) 123-45-67;a@x.ru;7701;vip, chain;1\n"
        "C2;Mägi 100 %;;b@y.ee;;;2\n",
        encoding="utf-8",
    )
    build(tmp_path)
    whole = open_book(tmp_path)
    asked = {"елка": "C1", "4951234567": "C1", "123-45": "C1", "A@X": "C1", "7701": "C1",
             "CHAIN": "C1", "magi": "C2", "100 %": "C2", "c9": "C9", "b@y": "C2"}  # fmt: skip
    for text, client_id in asked.items():
        assert whole.find_clients(text)["client_id"].tolist() == [client_id], text
    for text in ("_", "x' or 1=1 --", "99999"):
        assert whole.find_clients(text).empty
    assert len(whole.find_clients("c", most=2)) == 2
    own = open_book(tmp_path, Viewer(role="manager", manager_ids=("2",)))
    assert own.find_clients("c")["client_id"].tolist() == ["C2"]


def test_company_rows_of_a_scoped_book_are_those_stored(sample, manager_book):
    own = manager_book("4")
    for function in (portfolio.portfolio_quality, portfolio.portfolio_trend):
        for month in ("2024-03", "2026-10"):
            whole = sample.compute(function, month)
            seen = own.compute(function, month)
            pd.testing.assert_frame_equal(
                seen[seen["manager_id"] == "*"].reset_index(drop=True),
                whole[whole["manager_id"] == "*"].reset_index(drop=True),
            )
    changed = own.compute(portfolio.portfolio_quality, window_months=3)
    assert "*" not in set(changed["manager_id"])


def test_a_folder_with_shipments_only(tmp_path):
    """One file, canonical columns, two clients: everything works."""
    (tmp_path / "shipments.csv").write_text(
        "shipment_id,shipped_on,client_id,revenue\nS1,2026-01-15,A,100\nS2,2026-02-27,B,5.50\n",
        encoding="utf-8",
    )
    build(tmp_path)
    book = open_book(tmp_path)
    table = book.compute(portfolio.client_classes)
    assert table["client_name"].tolist() == ["A", "B"]
    assert table["manager_id"].tolist() == ["(unassigned)"] * 2
    assert book.compute(portfolio.portfolio_quality)["revenue"].sum() == 2 * 105.5


def test_northwind_has_margins_nowhere(northwind):
    assert northwind.compute(portfolio.client_classes)["margin"].isna().all()
    by_margin = northwind.compute(portfolio.client_classes, abc_by="margin")
    assert set(by_margin["abc"]) == {"-"}


@pytest.mark.parametrize(
    ("viewer", "sees_nobody"),
    [
        (Viewer(), False),
        (Viewer(role="manager", manager_ids=("3",)), False),
        (Viewer(role="manager", manager_ids=("8",)), False),  # owned clients once
        (Viewer(role="manager", manager_ids=("77",)), True),
        (Viewer(role="manager"), True),
        (Viewer(role="lead", teams=("South",)), False),
        (Viewer(role="lead", teams=("West",)), True),
        (Viewer(role="lead", teams=("West",), manager_ids=("3",)), False),
    ],
)
def test_a_book_knows_when_its_viewer_sees_nobody(viewer, sees_nobody, sample_store):
    book = open_book(SAMPLE, viewer, store_folder=sample_store)
    assert book.sees_nobody is sees_nobody
