"""The chart forms that all topics share: a tidy frame goes in, a matplotlib Figure comes out.

Nothing is calculated here: every number drawn or written is a column of the frame (parts of one
whole may be added up for a label). One notation everywhere (the colours are in `paint`); managers
have no colours of their own; a verdict shows by sign and word beside its colour. Rows with the
manager_id `*` are the company. *width* is in CSS pixels; below NARROW, names stand above bars.

Figures are built without pyplot: none stays open, and threads may draw at the same time.
"""

from clientops.figures.activity import (
    attention_beside_money,
    coverage_grid,
    funnel_by_manager,
    funnel_steps,
    idle_days,
    kinds_per_day,
    topic_mix,
    untouched_revenue,
    working_day_strips,
)
from clientops.figures.grids import calendar, heatmap
from clientops.figures.migration import (
    class_steps,
    moves_by_cause,
    regularity_moves,
    revenue_bridge,
    volume_moves,
)
from clientops.figures.overview import attention_reasons, headline_bars, tiles
from clientops.figures.paint import FULL, NARROW, PHONE, WIDE, png, svg
from clientops.figures.portfolio import class_grid, class_mix
from clientops.figures.profitability import earners, losses, margin_steps, step_grid, whale
from clientops.figures.regularity import (
    evenness,
    month_end_rush,
    overdue_waits,
    shipment_calendar,
    shipment_strips,
)
from clientops.figures.retention import (
    cohort_grid,
    repeat_steps,
    retention_bridge,
    retention_by_manager,
    retention_rates,
    second_purchases,
    survival_by_manager,
    survival_curve,
)
from clientops.figures.rows import bars, stacked_shares, waterfall
from clientops.figures.series import lines, small_multiples, tile

__all__ = [
    "FULL",
    "NARROW",
    "PHONE",
    "WIDE",
    "attention_beside_money",
    "attention_reasons",
    "bars",
    "calendar",
    "class_grid",
    "class_mix",
    "class_steps",
    "cohort_grid",
    "coverage_grid",
    "earners",
    "evenness",
    "funnel_by_manager",
    "funnel_steps",
    "headline_bars",
    "heatmap",
    "idle_days",
    "kinds_per_day",
    "lines",
    "losses",
    "margin_steps",
    "month_end_rush",
    "moves_by_cause",
    "overdue_waits",
    "png",
    "regularity_moves",
    "repeat_steps",
    "retention_bridge",
    "retention_by_manager",
    "retention_rates",
    "revenue_bridge",
    "second_purchases",
    "shipment_calendar",
    "shipment_strips",
    "small_multiples",
    "stacked_shares",
    "step_grid",
    "survival_by_manager",
    "survival_curve",
    "svg",
    "tile",
    "tiles",
    "topic_mix",
    "untouched_revenue",
    "volume_moves",
    "waterfall",
    "whale",
    "working_day_strips",
]
