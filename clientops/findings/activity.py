"""What the tables of activity say."""

import pandas as pd

from clientops import words
from clientops.findings.phrases import (
    ALL_KINDS,
    company,
    each,
    ends,
    fill,
    is_one,
    joined,
    named,
    of_subject,
    people,
    ranked,
    spoken,
)
from clientops.words import _, plural

_ENOUGH = 10  # clients at a step before “nobody at the next one” is told of a manager
_FEW = 3  # managers named at once


# ---------------------------------------------------------------- how much is done


def activity_per_day(frame: pd.DataFrame) -> str:
    """manager_activity: who did nothing of a kind, who is below a norm, how much is done a day."""
    rows = spoken(frame)
    if frame.empty or (is_one() and rows.empty):
        return _("No activity is recorded up to this month.")
    whole = rows[(rows["kind"] == ALL_KINDS) & rows["per_day"].notna()]
    per_day = ""
    if len(whole):
        text = _("{name}: {per_day} activities a working day.")
        per_day = fill(text, whole.iloc[0], name=named(rows))
    judged = rows if is_one() else people(frame)
    never = [] if is_one() else _never(judged)
    return joined(*never, per_day, _below_norms(judged, are_named=bool(never)))


def _never(managers: pd.DataFrame) -> list[str]:
    """Who did nothing of a kind, in a month in which others did; kinds without a norm left out
    where some have one."""
    none = managers[(managers["activities"] == 0) & (managers["working_days"] > 0)]
    if managers["verdict"].notna().any():
        none = none[none["norm"].notna()]
    done = managers.groupby("kind")["activities"].sum()
    none = none[none["kind"].map(done) > 0]
    if len(none) > _FEW:
        return []
    text = _("{manager_name}: no {kind} in {working_days} working days.")
    none = none.replace({"kind": {ALL_KINDS: _("activity")}})
    return [fill(text, row) for _at, row in none.iterrows()]


def _below_norms(rows: pd.DataFrame, *, are_named: bool) -> str:
    """Who is below a norm; *are_named*: who did nothing of a kind is named already."""
    normed = rows[rows["verdict"].notna()]
    below = normed[normed["verdict"] == "below"]
    if normed.empty:
        return _("No norm is set.")
    if below.empty:
        return _("Every norm is reached.")
    below = below[(below["activities"] > 0) | (not are_named)]
    below = below.sort_values(["attainment", "manager_name"])
    below = below.replace({"kind": {ALL_KINDS: _("all activities")}})
    text = _("{manager_name} ({kind} {per_day} of {norm})")
    names = each(below, _("{kind} {per_day} of {norm}") if is_one() else text)
    return fill(_("Below the norm per day: {names}."), names=names) if names else ""


def idle_days(frame: pd.DataFrame) -> str:
    """manager_activity: on how many working days who did nothing at all."""
    whole = people(frame[(frame["kind"] == ALL_KINDS) & (frame["working_days"] > 0)])
    if whole.empty:
        return _("No activity is recorded on a working day up to now.")
    without = ranked(whole[whole["days_without"] > 0], "days_without")
    if without.empty:
        return _("No working day passed without any activity.")
    names = each(without, _("{manager_name} ({days_without} of {working_days})"))
    return fill(_("Working days without any activity: {names}."), names=names)


@of_subject
def busy_days(frame: pd.DataFrame) -> str:
    """activity_daily: between how much and how much is done on a working day."""
    rows = spoken(frame)
    rows = rows[rows["employed"] | (rows["activities"] > 0)]
    if rows.empty:
        return _("No activity is recorded on a working day up to now.")
    days = rows.groupby("day")["activities"].sum()
    low, high = days.idxmin(), days.idxmax()
    empty = int((days == 0).sum())
    text = _("{name}: from {least} activities ({low}) to {most} ({high}) on a working day.")
    if empty:
        text = _("{name}: working days without any activity: {empty} of {of}; most: {most} "
                 "({high}).")  # fmt: skip
    return fill(text, name=named(rows), least=days[low], most=days[high], low=words.date(low),
                high=words.date(high), empty=empty, of=len(days))  # fmt: skip


# ---------------------------------------------------------------- with whom


def coverage(frame: pd.DataFrame) -> str:
    """activity_coverage: how many A, B and C clients are contacted in time, and whose A not."""
    classed = frame[frame["abc"].isin(["A", "B", "C"])].sort_values("abc", kind="stable")
    if classed.empty:
        return _("There are no A, B or C clients whose activities could be told yet.")
    rows, first = spoken(classed), ""
    if len(rows):
        parts = each(rows, _("{coverage} of {clients} {abc} clients"))
        text = _("{name}: {parts} contacted in time.")
        first = fill(text, name=named(rows), parts=parts)
    best = classed[classed["abc"] == "A"]
    text = _("{whole}: {coverage} of A clients.")
    second = company(best, text) or _fewest_contacted(best)
    return joined(first, second) or _("There is nobody to compare.")


