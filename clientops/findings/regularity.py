"""What the tables of shipments and late clients say."""

import pandas as pd

from clientops import words
from clientops.findings.parts import EVERYONE, UNASSIGNED, fill, listed, scope, with_number
from clientops.words import _, plural


def month_end_rush(frame: pd.DataFrame) -> str:
    """shipment_regularity: who keeps shipments back for the end of the month."""
    rows = _people(frame[(frame["grain"] == "month") & frame["last_week_share"].notna()])
    if rows.empty:
        return _("No manager has shipped anything in this time, so there is no end to compare.")
    rows = rows.sort_values(["last_week_share", "manager_name"], ascending=[False, True])
    rushing = rows[rows["verdict"] == "above"]
    others = rows.drop(rushing.index)
    norm = words.percent(rows["last_week_norm"].iloc[0])
    if len(rushing):
        sentences = [_rushes(row, norm) for row in rushing.iloc[:2].itertuples()]
        if len(rushing) > 2:
            names = [_with_share(row) for row in rushing.iloc[2:].itertuples()]
            sentences.append(fill(_("The same holds for {names}."), names=listed(names)))
        if len(others):
            sentences.append(fill(_("The others: {share}."), share=_span(others)))
        return " ".join(sentences)
    if len(rows) > 1:
        first = _(
            "Nobody keeps shipments back month after month: the last working days of the month "
            "bring {share} of revenue; even would be {norm}."
        )
    else:
        first = _(
            "{name} keeps no shipments back month after month: the last working days of the month "
            "bring {share} of revenue; even would be {norm}."
        )
    first = fill(first, name=rows["manager_name"].iloc[0], share=_span(rows), norm=norm)
    top = rows.iloc[0]
    if len(rows) == 1 or top["last_week_share"] <= top["last_week_norm"]:
        return first
    then = _("Most with {name}: more than even in {some} of {of} months.")
    some, of = words.count(top["rush_months"]), words.count(top["periods"])
    return f"{first} {fill(then, name=top['manager_name'], some=some, of=of)}"


def evenness(frame: pd.DataFrame) -> str:
    """shipment_regularity: whose shipments vary most from week to week, and the longest gap."""
    rows = _people(frame[(frame["grain"] == "week") & frame["cv"].notna()])
    days = _people(frame[frame["grain"] == "day"]).sort_values(
        ["longest_gap", "manager_name"], ascending=[False, True]
    )
    if rows.empty:
        return _("No manager has shipped anything in a whole week yet.")
    rows = rows.sort_values(["cv", "manager_name"], ascending=[False, True])
    most, least, longest = rows.iloc[0], rows.iloc[-1], days.iloc[0]
    gap = plural("{number} working day", "{number} working days", int(longest["longest_gap"]))
    if len(rows) == 1:
        text = _(
            "{name} makes {mean} shipments a week, give or take {sd}; the longest time without one "
            "was {gap}."
        )
        mean, sd = words.decimal(most["mean"], 1), words.decimal(most["sd"], 1)
        return fill(text, name=most["manager_name"], mean=mean, sd=sd, gap=gap)
    first = _(
        "Shipments vary most from week to week with {most}, by {high} of the weekly mean, and "
        "least with {least} ({low})."
    )
    first = fill(
        first,
        most=most["manager_name"],
        high=words.percent(most["cv"]),
        least=least["manager_name"],
        low=words.percent(least["cv"]),
    )
    if not longest["longest_gap"]:
        return f"{first} {_('Everybody shipped on every working day.')}"
    then = _("The longest time without a shipment was {gap} ({name}).")
    return f"{first} {fill(then, gap=gap, name=longest['manager_name'])}"


def shipment_weeks(frame: pd.DataFrame) -> str:
    """shipment_counts: who had weeks without a shipment."""
    rows = _people(frame[frame["grain"] == "week"])
    if rows.empty:
        return _("There is no whole week with a manager at work yet.")
    empty = (rows["shipments"] == 0).groupby(rows["manager_id"]).agg(["sum", "size"])
    names = dict(zip(rows["manager_id"], rows["manager_name"], strict=True))
    missed = empty[empty["sum"] > 0].sort_values("sum", ascending=False, kind="stable")
    if missed.empty and len(empty) == 1:
        return fill(_("{name} shipped something in every week."), name=names[empty.index[0]])
    if missed.empty:
        return _("Every manager shipped something in every week.")
    said = [
        fill(_("{name} ({some} of {of})"), name=names[row.Index], some=words.count(row.sum_),
             of=words.count(row.size_))
        for row in missed.rename(columns={"sum": "sum_", "size": "size_"}).itertuples()
    ]  # fmt: skip
    first = fill(_("Weeks without a shipment: {names}."), names=listed(said))
    without = len(empty) - len(missed)
    if not without:
        return first
    then = plural(
        "{number} other manager shipped in every week.",
        "The other {number} managers shipped in every week.",
        without,
    )
    return f"{first} {then}"


