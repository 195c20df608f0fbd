"""What was read from where, what was rejected and noticed, in the words of the exports."""

import datetime

import pandas as pd
import pytest

from clientops import open_book, schema, words
from clientops.book import Viewer
from clientops.book.last_days import last_days
from clientops.build import build
from clientops.findings import data as findings
from clientops.metrics import data

TABLES = (data.data_sources, data.data_rejects, data.data_quality)
SALES = """Document;Date;Customer;Net;Cost
1;2026-10-01;C1;100;60
2;2026-10-02;C1;200;250
3;someday;C2;50;10
4;2026-10-05;C2;-20;-10
5;soon;C2;60;10
"""
CLIENTS = "Code;Name\nC1;Alfa\nC2;Beta\n"
SETTINGS = """
[tables.shipments]
file = "sales.csv"
columns = { shipment_id = "Document", shipped_on = "Date", client_id = "Customer", revenue = "Net" }
[tables.clients]
file = "customers.csv"
columns = { client_id = "Code", client_name = "Name" }
[settings.ingest]
max_reject_share = 0.5
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("renamed")
    for name, text in (("sales.csv", SALES), ("customers.csv", CLIENTS),
                       ("clientops.toml", SETTINGS)):  # fmt: skip
        (folder / name).write_text(text, encoding="utf-8")
    build(folder, today=datetime.date(2026, 11, 1))
    return open_book(folder)


def test_each_table_with_its_files_and_days_and_what_is_missing(book):
    expected = pd.DataFrame(
        {
            "table": ["shipments", "clients"],
            "files": ["sales.csv", "customers.csv"],
            "read_to": [datetime.datetime(2026, 10, 5), pd.NaT],
            "rows_kept": [3, 2],
            "rows_rejected": [2, 0],
            "money_rejected": [110.0, None],
            "rejected_share": [110 / 390, 0.0],
            "read_from": [datetime.datetime(2026, 10, 1), pd.NaT],
        }
    ).astype(data.data_sources.about.types)
    pd.testing.assert_frame_equal(book.compute(data.data_sources), expected)


def test_rejects_of_one_reason_stand_together_under_the_name_in_the_export(book):
    rows = book.compute(data.data_rejects)
    assert rows.to_dict("records") == [
        {"table": "shipments", "file": "sales.csv", "column": "Date",
         "reason": "not a date from 1970 to 2100", "rows": 2, "line": 4, "example": "someday"}
    ]  # fmt: skip


def test_what_was_noticed_is_said_in_the_words_of_the_export(book):
    noticed = set(book.compute(data.data_quality)["check"])
    assert {"cost above “Net”", "return (negative “Net”)"} <= noticed


def test_the_build_says_what_the_sample_lacks(sample):
    table = sample.compute(data.data_quality)
    found = set(zip(table["table"], table["check"], strict=True))
    assert ("products", "no unit cost") in found
    assert ("shipments", "no manager: credit falls to the client's owner") in found
    assert table["rows"].gt(0).all()
    assert table["share"].between(0, 1).all()
    assert list(table.sort_values(["table", "check"]).index) == list(table.index)


@pytest.mark.parametrize("function", TABLES, ids=lambda function: function.__name__)
def test_who_does_not_see_everything_sees_nothing_of_it(sample, manager_book, function):
    assert manager_book("1").compute(function).empty
    lead = Viewer("Lea", "lead", (), ("North",))
    assert type(sample)(sample._snapshot, lead).compute(function).empty


def test_until_when_each_table_was_read_everybody_sees(sample, manager_book):
    until = {name: f"{day:%Y-%m-%d}" for name, day in last_days(sample.table_days).items()}
    assert until["shipments"] == until["activities"] == "2026-11-18"
    assert "products" not in until
    assert last_days(manager_book("1").table_days) == last_days(sample.table_days)


def test_every_table_has_a_name():
    assert set(data.CALLED) == set(schema.TABLES)


def test_sentences(book, sample):
    def told(says, whose, function, rows=slice(None)):
        with words.using("en", "EUR"), words.telling(function.about):
            return says(whose.compute(function)[rows])

    assert told(findings.sources, book, data.data_sources) == (
        "Sales are read to Oct 5, 2026. 2 rows were rejected and count nowhere. They hold at "
        "least €110 of sales."
    )
    assert told(findings.rejects, book, data.data_rejects) == (
        "2 rows were rejected. Most often: not a date from 1970 to 2100 (sales.csv, 2)."
    )
    assert told(findings.sources, sample, data.data_sources) == (
        "Sales are read to Nov 18, 2026. Every row of 12 tables was read."
    )
    assert told(findings.rejects, sample, data.data_rejects) == "Every row could be read."
    assert told(findings.noticed, sample, data.data_quality).startswith("9 things were noticed")
    nothing = slice(0, 0)
    assert told(findings.noticed, sample, data.data_quality, nothing) == "Nothing odd was noticed."
