"""Parts that all sentences share."""

import re
from collections.abc import Iterable

import pandas as pd

from clientops import words
from clientops.schema import EVERYONE, UNASSIGNED
from clientops.words import _, plural

_MOST_NAMES = 4


def fill(text: str, **parts: str) -> str:
    """Put parts into a text by name; braces in the parts are only text."""
    return re.sub(r"\{(\w+)\}", lambda found: str(parts.get(found[1], found[0])), text)


def listed(names: Iterable[str]) -> str:
    """Names in a row, of which the first few are said and the others counted."""
    names = [str(name) for name in names]
    said = ", ".join(names[:_MOST_NAMES])
    left_out = len(names) - _MOST_NAMES
    if left_out <= 0:
        return said
    return fill(
        plural("{{said}} and {number} more", "{{said}} and {number} more", left_out), said=said
    )


def with_number(name: str, number: str) -> str:
    return fill(_("{name} ({number})"), name=name, number=number)


def no_sum() -> str:
    """What a card says of several managers whose figures cannot be added; packs leave it out."""
    return _("Choose one manager: there is no sum of several here.")


def scope(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """The rows to speak of first, and the names of the managers.

    These are the rows of the subject told of (words.telling); of a table without rows of the
    company, those of the only manager there is. None where several managers are shown without it.
    """
    ids = frame["manager_id"]
    people = frame[~ids.isin([EVERYONE, UNASSIGNED])]
    managers = dict(zip(people["manager_id"], people["manager_name"], strict=True))
    there, subject = set(ids), words.subject()
    if subject in there:
        return frame[ids == subject], managers
    if len(managers) == 1:
        return people, managers
    return frame[ids == (EVERYONE if managers or EVERYONE in there else UNASSIGNED)], managers


def whose(rows: pd.DataFrame) -> str:
    """Of whom, behind “clients”; nothing for the company."""
    if rows["manager_id"].iloc[0] in (EVERYONE, UNASSIGNED):
        return ""
    return fill(_(" of {name}"), name=rows["manager_name"].iloc[0])
