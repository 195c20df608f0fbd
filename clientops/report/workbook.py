"""A pack as a workbook: contents, reconciliation, changes, charts, and a sheet per topic."""

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from clientops import display, words
from clientops.figures import paint
from clientops.report import charts
from clientops.report.changes import heads as heads_of_changes
from clientops.report.pack import Pack, Table
from clientops.schema import MONEY_SCALE
from clientops.words import _

MONEY = "#,##0.00"
MOST_ROWS = 30_000  # of a table: what a reader's Excel still opens in seconds
_LONGEST_NAME = 31  # characters of a sheet's
_CONTENTS = (26, 8, 62, 100)  # widths of the columns of the contents
_RULED = 2000  # rows up to which a table has bars: longer ones are for filters


def workbook(pack: Pack) -> bytes:
    """The Excel file. Its cells depend on the pack alone, not on when it was made."""
    with pack.words():
        title = f"{pack.book.company.name} · {words.month(pack.month)} · {pack.whose}"
        properties = {"title": title, "author": pack.book.company.name}
        with display.new_workbook(properties) as (book, content):
            styles = _styles(book)
            contents = book.add_worksheet(_("Contents"))
            reconciliation = book.add_worksheet(_("Reconciliation"))
            changes = book.add_worksheet(_("Changes"))
            front = [reconciliation, changes]
            if pack.charts:
                front.append(book.add_worksheet(_("Charts")))
                charts.add(book, front[-1], pack)
            places = _add_topics(book, pack, styles)
            _write_contents(contents, pack, title, front, places, styles)
            _write_reconciliation(reconciliation, pack, places, styles)
            _write_changes(changes, pack, styles)
            for sheet in book.worksheets():
                told = (title, sheet.name, pack.partial)
                display.for_print(sheet, " · ".join(part for part in told if part))
            if pack.charts:
                front[-1].set_portrait()
            contents.activate()
    return content.getvalue()


def _styles(book: xlsxwriter.Workbook) -> SimpleNamespace:
    """Formats that the sheets in front share."""
    top, wrapped = {"valign": "top"}, {"text_wrap": True, "valign": "top"}
    formats = {
        "title": {"bold": True, "font_size": 16},
        "strong": {"bold": True} | top,
        "said": {"bold": True},
        "scope": {"font_color": paint.MUTED},
        "head": {"bold": True, "bottom": 1, "text_wrap": True},
        "text": {"indent": 1} | wrapped,
        "note": {"font_color": paint.MUTED} | wrapped,
        "link": {"font_color": paint.LINK, "underline": 1} | top,
        "count": {"num_format": "#,##0"} | top,
        "money": {"num_format": MONEY} | top,
        "share": {"num_format": "0.00%"} | top,
        "total": {"num_format": MONEY, "bold": True, "top": 1},
        "sum_text": {"bold": True, "top": 1, "text_wrap": True},
    }
    return SimpleNamespace(**{name: book.add_format(each) for name, each in formats.items()})


def _add_topics(
    book: xlsxwriter.Workbook, pack: Pack, styles: SimpleNamespace
) -> dict[str, tuple[str, int]]:
    """A sheet per topic, short tables above long ones; the sheet and the row of each table."""
    topics: dict[str, list[str]] = {}
    for key in sorted(pack.tables, key=lambda key: len(pack.tables[key].frame)):
        topics.setdefault(pack.tables[key].topic, []).append(key)
    places: dict[str, tuple[str, int]] = {}
    for topic in dict.fromkeys(table.topic for table in pack.tables.values()):
        sheet = book.add_worksheet(_sheet_name(topic, [each.name for each in book.worksheets()]))
        sheet.write_string(0, 0, topic, styles.title)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        row, widths = 2, []
        for key in topics[topic]:
            places[key], table = (sheet.name, row), pack.tables[key]
            with words.telling(table.about):
                widths.append(_add_table(book, sheet, table, row, styles))
            row += min(len(table.frame), MOST_ROWS) + 5
        display.set_widths(sheet, widths)
        last = table.frame.head(MOST_ROWS)  # a sheet has one filter: of the longest
        display.add_filter(sheet, last, row - len(last) - 3)
    return places


