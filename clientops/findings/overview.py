"""What the first page says."""

import re

import pandas as pd

from clientops import words
from clientops.findings.phrases import (
    by_change,
    fill,
    joined,
    listed,
    money,
    named,
    people,
    percent,
    signed,
    spoken,
)
from clientops.schema import EVERYONE
from clientops.words import _, plural


def headlines(frame: pd.DataFrame) -> str:
    """headlines: what the month brought, against the year and the month before; what moved."""
    rows = spoken(frame).sort_values("place", kind="stable")
    if rows.empty:
        return _("Nothing has been shipped yet, so there are no figures to show.")
    revenue = rows[rows["metric"] == "revenue"]
    said = [_revenue(row) for _at, row in revenue.iterrows()]
    for verdict, text in (("worse", _("Worse: {names}.")), ("better", _("Better: {names}."))):
        labels = rows.loc[rows["verdict"] == verdict, "label"]
        names = listed(_inside(words.value(label)) for label in labels)
        said += [fill(text, names=names)] if names else []
    if len(said) == len(revenue) and rows["verdict"].notna().any():
        said.append(_("Everything else is as it was a year before."))
    return joined(*said) or _("No client counts, so there is no revenue to speak of.")


def _revenue(row: pd.Series) -> str:
    """What the month brought, and the change on the year and the month before."""
    text = _("{month}: revenue {money}{changes}.")
    first, part = _("at equal working days {change} on {month}"), _("{change} on {month}")
    if pd.notna(row["compared_days"]):
        first = part = _("{change} on as many of {month}")
        text = plural(
            "{month}: revenue {money} in {number} working day{changes}.",
            "{month}: revenue {money} in {number} working days{changes}.",
            int(row["compared_days"]),
        )
    changes = [
        (signed(change), row["month"] - pd.DateOffset(months=back))
        for back, change in ((12, row["year_change"]), (1, row["change"]))
        if pd.notna(change)
    ]
    changes = [
        fill(part if at else first, change=change, month=month)
        for at, (change, month) in enumerate(changes)
    ]
    changes = "".join(fill(_(", {change}"), change=change) for change in changes)
    return fill(text, month=row["month"], money=money(row["value"]), changes=changes)


def _inside(label: str) -> str:
    """A label in the middle of a sentence; letters that are names stay."""
    return label if label[1:2] == " " else label[:1].lower() + label[1:]


def revenue_months(frame: pd.DataFrame) -> str:
    """headline_history: what the last year brought, against the year before it."""
    rows = frame[frame["metric"] == "revenue"]
    rows = spoken(rows) if words.subject() else rows[rows["manager_id"] != EVERYONE]
    rows = rows[rows["until"] == rows["month"] + pd.offsets.MonthEnd(0)]
    months = sorted(rows["month"].unique())[-12:]
    rows = rows[rows["month"].isin(months)]
    if rows.empty:
        return _("No month is over yet.")
    total, before = rows["value"].sum(), rows["year_ago"].sum()
    is_known = rows.groupby("month")["year_ago"].sum(min_count=1).notna().all()
    text, change = _("{name}: {money} from {first} to {last}; the data hold no year before."), 0.0
    if is_known and before > 0:
        change = total / before - 1
        text = by_change(
            round(change, 3),
            _("{name}: {money} from {first} to {last}, {change} more than a year before."),
            _("{name}: {money} from {first} to {last}, {change} less than a year before."),
            _("{name}: {money} from {first} to {last}, as much as a year before."),
        )
    return fill(text, name=named(rows) if words.subject() else _("Together"), money=money(total),
                first=months[0], last=months[-1],
                change=percent(abs(change), 1 if abs(change) < 0.1 else 0))  # fmt: skip


def carriers(frame: pd.DataFrame) -> str:
    """headlines: who brings most revenue, with whom it rose and fell most in a year."""
    rows = people(frame[frame["metric"] == "revenue"])
    if rows.empty or (len(rows) > 1 and rows["value"].max() <= 0):
        return _("No manager's clients have brought anything in this month.")
    if len(rows) == 1:
        row = rows.iloc[0]
        text = _("{manager_name}: revenue {money}.")
        return fill(text, row, money=money(row["value"]))
    rose = rows[rows["year_change"] > 0].nlargest(1, "year_change")
    fell = rows[rows["year_change"] < 0].nsmallest(1, "year_change")
    most = fill(_("Most revenue: {manager_name} ({money})."), rows.loc[rows["value"].idxmax()],
                money=money(rows["value"].max()))  # fmt: skip
    changes = (
        (
            rose,
            _("Largest rise on a year before at equal working days: {manager_name} ({change})."),
        ),
        (
            fell,
            _("Largest fall on a year before at equal working days: {manager_name} ({change})."),
        ),
    )
    said = [
        fill(text, row.iloc[0], change=signed(row["year_change"].iloc[0]))
        for row, text in changes
        if len(row)
    ]
    return joined(most, *said)


