"""Curves of all clients: how many are left, and what they add up to."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.paint import MUTED, NARROW, WIDE, text_of, write
from clientops.figures.series import levels
from clientops.schema import EVERYONE

_YEAR = 12  # months between the points of a curve that are written


def survival(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    limits: tuple[str, str],
    until: str,
    ended: str,
    apart: str = "",
    width: int = WIDE,
) -> Figure:
    """The share *y* that is left after *x* months, with its band, year by year.

    *until*: how long anybody was watched; *ended*: how many ended at each step, those at the very
    beginning are counted below, and so is what the column *apart* counts. Of a manager, the company
    is the light grey line.
    """
    rows = whose.own(frame)
    if rows.empty or not rows[ended].any():
        return paint.nothing(width)
    height, left, right = (330 if width >= NARROW else 290), 44, 16
    figure = paint.blank(width, height + 44)
    paper, last = paint.page(figure), max(float(rows[until].max()), 1.0)
    axes = paint.area(figure, (left, 14, width - left - right, height - 44), (0, last), (0, 1.06))
    levels(axes, "share")
    company = frame[(frame["manager_id"] == EVERYONE) & (frame[x] <= last)]
    if words.subject() != EVERYONE and len(company):
        _steps(axes, company, x, y, until, paint.PREVIOUS, "company")
        end = float(company[y].iloc[-1])
        style = {"across": "right", "dy": 12 if end >= rows[y].iloc[-1] else -12}
        paint.small(axes, last, end, whose.company_name(), **style)
    band = (_extended(rows[each], last if each == x else None) for each in (x, *limits))
    axes.fill_between(*band, step="post", color=paint.BAND, linewidth=0, gid="band")
    _steps(axes, rows, x, y, until, paint.ACTUAL, "line")
    for months in range(0, int(last) + 1, _YEAR):
        share = float(rows[rows[x] <= months][y].iloc[-1])
        axes.plot([months], [share], "o", color=paint.ACTUAL, markersize=5, clip_on=False, zorder=4)
        write(axes, months, share, text_of(share, "share"), bold=True, dx=6, dy=10)
        style = {"across": "center", "dy": -12}
        paint.small(axes, months, 0, words.count(months), **style)
    paint.small(paper, width - right, height + 2, words.label(x), across="right")
    counted = {words._("{what} at once").format(what=words.label(ended)):
               rows.loc[rows[x] == 0, ended].sum()}  # fmt: skip
    if apart:
        counted[words.label(apart)] = rows[apart].iloc[0]
    text = " · ".join(f"{what}: {words.count(number)}" for what, number in counted.items())
    paint.small(paper, left, height + 26, text, room=width - left)
    return figure


def _steps(
    axes: Axes, rows: pd.DataFrame, x: str, y: str, until: str, color: str, gid: str
) -> None:
    """A line that falls at each end and holds in between, to the last month that is known."""
    last = min(axes.get_xlim()[1], float(rows[until].iloc[0]))
    style = {"color": color, "linewidth": 2, "solid_joinstyle": "miter", "gid": gid}
    axes.step(_extended(rows[x], last), _extended(rows[y]), where="post", **style)


def _extended(values: pd.Series, end: float | None = None) -> np.ndarray:
    """The values with one more: the end, else the last value again."""
    values = values.to_numpy(dtype=float)
    return np.append(values, values[-1:] if end is None else end)


def accumulated(
    frame: pd.DataFrame,
    *,
    share: str,
    amount: str,
    dot: str,
    width: int = WIDE,
) -> Figure:
    """What clients add up to, from the best to the worst: a curve that falls where they cost.

    *share* and *amount* are added up already, in the order of the rows. A dot stands at
    the row that the column *dot* marks.
    """
    frame = frame[frame[share].notna()]
    if frame.empty:
        return paint.nothing(width)
    shares, count = frame[share].astype(float).to_numpy(), len(frame)
    low, high = min(0.0, shares.min()), max(shares.max(), 1.0)
    height = 300 if width < NARROW else 320
    figure = paint.blank(width, height)
    along = (low, high + 0.14 * (high - low))
    axes = paint.area(figure, (44, 6, width - 60, height - 44), (0, count), along)
    levels(axes, "share")
    peak = int(shares.argmax()) + 1
    xs, ys = range(count + 1), [0.0, *shares]
    axes.fill_between(xs[: peak + 1], ys[: peak + 1], color=paint.ACTUAL, alpha=0.12, linewidth=0)
    axes.plot(xs[: peak + 1], ys[: peak + 1], color=paint.ACTUAL, linewidth=2.4, gid="earned")
    if peak < count:
        axes.fill_between(xs[peak:], ys[peak:], ys[peak], color=paint.BAD, alpha=0.18, linewidth=0)
        axes.plot(xs[peak:], ys[peak:], color=paint.BAD, linewidth=2.4, gid="lost")
    reached = int(frame[dot].to_numpy().argmax()) + 1
    axes.plot([reached], [shares[reached - 1]], "o", color=paint.ACTUAL, markersize=6)
    text = words.plural("{number} client: {{share}}", "{number} clients: {{share}}", reached)
    text = text.format(share=text_of(shares[reached - 1], "share"))
    aside = {"dx": 10, "dy": -14}
    if reached > 0.5 * count:
        aside = {"across": "right", "dx": -12, "dy": 10}
    write(axes, reached, shares[reached - 1], text, bold=True, **aside)
    shade = paint.BAD if peak < count else paint.INK
    axes.plot([count], [shares[-1]], "o", color=shade, markersize=6, clip_on=False)
    beside = peak < count and shares[-1] < 0.9 * high  # below the curve's top there is room
    move = {"dx": -10, "dy": 0} if beside else {"dx": -4, "dy": -16}
    end = text_of(frame[amount].iloc[-1], words.unit(amount))
    write(axes, count, shares[-1], end, bold=True, color=shade, across="right", **move)
    bottom = {"y": along[0], "size": 12, "color": MUTED, "dy": -16}
    write(axes, 0, text=words._("best client"), **bottom)
    last = words.plural("{number} client", "{number} clients", count)
    write(axes, count, text=last, across="right", **bottom)
    return figure
