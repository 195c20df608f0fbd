"""Commands about the data: build, check, table."""

import dataclasses
import inspect
import shlex
from collections.abc import Callable
from pathlib import Path

import click
import pandas as pd

from clientops import build as building
from clientops import display, ingest, metrics, periods, store, words
from clientops.book import EVERYONE, Book, open_book
from clientops.cli.base import cli, data_option, of_store, progress, today
from clientops.errors import ClientOpsError, joined, nearest
from clientops.presets import proposal
from clientops.settings import override, read_settings
from clientops.words import N_, _

CALENDAR = ".ics"  # of the tables that are each manager's work of a day


@cli.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Look at the exports in DIR and propose their clientops.toml: nothing leaves the folder."""
    for line in proposal.write(folder):
        click.echo(line)


@cli.command()
@of_store
@click.option("--force", is_flag=True, help="Build anew even where nothing changed.")
def build(data: str, store_folder: str, force: bool) -> None:
    """Ingest the exports into the store and print the reconciliation."""
    with progress() as step:
        built = building.build(data, store_folder, force=force, today=today(), progress=step)
    click.echo(_reconciliation(built.reconciliation, store.data_folder(data)))
    book = open_book(data, store_folder=store_folder)
    with words.using(book.company.language, book.company.currency):
        if built.reconciliation["rows_rejected"].any():
            text = _("rejected rows, with reasons: {folder}")
            click.echo("\n" + text.format(folder=built.snapshot.parent / "rejects"))
        if len(book.data_quality):
            options = [("--data", data), ("--store", store_folder)]
            command = ["clientops", "table", "data_quality"]
            command += [word for option in options if option[1] for word in option]
            text = words.plural("{number} thing worth knowing: {command}",
                                "{number} things worth knowing: {command}",
                                len(book.data_quality))  # fmt: skip
            click.echo("\n" + text.format(command=shlex.join(command)))
        text = _("built {store}") if built.fresh else _("up to date: {store}")
        click.echo(text.format(store=built.snapshot))


@cli.command()
@data_option
def check(data: str) -> None:
    """Read and check the exports; nothing is written."""
    with progress() as step:
        results, quality, rejects = building.check(data, step, today())
    frame = pd.DataFrame([result._asdict() for result in results])
    click.echo(_reconciliation(frame, store.data_folder(data)))
    config = read_settings(store.data_folder(data))
    with words.using(config.company.language, config.company.currency):
        _tell(quality, rejects)
    stops = quality[quality["check"] == ingest.STOPS]
    if len(stops):
        rows = N_("({share:.2%}) of the rows rejected in {table}")
        money = N_("({share:.2%}) of the money rejected in {table}")
        what = [ClientOpsError(money if "money" in row.example else rows, table=row.table,
                               share=config.settings.ingest.max_reject_share)
                for row in stops.itertuples()]  # fmt: skip
        raise ClientOpsError("a build would stop: more than max_reject_share {what}",
                             what=joined(what))  # fmt: skip
    differing = quality.loc[quality["check"].str.endswith(ingest.DIFFERS), "table"]
    if len(differing):
        raise ClientOpsError("a build would stop: sums of {tables} are not those of control",
                             tables=", ".join(differing.unique()))  # fmt: skip


def _tell(quality: pd.DataFrame, rejects: pd.DataFrame) -> None:
    """What was noticed and what was rejected, a line each."""
    if len(quality):
        click.echo("\n" + _("Noticed:"))
    text = _("{table}: {check}: {rows} ({share}{money}), e.g. {example}")
    for row in quality.itertuples():
        money = "" if pd.isna(row.money) else f", {words.money(row.money)}"
        example = words.said(row.example) if row.check == ingest.STOPS else row.example
        rows = words.plural("{number} row", "{number} rows", row.rows)
        click.echo("  " + text.format(table=row.table, check=words.said(row.check), rows=rows,
                                      share=words.percent(row.share, 1), money=money,
                                      example=example))  # fmt: skip
    if len(rejects):
        click.echo("\n" + _("Rejected:"))
    text = _("{table}: {file} line {line}{column}: {value}: {reason}")
    for row in rejects.itertuples():
        column = f", {row.column}" if row.column else ""
        click.echo("  " + text.format(table=row.table, file=row.file, line=row.line, column=column,
                                      value=repr(row.value),
                                      reason=words.said(row.reason)))  # fmt: skip


@cli.command()
@click.argument("name", required=False)
@of_store
@click.option("--list", "list_all", is_flag=True, help="Every table: columns, period, whose rows.")
@click.option("--month", default="", help="YYYY-MM; default: the last complete month.")
@click.option("--manager", default=EVERYONE, help="Only this manager's rows.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="A setting, changed.")
@click.option("--out", default="", help="File to write: .csv, .xlsx, .parquet; .ics.")
def table(
    name: str | None,
    data: str,
    store_folder: str,
    list_all: bool,
    month: str,
    manager: str,
    changes: tuple[str, ...],
    out: str,
) -> None:
    """Print the table NAME as CSV, or write it to a file."""
    known = metrics.tables()
    if list_all:
        for function in known.values():
            about = function.about
            click.echo(f"{function.__name__}: {', '.join(about.units)}"
                       f"  (period: {about.period}; whose: {about.whose})")  # fmt: skip
        return
    if name is None:
        raise ClientOpsError("which table? clientops table --list shows them")
    if name not in known:
        raise ClientOpsError("unknown table {name!r}; {hint}", name=name, hint=nearest(name, known))
    if out:
        display.check_path(Path(out), [CALENDAR] if known[name].about.agenda else [])
    changed = _changes(changes, known[name], store.data_folder(data))
    with progress() as step:
        building.build(data, store_folder, today=today(), progress=step)
    book = open_book(data, store_folder=store_folder)
    asked, manager = book.check_month(month), book.check_manager(manager)
    if manager != EVERYONE:
        book = book.of_managers([manager])
    # As of a day: the data's end, where no month is asked for.
    when = month if "as_of" in inspect.signature(known[name]).parameters else asked
    frame = book.compute(known[name], when, **changed)
    if manager != EVERYONE and "manager_id" in frame:
        frame = frame[frame["manager_id"] == manager].reset_index(drop=True)
    if {"month", "until"} & inspect.signature(known[name]).parameters.keys():
        _tell_running(book, asked)
    if out:
        company = book.company
        with (
            words.using(company.language, company.currency),
            words.telling(known[name].about),
        ):
            display.write(frame, Path(out), {CALENDAR: _calendar_of(book, known[name], when)})
    else:
        click.echo(display.csv_text(frame).encode(), nl=False)


def _calendar_of(
    book: Book, table: metrics.MetricTable, month: object
) -> Callable[[pd.DataFrame, Path], None]:
    """What writes the rows of a table as a calendar."""

    def write(frame: pd.DataFrame, path: Path) -> None:
        from clientops.report import agenda  # with what packs need, which takes long to import

        path.write_bytes(agenda.calendar(book, table, frame, month))

    return write


def _changes(changes: tuple[str, ...], table: metrics.MetricTable, data: Path) -> dict[str, str]:
    """The settings of `--set`, known to the table and possible."""
    result = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise ClientOpsError("--set {change!r}: write KEY=VALUE, such as window_months=6",
                                 change=change)  # fmt: skip
        result[key.strip().rpartition(".")[2]] = value.strip()
    asked = [p for p in inspect.signature(table).parameters.values() if p.kind is p.KEYWORD_ONLY]
    kinds = [type(parameter.default) for parameter in asked]
    known = {p.name for p in asked if not dataclasses.is_dataclass(p.default)} - {"month", "as_of"}
    topics = read_settings(data).settings
    for group in (getattr(topics, each.name) for each in dataclasses.fields(topics)):
        if type(group) in kinds:
            names = {each.name for each in dataclasses.fields(group)}
            override(group, {key: result[key] for key in names & result.keys()})
            known |= names
    if result and not known:
        raise ClientOpsError("{table} has no settings; given: {given}", table=table.__name__,
                             given=", ".join(result))  # fmt: skip
    for key in result.keys() - known:
        raise ClientOpsError("unknown setting {key!r}; {hint}", key=key,
                             hint=nearest(key, known))  # fmt: skip
    return result


def _tell_running(book: Book, month: pd.Timestamp) -> None:
    """A note for a month that is not over: how far its data reach."""
    company, last = book.company, book.data_until
    if periods.is_complete(month, last, company.calendar, company.work_week):
        return
    days = periods.working_days(
        month, periods.month_end(month), company.calendar, company.work_week
    )
    done = int((days <= last.to_datetime64()).sum())
    with words.using(company.language, company.currency):
        click.echo(f"{periods.label(month)} is running: data to {words.date(last)}, "
                   f"{done} of {len(days)} working days", err=True)  # fmt: skip


def _reconciliation(frame: pd.DataFrame, data: Path) -> str:
    """Rows and money as aligned columns: read = kept + rejected."""
    company = read_settings(data).company
    with words.using(company.language, company.currency):
        kept, rejected = words.pgettext("of rows", "kept"), words.pgettext("of rows", "rejected")
        heads = [_("table"), _("rows read"), kept, rejected, _("money read"), kept, rejected]
        rows = [heads]
        for row in frame.itertuples():
            counts = [words.count(n) for n in (row.rows_read, row.rows_kept, row.rows_rejected)]
            amounts = (row.money_read, row.money_kept, row.money_rejected)
            money = ["" if pd.isna(amount) else words.money(amount) for amount in amounts]
            rows.append([row.table, *counts, *money])
        unreadable = int(frame["money_unreadable"].sum())
        said = words.plural("(the money of {number} rejected row could not be read)",
                            "(the money of {number} rejected rows could not be read)",
                            unreadable)  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, said] if unreadable else lines)