def _sheet_name(topic: str, taken: list[str]) -> str:
    """What Excel takes as a name, of the page's."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", topic).strip() or "-"
    names = [plain, *(f"{plain[: _LONGEST_NAME - 4]} {number}" for number in range(2, 999))]
    known = {name.casefold() for name in taken}
    return next(n for each in names if (n := each[:_LONGEST_NAME]).casefold() not in known)


def _add_table(
    book: xlsxwriter.Workbook, sheet: Worksheet, table: Table, top: int, styles: SimpleNamespace
) -> list[int]:
    """A metric table below what it says and covers: names of columns as a reader knows them,
    colours where they say something. How wide its columns need to be."""
    frame = table.frame.head(MOST_ROWS)
    sheet.write_string(top, 0, table.finding, styles.said)
    sheet.write_string(top + 1, 0, table.scope, styles.scope)
    heads = [display.Column(name, words.label(name), words.unit(name)).head for name in frame]
    told = display.in_words(frame)
    told = told.assign(**{name: frame[name] for name in frame if words.unit(name) == "id"})
    widths = display.add_rows(book, sheet, told, heads, top + 2)
    first, last = top + 3, top + 2 + len(frame)
    sums = [name for name in frame if words.unit(name) == "money" and words.adds_up(name)]
    for at, name in enumerate(frame.columns if len(frame) else ()):
        unit, rules = words.unit(name), []
        if unit == "word":
            judged = [word for word in frame[name].dropna().unique() if paint.judged(word)]
            rules = [("==", f'"{words.value(word)}"', paint.tone(word)) for word in sorted(judged)]
        elif unit in ("money", "share"):
            rules = [("<", 0, paint.BAD)]
        for sign, value, color in rules:
            style = book.add_format({"font_color": color})
            rule = {"type": "cell", "criteria": sign, "value": value, "format": style}
            sheet.conditional_format(first, at, last, at, rule)
        if name in sums[:1] and len(frame) <= _RULED:
            bar = {"type": "data_bar", "bar_color": paint.PREVIOUS}
            sheet.conditional_format(first, at, last, at, bar)
    return widths


def _write_contents(
    sheet: Worksheet,
    pack: Pack,
    title: str,
    front: list[Worksheet],
    places: dict[str, tuple[str, int]],
    styles: SimpleNamespace,
) -> None:
    """What there is, with links, what each table says and how it is calculated."""
    sheet.hide_gridlines(2)
    display.set_widths(sheet, [_CONTENTS])
    sheet.write_string(0, 0, title, styles.title)
    until = _("Data up to {day}").format(day=words.date(pack.book.data_until))
    until += words.lost(pack.book.lost_share)
    sheet.write_string(1, 0, f"{until}. {pack.partial}".strip(), styles.note)
    row = 3
    for each in front:
        _link(sheet, row, (each.name, 0), styles)
        row += 1
    row += 1
    heads = [_("Sheet"), _("Rows"), _("What it says"), _("How it is calculated")]
    _write_row(sheet, row, heads, styles.head)
    sheet.freeze_panes(row + 1, 1)
    for key, table in pack.tables.items():
        row += 1
        how = "\n".join([table.title, *_which(len(table.frame)), *table.definition.how])
        said = f"{table.finding}\n{table.scope}"
        _link(sheet, row, places[key], styles)
        sheet.write_number(row, 1, len(table.frame), styles.count)
        _write_tall(sheet, row, {2: (said, styles.text), 3: (how, styles.note)})
    row += 2
    sheet.write_string(row, 0, _("Settings in force"), styles.strong)
    for text in pack.settings:
        row += 1
        _write_tall(sheet, row, {3: (text, styles.note)})


def _which(there: int) -> list[str]:
    """That a sheet does not hold all rows of its table."""
    if there <= MOST_ROWS:
        return []
    text = _("The sheet has the first {shown} of {there} rows.")
    return [text.format(shown=words.count(MOST_ROWS), there=words.count(there))]


def _write_tall(sheet: Worksheet, row: int, texts: dict[int, tuple[str, Any]]) -> None:
    """Texts by column, and the row as tall as the longest needs."""
    lines = [
        sum(display.lines_of(len(part), _CONTENTS[at]) for part in text.split("\n"))
        for at, (text, _style) in texts.items()
    ]
    sheet.set_row(row, min(15 * max(lines) + 3, 400))
    for at, (text, style) in texts.items():
        sheet.write_string(row, at, text[:32_000], style)


def _link(
    sheet: Worksheet, row: int, place: tuple[str, int], styles: SimpleNamespace, column: int = 0
) -> None:
    name, target = place
    quoted = name.replace("'", "''")
    sheet.write_url(row, column, f"internal:'{quoted}'!A{target + 1}", styles.link, name)


def _write_reconciliation(
    sheet: Worksheet, pack: Pack, places: dict[str, tuple[str, int]], styles: SimpleNamespace
) -> None:
    """From the ledger to the pack, to the cent, with every difference named."""
    sheet.hide_gridlines(2)
    display.set_widths(sheet, [(72, 24, 18, 18, 18)])
    sheet.write_string(0, 0, _("From the ledger to this pack, to the cent"), styles.title)
    heads = ["", "", _("Ledger, {currency}").format(currency=words.currency())]
    _write_row(sheet, 2, heads, styles.head)
    row = 3
    for line in pack.reconciliation.steps:
        style = (styles.sum_text, styles.total) if line.is_sum else (styles.text, styles.money)
        _write_row(sheet, row, [line.text, None, line.amount / MONEY_SCALE], *style)
        row += 1
    row += 1
    heads = [_("Held against the ledger"), _("Sheet"), _("Ledger"), _("This pack"), _("Difference")]
    _write_row(sheet, row, heads, styles.head)
    for at, line in enumerate(pack.reconciliation.checks, row + 1):
        if line.table:
            _link(sheet, at, places[line.table], styles, column=1)
        amounts = (line.amount, line.told, line.difference)
        amounts = (None if each is None else each / MONEY_SCALE for each in amounts)
        _write_row(sheet, at, [line.text, None, *amounts], styles.text, styles.money)


def _write_row(
    sheet: Worksheet, row: int, values: Sequence[str | float | None], text: Any, number: Any = None
) -> None:
    """Texts and numbers, each in its style; nothing where there is none."""
    for at, value in enumerate(values):
        if isinstance(value, str):
            sheet.write_string(row, at, value, text)
        elif value is not None:
            sheet.write_number(row, at, value, number)


def _write_changes(sheet: Worksheet, pack: Pack, styles: SimpleNamespace) -> None:
    """What changed since last month's pack, with every restated figure."""
    display.set_widths(sheet, [(26, 20, 20, 20, 20, 60)])
    sheet.write_string(0, 0, _("What changed since last month's pack"), styles.title)
    row = 2
    for sentence in pack.changes.sentences:
        sheet.write_string(row, 0, sentence)
        row += 1
    if not pack.changes.restated:
        return
    row += 1
    _write_row(sheet, row, heads_of_changes(), styles.head)
    for at, each in enumerate(pack.changes.restated, row + 1):
        style = styles.share if each["unit"] == "share" else styles.money
        numbers = (each["before"], each["now"], each["now"] - each["before"])
        told = [words.month(each["month"]), each["figure"], *(round(n, 6) for n in numbers)]
        _write_row(sheet, at, told, None, style)
        sheet.write_string(at, 5, each["why"], styles.text)