def shipment_months(frame: pd.DataFrame) -> str:
    """shipment_counts: the months with most and with fewest shipments."""
    rows, _managers = scope(frame[frame["grain"] == "month"])
    if rows.empty:
        return _("There is no month with a shipment yet.")
    most = rows.loc[rows["shipments"].idxmax()]
    least = rows.loc[rows["shipments"].idxmin()]
    if most["shipments"] == least["shipments"]:
        text = _("{name}: {number} shipments in every month.")
    else:
        text = _("{name}: most shipments in {month} ({number}), fewest in {then} ({least}).")
    return fill(
        text,
        name=_called(rows),
        month=words.month(most["period_start"]),
        number=words.count(most["shipments"]),
        then=words.month(least["period_start"]),
        least=words.count(least["shipments"]),
    )


def shipment_days(frame: pd.DataFrame) -> str:
    """shipment_counts: the days without a shipment, and the busiest one."""
    rows, _managers = scope(frame[frame["grain"] == "day"])
    if rows.empty:
        return _("There is no working day with a shipment yet.")
    empty, of = int((rows["shipments"] == 0).sum()), words.count(len(rows))
    name = _called(rows)
    if empty:
        first = plural(
            "{{name}}: {number} of {{of}} working days passed without a shipment.",
            "{{name}}: {number} of {{of}} working days passed without a shipment.",
            empty,
        )
    else:
        first = _("{name}: something was shipped on each of {of} working days.")
    top = rows.loc[rows["shipments"].idxmax()]
    then = _("The busiest was {day} with {number} shipments.")
    day, number = words.date(top["period_start"]), words.count(top["shipments"])
    return f"{fill(first, name=name, of=of)} {fill(then, day=day, number=number)}"


def overdue(frame: pd.DataFrame) -> str:
    """overdue_clients: how many are late and silent, what that costs so far, whom to call first."""
    if frame.empty:
        return _("No client with a rhythm of its own is late.")
    late, silent = (frame[frame["status"] == status] for status in ("late", "silent"))
    sentences = [
        plural(
            "{number} client is late by its own rhythm, {{money}} missed so far; first {{first}}.",
            "{number} clients are late by their own rhythm, {{money}} missed so far; first "
            "{{first}}.",
            len(late),
        )
        if len(late)
        else _("Nobody is late who may still be expected."),
        plural(
            "{number} more is silent and may be lost ({{money}}): {{first}}.",
            "{number} more are silent and may be lost ({{money}}), first {{first}}.",
            len(silent),
        )
        if len(silent)
        else "",
    ]
    said = [
        fill(sentence, money=words.short_money(rows["revenue_missed"].sum()), first=_first(rows))
        for sentence, rows in zip(sentences, (late, silent), strict=True)
        if sentence
    ]
    return " ".join(said)


# ---------------------------------------------------------------- parts of the sentences


def _people(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of managers, without the company and what belongs to nobody."""
    return frame[~frame["manager_id"].isin([EVERYONE, UNASSIGNED])]


def _called(rows: pd.DataFrame) -> str:
    if rows["manager_id"].iloc[0] == EVERYONE:
        return _("The company")
    return words.value(rows["manager_name"].iloc[0])


def _with_share(row: tuple) -> str:
    return with_number(row.manager_name, words.percent(row.last_week_share))


def _rushes(row: tuple, norm: str) -> str:
    text = _(
        "{name} ships {share} of revenue in the last working days of the month; even would be "
        "{norm}. It was more than even in {some} of {of} months."
    )
    return fill(
        text,
        name=row.manager_name,
        share=words.percent(row.last_week_share),
        norm=norm,
        some=words.count(row.rush_months),
        of=words.count(row.periods),
    )


def _span(rows: pd.DataFrame) -> str:
    """From the lowest to the highest share."""
    low = words.percent(rows["last_week_share"].min())
    high = words.percent(rows["last_week_share"].max())
    return high if low == high else fill(_("{low} to {high}"), low=low, high=high)


def _first(rows: pd.DataFrame) -> str:
    """The first client with the revenue missed; empty where there is none."""
    if rows.empty:
        return ""
    return with_number(
        rows["client_name"].iloc[0], words.short_money(rows["revenue_missed"].iloc[0])
    )
