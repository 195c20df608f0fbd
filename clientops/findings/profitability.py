"""What the tables of profitability say."""

import pandas as pd

from clientops import words
from clientops.findings.parts import fill, listed, with_number
from clientops.words import _, plural

_NONE = "(none)"
_STEPS = ["price", "cost", "volume", "mix", "new", "lost"]
_PLUS, _MINUS = "+\u2060", "−\u2060"  # no line ends between a sign and its number


def earners(frame: pd.DataFrame) -> str:
    """profitability (one dimension): the margin, who brings most, whose rate fell, what has no
    cost."""
    if frame.empty:
        return _("Nothing was sold in this window, so there is nothing to earn.")
    revenue, uncosted = frame["revenue"].sum(), frame["uncosted_revenue"].sum()
    known = frame[frame["margin"].notna()]
    if known.empty:
        text = _(
            "No cost is known for any of the {revenue} of revenue, so there is no margin: add cost "
            "to the shipments, or unit_cost to the products."
        )
        return fill(text, revenue=_money(revenue))
    margin, costed = known["margin"].sum(), revenue - uncosted
    if costed > 0:
        text = _("Gross margin is {margin} on revenue of {costed}: {rate}.")
    else:
        text = _("Gross margin is {margin} on revenue of {costed}.")
    rate = _percent(margin / costed, 1) if costed > 0 else ""
    parts = {"margin": _money(margin), "costed": _money(costed), "rate": rate}
    sentences = [fill(text, **parts), _most(known), _fallen(known), _without_cost(frame)]
    return " ".join(sentence for sentence in sentences if sentence)


def margin_steps(frame: pd.DataFrame, window_months: int = 12) -> str:
    """margin_bridge (all that is looked at): how the margin changed, and what changed it."""
    if frame.empty:
        return _(
            "Nothing to compare yet: the bridge needs revenue with a known cost, and months that "
            "are in the data a year earlier too."
        )
    row = frame.iloc[0]
    months = int(row["window_months"])
    before, after = (_money(row[name]) for name in ("margin_before", "margin_after"))
    change = row["margin_after"] - row["margin_before"]
    if not change:
        text = _("The margin is {after}, as a year before.")
    elif change > 0:
        text = _("The margin rose from {before} a year before to {after} ({change}).")
    else:
        text = _("The margin fell from {before} a year before to {after} ({change}).")
    parts = {"before": before, "after": after, "change": _money(change, _PLUS)}
    sentences = [fill(text, **parts)]
    effects = row[_STEPS].astype(float)
    effects = effects[effects != 0].sort_values(key=abs, ascending=False, kind="stable")
    if len(effects):
        named = [_effect(name, amount) for name, amount in effects.iloc[:3].items()]
        sentences.append(fill(_("Largest steps: {steps}."), steps=listed(named)))
    articles = effects.reindex(["new", "lost"]).abs().sum()
    if articles > effects.abs().sum() / 2:
        share = _percent(articles / effects.abs().sum())
        text = _(
            "Articles added and dropped are {share} of all movement: price, cost, volume and mix "
            "compare only the articles sold in both years."
        )
        sentences.append(fill(text, share=share))
    if months < window_months:
        sentences.append(
            plural("Only {number} month is in the data a year earlier too and is compared.",
                   "Only {number} months are in the data a year earlier too and are compared.",
                   months)
        )  # fmt: skip
    return " ".join(sentences)


def step_grid(frame: pd.DataFrame) -> str:
    """margin_bridge (one dimension): whose margin fell most and whose rose most, and by what."""
    moved = frame[frame["change"] != 0]
    if moved.empty:
        return _("There is no margin to compare with a year before.")
    sentences = []
    fell, rose = moved.loc[moved["change"].idxmin()], moved.loc[moved["change"].idxmax()]
    if fell["change"] < 0:
        sentences.append(_moved(fell, _("The margin fell most with {name}: {change}, {step}.")))
    if rose["change"] > 0:
        sentences.append(_moved(rose, _("It rose most with {name}: {change}, {step}.")))
        if fell["change"] >= 0:
            sentences[-1] = _moved(rose, _("The margin rose most with {name}: {change}, {step}."))
    return " ".join(sentences)


