"""What clients are worth, in sentences."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.schema import EVERYONE, UNASSIGNED
from clientops.words import N_, _, plural


def worth(frame: pd.DataFrame) -> str:
    """ltv_history: what a buyer is expected to bring, and how much of the money stays."""
    rows = _own(frame)
    if rows.empty:
        return say.no_sum()
    row, first = rows.iloc[-1], rows.iloc[0]
    text = _("{name}: what a buyer is worth can be told from 24 months of data on.")
    if row["expected"] < 0:
        text = _("{name}: sold at a loss in the last 12 months, so no buyer is worth anything.")
    elif pd.notna(row["expected"]) and pd.isna(row["profit_rate"]):
        text = _("{name}: a buyer brings {expected} of revenue in {years} (no costs are known); "
                 "{kept} of the money stays from year to year.")  # fmt: skip
    elif pd.notna(row["expected"]):
        text = _("{name}: a buyer brings {expected} of margin in {years}, {before} by what was "
                 "known in {since}; {kept} of the money stays from year to year.")  # fmt: skip
        if pd.isna(first["expected"]) or len(rows) < 2:
            text = _("{name}: a buyer brings {expected} of margin in {years}; {kept} of the money "
                     "stays from year to year.")  # fmt: skip
    years = plural("{number} year", "{number} years", int(row["years"]))
    return say.fill(text, row, name=say.named(rows), before=say.money(first["expected"]),
                    since=first["month"], years=years)  # fmt: skip


def formula(frame: pd.DataFrame) -> str:
    """ltv_history: what S·C·P·t reads, and why that is no forecast."""
    rows = _own(frame)
    if rows.empty:
        return say.no_sum()
    row, first = rows.iloc[-1], rows.iloc[0]
    text = _("{name}: the formula S·C·P·t reads {to_date}, after {before} in {since}; it is what a "
             "client brought so far and grows with the age of the data.")  # fmt: skip
    if pd.isna(row["to_date"]) or pd.isna(first["to_date"]) or len(rows) < 2:
        text = _("{name}: the formula S·C·P·t reads {to_date}; it is what a client brought so far, "
                 "not what it will bring.")  # fmt: skip
    before = say.money(first["to_date"])
    return say.fill(text, row, name=say.named(rows), before=before, since=first["month"])


def worth_of_managers(frame: pd.DataFrame) -> str:
    """ltv_history: of whose buyers most is expected; or of one manager, beside the company."""
    return _compared(frame, "manager")


def worth_of_groups(frame: pd.DataFrame) -> str:
    """ltv_history: of which client group most is expected."""
    return _compared(frame, "client_group")


@say.empty_says(N_("Which way of telling is right can be said from 24 months of data on."))
def nearest(frame: pd.DataFrame) -> str:
    """ltv_backtest: which way of telling was right last year, and how far off the formula was."""
    best, rows = frame[frame["best"]], frame.set_index("method")
    if best.empty:
        return _("Nothing was sold last year to clients of the year before.")
    text = _("Nearest last year: {method}, {error} off; the formula told {too_much} more than "
             "came.")  # fmt: skip
    if rows["ratio"].get("formula", 1) < 1:
        text = _("Nearest last year: {method}, {error} off; the formula told {too_little} less "
                 "than came.")  # fmt: skip
    off = rows["ratio"]["formula"] - 1
    return say.fill(text, error=words.percent(best["error"].iloc[0]),
                    method=words.value(best["method"].iloc[0]), too_much=words.percent(off),
                    too_little=words.percent(-off))  # fmt: skip


@say.empty_says(N_("Nobody has bought yet."))
def at_stake(frame: pd.DataFrame) -> str:
    """client_ltv: with whom most is at stake, and what the formula expects of it all the same."""
    known = frame[frame["at_stake"].notna()]
    if known.empty:
        reason = frame["reason"].dropna()
        text = _("What clients will bring is told as last year: there is no model of purchases "
                 "({reason}).")  # fmt: skip
        return say.fill(text, reason=words.value(reason.iloc[0]) if len(reason) else words.EMPTY)
    row = known.loc[known["at_stake"].idxmax()]
    text = _("Most is at stake with {client_name}: {at_stake}; the chance that it still buys is "
             "{alive}, the formula expects {formula_12}.")  # fmt: skip
    return say.fill(text, row)


def _own(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of whom the sentence speaks, month by month."""
    is_own = (frame["key"] == words.subject()) & frame["dimension"].isin([EVERYONE, "manager"])
    return frame[is_own].sort_values("month")


def _compared(frame: pd.DataFrame, dimension: str) -> str:
    """The highest and the lowest of the last month; who sold at a loss is not ranked."""
    rows = frame[(frame["month"] == frame["month"].max()) & frame["expected"].notna()]
    own, company = (rows[rows["key"] == key] for key in (words.subject(), EVERYONE))
    if dimension == "manager" and say.is_one() and len(own):
        text = _("{name}: {expected} expected of a buyer; the company: {whole}.")
        text = text if len(company) else _("{name}: {expected} expected of a buyer.")
        return say.fill(text, own.iloc[0], whole=say.money(company["expected"].sum()))
    rows = rows[(rows["dimension"] == dimension) & (rows["key"] != UNASSIGNED)]
    rows = rows.sort_values(["expected", "name"], ascending=[False, True])
    at_a_loss, rows = rows[rows["expected"] < 0], rows[rows["expected"] >= 0]
    lost = _("Sold at a loss: {names}.")
    lost = (
        say.fill(lost, names=say.listed(map(words.name, at_a_loss["name"])))
        if len(at_a_loss)
        else ""
    )
    if rows.empty:
        return lost or _("What a buyer is worth can be told from 24 months of data on.")
    text = _("Most is expected of a buyer of {most}; least of {least}.")
    alone = _("Expected of a buyer of {most}.")
    return say.joined(say.ends(text, rows, _("{name} ({expected})"), alone), lost)
