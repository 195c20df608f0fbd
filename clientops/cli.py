"""The `clientops` command. Every mistake is one line on standard error and exit code 2."""

import contextlib
import inspect
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pandas as pd
from tqdm import tqdm

from clientops import build as building
from clientops import metrics, new_topic, periods, store, tables, words
from clientops.book import EVERYONE, Book, Viewer, open_book
from clientops.errors import ClientOpsError, nearest
from clientops.settings import override, read_settings

_data = click.option(
    "--data", default="", help="Data folder; default $CLIENTOPS_DATA, else data/sample."
)
_store = click.option("--store", "store_folder", default="", help="Store; default DATA/.clientops.")

PATIENCE = 1.0  # seconds after which work is long: shorter work prints no lines of progress


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="clientops")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Is each manager's client portfolio getting better? From the shipments ledger."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command()
@_data
@_store
@click.option("--force", is_flag=True, help="Build anew even where nothing changed.")
def build(data: str, store_folder: str, force: bool) -> None:
    """Ingest the exports into the store and print the reconciliation."""
    with _progress() as progress:
        built = building.build(data, store_folder, force=force, progress=progress)
    click.echo(_reconciliation(built.reconciliation, store.data_folder(data)))
    if built.reconciliation["rows_rejected"].any():
        click.echo(f"\nrejected rows, with reasons: {built.snapshot.parent / 'rejects'}")
    quality = open_book(data, store_folder=store_folder).data_quality
    if len(quality):
        options = [("--data", data), ("--store", store_folder)]
        command = ["clientops", "table", "data_quality"]
        command += [word for option in options if option[1] for word in option]
        click.echo(f"\n{len(quality)} things worth knowing: {shlex.join(command)}")
    click.echo(f"{'built' if built.fresh else 'up to date:'} {built.snapshot}")


@cli.command()
@_data
def check(data: str) -> None:
    """Read and check the exports; nothing is written."""
    with _progress() as progress:
        results, quality, rejects = building.check(data, progress)
    frame = pd.DataFrame([result._asdict() for result in results])
    click.echo(_reconciliation(frame, store.data_folder(data)))
    if len(quality):
        click.echo("\nNoticed:")
        for row in quality.itertuples():
            click.echo(f"  {row.table}: {row.check}: {row.rows} rows ({row.share:.1%}), "
                       f"e.g. {row.example}")  # fmt: skip
    if len(rejects):
        click.echo("\nRejected:")
        for row in rejects.itertuples():
            column = f", {row.column}" if row.column else ""
            click.echo(f"  {row.table}: {row.file} line {row.line}{column}: "
                       f"{row.value!r}: {row.reason}")  # fmt: skip
    limit = read_settings(store.data_folder(data)).settings.ingest.max_reject_share
    bad = [r.table for r in results if r.rows_rejected > limit * r.rows_read]
    if bad:
        raise ClientOpsError(f"a build would stop: more than max_reject_share ({limit:.2%}) of the "
                             f"rows rejected in {', '.join(bad)}")  # fmt: skip


