"""What the tables of activity say."""

import pandas as pd

from clientops import words
from clientops.findings.parts import (
    EVERYONE,
    UNASSIGNED,
    fill,
    listed,
    no_sum,
    scope,
    whose,
    with_number,
)
from clientops.words import _, plural

ALL_KINDS = "*"
TOLD_TOPICS = ("useful", "company", "offer")
_ENOUGH = 10  # clients at a step before “nobody at the next one” is told of a manager
_FEW = 3  # managers named at once


def activity_per_day(frame: pd.DataFrame) -> str:
    """manager_activity: who did nothing of a kind, who is below a norm, how much is done a day."""
    rows, managers = scope(frame)
    if frame.empty:
        return _("No activity is recorded up to this month.")
    if len(managers) < 2:
        return _one_manager(rows)
    people = frame[frame["manager_id"] != EVERYONE]
    sentences = _never(people)
    normed = people[people["verdict"].notna()]
    below = normed[normed["verdict"] == "below"]
    if sentences:  # who did nothing of a kind is named already
        below = below[below["activities"] > 0]
    if normed.empty:
        sentences.append(_("No norm is set, so nobody is above or below one."))
    elif below.empty and not sentences:
        sentences.append(_("Every manager reaches the norm of every kind."))
    elif len(below):
        below = below.sort_values(["attainment", "manager_name"])
        names = listed(_below(row) for row in below.itertuples())
        sentences.append(fill(_("Below the norm per day: {names}."), names=names))
    whole = frame[(frame["manager_id"] == EVERYONE) & (frame["kind"] == ALL_KINDS)]
    if len(whole):
        sentences.append(
            plural(
                "{number} manager does {{per_day}} activities a working day.",
                "All {number} managers together do {{per_day}} activities a working day.",
                len(managers),
            ).format(per_day=_number(whole["per_day"].iloc[0]))
        )
    return " ".join(sentences)


def idle_days(frame: pd.DataFrame) -> str:
    """manager_activity: on how many working days who did nothing at all."""
    whole = frame[(frame["kind"] == ALL_KINDS) & (frame["manager_id"] != EVERYONE)]
    whole = whole[whole["working_days"] > 0]
    if whole.empty:
        return _("No activity is recorded on a working day up to now.")
    without = whole[whole["days_without"] > 0]
    without = without.sort_values(["days_without", "manager_name"], ascending=[False, True])
    if without.empty:
        text = _("{name} did something on every working day.")
        if len(whole) == 1:
            return fill(text, name=whole["manager_name"].iloc[0])
        return _("Every manager did something on every working day.")
    names = [
        fill(
            _("{name} on {days} of {whole}"),
            name=row.manager_name,
            days=words.count(row.days_without),
            whole=words.count(row.working_days),
        )
        for row in without.itertuples()
    ]
    said = fill(_("Working days without any activity: {names}."), names=listed(names))
    others = len(whole) - len(without)
    if not others:
        return said
    rest = plural("The other manager did something every day.",
                  "The other {number} managers did something every day.", others)  # fmt: skip
    return f"{said} {rest}"


def busy_days(frame: pd.DataFrame) -> str:
    """activity_daily: between how much and how much is done on a working day."""
    rows = scope(frame)[0] if len(frame) else frame
    if rows.empty:
        return _("No activity is recorded on a working day up to now.")
    rows = rows[rows["employed"] | (rows["activities"] > 0)]
    days = rows.groupby("day")["activities"].sum()
    if days.empty or not days.sum():
        return _("Nothing was done on any working day.")
    low, high = days.idxmin(), days.idxmax()
    if days[low] == days[high]:
        text = _("On each of {number} working days {least} activities were done{whose}.")
    else:
        text = _("From {least} ({low}) to {most} ({high}) activities were done{whose} on a "
                 "working day.")  # fmt: skip
    said = fill(
        text,
        number=words.count(len(days)),
        least=words.count(days[low]),
        most=words.count(days[high]),
        low=words.date(low),
        high=words.date(high),
        whose=_by(rows),
    )
    empty = int((days == 0).sum())
    if not empty:
        return said
    none = plural("On {number} working day nothing was done.",
                  "On {number} working days nothing was done.", empty)  # fmt: skip
    return f"{said} {none}"


