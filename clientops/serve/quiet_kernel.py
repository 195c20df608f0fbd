"""What runs inside a page's kernel: errors become a sentence on the page, the rest goes to the log.

Voila hides the traceback of a failing cell, but not that of a callback, which this shell does too.
"""

import html
import logging
import os
import secrets
import sys
import traceback
from typing import Any, TextIO

import ipywidgets
from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.display import publish_display_data
from traitlets import Type

from clientops import settings, store, words
from clientops.errors import ClientOpsError


class QuietShell(ZMQInteractiveShell):
    """A shell whose errors are for the reader of a page."""

    def report_error(self, error: BaseException) -> str:
        """Log the traceback under a number; the sentence for the reader, with that number."""
        number = secrets.token_hex(3)
        where = os.environ.get("SCRIPT_NAME", "")
        lines = "".join(traceback.format_exception(error))
        IPKernelApp.instance().log.error("error %s on page %s\n%s", number, where, lines)
        return sentence(error, number)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        text = self.report_error(evalue)
        markup = f'<p class="problem" role="alert">{html.escape(text)}</p>'
        publish_display_data({"text/html": markup, "text/plain": text})
        self._last_traceback = [text]


def stream(session: Any, thread: Any, name: str, **options: Any) -> TextIO:
    """What a notebook prints goes to the page; warnings and what is logged go to the server's log,
    for Jupyter logs the traceback of a callback."""
    if name == "stderr":
        return sys.__stderr__
    return OutStream(session, thread, name, **options)


class QuietKernel(IPythonKernel):
    """The kernel of a page."""

    shell_class = Type(QuietShell)

    def __init__(self, **options: Any) -> None:
        """Widgets are registered by hand: a forked kernel has imported them before it was one."""
        super().__init__(**options)
        # These only repeat what a browser has sent: errors of widgets are the shell's.
        for name in ("Comm", "ipykernel.comm"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        ipywidgets.register_comm_target()


def sentence(error: BaseException, number: str) -> str:
    """What a reader is told: our own errors are written for people, others get a number."""
    if isinstance(error, ClientOpsError):
        return str(error)
    try:
        company = settings.read_settings(store.data_folder()).company
    except (ClientOpsError, OSError):
        company = settings.Company()
    with words.using(company.language, company.currency):
        text = words._("Something went wrong here. The log knows more: error {number}.")
    return text.format(number=number)
