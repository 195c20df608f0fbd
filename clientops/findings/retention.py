"""What the tables of retention say."""

import functools
from collections.abc import Callable

import pandas as pd

from clientops import words
from clientops.findings.parts import EVERYONE, UNASSIGNED, fill, no_sum, scope, whose, with_number
from clientops.words import _, plural

_YEAR = 4  # quarters after the first
_MONTHS = (12, 24)  # of survival
_FRESH = 12  # cohorts told about


def _of_one(says: Callable[[pd.DataFrame], str]) -> Callable[[pd.DataFrame], str]:
    """A sentence of the company or of one manager; of several there is no sum."""

    @functools.wraps(says)
    def said(frame: pd.DataFrame) -> str:
        rows, managers = scope(frame)
        if rows.empty and len(managers) > 1:
            return no_sum()
        return says(frame)

    return said


# ---------------------------------------------------------------- revenue, against the year before


@_of_one
def revenue_kept(frame: pd.DataFrame) -> str:
    """revenue_retention: what clients of the year before bring now, and how many were kept."""
    rows, _managers = scope(frame)
    if rows.empty:
        return _(
            "There is no revenue of the year before to compare with: this shows once the data "
            "reach back a year."
        )
    last = rows.loc[rows["month"].idxmax()]
    if last["month"] < frame["month"].max():
        return _no_longer(last)
    if pd.isna(last["nrr"]):
        text = _("No client{whose} brought revenue in the year before, so there is none to keep.")
        return fill(text, whose=whose(rows))
    first = plural(
        "Clients{{whose}} bring {{nrr}} of their revenue of a year before; without what some buy "
        "more, {{grr}}. {{kept}} of {number} client still buys.",
        "Clients{{whose}} bring {{nrr}} of their revenue of a year before; without what some buy "
        "more, {{grr}}. {{kept}} of {number} clients still buy.",
        int(last["clients_opening"]),
    )
    sentences = [
        fill(
            first,
            whose=whose(rows),
            nrr=words.percent(last["nrr"]),
            grr=words.percent(last["grr"]),
            kept=words.count(last["clients_kept"]),
        )
    ]
    before = rows.loc[rows["month"].idxmin()]
    if before["month"] < last["month"] and pd.notna(before["nrr"]):
        text = _("In {month} it was {nrr}.")
        nrr = words.percent(before["nrr"])
        sentences.append(fill(text, month=words.month(before["month"]), nrr=nrr))
    months = int(last["window_months"])
    if len(rows) == 1 and months < _MONTHS[0]:
        sentences.append(
            plural("Only {number} month can be compared yet.",
                   "Only {number} months can be compared yet.", months)
        )  # fmt: skip
    return " ".join(sentences)


def revenue_kept_by_manager(frame: pd.DataFrame) -> str:
    """revenue_retention: whose clients keep least and most of their revenue."""
    last = frame[frame["month"] == frame["month"].max()]
    people = _people(last[last["nrr"].notna()]).sort_values(["nrr", "manager_name"])
    if people.empty:
        return _("None of the managers shown has clients with revenue in the year before.")
    low = people.iloc[0]
    if len(people) == 1:
        text = _("The clients of {name} bring {nrr} of their revenue of a year before.")
        said = fill(text, name=low["manager_name"], nrr=words.percent(low["nrr"]))
        return " ".join([said, _in_the_company(last, "nrr")]).strip()
    high = people.iloc[-1]
    text = _("Of their revenue of a year before, {low}'s clients bring {least}, those of the other "
             "managers {from_} to {most}.")  # fmt: skip
    if len(people) == 2:
        text = _("Of their revenue of a year before, {low}'s clients bring {least}, {high}'s "
                 "{most}.")  # fmt: skip
    return fill(
        text,
        low=low["manager_name"],
        high=high["manager_name"],
        least=words.percent(low["nrr"]),
        from_=words.percent(people["nrr"].iloc[1]),
        most=words.percent(high["nrr"]),
    )


def _in_the_company(rows: pd.DataFrame, column: str) -> str:
    """The share of the company's row, where there is one."""
    company = rows.loc[rows["manager_id"] == EVERYONE, column].dropna()
    if company.empty:
        return ""
    return fill(_("In the company it is {share}."), share=words.percent(company.iloc[0]))


def _no_longer(last: pd.Series) -> str:
    """Of a manager whose clients went to others."""
    text = _("Since {month} {name} has had no client with revenue to compare.")
    return fill(text, month=words.month(last["month"]), name=last["manager_name"])


@_of_one
def revenue_moves(frame: pd.DataFrame) -> str:
    """revenue_retention: what went and what came since the year before."""
    rows, _managers = scope(frame)
    if rows.empty:
        return _("There is no revenue of the year before to compare with.")
    last = rows.loc[rows["month"].idxmax()]
    if last["month"] < frame["month"].max():
        return _no_longer(last)
    text = _(
        "Of {opening} a year before, {churned} left with clients who stopped and {contraction} "
        "with clients who buy less; {expansion} came from clients who buy more, {new} from others."
    )
    amounts = ["opening", "churned", "contraction", "expansion", "new"]
    return fill(text, **{name: words.short_money(last[name]) for name in amounts})


