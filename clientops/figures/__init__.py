"""The chart forms that all topics share: a tidy frame goes in, a matplotlib Figure comes out.

Nothing is calculated here: every number drawn or written is a column of the frame (parts of one
whole may be added up for a label). What differs between topics is said by keyword arguments, mostly
names of columns. One notation everywhere (the colours are in `paint`); managers have no colours of
their own; a verdict shows by sign and word beside its colour. Rows with the manager_id `*` are the
company; whom a figure speaks of is words.subject. *width* is in CSS pixels; below NARROW, names
stand above bars.

Figures are built without pyplot: none stays open, and threads may draw at the same time.
"""

from clientops.figures.calendar import days_of_years
from clientops.figures.cells import changes, cohorts, heatmap, moves
from clientops.figures.columns import bar_grid
from clientops.figures.curves import accumulated, survival
from clientops.figures.intervals import intervals
from clientops.figures.months import months_of_year
from clientops.figures.native import Chart, chart
from clientops.figures.paint import FULL, NARROW, PHONE, WIDE, png, svg
from clientops.figures.ranks import ranks, two_sided
from clientops.figures.rows import bars, waterfall
from clientops.figures.series import lines, small_multiples
from clientops.figures.shares import stacked_shares
from clientops.figures.strips import paths, strips
from clientops.figures.tiles import tiles
