"""What the first page says."""

import pandas as pd

from clientops import words
from clientops.findings.parts import EVERYONE, UNASSIGNED, fill, listed, scope, with_number
from clientops.words import _, plural


def headlines(frame: pd.DataFrame) -> str:
    """headlines: what the month brought, against the month and the year before; what moved."""
    rows, _managers = scope(frame)
    if rows.empty:
        return _("Nothing has been shipped yet, so there are no figures to show.")
    sentences = []
    revenue = rows[rows["metric"] == "revenue"]
    if len(revenue):
        sentences.append(_revenue(revenue.iloc[0]))
    rows = rows.sort_values("place", kind="stable")
    for verdict, text in (("worse", _("Worse: {names}.")), ("better", _("Better: {names}."))):
        labels = [
            _lower(words.value(label)) for label in rows.loc[rows["verdict"] == verdict, "label"]
        ]
        if len(labels):
            sentences.append(fill(text, names=listed(labels)))
    if len(sentences) == len(revenue) and rows["verdict"].notna().any():
        sentences.append(_("Everything else is as it was the month before."))
    return " ".join(sentences) or _("No client counts, so there is no revenue to speak of.")


def carriers(frame: pd.DataFrame) -> str:
    """headlines: who brings most of the month's revenue, with whom it rose and fell most."""
    rows = frame[(frame["metric"] == "revenue") & ~frame["manager_id"].isin([EVERYONE, UNASSIGNED])]
    if rows.empty or (len(rows) > 1 and rows["value"].max() <= 0):
        return _("No manager's clients have brought anything in this month.")
    most = rows.loc[rows["value"].idxmax()]
    if len(rows) == 1:
        text = _("The clients of {name} brought {money}.")
        return fill(text, name=most["manager_name"], money=words.short_money(most["value"]))
    text = _("The clients of {name} brought most: {money}.")
    said = [fill(text, name=most["manager_name"], money=words.short_money(most["value"]))]
    changes = rows.set_index("manager_name")["change"].dropna().sort_values(kind="stable")
    gain, loss = changes[changes > 0].iloc[-1:], changes[changes < 0].iloc[:1]
    parts = {
        key: with_number(each.index[0], _signed(each.iloc[0]))
        for key, each in (("gain", gain), ("loss", loss))
        if len(each)
    }
    texts = {
        ("gain", "loss"): _(
            "Against the month before, most was gained with {gain}, most lost with {loss}."
        ),
        ("gain",): _("Against the month before, most was gained with {gain}."),
        ("loss",): _("Against the month before, most was lost with {loss}."),
    }
    if parts:
        said.append(fill(texts[tuple(parts)], **parts))
    return " ".join(said)


def attention(frame: pd.DataFrame) -> str:
    """attention: how many clients need somebody, for how much, and who comes first."""
    if frame.empty:
        return _("Nobody needs attention today.")
    first = plural(
        "{number} client needs somebody: {{money}} at stake.",
        "{number} clients need somebody: {{money}} at stake.",
        len(frame),
    )
    top = frame.iloc[0]
    then = _("First {name}: {reason} ({money}).")
    counts = frame["reason"].value_counts()
    reasons = listed(
        with_number(words.value(reason), words.count(n)) for reason, n in counts.items()
    )
    return " ".join([
        fill(first, money=words.short_money(frame["money"].sum())),
        fill(then, name=top["client_name"], reason=words.value(top["reason"]),
             money=words.short_money(top["money"])),
        fill(_("Reasons: {reasons}."), reasons=reasons),
    ])  # fmt: skip


def reasons(frame: pd.DataFrame) -> str:
    """attention: which reason stands for most money."""
    if frame.empty:
        return _("Nobody needs attention today.")
    sums = frame.groupby("reason")["money"].sum().sort_values(ascending=False)
    text = _("Most money is at stake under “{reason}”: {money} of {of}.")
    of = words.short_money(sums.sum())
    money = words.short_money(sums.iloc[0])
    return fill(text, reason=words.value(sums.index[0]), money=money, of=of)


def _revenue(row: pd.Series) -> str:
    text, same, less, more = (
        _("{month} brought {money}"),
        _("as much as in {month}"),
        _("{less} less than in {month}"),
        _("{less} more than in {month}"),
    )
    if pd.notna(row["compared_days"]):
        text = plural(
            "{{month}} brought {{money}} in {number} working day",
            "{{month}} brought {{money}} in {number} working days",
            int(row["compared_days"]),
        )
        same = _("as much as in as many of {month}")
        less = _("{less} less than in as many of {month}")
        more = _("{less} more than in as many of {month}")
    money = words.short_money(row["value"])
    said = fill(text, month=words.month(row["month"]), money=money)
    parts = []
    for back, change in ((1, row["change"]), (12, row["year_change"])):
        if pd.notna(change):
            then = words.month(row["month"] - pd.DateOffset(months=back))
            amount = words.short_money(abs(change))
            text = same if change == 0 else less if change < 0 else more
            parts.append(fill(text, less=amount, month=then))
    return f"{said}: {', '.join(parts)}." if parts else f"{said}."


def _signed(change: float) -> str:
    return f"{'+' if change > 0 else '−'}{words.short_money(abs(change))}"


def _lower(label: str) -> str:
    """A label in the middle of a sentence; letters that are names stay."""
    return label if label[1:2] == " " else label[:1].lower() + label[1:]
