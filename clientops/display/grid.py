"""Tables on a page: numbers right-aligned in their unit, names as plain text."""

import re
from html import escape
from typing import NamedTuple

import pandas as pd

from clientops import words

NUMBERS = ("money", "price", "count", "whole", "days", "share", "score", "number")
FACTS = 4  # of a row on a phone, beside its name; the others are unfolded
MANY = 11  # columns from which on paper needs a smaller print
_LONG = 40  # characters from which on a text is a sentence, that may take several lines
_PHONE = re.compile(r"\+?\d[\d\s()./-]{3,}")  # the first number of a text


_MAIL = re.compile(r"[\w.+-]+@[\w.-]+\.\w+")  # the first address of a text


class Column(NamedTuple):
    """A column of a table as a page shows it."""

    name: str
    label: str
    unit: str
    is_long: bool = False  # holds sentences, which may break
    is_rest: bool = False  # a phone shows it only where a row is unfolded

    @property
    def is_number(self) -> bool:
        """Whether its values stand right-aligned."""
        return self.unit in NUMBERS

    @property
    def head(self) -> str:
        """The label with the currency where it is money."""
        return (
            f"{self.label}, {words.currency()}" if self.unit in ("money", "price") else self.label
        )

    @property
    def adds_up(self) -> bool:
        """Whether a sum of its values means something."""
        return words.adds_up(self.name)


def html(
    frame: pd.DataFrame,
    columns: list[str],
    bar: str = "",
    rows: tuple[int, int] | None = None,
    order: str = "",
    inside: dict[str, pd.Series] | None = None,
    total: pd.DataFrame | None = None,
) -> str:
    """An HTML table of some columns: numbers right-aligned in their unit, names as plain text.

    *bar*: a column whose size is shown by a bar in its cells. *rows*: from and to, where not all
    rows are shown. *order*: where rows can be sorted, the column they are sorted by and `falling`
    or `rising`. *inside*: by column, for each row HTML in which `{}` stands for the cell's text.
    The last row is the one of *total*, else the sums of what adds up of all rows.
    """
    largest = max((abs(value) for value in frame[bar].dropna()), default=0) if bar else 0
    kinds = [Column(name, words.label(name), words.unit(name)) for name in columns]
    head = "".join(_head(column, order) for column in kinds)
    part = frame.iloc[slice(*rows)] if rows else frame
    few = _few(kinds, order.partition(" ")[0])
    kinds = [
        column._replace(is_long=_is_long(column, part), is_rest=column.name not in few)
        for column in kinds
    ]

    def row(index: object, values: pd.Series) -> str:
        cells = []
        for column in kinds:
            value, around = values[column.name], (inside or {}).get(column.name, {}).get(index)
            size = abs(value) / largest if column.name == bar and largest else 0
            cells.append(_td(column, value, size, around if isinstance(around, str) else "{}"))
        return f"<tr>{''.join(cells)}</tr>"

    body = "".join(row(index, values) for index, values in part.iterrows())
    foot = ""
    if total is not None:
        largest = 0  # the whole has no bar
        foot = "".join(row(index, values) for index, values in total.iterrows())
    elif len(frame) and any(column.adds_up for column in kinds):
        foot = f"<tr>{_totals(frame, kinds)}</tr>"
    many = " co-many" if len(kinds) > MANY else ""
    return (
        f"<div class='co-scroll'><table class='co-table{many}'><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody>{foot and f'<tfoot>{foot}</tfoot>'}</table></div>"
    )


def _few(columns: list[Column], by: str) -> list[str]:
    """What a phone shows of a row: its name, the telephone number, what rows are sorted by (else
    their last amount of money), then the columns in order."""
    name, *others = (column.name for column in columns)
    money = [column.name for column in columns if column.unit == "money"]
    first = ["phone", by if by in others else money[-1] if money else ""]
    others.sort(key=lambda each: first.index(each) if each in first else len(first))
    return [name, *others[:FACTS]]


def shown(unit: str, value: object) -> str:
    """A cell's value as a director reads it, in its unit; not escaped."""
    if pd.isna(value):
        return words.EMPTY if unit in NUMBERS else ""
    formats = {
        "money": words.count,
        "price": lambda price: words.decimal(price, 2),
        "count": words.count,
        "whole": words.count,
        "days": lambda days: words.decimal(days, 0 if float(days).is_integer() else 1),
        "share": lambda share: words.percent(share, 1),
        "score": words.score,
        "number": _number,
        "month": words.month,
        "date": words.date,
        "quarter": words.quarter,
        "id": words.name,
        "name": words.name,
        "text": str,
        "said": words.said,
    }
    return formats.get(unit, lambda text: words.value(str(text)))(value)


def _number(number: float) -> str:
    """In three digits, as sentences and figures say it."""
    places = 0 if float(number).is_integer() else 1 if abs(number) >= 10 else 2
    return words.decimal(number, places)


def _head(column: Column, order: str) -> str:
    kind = " class='co-number'" if column.is_number else ""
    text = escape(column.head)
    if not order:
        return f"<th scope='col'{kind}>{text}</th>"
    by, _, way = order.rpartition(" ")
    sorted_ = {"falling": "descending", "rising": "ascending"}[way] if by == column.name else "none"
    return (
        f"<th scope='col'{kind} aria-sort='{sorted_}'>"
        f"<button type='button' data-sort='{column.name}'>{text}</button></th>"
    )


def _td(column: Column, value: object, size: float = 0, inside: str = "{}") -> str:
    text = shown(column.unit, value)
    kinds = ["co-number" if column.is_number else "co-long" if column.is_long else ""]
    kinds += ["co-rest"] if column.is_rest else []
    kind = " ".join(filter(None, kinds))
    kind = f" class='{kind}'" if kind else ""
    bar = f"<span class='co-bar' style='width:{size:.1%}'></span>" if size else ""
    text = escape(text)
    if column.name == "phone" and (number := _PHONE.search(text)):
        text = f"<a href='tel:{re.sub(r'[^0-9+]', '', number[0])}'>{text}</a>"
    if column.name == "email" and (address := _MAIL.search(text)):
        text = f"<a href='mailto:{address[0]}'>{text}</a>"
    return f"<td{kind} data-label='{escape(column.head)}'>{bar}{inside.replace('{}', text, 1)}</td>"


def _is_long(column: Column, part: pd.DataFrame) -> bool:
    """Whether one of the values shown does not fit in a line."""
    texts = (str(value) for value in part[column.name] if not column.is_number)
    return any(len(text) > _LONG for text in texts)


def _totals(frame: pd.DataFrame, columns: list[Column]) -> str:
    """Sums of money and counts under their columns; the first cell says so."""
    cells = [_td(c, frame[c.name].sum(min_count=1)) if c.adds_up else "<td></td>" for c in columns]
    return "".join([f"<td>{escape(words._('Total'))}</td>", *cells[1:]])
