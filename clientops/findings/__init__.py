"""What a table says, in one to three sentences that can be repeated in a meeting.

Every number is in the frame (clients of cells that make up a class are added up). Where there is
too little data, the sentence says what is missing and from when on there will be an answer. A frame
is a table of `metrics/`, of everybody or of one manager; rows with the manager_id `*` are the
company.
"""

from clientops.findings.activity import (
    activity_per_day,
    attention_and_money,
    busy_days,
    coverage,
    funnel,
    funnel_by_manager,
    idle_days,
    topic_mix,
    untouched,
)
from clientops.findings.migration import (
    class_leavers,
    class_path,
    client_moves,
    move_causes,
    regularity_moves,
    revenue_bridge,
    volume_moves,
)
from clientops.findings.overview import attention, carriers, headlines, reasons
from clientops.findings.portfolio import cells, classes, comparison, load, quality, trend
from clientops.findings.profitability import earners, loss_makers, margin_steps, step_grid, whale
from clientops.findings.regularity import (
    evenness,
    month_end_rush,
    overdue,
    shipment_days,
    shipment_months,
    shipment_weeks,
)
from clientops.findings.retention import (
    cohort_months,
    cohort_revenue,
    cohorts_kept,
    ladder,
    revenue_kept,
    revenue_kept_by_manager,
    revenue_moves,
    second_purchase,
    survival,
    survival_by_manager,
)

__all__ = [
    "activity_per_day",
    "attention",
    "attention_and_money",
    "busy_days",
    "carriers",
    "cells",
    "class_leavers",
    "class_path",
    "classes",
    "client_moves",
    "cohort_months",
    "cohort_revenue",
    "cohorts_kept",
    "comparison",
    "coverage",
    "earners",
    "evenness",
    "funnel",
    "funnel_by_manager",
    "headlines",
    "idle_days",
    "ladder",
    "load",
    "loss_makers",
    "margin_steps",
    "month_end_rush",
    "move_causes",
    "overdue",
    "quality",
    "reasons",
    "regularity_moves",
    "revenue_bridge",
    "revenue_kept",
    "revenue_kept_by_manager",
    "revenue_moves",
    "second_purchase",
    "shipment_days",
    "shipment_months",
    "shipment_weeks",
    "step_grid",
    "survival",
    "survival_by_manager",
    "topic_mix",
    "trend",
    "untouched",
    "volume_moves",
    "whale",
]