def coverage(frame: pd.DataFrame) -> str:
    """activity_coverage: how many A, B and C clients were touched in time, and whose A are not."""
    classed = frame[(frame["abc"] != "-") & (frame["clients"] > 0)]
    if classed.empty:
        return _("There are no A, B or C clients whose activities could be told yet.")
    rows, managers = scope(classed)
    if rows.empty:
        return _lowest(classed, managers)
    parts = [
        fill(
            _("{share} of {whole} {letter} clients"),
            share=words.percent(row.coverage),
            whole=words.count(row.clients),
            letter=row.abc,
        )
        for row in rows.sort_values("abc").itertuples()
    ]
    first = fill(
        _("Clients{whose} touched in time: {parts}."), whose=whose(rows), parts=", ".join(parts)
    )
    second = _lowest(classed, managers) if len(managers) > 1 else _beside_company(classed, rows)
    return " ".join([first, second]).strip()


def attention_and_money(frame: pd.DataFrame) -> str:
    """activity_coverage: the part of A clients in the activities, and in the margin."""
    large = frame[(frame["abc"] == "A") & frame["activity_share"].notna()]
    large = large[large["margin_share"].notna()]
    if large.empty:
        return _("There are no activities with A, B or C clients to hold beside their money.")
    rows, managers = scope(large)
    people = large[~large["manager_id"].isin([EVERYONE, UNASSIGNED])]
    sentences = []
    if len(rows):
        text = {
            "margin": _("A clients{whose} get {part} of the activities and bring {money} of the "
                        "margin."),
            "revenue": _("A clients{whose} get {part} of the activities and bring {money} of the "
                         "revenue."),
        }[rows["share_by"].iloc[0]]  # fmt: skip
        row = rows.iloc[0]
        sentences.append(
            fill(
                text,
                whose=whose(rows),
                part=words.percent(row["activity_share"]),
                money=words.percent(row["margin_share"]),
            )
        )
    if len(managers) > 1:
        gap = people["margin_share"] - people["activity_share"]
        row = people.loc[gap.sort_values(kind="stable").index[-1]]
        text = _("The two are furthest apart with {name}: {part} against {money}.")
        if gap.max() > 0:
            sentences.append(
                fill(
                    text,
                    name=row["manager_name"],
                    part=words.percent(row["activity_share"]),
                    money=words.percent(row["margin_share"]),
                )
            )
    if not sentences:
        return _("With no manager do A clients get less attention than they bring money.")
    return " ".join(sentences)


def funnel(frame: pd.DataFrame) -> str:
    """activity_funnel: how far the clients came, and how many bought outside the funnel."""
    if frame.empty:
        return _("No client was reached by a call, meeting or another step in these months.")
    rows, _managers = scope(frame)
    if rows.empty:
        return no_sum()
    first, last = rows.iloc[0], rows.iloc[-1]
    said = plural(
        "{number} client{{whose}} was reached by {{step}}.",
        "{number} clients{{whose}} were reached by {{step}}.",
        int(first["count"]),
    )
    parts = [
        fill(
            _("{count} to the {step} ({share})"),
            count=words.count(row.count),
            step=words.value(row.step),
            share=words.percent(row.conversion),
        )
        for row in rows.iloc[1:].itertuples()
        if pd.notna(row.conversion)
    ]
    sentences = [fill(said, whose=whose(rows), step=words.value(first["step"]))]
    if parts:
        sentences.append(fill(_("Of these went on: {parts}."), parts=", ".join(parts)))
    sentences.append(
        plural(
            "{number} client bought without having gone through every step.",
            "{number} clients bought without having gone through every step.",
            int(last["outside"]),
        )
    )
    return " ".join(sentences)


