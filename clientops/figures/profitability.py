"""What only profitability shows."""

from typing import NamedTuple

import pandas as pd
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures.paint import (
    ACTUAL,
    BAD,
    GOOD,
    INK,
    MUTED,
    NARROW,
    PREVIOUS,
    WIDE,
    area,
    blank,
    fit,
    length,
    names_of,
    nothing,
    page,
    readable,
    rule,
    signed,
    text_of,
    write,
)
from clientops.figures.rows import Rows, waterfall
from clientops.words import _

_STEPS = ["price", "cost", "volume", "mix", "new", "lost"]
_MOST = 20  # keys in one figure


def earners(frame: pd.DataFrame, *, most: int = _MOST, width: int = WIDE) -> Figure:
    """profitability: the margin of every key as a bar, beside it the rate and how it changed.

    Beyond *most* keys: the largest and the smallest margins.
    """
    frame = frame[frame["margin"].notna()].sort_values("margin", ascending=False, kind="stable")
    if frame.empty:
        return nothing(width)
    names, keys = _both_ends(frame, most, most - most // 4)
    shown = [key for key in keys if key]
    notes = {key: _text(key.margin, "money") for key in shown}
    rates = {key: _minus(words.percent(key.margin_rate, 1)) for key in shown}
    changes = {key: _change(key.rate_change) for key in shown}
    heads = [words.label("margin_rate"), _("on the year before")]
    narrow = width < NARROW
    wide = [max(length(text) for text in texts) + 16
            for texts in ([*rates.values(), heads[0][: 0 if narrow else None]],
                          [*changes.values(), heads[1][: 0 if narrow else None]])]  # fmt: skip
    right = max(length(note) for note in notes.values()) + 10 + (0 if narrow else sum(wide))
    room = width - sum(wide) if narrow else width
    across = (min(0.0, shown[-1].margin), max(0.0, shown[0].margin) or 1.0)
    rows = Rows([fit(name, room) for name in names], across, width, right=right, head=24)
    for at, key in enumerate(keys):
        if key is None:
            continue
        rows.bar(at, 0, key.margin, color=BAD if key.margin < 0 else ACTUAL)
        rows.note(at, max(key.margin, 0), notes[key], color=BAD if key.margin < 0 else INK)
        y = rows.tops[at] - 11 if narrow else rows.middle(at)
        write(rows.page, width - wide[1], y, rates[key], across="right")
        shade = BAD if key.rate_change < 0 else GOOD
        write(rows.page, width, y, changes[key], across="right", color=shade)
    style = {"size": 12, "color": MUTED, "across": "right"}
    if narrow:
        write(rows.page, width, 8, ", ".join(heads), **style)
    else:
        write(rows.page, width - wide[1], 8, heads[0], **style)
        write(rows.page, width, 8, heads[1], **style)
    rows.zero()
    return rows.figure


def margin_steps(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """margin_bridge: from the margin of the year before to that of now, of the first row."""
    if frame.empty:
        return nothing(width)
    names = ["margin_before", *_STEPS, "margin_after"]
    steps = pd.DataFrame(
        {
            "name": [words.label(name) for name in names],
            "value": frame[names].iloc[0].astype(float).to_numpy(),
            "total": [name not in _STEPS for name in names],
        }
    )
    return waterfall(steps, width=width)


def step_grid(frame: pd.DataFrame, *, most: int = _MOST, width: int = WIDE) -> Figure:
    """margin_bridge: what each step did to the margin of every key, the largest fall first.

    Blue lifts the margin, orange lowers it, the darker the more. Beyond *most* keys: the largest
    falls and rises.
    """
    frame = frame[frame["change"] != 0].sort_values("change", kind="stable")
    if frame.empty:
        return nothing(width)
    narrow, columns = width < NARROW, ["change", *_STEPS]
    names, keys = _both_ends(frame, most, most // 2)
    left = 0 if narrow else min(max(map(length, names)) + 12, 0.3 * width)
    step, head = (52 if narrow else 30), 40
    wide = (width - left) / len(columns)
    figure = blank(width, head + step * len(names) + 2)
    paper = page(figure)
    for right, column in enumerate(columns):
        label = words.label(column)
        _heading(paper, left + wide * (right + 0.5), label, wide)
    strongest = max(abs(getattr(key, column)) for key in keys if key for column in _STEPS) or 1.0
    for at, (name, key) in enumerate(zip(names, keys, strict=True)):
        y = head + step * at
        name_room = width if narrow else left - 10
        write(paper, 0, y + (11 if narrow else step / 2), name, room=name_room)
        for right, column in enumerate(columns if key else ()):
            cell = _Cell(left + wide * right, y + (22 if narrow else 0), wide, 30)
            _step_cell(paper, cell, getattr(key, column), column, strongest)
    return figure


def losses(frame: pd.DataFrame, *, most: int = 12, width: int = WIDE) -> Figure:
    """loss_makers: what each client loses, and at which rate; the largest losses of them all."""
    if frame.empty:
        return nothing(width)
    left_out = len(frame) - most
    frame = frame.sort_values("margin", kind="stable").head(most)
    amounts = -frame["margin"].astype(float)
    notes = [
        signed(-amount, "money") + ("" if pd.isna(rate) else f" ({_minus(words.percent(rate, 1))})")
        for amount, rate in zip(amounts, frame["margin_rate"], strict=True)
    ]
    right = max(map(length, notes)) + 10
    head = 22 if left_out > 0 else 0
    rows = Rows(names_of(frame, "client_name"), (0, amounts.max()), width, right=right, head=head)
    for at, amount in enumerate(amounts):
        rows.bar(at, 0, amount, color=BAD)
        rows.note(at, amount, notes[at], color=BAD)
    if left_out > 0:
        text = words.plural(
            "{number} smaller loss is in the table", "{number} smaller losses are in the table",
            left_out,
        )  # fmt: skip
        write(rows.page, width, 8, text, size=12, color=MUTED, across="right")
    rows.zero()
    return rows.figure


def whale(frame: pd.DataFrame, *, most_share: float = 0.8, width: int = WIDE) -> Figure:
    """whale_curve: the margin that clients add up to, from the best to the worst."""
    frame = frame[frame["cumulative_share"].notna()]
    if frame.empty:
        return nothing(width)
    share = frame["cumulative_share"].astype(float).to_numpy()
    count = len(frame)
    low, high = min(0.0, share.min()), max(share.max(), 1.0)
    narrow = width < NARROW
    height = 300 if narrow else 320
    figure = blank(width, height)
    along = (low, high + 0.14 * (high - low))
    axes = area(figure, (44, 6, width - 60, height - 44), (0, count), along)
    for at in (level for level in (-1.0, -0.5, 0.0, 0.5, 1.0) if low <= level <= high):
        rule(axes, (0, count), (at, at), MUTED if at == 0 else PREVIOUS)
        text = _text(at, "share")
        write(axes, 0, at, text, size=12, color=MUTED, across="right", dx=-6)
    peak = int(share.argmax()) + 1
    xs, ys = range(count + 1), [0.0, *share]
    axes.fill_between(xs[: peak + 1], ys[: peak + 1], color=ACTUAL, alpha=0.12, linewidth=0)
    axes.plot(xs[: peak + 1], ys[: peak + 1], color=ACTUAL, linewidth=2.4, gid="earned")
    if peak < count:
        axes.fill_between(xs[peak:], ys[peak:], ys[peak], color=BAD, alpha=0.18, linewidth=0)
        axes.plot(xs[peak:], ys[peak:], color=BAD, linewidth=2.4, gid="lost")
    reached = int((share >= most_share).argmax()) + 1
    axes.plot([reached], [share[reached - 1]], "o", color=ACTUAL, markersize=6)
    text = words.plural("{number} client: {{share}}", "{number} clients: {{share}}", reached)
    text = text.format(share=text_of(share[reached - 1], "share"))
    left = reached > 0.5 * count
    aside = {"across": "right", "dx": -12, "dy": 10} if left else {"dx": 10, "dy": -14}
    write(axes, reached, share[reached - 1], text, bold=True, **aside)
    end = _text(frame["cumulative_margin"].iloc[-1], "money")
    shade = BAD if peak < count else INK
    axes.plot([count], [share[-1]], "o", color=shade, markersize=6, clip_on=False)
    beside = peak < count and share[-1] < 0.9 * high  # below the curve's top there is room
    move = {"dx": -10, "dy": 0} if beside else {"dx": -4, "dy": -16}
    write(axes, count, share[-1], end, bold=True, color=shade, across="right", **move)
    bottom = {"y": along[0], "size": 12, "color": MUTED, "dy": -16}
    write(axes, 0, text=_("best client"), **bottom)
    last = words.plural("{number} client", "{number} clients", count)
    write(axes, count, text=last, across="right", **bottom)
    return figure


class _Cell(NamedTuple):
    """A place in a grid, in pixels."""

    left: float
    top: float
    wide: float
    tall: float


def _both_ends(frame: pd.DataFrame, most: int, top: int) -> tuple[list[str], list]:
    """Names and rows: beyond *most* rows the first *top* and the last ones, None between them."""
    keys: list = list(frame.itertuples(index=False))
    names, left_out = names_of(frame, "name"), len(frame) - most
    if left_out > 0:
        text = words.plural("… {number} more", "… {number} more", left_out)
        names[top : top + left_out], keys[top : top + left_out] = [text], [None]
    return names, keys


def _change(points: float) -> str:
    return "" if pd.isna(points) else signed(points, "share")


def _heading(paper: Axes, middle: float, text: str, room: float) -> None:
    """A heading over a narrow column, on two lines where it takes them."""
    first, _space, rest = text.partition(" ")
    lines = [text] if length(text, 11) <= room - 4 or not rest else [first, rest]
    for at, line in enumerate(lines):
        y = 28 - 14 * (len(lines) - 1 - at)
        write(paper, middle, y, line, size=11, color=MUTED, across="center", room=room - 2)


def _step_cell(paper: Axes, cell: _Cell, amount: float, column: str, strongest: float) -> None:
    """An amount on a ground of its sign's colour; the total stands apart without one."""
    middle = (cell.left + cell.wide / 2, cell.top + cell.tall / 2)
    text = _bare(amount)
    size = 12 if length(text, 12) <= cell.wide - 4 else 10
    if column == "change":
        shade = BAD if amount < 0 else GOOD
        write(paper, *middle, text, size=size, bold=True, color=shade, across="center")
        return
    if not amount:
        write(paper, *middle, "·", color=MUTED, across="center")
        return
    pure = colors.LinearSegmentedColormap.from_list(
        "step", ["#ffffff", BAD if amount < 0 else GOOD]
    )
    ground = colors.to_hex(pure(min(0.08 + 0.92 * abs(amount) / strongest, 1.0)))
    box = (cell.left + 1, cell.top + 1)
    paper.add_patch(
        Rectangle(box, cell.wide - 2, cell.tall - 2, facecolor=ground, linewidth=0, gid=column)
    )
    write(paper, *middle, text, size=size, color=readable(ground), across="center")


def _text(value: float, unit: str) -> str:
    return _minus(text_of(value, unit))


def _minus(text: str) -> str:
    """A number with the minus that steps and changes have too."""
    return text.replace("-", "−")


def _bare(amount: float) -> str:
    """A signed amount without its currency, which the subtitle tells."""
    return signed(amount, "money").replace(words.currency(), "").strip()
