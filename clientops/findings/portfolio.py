"""What the tables of portfolios say."""

import pandas as pd

from clientops.findings.phrases import (
    EVERYONE,
    by_change,
    company,
    counted,
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


def _nobody_bought() -> str:
    return _("No client has bought yet, so there are no classes to show.")


# ---------------------------------------------------------------- classes


def quality(frame: pd.DataFrame) -> str:
    """portfolio_quality: how many A clients there are, what they bring, who has most of them."""
    counts = frame[frame["clients"] > 0]
    keys = ["manager_id", "manager_name"]
    large = counts.assign(client_share=counts["client_share"].where(counts["abc"] == "A", 0.0))
    large["revenue_share"] = counts["revenue_share"].where(counts["abc"] == "A", 0.0)
    shares = large.groupby(keys)[["client_share", "revenue_share"]].sum().reset_index()
    rows, managers = spoken(shares), ranked(people(shares), "client_share")
    said = compared = ""
    if len(rows):
        text = _("{name}: {client_share} of clients in class A bring {revenue_share} of revenue.")
        said = fill(text, rows.iloc[0], name=named(rows))
        compared = company(shares, _("{whole}: {client_share} of clients in class A."))
    if not is_one() and len(managers) > 1:
        text = _("The share of A clients is largest with {most}, smallest with {least}.")
        compared = ends(text, managers, _("{manager_name} ({client_share})"))
    return joined(said, compared) or _nobody_bought()


@of_subject
def cells(frame: pd.DataFrame) -> str:
    """portfolio_quality: how many clients are large and regular, how many large ones are not."""
    rows = spoken(frame[frame["clients"] > 0])
    if rows.empty:
        return _nobody_bought()
    large = rows[rows["abc"] == "A"]
    best = large[large["xyz"] == "X"]
    others = int(large["clients"].sum() - best["clients"].sum())
    text = _("{name}: {clients} of {of} clients are large and regular (AX), with {revenue_share} "
             "of revenue.")  # fmt: skip
    if best.empty:
        text = _("{name}: none of {of} clients is both large and regular (AX).")
    sums = best[["clients", "revenue_share"]].sum()
    second = plural(
        "{number} large client buys irregularly: to be made regular.",
        "{number} large clients buy irregularly: to be made regular.",
        others,
    )
    first = fill(text, sums, name=named(rows), of=rows["clients"].sum())
    return joined(first, second if others else "")


def classes(frame: pd.DataFrame) -> str:
    """client_classes: how many clients bought, in which classes, and how many have stopped."""
    known = frame[frame["stage"] != "prospect"]
    if known.empty:
        return _nobody_bought()
    bought = known[known["stage"] != "lost"]
    letters, stages = bought["abc"].value_counts(), known["stage"].value_counts()
    first = plural(
        "{number} client bought in the {window_months} months: {letters}.",
        "{number} clients bought in the {window_months} months: {letters}.",
        len(bought),
    )
    if bought.empty:
        first = _("Nobody bought in the {window_months} months.")
    in_class = counted({
        _("{number} in A"): letters.get("A"),
        _("{number} in B"): letters.get("B"),
        _("{number} in C"): letters.get("C"),
        _("{number} in D"): letters.get("D"),
    })  # fmt: skip
    by_stage = counted({
        _("{number} new"): stages.get("new"),
        _("{number} returned"): stages.get("returned"),
        _("{number} lapsed"): stages.get("lapsed"),
        _("{number} lost"): stages.get("lost"),
    })  # fmt: skip
    first = fill(first, known.iloc[0], letters=in_class)
    return joined(first, fill(_("By stage: {stages}."), stages=by_stage) if by_stage else "")


@of_subject
def comparison(frame: pd.DataFrame) -> str:
    """xyz_comparison: how many clients each method calls regular."""
    rows = spoken(frame)
    if rows.empty:
        return _("No client has bought yet, so there is no regularity to compare.")
    text = _("{name}: regular clients out of {of}: {xyz_months} by active months, {xyz_rhythm} by "
             "rhythm, {xyz_cv} by variation.")  # fmt: skip
    methods = ["xyz_months", "xyz_rhythm", "xyz_cv"]
    regular = {method: rows.loc[rows[method] == "X", "clients"].sum() for method in methods}
    return fill(text, name=named(rows), of=rows["clients"].sum(), **regular)


# ---------------------------------------------------------------- the trend


def trend(frame: pd.DataFrame, window_months: int = 12) -> str:
    """portfolio_trend: who improves and who worsens, by how much, and who holds steady."""
    if frame.empty:
        return _("No client has bought yet, so there is no trend to show.")
    last = frame[frame["month"] == frame["month"].max()]
    judged = people(last)
    judged = judged[judged["verdict"].isin(["improving", "worsening", "steady"])]
    everyone = frame[frame["manager_id"] == EVERYONE]
    whole = f"{_above(everyone)}." if everyone["a_fixed_share"].notna().any() else ""
    if judged.empty and ((last["verdict"] == "too short").any() or last["entered_a"].isna().all()):
        return joined(_too_short(frame, window_months), whole)
    if judged.empty or is_one():
        row = (last if judged.empty else judged).iloc[0]
        return joined(_story(frame, row), whole if row["manager_id"] != EVERYONE else "")
    net = judged["left_a"] - judged["entered_a"]
    judged = judged.assign(net=net).sort_values(["net", "manager_name"], ascending=[False, True])
    worse = judged[judged["verdict"] == "worsening"]
    better = judged[judged["verdict"] == "improving"].iloc[::-1]
    if worse.empty and better.empty:
        steady = plural(
            "The {number} manager's portfolio holds steady.",
            "None of {number} managers' portfolios improves or worsens: all hold steady.",
            len(judged),
        )
        return joined(steady, whole)
    stories = [_story(frame, group.iloc[0]) for group in (worse, better) if len(group)]
    also = {_("Also worsening: {names}."): worse, _("Also improving: {names}."): better}
    also_said = [
        fill(text, names=each(group.iloc[1:], "{manager_name}"))
        for text, group in also.items()
        if len(group) > 1
    ]
    steady = len(judged) - len(worse) - len(better)
    others = plural(
        "The other manager holds steady.", "The other {number} managers hold steady.", steady
    )
    return joined(*stories, *also_said, others if steady else "")


def _story(frame: pd.DataFrame, row: pd.Series) -> str:
    """How many clients are above the A amount, then and now, and who crossed it."""
    own = frame[frame["manager_id"] == row["manager_id"]]
    text = by_change(
        row["entered_a"] - row["left_a"],
        _("{above}; {entered_a} rose above it, {left_a} fell below it."),
        _("{above}; {left_a} fell below it, {entered_a} rose above it."),
        _("{above}; {entered_a} rose above it, as many fell below it."),
    )
    return fill(text, row, above=_above(own))


def _above(rows: pd.DataFrame) -> str:
    """How many of the clients are above the frozen A amount, and how many were in its month."""
    known = rows[rows["a_fixed_share"].notna()].sort_values("month")
    if known.empty:
        return fill(_("{name}: no clients in classes yet"), name=named(rows))
    first, last = known.iloc[0], known.iloc[-1]
    text = plural(
        "{name}: {a_fixed} of {number} client above the A amount of {since}, {before} of {of} then",
        "{name}: {a_fixed} of {number} clients above the A amount of {since}, {before} of {of} "
        "then",
        int(last["clients"]),
    )
    if len(known) == 1:
        text = plural(
            "{name}: {a_fixed} of {number} client above the A amount of {since}",
            "{name}: {a_fixed} of {number} clients above the A amount of {since}",
            int(last["clients"]),
        )
    return fill(text, last, name=named(rows), since=first["month"], before=first["a_fixed"],
                of=first["clients"])  # fmt: skip


def _too_short(frame: pd.DataFrame, window_months: int) -> str:
    """What a verdict needs, and from when on it will be there."""
    full = frame.loc[frame["a_fixed_share"].notna(), "month"]
    start = full.min() if len(full) else frame["month"].min()
    wait = window_months if len(full) else 2 * window_months - 1
    text = plural(
        "A verdict compares two periods of {number} month each; it will show from {month} on.",
        "A verdict compares two periods of {number} months each; it will show from {month} on.",
        window_months,
    )
    return fill(text, month=start + pd.DateOffset(months=wait))


# ---------------------------------------------------------------- the load


def load(frame: pd.DataFrame) -> str:
    """portfolio_load: who looks after too few or too many clients, who hangs on five of them."""
    known = people(frame[frame["clients"] > 0]).sort_values("clients", kind="stable")
    if known.empty:
        return _("No manager looks after a client yet, so there is no load to compare.")
    judged = known[known["verdict"].notna()]
    said = _against_norm(judged) if len(judged) else _without_norm(known)
    known = judged if len(judged) else known
    text = _("{manager_name} depends most on few: five clients bring {top5_share} of revenue.")
    if len(known) == 1:
        text = _("The five largest clients bring {top5_share} of revenue.")
    most = ranked(known[known["clients"] > 5], "top5_share")
    return joined(said, fill(text, most.iloc[0]) if len(most) else "")


def _against_norm(judged: pd.DataFrame) -> str:
    """Who looks after as many clients as wanted, and who after too few or too many."""
    first, is_same = judged.iloc[0], len(judged[["low", "high"]].drop_duplicates()) == 1
    if len(judged) == 1:
        return fill(_("{manager_name}: {clients} clients; the target is {low} to {high}."), first)
    few, many = (judged[judged["verdict"] == verdict] for verdict in ("below", "above"))
    within, show = len(judged) - len(few) - len(many), _("{manager_name} ({clients})")
    text = _("{within} of {of} managers are within the target of their team.")
    if is_same:
        text = _("{within} of {of} managers are within the target of {low} to {high} clients.")
    return joined(
        fill(text, first, within=within, of=len(judged)),
        fill(_("Too few: {names}."), names=each(few, show)) if len(few) else "",
        fill(_("Too many: {names}."), names=each(many.iloc[::-1], show)) if len(many) else "",
    )


def _without_norm(known: pd.DataFrame) -> str:
    """Who looks after most clients and who after fewest, where no number is wanted."""
    if len(known) == 1:
        text = plural("{manager_name} looks after {number} client.",
                      "{manager_name} looks after {number} clients.",
                      int(known["clients"].iloc[0]))  # fmt: skip
        return fill(text, known.iloc[0])
    text = _("{most} looks after most clients, {least} after fewest.")
    return ends(text, known.iloc[::-1], _("{manager_name} ({clients})"))


# ---------------------------------------------------------------- who is about to rise


def candidates(frame: pd.DataFrame) -> str:
    """class_candidates: how many are within reach of A and X, and who misses least."""
    near_a, near_x = (frame[frame["target"] == target] for target in ("A", "X"))
    if frame.empty:
        return _("No client is within reach of A or of regular buying now.")
    large = plural(
        "{number} client is within reach of A.",
        "{number} clients are within reach of A.",
        len(near_a),
    )
    if len(near_a):
        large = plural(
            "{number} client is within reach of A: {client_name} ({missing_money} missing).",
            "{number} clients are within reach of A, nearest {client_name} ({missing_money} "
            "missing).",
            len(near_a),
        )
        large = fill(large, near_a.iloc[0])
    regular = plural(
        "{number} client is one month short of regular buying.",
        "{number} clients are one month short of regular buying.",
        len(near_x),
    )
    return joined(large, regular if len(near_x) else "")


def candidates_check(frame: pd.DataFrame) -> str:
    """candidates_check: how many of the list reached their class, and whether it was worth it."""
    if frame.empty:
        return _("The list is checked half a window later, once its own window is full.")
    texts = {
        "A": _("{reached} of {listed} on the list then reached A"),
        "X": _("{reached} of {listed} on the list then buy regularly now"),
    }
    good = _("{said}: {lift} times the obvious list.")
    poor = _("{said}: no better than the obvious list.")
    plain = _("{said}; of the obvious list nobody did.")
    said = []
    for _at, row in frame.iterrows():
        text = plain if pd.isna(row["lift"]) else poor if row["lift"] < _LIFT else good
        said.append(fill(text, row, said=fill(texts[row["target"]], row)))
    return joined(*said)


_LIFT = 1.1  # a list that is not so many times as good as the obvious one is no better
