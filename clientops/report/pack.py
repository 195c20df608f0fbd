"""What stands in a pack, apart from how it is shown: the notebooks' cards, run for one reader."""

import dataclasses
import functools
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pandas as pd

from clientops import figures, metrics, notebooks, periods, words
from clientops.book import Book
from clientops.errors import ClientOpsError
from clientops.findings.phrases import no_sum
from clientops.page import cards, subtitle
from clientops.page.cards import Card
from clientops.page.choices import Choices, visible_rules
from clientops.report import grids, recipients
from clientops.report.recipients import Recipient
from clientops.schema import EVERYONE
from clientops.settings import reading_order
from clientops.words import _

if TYPE_CHECKING:
    from clientops.report.changes import Changes
    from clientops.report.reconcile import Reconciliation

PAPER = 760  # pixels of a figure: of the text's width on A4, with letters of 8.5 points
_FRONT = {"calls": "rows", "bridge": "figure"}  # what of such a table stands in front


@dataclasses.dataclass(frozen=True)
class Shown:
    """A card as the pack shows it."""

    table: str  # its key in Pack.tables
    title: str
    subtitle: str
    svg: str = ""
    grid: grids.Grid | None = None
    missing: str = ""  # what the data lack, where there is nothing to show


@dataclasses.dataclass(frozen=True)
class Section:
    """One topic."""

    title: str
    question: str
    cards: list[Shown]


@dataclasses.dataclass(frozen=True)
class Table:
    """A metric table of the pack: rows on the sheet of its topic, and a definition."""

    topic: str
    name: str
    finding: str
    scope: str
    about: Any  # what the metric table says about itself
    definition: cards.Definition
    settings: dict[str, Any]  # that the notebook changed
    frame: pd.DataFrame

    @property
    def title(self) -> str:
        """The question the table answers, and what of it where cards differ."""
        own = ", ".join(f"{name} = {value}" for name, value in self.settings.items())
        question = self.definition.question
        return f"{question} ({own})" if own else question


@dataclasses.dataclass
class Pack:
    """Everything the files of one reader are made of."""

    recipient: Recipient
    book: Book
    month: pd.Timestamp
    partial: str  # how far the data of a month reach that is not over; else empty
    sections: list[Section]
    tables: dict[str, Table]  # by name, with a number where other rows of it are shown too
    sentences: list[str]  # the cover: how the month was
    findings: list[tuple[str, str]]  # the cover: each topic and what it found first
    verdicts: grids.Grid | None = None  # the cover: the month's figures, judged
    managers: grids.Grid | None = None  # the same of each manager, side by side
    front: dict[str, Shown] = dataclasses.field(default_factory=dict)  # its other pages
    charts: list[tuple[str, figures.Chart]] = dataclasses.field(default_factory=list)  # and titles
    changes: "Changes | None" = None  # since last month's pack
    reconciliation: "Reconciliation | None" = None

    @property
    def whose(self) -> str:
        """What the pack is about, in words."""
        return recipients.whose(self.recipient)

    def words(self) -> Any:
        """A context in which everything is written as the company writes."""
        return words.using(self.book.company.language, self.book.company.currency)

    @property
    def settings(self) -> list[str]:
        """The thresholds in force, a text for each group of `clientops.toml`."""
        groups = dataclasses.asdict(self.book.settings)
        return [
            f"{topic}: " + "; ".join(f"{name} {_plainly(value)}" for name, value in group.items())
            for topic, group in groups.items()
            if topic != "ingest" and group
        ]

    def declared(self, place: str) -> Table | None:
        """The table that declares to be this in a pack (schema.About); None: no card has it."""
        tables = self.tables.values()
        return next((each for each in tables if each.about and each.about.in_pack == place), None)


def _plainly(value: Any) -> str:
    """A setting without the brackets of code."""
    if isinstance(value, dict):
        value = [f"{name} {each}" for name, each in value.items()]
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or _("none")
    return _("none") if value is None else str(value)


def topics(folder: Path) -> list[Path]:
    """The notebooks of a pack in reading order. Raises ClientOpsError where there is none."""
    found = sorted(folder.glob("*.ipynb"), key=lambda path: reading_order(path.stem))
    if not found:
        raise ClientOpsError(f"{folder}: no notebooks")
    return found


def make(
    recipient: Recipient, book: Book, month: pd.Timestamp, chosen: list[Path], data: Path
) -> Pack:
    """Run the notebooks for the reader and draw each of their figures once.

    *book* is the reader's own. Raises ClientOpsError naming notebook, cell and reason where one
    fails.
    """
    with words.using(book.company.language, book.company.currency):
        partial = recipients.period(month, book)
        pack = Pack(recipient, book, month, partial, [], {}, [], [])
        for notebook in chosen:
            if notebooks.of_whom(notebook) in ("", recipient.kind):
                _add(pack, notebook, data)
        if (verdicts := pack.declared("verdicts")) is not None:
            _keep_history(pack, verdicts.topic)
            _put_on_the_cover(pack, verdicts.frame)
    return pack


