"""What the first page says."""

import math

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.schema import EVERYONE
from clientops.words import N_, _, plural

_WHOLE_MONTH = (
    N_("{month}: revenue {money}, at equal working days {change_12} on {month_12}, {change_1} on "
       "{month_1}."),
    N_("{month}: revenue {money}, at equal working days {change_12} on {month_12}."),
    N_("{month}: revenue {money}, at equal working days {change_1} on {month_1}."),
    N_("{month}: revenue {money}."),
)  # fmt: skip
_A_DAY = 0.5  # who pays later than so is late by days
_RUNNING_MONTH = (
    N_("{month} up to now: revenue {money}, at equal working days {change_12} on {month_12}, "
       "{change_1} on {month_1}."),
    N_("{month} up to now: revenue {money}, at equal working days {change_12} on {month_12}."),
    N_("{month} up to now: revenue {money}, at equal working days {change_1} on {month_1}."),
    N_("{month} up to now: revenue {money}."),
)  # fmt: skip


@say.of_subject
def headlines(frame: pd.DataFrame) -> str:
    """headlines: what the month brought, against the year and the month before; what moved."""
    rows = say.spoken(frame).sort_values("place", kind="stable")
    if rows.empty:
        return _("Nothing has been shipped yet, so there are no figures to show.")
    revenue = rows[rows["metric"] == "revenue"]
    said = [_revenue(row) for _at, row in revenue.iterrows()]
    texts = {"worse": _("Worse: {names}."), "better": _("Better: {names}.")}
    if (revenue["verdict"] == "worse").any():  # no detail of such a month is praised
        texts.pop("better")
    for verdict, text in texts.items():
        labels = rows.loc[rows["verdict"] == verdict, "label"]
        names = say.listed(_inside(words.value(label)) for label in labels)
        said += [say.fill(text, names=names)] if names else []
    if len(said) == len(revenue) and rows["verdict"].notna().any():
        said.append(_("What can be compared with a year before is about as it was then."))
    return say.joined(*said) or _("No client counts, so there is no revenue to speak of.")


def _revenue(row: pd.Series) -> str:
    """What the month brought, and the change on the year and the month before: of the texts the
    first whose parts are known."""
    parts = {"money": say.money(row["value"]), "month": row["month"]}
    for back, change in ((12, row["year_change"]), (1, row["change"])):
        if pd.notna(change):
            month = row["month"] - pd.DateOffset(months=back)
            parts |= {
                f"change_{back}": say.signed(change),
                f"month_{back}": words.long_month(month),
            }
    texts = _WHOLE_MONTH if pd.isna(row["compared_days"]) else _RUNNING_MONTH
    return say.fill(_(say.first_known(texts, parts)), row, **parts)


def _inside(label: str) -> str:
    """A label in the middle of a sentence; letters that are names stay."""
    return label if label[1:2] == " " else label[:1].lower() + label[1:]


@say.empty_says(N_("The months before are kept of whole portfolios, not of some of their clients."))
def revenue_months(frame: pd.DataFrame) -> str:
    """headline_history: what the last year brought, against the year before it."""
    rows = frame[frame["metric"] == "revenue"]
    rows = say.spoken(rows) if words.subject() else rows[rows["manager_id"] != EVERYONE]
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
        text = say.by_change(
            round(change, 3),
            _("{name}: {money} from {first} to {last}, {change} more than a year before."),
            _("{name}: {money} from {first} to {last}, {change} less than a year before."),
            _("{name}: {money} from {first} to {last}, as much as a year before."),
        )
    name = say.named(rows) if words.subject() else _("Together")
    return say.fill(text, name=name, money=say.money(total), first=months[0], last=months[-1],
                    change=say.percent(abs(change), 1 if abs(change) < 0.1 else 0))  # fmt: skip


def carriers(frame: pd.DataFrame) -> str:
    """headlines: who brings most revenue, with whom it rose and fell most in a year."""
    rows = say.people(frame[frame["metric"] == "revenue"]).sort_values("value", ascending=False)
    if rows.empty or (len(rows) > 1 and rows["value"].iloc[0] <= 0):
        return _("No manager's clients have brought anything in this month.")
    if len(rows) == 1:
        row = rows.iloc[0]
        return say.fill(_("{manager_name}: revenue {money}."), row, money=say.money(row["value"]))
    rows = rows.assign(
        money=rows["value"].map(say.money), moved=rows["year_change"].map(say.signed)
    )
    rose, fell = rows[rows["year_change"] > 0], rows[rows["year_change"] < 0]
    told = (
        (_("Most revenue: {most}."), "{manager_name} ({money})", rows),
        (_("Largest rise on a year before at equal working days: {most}."),
         "{manager_name} ({moved})", rose.sort_values("year_change", ascending=False)),
        (_("Largest fall: {most}.") if len(rose) else
         _("Largest fall on a year before at equal working days: {most}."),
         "{manager_name} ({moved})", fell.sort_values("year_change")),
    )  # fmt: skip
    return say.joined(*(say.ends(text, some, show) for text, show, some in told if len(some)))