def whale(frame: pd.DataFrame, most_share: float = 0.8) -> str:
    """whale_curve: how few clients earn most of the margin, and what the others cost."""
    if frame.empty:
        return _("No client has revenue with a known cost, so there is no margin to add up.")
    loss = frame[frame["margin"] < 0]
    sentences = []
    share = frame["cumulative_share"]
    if share.notna().any():
        few = int(frame.loc[share >= most_share, "rank"].min())
        first = plural(
            "{number} of {{of}} clients ({{part}}) brings {{share}} of all that is earned.",
            "{number} of {{of}} clients ({{part}}) bring {{share}} of all that is earned.",
            few,
        )
        part = _percent(few / len(frame), 1 if few < 0.095 * len(frame) else 0)
        reached = _percent(share[frame["rank"] == few].iloc[0])
        sentences.append(fill(first, of=words.count(len(frame)), part=part, share=reached))
    else:
        sentences.append(_("No client earns anything."))
    if loss.empty:
        sentences.append(_("No client loses money."))
    else:
        then = plural(
            "{number} client loses {{loss}}.", "{number} lose {{loss}} together.", len(loss)
        )
        sentences.append(fill(then, loss=_money(-loss["margin"].sum())))
    return " ".join(sentences)


def loss_makers(frame: pd.DataFrame) -> str:
    """loss_makers: who costs more than they bring, and how much."""
    if frame.empty:
        return _("No client whose cost is known loses money.")
    worst = frame.loc[frame["margin"].idxmin()]
    if len(frame) == 1:
        text = _("One client costs money: {name} lost {loss} on {revenue} of revenue.")
    else:
        text = plural(
            "{number} client loses {{total}}; most of all {{name}}, {{loss}} on {{revenue}}.",
            "{number} clients lose {{total}} together; most of all {{name}}, {{loss}} on "
            "{{revenue}} of revenue.",
            len(frame),
        )
    sentences = [
        fill(
            text,
            total=_money(-frame["margin"].sum()),
            name=worst["client_name"],
            loss=_money(-worst["margin"]),
            revenue=_money(worst["revenue"]),
        ),
        _without_cost(frame),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


# ---------------------------------------------------------------- parts of the sentences


def _money(amount: float, plus: str = "") -> str:
    """An amount with its sign (*plus*: that of what is not negative), which stays on its line."""
    sign = _MINUS if amount < 0 else plus
    return f"{sign}{words.short_money(abs(amount))}"


def _percent(share: float, digits: int = 0) -> str:
    return words.percent(share, digits).replace("-", _MINUS)


def _named(row: pd.Series) -> str:
    """A key as it is called; what has none by the dimension it lacks."""
    if row["name"] == _NONE:
        return fill(_("those without a {kind}"), kind=words.value(row["dimension"]))
    return words.value(row["name"])


def _most(known: pd.DataFrame) -> str:
    """Who brings most of the margin and who costs money, where there is a choice."""
    if len(known) < 2:
        return ""
    first, last = (
        known.loc[place] for place in (known["margin"].idxmax(), known["margin"].idxmin())
    )
    least = with_number(_named(last), _money(last["margin"]))
    if first["margin"] <= 0:
        return fill(_("All cost money, most of all {least}."), least=least)
    most = with_number(_named(first), _money(first["margin"]))
    if last["margin"] >= 0:
        return fill(_("Most comes from {most}."), most=most)
    return fill(_("Most comes from {most}; {least} costs money."), most=most, least=least)


def _fallen(known: pd.DataFrame) -> str:
    """Whose rate fell so that it costs most, against the year before."""
    cost = known["rate_change"] * (known["revenue"] - known["uncosted_revenue"])
    fell = known.assign(cost=cost)[cost < 0]
    if fell.empty:
        return ""
    row = fell.loc[fell["cost"].idxmin()]
    now, before = (_percent(row[name], 1) for name in ("margin_rate", "prev_margin_rate"))
    if now == before:
        return ""
    text = _("The fall of the rate that costs most: {name}, from {before} to {now}.")
    if len(known) == 1:
        text = _("A year before the rate was {before}.")
    return fill(text, name=_named(row), before=before, now=now)


def _without_cost(frame: pd.DataFrame) -> str:
    """How much revenue is in no margin."""
    uncosted, revenue = frame["uncosted_revenue"].sum(), frame["revenue"].sum()
    if not round(uncosted, 4):
        return ""
    if revenue > 0:
        text = _("{uncosted} of revenue ({share}) has no known cost and is in no margin.")
    else:
        text = _("{uncosted} of revenue has no known cost and is in no margin.")
    share = _percent(uncosted / revenue, 1) if revenue > 0 else ""
    return fill(text, uncosted=_money(uncosted), share=share)


def _effect(name: str, amount: float) -> str:
    """A step of the bridge with its sign: volume −€256K."""
    label = words.label(name)
    return f"{label[:1].lower()}{label[1:]} {_money(amount, _PLUS)}"


def _moved(row: pd.Series, text: str) -> str:
    """A key's change with the step that did most for it."""
    effects = row[_STEPS].astype(float)
    same = effects[effects * row["change"] > 0]
    most = same.abs().idxmax()
    change = _money(row["change"], _PLUS)
    return fill(text, name=_named(row), change=change, step=_effect(most, same[most]))
