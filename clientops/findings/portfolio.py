"""What the tables of portfolios say."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.schema import EVERYONE
from clientops.words import N_, _, plural


def _nobody_bought() -> str:
    return _("There is no client here who bought, so there are no classes to show.")


# ---------------------------------------------------------------- classes


def quality(frame: pd.DataFrame) -> str:
    """portfolio_quality: how many A clients there are, and who has most of them."""
    counts = frame[frame["clients"] > 0]
    for column in ("client_share", "revenue_share"):  # where it is not known it stays so
        counts = counts.assign(**{column: counts[column] * (counts["abc"] == "A")})
    groups = counts.groupby(["manager_id", "manager_name"])[["client_share", "revenue_share"]]
    shares = groups.sum(min_count=1).reset_index()
    rows, managers = say.spoken(shares), say.ranked(say.people(shares), "client_share")
    is_compared = not say.is_one() and len(managers) > 1
    if rows.empty and not say.is_one() and len(managers) == 1:
        rows = managers
    said = compared = ""
    if len(rows):
        text = _("{name}: {client_share} of clients in class A bring {revenue_share} of revenue.")
        if rows["client_share"].iloc[0] == 0:
            text = _("{name}: no client is in class A.")
        elif is_compared or rows["revenue_share"].isna().iloc[0]:
            text = _("{name}: {client_share} of clients are in class A.")
        said = say.fill(text, rows.iloc[0], name=say.named(rows))
        compared = say.company(shares, _("{whole}: {client_share} of clients."))
    if is_compared:
        text = _("Largest share of A clients: {most}; smallest: {least}.")
        compared = say.ends(text, managers, _("{manager_name} ({client_share})"))
    return say.joined(said, compared) or _nobody_bought()


@say.of_subject
def cells(frame: pd.DataFrame) -> str:
    """portfolio_quality: how many clients are large and regular, how many large ones are not."""
    rows = say.spoken(frame[frame["clients"] > 0])
    if rows.empty:
        return _nobody_bought()
    large = rows[rows["abc"] == "A"]
    best = large[large["xyz"] == "X"]
    number, others = int(best["clients"].sum()), int(large["clients"].sum() - best["clients"].sum())
    text = plural(
        "{name}: {number} of {of} clients is large and regular (AX), with {revenue_share} of "
        "revenue.",
        "{name}: {number} of {of} clients are large and regular (AX), with {revenue_share} of "
        "revenue.",
        number,
    )
    if not number:
        text = _("{name}: none of {of} clients is large and regular (AX).")
    elif best["revenue_share"].isna().all():
        text = _("{name}: {clients} of {of} clients large and regular (AX).")
    sums = best[["clients", "revenue_share"]].sum()
    second = plural(
        "{number} large client buys irregularly: to be made regular.",
        "{number} large clients buy irregularly: to be made regular.",
        others,
    )
    first = say.fill(text, sums, name=say.named(rows), of=rows["clients"].sum())
    return say.joined(first, second if others else "")


def classes(frame: pd.DataFrame) -> str:
    """client_classes: how many of the clients bought, how many stopped, how many never began."""
    if frame.empty:
        return _nobody_bought()
    stages = frame["stage"].value_counts()
    lost, never = stages.get("lost", 0), stages.get("prospect", 0)
    others = say.counted(
        {_("{number} bought only before"): lost, _("{number} never bought"): never}
    )
    text = plural(
        "{bought} of {of} clients bought in the month; {others}.",
        "{bought} of {of} clients bought in the {number} months; {others}.",
        int(frame["window_months"].max()),
    )
    if not others:
        text = plural(
            "All {of} clients bought in the month.",
            "All {of} clients bought in the {number} months.",
            int(frame["window_months"].max()),
        )
    return say.fill(text, bought=len(frame) - lost - never, of=len(frame), others=others)


# ---------------------------------------------------------------- the trend


@say.empty_says(N_("No client has bought yet, so there is no trend to show."))
def trend(frame: pd.DataFrame, window_months: int = 12) -> str:
    """portfolio_trend: who improves and who worsens beyond chance, and by how much."""
    last = frame[frame["month"] == frame["month"].max()]
    judged = say.people(last)
    judged = judged[judged["verdict"].isin(["improving", "worsening", "steady"])]
    if judged.empty and ((last["verdict"] == "too short").any() or last["entered_a"].isna().all()):
        whom = words.subject() or EVERYONE
        return say.joined(_too_short(frame, window_months), _above(frame, whom))
    if judged.empty or say.is_one():
        row = (last if judged.empty else judged).iloc[0]
        return say.joined(_above(frame, row["manager_id"]), _crossed(row, window_months))
    net = judged["left_a"] - judged["entered_a"]
    judged = judged.assign(net=net).sort_values(["net", "manager_name"], ascending=[False, True])
    worse = judged[judged["verdict"] == "worsening"]
    better = judged[judged["verdict"] == "improving"].iloc[::-1]
    if worse.empty and better.empty:
        text = _("No manager's portfolio improves or worsens beyond chance.")
        return say.joined(text, _above(frame, EVERYONE))
    first = (worse if len(worse) else better).iloc[0]
    also = {
        _("Also worsening: {names}."): worse.iloc[1:],
        _("Improving: {names}."): better if len(worse) else better.iloc[:0],
        _("Also improving: {names}."): better.iloc[1:] if worse.empty else better.iloc[:0],
    }
    others = [say.fill(text, names=say.each(rows, "{manager_name}")) for text, rows in also.items()
              if len(rows)]  # fmt: skip
    if not others and len(judged) > 1:
        others = [_("The others: no change beyond chance.")]
    return say.joined(_above(frame, first["manager_id"]), _crossed(first, window_months), *others)


def _above(frame: pd.DataFrame, whom: str) -> str:
    """How many clients are above the frozen A amount, and were in its month; who was not there
    then is told of now."""
    known = frame[frame["a_fixed_share"].notna()].sort_values("month")
    rows = known[known["manager_id"] == whom]
    if rows.empty or rows["month"].iloc[-1] < known["month"].iloc[-1]:
        return ""
    since, first, last = known["month"].iloc[0], rows.iloc[0], rows.iloc[-1]
    text = plural(
        "{name}: {a_fixed} of {number} client above the A amount of {since}, {before} of {of} "
        "then.",
        "{name}: {a_fixed} of {number} clients above the A amount of {since}, {before} of {of} "
        "then.",
        int(last["clients"]),
    )
    if first["month"] > since or len(rows) == 1:
        text = plural(
            "{name}: {a_fixed} of {number} client above the A amount of {since}.",
            "{name}: {a_fixed} of {number} clients above the A amount of {since}.",
            int(last["clients"]),
        )
    return say.fill(text, last, name=say.named(rows), since=words.long_month(since),
                    before=first["a_fixed"], of=first["clients"])  # fmt: skip


def _crossed(row: pd.Series, window_months: int) -> str:
    """Who crossed the A amount of one window before, the more of them first."""
    text = say.by_change(
        row["entered_a"] - row["left_a"],
        _("{entered_a} rose above the A amount of {then}, {left_a} fell below it."),
        _("{left_a} fell below the A amount of {then}, {entered_a} rose above it."),
        _("{entered_a} rose above the A amount of {then}, as many fell below it."),
    )
    then = row["month"] - pd.DateOffset(months=window_months)
    return say.fill(text, row, then=words.long_month(then))


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
    return say.fill(text, month=words.long_month(start + pd.DateOffset(months=wait)))


# ---------------------------------------------------------------- the load


def load(frame: pd.DataFrame) -> str:
    """portfolio_load: who looks after too few or too many clients, who hangs on five of them."""
    known = say.people(frame[frame["clients"] > 0]).sort_values("clients", kind="stable")
    if known.empty:
        return _("There is no manager with clients here, so there is no load to compare.")
    judged = known[known["verdict"].notna()]
    said = _against_norm(judged) if len(judged) else _without_norm(known)
    known = judged if len(judged) else known
    if judged["verdict"].isin(["below", "above"]).any() and len(judged) > 1:
        return said
    text = _("{manager_name} depends most on few: five clients bring {top5_share} of revenue.")
    if len(known) == 1:
        text = _("The five largest clients bring {top5_share} of revenue.")
    most = say.ranked(known[known["clients"] > 5], "top5_share")
    return say.joined(said, say.fill(text, most.iloc[0]) if len(most) else "")


def _against_norm(judged: pd.DataFrame) -> str:
    """Who looks after as many clients as wanted, and who after too few or too many."""
    first, is_same = judged.iloc[0], len(judged[["low", "high"]].drop_duplicates()) == 1
    if len(judged) == 1:
        return say.fill(
            _("{manager_name}: {clients} clients; the target is {low} to {high}."), first
        )
    few, many = (judged[judged["verdict"] == verdict] for verdict in ("below", "above"))
    within = len(judged) - len(few) - len(many)
    text = _("Within the target of their team: {within} of {of} managers.")
    if is_same:
        text = _("Within the target of {low} to {high} clients: {within} of {of} managers.")
    return say.joined(
        say.fill(text, first, within=within, of=len(judged)),
        say.fill(_("Below it: {names}."), names=say.each(few, "{manager_name}"))
        if len(few)
        else "",
        say.fill(_("Above it: {names}."), names=say.each(many.iloc[::-1], "{manager_name}"))
        if len(many)
        else "",
    )


def _without_norm(known: pd.DataFrame) -> str:
    """Who looks after most clients and who after fewest, where no number is wanted."""
    if len(known) == 1:
        text = plural("{manager_name} looks after {number} client.",
                      "{manager_name} looks after {number} clients.",
                      int(known["clients"].iloc[0]))  # fmt: skip
        return say.fill(text, known.iloc[0])
    text = _("Most clients: {most}; fewest: {least}.")
    return say.ends(text, known.iloc[::-1], _("{manager_name} ({clients})"))


# ---------------------------------------------------------------- who is about to rise


@say.empty_says(N_("No client is within reach of A or of regular buying now."))
def candidates(frame: pd.DataFrame) -> str:
    """class_candidates: how many are within reach of A and X, and who misses least."""
    near_a, near_x = (frame[frame["target"] == target] for target in ("A", "X"))
    large = _("No client is within reach of A.")
    if len(near_a):
        large = plural(
            "{number} client is within reach of A: {client_name} ({missing_money} missing).",
            "{number} clients are within reach of A, nearest {client_name} ({missing_money} "
            "missing).",
            len(near_a),
        )
        large = say.fill(large, near_a.iloc[0])
    regular = plural(
        "{number} client is one month short of regular buying.",
        "{number} clients are one month short of regular buying.",
        len(near_x),
    )
    return say.joined(large, regular if len(near_x) else "")


_CHECKED = {
    ("A", "better"): N_("{whole}: {reached} of {listed} clients within reach of A in {then} "
                        "reached it, {lift} times the obvious list."),
    ("A", "same"): N_("{whole}: {reached} of {listed} clients within reach of A in {then} "
                      "reached it, no better than the obvious list."),
    ("A", ""): N_("{whole}: {reached} of {listed} clients within reach of A in {then} reached "
                  "it; of the obvious list, nobody."),
    ("X", "better"): N_("{whole}: {reached} of {listed} clients a month short of regular "
                        "buying in {then} made it, {lift} times the obvious list."),
    ("X", "same"): N_("{whole}: {reached} of {listed} clients a month short of regular buying "
                      "in {then} made it, no better than the obvious list."),
    ("X", ""): N_("{whole}: {reached} of {listed} clients a month short of regular buying in "
                  "{then} made it; of the obvious list, nobody."),
}  # fmt: skip


@say.empty_says(N_("The list is checked half a window later, once its own window is full."))
def candidates_check(frame: pd.DataFrame, window_months: int = 12) -> str:
    """candidates_check: how many of the list reached their class, and whether it was worth it."""
    then = frame["month"].iloc[0] - pd.DateOffset(months=window_months // 2)
    keys = zip(frame["target"], frame["verdict"].fillna(""), strict=True)
    return say.joined(*(
        say.fill(_(_CHECKED[key]), row, then=words.long_month(then), whole=say.everybody())
        for key, (_at, row) in zip(keys, frame.iterrows(), strict=True)
    ))  # fmt: skip
