"""The commands that make the monthly packs and send them."""

from typing import Any

import click

from clientops import build as building
from clientops import periods, store
from clientops.cli.base import cli, of_store, progress, today
from clientops.errors import ClientOpsError
from clientops.settings import read_settings

_month = click.option("--month", default="", help="YYYY-MM; default: the last complete month.")
_out = click.option("--out", default="reports", help="Folder of the packs.")
_day = click.option(
    "--from-working-day", "day", type=click.IntRange(1, 20), metavar="N",
    help="Of the month before this one, and only from this month's N-th working day on.",
)  # fmt: skip


@cli.command()
@of_store
@_month
@_day
@click.option("--manager", "manager_ids", multiple=True, metavar="ID", help="Only this one's pack.")
@click.option("--team", "teams", multiple=True, help="Only this team's pack.")
@click.option("--format", "formats", default="html,pdf,xlsx", help="Which files.")
@click.option("--jobs", default=0, type=click.IntRange(0, 256), help="Processes; 0: one per core.")
@_out
@click.option("--notebooks", default="notebooks", help="Folder of the notebooks.")
@click.option("--force", is_flag=True, help="Make packs anew even where nothing changed.")
@click.option("--partial", is_flag=True, help="Also of a month that is not over.")
@click.option("--send", "is_sent", is_flag=True, help="Send them too, as clientops send does.")
def report(
    data: str, store_folder: str, month: str, day: int | None, formats: str, out: str,
    is_sent: bool, **options: Any,
) -> int:  # fmt: skip
    """Make the month's packs: HTML, PDF and Excel for the company, each team and each manager."""
    from clientops.report import run as reporting  # figures and typesetting take long to import

    month = _scheduled(data, month, day)
    if month is None:
        return 0
    with progress() as step:
        building.build(data, store_folder, today=today(), progress=step)
    asked = [each.strip() for each in formats.split(",") if each.strip()]
    places = {"out": out, "store_folder": store_folder}
    with progress(is_long=True) as step:
        done = reporting.report(
            data, month=month, formats=asked, **places, **options, progress=step
        )
    made, unchanged = len(done.made), len(done.unchanged)
    click.echo(f"{made} pack{'s' * (made != 1)} made, {unchanged} unchanged: {done.index}")
    for key, reason in done.failed.items():
        click.echo(f"failed: {key}: {reason}", err=True)
    status = _send(data, month=done.folder.name, **places) if is_sent else 0
    return 1 if done.failed else status


@cli.command()
@of_store
@_month
@_out
@click.option("--dry-run", is_flag=True, help="Only say who would get what.")
@click.option("--again", multiple=True, metavar="ADDRESS", help="Send this one its pack once more.")
@click.option("--calls", is_flag=True, help="Today's calls instead, to each manager.")
def send(data: str, store_folder: str, month: str, calls: bool, **options: Any) -> int:
    """Send the month's packs by e-mail, to each reader once ([mail] in clientops.toml).

    With --calls: to each manager whom to call today, once a day and on working days only.
    """
    if calls and month:
        raise ClientOpsError("--calls are those of today; leave --month out")
    with progress() as step:
        # Addresses are those of today's exports.
        building.build(data, store_folder, today=today(), progress=step)
    options["store_folder"] = store_folder
    return _send_calls(data, **options) if calls else _send(data, month=month, **options)


def _send_calls(data: str, **options: Any) -> int:
    from clientops.report import agenda

    with progress() as step:
        outcomes = agenda.send(data, today(), **options, progress=step)
    if not outcomes:
        click.echo("nothing to send: nobody works today, or nobody has a call to make")
    return _told(outcomes)


def _send(data: str, **options: Any) -> int:
    from clientops.report import mail as mailing

    with progress() as step:
        outcomes = mailing.send(data, **options, progress=step)
    return _told(outcomes)


def _told(outcomes: list) -> int:
    """Say what became of each letter; 1 where one failed."""
    from clientops.report import mail as mailing

    is_bad = False
    for letter, status, reason in outcomes:
        whose = f" to {letter.address}" if letter.address else f" ({letter.name})"
        told = f"{status}: {letter.key}{whose}"
        bad = status in (mailing.FAILED, mailing.UNCERTAIN)
        click.echo(f"{told}: {reason}" if reason else told, err=bad)
        is_bad = is_bad or bad
    return int(is_bad)


def _scheduled(data: str, month: str, day: int | None) -> str | None:
    """The month to report; None where its day has not come yet."""
    if day is None:
        return month
    if month:
        raise ClientOpsError("--from-working-day tells the month; leave --month out")
    company = read_settings(store.data_folder(data)).company
    now = today()
    gone = periods.working_days(now.replace(day=1), now, company.calendar, company.work_week)
    if len(gone) < day:
        click.echo(f"working day {len(gone)} of the month: the packs are made from day {day} on")
        return None
    return periods.label(periods.add_months(periods.parse_month(now), -1))
