"""What all commands share: the group, the options, and how long work shows itself."""

import contextlib
import contextvars
import datetime
import shutil
import sys
import time
from collections.abc import Callable, Iterator

import click
from tqdm import tqdm

from clientops import build as building
from clientops import store, words
from clientops.errors import ClientOpsError
from clientops.settings import FILE, Company, reading
from clientops.words import _

# The data folder a command was asked about: an error is said in the language of its company.
_asked: contextvars.ContextVar[str] = contextvars.ContextVar("asked", default="")


def _remember(_context: click.Context, _option: click.Parameter, data: str) -> str:
    _asked.set(data)
    return data


data_option = click.option(
    "--data", default="", callback=_remember,
    help="Data folder; default $CLIENTOPS_DATA, else data/sample.",
)  # fmt: skip
_store_option = click.option(
    "--store", "store_folder", default="", help="Store; default DATA/.clientops."
)


def of_store(command: Callable) -> Callable:
    """The options that say which store, and of which data, a command works on."""
    return data_option(_store_option(command))


PATIENCE = 1.0  # seconds after which work is long: shorter work prints no lines of progress


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="clientops")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Is each manager's client portfolio getting better? From the shipments ledger."""
    _asked.set("")
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def said(problem: ClientOpsError) -> str:
    """What is wrong, in the language of the company whose data a command was asked about."""
    with words.using(_language(), Company().currency):
        return words.error(problem)


def _language() -> str:
    """That of the company whose data a command was asked about; English where there is none."""
    language = reading.language(store.data_folder(_asked.get()) / FILE)
    try:
        with words.using(language, Company().currency):
            return language
    except ClientOpsError:  # no such language
        return "en"


def today() -> datetime.date:
    """The day of the build: only the command line reads the clock."""
    return datetime.date.today()


@contextlib.contextmanager
def progress(is_long: bool = False) -> Iterator[building.Progress]:
    """A bar on a terminal; elsewhere plain lines, once the work is long or as it is known to be."""
    bar: tqdm | None = None
    started, language = time.monotonic(), _language()

    def show(step: str, number: int, total: int) -> None:
        nonlocal bar
        seconds = time.monotonic() - started
        with words.using(language, Company().currency):
            told = {"step": words.said(step), "number": number, "total": total}
            line = _("{number} of {total}: {step}").format(**told)
            if not sys.stderr.isatty():
                if is_long or seconds >= PATIENCE:
                    text = _("{seconds} s  {line}")
                    seconds = f"{words.decimal(seconds, 1):>7}"
                    click.echo(text.format(seconds=seconds, line=line), err=True)
                return
        if bar is None:
            width, height = shutil.get_terminal_size()  # usual ones where the terminal is silent
            bar = tqdm(desc=line, total=total, leave=False, ncols=width, nrows=height,
                       bar_format="{desc} {bar} {elapsed}<{remaining}")  # fmt: skip
        bar.n = number
        bar.set_description_str(line)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()
