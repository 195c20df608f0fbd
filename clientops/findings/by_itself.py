"""What any table says, made of what it declares about itself: units, labels, what adds up."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.schema import EVERYONE, NONE, UNASSIGNED
from clientops.words import N_, _, plural

_NAMED = {"client_id": "client_name", "manager_id": "manager_name", "key": "name"}
_TELLING = ["money", "score", "count", "share", "days", "number"]  # units, the most telling first
_TIMES = ("month", "quarter", "date")
_SUMMED = ("word", "flag", *_TIMES)  # what a sum may run over


@say.empty_says(N_("There are no rows to show."))
def default(frame: pd.DataFrame) -> str:
    """One sentence of any table: its most telling column, of whom it is asked and in comparison."""
    if declared := _declared(frame):
        return declared
    column = _most_telling(frame)
    whom = next((each for each in _NAMED if each in frame), "")
    rows, label = _one_thing(frame, column, whom) if column and whom else (frame, "")
    if not label:
        return plural("The table has {number} row.", "The table has {number} rows.", len(frame))
    months = _over_months(rows, column, label) if whom == "manager_id" else ""
    if months:
        return months
    if "month" in rows:
        rows = rows[rows["month"] == rows["month"].max()]
    tell = {"client_id": _of_clients, "manager_id": _of_managers, "key": _of_keys}[whom]
    return tell(rows, column, label)


def _declared(frame: pd.DataFrame) -> str:
    """What the table says by itself of the row that is spoken of; empty where it says nothing."""
    rows = frame
    for column in ("manager_id", "key"):
        if column in frame and "client_id" not in frame:
            rows = frame[frame[column] == words.subject()]
    if rows.empty or not words.about().says:
        return ""
    times = [each for each in rows if words.unit(each) in _TIMES][:1]
    is_list = "client_id" in frame
    row = rows.iloc[0] if is_list or not times else rows.loc[rows[times[0]].idxmax()]
    known = row.dropna()
    if known.get("name") == EVERYONE:
        known["name"] = say.everybody()
    text = say.first_known(words.about().says, [*known.index, "rows"])
    return say.fill(_(text), known, rows=words.count(len(rows))) if text else ""


# ---------------------------------------------------------------- which rows, which column


def _most_telling(frame: pd.DataFrame) -> str:
    """The column to speak of: a headline, what adds up before others, money before counts."""
    known = [each for each in frame if words.unit(each) in _TELLING and frame[each].notna().any()]
    first = {headline.column for headline in words.about().headlines}
    known.sort(key=lambda each: (each not in first, not words.adds_up(each),
                                 _TELLING.index(words.unit(each))))  # fmt: skip
    return known[0] if known else ""


def _one_thing(frame: pd.DataFrame, column: str, whom: str) -> tuple[pd.DataFrame, str]:
    """Rows whose values of the column are of one thing for each of *whom* and month, and how that
    is called; no name: there is no such thing.

    Where the rows of one scope are divided further, they are added up if the column adds up; else
    the row of all (`*`) or the first part is told of, which the name says.
    """
    label, parts = words.label(column), 0
    for other in _divided_by(frame, column, whom):
        values = frame[other].dropna().unique()
        is_summed = words.adds_up(column) and words.unit(other) in _SUMMED
        if len(values) < 2 or (is_summed and EVERYONE not in values and other != "dimension"):
            continue
        first = max if words.unit(other) == "quarter" else min
        first = first(value for value in values if value != EVERYONE)
        told = EVERYONE if EVERYONE in values and other != "dimension" else first
        frame = frame[frame[other] == told]
        if told != EVERYONE and sum(value != EVERYONE for value in values) > 1:
            parts += 1
            part = "0" if words.unit(other) == "number" and not told else say.written(other, told)
            text = _("{label}, {part_of}: {part}")
            label = say.fill(text, label=label, part_of=words.label(other), part=part)
    scope = [whom, *(["month"] if "month" in frame else [])]
    is_mixed = not words.adds_up(column) and frame.duplicated(scope).any()
    is_mixed |= parts > (words.unit(column) != "number")  # of more parts nobody would read the name
    return frame, "" if is_mixed else label


def _divided_by(frame: pd.DataFrame, column: str, whom: str) -> list[str]:
    """The columns by which the rows of one scope are divided."""
    if whom == "client_id":
        return []
    keys = words.about().keys
    apart = {*_NAMED, *_NAMED.values(), "month"}
    before = list(frame)[: list(frame).index(column)]
    return [
        each
        for each in before
        if each not in apart and (each in keys or words.unit(each) == "word")
    ]


def _values(rows: pd.DataFrame, column: str, whom: str) -> pd.DataFrame:
    """The column's value of each of *whom*, from the largest to the smallest."""
    name = _NAMED[whom] if _NAMED[whom] in rows else whom
    rows = pd.DataFrame({"id": rows[whom], "name": rows[name], column: rows[column]}).dropna()
    groups = rows.groupby(["id", "name"], sort=False)[column]
    values = groups.sum() if words.adds_up(column) else groups.first()
    return values.reset_index().sort_values(column, ascending=False, kind="stable")