# ---------------------------------------------------------------- cohorts


@_of_one
def cohorts_kept(frame: pd.DataFrame) -> str:
    """cohort_quarters: how many of the clients won are still there a year later."""
    rows = _won(frame)
    if rows.empty:
        return _(
            "No client was won early enough to tell who stays: clients count as won from the "
            "second month of the data on, and show two quarters later."
        )
    sentences = [_kept_after(row, "retention", rows) for row in _told(rows)]
    return " ".join(sentences)


@_of_one
def cohort_revenue(frame: pd.DataFrame) -> str:
    """cohort_quarters: what is left of the revenue of the first quarter a year later."""
    rows = _won(frame)
    if rows.empty:
        return _("No client was won early enough to tell what becomes of its revenue.")
    told = [row for row in _told(rows) if pd.notna(row["revenue_retention"])]
    if not told:
        return _(
            "The first quarter brought no revenue, so there is nothing to hold others against."
        )
    return " ".join(_kept_after(row, "revenue_retention", rows) for row in told)


def _won(frame: pd.DataFrame) -> pd.DataFrame:
    """All clients won, of the company or the only manager, from the first quarter after on."""
    rows, _managers = scope(frame)
    return rows[rows["cohort"].isna() & (rows["age"] > 0)].sort_values("age")


def _told(rows: pd.DataFrame) -> list[pd.Series]:
    """The quarter after the first, and the one a year later."""
    return [row for age in (1, _YEAR) for _at, row in rows[rows["age"] == age].iterrows()]


def _kept_after(row: pd.Series, column: str, rows: pd.DataFrame) -> str:
    share, quarters = words.percent(row[column]), int(row["age"])
    if column == "retention":
        text = plural(
            "Of {{clients}} clients won{{by}}, {{share}} bought again in the quarter after the "
            "first.",
            "Of the {{clients}} won early enough, {{share}} still bought a year after "
            "({number} quarters).",
            quarters,
        )
    else:
        text = plural(
            "Clients won{{by}} bring {{share}} of the revenue of their first quarter in the next.",
            "A year after ({number} quarters) it is {{share}}.",
            quarters,
        )
    return fill(text, clients=words.count(row["clients"]), share=share, by=_by(rows))


def _by(rows: pd.DataFrame) -> str:
    if rows["manager_id"].iloc[0] in (EVERYONE, UNASSIGNED):
        return ""
    return fill(_(" by {name}"), name=rows["manager_name"].iloc[0])


@_of_one
def cohort_months(frame: pd.DataFrame) -> str:
    """cohort_retention: how many of the last clients who had three months for it came back."""
    rows, _managers = scope(frame)
    fresh = rows[(rows["age"] == 3) & ~rows["existing"]].nlargest(_FRESH, "cohort")
    if fresh.empty:
        return _("No client was won early enough to tell who comes back.")
    since, until = words.month(fresh["cohort"].min()), words.month(fresh["cohort"].max())
    when = _("in {until}") if since == until else _("from {since} to {until}")
    text = plural(
        "Of {number} client won{{by}} {{when}}, {{back}} bought again in the three months after "
        "the first.",
        "Of {number} clients won{{by}} {{when}}, {{back}} bought again in the three months after "
        "the first.",
        int(fresh["clients"].sum()),
    )
    back = int(fresh["retained_quarter"].sum())
    return fill(
        text,
        by=_by(rows),
        when=when.format(since=since, until=until),
        back=words.count(back) if back else _("none"),
    )


# ---------------------------------------------------------------- the repeat ladder


@_of_one
def ladder(frame: pd.DataFrame) -> str:
    """repeat_ladder: how many come back once, how soon, and how many go on."""
    rows, _managers = scope(frame)
    known = rows[rows["conversion"].notna()].sort_values("purchase_no")
    if known.empty or known["purchase_no"].iloc[0] != 2:
        return _("No first purchase is old enough yet to tell who comes back.")
    second, last = known.iloc[0], known.iloc[-1]
    text = _("{share} of the {mature} clients won{by} who had the time made a second purchase")
    if pd.notna(second["median_days"]):
        text = _("{share} of the {mature} clients won{by} who had the time made a second purchase, "
                 "half of all within {days} days")  # fmt: skip
    sentences = [
        fill(
            f"{text}.",
            share=words.percent(second["conversion"]),
            mature=words.count(second["mature"]),
            by=_by(rows),
            days=words.count(second["median_days"]),
        )
    ]
    if last["purchase_no"] > 2:
        text = _("After purchase {number}, {share} of {mature} made the next.")
        sentences.append(
            fill(
                text,
                number=words.count(last["purchase_no"] - 1),
                share=words.percent(last["conversion"]),
                mature=words.count(last["mature"]),
            )
        )
    return " ".join(sentences)