# ---------------------------------------------------------------- who needs somebody


def attention(frame: pd.DataFrame) -> str:
    """attention: how many clients need somebody, for how much, and who comes first."""
    if frame.empty:
        return _("Nobody needs attention today.")
    needed = plural(
        "{number} client needs somebody.", "{number} clients need somebody.", len(frame)
    )
    first, top = _("First {client_name}: {reason}, worth {worth}."), frame.iloc[0]
    if pd.isna(top["worth"]):  # nobody is late, silent or lost: only those not contacted
        first = _("None of them with money that can be told. First {client_name}: {reason}.")
    counts = {words.value(reason): n for reason, n in frame["reason"].value_counts().items()}
    part = _("{name} ({number})")
    named = listed(fill(part, name=name, number=number) for name, number in counts.items())
    return joined(
        needed,
        fill(first, top, reason=words.value(top["reason"])),
        fill(_("Reasons: {reasons}."), reasons=named),
    )


def reasons(frame: pd.DataFrame) -> str:
    """attention: which reason is worth most, with how many clients."""
    if frame.empty:
        return _("Nobody needs attention today.")
    sums = frame.groupby("reason")["worth"].agg(["sum", "size"]).sort_values("sum")
    most = sums.iloc[-1]
    text = plural(
        "Worth most: “{reason}”, {money} with {number} client.",
        "Worth most: “{reason}”, {money} with {number} clients.",
        int(most["size"]),
    )
    return fill(text, reason=words.value(sums.index[-1]), money=money(most["sum"]))


def attention_details(frame: pd.DataFrame) -> pd.Series:
    """attention: why each client needs somebody, in a sentence for each row."""
    return pd.Series([attention_row(row) for _at, row in frame.iterrows()], frame.index, dtype=str)


def attention_row(row: pd.Series) -> str:
    """A row of attention: why the client needs somebody, and the other reasons.

    Of the sentences of a reason, the first is said whose every part the row has.
    """
    facts = _facts(row)
    texts = [*_texts(row).get(row["reason"], []), f"{words.value(row['reason'])}."]
    why = next(text for text in texts if set(re.findall(r"\{(\w+)\}", text)) <= set(facts))
    also = facts.get("also", "").split(", ") if "also" in facts else []
    others = fill(_("Also: {reasons}."), reasons=listed(words.value(each) for each in also))
    return joined(fill(why, **facts), others if also else "")


def _texts(row: pd.Series) -> dict[str, list[str]]:
    """The sentences of each reason, the fullest first."""
    # an empty last touch says never, a column that is not there says nothing
    never = [_("{abc} client, never contacted.")] if "last_touch" in row else []
    return {
        "late": [
            _("Late to order: last purchase on {last_on}; usual gap: {gap}; beyond it: {late}."),
            _("Late to order: last purchase on {last_on}."),
            _("Late to order by its own rhythm."),
        ],
        "silent": [
            _("Stopped buying: last purchase on {last_on}, expected on {expected_on}; usual gap: "
              "{gap}."),
            _("Stopped buying: last purchase on {last_on}."),
            _("Stopped buying."),
        ],
        "lost": [
            _("Lost: {from_class} before with {revenue_before}, no purchase in the window; window: "
              "{months}."),
            _("Lost."),
        ],
        "fell from A": [
            _("Fell from {from_class} to {to_class}: revenue {revenue_before} before, "
              "{revenue_after} now; window: {months}."),
            _("Fell from {from_class} to {to_class}."),
            _("Fell from A."),
        ],
        "no longer regular": [
            _("No longer regular, {from_class} before, {to_class} now: revenue {revenue_before} "
              "before, {revenue_after} now; window: {months}."),
            _("No longer regular: {from_class} before, {to_class} now."),
            _("No longer regular."),
        ],
        "loss maker": [
            _("Sold at a loss: margin {margin} on revenue of {revenue}."),
            _("Sold at a loss."),
        ],
        "untouched": [
            _("{abc} client, last contacted on {last_touch}."),
            *never,
            _("Not contacted in time."),
        ],
    }  # fmt: skip


def _facts(row: pd.Series) -> dict[str, str]:
    """What the row has, as it is written."""
    written = dict.fromkeys(["last_on", "expected_on", "last_touch"], words.date)
    written |= dict.fromkeys(["revenue_before", "revenue_after", "revenue", "margin"], money)
    written |= dict.fromkeys(["from_class", "to_class", "abc", "also"], str)
    facts = {name: form(row[name]) for name, form in written.items() if pd.notna(row.get(name))}
    for name, column in (("gap", "typical_gap_days"), ("late", "overdue_days")):
        if pd.notna(row.get(column)):
            facts[name] = plural("{number} day", "{number} days", round(row[column]))
    if pd.notna(row.get("window_months")):
        months = round(row["window_months"])
        facts["months"] = plural("{number} month", "{number} months", months)
    return {name: text for name, text in facts.items() if text}
