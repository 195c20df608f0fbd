"""What the tables of profitability say."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.schema import NONE
from clientops.words import N_, _, plural

_STEPS = ["price", "cost", "volume", "mix", "new", "lost"]


# ---------------------------------------------------------------- who earns


@say.empty_says(N_("Nothing was sold in this window, so there is nothing to earn."))
def earners(frame: pd.DataFrame) -> str:
    """profitability (one dimension): the margin, who brings most, and whose rate fell."""
    known = frame[frame["margin"].notna()]
    if known.empty:
        text = _(
            "No cost is known for any of the {revenue} of revenue, so there is no margin: add cost "
            "to the shipments, or unit_cost to the products."
        )
        return say.fill(text, revenue=frame["revenue"].sum())
    text = _("Gross margin is {margin}, {rate_of_all} of the revenue whose cost is known.")
    if pd.isna(known["rate_of_all"].iloc[0]):
        text = _("Gross margin is {margin}.")
    said = say.fill(text, known.iloc[0], margin=known["margin"].sum())
    return say.joined(said, _most(known), _fallen(known))


def _most(known: pd.DataFrame) -> str:
    """Who brings most of the margin and who costs money, where there is a choice."""
    if len(known) < 2:
        return ""
    first, last = known.loc[known["margin"].idxmax()], known.loc[known["margin"].idxmin()]
    text = _("Most comes from: {most}; most is lost with: {least}.")
    if first["margin"] <= 0:
        text = _("Nobody earns; most is lost with: {least}.")
    elif last["margin"] >= 0:
        text = _("Most comes from: {most}.")
    return say.fill(text, most=_named(first), least=_named(last))


def _fallen(known: pd.DataFrame) -> str:
    """Whose rate fell so that it costs most, against the year before."""
    fell = known[known["rate_effect"] < 0]
    if fell.empty:
        return ""
    row = fell.loc[fell["rate_effect"].idxmin()]
    now, before = say.percent(row["margin_rate"], 1), say.percent(row["prev_margin_rate"], 1)
    text = _("The fall of the rate that costs most: {name} ({points} points).")
    if len(known) == 1:
        text = _("A year before the rate was {before}.")
    points = words.decimal(100 * (row["prev_margin_rate"] - row["margin_rate"]), 1)
    said = say.fill(text, name=_named(row), before=before, points=f"{say.MINUS}{points}")
    return "" if now == before else said


@say.empty_says(N_("There are no rows to show."))
def without_cost(frame: pd.DataFrame) -> str:
    """profitability, loss_makers: how much revenue is in no margin; of losses, what they come to
    where all cost is known."""
    uncosted = frame["uncosted_revenue"].sum()
    if not round(uncosted, 4):
        if (frame["margin"] < 0).all():
            text = _("Lost in all: {margin}; the cost of all this revenue is known.")
            return say.fill(text, margin=-frame["margin"].sum())
        return _("The cost of all revenue in this list is known.")
    text = _(
        "{uncosted_revenue} of the revenue in this list has no known cost and is in no margin."
    )
    return say.fill(text, uncosted_revenue=uncosted)


@say.empty_says(N_("No client has revenue with a known cost, so there is no margin to add up."))
def whale(frame: pd.DataFrame) -> str:
    """whale_curve: how few clients earn most of the margin."""
    if not frame["is_most"].any():
        return _("No client earns anything.")
    row = frame[frame["is_most"]].iloc[0]
    text = plural(
        "{number} of {of} clients brings {cumulative_share} of all that is earned.",
        "{number} of {of} clients bring {cumulative_share} of all that is earned.",
        int(row["rank"]),
    )
    return say.fill(text, row, of=len(frame))


@say.empty_says(N_("No client whose cost is known loses money."))
def loss_makers(frame: pd.DataFrame) -> str:
    """loss_makers: who costs more than they bring, and how much."""
    worst, total = frame.loc[frame["margin"].idxmin()], say.money(-frame["margin"].sum())
    text = plural(
        "{number} client loses {total}; most of all: {client_name} ({loss}).",
        "{number} clients lose {total}; most of all: {client_name} ({loss}).",
        len(frame),
    )
    if len(frame) == 1:
        text = _("One client costs money: {client_name} lost {loss} on {revenue} of revenue.")
    return say.fill(text, worst, total=total, loss=say.money(-worst["margin"]))


# ---------------------------------------------------------------- what changed the margin


@say.empty_says(N_("Nothing to compare yet: the bridge needs revenue with a known cost, and months "
                   "that are in the data a year earlier too."))  # fmt: skip
def margin_steps(frame: pd.DataFrame) -> str:
    """margin_bridge (all that is looked at): how the margin changed, and what changed it most."""
    row = frame.iloc[0]
    is_same = say.money(row["margin_after"]) == say.money(row["margin_before"])
    text = say.by_change(
        0 if is_same else row["change"],
        _("The margin rose from {margin_before} a year before to {margin_after}."),
        _("The margin fell from {margin_before} a year before to {margin_after}."),
        _("The margin is {margin_after}, about as a year before."),
    )
    step = say.by_change(
        row["change"],
        _("Largest step up: {step} ({amount})."),
        _("Largest step down: {step} ({amount})."),
        _("Largest step: {step} ({amount})."),
    )
    if row["articles_share"] > 0.5:
        step = _("Articles added and dropped are {articles_share} of all movement; the other steps "
                 "compare only articles sold in both years.")  # fmt: skip
    return say.joined(say.fill(text, row), _moved(row, step))


@say.empty_says(N_("There is no margin to compare with a year before."))
def step_grid(frame: pd.DataFrame) -> str:
    """margin_bridge (one dimension): whose margin fell most and whose rose most, and by what."""
    fell, rose = frame[frame["change"] < 0], frame[frame["change"] > 0]
    if fell.empty and rose.empty:
        return _("Every margin is as it was a year before.")
    down = _("Largest fall of the margin: {name} ({change}; largest step down: {step}).")
    up = _("Largest rise of the margin: {name} ({change}; largest step up: {step}).")
    return say.joined(
        _moved(fell.loc[fell["change"].idxmin()], down) if len(fell) else "",
        _moved(rose.loc[rose["change"].idxmax()], up) if len(rose) else "",
    )


def _moved(row: pd.Series, text: str) -> str:
    """A change with the step that did most for it; where nothing changed, the largest step."""
    effects = row[_STEPS].astype(float)
    same = effects[effects * row["change"] > 0] if row["change"] else effects[effects != 0]
    if same.empty:
        return ""
    most = str(same.abs().idxmax())
    parts = {"step": words.label(most), "amount": say.signed(same[most])}
    return say.fill(text, row, name=_named(row), change=say.signed(row["change"]), **parts)


# ---------------------------------------------------------------- how they are called


def _named(row: pd.Series) -> str:
    """A key as it is called; what has none by the dimension it lacks."""
    if row["name"] == NONE:
        return say.fill(_("those without a {dimension}"), row)
    return words.value(row["name"])
