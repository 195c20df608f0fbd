"""The `clientops` command. Every mistake is one line on standard error and exit code 2."""

import os
import sys

import click

from clientops.cli import analyses, base, data, packs, serving
from clientops.cli.base import cli
from clientops.errors import ClientOpsError

__all__ = ["ClientOpsError", "analyses", "base", "cli", "data", "main", "packs", "serving"]


def main() -> None:
    """Run the command; turn every error into one line."""
    # Of the few numbers of a model, scipy's threads would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
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
    if isinstance(error, ClientOpsError):
        text = base.said(error)
    elif isinstance(error, click.ClickException):
        text = error.format_message()
    elif isinstance(error, OSError):
        text = f"{error.filename or 'output'}: {error.strerror or error}"
    return " ".join(text.split())
