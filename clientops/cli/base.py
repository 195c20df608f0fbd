"""What all commands share: the group, the options, and how long work shows itself."""

import contextlib
import datetime
import shutil
import sys
import time
from collections.abc import Iterator

import click
from tqdm import tqdm

from clientops import build as building

data_option = click.option(
    "--data", default="", help="Data folder; default $CLIENTOPS_DATA, else data/sample."
)
store_option = click.option(
    "--store", "store_folder", default="", help="Store; default DATA/.clientops."
)

PATIENCE = 1.0  # seconds after which work is long: shorter work prints no lines of progress


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="clientops")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Is each manager's client portfolio getting better? From the shipments ledger."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def today() -> datetime.date:
    """The day of the build: only the command line reads the clock."""
    return datetime.date.today()


@contextlib.contextmanager
def progress(is_long: bool = False) -> Iterator[building.Progress]:
    """A bar on a terminal; elsewhere plain lines, once the work is long or as it is known to be."""
    bar: tqdm | None = None
    started = time.monotonic()

    def show(step: str, number: int, total: int) -> None:
        nonlocal bar
        seconds = time.monotonic() - started
        if not sys.stderr.isatty():
            if is_long or seconds >= PATIENCE:
                click.echo(f"{seconds:7.1f} s  {number} of {total}: {step}", err=True)
            return
        if bar is None:
            width, height = shutil.get_terminal_size()  # usual ones where the terminal is silent
            bar = tqdm(desc=step, total=total, leave=False, ncols=width, nrows=height,
                       bar_format="{n} of {total}: {desc} {bar} {elapsed}<{remaining}")  # fmt: skip
        bar.n = number
        bar.set_description_str(step)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()