# ---------------------------------------------------------------- the sentences


def _of_clients(rows: pd.DataFrame, column: str, label: str) -> str:
    """How many clients, what they bring, and who is the largest."""
    values = _values(rows, column, "client_id")
    text = plural(
        "{number} client; {label}: {total}, most: {most}.",
        "{number} clients; {label}: {total}, most: {most}.",
        rows["client_id"].nunique(),
    )
    if not words.adds_up(column) or len(values) == 1:
        text = plural(
            "{number} client; {label}, most: {most}.",
            "{number} clients; {label}, most: {most}.",
            rows["client_id"].nunique(),
        )
    return _filled(text, values, column, label, values[column].sum())


def _of_keys(rows: pd.DataFrame, column: str, label: str) -> str:
    """What all of them bring, and which brings most and least."""
    values = _values(rows, column, "key")
    total = values[column].sum() if words.adds_up(column) else None
    named = values[~values["id"].isin([NONE, UNASSIGNED])]
    return _compared(values if named.empty else named, column, label, total)


def _of_managers(rows: pd.DataFrame, column: str, label: str) -> str:
    """What the company brings, and with whom most and least; or one manager beside the company."""
    values = _values(rows, column, "manager_id")
    own = values[values["id"] == words.subject()]
    if not say.is_one():
        total = own[column].iloc[0] if len(own) else None
        managers = values[values["id"].isin(say.people(rows)["manager_id"])]
        return _compared(managers, column, label, total)
    company = values.loc[values["id"] == EVERYONE, column]
    text = _("{label}: nothing is known yet.")
    if len(own) and len(company):
        text = _("{label}: {most}; the company: {total}.")
        if words.is_of_some():
            text = _("{label}: {most}; all managers: {total}.")
    elif len(own):
        text = "{label}: {most}."
    return _filled(text, own, column, label, company.sum())


def _compared(values: pd.DataFrame, column: str, label: str, total: float | None) -> str:
    """The total, if there is one, and the ends where there are several."""
    texts = {
        (True, True): _("{label}: {total}; most: {most}; least: {least}."),
        (True, False): _("{label}: {total}."),
        (False, True): _("{label}, most: {most}; least: {least}."),
        (False, False): _("{label}: {most}.") if len(values) else _("{label}: nothing is known."),
    }
    if not words.adds_up(column):
        texts[True, True] = _("{label}: {total}; highest: {most}; lowest: {least}.")
        texts[False, True] = _("{label}, highest: {most}; lowest: {least}.")
    said = {say.written(column, value) for value in values[column]}
    text = texts[total is not None, len(said) > 1]
    return _filled(text, values, column, label, total or 0)


def _filled(text: str, values: pd.DataFrame, column: str, label: str, total: float) -> str:
    """The text with the first and the last of the values."""
    text = say.fill(text, label=label, total=say.written(column, total))
    if values.empty:
        return text
    numbers = values.assign(number=[say.written(column, value) for value in values[column]])
    return say.ends(text, numbers, _("{name} ({number})"))


def _over_months(rows: pd.DataFrame, column: str, label: str) -> str:
    """The first month and the last of whom is spoken of; nothing where there are no two."""
    own = say.spoken(rows)
    own = own[own[column].notna()] if "month" in own else own.iloc[:0]
    if own.empty or own["month"].nunique() < 2:
        return ""
    by_month = own.groupby("month")[column]
    values = by_month.sum() if words.adds_up(column) else by_month.first()
    text = _("{label}: {before} in {since}, {after} in {until}.")
    if say.is_one():
        text = _("{name}, {label}: {before} in {since}, {after} in {until}.")
    before, after = (say.written(column, values.iloc[at]) for at in (0, -1))
    name = str(own.get("manager_name", own["manager_id"]).iloc[0])
    return say.fill(text, name=name, label=label, before=before, after=after,
                    since=values.index[0], until=values.index[-1])  # fmt: skip