def second_purchase(frame: pd.DataFrame) -> str:
    """repeat_ladder: whose new clients come back most and least often."""
    second = frame[(frame["purchase_no"] == 2) & frame["conversion"].notna()]
    people = _people(second).sort_values(["conversion", "manager_name"])
    if people.empty:
        return _("No first purchase is old enough yet to tell whose clients come back.")
    if len(people) == 1:
        text = _("{share} of the {mature} clients won by {name} made a second purchase.")
        row = people.iloc[0]
        share, mature = words.percent(row["conversion"]), words.count(row["mature"])
        said = fill(text, share=share, mature=mature, name=row["manager_name"])
        return " ".join([said, _in_the_company(second, "conversion")]).strip()
    low, high = (
        with_number(
            row["manager_name"],
            _("{share} of {mature}").format(
                share=words.percent(row["conversion"]), mature=words.count(row["mature"])
            ),
        )
        for row in (people.iloc[0], people.iloc[-1])
    )
    text = _("A second purchase is most frequent with {high}, least with {low}.")
    return fill(text, high=high, low=low)


# ---------------------------------------------------------------- survival


@_of_one
def survival(frame: pd.DataFrame) -> str:
    """client_survival: how many are left after one and two years, and who is counted apart."""
    rows, _managers = scope(frame)
    if rows.empty or not rows["ended"].any():
        return _("No client has been silent long enough to have ended.")
    known = [(months, row) for months in _MONTHS if (row := _at(rows, months)) is not None]
    watched = int(rows["watched_months"].iloc[0])
    (months, row), *later = known or [(watched, _at(rows, watched))]
    text = plural(
        "{{share}} of clients{{whose}} still buy {number} month after their first purchase{{band}}",
        "{{share}} of clients{{whose}} still buy {number} months after their first purchase"
        "{{band}}",
        months,
    )
    said = fill(text, share=words.percent(row["survival"]), whose=whose(rows), band=_band(row))
    for months, row in later:
        text = plural(", {{share}} after {number} month{{band}}",
                      ", {{share}} after {number} months{{band}}", months)  # fmt: skip
        said += fill(text, share=words.percent(row["survival"]), band=_band(row))
    sentences = [f"{said}."]
    half = rows[rows["survival"] <= 0.5]
    if len(half):
        months = words.count(half["months"].min())
        sentences.append(
            _("Half of them have stopped after {months} months.").format(months=months)
        )
    return " ".join([*sentences, _counted_apart(rows)])


def _band(row: pd.Series) -> str:
    if pd.isna(row["low"]):
        return ""
    low, high = words.percent(row["low"]), words.percent(row["high"])
    return _(" (95% band {low} to {high})").format(low=low, high=high)


def _counted_apart(rows: pd.DataFrame) -> str:
    once = int(rows.loc[rows["months"] == 0, "ended"].sum())
    back = int(rows["came_back"].iloc[0])
    text = plural(
        "{number} bought only once and has ended; {{back}} came back after an end.",
        "{number} bought only once and have ended; {{back}} came back after an end.",
        once,
    )
    return fill(text, back=words.count(back))


def survival_by_manager(frame: pd.DataFrame) -> str:
    """client_survival: with whom clients stay longest and shortest."""
    lasts = [_at(rows, _MONTHS[0]) for _id, rows in frame.groupby("manager_id")]
    known = pd.DataFrame([row for row in lasts if row is not None], columns=frame.columns)
    everyone = frame[frame["months"] == 0].set_index("manager_id")["at_risk"]
    people = _people(known).sort_values(["survival", "manager_name"])
    if people.empty:
        return _("No manager's clients have been watched for a year yet.")
    low, high = (
        with_number(
            row["manager_name"],
            _("{share} of {mature}").format(
                share=words.percent(row["survival"]),
                mature=words.count(everyone[row["manager_id"]]),
            ),
        )
        for row in (people.iloc[0], people.iloc[-1])
    )
    if len(people) == 1:
        said = _("After a year {share} of the clients of {name} still buy.")
        share, name = words.percent(people["survival"].iloc[0]), people["manager_name"].iloc[0]
        said = fill(said, share=share, name=name)
        return " ".join([said, _in_the_company(known, "survival")]).strip()
    return fill(
        _("After a year most still buy with {high}, fewest with {low}."), high=high, low=low
    )


def _at(rows: pd.DataFrame, months: int) -> pd.Series | None:
    """The row that holds so many months after the first purchase; none where that is not known."""
    rows = rows.sort_values("months")
    if rows.empty or rows["watched_months"].iloc[-1] < months:
        return None
    return rows[rows["months"] <= months].iloc[-1]


def _people(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~frame["manager_id"].isin([EVERYONE, UNASSIGNED])]
