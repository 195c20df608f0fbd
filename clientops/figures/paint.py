"""Colours, text and areas of every figure, and figures as SVG and PNG.

Lengths are CSS pixels, counted from the top left. All texts are plain: `$`, `<` and characters that
no font holds are drawn, never interpreted.
"""

import functools
import hashlib
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.text import Text
from matplotlib.textpath import TextToPath
from scipy.optimize import isotonic_regression

from clientops import words
from clientops.schema import EVERYONE

UNASSIGNED = "(unassigned)"  # clients without a manager: always last
FULL, WIDE, PHONE = 1200, 600, 350  # a whole page, half of one or a tablet, a telephone
NARROW = 480  # below this names stand above their bars

INK, MUTED, RULE = "#1f2933", "#56616c", "#d5dae0"
ACTUAL, PREVIOUS, PLAN = "#3b4856", "#c3cad2", "#1f2933"  # solid, light grey, outlined
GOOD, BAD = "#0b6bb0", "#b8500a"  # blue and orange, which every reader tells apart
ABC = {"A": "#0e4f4c", "B": "#2f817b", "C": "#93c6c1", "D": "#d6eae8", "-": "#ffffff"}
XYZ = {"X": "#4b2c6f", "Y": "#8867ad", "Z": "#cdbfe0", "-": "#ffffff"}
AMOUNT = colors.LinearSegmentedColormap.from_list("amount", ["#f1f4f6", "#8fa0b2", "#2c3e50"])
BAND = "#e6ebef"  # where a value should lie
HATCHED = {"facecolor": "white", "hatch": "////"}  # forecast and partial

GOOD_WORDS, BAD_WORDS = {"improving", "better"}, {"worsening", "worse", "below", "above"}
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
    """A number with its unit in at most three significant digits."""
    value = float(value)
    if unit == "share":
        return words.percent(value, 1 if 0 < abs(value) < 0.01 else 0)
    if unit == "money":
        return words.short_money(value)
    if unit in ("count", "whole", "days", "months") or value.is_integer():
        return words.count(float(f"{value:.3g}"))
    return words.decimal(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)


def signed(value: float, unit: str) -> str:
    """A change: with its sign, and of a share in percentage points."""
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    if unit == "share":
        points = words.decimal(abs(value) * 100, 1)
        return words._("{change} points").format(change=f"{sign}{points}")
    return f"{sign}{text_of(abs(float(value)), unit)}"


def verdict_text(word: object) -> str:
    """The sign and the word of a verdict; empty where there is none."""
    if not isinstance(word, str):
        return ""
    return f"{SIGNS.get(word, '')} {words.value(word)}".strip()


def noted(note: str, word: object) -> str:
    """A number with its verdict behind it, where that is good or bad."""
    return f"{note} {verdict_text(word)}" if word in GOOD_WORDS | BAD_WORDS else note


def tone(word: object) -> str:
    """The colour of a mark by its verdict: blue good, orange bad, else that of actual values."""
    return GOOD if word in GOOD_WORDS else BAD if word in BAD_WORDS else ACTUAL


def ink(word: object) -> str:
    """The colour of a text by its verdict."""
    return tone(word) if tone(word) != ACTUAL else INK


def readable(background: str) -> str:
    """Dark or white, whichever is easier to read on a colour."""
    channels = np.asarray(colors.to_rgb(background))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return "#0c1116" if linear @ (0.2126, 0.7152, 0.0722) > 0.185 else "#ffffff"


def company_name() -> str:
    """What the rows of everybody are called."""
    return words._("Company")


def scope(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the subject told of (words.telling), else those of the only manager there is,
    else those of the company, else all."""
    if "manager_id" not in frame:
        return frame
    ids = frame["manager_id"]
    if words.subject() in set(ids):
        return frame[ids == words.subject()]
    managers = set(ids) - {EVERYONE, UNASSIGNED}
    if len(managers) == 1:
        return frame[ids.isin(managers)]
    return frame[ids == EVERYONE] if EVERYONE in set(ids) else frame


def names_of(frame: pd.DataFrame, name: str) -> list[str]:
    """The names of the rows as they are written."""
    return [words.value(str(each)) if pd.notna(each) else words.EMPTY for each in frame[name]]


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


@functools.lru_cache(maxsize=4096)
def length(text: str, size: float = 13, bold: bool = False) -> float:
    """How many pixels a text takes."""
    text, face = _drawn(text, bold)
    face = FontProperties(fname=str(face), size=size)
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
) -> Text:
    """Write a text at a point of the axes, moved by pixels, cut to the room there is."""
    text, face = _drawn(text if room is None else fit(text, room, size, bold), bold)
    return axes.annotate(
        text,
        (x, y),
        xytext=(dx * _POINT, dy * _POINT),
        textcoords="offset points",
        ha=across,
        va="center_baseline",
        color=color,
        fontproperties=FontProperties(fname=str(face), size=size * _POINT),
        parse_math=False,
        annotation_clip=False,
    )


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
    axes.plot(
        xs, ys, color=color, linewidth=thick, solid_capstyle="butt", clip_on=False, gid="rule"
    )


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
    text = re.sub(r'\bid="cell:([^"]+)"', r'data-cell="\1" id="cell:\1"', text)
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
