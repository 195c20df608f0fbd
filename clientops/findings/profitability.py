"""What the tables of profitability say."""

import pandas as pd

from clientops import words
from clientops.findings.phrases import (
    by_change,
    fill,
    joined,
    listed,
    money,
    percent,
    signed,
)
from clientops.schema import NONE
from clientops.words import _, plural

_MOST_SHARE = 0.8  # as the dot of the figure
_STEPS = ["price", "cost", "volume", "mix", "new", "lost"]


# ---------------------------------------------------------------- who earns


def earners(frame: pd.DataFrame) -> str:
    """profitability (one dimension): the margin, who brings most, whose rate fell, what has no
    cost."""
    if frame.empty:
        return _("Nothing was sold in this window, so there is nothing to earn.")
    known, revenue = frame[frame["margin"].notna()], frame["revenue"].sum()
    if known.empty:
        text = _(
            "No cost is known for any of the {revenue} of revenue, so there is no margin: add cost "
            "to the shipments, or unit_cost to the products."
        )
        return fill(text, revenue=revenue)
    margin, costed = known["margin"].sum(), revenue - frame["uncosted_revenue"].sum()
    text = _("Gross margin is {margin} on revenue of {costed}.")
    if costed > 0:
        text = _("Gross margin is {margin} on revenue of {costed}: {rate}.")
    rate = percent(margin / costed, 1) if costed > 0 else ""
    said = fill(text, margin=money(margin), costed=money(costed), rate=rate)
    return joined(said, _most(known), _fallen(known), _without_cost(frame))


def _most(known: pd.DataFrame) -> str:
    """Who brings most of the margin and who costs money, where there is a choice."""
    if len(known) < 2:
        return ""
    first, last = known.loc[known["margin"].idxmax()], known.loc[known["margin"].idxmin()]
    show = _("{name} ({margin})")
    most, least = (fill(show, row, name=_named(row)) for row in (first, last))
    text = _("Most comes from {most}; {least} costs money.")
    if first["margin"] <= 0:
        text = _("All cost money, most of all {least}.")
    elif last["margin"] >= 0:
        text = _("Most comes from {most}.")
    return fill(text, most=most, least=least)


def _fallen(known: pd.DataFrame) -> str:
    """Whose rate fell so that it costs most, against the year before."""
    cost = known["rate_change"] * (known["revenue"] - known["uncosted_revenue"])
    if not (cost < 0).any():
        return ""
    row = known.loc[cost.idxmin()]
    now, before = percent(row["margin_rate"], 1), percent(row["prev_margin_rate"], 1)
    text = _("The fall of the rate that costs most: {name}, from {before} to {now}.")
    if len(known) == 1:
        text = _("A year before the rate was {before}.")
    return "" if now == before else fill(text, name=_named(row), before=before, now=now)


def _without_cost(frame: pd.DataFrame) -> str:
    """How much revenue is in no margin."""
    uncosted = frame["uncosted_revenue"].sum()
    text = _("{uncosted_revenue} of revenue has no known cost and is in no margin.")
    return fill(text, uncosted_revenue=uncosted) if round(uncosted, 4) else ""


def whale(frame: pd.DataFrame) -> str:
    """whale_curve: how few clients earn most of the margin, and what the others cost."""
    if frame.empty:
        return _("No client has revenue with a known cost, so there is no margin to add up.")
    first, enough = _("No client earns anything."), frame["cumulative_share"] >= _MOST_SHARE
    if enough.any():
        row = frame[enough].sort_values("rank").iloc[0]
        text = plural(
            "{number} of {of} clients brings {cumulative_share} of all that is earned.",
            "{number} of {of} clients bring {cumulative_share} of all that is earned.",
            int(row["rank"]),
        )
        first = fill(text, row, of=len(frame))
    loss = frame.loc[frame["margin"] < 0, "margin"]
    second = plural("{number} client loses {loss}.", "{number} clients lose {loss}.", len(loss))
    none = _("No client loses money.")
    return joined(first, fill(second, loss=money(-loss.sum())) if len(loss) else none)


