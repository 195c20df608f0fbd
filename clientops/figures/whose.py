"""Whose rows a figure draws, in which order, and how they are called."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from clientops import words
from clientops.schema import EVERYONE, UNASSIGNED


def kept(frame: pd.DataFrame, where: dict[str, Any] | None) -> pd.DataFrame:
    """The rows whose columns have the values that *where* names."""
    for column, value in (where or {}).items():
        frame = frame[frame[column] == value]
    return frame


def by_manager(frame: pd.DataFrame) -> pd.DataFrame:
    """Of a table with dimensions the rows of managers and the company, in the form of others."""
    wanted = {EVERYONE, "manager"}
    if "manager_id" in frame or "dimension" not in frame:
        return frame
    known = set(frame["dimension"])
    if not (wanted <= known or known <= wanted):
        return frame
    rows = frame[frame["dimension"].isin(wanted)]
    return rows.assign(manager_id=rows["key"], manager_name=rows["name"])


def own(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of whom the figure speaks (words.subject); all rows where each is a client's."""
    if "manager_id" not in frame or "client_id" in frame:
        return frame
    return frame[frame["manager_id"] == words.subject()]


def company(frame: pd.DataFrame, column: str = "manager_id") -> pd.DataFrame:
    """The company's rows, where they stand beside others; *column*: that tells them."""
    if column not in frame or (frame[column] == EVERYONE).all():
        return frame.iloc[:0]
    return frame[frame[column] == EVERYONE]


def people(frame: pd.DataFrame, column: str = "manager_id") -> pd.DataFrame:
    """The managers' rows; the company's where it stands alone."""
    return frame.drop(company(frame, column).index)


def ranked(keys: Iterable[str], scores: pd.Series) -> list[str]:
    """The keys by their scores, the largest first; who has none after them, nobody's last."""
    score = {key: -each for key, each in scores.items() if pd.notna(each)}
    return sorted(keys, key=lambda key: (key == UNASSIGNED, score.get(key, np.inf), key))


def largest_first(frame: pd.DataFrame, value: str, name: str) -> pd.DataFrame:
    """The rows that have a value, the largest first, those of nobody behind the others."""
    rows = frame[frame[value].notna()].sort_values(value, ascending=False, kind="stable")
    return rows.iloc[np.argsort(rows[name] == UNASSIGNED, kind="stable")]


def names(frame: pd.DataFrame, column: str) -> list[str]:
    """What stands in a column as figures write it."""
    return [name(value, column) for value in frame[column]]


def name(value: Any, column: str) -> str:
    """A name as it is, a word translated, a number behind what it counts."""
    if value == EVERYONE:
        return company_name()
    if pd.isna(value):
        return words.EMPTY
    unit = words.unit(column)
    if unit in ("whole", "count"):
        return f"{words.label(column)} {words.count(value)}"
    if unit == "month":
        return words.month(value)
    return words.value(value) if unit == "word" else words.name(str(value))


def leads(frame: pd.DataFrame, column: str) -> list[str]:
    """Where the names of a column lead: `manager_id=7`, `client_id=C0042`, or empty: nowhere."""
    if "dimension" in frame:
        kinds = frame["dimension"].map({"manager": "manager_id=", "client": "client_id="})
        return [*(kinds + frame["key"]).fillna("")]
    key = column.replace("_name", "_id")
    is_led = column in ("manager_name", "client_name") and key in frame
    return [f"{key}={each}" for each in frame[key]] if is_led else []


def shortened(
    frame: pd.DataFrame, column: str, first: int, last: int
) -> tuple[pd.DataFrame, list[int], list[str], list[str]]:
    """The *first* and the *last* rows, and on which line each stands; how the lines are called (one
    between says how many are left out) and where they lead."""
    places, called, led = [*range(len(frame))], names(frame, column), leads(frame, column)
    gap = len(frame) - first - last
    if gap > 0:
        called[first : first + gap] = [words.plural("… {number} more", "… {number} more", gap)]
        led[first : first + gap] = [""] if led else []
        places = [*range(first), *range(first + 1, first + 1 + last)]
        frame = pd.concat([frame.head(first), frame.tail(last)])
    return frame, places, called, led


def managers(ids: Iterable[str]) -> list[str]:
    """The same of managers by their ids."""
    return [f"manager_id={each}" for each in ids]


def names_by_manager(frame: pd.DataFrame) -> dict[str, str]:
    """The names of the managers by their ids."""
    return dict(zip(frame["manager_id"], names(frame, "manager_name"), strict=True))


def company_name() -> str:
    """What the rows of everybody are called."""
    return words.name(EVERYONE)


def more_managers(number: int) -> str:
    """That so many are not in the figure."""
    return words.plural("{number} more manager is in the table.",
                        "{number} more managers are in the table.", number)  # fmt: skip


def window(months: int, last: pd.Timestamp) -> str:
    """12 months to Oct 2026."""
    text = words.plural("{number} month to {{month}}", "{number} months to {{month}}", months)
    return text.format(month=words.month(last))