@cli.command()
@click.argument("name", required=False)
@_data
@_store
@click.option("--list", "list_all", is_flag=True, help="Every table with its columns.")
@click.option("--month", default="", help="YYYY-MM; default: the last complete month.")
@click.option("--manager", default=EVERYONE, help="Only this manager's rows.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="A setting, changed.")
@click.option("--out", default="", help="File to write: .csv, .xlsx or .parquet.")
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
            click.echo(f"{function.__name__}: {', '.join(metrics.columns(function))}")
        return
    if name is None:
        raise ClientOpsError("which table? clientops table --list shows them")
    if name not in known:
        raise ClientOpsError(f"unknown table {name!r}; {nearest(name, known)}")
    if out:
        tables.check_path(Path(out))
    changed = _changes(changes, known[name], store.data_folder(data))
    with _progress() as progress:
        building.build(data, store_folder, progress=progress)
    book = open_book(data, store_folder=store_folder)
    asked, manager = book.check_month(month), book.check_manager(manager)
    if manager != EVERYONE and "manager_id" not in metrics.columns(known[name]):
        viewer = Viewer(role="manager", manager_ids=(manager,))  # then the rows are the own book's
        book = open_book(data, viewer, store_folder=store_folder)
    frame = book.compute(known[name], asked, **changed)
    if manager != EVERYONE and "manager_id" in frame:
        frame = frame[frame["manager_id"] == manager].reset_index(drop=True)
    if "month" in inspect.signature(known[name]).parameters:
        _tell_running(book, asked)
    if out:
        tables.write(frame, Path(out))
    else:
        click.echo(tables.csv_text(frame).encode(), nl=False)


@cli.command()
@_data
@click.option("--host", default="127.0.0.1", help="Only this machine, until there is a sign-in.")
@click.option("--port", default=8866, help="Port; 0: any free one.")
@click.option("--notebooks", default="notebooks", help="Folder of the pages.")
def serve(data: str, host: str, port: int, notebooks: str) -> None:
    """Build if the data changed, then serve the notebooks as dashboards."""
    from clientops import serve as serving  # Voila takes seconds to import

    with _progress() as progress:
        building.build(data, progress=progress)
    serving.run(data, host, port, notebooks, ready=_tell_address)


def _tell_address(address: str) -> None:
    click.echo(f"{address}  (Ctrl-C ends)")
    sys.stdout.flush()


@cli.command()
@click.argument("topic")
def new(topic: str) -> None:
    """Write the three files of a new analysis."""
    for path in new_topic.write(topic, Path(__file__).parent.parent):
        click.echo(path)
    click.echo(f"README: add a line for notebooks/{topic}.ipynb")


def _changes(changes: tuple[str, ...], table: metrics.MetricTable, data: Path) -> dict[str, str]:
    """The settings of `--set`, known to the table's topic and possible."""
    topic = table.__module__.rpartition(".")[2]
    result = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise ClientOpsError(f"--set {change!r}: write KEY=VALUE, such as window_months=6")
        result[key.strip().removeprefix(f"{topic}.")] = value.strip()
    if result and "rules" not in inspect.signature(table).parameters:
        raise ClientOpsError(f"{table.__name__} has no settings; given: {', '.join(result)}")
    if result:
        override(getattr(read_settings(data).settings, topic), result)
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
    heads = ["table", "rows read", "kept", "rejected", "money read", "kept", "rejected"]
    rows = [heads]
    with words.using(company.language, company.currency):
        for row in frame.itertuples():
            counts = [words.count(n) for n in (row.rows_read, row.rows_kept, row.rows_rejected)]
            amounts = (row.money_read, row.money_kept, row.money_rejected)
            money = ["" if pd.isna(amount) else words.money(amount) for amount in amounts]
            rows.append([row.table, *counts, *money])
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    unreadable = int(frame["money_unreadable"].sum())
    if unreadable:
        lines.append(f"(the money of {unreadable} rejected rows could not be read)")
    return "\n".join(lines)


@contextlib.contextmanager
def _progress() -> Iterator[building.Progress]:
    """A bar on a terminal; elsewhere plain lines, once the work is long."""
    bar: tqdm | None = None
    started = time.monotonic()

    def show(step: str, number: int, total: int) -> None:
        nonlocal bar
        seconds = time.monotonic() - started
        if not sys.stderr.isatty():
            if seconds >= PATIENCE:
                click.echo(f"{seconds:7.1f} s  {step}", err=True)
            return
        if bar is None:
            width, height = shutil.get_terminal_size()  # usual ones where the terminal is silent
            bar = tqdm(total=total, leave=False, ncols=width, nrows=height,
                       bar_format="{l_bar}{bar}| {elapsed}<{remaining}")  # fmt: skip
        bar.update(number - bar.n)
        bar.set_description(step)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()


def main() -> None:
    """Run the command; turn every error into one line."""
    debug = "--debug" in sys.argv[1:]
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal without € is no reason to stop
    try:
        status = cli.main(args=arguments, prog_name="clientops", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        status = 130
    except (ClientOpsError, click.ClickException, OSError) as error:
        _forget_output()
        status = 0
        if not isinstance(error, BrokenPipeError):  # then the reader has seen enough
            if debug:
                raise
            click.echo(f"clientops: {_line(error)}", err=True)
            status = 2
    except Exception as error:  # a mistake of ours: still one line, and how to learn more
        if debug:
            raise
        click.echo(f"clientops: internal error: {type(error).__name__}: {_line(error)} "
                   "(--debug shows where)", err=True)  # fmt: skip
        status = 1
    sys.exit(status if isinstance(status, int) else 0)


def _forget_output() -> None:
    """Let nothing be written at exit that could not be written before."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _line(error: Exception) -> str:
    text = str(error)
    if isinstance(error, click.ClickException):
        text = error.format_message()
    elif isinstance(error, OSError):
        text = f"{error.filename or 'output'}: {error.strerror or error}"
    return " ".join(text.split())
