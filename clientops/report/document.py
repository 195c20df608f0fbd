"""A pack as one HTML file that needs nothing else: no code, no link to the outside."""

import html
from pathlib import Path

from clientops import words
from clientops.page import fonts
from clientops.report import changes
from clientops.report.grids import BAD, GOOD, Grid
from clientops.report.pack import Pack, Shown
from clientops.words import _

STYLE = Path(__file__).parent / "pack.css"
MANY = 9  # columns from which on letters are smaller
LONG = 40  # letters from which on a cell keeps some width on a narrow screen
STAMP = "<p class='stamp'>"  # what two runs of the same differ in begins here


def document(pack: Pack, stamp: str) -> str:
    """The whole document; *stamp* says when and of what it was made."""
    with pack.words():
        title = html.escape(f"{pack.book.company.name} · {words.month(pack.month)} · {pack.whose}")
        parts = [_cover(pack), _contents(pack), _managers(pack), _attention(pack),
                 *_sections(pack), _changes(pack), _definitions(pack)]  # fmt: skip
        partial = f"<p class='partial'>{html.escape(pack.partial)}</p>" if pack.partial else ""
        return (
            f"<!doctype html>\n<html lang='{pack.book.company.language}'><head>"
            f"<meta charset='utf-8'><title>{title}</title>"
            "<meta name='viewport' content='width=device-width, initial-scale=1'>"
            f"<style>{fonts.embedded()}\n{STYLE.read_text(encoding='utf-8')}</style></head>"
            f"<body>{partial}<main>{''.join(parts)}</main>"
            f"<footer>{STAMP}{html.escape(stamp)}</p></footer></body></html>\n"
        )


def _cover(pack: Pack) -> str:
    company = html.escape(pack.book.company.name)
    until = _("Data up to {day}").format(day=words.date(pack.book.data_until))
    said = "".join(f"<p>{html.escape(each)}</p>" for each in pack.sentences)
    said = f"<div class='said'>{said}</div>" if said else ""
    found = "".join(f"<li><strong>{html.escape(topic)}.</strong> {html.escape(told)}</li>"
                    for topic, told in pack.findings)  # fmt: skip
    grid = _grid(pack.first_grid) if pack.first_grid else ""
    month = html.escape(words.long_month(pack.month))
    return (
        f"<header class='cover'><p class='company'>{company}</p>"
        f"<h1>{html.escape(_('Monthly report'))} {month}</h1>"
        f"<p class='whose'>{html.escape(pack.whose)}</p><p class='until'>{html.escape(until)}</p>"
        f"{said}<ul class='found'>{found}</ul>{grid}</header>"
    )


def _contents(pack: Pack) -> str:
    places = [(name, title) for name, title in _titles(pack)]
    items = "".join(f"<li><a href='#{n}'>{html.escape(t)}</a></li>" for n, t in places)
    return f"<nav><h2>{html.escape(_('Contents'))}</h2><ol>{items}</ol></nav>"


def _titles(pack: Pack) -> list[tuple[str, str]]:
    first = [("managers", _("Managers side by side"))] if pack.side_by_side else []
    first += [("attention", _("Attention list"))] if pack.attention else []
    middle = [(f"topic-{at}", section.title) for at, section in enumerate(pack.sections)]
    return [*first, *middle, ("changes", _("What changed since last month's pack")),
            ("definitions", _("Definitions"))]  # fmt: skip


def _managers(pack: Pack) -> str:
    if pack.side_by_side is None:
        return ""
    return _section("managers", _("Managers side by side"), "", _grid(pack.side_by_side))


def _attention(pack: Pack) -> str:
    if pack.attention is None:
        return ""
    return _section("attention", _("Attention list"), "", _card(pack, pack.attention))


def _sections(pack: Pack) -> list[str]:
    return [
        _section(
            f"topic-{at}",
            each.title,
            each.question,
            "".join(_card(pack, card) for card in each.cards),
        )
        for at, each in enumerate(pack.sections)
    ]


def _section(name: str, title: str, question: str, content: str) -> str:
    said = f"<p class='question'>{html.escape(question)}</p>" if question else ""
    return f"<section id='{name}'><h2>{html.escape(title)}</h2>{said}{content}</section>"


def _card(pack: Pack, card: Shown) -> str:
    content = card.svg and f"<div class='figure'>{card.svg}</div>"
    if card.grid:
        content = _grid(card.grid)
    if card.missing:
        content = f"<p class='missing'>{html.escape(card.missing)}</p>"
    how = ""
    if card.table:
        name = html.escape(pack.tables[card.table].name)
        text = html.escape(_("How this is calculated"))
        how = f"<p class='how'><a href='#how-{name}'>{text}</a></p>"
    return (
        f"<article><h3>{html.escape(card.title)}</h3>"
        f"<p class='subtitle'>{html.escape(card.subtitle)}</p>{content}{how}</article>"
    )


def _changes(pack: Pack) -> str:
    said = "".join(f"<p>{html.escape(each)}</p>" for each in pack.changes.sentences)
    grid = changes.grid(pack.changes)
    content = f"{said}{_grid(grid) if grid else ''}"
    return _section("changes", _("What changed since last month's pack"), "", content)


def _definitions(pack: Pack) -> str:
    parts = []
    for each in pack.definitions:
        sheets = _("In the workbook: {sheet}").format(sheet=", ".join(each.sheets))
        told = _told(each.title, each.paragraphs)
        parts.append(f"<article id='how-{html.escape(each.name)}'>{told}"
                     f"<p class='how'>{html.escape(sheets)}</p></article>")  # fmt: skip
    parts.append(f"<article>{_told(_('Settings in force'), pack.settings)}</article>")
    return _section("definitions", _("Definitions"), "", "".join(parts))


def _told(title: str, paragraphs: list[str]) -> str:
    texts = "".join(f"<p>{html.escape(each)}</p>" for each in paragraphs)
    return f"<h3>{html.escape(title)}</h3>{texts}"


def _grid(grid: Grid) -> str:
    head = "".join(
        f"<th scope='col'{_kind(number)}>{html.escape(text)}</th>"
        for text, number in zip(grid.heads, grid.numbers, strict=True)
    )
    tones = grid.tones or [[""] * len(grid.heads)] * len(grid.rows)
    body = "".join(
        f"<tr>{_row(grid, row, shades)}</tr>" for row, shades in zip(grid.rows, tones, strict=True)
    )
    foot = ""
    if grid.totals:
        foot = f"<tfoot><tr>{_row(grid, grid.totals, [''] * len(grid.heads))}</tr></tfoot>"
    note = f"<p class='note'>{html.escape(grid.note)}</p>" if grid.note else ""
    kind = " class='many'" if len(grid.heads) > MANY else ""
    return (
        f"<div class='scroll'><table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        f"{foot}</table></div>{note}"
    )


def _row(grid: Grid, row: list[str], tones: list[str]) -> str:
    return "".join(
        f"<td{_kind(number, tone, len(text) > LONG)}>{html.escape(text)}</td>"
        for text, number, tone in zip(row, grid.numbers, tones, strict=True)
    )


def _kind(is_number: bool, tone: str = "", is_long: bool = False) -> str:
    names = ["number"] * is_number + [tone] * (tone in (GOOD, BAD)) + ["long"] * is_long
    return f" class='{' '.join(names)}'" if names else ""
