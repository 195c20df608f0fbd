"""What stands in a figure, for the tests to read."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

HOSTILE = ["$x$ and $y$", "<b>&", "Константинопольская Анна", "M" * 60, "😀 多 \x00", "a_b^c\\frac"]


def texts(figure: Figure) -> list[str]:
    """All texts, in order."""
    return [text.get_text() for axes in figure.axes for text in axes.texts if text.get_text()]


def patches(figure: Figure) -> list:
    """Bars and cells, without what is to be clicked."""
    found = [patch for axes in figure.axes for patch in axes.patches]
    return [each for each in found if not str(each.get_gid()).startswith(("band", "own:"))]


def lines(figure: Figure, gid: str) -> list:
    """The lines of a kind."""
    return [line for axes in figure.axes for line in axes.lines if line.get_gid() == gid]


def cut_off(figure: Figure) -> list[str]:
    """The texts that do not stand inside the figure as a whole."""
    FigureCanvasAgg(figure)  # measures texts; where they stand is known without a picture
    figure.draw_without_rendering()
    found = []
    for text in (text for axes in figure.axes for text in axes.texts if text.get_text()):
        box = text.get_window_extent()
        is_inside = box.x0 >= -2 and box.x1 <= figure.bbox.width + 2
        if not is_inside or box.y0 < -2 or box.y1 > figure.bbox.height + 2:
            found.append(text.get_text())
    return found
