"""The chart forms that all topics share: a tidy frame goes in, a matplotlib Figure comes out.

Nothing is calculated here: every number drawn or written is a column of the frame (parts of one
whole may be added up for a label). One notation everywhere (the colours are in `paint`); managers
have no colours of their own; a verdict shows by sign and word beside its colour. Rows with the
manager_id `*` are the company. *width* is in CSS pixels; below NARROW, names stand above bars.

Figures are built without pyplot: none stays open, and threads may draw at the same time.
"""

from clientops.figures.grids import calendar, heatmap
from clientops.figures.paint import NARROW, PHONE, WIDE, png, svg
from clientops.figures.portfolio import class_grid, class_mix
from clientops.figures.rows import bars, stacked_shares, waterfall
from clientops.figures.series import lines, small_multiples, tile

__all__ = [
    "NARROW",
    "PHONE",
    "WIDE",
    "bars",
    "calendar",
    "class_grid",
    "class_mix",
    "heatmap",
    "lines",
    "png",
    "small_multiples",
    "stacked_shares",
    "svg",
    "tile",
    "waterfall",
]