def _add(pack: Pack, notebook: Path, data: Path) -> None:
    """A notebook's cards as a section; what belongs in front goes there."""
    done = notebooks.run(
        notebook, _parameters(notebook, pack), data=data, book=pack.book, only_cards=True
    )
    if done.page is not None and done.page.broken:
        raise ClientOpsError(f"{notebook}: {done.page.broken}")
    kept, told, is_first = [], [], not pack.sentences
    for card in done.cards:
        try:
            shown = _shown(pack, card, done.title)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise ClientOpsError(f"{notebook}: cell {card.cell}: {reason}") from error
        place = card.about.in_pack if card.about and not card.problem else ""
        if place == "verdicts" and card.rows is not None:
            continue  # the managers side by side have a page of their own
        if place == "verdicts" and not pack.sentences:
            pack.sentences = [shown.title]
            if pack.recipient.kind == "team":  # the card tells of the company
                pack.sentences = [_of_the_team(pack, card.frame)]
                continue
        if shown.title in ("", no_sum()):  # left out, or advice for a screen with controls
            continue
        if shown.missing and shown.missing in [each.missing for each in kept]:
            continue  # once is enough
        told += [] if shown.missing else [shown.title]
        kind = "rows" if card.rows is not None else "figure" if shown.svg else ""
        if place not in pack.front and _FRONT.get(place) == kind:
            pack.front[place] = shown
        else:
            kept.append(shown)
    if kept:
        pack.sections.append(Section(done.title, done.question, kept))
    if not (is_first and pack.sentences):  # its first finding is the month's
        pack.findings += [(done.title, each) for each in told[:1]]


def _of_the_team(pack: Pack, rows: pd.DataFrame) -> str:
    """What the team's managers brought together, beside the month and the year before."""
    rows = rows[(rows["metric"] == "revenue") & (rows["month"] == pack.month)]
    rows = rows[rows["manager_id"] != EVERYONE]
    now = rows["value"].sum()
    month = words.long_month(pack.month)
    text = _("{month} brought team {team} {money}.")
    parts = [text.format(month=month, team=pack.recipient.name, money=words.short_money(now))]
    for column, back in (("previous", 1), ("year_ago", 12)):
        change = now - rows[column].sum()
        if rows[column].notna().any() and change:
            more, less = _("{money} more than in {month}."), _("{money} less than in {month}.")
            text = more if change > 0 else less
            then = words.long_month(periods.add_months(pack.month, -back))
            parts.append(text.format(money=words.short_money(abs(change)), month=then))
    return " ".join(parts)


def _parameters(notebook: Path, pack: Pack) -> dict[str, str]:
    """What the pack asks the notebook for, as far as it has such a parameter."""
    asked = {"month": periods.label(pack.month), "manager_id": pack.recipient.manager_id}
    known = notebooks.parameters(nbformat.read(notebook, as_version=4))
    return {name: value for name, value in asked.items() if name in known}


def _shown(pack: Pack, card: Card, topic: str) -> Shown:
    """The card with its figure drawn or its rows written; its table is kept for the workbook."""
    shown = functools.partial(Shown, title=card.title, subtitle=card.subtitle)
    if card.problem:
        return shown("", missing=card.problem)
    if not card.title:  # left out
        return shown("")
    table = _keep(pack, card, topic)
    with words.telling(card.about, card.subject):
        if card.rows is not None and card.rows.empty:
            return shown(table, missing=_("No rows."))
        if card.rows is not None:
            return shown(table, grid=_grid(pack, card))
        if card.figure is None or card.frame.empty:
            return shown(table)
        if (chart := card.chart()) is not None:
            pack.charts.append((card.title, chart))
        svg = figures.svg(card.draw(PAPER), card.title)
        return shown(table, svg=re.sub(r"</?a\b[^>]*>", "", svg))  # which lead nowhere on paper


def _grid(pack: Pack, card: Card) -> grids.Grid:
    """The rows of a list; those of the clients to call with their telephone."""
    rows, columns = card.rows, card.columns
    if card.about and card.about.in_pack == "calls" and "phone" in pack.book.clients:
        phones = pack.book.clients.set_index("client_id")["phone"]
        rows = rows.assign(phone=rows["client_id"].map(phones))
        columns = [columns[0], *(["phone"] if "phone" not in columns else []), *columns[1:]]
    return grids.of_list(rows, columns, pack.book.company.pages)


def _keep(pack: Pack, card: Card, topic: str) -> str:
    """The key of the card's table; cards of the same rows share one."""
    own = Table(topic, card.name, card.title, card.subtitle, card.about, card.definition,
                card.settings, card.frame)  # fmt: skip
    keys = (f"{card.name} {number}" for number in itertools.count(2))
    for key in itertools.chain([card.name], keys):
        kept = pack.tables.setdefault(key, own)
        is_same = kept.frame is card.frame or kept.frame.equals(card.frame)
        if kept.settings == card.settings and is_same:
            break
    return key


def _keep_history(pack: Pack, topic: str) -> None:
    """The month's figures month by month, which the cards draw beside them."""
    tables = metrics.tables().values()
    function = next(each for each in tables if each.about.in_pack == "history")
    rows = pack.book.compute(function, pack.month)
    chosen = Choices(periods.label(pack.month), pack.recipient.manager_id)
    covers = subtitle.in_words(pack.book, chosen, function.about, rows)
    rules = visible_rules(pack.book, pack.book.rules_of(function))
    definition = cards.definition(function, len(rows), rules, covers)
    name = function.__name__
    pack.tables[name] = Table(topic, name, definition.question, covers, function.about,
                              definition, {}, rows)  # fmt: skip


def _put_on_the_cover(pack: Pack, rows: pd.DataFrame) -> None:
    """The month's figures judged, the reader's own; and each manager's beside the company's."""
    rows = rows[rows["month"] == pack.month]
    own = rows[rows["manager_id"] == pack.recipient.manager_id]
    if pack.recipient.kind == "team":  # which has no figures of its own
        pack.verdicts = grids.of_verdicts(rows[rows["manager_id"] != EVERYONE])
    elif len(own):
        pack.verdicts = grids.of_headlines(own, pack.month)
    if rows["manager_id"].nunique() > 1:
        pack.managers = grids.of_managers(rows)