def _fewest_contacted(best: pd.DataFrame) -> str:
    """Whose A clients are covered least, and most."""
    managers = ranked(people(best), "coverage")
    if managers["coverage"].nunique() < 2 or is_one():
        return ""
    text = _("Most A clients with {most}, fewest with {least}.")
    return ends(text, managers, _("{manager_name} ({coverage})"))


def attention_and_money(frame: pd.DataFrame) -> str:
    """activity_coverage: the part of A clients in the activities, and in the margin."""
    large = frame[(frame["abc"] == "A") & frame["activity_share"].notna()]
    large = large[large["margin_share"].notna()]
    rows, managers = spoken(large), people(large)
    if large.empty or (is_one() and rows.empty):
        return _("There are no activities with A, B or C clients to hold beside their money.")
    text = _("{name}: A clients get {activity_share} of the activities and bring {margin_share} of "
             "the margin.")  # fmt: skip
    if large["share_by"].iloc[0] == "revenue":
        text = _("{name}: A clients get {activity_share} of the activities and bring "
                 "{margin_share} of the revenue.")  # fmt: skip
    said = fill(text, rows.iloc[0], name=named(rows)) if len(rows) else ""
    gap = (managers["margin_share"] - managers["activity_share"]).sort_values(kind="stable")
    if is_one() or (said and len(gap) < 2) or gap.empty or gap.iloc[-1] <= 0:
        return said or _("With no manager do A clients get less attention than they bring money.")
    text = _("The two are furthest apart with {manager_name}: {activity_share} against "
             "{margin_share}.")  # fmt: skip
    return joined(said, fill(text, managers.loc[gap.index[-1]]))


def untouched(frame: pd.DataFrame) -> str:
    """untouched_clients: how many large and medium ones nobody contacted in time; the largest."""
    if frame.empty:
        return _("Every A and B client was contacted in time, or nothing is recorded yet.")
    first = plural(
        "{number} A or B client was not contacted in time: {revenue} of window revenue.",
        "{number} A and B clients were not contacted in time: {revenue} of window revenue.",
        len(frame),
    )
    top = frame.iloc[0]
    text = _("The largest: {client_name} ({revenue}), last contacted {days_since} days ago.")
    if pd.isna(top["days_since"]):
        text = _("The largest: {client_name} ({revenue}), never contacted.")
    return joined(fill(first, revenue=frame["revenue"].sum()), fill(text, top))


# ---------------------------------------------------------------- how far, and what about


@of_subject
def funnel(frame: pd.DataFrame) -> str:
    """activity_funnel: how far the clients came, and how many bought outside the funnel."""
    rows = spoken(frame)
    if rows.empty:
        return _("No client was reached by a call, meeting or another step in these months.")
    first = plural(
        "{name}: {number} client reached by {step}.", "{name}: {number} clients reached by {step}.",
        int(rows["count"].iloc[0]),
    )  # fmt: skip
    further = rows.iloc[1:]
    parts = each(further[further["conversion"].notna()], _("{count} {step} ({conversion})"))
    return joined(
        fill(first, rows.iloc[0], name=named(rows)),
        fill(_("Of these went on: {parts}."), parts=parts) if parts else "",
        fill(_("Bought without going through all steps: {outside} clients."), rows.iloc[-1]),
    )


def funnel_by_manager(frame: pd.DataFrame) -> str:
    """activity_funnel: with whom the funnel ends early, and who brings most clients through."""
    managers = people(frame)
    if managers.empty:
        return _("No client was reached by a call, meeting or another step in these months.")
    managers = managers.assign(before=managers.groupby("manager_id")["count"].shift())
    stuck = managers[(managers["count"] == 0) & (managers["before"] >= _ENOUGH)]
    text = _("{manager_name} ({before} before the {step}, none further)")
    names = each(ranked(stuck, "before").head(_FEW), text)
    last = ranked(managers[managers["step"] == managers["step"].iloc[-1]], "count")
    text = _("Most come through with {manager_name}: {count} clients.")
    if len(last) == 1:
        text = _("{manager_name}: {count} clients came through all steps.")
    if not last["count"].iloc[0]:
        text = "" if names else _("Nobody came through all steps.")
    through = fill(text, last.iloc[0])
    return joined(fill(_("The funnel ends early: {names}."), names=names) if names else "", through)


def topic_mix(frame: pd.DataFrame) -> str:
    """touch_mix: what contacts were about, and whose are most one-sided."""
    told = frame[frame["share"].notna()]
    rows, managers = spoken(told), people(told)
    said = most = ""
    if len(rows):
        text = _("{name}: of the contacts with a topic {parts}; even would be {norm} each.")
        parts = each(ranked(rows, "share"), _("{share} {topic}"))
        said = fill(text, rows.iloc[0], name=named(rows), parts=parts)
    if not is_one() and managers["manager_id"].nunique() > 1:
        text = _("Most one-sided: {manager_name}, {share} {topic}.")
        most = fill(text, ranked(managers, "share").iloc[0])
    return joined(said, most) or _("No contact of this month has a topic.")
