"""What the tables of retention say."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.words import _

_YEAR = 4  # quarters after the first
_MONTHS = (12, 24)  # of survival
_FRESH = 12  # cohorts told about


# ---------------------------------------------------------------- revenue, against the year before


def _latest(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The rows to speak of, by month; and what there is to say where the last tells nothing."""
    rows = say.spoken(frame).sort_values("month")
    if rows.empty:
        return rows, _(
            "There is no revenue of the year before to compare with: this shows once the data "
            "reach back a year."
        )
    if rows["month"].iloc[-1] < frame["month"].max():  # a manager whose clients went to others
        text = _("{name}: no client with revenue to compare after {month}.")
        return rows, say.fill(text, rows.iloc[-1], name=say.named(rows))
    if pd.isna(rows["nrr"].iloc[-1]):
        text = _("{name}: no client brought revenue in the year before, so there is none to keep.")
        return rows, say.fill(text, name=say.named(rows))
    return rows, ""


@say.of_subject
def revenue_kept(frame: pd.DataFrame) -> str:
    """revenue_retention: what clients of the year before bring now, and how many were kept."""
    rows, nothing = _latest(frame)
    if nothing:
        return nothing
    first, last = rows.iloc[0], rows.iloc[-1]
    text = _("{name}: clients bring {nrr} of their revenue of a year before, {before} in {month}; "
             "{client_retention} of them still buy.")  # fmt: skip
    if pd.isna(first["nrr"]) or len(rows) == 1:
        text = _("{name}: clients bring {nrr} of their revenue of a year before; "
                 "{client_retention} of them still buy.")  # fmt: skip
    return say.fill(
        text, last, name=say.named(rows), before=say.percent(first["nrr"]), month=first["month"]
    )


def revenue_kept_by_manager(frame: pd.DataFrame) -> str:
    """revenue_retention: whose clients keep least and most of their revenue."""
    last = frame[frame["month"] == frame["month"].max()]
    managers = say.ranked(say.people(last), "nrr")
    if managers.empty:
        return _("None of the managers shown has clients with revenue in the year before.")
    text = _("Clients' revenue against a year before, highest: {most}; lowest: {least}.")
    alone = _("{manager_name}: clients bring {nrr} of their revenue of a year before.")
    said = say.ends(text, managers, _("{manager_name} ({nrr})"), alone)
    return say.joined(said, say.company(last, _("{whole}: {nrr}.")))


@say.of_subject
def revenue_moves(frame: pd.DataFrame) -> str:
    """revenue_retention: from what to what revenue went in a year, and by which step most."""
    rows, nothing = _latest(frame)
    if nothing:
        return nothing
    row = rows.iloc[-1]
    steps = row[["expansion", "contraction", "churned", "new"]].astype(float)
    steps[["contraction", "churned"]] *= -1
    most = str(steps.abs().idxmax())
    text = _("{name}: revenue {opening} a year before, {closing} now; largest step: {step} "
             "({amount}).")  # fmt: skip
    if not steps[most]:
        text = _("{name}: revenue {opening} a year before, {closing} now.")
    return say.fill(
        text, row, name=say.named(rows), step=words.label(most), amount=say.signed(steps[most])
    )


# ---------------------------------------------------------------- cohorts


@say.of_subject
def cohorts_kept(frame: pd.DataFrame) -> str:
    """cohort_quarters: how many of the clients won are still there a year later."""
    rows = _won(frame, "retention")
    texts = {
        1: _("{name}: {retention} of {clients} clients won early enough bought again in the "
             "quarter after the first."),
        _YEAR: _("In the quarter a year after it {retention} did, of those who had the time."),
    }  # fmt: skip
    return _at_ages(rows, texts) or _(
        "No client was won early enough to tell who stays: clients count as won from the second "
        "month of the data on, and show two quarters later."
    )


@say.of_subject
def cohort_revenue(frame: pd.DataFrame) -> str:
    """cohort_quarters: what is left of the revenue of the first quarter a year later."""
    rows = _won(frame, "revenue_retention")
    texts = {
        1: _("{name}: clients won bring {revenue_retention} of the revenue of their first quarter "
             "in the next."),
        _YEAR: _("A year after it, those won early enough bring {revenue_retention}."),
    }  # fmt: skip
    return _at_ages(rows, texts) or _(
        "No client with revenue in its first quarter was won early enough to tell what becomes of "
        "it."
    )


