"""What a page looks at, in words."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from clientops import periods, words
from clientops.page import options
from clientops.schema import EVERYONE

if TYPE_CHECKING:
    from clientops.page import Page


def in_words(
    page: "Page",
    table: Callable[..., object] | None = None,
    frame: pd.DataFrame | None = None,
) -> str:
    """Period and scope: Nov 2025 – Oct 2026, EUR, Ivanov's portfolio (or, of a *table* that does
    not ask for owners, what was sold by Ivanov). Activities are those of the month alone, unless
    their *frame* says of how many."""
    names = set(inspect.signature(table).parameters) if table else {"owners"}
    months = page.choices.window_months or page.book.settings.portfolio.window_months
    if "activities" in names:
        covered = frame is not None and "window_months" in frame and len(frame) > 0
        months = int(frame["window_months"].max()) if covered else 1
    first = max(periods.add_months(page.month, 1 - months), page.book.first_month)
    period = f"{words.month(first)} – {words.month(page.month)}"
    parts = [
        period if first < page.month else words.month(page.month),
        _running(page),
        page.book.company.currency,
        _whose(page, names),
        page.choices.team,
        page.choices.client_group,
    ]
    return ", ".join(part for part in parts if part)


def _whose(page: "Page", names: set[str]) -> str:
    """The manager who is chosen; where none is, the company or the viewer's teams.

    *names* are the frames of the table: owners tell whose, else who did it or who sold.
    """
    chosen, viewer = page.choices.manager_id, page.book.viewer
    if chosen == EVERYONE and viewer.role == "lead":
        text = words.plural(
            "team {{teams}} beside the company", "teams {{teams}} beside the company",
            len(viewer.teams),
        )  # fmt: skip
        return text.format(teams=", ".join(viewer.teams))
    text = words._("portfolio of {manager}")
    if "owners" not in names:
        done = "activities" in names
        text = words._("done by {manager}") if done else words._("sold by {manager}")
    managers = {value: name for name, value in options.managers(page.book)}
    return text.format(manager=managers[chosen])


def _running(page: "Page") -> str:
    """Of a month that is not over: how far it has come."""
    company, until = page.book.company, page.book.data_until
    week = (company.calendar, company.work_week)
    if periods.is_complete(page.month, until, *week):
        return ""
    gone = len(periods.working_days(page.month, until, *week))
    whole = len(periods.working_days(page.month, periods.month_end(page.month), *week))
    text = words._("the last month only to {day}, {gone} of {whole} working days")
    return text.format(day=words.date(until), gone=gone, whole=whole)
