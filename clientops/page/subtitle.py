"""What a table covers and whose it is, in words: one line for page, pack and workbook.

The table says both itself (schema.About); the months really covered are those of its frame.
"""

import pandas as pd

from clientops import periods, words
from clientops.book import Book
from clientops.page import options
from clientops.page.choices import Choices, managers_of, subject
from clientops.schema import EVERYONE, About


def in_words(
    book: Book,
    choices: Choices,
    about: About | None = None,
    frame: pd.DataFrame | None = None,
    *,
    of_all: bool = False,
) -> str:
    """Period, currency and scope: Nov 2025 – Oct 2026, EUR, portfolio of Ivanov.

    *about* None: of the page as a whole, or of a draft's table that says nothing of itself.
    *of_all*: rows that are the company's, whoever is chosen.
    """
    month, kind = periods.parse_month(choices.month), about.period if about else ""
    if kind == "running" and month == book.month:
        month = book.last_month
    partial = words._("the last month only to {day}, {gone} of {whole} working days")
    parts = [
        _period(book, choices, month, about, frame),
        running(book, month, partial) if kind != "as of" else "",
        _currency(book, about, frame),
    ]
    is_of_somebody = about is None or about.whose != "company"
    if of_all and is_of_somebody:
        parts.append(words._("all managers"))
    elif choices.of_managers and is_of_somebody:
        parts += [_whose(book, choices, about), choices.team]
    return ", ".join(part for part in [*parts, *_clients(choices, month)] if part)


def _clients(choices: Choices, month: pd.Timestamp) -> list[str]:
    """Which clients and products are looked at, where not all are."""
    region = words._("region {region}").format(region=choices.region)
    letter = words._("clients in class {abc} in {month}")
    letter = letter.format(abc=choices.abc, month=words.month(month))
    letter = choices.abc and letter
    return [choices.client_group, choices.region and region, choices.product_group, letter]


def _period(
    book: Book,
    choices: Choices,
    month: pd.Timestamp,
    about: About | None,
    frame: pd.DataFrame | None,
) -> str:
    kind = about.period if about else "window"
    if kind in ("month", "running"):
        return words.month(month)
    if kind == "rows" and frame is not None and len(frame):
        times = ("month", "quarter", "date")
        name = next(name for name, unit in about.units.items() if unit in times)
        last = frame[name].max()
        if about.units[name] == "quarter":  # named by its first day
            last = min(periods.add_months(last, 2), month)
        return f"{words.month(frame[name].min())} – {words.month(last)}"
    if kind == "all":
        return words._("all data up to {month}, from {first}").format(
            month=words.month(month), first=words.month(book.first_month)
        )
    if kind == "as of":
        day = book.as_of("" if month == book.month else month)
        return words._("as of {day}").format(day=words.date(day))
    asked = choices.window_months or book.settings.portfolio.window_months
    if kind == "two windows":
        return _two_windows(book, month, asked, frame)
    return _window(book, month, _covered(frame) or asked)


def _two_windows(book: Book, month: pd.Timestamp, asked: int, frame: pd.DataFrame | None) -> str:
    """Both windows: those that the rows name, else the same months a year before."""
    last, months = periods.add_months(month, -12), _covered(frame)
    if frame is not None and "from_month" in frame and len(frame):
        last, month = frame["from_month"].iloc[0], frame["to_month"].iloc[0]
    there = periods.month_number(last) - periods.month_number(book.first_month) + 1
    months = months or min(asked, there)
    if months < 1:  # nothing to compare with
        return _window(book, month, asked)
    return words._("{window} against {before}").format(
        window=_window(book, month, months), before=_window(book, last, months)
    )


def _window(book: Book, last: pd.Timestamp, months: int) -> str:
    first = max(periods.add_months(last, 1 - months), book.first_month)
    return f"{words.month(first)} – {words.month(last)}" if first < last else words.month(last)


def _covered(frame: pd.DataFrame | None) -> int:
    """How many months the latest rows cover, where they say so."""
    if frame is None or frame.empty or "window_months" not in frame:
        return 0
    if "month" in frame:
        frame = frame[frame["month"] == frame["month"].max()]
    return int(frame["window_months"].max())


def _currency(book: Book, about: About | None, frame: pd.DataFrame | None) -> str:
    """The currency where a column, or a row that has a unit of its own, is money."""
    units = {*about.units.values()} if about else set()
    if frame is not None and "unit" in frame:
        units |= {*frame["unit"]}
    if "money" not in units:
        return ""
    # A translator may write `sign`: where letters are not Latin, ₽ reads better than RUB.
    is_code = words.pgettext("currency in a subtitle", "code") == "code"
    return book.company.currency if is_code else words.currency()


def _whose(book: Book, choices: Choices, about: About | None) -> str:
    """Whose rows these are: of the manager who is chosen or looks, else of all who are shown."""
    who, viewer = subject(book, choices), book.viewer
    if choices.beside:
        return whom(book, choices)
    if who == EVERYONE:
        return words._("all managers")
    if who == "" and viewer.sees_everything:  # a team, which stands among the filters
        return ""
    if who == "" and viewer.role == "lead":
        text = words.plural(
            "team {{teams}} beside the company", "teams {{teams}} beside the company",
            len(viewer.teams),
        )  # fmt: skip
        return text.format(teams=", ".join(viewer.teams))
    names = options.names(book)
    if who == "":
        return ", ".join(names.values())
    texts = {"credit": words._("sold by {manager}"), "done by": words._("done by {manager}")}
    text = texts.get(about.whose if about else "") or words._("portfolio of {manager}")
    return text.format(manager=names.get(who, who))


def whom(book: Book, choices: Choices) -> str:
    """Of whom a page tells: who are chosen, else whom a viewer of some sees; empty: of all."""
    names, viewer = options.names(book), book.viewer
    if choices.manager_id != EVERYONE:
        return ", ".join(names.get(each, each) for each in managers_of(book, choices))
    teams = [choices.team] if choices.team else viewer.teams
    ids = () if choices.team else viewer.manager_ids
    return ", ".join([*teams, *(names.get(each, each) for each in ids)])


def running(book: Book, month: pd.Timestamp, text: str) -> str:
    """Of a month that is not over: *text* with how far it has come; else empty."""
    until, week = book.data_until, (book.company.calendar, book.company.work_week)
    if periods.is_complete(month, until, *week):
        return ""
    gone = len(periods.working_days(month, until, *week))
    whole = len(periods.working_days(month, periods.month_end(month), *week))
    return text.format(day=words.date(until), gone=gone, whole=whole)
