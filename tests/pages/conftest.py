"""The firms whose pages are looked at, and who looks; each book is opened once per process."""

import functools
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock

from clientops import Book, Viewer, open_book
from tests.conftest import NORTHWIND, ROOT, SAMPLE, build_for_all, opened, shared_folder

ONE_MANAGER = ROOT / "tests" / "data" / "cases" / "31-one-manager-speaks-for-company"
NAMES = ('<b>Ann</b> & "Co"', "<script>alert(1)</script>", "<img src=x onerror=alert(2)>",
         '=HYPERLINK("x")', "'; -- \\ $x$")  # fmt: skip
VIEWERS = {
    "manager": Viewer("mari", "manager", ("3",)),
    "lead": Viewer("lea", "lead", teams=("South",)),
}


@pytest.fixture(scope="session")
def hostile(tmp_path_factory) -> Path:
    """The data folder of a firm like that, built once for all test processes."""
    folder = shared_folder(tmp_path_factory) / "hostile"
    with FileLock(f"{folder}.lock"):
        if not (folder / "shipments.csv").exists():
            write_hostile(folder)
        build_for_all(folder)
    return folder


@pytest.fixture(scope="session")
def one_manager(tmp_path_factory) -> Path:
    """The store of a firm with one manager, built once for all test processes."""
    folder = shared_folder(tmp_path_factory) / "store-one-manager"
    with FileLock(f"{folder}.lock"):
        build_for_all(ONE_MANAGER, folder)
    return folder


def write_hostile(folder: Path) -> None:
    """A firm of every table, two years long, in which every name is code somewhere."""
    folder.mkdir()
    days = pd.date_range("2024-01-09", "2026-01-31", freq="21D")
    clients = [f"C{at}" for at in range(len(NAMES) * 2)]
    sold = pd.DataFrame([(day, each) for day in days for each in clients], columns=["on", "who"])
    stopped = sold["who"].isin(["C4", "C9"]) & (sold["on"] >= "2025-06-01")
    sold = sold[~stopped]
    at = sold["who"].str[1:].astype(int)
    named = dict(zip(clients, NAMES * 2, strict=True))
    tables = {
        "shipments": pd.DataFrame({
            "shipment_id": [f"S{each}" for each in sold.index], "shipped_on": sold["on"],
            "client_id": sold["who"], "revenue": 90 + at * sold["on"].dt.month, "cost": 80 + at * 5,
            "product_id": "P" + (at % 3).astype(str), "quantity": 1,
        }),
        "clients": pd.DataFrame({
            "client_id": clients, "client_name": named.values(), "client_group": NAMES * 2,
            "region": NAMES[::-1] * 2, "manager_id": [str(each % 3) for each in range(10)],
        }),
        "managers": pd.DataFrame({"manager_id": ["0", "1", "2"], "team": NAMES[:3],
                                  "manager_name": [f"{each} of us" for each in NAMES[:3]]}),
        "products": pd.DataFrame({"product_id": ["P0", "P1", "P2"], "product_name": NAMES[:3],
                                  "product_group": NAMES[:3]}),
        "activities": pd.DataFrame({
            "happened_at": sold["on"] + pd.Timedelta(hours=9), "manager_id": (at % 3).astype(str),
            "kind": "call", "topic": "useful", "client_id": sold["who"],
        }),
        "surveys": pd.DataFrame({
            "responded_on": sold["on"], "score": at % 5 * 2, "client_id": sold["who"],
            "comment": sold["who"].map(named),
        }),
        "plans": pd.DataFrame({"month": "2025-02-01", "months": 12, "client_id": clients,
                               "plan_revenue": 9000}),
        "potentials": pd.DataFrame({"client_id": clients, "annual_purchases": 50_000,
                                    "product_group": NAMES * 2}),
    }  # fmt: skip
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)


@pytest.fixture(scope="session")
def looked_at(request, tmp_path_factory) -> Callable[[str, str], Book]:
    """A function that opens the book of a firm for somebody."""
    stores = {"sample": (SAMPLE, "sample_store"), "northwind": (NORTHWIND, "northwind_store")}

    @functools.cache
    def open_(firm: str, viewer: str) -> Book:
        if firm == "hostile":
            return open_book(request.getfixturevalue("hostile"))
        if firm == "one manager":
            return open_book(ONE_MANAGER, store_folder=request.getfixturevalue("one_manager"))
        data, store = stores[firm]
        return opened(data, request.getfixturevalue(store), VIEWERS.get(viewer))

    return open_
