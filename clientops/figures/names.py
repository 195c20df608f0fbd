"""Names one under the other, with room for what is drawn of each."""

import urllib.parse
from collections.abc import Container, Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops.figures import paint, whose
from clientops.figures.paint import MUTED, NARROW, length, write


class Names:
    """A line per name: room beside it, or below it where it is narrow."""

    def __init__(
        self,
        names: Sequence[str],
        width: float,
        *,
        step: float,
        narrow_step: float,
        head: float = 0,
        foot: float = 4,
        below: float = 18,
        bold: Container[int] = (),
        is_apart: bool = False,
        more: int = 0,
    ) -> None:
        """*step*: height of a line; *below*: of a name where it is narrow. *is_apart*: the first
        line stands apart. *more*: managers who are not shown."""
        self.number, self.start, self.is_narrow = len(names), head, width < NARROW
        self.step = narrow_step if self.is_narrow else step
        self.below = below if self.is_narrow else 0
        self.apart = 8 if is_apart and len(names) > 1 else 0
        widest = max(length(name, 13, at in bold) for at, name in enumerate(names))
        self.left = 0 if self.is_narrow else min(widest + 12, 0.34 * width)
        self.bottom = head + self.step * len(names) + self.apart
        height = self.bottom + foot + (24 if more > 0 else 0)
        self.figure = paint.blank(width, height)
        self.page = paint.page(self.figure)
        for at, name in enumerate(names):
            room = width if self.is_narrow else self.left - 10
            write(self.page, 0, self.name_y(at), name, bold=at in bold, room=room)
        if more > 0:
            write(self.page, 0, height - 10, whose.more_managers(more), color=MUTED)

    def lead(self, leads: Sequence[str]) -> None:
        """Each line leads to whom its name tells of (see lead)."""
        wide = self.page.get_xlim()[1]
        places = [(0, self.top(at) - self.below, wide, self.step) for at in range(self.number)]
        lead(self.figure, [*zip(leads, places, strict=True)] if leads else [])

    def top(self, at: int) -> float:
        """Where the room of a line begins."""
        return self.start + self.step * at + self.apart * (at > 0) + self.below

    def name_y(self, at: int) -> float:
        return self.top(at) + (9 - self.below if self.is_narrow else self.step / 2)


def lead(figure: Figure, places: Sequence[tuple[str, tuple[float, float, float, float]]]) -> None:
    """Places (left, top, width, height) that lead to a manager, who is chosen, or to a client's
    page (whose.leads), as stands before each: over everything, to be clicked."""
    over = paint.page(figure)
    over.set_zorder(9)
    for whom, (left, top, wide, high) in places:
        key, _, value = whom.partition("=")
        if value:
            kind = "client" if key == "client_id" else "own"
            gid = f"{kind}:{urllib.parse.urlencode({key: value})}"
            over.add_artist(Rectangle((left, top), wide, high, alpha=0, gid=gid))
