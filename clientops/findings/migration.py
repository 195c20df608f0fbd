"""What the tables of migration say."""

from collections.abc import Callable

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.schema import EVERYONE
from clientops.words import N_, _, plural


def _nothing(frame: pd.DataFrame) -> str:
    """What is said where there is nothing to speak of."""
    if frame.empty:
        return _(
            "The data do not reach back to the earlier month, so there is nothing to compare yet: "
            "choose a later month, or a shorter window."
        )
    if say.is_one() or set(frame["manager_id"]) == {EVERYONE}:
        return _("This manager has no client to compare.")
    return say.no_sum()


# ---------------------------------------------------------------- the bridge


def revenue_bridge(frame: pd.DataFrame) -> str:
    """migration_bridge: from which revenue to which, by what, and where to doubt it."""
    rows = say.spoken(frame)
    if rows.empty:
        return _nothing(frame)
    row = rows.iloc[0]
    same = say.money(row["closing"]) == say.money(row["opening"])
    text = say.by_change(
        0 if same else row["closing"] - row["opening"],
        _("{name}: revenue rose from {opening} in the {before} to {closing} in the {now}."),
        _("{name}: revenue fell from {opening} in the {before} to {closing} in the {now}."),
        _("{name}: revenue was the same in the {before} and the {now}, {closing}."),
    )
    before, now = _window(row, "from_month"), _window(row, "to_month")
    went = say.fill(text, row, name=say.named(rows), before=before, now=now)
    return say.joined(went, say.joined(_overlap(row), _doubt(row)) or _largest(row))


def _window(row: pd.Series, at: str) -> str:
    """12 months to October 2026."""
    months = int(row["window_months"])
    return say.fill(plural("{number} month to {month}", "{number} months to {month}", months),
                    month=words.long_month(row[at]))  # fmt: skip


def _largest(row: pd.Series) -> str:
    """The two steps that did most."""
    steps = {
        _("growth {money}"): row["growth"],
        _("new clients {money}"): row["new"],
        _("returned clients {money}"): row["returned"],
        _("clients taken over {money}"): row["transferred_in"],
        _("decline {money}"): row["decline"],
        _("lost clients {money}"): row["lost"],
        _("clients handed over {money}"): row["transferred_out"],
    }
    largest = sorted((item for item in steps.items() if item[1]), key=lambda item: -abs(item[1]))
    said = say.listed(say.fill(text, money=say.signed(amount)) for text, amount in largest[:2])
    return say.fill(_("Largest steps: {steps}."), steps=said) if said else ""


def _overlap(row: pd.Series) -> str:
    """That the windows overlap, and what then is compared."""
    months, then, now = int(row["window_months"]), row["from_month"], row["to_month"]
    first, came = then + pd.DateOffset(months=1 - months), then + pd.DateOffset(months=1)
    step = (now.year - then.year) * 12 + now.month - then.month
    gone = first + pd.DateOffset(months=step - 1)
    text = _("The windows overlap: what differs is {came} – {now} against {first} – {gone}.")
    if step == 1:
        text = _("The windows overlap: what differs is {now} against {gone}.")
    known = {"came": came, "now": now, "first": first, "gone": gone}
    return say.fill(text, **known) if step < months else ""


def _doubt(row: pd.Series) -> str:
    """Where so much changed owner that one cannot tell whose it is."""
    if row["ownership"] != "unclear":
        return ""
    if row["closing"] == 0 and row["transferred_out"] == -row["opening"]:
        return _("All of it was handed over.")
    text = _(
        "{transferred_share} of the revenue at the beginning changed owner: ownership looks "
        "unknown."
    )
    return say.fill(text, row)


# ---------------------------------------------------------------- from class to class


def volume_moves(frame: pd.DataFrame) -> str:
    """migration_matrix: what became of the A clients, and how many came to A."""
    return _became(
        frame, "abc", "A",
        _("{name}: of the clients now in the portfolio, none was in A in the {before}; {came} "
          "came."),
        lambda number: plural(
            "{name}: of the clients now in the portfolio, {number} was in A in the {before}; "
            "{stayed} stayed, {came} came.",
            "{name}: of the clients now in the portfolio, {number} were in A in the {before}; "
            "{stayed} stayed, {came} came.",
            number,
        ),
    )  # fmt: skip


