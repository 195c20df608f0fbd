"""Lists of calls as calendars, read back by a library and looked at by RFC 5545 itself."""

import functools

import click.testing
import icalendar
import pandas as pd
import pytest

from clientops import Viewer, findings, open_book, words
from clientops.cli import cli
from clientops.display import agenda
from clientops.metrics.calls import call_list
from clientops.report.agenda import calendar
from tests.conftest import SAMPLE

FRIDAY = pd.Timestamp("2026-11-20")
NAMES = ('Bar, "Ernst"; Söhne \\ Co\n& more', "Юбилейный ресторан " * 8, "\x07Bell\r\nInn", "=1+2")
READING = icalendar.Calendar.from_ical


def rows(*names, manager="7"):
    numbers = [f"C {at}/é" for at in range(len(names))]
    frame = pd.DataFrame({"client_id": numbers, "client_name": names})
    frame = frame.assign(manager_id=manager, reason="late")
    return frame.reindex(columns=list(call_list.about.units)).astype({"manager_id": object})


def written(frame, why="Why; it, is.", on=FRIDAY):
    with words.using("en", "EUR"), words.telling(call_list.about):
        return agenda.calendar(frame, call_list.about.agenda, [why] * len(frame), on,
                               pd.Timestamp("2026-11-18"))  # fmt: skip


def test_lines_are_as_the_rfc_wants_them():
    content = written(rows(*NAMES))
    lines = content.split(b"\r\n")
    assert lines[-1] == b"" and b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert all(line.decode("utf-8") is not None for line in lines)  # no letter is cut in two
    events = READING(content).events
    assert READING(content).errors == [] and [e.errors for e in events] == [[]] * 4
    assert [str(event["summary"]) for event in events] == [
        'Bar, "Ernst"; Söhne \\ Co\n& more', NAMES[1], " Bell\nInn", "=1+2",
    ]  # fmt: skip
    assert str(events[0]["description"]).startswith("Why; it, is.")


def test_fifteen_minutes_each_from_nine_on_in_local_time_each_manager_for_itself():
    both = pd.concat([rows("a", "b", "c"), rows("d", manager="8")], ignore_index=True)
    events = READING(written(both)).events
    starts = [event.start for event in events]
    expected = ["20 09:00", "20 09:15", "20 09:30", "20 09:00"]
    assert [f"{start:%d %H:%M}" for start in starts] == expected
    assert all(start.tzinfo is None for start in starts)
    assert {event.end - event.start for event in events} == {pd.Timedelta(minutes=15)}
    assert b"DTSTAMP:20261118T000000Z" in written(both)


def test_a_second_import_replaces_the_first():
    """The mark of an entry is of client and reason, whatever the day and its place."""
    first = {str(event["uid"]) for event in READING(written(rows("a", "b"))).events}
    later = written(rows("a", "b").iloc[::-1], on=FRIDAY + pd.Timedelta(days=3))
    assert {str(event["uid"]) for event in READING(later).events} == first
    assert len(first) == 2
    other = rows("a", "b").assign(reason="plan gap")
    assert not first & {str(event["uid"]) for event in READING(written(other)).events}


def test_no_rows_are_a_calendar_without_entries():
    assert READING(written(rows())).events == []


@pytest.fixture(scope="module")
def own(sample_store):
    return open_book(SAMPLE, Viewer("p", "manager", ("4",)), store_folder=sample_store)


def test_entries_are_of_the_next_working_day_and_of_own_clients(sample, own):
    """Data to Wednesday the 18th: Thursday; at the end of October, a Saturday: Monday."""
    table = own.compute(call_list)
    content = calendar(own, call_list, table)
    events = READING(content).events
    assert {f"{event.start:%Y-%m-%d}" for event in events} == {"2026-11-19"}
    with words.using("en", "EUR"):
        why = findings.attention_details(table)
    assert [str(e["description"]).split("\n")[0] for e in events] == why.to_list()
    strangers = sample.clients[~sample.clients["client_id"].isin(own.owned)]
    text = content.replace(b"\r\n ", b"").decode()
    for column in ("client_name", "email"):
        assert not [each for each in strangers[column].dropna() if each in text]
    before = calendar(own, call_list, own.compute(call_list, "2026-10"), "2026-10")
    assert {f"{event.start:%Y-%m-%d}" for event in READING(before).events} == {"2026-11-02"}


def test_the_command_writes_it(sample_store, tmp_path):
    run = functools.partial(click.testing.CliRunner().invoke, cli, standalone_mode=False)
    given = ["--data", str(SAMPLE), "--store", str(sample_store), "--out"]
    path = tmp_path / "calls.ics"
    assert run(["table", "call_list", *given, str(path), "--manager", "4"]).exception is None
    assert len(READING(path.read_bytes()).events) == 20
    assert not [each for each in tmp_path.iterdir() if each != path]
    told = run(["table", "attention", *given, str(tmp_path / "x.ics")]).exception
    assert "unknown ending; known: .csv, .xlsx, .parquet" in str(told)


def test_tables_as_of_a_day_reach_to_the_data_s_end(sample, sample_store, tmp_path):
    """The command asks as the page does: of a day, up to the last day of the data."""
    run = functools.partial(click.testing.CliRunner().invoke, cli, standalone_mode=False)
    path = tmp_path / "calls.csv"
    given = ["--data", str(SAMPLE), "--store", str(sample_store), "--out", str(path)]
    run(["table", "call_list", *given])
    whole = sample.compute(call_list)
    assert pd.read_csv(path)["client_id"].to_list() == list(whole["client_id"])
