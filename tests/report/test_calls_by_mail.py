"""Today's calls by e-mail: to each manager the own, once a day, on working days, of fresh data."""

import datetime
import io
import shutil

import click.testing
import icalendar
import openpyxl
import pytest

from clientops.build import build
from clientops.cli import cli, packs
from clientops.errors import ClientOpsError
from clientops.report import agenda, mail
from tests.report.conftest import CLIENTS, EMAILS, build_of_packs, everything, write_data
from tests.report.test_mail import authority, running, server, settings  # noqa: F401 - fixtures

MONDAY = datetime.date(2026, 6, 29)

LAST = tuple(f"SX{manager},2026-06-26,{manager}-2,50,{manager},40" for manager in CLIENTS)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The small company on Friday 26 June 2026: most clients have bought nothing since February."""
    data = write_data(tmp_path_factory.mktemp("friday") / "data", LAST)
    build_of_packs(data)
    return data


@pytest.fixture
def data(built, server, tmp_path):  # noqa: F811
    """The same with a mail server, of which a store knows nothing."""
    shutil.copytree(built, tmp_path / "data")
    return write_data(tmp_path / "data", LAST, toml=settings(server.port))


def send(data, today=MONDAY, **asked):
    build(data)
    outcomes = agenda.send(data, today, out=data / "reports", **asked)
    return {letter.address or letter.name: status for letter, status, _reason in outcomes}


def test_each_manager_gets_the_own_calls_and_no_name_of_others(data, server):  # noqa: F811
    assert send(data) == {
        EMAILS["M1"]: mail.SENT,
        EMAILS["M2"]: mail.SENT,
        "=HYPERLINK(0)": mail.NOBODY,
    }
    assert sorted(server.readers) == sorted([EMAILS["M1"], EMAILS["M2"]])
    for letter in server.letters:
        manager = next(key for key, address in EMAILS.items() if address == letter["To"])
        files = {each.get_filename().rpartition(".")[2]: each.get_content()
                 for each in letter.iter_attachments()}  # fmt: skip
        calendar = files["ics"] if isinstance(files["ics"], bytes) else files["ics"].encode()
        events = icalendar.Calendar.from_ical(calendar).events
        assert {str(each["summary"]) for each in events} <= {*CLIENTS[manager], "Wandering Heron"}
        assert {f"{each.start:%Y-%m-%d}" for each in events} == {f"{MONDAY}"}
        sheets = openpyxl.load_workbook(io.BytesIO(files["xlsx"])).sheetnames
        assert sheets == ["table", "activities"]
        path = data / "x.xlsx"
        path.write_bytes(files["xlsx"])
        told = everything(path) + calendar.decode() + letter.get_body().get_content()
        path.unlink()
        others = [each for key, names in CLIENTS.items() if key != manager for each in names]
        assert not [each for each in others if each in told]
        assert "to call." in letter.get_body().get_content()


def test_once_a_day(data, server):  # noqa: F811
    send(data)
    assert set(send(data).values()) == {mail.BEFORE, mail.NOBODY}
    assert len(server.letters) == 2
    assert send(data, again=[EMAILS["M1"]])[EMAILS["M1"]] == mail.SENT
    assert send(data, MONDAY + datetime.timedelta(days=1))[EMAILS["M1"]] == mail.SENT
    assert len(server.letters) == 5


def test_a_dry_run_leaves_nothing(data, server):  # noqa: F811
    assert send(data, dry_run=True)[EMAILS["M1"]] == mail.WOULD
    assert server.letters == []
    assert not [each for each in (data / "reports").rglob("*") if each.suffix]


def test_on_working_days_and_of_fresh_data_only(data, server):  # noqa: F811
    """The data end on a Friday: on Wednesday that is three working days ago, on Thursday four."""
    assert send(data, datetime.date(2026, 6, 27)) == {}
    assert send(data, datetime.date(2026, 7, 1), dry_run=True)
    with pytest.raises(ClientOpsError, match=r"end on 2026-06-26, 4 working days ago: nobody"):
        send(data, datetime.date(2026, 7, 2))
    write_data(data, LAST, toml=settings(server.port) + "calls_stale_days = 4\n")
    assert send(data, datetime.date(2026, 7, 2), dry_run=True)
    assert server.letters == []


def test_the_command(data, server, monkeypatch):  # noqa: F811
    runner = click.testing.CliRunner()
    given = ["send", "--calls", "--data", str(data), "--out", str(data / "reports")]
    monkeypatch.setattr(packs, "today", lambda: MONDAY)
    done = runner.invoke(cli, [*given, "--dry-run"], standalone_mode=False)
    assert done.return_value == 0
    assert f"would be sent: manager-M1 to {EMAILS['M1']}" in done.output
    assert "no address: manager-M3 (=HYPERLINK(0))" in done.output
    monkeypatch.setattr(packs, "today", lambda: datetime.date(2026, 6, 28))
    assert "nobody works today" in runner.invoke(cli, given, standalone_mode=False).output
    monkeypatch.setattr(packs, "today", lambda: datetime.date(2026, 7, 3))
    done = runner.invoke(cli, given, standalone_mode=False)
    assert isinstance(done.exception, ClientOpsError)  # one line, exit code 2
    assert server.letters == []
    month = runner.invoke(cli, [*given, "--month", "2026-05"], standalone_mode=False)
    assert "leave --month out" in str(month.exception)
