"""What the tables of portfolios say."""

import pandas as pd

from clientops import words
from clientops.findings.parts import EVERYONE, UNASSIGNED, fill, listed, scope, whose, with_number
from clientops.words import _, plural


def quality(frame: pd.DataFrame) -> str:
    """portfolio_quality: how many A clients there are, what they bring, who has most of them."""
    counted = frame[frame["clients"] > 0]
    if counted.empty:
        return _("No client has bought yet, so there are no classes to show.")
    whole, managers = scope(counted)
    sentences = [_leading(whole)] if len(whole) else []
    if len(managers) > 1:
        share = counted[counted["abc"] == "A"].groupby("manager_id")["client_share"].sum()
        share = share.reindex(list(managers), fill_value=0.0).sort_values(kind="stable")
        text = _("The share of A clients is largest with {most}, smallest with {least}.")
        high, low = share.index[-1], share.index[0]
        most = with_number(managers[high], words.percent(share[high]))
        least = with_number(managers[low], words.percent(share[low]))
        sentences.append(fill(text, most=most, least=least))
    elif managers and EVERYONE in set(counted["manager_id"]):
        everyone = counted[(counted["manager_id"] == EVERYONE) & (counted["abc"] == "A")]
        share = words.percent(everyone["client_share"].sum())
        sentences.append(
            _("In the company, {share} of clients are in class A.").format(share=share)
        )
    return " ".join(sentences)


def cells(frame: pd.DataFrame) -> str:
    """portfolio_quality: how many clients are large and regular, how many large ones are not."""
    counted = frame[frame["clients"] > 0]
    if counted.empty:
        return _("No client has bought yet, so there are no classes to show.")
    rows, _managers = scope(counted)
    large = rows[rows["abc"] == "A"]
    best = large[large["xyz"] == "X"]
    clients = int(best["clients"].sum())
    if not clients:
        text = _("None of {of} clients{whose} is both large and regular (AX).")
        return fill(text, of=words.count(rows["clients"].sum()), whose=whose(rows))
    said = plural(
        "{number} of {{of}} clients{{whose}} is large and regular (AX) and brings {{revenue}} of "
        "revenue.",
        "{number} of {{of}} clients{{whose}} are large and regular (AX) and bring {{revenue}} of "
        "revenue.",
        clients,
    )
    first = fill(
        said,
        of=words.count(rows["clients"].sum()),
        whose=whose(rows),
        revenue=words.percent(best["revenue_share"].sum()),
    )
    others = int(large["clients"].sum()) - clients
    if not others:
        return first
    second = plural(
        "{number} large client buys irregularly: to be made regular.",
        "{number} large clients buy irregularly: to be made regular.",
        others,
    )
    return f"{first} {second}"


def trend(frame: pd.DataFrame, window_months: int = 12) -> str:
    """portfolio_trend: who improves and who worsens, by how much, and who holds steady."""
    if frame.empty:
        return _("No client has bought yet, so there is no trend to show.")
    last = frame[frame["month"] == frame["month"].max()]
    judged = last[last["verdict"].isin(["improving", "worsening", "steady"])]
    judged = judged[judged["manager_id"] != UNASSIGNED]
    if judged.empty:
        return _without_verdict(frame, last, window_months)
    net = judged["left_a"] - judged["entered_a"]
    judged = judged.assign(net=net).sort_values(["net", "manager_name"], ascending=[False, True])
    worse = judged[judged["verdict"] == "worsening"]
    better = judged[judged["verdict"] == "improving"].iloc[::-1]
    steady = judged[judged["verdict"] == "steady"]
    if len(judged) == 1:
        return " ".join([_story(frame, judged.iloc[0]), _company_share(frame)]).strip()
    sentences = [_story(frame, group.iloc[0]) for group in (worse, better) if len(group)]
    if len(worse) > 1:
        names = listed(worse["manager_name"].iloc[1:])
        sentences.append(_("Also worsening: {names}.").format(names=names))
    if len(better) > 1:
        names = listed(better["manager_name"].iloc[1:])
        sentences.append(_("Also improving: {names}.").format(names=names))
    if not sentences:
        first = plural(
            "The {number} manager's portfolio holds steady.",
            "None of {number} managers' portfolios improves or worsens: all hold steady.",
            len(steady),
        )
        return " ".join([first, _company_share(frame)]).strip()
    if len(steady):
        sentences.append(
            plural("The other manager holds steady.", "The other {number} managers hold steady.",
                   len(steady))
        )  # fmt: skip
    return " ".join(sentences)


