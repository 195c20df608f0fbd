"""Stored rows of tables that rest on a source which not everybody has: surveys."""

from pathlib import Path

import pandas as pd
import pytest

from clientops import Book, Viewer, open_book
from clientops.book import arguments
from clientops.build import build
from clientops.errors import ClientOpsError
from clientops.metrics import loyalty

MANAGERS = ("m1", "m2", "m3")
FIRST, LAST = pd.Period("2024-01"), pd.Period("2025-12")


def write(folder: Path, *, with_surveys: bool, first: pd.Period = FIRST) -> Path:
    """Three managers of eight clients each; one client went from m1 to m2 in July 2025."""
    folder.mkdir()
    clients = [(f"{manager}-c{number}", manager) for manager in MANAGERS for number in range(8)]
    shipments = ["shipment_id;shipped_on;client_id;revenue;cost"]
    surveys = ["client_id;asked_on;responded_on;score"]
    for at, month in enumerate(pd.period_range(first, LAST, freq="M")):
        for place, (client_id, _manager) in enumerate(clients):
            if (place + at) % 3:
                shipments.append(f"S{len(shipments)};{month}-15;{client_id};{100 + 7 * place};60")
            if (place + at) % 4 == 0:
                score = (place * 7 + at * 3) % 11
                answer = f"{month}-20;{score}" if (place + at) % 8 else ";"
                surveys.append(f"{client_id};{month}-10;{answer}")
        surveys.append(f";{month}-11;{month}-21;{at % 11}")  # of nobody known
    files = {
        "shipments": shipments,
        "clients": ["client_id;client_group;region",
                    *(f"{client};group {place % 2};region {place % 3}"
                      for place, (client, _manager) in enumerate(clients))],
        "managers": ["manager_id;manager_name", *(f"{each};{each} name" for each in MANAGERS)],
        "assignments": ["client_id;manager_id;valid_from;valid_to",
                        *(f"{client};{manager};2024-01-01;"
                          for client, manager in clients if client != "m1-c0"),
                        "m1-c0;m1;2024-01-01;2025-06-30", "m1-c0;m2;2025-07-01;"],
    }  # fmt: skip
    if with_surveys:
        files["surveys"] = surveys
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def firm(tmp_path_factory) -> Path:
    folder = write(tmp_path_factory.mktemp("firm") / "data", with_surveys=True)
    build(folder)
    return folder


@pytest.fixture(scope="module")
def full(firm) -> Book:
    return open_book(firm)


@pytest.fixture(scope="module", params=["m1", "m2"])
def own(firm, request) -> Book:
    """The book of who gave a client away, and of who got it."""
    return open_book(firm, Viewer(role="manager", manager_ids=(request.param,)))


def rows(table: pd.DataFrame, dimension: str, key: str) -> pd.DataFrame:
    found = table[(table["dimension"] == dimension) & (table["key"] == key)]
    assert len(found)
    return found.reset_index(drop=True)


def test_a_build_without_the_source_keeps_nothing_and_does_not_stop(tmp_path):
    folder = write(tmp_path / "data", with_surveys=False, first=LAST - 2)
    kept = {path.stem for path in (build(folder).snapshot / "company").iterdir()}
    assert "portfolio_quality" in kept
    assert not kept & {"nps", "nps_trend", "nps_money"}
    for viewer in (Viewer(), Viewer(role="manager", manager_ids=("m1",))):
        book = open_book(folder, viewer)
        assert not arguments.can_make(book, loyalty.nps)
        with pytest.raises(ClientOpsError, match=r"add surveys\.csv"):
            book.compute(loyalty.nps)


@pytest.mark.parametrize("month", ["2025-12", "2025-06", "2024-09"])
@pytest.mark.parametrize("function", [loyalty.nps, loyalty.nps_trend])
def test_the_companys_rows_and_the_own_ones_and_nobody_elses(full, own, function, month):
    whole, seen = full.compute(function, month), own.compute(function, month)
    (manager,) = own.manager_ids
    told = (whole["dimension"] != "manager") | (whole["key"] == manager)
    pd.testing.assert_frame_equal(seen, whole[told].reset_index(drop=True))
    for dimension, key in (("*", "*"), ("manager", manager)):
        pd.testing.assert_frame_equal(rows(seen, dimension, key), rows(whole, dimension, key))
    assert set(seen.loc[seen["dimension"] == "manager", "key"]) == {manager}


def texts(frame: pd.DataFrame) -> set[str]:
    """Every text of a frame, and every category."""
    found: set[str] = set()
    for column in frame:
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            found |= set(map(str, frame[column].cat.categories))
        found |= set(frame[column].dropna().astype(str))
    return found


def test_no_other_manager_is_named_anywhere(own):
    (manager,) = own.manager_ids
    others = set(MANAGERS) - {manager} | {f"{each} name" for each in MANAGERS if each != manager}
    surveys = own.surveys
    assert len(surveys)
    assert manager in set(surveys["manager_id"].astype(str))
    for column in ("manager_id", "asked_manager_id"):
        assert not texts(surveys[[column]]) & others, column
    for frame in (surveys, own.clients, own.owners, own.sales_month):
        assert not texts(frame) & others
    for function in (loyalty.nps, loyalty.nps_trend, loyalty.nps_money, loyalty.detractors):
        assert not texts(own.compute(function)) & others, function.__name__


def test_answers_after_the_handover_are_not_shown(firm):
    gave, got = (
        open_book(firm, Viewer(role="manager", manager_ids=(each,))).surveys
        for each in ("m1", "m2")
    )
    days = [each.loc[each["client_id"] == "m1-c0", "responded_on"].dropna() for each in (gave, got)]
    assert len(days[0])
    assert days[0].max() < pd.Timestamp("2025-07-01") < days[1].max()
    assert not gave["client_id"].isna().any()


@pytest.mark.parametrize("month", ["2025-12", "2025-03"])
def test_what_rests_on_everybody_is_told_as_it_is_stored(full, own, month):
    whole = full.compute(loyalty.nps_money, month)
    assert len(whole) == 4
    pd.testing.assert_frame_equal(own.compute(loyalty.nps_money, month), whole)
    with pytest.raises(ClientOpsError, match="this rests on clients of the whole company"):
        own.compute(loyalty.nps_money, month, window_months=6)


@pytest.mark.parametrize("changed", [{"min_answers": 1}, {"window_months": 6}, {"target": 0.1}])
def test_with_other_settings_there_are_no_stored_rows(full, own, changed):
    """The last answer may be one that a former manager does not see: nothing is guessed."""
    assert len(full.compute(loyalty.nps, **changed))
    with pytest.raises(ClientOpsError, match="this rests on clients of the whole company"):
        own.compute(loyalty.nps, **changed)


def test_of_some_clients_there_are_none_either(own):
    with pytest.raises(ClientOpsError, match="this rests on clients of the whole company"):
        own.of_clients(own.clients["client_id"].head(3)).compute(loyalty.nps_trend)
