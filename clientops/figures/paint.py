"""Colours, text and areas of every figure, and figures as SVG and PNG.

Lengths are CSS pixels, counted from the top left. All texts are plain: `$`, `<` and characters that
no font holds are drawn, never interpreted.
"""

import functools
import hashlib
import html
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.textpath import TextToPath
from scipy.optimize import isotonic_regression

from clientops import words
from clientops.words import N_, _

FULL, WIDE, PHONE = 1200, 600, 350  # a whole page, half of one or a tablet, a telephone
LEAST = 0.6  # of their size have headings and the numbers of cells, where there is little room
NARROW = 480  # below this names stand above their bars

INK, MUTED, RULE, LINK = "#1f2933", "#56616c", "#d5dae0", "#0b5394"
ACTUAL, PREVIOUS, PLAN = "#3b4856", "#c3cad2", "#1f2933"  # solid, light grey, outlined
GOOD, BAD = "#0b6bb0", "#b8500a"  # blue and orange, which every reader tells apart
ABC = {"A": "#0e4f4c", "B": "#2f817b", "C": "#93c6c1", "D": "#d6eae8", "-": "#ffffff"}
XYZ = {"X": "#4b2c6f", "Y": "#8867ad", "Z": "#cdbfe0", "-": "#ffffff"}
CLASSES = {"A": N_("large"), "B": N_("medium"), "C": N_("small"), "D": N_("returns"),
           "X": N_("regular"), "Y": N_("varying"), "Z": N_("occasional")}  # fmt: skip
AMOUNT = colors.LinearSegmentedColormap.from_list("amount", ["#f1f4f6", "#8fa0b2", "#2c3e50"])
BAND = "#e6ebef"  # where a value should lie
HATCHED = {"facecolor": "white", "hatch": "////"}  # forecast and partial

GOOD_WORDS = {"improving", "better", "good", "ahead"}
BAD_WORDS = {"worsening", "worse", "below", "above", "poor", "behind"}
TONES = {"good": GOOD, "bad": BAD}
SIGNS = {"improving": "▲", "better": "▲", "above": "▲", "worsening": "▼", "worse": "▼",
         "below": "▼", "steady": "=", "same": "=", "within": "="}  # fmt: skip

_PIXELS = 96  # of an inch
_POINT = 0.75  # pixels of 1/96 inch to points of 1/72
_FONTS = Path(__file__).parent.parent / "fonts"
_FALLBACK = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
_FACES = {
    False: (_FONTS / "SourceSansPro-Regular.ttf", _FALLBACK / "DejaVuSans.ttf"),
    True: (_FONTS / "SourceSansPro-Semibold.ttf", _FALLBACK / "DejaVuSans-Bold.ttf"),
}
_UNKNOWN = "\ufffd"
_SHAPES = TextToPath()


# ---------------------------------------------------------------- numbers and words


def text_of(value: float, unit: str) -> str:
    """A number with its unit in at most three significant digits; a dash where it is unknown."""
    if pd.isna(value):
        return words.EMPTY
    value = float(value)
    if unit == "share":
        return words.percent(value, 1 if 0 < abs(value) < 0.01 else 0)
    if unit == "score":
        return words.score(value)
    if unit == "money":
        return words.short_money(value)
    if unit in ("count", "whole", "days", "months") or value.is_integer():
        # Rounded once: 20.548 days are 21, as sentences say.
        return words.count(value if abs(value) < 1000 else float(f"{value:.3g}"))
    return words.decimal(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)


def signed(value: float, unit: str) -> str:
    """A change: with its sign, and of a share or score in points."""
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    if unit in ("share", "score"):
        points = words.decimal(abs(value) * 100, 1)
        return words._("{change} points").format(change=f"{sign}{points}")
    return f"{sign}{text_of(abs(float(value)), unit)}"


def signed_percent(rate: float) -> str:
    """A change in percent, with its sign."""
    sign = "+" if rate > 0 else "−" if rate < 0 else "±"
    return f"{sign}{words.percent(abs(rate), 1 if abs(rate) < 0.1 else 0)}"


def verdict_text(word: object) -> str:
    """The sign and the word of a verdict; empty where there is none."""
    if not isinstance(word, str):
        return ""
    return f"{SIGNS.get(word, '')} {words.value(word)}".strip()


def noted(note: str, word: object) -> str:
    """A number with its verdict behind it, where that is good or bad."""
    return f"{note} {verdict_text(word)}" if word in GOOD_WORDS | BAD_WORDS else note


def judged(word: object) -> str:
    """What a verdict says: `good`, `bad` or neither (empty)."""
    return "good" if word in GOOD_WORDS else "bad" if word in BAD_WORDS else ""


def tone(word: object) -> str:
    """The colour of a mark by its verdict: blue good, orange bad, else that of actual values."""
    return TONES.get(judged(word), ACTUAL)


def ink(word: object) -> str:
    """The colour of a text by its verdict."""
    return tone(word) if tone(word) != ACTUAL else INK