def regularity_moves(frame: pd.DataFrame) -> str:
    """migration_matrix: what became of the regular clients, and how many became regular."""
    return _became(
        frame, "xyz", "X",
        _("{name}: of the clients now in the portfolio, none was regular in the {before}; {came} "
          "became so."),
        lambda number: plural(
            "{name}: of the clients now in the portfolio, {number} was regular in the {before}; "
            "{stayed} stayed so, {came} became so.",
            "{name}: of the clients now in the portfolio, {number} were regular in the {before}; "
            "{stayed} stayed so, {came} became so.",
            number,
        ),
    )  # fmt: skip


def _became(
    frame: pd.DataFrame, kind: str, best: str, none: str, some: Callable[[int], str]
) -> str:
    """How many stayed in the best class of a kind, and how many came to it, of the clients who are
    owned now: in the words of *none* or *some*."""
    rows = say.spoken(frame)
    if rows.empty:
        return _nothing(frame)
    was, now = rows[f"from_{kind}"] == best, rows[rows[f"to_{kind}"] == best]
    were = int(rows.loc[was, "clients"].sum())
    stayed, came = now.loc[was, "clients"].sum(), now.loc[~was, "clients"].sum()
    before = _window(rows.iloc[0], "from_month")
    text = some(were) if were else none
    return say.fill(text, name=say.named(rows), before=before, stayed=stayed, came=came)


def large_flow(frame: pd.DataFrame) -> str:
    """class_flow: how many A clients there were and are, how many rose to A and how many fell."""
    rows = say.spoken(frame)
    if rows.empty:
        return _nothing(frame)
    large = rows[(rows["scale"] == "abc") & (rows["class"] == "A")]
    if large.empty:
        return say.fill(_("{name}: no A clients, neither before nor now."), name=say.named(rows))
    row = large.iloc[0]
    text = plural(
        "{name}: {number} A client, {opening} in the {before}; {up_in} rose to A, {down_out} fell "
        "from it.",
        "{name}: {number} A clients, {opening} in the {before}; {up_in} rose to A, {down_out} fell "
        "from it.",
        int(row["closing"]),
    )
    return say.fill(text, row, name=say.named(rows), before=_window(row, "from_month"))


# ---------------------------------------------------------------- who moved, and why


def move_causes(frame: pd.DataFrame) -> str:
    """migration_causes: how many rose and fell in volume class, by what, and with whom."""
    rows = say.spoken(frame) if say.is_one() or len(say.spoken(frame)) else say.people(frame)
    if rows.empty:
        return _("No client bought in both windows and changed its volume class.")
    ways = rows.groupby("direction")["clients"].sum()
    only = rows.loc[rows["cause"] == "threshold", "clients"].sum()
    text = plural(
        "{name}: {number} client rose in volume class, {down} fell; {only} only because the bar "
        "moved.",
        "{name}: {number} clients rose in volume class, {down} fell; {only} only because the bar "
        "moved.",
        int(ways.get("up", 0)),
    )
    name = say.named(rows) if len(say.spoken(frame)) else _("The managers shown")
    said = say.fill(text, name=name, down=ways.get("down", 0), only=only)
    return say.joined(said, *_one_sided(say.people(rows if say.is_one() else frame)))


def _one_sided(managers: pd.DataFrame) -> list[str]:
    """Whose clients went up or down in volume class beyond chance."""
    managers = managers.drop_duplicates("manager_id").sort_values("p_value", kind="stable")
    texts = {
        "mostly down": _("More fell than rose beyond chance: {names}."),
        "mostly up": _("More rose than fell beyond chance: {names}."),
    }
    if say.is_one():
        texts = {
            "mostly down": _("That more fell than rose is beyond chance."),
            "mostly up": _("That more rose than fell is beyond chance."),
        }
    groups = {text: managers[managers["balance"] == word] for word, text in texts.items()}
    return [say.fill(text, names=say.each(rows, "{manager_name}")) for text, rows in groups.items()
            if len(rows)]  # fmt: skip


