"""What the tables of activity say."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.words import N_, _, plural

_ENOUGH = 10  # clients at a step before “nobody at the next one” is told of a manager


# ---------------------------------------------------------------- how much is done


def activity_per_day(frame: pd.DataFrame) -> str:
    """manager_activity: how much is done a day, who is furthest below a norm, or did nothing."""
    rows = say.spoken(frame)
    if frame.empty or (say.is_one() and rows.empty):
        return _("No activity is recorded up to this month.")
    whole = rows[(rows["kind"] == say.ALL_KINDS) & rows["per_day"].notna()]
    text, per_day = _("{name}: {per_day} activities per working day."), ""
    if len(whole):
        per_day = say.fill(text, whole.iloc[0], name=say.named(rows))
    judged = rows if say.is_one() else say.people(frame)
    return say.joined(per_day, _norms(judged) if judged["norm"].notna().any() else _never(judged))


def _norms(managers: pd.DataFrame) -> str:
    """Who is furthest below a norm; where nobody is, who comes nearest to it."""
    normed = managers[managers["attainment"].notna()].sort_values(["attainment", "manager_name"])
    if normed.empty:
        return _("No working day with a norm has passed yet.")
    last = normed.iloc[0].replace({say.ALL_KINDS: _("all activities")})
    show = _("{manager_name} ({kind}: {per_day} of {norm})")
    text = _("Furthest below a norm: {last}.")
    if last["attainment"] >= 1:
        text = _("Every norm is reached.")
    elif last["verdict"] != "below":
        text = _("Nobody is far below a norm; furthest: {last}.")
    return say.fill(
        text, last=say.fill(_("{kind}, {per_day} of {norm}") if say.is_one() else show, last)
    )


def _never(managers: pd.DataFrame) -> str:
    """Who did nothing of a kind, in a month in which others did."""
    none = managers[(managers["activities"] == 0) & (managers["working_days"] > 0)]
    done = managers.groupby("kind")["activities"].sum()
    none = none[none["kind"].map(done) > 0].replace({"kind": {say.ALL_KINDS: _("any activity")}})
    text = _("No norm is set. Without any: {names}.") if len(none) else _("No norm is set.")
    return say.fill(text, names=say.each(none, _("{manager_name} ({kind})")))


def idle_days(frame: pd.DataFrame) -> str:
    """manager_activity: on how many working days who did nothing at all."""
    whole = say.people(frame[(frame["kind"] == say.ALL_KINDS) & (frame["working_days"] > 0)])
    if whole.empty:
        return _("No activity is recorded on a working day up to now.")
    without = say.ranked(whole[whole["days_without"] > 0], "days_without")
    text = plural(
        "{number} manager had working days without any activity: {most}.",
        "{number} managers had working days without any activity; most: {most}.",
        len(without),
    )
    if say.is_one():
        text = _("Working days without any activity: {most}.")
    if without.empty:
        return _("Nobody had a working day without any activity.")
    return say.ends(text, without, _("{manager_name} ({days_without} of {working_days})"))


@say.of_subject
def busy_days(frame: pd.DataFrame) -> str:
    """activity_daily: between how much and how much is done on a working day."""
    rows = say.spoken(frame)
    rows = rows[rows["employed"] | (rows["activities"] > 0)]
    if rows.empty:
        return _("No activity is recorded on a working day up to now.")
    days = rows.groupby("day")["activities"].sum()
    low, high = days.idxmin(), days.idxmax()
    empty = int((days == 0).sum())
    text = _("{name}: from {least} ({low}) to {most} ({high}) activities on a working day.")
    if empty:
        text = _("{name}: working days without any activity: {empty} of {of}; most: {most} "
                 "({high}).")  # fmt: skip
    if days[low] == days[high]:
        text = _("{name}: activities on every working day: {most}.")
    return say.fill(text, name=say.named(rows), least=days[low], most=days[high], empty=empty,
                    low=words.date(low), high=words.date(high), of=len(days))  # fmt: skip


# ---------------------------------------------------------------- with whom


def coverage(frame: pd.DataFrame) -> str:
    """activity_coverage: how many of the largest clients are contacted in time, and whose not."""
    classed = frame[frame["abc"].isin(["A", "B", "C"])]
    if classed.empty:
        return _("There are no A, B or C clients whose activities could be told yet.")
    best = (say.spoken(classed) if len(say.spoken(classed)) else classed)["abc"].min()
    classed = classed[classed["abc"] == best]
    rows, managers = say.spoken(classed), say.ranked(say.people(classed), "coverage")
    text = _("{name}: {coverage} of {abc} clients contacted in time.")
    first = say.fill(text, rows.iloc[0], name=say.named(rows)) if len(rows) else ""
    second = say.company(classed, _("{whole}: {coverage}."))
    if not say.is_one() and len(managers) > 1:
        alone = _("{abc} clients contacted in time, most: {most}; fewest: {least}.")
        text = _("Most: {most}; fewest: {least}.") if first else say.fill(alone, abc=best)
        second = say.ends(text, managers, _("{manager_name} ({coverage})"))
    return say.joined(first, second) or _("There is nobody to compare.")


def attention_and_money(frame: pd.DataFrame) -> str:
    """activity_coverage: the part of A clients in the activities, and in the margin."""
    large = frame[(frame["abc"] == "A") & frame["activity_share"].notna()]
    large = large[large["margin_share"].notna()]
    rows, managers = say.spoken(large), say.people(large)
    if large.empty or (say.is_one() and rows.empty):
        return _("There are no activities with A, B or C clients to hold beside their money.")
    text = _("{name}: of A, B and C clients together, A get {activity_share} of the activities and "
             "bring {margin_share} of the margin.")  # fmt: skip
    if large["share_by"].iloc[0] == "revenue":
        text = _("{name}: of A, B and C clients together, A get {activity_share} of the activities "
                 "and bring {margin_share} of the revenue.")  # fmt: skip
    said = say.fill(text, rows.iloc[0], name=say.named(rows)) if len(rows) else ""
    gap = (managers["margin_share"] - managers["activity_share"]).sort_values(kind="stable")
    if say.is_one() or (said and len(gap) < 2) or gap.empty or gap.iloc[-1] <= 0:
        return said or _("With no manager do A clients get less attention than they bring money.")
    text = _("The two are furthest apart: {manager_name}.")
    if not said:
        text = _("A clients’ parts in activities and money are furthest apart: {manager_name} "
                 "({activity_share} against {margin_share}).")  # fmt: skip
    return say.joined(said, say.fill(text, managers.loc[gap.index[-1]]))


@say.empty_says(N_("As far as contacts are recorded, no A or B client waits too long for one."))
def untouched(frame: pd.DataFrame) -> str:
    """untouched_clients: how many large and medium ones nobody contacted in time; the largest."""
    top = frame.iloc[0]
    first = plural(
        "{number} A or B client was not contacted in time.",
        "{number} A and B clients were not contacted in time.",
        len(frame),
    )
    text = _("The largest: {client_name} ({revenue}), days since the last contact: {days_since}.")
    if pd.isna(top["days_since"]):
        text = _("The largest: {client_name} ({revenue}), never contacted.")
    return say.joined(first, say.fill(text, top))


def longest_untouched(frame: pd.DataFrame) -> str:
    """untouched_clients: how many were never contacted, and who waits longest since a contact."""
    never, known = frame[frame["last_touch"].isna()], frame[frame["last_touch"].notna()]
    first = plural(
        "{number} A or B client was never contacted.",
        "{number} A and B clients were never contacted.",
        len(never),
    )
    text = _("Longest without a contact: {client_name}, since {last_touch}.")
    last = say.fill(text, known.loc[known["last_touch"].idxmin()]) if len(known) else ""
    return say.joined(first if len(never) else "", last) or untouched(frame)


# ---------------------------------------------------------------- how far, and what about


@say.of_subject
def funnel(frame: pd.DataFrame) -> str:
    """activity_funnel: how many came through, who bought outside, and where most are lost."""
    rows = say.spoken(frame)
    if rows.empty:
        return _("No client was reached by a call, meeting or another step in these months.")
    first, last, further = rows.iloc[0], rows.iloc[-1], rows[rows["conversion"].notna()]
    text = _("{name}: of {before} clients reached by {by}, {count} came through to the {step}; "
             "bought without all steps: {outside}.")  # fmt: skip
    if not first["count"]:
        text = _("{name}: no client was reached by {by}; bought without all steps: {outside}.")
    said = say.fill(text, last, name=say.named(rows), before=words.count(first["count"]),
                    by=words.value(first["step"]))  # fmt: skip
    fewest = further.loc[further["conversion"].idxmin()] if len(further) > 1 else None
    text = _("The smallest part goes on to the {step}.")
    return say.joined(said, "" if fewest is None else say.fill(text, fewest))


def funnel_by_manager(frame: pd.DataFrame) -> str:
    """activity_funnel: with whom the funnel ends early, and who brings most clients through."""
    managers = say.people(frame)
    if managers.empty:
        return _("No client was reached by a call, meeting or another step in these months.")
    managers = managers.assign(before=managers.groupby("manager_id")["count"].shift())
    stuck = say.ranked(
        managers[(managers["count"] == 0) & (managers["before"] >= _ENOUGH)], "before"
    )
    names = say.each(stuck, _("{manager_name} (before the {step})"))
    last = say.ranked(managers[managers["step"] == managers["step"].iloc[-1]], "count")
    most = last[last["count"] == last["count"].iloc[0]]
    text = _("Clients who came through all steps, most: {names} ({count}).")
    if len(last) == 1:
        text = plural("{names}: {number} client came through all steps.",
                      "{names}: {number} clients came through all steps.",
                      int(last["count"].iloc[0]))  # fmt: skip
    if not last["count"].iloc[0]:
        text = "" if len(stuck) else _("Nobody came through all steps.")
    through = say.fill(text, last.iloc[0], names=say.listed(most["manager_name"]))
    text = _("The funnel ends early: {names}.")
    theirs = say.company(frame, _("{whole}: {count}.")) if through else ""
    return say.joined(say.fill(text, names=names) if names else "", through, theirs)


def topic_mix(frame: pd.DataFrame) -> str:
    """touch_mix: what contacts were most about, and whose are most one-sided."""
    told = frame[frame["share"].notna()]
    rows, managers = say.ranked(say.spoken(told), "share"), say.ranked(say.people(told), "share")
    said = most = ""
    if len(rows):
        text = _("{name}: the most frequent topic is {topic} ({share}); even would be {norm}.")
        alike = rows.loc[rows["share"] == rows["share"].iloc[0], "topic"]
        said = say.fill(
            text, rows.iloc[0], name=say.named(rows), topic=say.listed(map(words.value, alike))
        )
    if not say.is_one() and managers["manager_id"].nunique() > 1:
        most = say.fill(_("Most one-sided: {manager_name} ({topic}, {share})."), managers.iloc[0])
    return say.joined(said, most) or _("No contact of this month has a topic.")