def what_signs_mean() -> str:
    """What tells readers that the signs judge: a number that falls may be better."""
    return _("▲ better, ▼ worse than a year before, beyond the tolerance of the figure.")


def readable(background: str) -> str:
    """Dark or white, whichever is easier to read on a colour."""
    channels = np.asarray(colors.to_rgb(background))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return "#0c1116" if linear @ (0.2126, 0.7152, 0.0722) > 0.185 else "#ffffff"


def mixed(color: str, part: float) -> str:
    """So much of a colour, the rest white."""
    return colors.to_hex([1 - part * (1 - each) for each in colors.to_rgb(color)])


def amount(part: float) -> str:
    """The colour of an amount by its part of the largest: the darker the more."""
    return colors.to_hex(AMOUNT(min(max(part, 0.0), 1.0)))


# ---------------------------------------------------------------- text


@functools.cache
def _characters(path: Path) -> frozenset[int]:
    return frozenset(get_font(str(path)).get_charmap())


def _one_line(text: str) -> str:
    """The text without line ends and without what cannot be printed."""
    text = " ".join(str(text).split())
    return "".join(each for each in text if each.isprintable() or each == " ")


def _drawn(text: str, bold: bool) -> tuple[str, Path]:
    """The text on one line, and the face that can draw all of it; what none can is replaced."""
    text, (own, other) = _one_line(text), _FACES[bold]
    if {ord(each) for each in text} <= _characters(own):
        return text, own
    known = _characters(other)
    return "".join(each if ord(each) in known else _UNKNOWN for each in text), other


@functools.cache
def _font(face: Path, size: float) -> FontProperties:
    return FontProperties(fname=str(face), size=size)


@functools.lru_cache(maxsize=4096)
def length(text: str, size: float = 13, bold: bool = False) -> float:
    """How many pixels a text takes."""
    text, face = _drawn(text, bold)
    face = _font(face, size)
    return 1.03 * float(_SHAPES.get_text_width_height_descent(text, face, False)[0])  # hinted


def fit(text: str, room: float, size: float = 13, bold: bool = False) -> str:
    """The text, or as much of its beginning as there is room for, and an ellipsis."""
    if length(text, size, bold) <= room:
        return text
    short = text
    while short and length(f"{short}…", size, bold) > room:
        short = short[:-1]
    return f"{short.rstrip()}…"


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float = 13,
    color: str = INK,
    bold: bool = False,
    across: str = "left",
    dx: float = 0,
    dy: float = 0,
    room: float | None = None,
    least: float = 1,
) -> Text:
    """Write a text at a point of the axes, moved by pixels, cut to the room there is; before that
    in smaller letters, down to *least* of the size."""
    if room is not None:
        end = least * size
        while size > end and length(text, size, bold) > room:
            size -= 0.25
        text = fit(text, room, size, bold)
    text, face = _drawn(text, bold)
    return axes.annotate(
        text,
        (x, y),
        xytext=(dx * _POINT, dy * _POINT),
        textcoords="offset points",
        ha=across,
        va="center_baseline",
        color=color,
        fontproperties=_font(face, size * _POINT),
        parse_math=False,
        annotation_clip=False,
    )


def small(axes: Axes, x: float, y: float, text: str, **style: Any) -> Text:
    """Write what explains: small and grey, unless *style* says otherwise; see `write`."""
    return write(axes, x, y, text, **{"size": 12, "color": MUTED} | style)


# ---------------------------------------------------------------- areas


