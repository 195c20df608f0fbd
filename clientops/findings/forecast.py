"""What comes next, in sentences."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.schema import EVERYONE
from clientops.words import N_, _


@say.empty_says(N_("The next three months are told once the month is over."))
def ahead(frame: pd.DataFrame) -> str:
    """forecast: between what amounts the three months will end, beside last year and plan."""
    own = say.spoken(frame[frame["months"] > 1])
    return say.no_sum() if own.empty else _told(own, frame["month"].max())


def _told(rows: pd.DataFrame, until: pd.Timestamp) -> str:
    """What is told of the sum of the three months, beside last year and plan."""
    row = rows.iloc[0]
    text = _("{name}: {forecast} expected from {month} to {until}, between {low} and {high}.")
    if pd.isna(row["forecast"]):
        text = _("{name}: too few clients bought in the last 6 months for a forecast of its own.")
    elif pd.isna(row["low"]):
        text = _("{name}: {forecast} expected from {month} to {until}; between what amounts can be "
                 "told from 25 months of data on.")  # fmt: skip
    beside = _("The year before it was {last_year}.")
    if pd.notna(row["plan"]):
        beside = _("The year before it was {last_year}; the plan is {plan}.")
    beside = "" if pd.isna(row["last_year"]) or pd.isna(row["forecast"]) else beside
    return say.fill(say.joined(text, beside), row, name=say.named(rows), until=until)


def ahead_of_managers(frame: pd.DataFrame) -> str:
    """forecast: from whose clients most is expected; of one manager, the part in the company's."""
    sums = frame[frame["months"] > 1]
    rows = say.people(sums)
    rows = rows[rows["forecast"].notna()].sort_values("forecast", ascending=False)
    company = sums[sums["manager_id"] == EVERYONE]
    own = say.spoken(sums)
    if say.is_one() and len(company) and len(own):
        if pd.isna(own["forecast"].iloc[0]):
            return _told(own, frame["month"].max())
        text = _("{name}: {forecast} of the {whole} that are expected of all managers.")
        return say.fill(
            text, own.iloc[0], name=say.named(own), whole=say.money(company["forecast"].iloc[0])
        )
    if rows.empty:
        return _("No manager has clients enough for a forecast of its own.")
    text = _("Most is expected of the clients of {most}; least of {least}.")
    alone = _("Expected of the clients of {most}.")
    return say.ends(text, rows, _("{manager_name} ({forecast})"), alone)


def record(frame: pd.DataFrame) -> str:
    """forecast_backtest: how far such sums were off, beside last year's taken as they are."""
    rows = frame.set_index(["level", "method"])
    if ("company", "season") not in rows.index:
        return _("How far such forecasts are off can be told from 18 months of data on.")
    told, last = rows.loc[("company", "season")], rows.loc[("company", "last_year")]
    text = _("The last {origins} forecasts of three months were {error} off; last year's months, "
             "taken as they are, {other}.")  # fmt: skip
    if pd.notna(told["inside"]):
        text = _("The last {origins} forecasts of three months were {error} off, {inside} within "
                 "the interval; last year's months, taken as they are, {other} off.")  # fmt: skip
    return say.fill(text, told, other=words.percent(last["error"]))
