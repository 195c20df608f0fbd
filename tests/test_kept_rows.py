"""A build that keeps stored rows of the one before writes what a build from nothing writes."""

import itertools
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from clientops import store
from clientops.build import build, kept, told
from tests.test_stored_rows import LAST, write

FIRST = LAST - 7
FILES = '[tables.shipments]\nfile = "shipments*.csv"\n'
MONTHS = pd.period_range(FIRST, LAST, freq="M")


def add(name: str, *lines: str):
    def edit(data: Path) -> None:
        with (data / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))

    return edit


def replace(name: str, old: str, new: str):
    def edit(data: Path) -> None:
        text = (data / f"{name}.csv").read_text(encoding="utf-8")
        assert text.count(old) == 1
        (data / f"{name}.csv").write_text(text.replace(old, new), encoding="utf-8")

    return edit


def settings(*lines: str):
    def edit(data: Path) -> None:
        with (data / "clientops.toml").open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))

    return edit


def a_file_of_another_month(data: Path) -> None:
    lines = [f"T{at};2026-0{1 + at % 2}-1{at};m{at % 3 + 1}-c{at};90{at};60" for at in range(8)]
    heading = "shipment_id;shipped_on;client_id;revenue;cost\n"
    (data / "shipments-2026.csv").write_text(heading + "\n".join(lines) + "\n", encoding="utf-8")
    paid = (f"2026-01-05;m1-c{at};100;I{at}-2025-12" for at in range(8))
    add("payments", *paid)(data)


def damage(data: Path) -> None:
    path = next(store.snapshot(data / store.FOLDER).glob("company/nps.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    add("shipments", "X1;2025-12-30;m1-c1;10;")(data)


def forget(data: Path) -> None:
    (store.snapshot(data / store.FOLDER) / kept.FILE).unlink()
    add("shipments", "X1;2025-12-30;m1-c1;10;")(data)


@pytest.fixture(scope="module")
def firm(tmp_path_factory) -> Path:
    """Eight months with surveys, invoices, payments, and a client that was handed over in July."""
    data = write(tmp_path_factory.mktemp("firm") / "data", with_surveys=True, first=FIRST)
    invoices, payments = ["invoice_id;client_id;invoiced_on;due_on;amount"], []
    for month, at in itertools.product(MONTHS, range(8)):
        invoices.append(f"I{at}-{month};m1-c{at};{month}-1{at};{month + 1}-1{at};100")
        if month + at % 3 < LAST:
            payments.append(f"{month + at % 3}-2{at};m1-c{at};100;I{at}-{month}")
    (data / "receivables.csv").write_text("\n".join(invoices) + "\n")
    (data / "payments.csv").write_text("\n".join(["paid_on;client_id;amount;invoice_id", *payments,
                                                  ""]))  # fmt: skip
    (data / "clientops.toml").write_text(FILES)
    build(data)
    return data


# What changes, and how many of the first months are told as before: none of the last two.
CHANGES = {
    "another month": (a_file_of_another_month, 7),
    "a line in the last": (add("shipments", "X1;2025-12-30;m1-c1;10;"), 6),
    "a line in July": (replace("shipments", ";2025-07-15;m1-c2;114;", ";2025-07-15;m1-c1;114;"), 2),
    "a client before all others": (add("shipments", "X1;2025-12-30;a-new-one;10;"), 6),
    "a client nobody knew a day of": (add("clients", "a-new-one;group 1;region 1"), 0),
    "another group": (replace("clients", "m2-c3;group 1;", "m2-c3;group 0;"), 0),
    "a handover in October": (  # the former owner's last month is September
        replace("assignments", "m2-c3;m2;2024-01-01;\n",
        "m2-c3;m2;2024-01-01;2025-10-01\nm2-c3;m3;2025-10-02;\n"), 4),
    "an answer of September": (add("surveys", "m1-c1;2025-09-10;2025-09-12;3"), 4),
    "an invoice of August paid": (add("payments", "2025-11-12;m1-c7;40;I7-2025-08"), 6),
    "another setting": (settings("[settings.portfolio]", "abc_shares = [0.7, 0.9]"), 0),
    "another name": (settings("[company]", 'name = "Firm"'), 0),
    "no other column": (settings("columns = { cost = \"cost\" }"), 6),
    "damage": (damage, 0),
    "of another version": (forget, 0),
}  # fmt: skip


@pytest.fixture
def changed(firm, tmp_path):
    """A function that gives a copy of the firm and its store in which something changes."""

    def change(*names: str) -> Path:
        data = Path(shutil.copytree(firm, tmp_path / "data"))
        for name in names:
            CHANGES[name][0](data)
        return data

    return change


class Asked(Exception):
    """The months whose rows have to be made."""


@pytest.mark.parametrize("name", CHANGES)
def test_months_that_rest_on_the_same_are_kept(changed, monkeypatch, name):
    def asked(snapshot: Path, months: list[pd.Timestamp], ledger: object) -> None:
        raise Asked(months[0])

    monkeypatch.setattr(told, "_told", asked)
    with pytest.raises(Asked) as first:
        build(changed(name))
    assert pd.Period(first.value.args[0], "M") == MONTHS[CHANGES[name][1]]


def test_rows_that_are_kept_are_those_that_would_be_made(changed):
    """Of what was kept before, too."""

    def sums_of(built) -> dict:
        return json.loads((built.snapshot / "sums.json").read_bytes())

    data = changed("a line in July")
    before = sums_of(build(data))
    for name in ("another month", "a client before all others"):
        CHANGES[name][0](data)
    kept_some, anew = sums_of(build(data)), sums_of(build(data, force=True))
    assert kept_some == anew != before
    assert "company/nps.parquet" in anew and "headline_values.parquet" in anew
