"""Who gets a pack, and what may be in it."""

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import pandas as pd

from clientops import words
from clientops.book import EVERYONE, Book, Viewer
from clientops.errors import ClientOpsError, nearest
from clientops.page import subtitle
from clientops.page.options import owners_at
from clientops.schema import OTHERS, UNASSIGNED

Kind = Literal["company", "team", "manager"]


@dataclasses.dataclass(frozen=True)
class Recipient:
    """The company, a team or a manager. `viewer` is whose book the pack is made from."""

    kind: Kind
    id: str  # of the team or manager; empty for the company
    name: str
    key: str  # names the pack's files and stands for it in the run record

    @property
    def viewer(self) -> Viewer:
        """Who looks: nothing that this one may not see gets into the pack."""
        if self.kind == "manager":
            return Viewer(self.name, "manager", (self.id,))
        if self.kind == "team":
            return Viewer(self.name, "lead", teams=(self.id,))
        return Viewer(self.name, "director")

    @property
    def manager_id(self) -> str:
        """What the pages' manager control stands at."""
        return self.id if self.kind == "manager" else EVERYONE


def recipients(
    book: Book,
    month: pd.Timestamp,
    manager_ids: Sequence[str] = (),
    teams: Sequence[str] = (),
) -> list[Recipient]:
    """Who gets a pack of the month, the company first; with *manager_ids* or *teams*: only these.

    *book* is one that sees everything. Managers get one who own clients at the month's end or sold
    in the month. Raises ClientOpsError for a manager or team that is not known.
    """
    managers = book.managers.set_index(book.managers["manager_id"].astype(str))
    known = [each for each in book.manager_ids if each not in (UNASSIGNED, OTHERS)]
    names, groups = (managers[each].dropna().astype(str) for each in ("manager_name", "team"))
    for wanted, there, what in (
        (manager_ids, known, "manager"),
        (teams, sorted(set(groups)), "team"),
    ):
        for each in wanted:
            if each not in there:
                raise ClientOpsError(f"unknown {what} {each!r}; {nearest(each, there)}")
    team_files, manager_files = file_names(sorted(set(groups))), file_names(known)
    if not manager_ids and not teams:
        manager_ids = [each for each in known if each in _busy(book, month)]
        teams = sorted(set(groups.reindex(manager_ids).dropna()))
        company = [Recipient("company", "", book.company.name, "company")]
    else:
        company = []
    return [
        *company,
        *(Recipient("team", each, each, f"team-{team_files[each]}") for each in _once(teams)),
        *(Recipient("manager", each, names.get(each, each), f"manager-{manager_files[each]}")
          for each in _once(manager_ids)),
    ]  # fmt: skip


def _once(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _busy(book: Book, month: pd.Timestamp) -> set[str]:
    """Managers who own clients at the month's end or sold in the month."""
    sales = book.sales_month
    sold = sales["manager_id"][sales["month"] == month]
    owning = owners_at(book, month)["manager_id"]
    return {*owning.astype(str), *sold.dropna().astype(str)}


def file_names(texts: list[str]) -> dict[str, str]:
    """A name for each text that every file system takes and tells from the others."""
    plain = {text: re.sub(r"[^\w-]+", "_", text)[:60] for text in texts}
    taken = Counter(name.casefold() for name in plain.values())
    return {
        text: name
        if taken[name.casefold()] == 1
        else f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        for text, name in plain.items()
    }


def whose(recipient: Recipient) -> str:
    """What the pack is about, in words: Team South."""
    if recipient.kind == "team":
        return words._("Team {team}").format(team=recipient.name)
    if recipient.kind == "company":
        return words._("The whole company")
    return recipient.name


def period(month: pd.Timestamp, book: Book) -> str:
    """Of a month that is not over, how far its data reach; else empty."""
    text = words._("Partial month: data to {day}, {gone} of {whole} working days")
    return subtitle.running(book, month, text)