def load(frame: pd.DataFrame) -> str:
    """portfolio_load: who looks after too few or too many clients, who hangs on five of them."""
    judged = frame[frame["verdict"].notna()]
    if judged.empty:
        return _("No manager looks after a client yet, so there is no load to compare.")
    low, high = words.count(judged["low"].iloc[0]), words.count(judged["high"].iloc[0])
    within = int((judged["verdict"] == "within").sum())
    if len(judged) == 1:
        row = judged.iloc[0]
        said = plural(
            "{{name}} looks after {number} client,", "{{name}} looks after {number} clients,",
            int(row["clients"]),
        )  # fmt: skip
        verdicts = {
            "within": _("within the {low} to {high} wanted."),
            "below": _("fewer than the {low} to {high} wanted."),
            "above": _("more than the {low} to {high} wanted."),
        }
        then = verdicts[row["verdict"]].format(low=low, high=high)
        sentences = [f"{fill(said, name=row['manager_name'])} {then}"]
    else:
        first = plural(
            "{number} of {{of}} managers looks after the wanted {{low}} to {{high}} clients.",
            "{number} of {{of}} managers look after the wanted {{low}} to {{high}} clients.",
            within,
        )
        if not within:
            first = _("None of {of} managers looks after the wanted {low} to {high} clients.")
        sentences = [fill(first, of=words.count(len(judged)), low=low, high=high)]
        few = judged[judged["verdict"] == "below"].sort_values("clients", kind="stable")
        many = judged[judged["verdict"] == "above"].sort_values("clients", kind="stable")
        for rows, text in (
            (few, _("Too few: {names}.")),
            (many.iloc[::-1], _("Too many: {names}.")),
        ):
            named = [
                with_number(row.manager_name, words.count(row.clients)) for row in rows.itertuples()
            ]
            if named:
                sentences.append(fill(text, names=listed(named)))
    known = judged[judged["top5_share"].notna() & (judged["clients"] > 5)]
    if len(known):
        most = known.sort_values(["top5_share", "manager_name"], ascending=[False, True]).iloc[0]
        sentences.append(
            _("{name} depends most on few: the five largest clients bring {share} of revenue.")
            if len(judged) > 1
            else _("The five largest clients bring {share} of revenue.")
        )
        share = words.percent(most["top5_share"])
        sentences[-1] = fill(sentences[-1], name=most["manager_name"], share=share)
    return " ".join(sentences)


def comparison(frame: pd.DataFrame) -> str:
    """xyz_comparison: how many clients each method calls regular, and on how many they agree."""
    if frame.empty:
        return _("No client has bought yet, so there is no regularity to compare.")
    ids = frame["manager_id"]
    managers = set(ids) - {EVERYONE, UNASSIGNED}
    only = managers if len(managers) == 1 else {EVERYONE} & set(ids) or set(ids)
    rows = frame[ids.isin(only)]
    methods = ["xyz_months", "xyz_rhythm", "xyz_cv"]
    regular = [words.count(rows.loc[rows[method] == "X", "clients"].sum()) for method in methods]
    same = (rows["xyz_months"] == rows["xyz_rhythm"]) & (rows["xyz_months"] == rows["xyz_cv"])
    agreed, of = int(rows.loc[same, "clients"].sum()), words.count(rows["clients"].sum())
    first = _(
        "Regular clients out of {of}: {months} by active months, {rhythm} by rhythm, "
        "{variation} by variation."
    ).format(of=of, months=regular[0], rhythm=regular[1], variation=regular[2])
    second = plural(
        "The three methods give {number} client the same class.",
        "The three methods give {number} clients the same class.",
        agreed,
    )
    return f"{first} {second}"


def classes(frame: pd.DataFrame) -> str:
    """client_classes: how many clients bought, in which classes, and how many have stopped."""
    known = frame[frame["stage"] != "prospect"]
    if known.empty:
        return _("No client has bought yet, so there are no classes to show.")
    bought = known[known["stage"] != "lost"]
    letters = [
        _("{count} in {letter}").format(count=words.count(number), letter=letter)
        for letter in "ABCD"
        if (number := int((bought["abc"] == letter).sum()))
    ]
    months = int(known["window_months"].iloc[0])
    window = plural("the last month", "the last {number} months", months)
    first = plural(
        "{number} client bought in {{window}}: {{letters}}.",
        "{number} clients bought in {{window}}: {{letters}}.",
        len(bought),
    )
    sentences = [fill(first, window=window, letters=listed(letters))]
    if bought.empty:
        sentences = [_("Nobody bought in {window}.").format(window=window)]
    best = int(((bought["abc"] == "A") & (bought["xyz"] == "X")).sum())
    if best:
        sentences.append(
            plural("{number} of them is large and regular (AX).",
                   "{number} of them are large and regular (AX).", best)
        )  # fmt: skip
    stages = [
        f"{words.count(number)} {words.value(stage)}"
        for stage in ("new", "returned", "lapsed", "lost")
        if (number := int((known["stage"] == stage).sum()))
    ]
    if stages:
        sentences.append(_("By stage: {stages}.").format(stages=listed(stages)))
    return " ".join(sentences)