def side_by_side(frame: pd.DataFrame) -> str:
    """headlines: who has most figures that are better than a year before, and who most worse."""
    rows = say.people(frame[frame["verdict"].notna()])
    if rows.empty:
        return _("No figure of a manager can be compared with a year before.")
    rows = rows.groupby(["manager_id", "manager_name"])["verdict"].value_counts().unstack()
    rows = rows.reindex(columns=["better", "same", "worse"]).fillna(0).astype(int)
    rows = rows.assign(number=rows.sum(axis=1)).reset_index()
    if len(rows) == 1:
        text = _("{manager_name}: {better} of {number} comparable figures better than a year "
                 "before, {worse} worse.")  # fmt: skip
        return say.fill(text, rows.iloc[0])
    told = (("better", _("Most figures better than a year before: {most}.")),
            ("worse", _("Most figures worse than a year before: {most}.")))  # fmt: skip
    said = []
    for verdict, text in told:
        rows = rows.assign(many=rows[verdict]).sort_values("many", ascending=False, kind="stable")
        said.append(say.ends(text, rows, "{manager_name} ({many})") if rows["many"].any() else "")
    return say.joined(*said) or _("No manager's figures have moved much in a year.")


# ---------------------------------------------------------------- who needs somebody


@say.empty_says(N_("Nobody needs attention today."))
def attention(frame: pd.DataFrame) -> str:
    """attention: how many clients need somebody, who comes first, and which reason is frequent."""
    needed = plural(
        "{number} client needs somebody.", "{number} clients need somebody.", len(frame)
    )
    first, top = _("First {client_name}: {reason}, worth {worth}."), frame.iloc[0]
    if pd.isna(top["worth"]):  # nobody is late, silent or lost: only those not contacted
        first = _("None of them with money that can be told. First {client_name}: {reason}.")
    counts = frame["reason"].value_counts()
    often = plural("Most frequent: {reason} ({number} client).",
                   "Most frequent: {reason} ({number} clients).", int(counts.iloc[0]))  # fmt: skip
    names = say.listed(words.value(reason) for reason in counts.index[counts == counts.iloc[0]])
    return say.joined(
        needed,
        say.fill(first, top, reason=words.value(top["reason"])),
        say.fill(often, reason=names) if len(counts) > 1 else "",
    )


@say.empty_says(N_("Nobody needs attention today."))
def reasons(frame: pd.DataFrame) -> str:
    """attention: which reason is worth most, with how many clients."""
    told = frame[frame["worth"].notna()]
    if told.empty:
        return _("No client needs attention for money that can be told.")
    sums = told.groupby("reason")["worth"].agg(["sum", "size"]).sort_values("sum")
    most = sums.iloc[-1]
    text = plural(
        "Worth most: {reason}, {money} with {number} client.",
        "Worth most: {reason}, {money} with {number} clients.",
        int(most["size"]),
    )
    return say.fill(text, reason=words.value(sums.index[-1]), money=say.money(most["sum"]))


def attention_details(frame: pd.DataFrame) -> pd.Series:
    """attention: why each client needs somebody, in a sentence for each row."""
    return pd.Series([attention_row(row) for _at, row in frame.iterrows()], frame.index, dtype=str)


def attention_row(row: pd.Series) -> str:
    """A row of attention: why the client needs somebody, and the other reasons.

    Of the sentences of a reason, the first is said whose every part the row has.
    """
    facts = _facts(row)
    texts = [*_texts(row).get(row["reason"], []), f"{words.value(row['reason'])}."]
    also = facts.get("also", "").split(", ") if "also" in facts else []
    others = say.fill(_("Also: {reasons}."), reasons=say.listed(words.value(each) for each in also))
    return say.joined(say.fill(say.first_known(texts, facts), **facts), others if also else "")


def _texts(row: pd.Series) -> dict[str, list[str]]:
    """The sentences of each reason, the fullest first."""
    # an empty last touch says never, a column that is not there says nothing
    never = [_("Class {abc}, never contacted.")] if "last_touch" in row else []
    in_time = []
    if row.get("days_late", math.nan) < _A_DAY:
        in_time = [_("Owes {money} overdue beyond the days of grace, the oldest since "
                     "{oldest_due_on}; usually pays in time.")]  # fmt: skip
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
        "invoice overdue": [
            *in_time,
            _("Owes {money} overdue beyond the days of grace, the oldest since {oldest_due_on}; "
              "usually pays late by: {paid_late}."),
            _("Owes {money} overdue beyond the days of grace, the oldest since {oldest_due_on}."),
            _("Owes what is overdue."),
        ],
        "plan gap": [
            _("Below its plan: {revenue_to_date} of {plan_to_date} this year so far."),
            _("Below its plan."),
        ],
        "untouched": [
            _("Class {abc}, last contacted on {last_touch}."),
            *never,
            _("Not contacted in time."),
        ],
    }  # fmt: skip


def _facts(row: pd.Series) -> dict[str, str]:
    """What the row has, as it is written."""
    written = dict.fromkeys(["last_on", "expected_on", "last_touch", "oldest_due_on"], words.date)
    written |= dict.fromkeys(["revenue_before", "revenue_after", "revenue", "margin", "money",
                              "plan_to_date", "revenue_to_date"], say.money)  # fmt: skip
    written |= dict.fromkeys(["from_class", "to_class", "abc", "also"], str)
    facts = {name: form(row[name]) for name, form in written.items() if pd.notna(row.get(name))}
    for name, column in (("gap", "typical_gap_days"), ("late", "overdue_days"),
                         ("paid_late", "days_late")):  # fmt: skip
        if pd.notna(row.get(column)):
            facts[name] = plural("{number} day", "{number} days", round(row[column]))
    if pd.notna(row.get("window_months")):
        months = round(row["window_months"])
        facts["months"] = plural("{number} month", "{number} months", months)
    return {name: text for name, text in facts.items() if text}
