"""The chart forms that all topics share: a tidy frame goes in, a matplotlib Figure comes out.

Nothing is calculated here: every number drawn or written is a column of the frame (parts of one
whole may be added up for a label). What differs between topics is said by keyword arguments, mostly
names of columns. One notation everywhere (the colours are in `paint`); managers have no colours of
their own; a verdict shows by sign and word beside its colour. Rows with the manager_id `*` are the
company; whom a figure speaks of is words.subject. *width* is in CSS pixels; below NARROW, names
stand above bars.

Figures are built without pyplot: none stays open, and threads may draw at the same time.
"""

from clientops.figures.cells import changes as changes
from clientops.figures.cells import cohorts as cohorts
from clientops.figures.cells import heatmap as heatmap
from clientops.figures.cells import moves as moves
from clientops.figures.columns import bar_grid as bar_grid
from clientops.figures.curves import accumulated as accumulated
from clientops.figures.curves import survival as survival
from clientops.figures.intervals import intervals as intervals
from clientops.figures.months import months_of_year as months_of_year
from clientops.figures.native import Chart as Chart
from clientops.figures.native import chart as chart
from clientops.figures.paint import FULL as FULL
from clientops.figures.paint import NARROW as NARROW
from clientops.figures.paint import PHONE as PHONE
from clientops.figures.paint import WIDE as WIDE
from clientops.figures.paint import png as png
from clientops.figures.paint import svg as svg
from clientops.figures.ranks import ranks as ranks
from clientops.figures.ranks import two_sided as two_sided
from clientops.figures.rows import bars as bars
from clientops.figures.rows import waterfall as waterfall
from clientops.figures.series import lines as lines
from clientops.figures.series import small_multiples as small_multiples
from clientops.figures.shares import stacked_shares as stacked_shares
from clientops.figures.strips import paths as paths
from clientops.figures.strips import strips as strips
from clientops.figures.tiles import tiles as tiles