@say.empty_says(
    N_("No client fell from A or stopped being regular, as far as the data reach back.")
)
def class_leavers(frame: pd.DataFrame) -> str:
    """class_leavers: how many fell from A or are irregular now, what that cost, who first."""
    change, row = frame["revenue_change"].sum(), frame.loc[frame["revenue_change"].idxmin()]
    first = plural(
        "{number} client fell from A or is no longer regular; its revenue changed by {change}.",
        "{number} clients fell from A or are no longer regular; their revenue changed by {change}.",
        len(frame),
    )
    largest = _("The largest loss: {client_name} ({revenue_change}).")
    return say.joined(
        say.fill(first, change=say.signed(change)),
        say.fill(largest, row) if row["revenue_change"] < 0 else "",
    )


@say.empty_says(N_("There is no client to compare: this portfolio has none, or the data do not "
                   "reach back to the earlier month."))  # fmt: skip
def client_moves(frame: pd.DataFrame) -> str:
    """client_migration: how many clients went which way."""
    ways = frame["direction"].value_counts()
    text = plural(
        "Of {number} client, {up} rose in class, {down} fell, {lost} bought no more.",
        "Of {number} clients, {up} rose in class, {down} fell, {lost} bought no more.",
        len(frame),
    )
    return say.fill(text, **{way: ways.get(way, 0) for way in ("up", "down", "lost")})


# ---------------------------------------------------------------- a client's path


@say.empty_says(N_("There is no client to show: the one chosen is not in this portfolio, or it is "
                   "empty."))  # fmt: skip
def class_path(frame: pd.DataFrame) -> str:
    """class_path: how one client's class went; of many, how many were in class A."""
    if frame["client_id"].nunique() == 1:
        return _path_of_one(frame.sort_values("month"))
    since, until = frame["month"].min(), frame["month"].max()
    large = frame[frame["class"].str[0] == "A"]
    text = plural(
        "{number} client was in class A in some month from {since} to {until}, {now} is now.",
        "{number} clients were in class A in some month from {since} to {until}, {now} are now.",
        large["client_id"].nunique(),
    )
    if since == until:
        text = _("{now} of {of} clients in class A in {until}.")
    return say.fill(text, since=words.long_month(since), until=words.long_month(until),
                    now=(large["month"] == until).sum(), of=len(frame))  # fmt: skip


def class_paths(frame: pd.DataFrame) -> str:
    """class_path as a list: how many kept their class, and who changed it most often."""
    if frame["client_id"].nunique() < 2:
        return class_path(frame)
    frame = frame.sort_values(["client_id", "month"])
    changes = (frame["class"] != frame.groupby("client_id")["class"].shift()).groupby(
        frame["client_id"]
    ).sum() - 1  # fmt: skip
    text = _("{kept} of {clients} clients kept their class from {since} to {until}.")
    if changes.max() > 1 and (changes == changes.max()).sum() == 1:
        text = _("{kept} of {clients} clients kept their class from {since} to {until}; "
                 "{client_name} changed it most often.")  # fmt: skip
    name = frame.loc[frame["client_id"] == changes.idxmax(), "client_name"].iloc[-1]
    return say.fill(text, kept=int((changes == 0).sum()), clients=len(changes), client_name=name,
                    since=frame["month"].min(), until=frame["month"].max())  # fmt: skip


def _path_of_one(frame: pd.DataFrame) -> str:
    first, last = frame.iloc[0], frame.iloc[-1]
    text = _("{client_name}: {then} in {since}, {now} in {until}; revenue of a window from "
             "{before} to {revenue}.")  # fmt: skip
    if len(frame) == 1:
        text = _("{client_name}: {now} in {until}, with {revenue} of revenue in the window.")
    then, now = (words.value(row["class"]) for row in (first, last))
    return say.fill(text, last, then=then, now=now, since=first["month"], until=last["month"],
                    before=say.money(first["revenue"]))  # fmt: skip
