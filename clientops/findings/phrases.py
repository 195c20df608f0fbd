"""Phrases that sentences of several topics share.

What several managers have no sum of is said of nobody: the rows that are spoken of are those of
`words.subject()`.
"""

import datetime
import functools
import re
from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from clientops import words
from clientops.schema import EVERYONE, UNASSIGNED
from clientops.words import _, plural

ABC = "ABC"
ALL_KINDS = "*"  # of activities
MINUS, PLUS = "−\u2060", "+\u2060"  # no line ends between a sign and its number
_MOST_NAMES, _MOST_EQUALS = 4, 2


# ---------------------------------------------------------------- texts and their parts


def fill(text: str, row: Mapping[str, object] | pd.Series | None = None, **parts: object) -> str:
    """Put parts into a text by name, else what the row has in the column of that name.

    Texts stand as they are, other values as the unit of the column of that name is written; braces
    in them are only text.
    """

    def part(found: re.Match) -> str:
        name = found[1]
        if name in parts:
            return written(name, parts[name])
        return written(name, row[name]) if row is not None and name in row else found[0]

    return re.sub(r"\{(\w+)\}", part, text)


def written(column: str, value: object) -> str:
    """A value as sentences write what is in the column; a text is not looked into."""
    unit = words.unit(column)
    if pd.isna(value):
        return words.EMPTY
    if unit == "flag":
        return words.value(str(bool(value)))
    if isinstance(value, str):
        say = {"word": words.value, "said": words.said}.get(unit, words.name)
        return say(value)
    if isinstance(value, datetime.date):
        return {"date": words.date, "quarter": words.quarter}.get(unit, words.long_month)(value)
    forms = {"money": money, "share": percent, "score": score, "number": number}
    form = forms.get(unit, words.count)
    return form(value)


def number(value: float) -> str:
    """A number that is no count, in three digits."""
    if float(value).is_integer():
        return words.count(value)
    return words.decimal(value, 1 if abs(value) >= 10 else 2)


def first_known(texts: Iterable[str], parts: Iterable[str]) -> str:
    """The first text of which all parts are among those that are known; empty where none is."""
    known = set(parts)
    return next((text for text in texts if set(re.findall(r"\{(\w+)\}", text)) <= known), "")


def joined(*sentences: str) -> str:
    """The sentences that say something, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


def listed(names: Iterable[str], most: int = _MOST_NAMES) -> str:
    """Names in a row, of which the first few are said and the others counted."""
    names = [str(name) for name in names]
    said = ", ".join(names[:most])
    left_out = len(names) - most
    if left_out <= 0:
        return said
    return fill(plural("{said} and {number} more", "{said} and {number} more", left_out), said=said)


def counted(numbers: Mapping[str, object]) -> str:
    """Each text with its number, where there are any: 2 up, 1 lost."""
    return listed(fill(text, number=int(many)) for text, many in numbers.items() if many)


def money(amount: float, plus: str = "") -> str:
    """An amount with its sign; *plus*: that of what is not negative."""
    return f"{MINUS if amount < 0 else plus}{words.short_money(abs(amount))}"


def signed(amount: float) -> str:
    """+€1.2M or −€1.2M."""
    return money(amount, PLUS)


def percent(share: float, digits: int = 0) -> str:
    """A share, a negative one with the sign of amounts."""
    return words.percent(share, digits).replace(words.MINUS, MINUS)


def score(share: float) -> str:
    """A fraction as a score with the sign of amounts: +42."""
    return words.score(share).replace("-", MINUS).replace("+", PLUS)


def by_change(change: float, rose: str, fell: str, same: str) -> str:
    """The text that goes with a change."""
    return rose if change > 0 else fell if change < 0 else same


# ---------------------------------------------------------------- of whom


def spoken(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of whom the sentence speaks: the company, one manager, or nobody."""
    return frame[frame["manager_id"] == words.subject()]


def is_one() -> bool:
    """Whether one manager is spoken of."""
    return words.subject() not in (EVERYONE, "")


def people(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of managers, without the company and what belongs to nobody."""
    return frame[~frame["manager_id"].isin([EVERYONE, UNASSIGNED])]


def no_sum() -> str:
    """What a card says of several managers whose figures cannot be added: a page says it once,
    packs leave it out."""
    return _("Some figures have no sum of several managers: choose one manager to see them.")


def empty_says(text: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Over a sentence: the text that stands for it where the table has no rows."""

    def over(says: Callable[..., str]) -> Callable[..., str]:
        @functools.wraps(says)
        def said(frame: pd.DataFrame, **settings: object) -> str:
            return _(text) if frame.empty else says(frame, **settings)

        return said

    return over


def of_subject(says: Callable[..., str]) -> Callable[..., str]:
    """A sentence of the company or of one manager: of several there is no sum."""

    @functools.wraps(says)
    def said(frame: pd.DataFrame, **settings: object) -> str:
        if not is_one() and len(people(frame)) and spoken(frame).empty:
            return no_sum()
        return says(frame, **settings)

    return said


def named(rows: pd.DataFrame) -> str:
    """Whom the rows are of, at the beginning of a sentence: the company, or a manager."""
    row = rows.iloc[0]
    if row.get("manager_id", row.get("key")) == EVERYONE:
        return everybody()
    return words.name(row.get("manager_name", row.get("name")))


def everybody() -> str:
    """Whom the sums of all managers are of, at the beginning of a sentence."""
    return _("All managers") if words.is_of_some() else _("The company")


# ---------------------------------------------------------------- managers side by side


def ranked(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Managers from the largest value to the smallest, equals by name."""
    rows = rows[rows[column].notna()]
    return rows.sort_values([column, "manager_name"], ascending=[False, True], kind="stable")


def each(rows: pd.DataFrame, text: str = "", **parts: str) -> str:
    """The rows in their order, each in the words of the text."""
    return listed(fill(text, row, **parts) for _at, row in rows.iterrows())


def ends(text: str, rows: pd.DataFrame, show: str, alone: str = "") -> str:
    """The text with those of the first row and of the last, and of rows that read as these do, each
    as *show* tells of it: a name, then a value. Where all values read alike, that is said of the
    value's column. *alone*: stands for the text, or tells of the row, where there is only one."""
    if alone and len(rows) == 1:
        text, show = (alone, show) if "{most}" in alone else ("{most}", alone)
    name, value, *_more = re.findall(r"\{(\w+)\}", show)
    told = [fill(show, row, **{name: "{name}"}) for _at, row in rows.iterrows()]
    first, last = (written(value, rows[value].iloc[at]) for at in (0, -1))
    if "{least}" in text and first == last:
        text, told = _("All alike: {most}."), [fill(_("{name} ({value})"), value=first)] * len(rows)
        if value in words.about().units:
            text = fill(_("{label}, all alike: {most}."), label=words.label(value))

    def end(at: int) -> str:
        of_end = [text == told[at] for text in told]
        names = [written(name, each) for each in rows.loc[of_end, name]]
        return fill(told[at], name=listed(names, _MOST_EQUALS))

    return fill(text, most=end(0), least=end(-1))


def company(frame: pd.DataFrame, text: str) -> str:
    """What the company's last row says in the words of the text, beside that of a manager."""
    rows = frame[frame["manager_id"] == EVERYONE]
    return fill(text, rows.iloc[-1], whole=everybody()) if len(rows) and is_one() else ""