def funnel_by_manager(frame: pd.DataFrame) -> str:
    """activity_funnel: with whom the funnel ends early, and who brings most clients through."""
    people = frame[~frame["manager_id"].isin([EVERYONE, UNASSIGNED])]
    if people.empty:
        return _("No client was reached by a call, meeting or another step in these months.")
    people = people.assign(before=people.groupby("manager_id")["count"].shift())
    ends = people[(people["count"] == 0) & (people["before"] >= _ENOUGH)]
    ends = ends.sort_values(["before", "manager_name"], ascending=[False, True])
    sentences = [
        fill(
            plural(
                "With {{name}} the funnel ends before the {{step}}: {number} client came so far, "
                "none further.",
                "With {{name}} the funnel ends before the {{step}}: {number} clients came so far, "
                "none further.",
                int(row.before),
            ),
            name=row.manager_name,
            step=words.value(row.step),
        )
        for row in ends.head(_FEW).itertuples()
    ]
    last = people[people["step"] == people["step"].iloc[-1]]
    best = last.sort_values(["count", "manager_name"], ascending=[False, True]).iloc[0]
    if best["count"] and len(last) > 1:
        text = plural(
            "Most come through with {{name}}: {number} client.",
            "Most come through with {{name}}: {number} clients.",
            int(best["count"]),
        )
        sentences.append(fill(text, name=best["manager_name"]))
    elif not sentences:
        through = int(last["count"].sum())
        sentences.append(
            plural(
                "{number} client came through all steps.",
                "{number} clients came through all steps.",
                through,
            )
        )
    return " ".join(sentences)


def topic_mix(frame: pd.DataFrame) -> str:
    """touch_mix: what touches were about, and whose are most one-sided."""
    told = frame[frame["share"].notna()]
    if told.empty:
        return _("No touch of this month has a topic.")
    rows, managers = scope(told)
    sentences = []
    if len(rows):
        part = rows.set_index("topic")["share"]
        text = _("Of the touches{whose} with a topic, {useful} were useful, {company} about the "
                 "company, {offer} an offer; even is a third each.")  # fmt: skip
        shares = {topic: words.percent(part[topic]) for topic in TOLD_TOPICS}
        sentences.append(fill(text, whose=whose(rows), **shares))
        all_of = frame[frame["manager_id"] == rows["manager_id"].iloc[0]]
        untold = int(all_of.loc[all_of["topic"] == "untold", "activities"].sum())
        if untold:
            share = words.percent(untold / all_of["activities"].sum())
            sentences.append(
                fill(
                    plural("{number} touch ({{share}}) has none.",
                           "{number} touches ({{share}}) have none.", untold),
                    share=share,
                )
            )  # fmt: skip
    people = told[~told["manager_id"].isin([EVERYONE, UNASSIGNED])]
    if len(managers) > 1:
        most = people.sort_values(["share", "manager_name"], ascending=[False, True]).iloc[0]
        text = _("Most one-sided: {name}, {share} {topic}.")
        share, topic = words.percent(most["share"]), words.value(most["topic"])
        sentences.append(fill(text, name=most["manager_name"], share=share, topic=topic))
    return " ".join(sentences)


def untouched(frame: pd.DataFrame) -> str:
    """untouched_clients: how many large and medium ones nobody touched in time, and the largest."""
    if frame.empty:
        return _("Nobody to name: every A and B client was touched in time, or nothing is recorded "
                 "yet.")  # fmt: skip
    counts = [
        fill(_("{count} {letter}"), count=words.count(number), letter=letter)
        for letter in "AB"
        if (number := int((frame["abc"] == letter).sum()))
    ]
    first = plural(
        "{{classes}} client was not touched in time: {{money}} of window revenue.",
        "{{classes}} clients were not touched in time: together {{money}} of window revenue.",
        len(frame),
    )
    money = words.short_money(frame["revenue"].sum())
    sentences = [fill(first, classes=_(" and ").join(counts), money=money)]
    top = frame.iloc[0]
    text = _("The largest is {name} ({money}), last touched {days} days ago; wanted is every "
             "{wanted} days.")  # fmt: skip
    if pd.isna(top["days_since"]):
        text = _("The largest is {name} ({money}), never touched; wanted is every {wanted} days.")
    if len(frame) > 1 or pd.isna(top["days_since"]):
        sentences.append(
            fill(
                text,
                name=top["client_name"],
                money=words.short_money(top["revenue"]),
                days=words.count(None if pd.isna(top["days_since"]) else int(top["days_since"])),
                wanted=words.count(int(top["touch_days"])),
            )
        )
    never = int(frame["days_since"].isna().sum())
    if never:
        sentences.append(
            plural("{number} was never touched.", "{number} were never touched.", never)
        )
    return " ".join(sentences)


