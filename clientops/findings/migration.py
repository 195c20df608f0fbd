"""What the tables of migration say."""

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

_NOBODY = "-"  # the letter of who did not buy


def _too_early() -> str:
    return _(
        "The data do not reach back to the earlier month, so there is nothing to compare yet: "
        "choose a later month, or a shorter window."
    )


def _one(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The rows to speak of: of the only manager, or of the company; else what there is to say."""
    rows, managers = scope(frame)
    if frame.empty:
        return frame, _too_early()
    if set(frame["manager_id"]) == {EVERYONE}:
        return frame.iloc[:0], _("This manager has no client to compare.")
    if rows.empty and managers:
        return rows, no_sum()
    return rows, ""


# ---------------------------------------------------------------- the bridge


def revenue_bridge(frame: pd.DataFrame, window_months: int = 12) -> str:
    """migration_bridge: from which revenue to which, by what, and where to doubt it."""
    rows, problem = _one(frame)
    if problem:
        return problem
    row = rows.iloc[0]
    text = _("Revenue{whose} was the same in the {before} and the {now}, {closing}{parts}.")
    if row["closing"] > row["opening"]:
        text = _(
            "Revenue{whose} rose from {opening} in the {before} to {closing} in the {now}{parts}."
        )
    elif row["closing"] < row["opening"]:
        text = _(
            "Revenue{whose} fell from {opening} in the {before} to {closing} in the {now}{parts}."
        )
    went = fill(
        text,
        whose=whose(rows),
        opening=words.short_money(row["opening"]),
        closing=words.short_money(row["closing"]),
        before=_window(row, "from_month"),
        now=_window(row, "to_month"),
        parts=_parts(row),
    )
    said = [went, _windows_differ(row, window_months), _doubt(row)]
    return " ".join(each for each in said if each)


def _window(row: pd.Series, at: str) -> str:
    """12 months to Oct 2026."""
    months = int(row["window_months"])
    text = plural("{number} month to {{month}}", "{number} months to {{month}}", months)
    return fill(text, month=words.month(row[at]))


def _parts(row: pd.Series) -> str:
    """What came against what went, behind the sentence; what went first where revenue fell."""
    amounts = {
        _("growth {money}"): row["growth"],
        _("new and returned clients {money}"): row["new"] + row["returned"],
        _("clients taken over {money}"): row["transferred_in"],
        _("decline {money}"): row["decline"],
        _("lost clients {money}"): row["lost"],
        _("clients handed over {money}"): row["transferred_out"],
    }
    sides = [
        ", ".join(
            fill(text, money=words.short_money(abs(amount)))
            for text, amount in amounts.items()
            if amount * sign > 0
        )
        for sign in ((-1, 1) if row["closing"] < row["opening"] else (1, -1))
    ]
    if all(sides):
        return fill(_(": {larger}, against {smaller}"), larger=sides[0], smaller=sides[1])
    return fill(_(": {parts}"), parts="".join(sides)) if any(sides) else ""


def _signed(amount: float) -> str:
    """+€1.2M or −€1.2M."""
    return f"{'+' if amount > 0 else '−'}{words.short_money(abs(amount))}"


def _windows_differ(row: pd.Series, window_months: int) -> str:
    """That windows are shorter than asked, or overlap, and what then is compared."""
    months = int(row["window_months"])
    first = row["from_month"] - pd.DateOffset(months=months - 1)
    step = (row["to_month"].year - row["from_month"].year) * 12
    step += row["to_month"].month - row["from_month"].month
    said = []
    if months < window_months:
        text = plural(
            "Windows are of {number} month only, as the data begin in {{first}}.",
            "Windows are of {number} months only, as the data begin in {{first}}.",
            months,
        )
        said.append(fill(text, first=words.month(first)))
    if step < months:
        came, gone = row["from_month"] + pd.DateOffset(months=1), first
        text = _("The windows overlap: what differs is {came} against {gone}.")
        said.append(fill(text, came=_span(came, step), gone=_span(gone, step)))
    return " ".join(said)


def _span(first: pd.Timestamp, months: int) -> str:
    if months == 1:
        return words.month(first)
    last = words.month(first + pd.DateOffset(months=months - 1))
    return f"{words.month(first)} – {last}"


def _doubt(row: pd.Series) -> str:
    """Where so much changed owner that one cannot tell whose it is."""
    if row["ownership"] != "unclear":
        return ""
    if row["closing"] == 0 and row["transferred_out"] == -row["opening"]:
        return _("All of it was handed over.")
    share = words.percent(row["transferred_share"])
    text = _(
        "{share} of the revenue at the beginning changed owner: ownership looks unknown, so the "
        "bridges of single managers tell little."
    )
    return fill(text, share=share)


# ---------------------------------------------------------------- from class to class


def volume_moves(frame: pd.DataFrame) -> str:
    """migration_matrix: what became of the A clients, and how many came to A."""
    stayed = plural(
        "Of {number} A client{{whose}} in the {{before}}: {{stayed}} still in A, {{fell}} in a "
        "smaller class, {{gone}} lost.",
        "Of {number} A clients{{whose}} in the {{before}}: {{stayed}} still in A, {{fell}} in a "
        "smaller class, {{gone}} lost.",
        _number(frame, "abc", "A"),
    )
    none = _("No client{whose} was in class A in the {before}.")
    came = _("Into A came {rose} from other classes, {new} new or returned.")
    return _became(frame, "abc", "A", stayed, none, came)


def regularity_moves(frame: pd.DataFrame) -> str:
    """migration_matrix: what became of the regular clients, and how many became regular."""
    stayed = plural(
        "Of {number} regular client{{whose}} (X) in the {{before}}: {{stayed}} still regular, "
        "{{fell}} less regular, {{gone}} lost.",
        "Of {number} regular clients{{whose}} (X) in the {{before}}: {{stayed}} still regular, "
        "{{fell}} less regular, {{gone}} lost.",
        _number(frame, "xyz", "X"),
    )
    none = _("No client{whose} was regular (X) in the {before}.")
    came = _("Into X came {rose} from other classes, {new} new or returned.")
    return _became(frame, "xyz", "X", stayed, none, came)


def _number(frame: pd.DataFrame, kind: str, best: str) -> int:
    """How many clients were in the best class before."""
    rows, _managers = scope(frame)
    return int(rows.loc[rows[f"from_{kind}"] == best, "clients"].sum())


def _became(frame: pd.DataFrame, kind: str, best: str, stayed: str, none: str, came: str) -> str:
    """What became of the best class of a kind, and who came to it, in the words given."""
    rows, problem = _one(frame)
    if problem:
        return problem
    then, now = rows[f"from_{kind}"], rows[f"to_{kind}"]
    inside, entered = then == best, (then != best) & (now == best)
    flags = {
        "stayed": inside & (now == best),
        "fell": inside & ~now.isin([best, _NOBODY]),
        "gone": inside & (now == _NOBODY),
        "rose": entered & (then != _NOBODY),
        "new": entered & (then == _NOBODY),
    }
    numbers = {name: words.count(rows.loc[flag, "clients"].sum()) for name, flag in flags.items()}
    before = _window(rows.iloc[0], "from_month")
    said = stayed if inside.any() else none
    return fill(f"{said} {came}", whose=whose(rows), before=before, **numbers)


# ---------------------------------------------------------------- who moved, and why


def move_causes(frame: pd.DataFrame) -> str:
    """migration_causes: how many rose and fell in volume class, by what, and with whom."""
    people = frame[frame["manager_id"] != EVERYONE]
    if people.empty:
        return _("No client bought in both windows and changed its volume class.")
    rows, managers = scope(frame)
    rows = rows if len(rows) else people
    counts = rows.groupby(["direction", "cause"])["clients"].sum()
    ways = counts.groupby("direction").sum()
    rose, fell = (int(ways.get(way, 0)) for way in ("up", "down"))
    first = plural(
        "{number} client{{whose}} rose in volume class, {{fell}} fell:",
        "{number} clients{{whose}} rose in volume class, {{fell}} fell:",
        rose,
    )
    name = whose(rows) if rows["manager_id"].nunique() == 1 else ""
    texts = {
        "own": _("{number} by own sales"),
        "threshold": _("{number} only because the threshold moved"),
        "both": _("{number} by both"),
    }
    causes = counts.groupby("cause").sum()
    parts = [
        fill(text, number=words.count(causes[cause]))
        for cause, text in texts.items()
        if cause in causes
    ]
    said = f"{fill(first, whose=name, fell=words.count(fell))} {', '.join(parts)}."
    return f"{said} {_one_sided(frame, len(managers))}".strip()


def _one_sided(frame: pd.DataFrame, managers: int) -> str:
    """Whose clients went up or down in volume class beyond chance."""
    people = frame[~frame["manager_id"].isin([EVERYONE, UNASSIGNED])]
    texts = {
        "mostly down": _("That more fell than rose is beyond chance with {names}."),
        "mostly up": _("That more rose than fell is beyond chance with {names}."),
    }
    said = []
    for word, text in texts.items():
        rows = people[people["balance"] == word].sort_values("p_value", kind="stable")
        names = [
            with_number(of["manager_name"].iloc[0], _up_and_down(of))
            if managers > 1
            else of["manager_name"].iloc[0]
            for _key, of in rows.groupby("manager_id", sort=False)
        ]
        if names:
            said.append(fill(text, names=listed(names)))
    return " ".join(said)


def _up_and_down(rows: pd.DataFrame) -> str:
    """25 down, 6 up."""
    number = rows.groupby("direction")["clients"].sum()
    return fill(
        _("{down} down, {up} up"),
        down=words.count(number.get("down", 0)),
        up=words.count(number.get("up", 0)),
    )


def class_leavers(frame: pd.DataFrame) -> str:
    """class_leavers: how many left A or X, what that cost, and who first."""
    if frame.empty:
        return _("No client left class A or X, as far as the data reach back.")
    first = plural(
        "{number} client left class A or X; revenue of such clients fell by {{lost}}.",
        "{number} clients left class A or X; revenue of such clients fell by {{lost}}.",
        len(frame),
    )
    change = frame["revenue_change"].sum()
    if change >= 0:
        first = plural(
            "{number} client left class A or X, with more revenue than before all the same.",
            "{number} clients left class A or X, with more revenue than before all the same.",
            len(frame),
        )
    said = [fill(first, lost=words.short_money(-change))]
    gone = int((frame["direction"] == "lost").sum())
    if gone:
        said.append(plural("{number} of them buys no more.", "{number} of them buy no more.", gone))
    row = frame.loc[frame["revenue_change"].idxmin()]
    if row["revenue_change"] < 0:
        name = with_number(row["client_name"], _signed(row["revenue_change"]))
        said.append(fill(_("The largest loss: {name}."), name=name))
    return " ".join(said)


def client_moves(frame: pd.DataFrame) -> str:
    """client_migration: how many clients went which way."""
    if frame.empty:
        return _(
            "There is no client to compare: this portfolio has none, or the data do not reach back "
            "to the earlier month."
        )
    parts = [
        f"{words.count(number)} {words.value(way)}"
        for way in ("up", "down", "same", "new", "returned", "lost")
        if (number := int((frame["direction"] == way).sum()))
    ]
    text = _("Class now against before: {parts}.")
    return fill(text, parts=", ".join(parts))


# ---------------------------------------------------------------- a client's path


def class_path(frame: pd.DataFrame) -> str:
    """class_path: how one client's class went; of many, how many were in class A."""
    if frame.empty:
        return _(
            "There is no client to show: the one chosen is not in this portfolio, or it is empty."
        )
    if frame["client_id"].nunique() == 1:
        return _path_of_one(frame.sort_values("month"))
    large = frame[frame["class"].str[0] == "A"]
    months = large.groupby("client_id").size()
    first = plural(
        "{number} client was in class A in some month from {{since}} to {{until}}: {{always}} all "
        "the time, {{now}} now.",
        "{number} clients were in class A in some month from {{since}} to {{until}}: {{always}} "
        "all the time, {{now}} now.",
        len(months),
    )
    if large.empty:
        first = _("No client was in class A from {since} to {until}.")
    said = fill(
        first,
        since=words.month(frame["month"].min()),
        until=words.month(frame["month"].max()),
        always=words.count((months == frame["month"].nunique()).sum()),
        now=words.count((large["month"] == frame["month"].max()).sum()),
    )
    changed = frame["class"].str[0].groupby(frame["client_id"]).nunique() > 1
    return f"{said} {_('Here are the largest whose class changed.')}" if changed.any() else said


def _path_of_one(frame: pd.DataFrame) -> str:
    first, last = frame.iloc[0], frame.iloc[-1]
    text = _(
        "{name} went from {then} in {since} to {now} in {until}; its revenue of a window from "
        "{before} to {after}."
    )
    if first["class"] == last["class"]:
        text = _(
            "{name} is {now} in {until}, as in {since}; its revenue of a window went from {before} "
            "to {after}."
        )
    if len(frame) == 1:
        text = _("{name} is {now} in {until}, with {after} of revenue in the window.")
    none = {2 * _NOBODY: _("no purchase")}
    return fill(
        text,
        name=first["client_name"],
        then=none.get(first["class"], first["class"]),
        now=none.get(last["class"], last["class"]),
        since=words.month(first["month"]),
        until=words.month(last["month"]),
        before=words.short_money(first["revenue"]),
        after=words.short_money(last["revenue"]),
    )