# ---------------------------------------------------------------- parts of the sentences


def _leading(rows: pd.DataFrame) -> str:
    """How many clients are in class A, what they bring, and how many of them are regular."""
    large = rows[rows["abc"] == "A"]
    clients, of = int(large["clients"].sum()), words.count(rows["clients"].sum())
    if not clients:
        text = _("None of {of} clients{whose} is in class A.")
        return fill(text, of=of, whose=whose(rows))
    said = plural(
        "{number} of {{of}} clients{{whose}} is in class A ({{share}}) and brings {{revenue}} of "
        "revenue; regular among them: {{regular}}.",
        "{number} of {{of}} clients{{whose}} are in class A ({{share}}) and bring {{revenue}} of "
        "revenue; regular among them: {{regular}}.",
        clients,
    )
    return fill(
        said,
        of=of,
        whose=whose(rows),
        share=words.percent(large["client_share"].sum()),
        revenue=words.percent(large["revenue_share"].sum()),
        regular=words.count(large.loc[large["xyz"] == "X", "clients"].sum()),
    )


def _story(frame: pd.DataFrame, row: pd.Series) -> str:
    """How a share of A clients went, who crossed the A amount, and the verdict."""
    said = _share_went(frame[frame["manager_id"] == row["manager_id"]])
    up, down = int(row["entered_a"]), int(row["left_a"])
    rising = up > down
    if not up and not down:
        crossed = _("no client crossed the A amount")
    else:
        parts = [_rose(up, first=rising), _fell(down, first=not rising)]
        crossed = ", ".join(parts if rising else parts[::-1])
    if isinstance(row["verdict"], str):
        crossed += f" ({words.value(row['verdict'])})"
    return f"{said}; {crossed}." if said else f"{crossed[:1].upper()}{crossed[1:]}."


def _rose(number: int, *, first: bool) -> str:
    if not number:
        return _("none rose above the A amount") if first else _("none rose above it")
    if first:
        one, many = (
            "{number} client rose above the A amount",
            "{number} clients rose above the A amount",
        )
        return plural(one, many, number)
    return plural("{number} rose above it", "{number} rose above it", number)


def _fell(number: int, *, first: bool) -> str:
    if not number:
        return _("none fell below the A amount") if first else _("none fell below it")
    if first:
        return plural(
            "{number} client fell below the A amount",
            "{number} clients fell below the A amount",
            number,
        )
    return plural("{number} fell below it", "{number} fell below it", number)


def _share_went(rows: pd.DataFrame) -> str:
    """From where to where a share of A clients went in the months shown; empty where unknown."""
    known = rows[rows["a_share"].notna()].sort_values("month")
    if known.empty:
        return ""
    first, last = known.iloc[0], known.iloc[-1]
    before, after = words.percent(first["a_share"]), words.percent(last["a_share"])
    if len(known) == 1:
        text = _("{whose} share of A clients is {after} in {until}")
    elif before == after:
        text = _("{whose} share of A clients is {after} in {until}, as in {since}")
    elif first["a_share"] < last["a_share"]:
        text = _("{whose} share of A clients rose from {before} in {since} to {after} in {until}")
    else:
        text = _("{whose} share of A clients fell from {before} in {since} to {after} in {until}")
    whose = {EVERYONE: _("The company's"), UNASSIGNED: _("The unassigned clients'")}
    return fill(
        text,
        whose=whose.get(last["manager_id"], fill(_("{name}'s"), name=last["manager_name"])),
        before=before,
        after=after,
        since=words.month(first["month"]),
        until=words.month(last["month"]),
    )


def _company_share(frame: pd.DataFrame) -> str:
    said = _share_went(frame[frame["manager_id"] == EVERYONE])
    return f"{said}." if said else ""


def _without_verdict(frame: pd.DataFrame, last: pd.DataFrame, window_months: int) -> str:
    """What there is to say where no manager is judged."""
    if (last["verdict"] == "too short").any() or last["entered_a"].isna().all():
        return _too_short(frame, window_months)
    return _story(frame, last.iloc[0])


def _too_short(frame: pd.DataFrame, window_months: int) -> str:
    """What a verdict needs, and from when on it will be there."""
    full = frame.loc[frame["a_share"].notna(), "month"]
    start = full.min() if len(full) else frame["month"].min()
    wait = window_months if len(full) else 2 * window_months - 1
    first = plural(
        "A verdict compares two periods of {number} month each; it will show from {{month}} on.",
        "A verdict compares two periods of {number} months each; it will show from {{month}} on.",
        window_months,
    )
    first = fill(first, month=words.month(start + pd.DateOffset(months=wait)))
    return " ".join([first, _company_share(frame)]).strip()