def _won(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """All clients won, of the company or one manager, where the column is known."""
    rows = say.spoken(frame)
    return rows[rows["cohort"].isna() & rows[column].notna()].sort_values("age")


def _at_ages(rows: pd.DataFrame, texts: dict[int, str]) -> str:
    """What is left in the quarter after the first, and a year later."""
    told = rows[rows["age"].isin(list(texts))].iterrows()
    return say.joined(
        *(say.fill(texts[row["age"]], row, name=say.named(rows)) for _at, row in told)
    )


@say.of_subject
def cohort_months(frame: pd.DataFrame) -> str:
    """cohort_retention: how many of the last clients who had three months for it came back."""
    rows = say.spoken(frame)
    fresh = rows[(rows["age"] == 3) & ~rows["existing"]].nlargest(_FRESH, "cohort")
    if fresh.empty:
        return _("No client was won early enough to tell who comes back.")
    text = _("{name}: {retained_quarter} of {clients} clients won from {since} to {until} bought "
             "again in the three months after the first.")  # fmt: skip
    if len(fresh) == 1:
        text = _("{name}: {retained_quarter} of {clients} clients won in {until} bought again in "
                 "the three months after the first.")  # fmt: skip
    sums, months = fresh[["retained_quarter", "clients"]].sum(), fresh["cohort"]
    return say.fill(text, sums, name=say.named(rows), since=months.min(), until=months.max())


# ---------------------------------------------------------------- the repeat ladder


@say.of_subject
def ladder(frame: pd.DataFrame) -> str:
    """repeat_ladder: how many come back once, and how soon."""
    rows = say.spoken(frame)
    known = rows[rows["conversion"].notna()].sort_values("purchase_no")
    if known.empty or known["purchase_no"].iloc[0] != 2:
        return _("No first purchase is old enough yet to tell who comes back.")
    second = known.iloc[0]
    text = _("{name}: {conversion} of the {mature} clients who had the time made a second "
             "purchase; median days between: {median_days}.")  # fmt: skip
    if pd.isna(second["median_days"]):
        text = _("{name}: {conversion} of the {mature} clients who had the time made a second "
                 "purchase.")  # fmt: skip
    return say.fill(text, second, name=say.named(rows))


def second_purchase(frame: pd.DataFrame) -> str:
    """repeat_ladder: whose new clients come back most and least often."""
    second = frame[(frame["purchase_no"] == 2) & frame["conversion"].notna()]
    managers = say.ranked(say.people(second), "conversion")
    if managers.empty:
        return _("No first purchase is old enough yet to tell whose clients come back.")
    text = _("Clients who made a second purchase, most: {most}; fewest: {least}.")
    alone = _("{manager_name}: {conversion} of {mature} clients who had the time made a second "
              "purchase.")  # fmt: skip
    said = say.ends(text, managers, _("{manager_name} ({conversion})"), alone)
    return say.joined(said, say.company(second, _("{whole}: {conversion}.")))


# ---------------------------------------------------------------- survival


@say.of_subject
def survival(frame: pd.DataFrame) -> str:
    """client_survival: how many are left after one and two years, and who is counted apart."""
    rows = say.spoken(frame)
    if rows.empty or not rows["ended"].any():
        return _("No client has been silent long enough to have ended.")
    known = [at for months in _MONTHS if (at := _at(rows, months)) is not None]
    known = known or [_at(rows, int(rows["watched_months"].iloc[0]))]
    text = _("{name}: {survival} of clients still buy a year after their first purchase, {later} "
             "after two years.")  # fmt: skip
    if len(known) == 1:
        text = _("{name}: {survival} of clients still buy {told} months after their first "
                 "purchase.")  # fmt: skip
    first, last = known[0], known[-1]
    said = say.fill(text, first, name=say.named(rows), later=say.percent(last["survival"]),
                    told=first["told"])  # fmt: skip
    half = rows.loc[rows["survival"] <= 0.5, "months"].min()
    stopped = _("Half of them have stopped after {months} months.")
    if half == 0:
        stopped = _("Half of them bought only once.")
    return say.joined(
        said, "" if pd.isna(half) else say.fill(stopped, months=f"{-(-half // 1):.0f}")
    )


def survival_by_manager(frame: pd.DataFrame) -> str:
    """client_survival: with whom clients stay longest and shortest."""
    lasts = [_at(rows, _MONTHS[0]) for _id, rows in frame.groupby("manager_id")]
    known = pd.DataFrame([row for row in lasts if row is not None], columns=[*frame, "of"])
    managers = say.ranked(say.people(known), "survival")
    if managers.empty:
        return _("No manager's clients have been watched for a year yet.")
    text = _("Clients who still buy after a year, most: {most}; fewest: {least}.")
    alone = _("{manager_name}: after a year {survival} of {of} clients still buy.")
    said = say.ends(text, managers, _("{manager_name} ({survival})"), alone)
    return say.joined(said, say.company(known, _("{whole}: {survival}.")))


def _at(rows: pd.DataFrame, months: int) -> pd.Series | None:
    """The row that holds so many months after the first purchase (`told`), and of how many (`of`);
    none where that is not known."""
    rows = rows.sort_values("months")
    if rows.empty or rows["watched_months"].iloc[-1] < months:
        return None
    first, row = rows.iloc[0], rows[rows["months"] <= months].iloc[-1].copy()
    row["told"], row["of"] = months, first["at_risk"]
    return row