def blank(width: float, height: float) -> Figure:
    """An empty white figure of so many pixels."""
    figure = Figure(figsize=(width / _PIXELS, height / _PIXELS), dpi=_PIXELS, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def area(
    figure: Figure,
    box: tuple[float, float, float, float],
    across: tuple[float, float],
    along: tuple[float, float],
) -> Axes:
    """Bare axes with the given scales in a box (left, top, width, height)."""
    wide, high = figure.get_size_inches() * _PIXELS
    left, top, width, height = box
    place = (left / wide, 1 - (top + height) / high, max(width, 1) / wide, height / high)
    axes = figure.add_axes(place)
    axes.set(xlim=across if across[0] != across[1] else (across[0] - 0.5, across[1] + 0.5))
    axes.set(ylim=along)
    axes.set_axis_off()
    return axes


def page(figure: Figure) -> Axes:
    """Axes over the whole figure in pixels from the top left."""
    wide, high = figure.get_size_inches() * _PIXELS
    return area(figure, (0, 0, wide, high), (0, wide), (high, 0))


def rule(
    axes: Axes,
    xs: tuple[float, float],
    ys: tuple[float, float],
    color: str = RULE,
    thick: float = 0.8,
) -> None:
    """A thin line between two points."""
    style = {"color": color, "linewidth": thick, "solid_capstyle": "butt", "clip_on": False}
    axes.add_artist(Line2D(xs, ys, gid="rule", **style))


def mark(axes: Axes, x: float, ys: tuple[float, float], color: str = INK) -> None:
    """An upright line where a value should be, to be seen on dark bars too."""
    for shade, thick in (("white", 3.6), (color, 1.6)):
        rule(axes, (x, x), ys, shade, thick)


def cell(
    paper: Axes,
    box: tuple[float, float, float, float],
    shade: str,
    text: str = "",
    *,
    size: float = 12,
    bold: bool = False,
    gid: str | None = None,
) -> None:
    """A coloured cell (left, top, width, height) with a text that can be read on it."""
    left, top, wide, high = box
    style = {"facecolor": shade, "edgecolor": RULE, "linewidth": 0.5, "gid": gid}
    paper.add_artist(Rectangle((left + 1, top + 1), wide - 2, high - 2, **style))
    middle = (left + wide / 2, top + high / 2)
    style = {"size": size, "bold": bold, "color": readable(shade), "across": "center"}
    write(paper, *middle, text, room=wide - 2, least=LEAST, **style)


def key(paper: Axes, left: float, y: float, entries: Sequence[tuple[str, dict]]) -> float:
    """What colours mean, side by side: each text behind a box, or a ring; where the next may be.

    An entry is a text and the style of its box: of a rectangle, with its *wide*; no style: a ring.
    """
    for text, style in entries:
        wide = style.get("wide", 14)
        if style:
            box = {"linewidth": 0} | {name: each for name, each in style.items() if name != "wide"}
            paper.add_artist(Rectangle((left, y - 6), wide, 11, **box))
        else:
            ring(paper, left + wide / 2, y)
        small(paper, left + wide + 6, y, text)
        left += wide + (22 + length(text, 12) if text else 1)
    return left


def ring(paper: Axes, x: float, y: float, size: float = 5, gid: str | None = None) -> None:
    """Nothing, where something could have been."""
    paper.plot([x], [y], "o", ms=size, mfc="none", mec=BAD, mew=min(1.2, size / 3), gid=gid)


def headed(paper: Axes, x: float, y: float, text: str, room: float, **style) -> None:
    """A small heading that ends at *y*, on two lines where one is too short."""
    first, second = halves(text) if length(text, style.get("size", 12)) > room else (text, "")
    for at, line in enumerate([second, first] if second else [first]):
        small(paper, x, y - 14 * at, line, room=room, least=LEAST, **style)


def halves(text: str) -> tuple[str, str]:
    """A text on two lines of about the same length."""
    places = [at for at, each in enumerate(text) if each == " "]
    place = min(places, key=lambda at: abs(at - len(text) / 2), default=len(text))
    return text[:place], text[place + 1 :]


def rows_of(number: int, most: int) -> tuple[int, int]:
    """Columns (so many at most) and rows of equal panels, of which the last row is no stump."""
    deep = math.ceil(number / most)
    return math.ceil(number / deep), deep


def nothing(width: float) -> Figure:
    """The figure of a frame without anything to draw."""
    figure = blank(width, 40)
    write(page(figure), 0, 20, words._("There is nothing to show yet."), color=MUTED)
    return figure


def spread(places: Sequence[float], step: float) -> np.ndarray:
    """Places moved as little as needed to lie *step* apart, in the same order."""
    order = np.argsort(places, kind="stable")
    steps = step * np.arange(len(order))
    result = np.empty(len(order))
    result[order] = isotonic_regression(np.asarray(places, dtype=float)[order] - steps).x + steps
    return result


# ---------------------------------------------------------------- files


def svg(figure: Figure, alt: str = "") -> str:
    """The figure as an `<svg>` element for a page: the same bytes for the same figure.

    Texts are paths, so that it looks alike everywhere. *alt* says what it shows to those who do not
    see it. Ids are made of the content, so that many figures can stand on one page.
    """
    file = io.BytesIO()
    figure.savefig(
        file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
    )
    text = file.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>", "", text, flags=re.S)
    text = re.sub(r'\bid="(cell|own|client):([^"]+)"', r'data-\1="\2" id="\1:\2"', text)
    ids = {name: str(at) for at, name in enumerate(dict.fromkeys(_ID.findall(text)))}
    text = _renamed(text, ids)
    mark = hashlib.sha256(text.encode()).hexdigest()[:8]
    text = _renamed(text, {at: f"f{mark}-{at}" for at in ids.values()})
    label = f' aria-label="{html.escape(_one_line(alt))}"' if alt else ""
    style = 'style="max-width:100%;height:auto;stroke-linejoin:round;stroke-linecap:butt"'
    role = "group" if "<a " in text else "img"  # what is an image has no links
    return text.replace("<svg ", f'<svg role="{role}"{label} {style} ', 1)


_ID = re.compile(r'\bid="([^"]+)"')


def _renamed(text: str, names: dict[str, str]) -> str:
    """The SVG with other ids, wherever they are defined or pointed at."""
    text = _ID.sub(lambda found: f'id="{names[found[1]]}"', text)
    return re.sub(
        r'(href="#|url\(#)([^")]+)', lambda found: found[1] + names.get(found[2], found[2]), text
    )


def png(figure: Figure, scale: float = 2) -> bytes:
    """The figure as a PNG, *scale* dots to a pixel."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_PIXELS * scale, metadata={"Software": None})
    return file.getvalue()