# ---------------------------------------------------------------- parts of the sentences


def _number(value: float) -> str:
    return words.decimal(value, 1 if value >= 10 else 2)


def _by(rows: pd.DataFrame) -> str:
    """By whom, behind “were done”; nothing for the company."""
    if rows["manager_id"].iloc[0] == EVERYONE:
        return ""
    return fill(_(" by {name}"), name=rows["manager_name"].iloc[0])


def _kind(kind: str) -> str:
    return _("any") if kind == ALL_KINDS else words.value(kind)


def _below(row: tuple) -> str:
    """Anna Petrova (meeting 0.50 of 0.75)."""
    text = _("{name} ({kind} {per_day} of {norm})")
    parts = {"per_day": _number(row.per_day), "norm": _number(row.norm)}
    return fill(text, name=row.manager_name, kind=_kind(row.kind), **parts)


def _never(people: pd.DataFrame) -> list[str]:
    """Who did nothing of a kind, in a month in which others did; kinds without a norm left out
    where some have one."""
    none = people[(people["activities"] == 0) & (people["working_days"] > 0)]
    if people["verdict"].notna().any():
        none = none[none["norm"].notna()]
    done = people.groupby("kind")["activities"].sum()
    none = none[none["kind"].map(done) > 0]
    if len(none) > _FEW:
        return []
    text = _("{name} recorded no {kind} in {days} working days.")
    return [
        fill(
            text,
            name=row.manager_name,
            kind=_("activity") if row.kind == ALL_KINDS else words.value(row.kind),
            days=words.count(row.working_days),
        )
        for row in none.itertuples()
    ]


def _one_manager(rows: pd.DataFrame) -> str:
    """Every kind of one manager, or of the company, beside its norm."""
    rows = rows.sort_values("activities", ascending=False, kind="stable")
    whole = rows[rows["kind"] == ALL_KINDS].iloc[0]
    if pd.isna(whole["per_day"]):
        return _("There is no working day to tell of yet.")
    text = _("{name} did {per_day} activities a working day, in {days} working days.")
    name = _("The company") if whole["manager_id"] == EVERYONE else whole["manager_name"]
    said = fill(
        text,
        name=name,
        per_day=_number(whole["per_day"]),
        days=words.count(whole["working_days"]),
    )
    normed = rows[rows["verdict"].notna()]
    if normed.empty:
        return said
    parts = [
        fill(
            _("{kind} {per_day} of {norm}"),
            kind=_kind(row.kind),
            per_day=_number(row.per_day),
            norm=_number(row.norm),
        )
        for row in normed.itertuples()
    ]
    below = [_kind(kind) for kind in normed.loc[normed["verdict"] == "below", "kind"]]
    verdict = fill(_("Below the norm: {kinds}."), kinds=listed(below)) if below else _(
        "Every norm is reached."
    )  # fmt: skip
    return f"{said} {fill(_('Against the norm: {parts}.'), parts=', '.join(parts))} {verdict}"


def _lowest(classed: pd.DataFrame, managers: dict[str, str]) -> str:
    """Whose best class is covered least, and most."""
    people = classed[classed["manager_id"].isin(list(managers))]
    letter = people["abc"].min() if len(people) else ""
    people = people[people["abc"] == letter].sort_values(["coverage", "manager_name"])
    if len(people) < 2 or people["coverage"].iloc[0] == people["coverage"].iloc[-1]:
        return ""
    low, high = people.iloc[0], people.iloc[-1]
    text = _("Fewest {letter} clients with {low}, most with {high}.")
    return fill(
        text,
        letter=letter,
        low=with_number(low["manager_name"], words.percent(low["coverage"])),
        high=with_number(high["manager_name"], words.percent(high["coverage"])),
    )


def _beside_company(classed: pd.DataFrame, rows: pd.DataFrame) -> str:
    company = classed[(classed["manager_id"] == EVERYONE) & (classed["abc"] == "A")]
    if company.empty or rows["manager_id"].iloc[0] == EVERYONE:
        return ""
    text = _("In the company, {share} of A clients were.")
    return text.format(share=words.percent(company["coverage"].iloc[0]))
