"""What only portfolios show."""

import pandas as pd
from matplotlib.figure import Figure

from clientops.figures.grids import heatmap
from clientops.figures.paint import WIDE, scope
from clientops.figures.rows import stacked_shares
from clientops.words import _


def class_mix(frame: pd.DataFrame, *, measure: str = "clients", width: int = WIDE) -> Figure:
    """portfolio_quality: the part of A, B, C and D in each portfolio (clients or revenue)."""
    counted = frame[frame["clients"] > 0] if measure == "clients" else frame
    value = "client_share" if measure == "clients" else "revenue_share"
    return stacked_shares(counted, value=value, count=measure, width=width)


def class_grid(
    frame: pd.DataFrame, *, measure: str = "clients", manager_id: str = "", width: int = WIDE
) -> Figure:
    """portfolio_quality: clients or revenue of one manager in every cell of ABC × XYZ.

    Without *manager_id*: the only manager there is, else the company.
    """
    cells = frame[frame["manager_id"] == manager_id] if manager_id else scope(frame)
    rows = {"A": _("large"), "B": _("medium"), "C": _("small"), "D": _("returns")}
    if not (cells["abc"] == "D").any():
        rows.pop("D")
    return heatmap(
        cells,
        rows="abc",
        columns="xyz",
        value=measure,
        share="client_share" if measure == "clients" else "revenue_share",
        row_names=rows,
        column_names={"X": _("regular"), "Y": _("varying"), "Z": _("occasional")},
        chips=True,
        width=width,
    )
