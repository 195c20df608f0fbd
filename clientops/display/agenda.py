"""A day's work as entries of a calendar (RFC 5545): a file that any calendar imports.

Who imports a later one finds the same entry moved, not twice: its mark is made of the row.
"""

import re
import urllib.parse
from collections.abc import Sequence

import icalendar
import pandas as pd

from clientops import words
from clientops.display.grid import shown
from clientops.schema import Agenda

MINUTES, OPENS = pd.Timedelta(minutes=15), pd.Timedelta(hours=9)  # of an entry; of the first one
_NOT_PLAIN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")  # what may not stand in a calendar's text


def calendar(
    frame: pd.DataFrame, agenda: Agenda, why: Sequence[str], on: pd.Timestamp, day: pd.Timestamp
) -> bytes:
    """The rows as entries of the day *on*, each manager's one after the other, in local time.

    *why*: a sentence of each row; *day*: as of which the table was made. The texts are in the words
    of the context.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//ClientOps//ClientOps//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    places = frame.groupby("manager_id").cumcount()
    for (_at, row), place, said in zip(frame.iterrows(), places, why, strict=True):
        start = on.normalize() + OPENS + place * MINUTES
        marks = (urllib.parse.quote(str(row[each]), safe="") for each in agenda.marks.split())
        entry = icalendar.Event()
        entry.add("uid", "-".join(marks) + "@clientops")
        entry.add("dtstamp", day.normalize().tz_localize("UTC").to_pydatetime())
        entry.add("dtstart", start.to_pydatetime())
        entry.add("dtend", (start + MINUTES).to_pydatetime())
        entry.add("summary", _plain(shown("name", row[agenda.name])))
        entry.add("description", _plain("\n".join([said, *facts(row, agenda)])))
        calendar.add_component(entry)
    return calendar.to_ical()


def facts(row: pd.Series, agenda: Agenda) -> list[str]:
    """What is known of a row, a line each: Usually buys: Coffee and tea."""
    told = [each for each in agenda.tells.split() if pd.notna(row[each])]
    return [f"{words.label(each)}: {shown(words.unit(each), row[each])}" for each in told]


def _plain(text: str) -> str:
    return _NOT_PLAIN.sub(" ", text.replace("\r\n", "\n"))
