"""A day's work of each manager, of the table that declares it: as a calendar, and by e-mail.

What a manager gets is made from that manager's own book.
"""

import datetime
from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd

from clientops import display, findings, metrics, periods, store, words
from clientops.book import Book, open_book
from clientops.display import agenda as entries
from clientops.errors import ClientOpsError
from clientops.metrics import MetricTable
from clientops.report import mail, record
from clientops.report.recipients import Recipient, recipients
from clientops.report.run import alone, writing
from clientops.settings import FILE, read_settings
from clientops.words import _, plural

FOLDER = "calls"  # beside the packs, with a folder of each day
LISTED = 366  # days among which the next working day is


def calendar(
    book: Book, function: MetricTable, frame: pd.DataFrame, month: object = "",
    on: pd.Timestamp | None = None,
) -> bytes:  # fmt: skip
    """The rows of a table as entries of the day *on* (None: the next working day after the day as
    of which it was made), in the company's words."""
    day, company = book.as_of(month), book.company
    if on is None:
        first, last = day + pd.Timedelta(days=1), day + pd.Timedelta(days=LISTED)
        days = periods.working_days(first, last, company.calendar, company.work_week)
        on = pd.Timestamp(days[0])
    with words.using(company.language, company.currency), words.telling(function.about):
        why = findings.attention_details(frame)
        return entries.calendar(frame, function.about.agenda, why, on, day)


def send(
    data: str | Path,
    today: datetime.date,
    *,
    out: str | Path = "reports",
    store_folder: str | Path = "",
    dry_run: bool = False,
    again: Collection[str] = (),
    progress: Callable[[str, int, int], None] = lambda step, number, total: None,
) -> list[mail.Outcome]:
    """Send each manager the own work of the day, once a day; nothing on a day nobody works.

    Raises ClientOpsError where the data are too old, and as mail.send does.
    """
    config = read_settings(store.data_folder(data))
    book = open_book(data, store_folder=store_folder)
    if not _working_days(book, today, today):
        return []
    age = _working_days(book, book.data_until.date() + datetime.timedelta(days=1), today)
    most = config.mail.calls_stale_days
    if age > most:
        raise ClientOpsError(f"the data end on {book.data_until:%Y-%m-%d}, {age} working days ago: "
                             f"nobody gets a list (calls_stale_days = {most})")  # fmt: skip
    if not config.mail.host and not dry_run:
        raise ClientOpsError(f"no mail server: set host and sender under [mail] in {FILE}")
    function = next(each for each in metrics.tables().values() if each.about.agenda)
    ids = list(book.compute(function)["manager_id"].unique())
    readers = recipients(book, book.month, ids) if ids else []
    folder, known = Path(out).resolve() / FOLDER / today.isoformat(), mail.addresses(book)
    contents: dict[Path, bytes] = {}
    letters = []
    for at, reader in enumerate(readers):
        progress(reader.name, at, len(readers))
        own = open_book(data, reader.viewer, store_folder=store_folder)
        files, said = _made(own, function, pd.Timestamp(today))
        paths = {name: folder / f"{reader.key}.{name}" for name in files}
        contents |= {paths[name]: content for name, content in files.items()}
        entry = {"problem": "", "files": {
            name: record.described(paths[name], content) for name, content in files.items()
        }}  # fmt: skip
        title = _subject(book, reader, today)
        address = known.get(reader.id, "")
        letters.append(
            mail.Letter(reader.key, reader.name, address, entry, [*files], title, title, said)
        )
    with writing(folder), alone(folder):
        if not dry_run:
            record.put_all(contents)
        return mail.deliver(letters, config.mail, folder, dry_run, again, progress)


def _working_days(book: Book, first: datetime.date, last: datetime.date) -> int:
    company = book.company
    days = periods.working_days(first, max(first, last), company.calendar, company.work_week)
    return len(days) if first <= last else 0


def _subject(book: Book, reader: Recipient, today: datetime.date) -> str:
    with words.using(book.company.language, book.company.currency):
        text = _("{company}: calls of {day}, {name}")
        return text.format(company=book.company.name, day=words.date(today), name=reader.name)


def _made(book: Book, function: MetricTable, on: pd.Timestamp) -> tuple[dict[str, bytes], list]:
    """The files of a letter by their endings, and what it says: a paragraph for each row."""
    frame, company, agenda = book.compute(function), book.company, function.about.agenda
    with words.using(company.language, company.currency), words.telling(function.about):
        why = findings.attention_details(frame)
        sheet = display.workbook(frame.assign(detail=why))
        number = plural("{number} client to call.", "{number} clients to call.", len(frame))
        rows = [
            "\n".join([f"{at}. {row[agenda.name]}", said, *entries.facts(row, agenda)])
            for at, ((_index, row), said) in enumerate(zip(frame.iterrows(), why, strict=True), 1)
        ]
    files = {"ics": calendar(book, function, frame, on=on), "xlsx": sheet}
    return files, [number, *rows]
