"""The same figure as a chart that a workbook draws itself."""

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from clientops import words
from clientops.figures import paint, whose

Kind = Literal["bar", "shares", "column", "line", "bridge"]


class Chart(NamedTuple):
    """What a chart shows: the first column names the points, each of the others is a series.

    `shares`: bars of 100 %. `bridge`: columns that hang on an invisible series.
    """

    kind: Kind
    data: pd.DataFrame
    unit: str  # of the numbers
    colors: dict[str, str | None]  # by series; None: not seen


def drawn_as(make: Callable[[Any], Chart | None]) -> Callable[[Any], Any]:
    """Over a form: a workbook shows it as the chart that *make* gives of all that the form is
    told, as attributes of one object (`asked.frame`, `asked.value` …)."""

    def attach(form: Callable[..., Figure]) -> Callable[..., Figure]:
        form.chart = make
        return form

    return attach


def chart(form: Callable[..., Figure], frame: pd.DataFrame, options: dict) -> Chart | None:
    """A card's figure as a chart; None where a workbook has no such form, or of one point."""
    make = getattr(form, "chart", None)
    if make is None:
        return None
    told = inspect.signature(form).bind(frame, **options)
    told.apply_defaults()
    found = make(SimpleNamespace(**told.arguments))
    return found if found is not None and len(found.data) > 1 else None


def bar_chart(rows: pd.DataFrame, name: str, shades: dict[str, str], unit: str = "") -> Chart:
    """A point per row, called by its *name*, and a series for each column, in its shade. *unit*:
    where it is not that of the first of them."""
    labels = {column: words.label(column) for column in shades}
    data = rows[[*shades]].rename(columns=labels)
    data.insert(0, words.label(name), whose.names(rows, name))
    colors = {labels[column]: shade for column, shade in shades.items()}
    return Chart("bar", data, unit or words.unit(next(iter(shades))), colors)


def bridge(steps: pd.DataFrame, heads: tuple[str, ...]) -> Chart | None:
    """Steps (name, start, end, total) as columns; None below zero, where none would hang right.

    *heads*: what stands over the names, the invisible base, the totals, what is more, what is less.
    """
    if steps.empty or steps[["start", "end"]].min(axis=None) < 0:
        return None
    low, size = steps[["start", "end"]].min(axis=1), (steps["end"] - steps["start"]).abs()
    falls = steps["end"] < steps["start"]
    parts = [low, size.where(steps["total"]), size.where(~steps["total"] & ~falls),
             size.where(~steps["total"] & falls)]  # fmt: skip
    data = pd.DataFrame(dict(zip(heads, [steps["name"], *parts], strict=True)))
    shades = [None, paint.ACTUAL, paint.GOOD, paint.BAD]
    return Chart("bridge", data, "money", dict(zip(heads[1:], shades, strict=True)))