def loss_makers(frame: pd.DataFrame) -> str:
    """loss_makers: who costs more than they bring, and how much."""
    if frame.empty:
        return _("No client whose cost is known loses money.")
    worst, total = frame.loc[frame["margin"].idxmin()], money(-frame["margin"].sum())
    text = plural(
        "{number} client loses {total}; most of all {client_name}, {loss} on {revenue} of revenue.",
        "{number} clients lose {total}; most of all {client_name}, {loss} on {revenue} of revenue.",
        len(frame),
    )
    if len(frame) == 1:
        text = _("One client costs money: {client_name} lost {loss} on {revenue} of revenue.")
    said = fill(text, worst, total=total, loss=money(-worst["margin"]))
    return joined(said, _without_cost(frame))


# ---------------------------------------------------------------- what changed the margin


def margin_steps(frame: pd.DataFrame, window_months: int = 12) -> str:
    """margin_bridge (all that is looked at): how the margin changed, and what changed it."""
    if frame.empty:
        return _(
            "Nothing to compare yet: the bridge needs revenue with a known cost, and months that "
            "are in the data a year earlier too."
        )
    row = frame.iloc[0]
    text = by_change(
        row["margin_after"] - row["margin_before"],
        _("The margin rose from {margin_before} a year before to {margin_after}."),
        _("The margin fell from {margin_before} a year before to {margin_after}."),
        _("The margin is {margin_after}, as a year before."),
    )
    months = int(row["window_months"])
    short = plural(
        "Only {number} month is in the data a year earlier too and is compared.",
        "Only {number} months are in the data a year earlier too and are compared.",
        months,
    )
    return joined(fill(text, row), _largest_steps(row), short if months < window_months else "")


def _largest_steps(row: pd.Series) -> str:
    """What changed the margin most; and whether articles that came and went did."""
    effects = row[_STEPS].astype(float)
    effects = effects[effects != 0].sort_values(key=abs, ascending=False, kind="stable")
    if effects.empty:
        return ""
    steps = listed(_effect(name, amount) for name, amount in effects.iloc[:3].items())
    said = fill(_("Largest steps: {steps}."), steps=steps)
    articles = effects.reindex(["new", "lost"]).abs().sum() / effects.abs().sum()
    text = _("Articles added and dropped are {share} of all movement: price, cost, volume and mix "
             "compare only the articles sold in both years.")  # fmt: skip
    return joined(said, fill(text, share=percent(articles)) if articles > 0.5 else "")


def step_grid(frame: pd.DataFrame) -> str:
    """margin_bridge (one dimension): whose margin fell most and whose rose most, and by what."""
    fell, rose = frame[frame["change"] < 0], frame[frame["change"] > 0]
    if fell.empty and rose.empty:
        return _("There is no margin to compare with a year before.")
    down = _("The margin fell most with {name}: {change}, {step}.")
    up = _("The margin rose most with {name}: {change}, {step}.")
    return joined(
        _moved(fell.loc[fell["change"].idxmin()], down) if len(fell) else "",
        _moved(rose.loc[rose["change"].idxmax()], up) if len(rose) else "",
    )


def _moved(row: pd.Series, text: str) -> str:
    """A key's change with the step that did most for it."""
    effects = row[_STEPS].astype(float)
    same = effects[effects * row["change"] > 0]
    most = str(same.abs().idxmax())
    step = _effect(most, same[most])
    return fill(text, name=_named(row), change=signed(row["change"]), step=step)


# ---------------------------------------------------------------- how they are called


def _named(row: pd.Series) -> str:
    """A key as it is called; what has none by the dimension it lacks."""
    if row["name"] == NONE:
        return fill(_("those without a {dimension}"), row)
    return words.value(row["name"])


def _effect(name: str, amount: float) -> str:
    """A step of the bridge with its sign: volume −€256K."""
    label = words.label(name)
    text = _("{step} {amount}")
    return fill(text, step=f"{label[:1].lower()}{label[1:]}", amount=signed(amount))
