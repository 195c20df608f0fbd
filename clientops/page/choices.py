"""What the controls of a page stand at, in the words of its address."""

import dataclasses
import urllib.parse
from collections.abc import Collection
from typing import Any

from clientops import book as books
from clientops import periods
from clientops.errors import ClientOpsError, nearest
from clientops.schema import EVERYONE
from clientops.words import N_

MEASURES = ("clients", "revenue")
WINDOWS = (3, 6, 12)
METHODS = (N_("either"), N_("months"), N_("rhythm"), N_("cv"))
OF_MANAGERS = "manager_id"  # among the filters of a page that can be one manager's
FILTERS = ("beside", "team", "client_group", "region", "measure", "window_months", "xyz_by")
CLASSES = ("A", "B", "C")  # that clients are filtered by, where a page looks at those of today


@dataclasses.dataclass(frozen=True)
class Choices:
    """What the controls stand at; the names are those of the address."""

    month: str = ""  # 2026-10
    manager_id: str = EVERYONE
    team: str = ""  # empty: all teams
    client_group: str = ""  # empty: all groups
    region: str = ""  # empty: all regions
    product_group: str = ""  # empty: all products
    abc: str = ""  # empty: all classes
    measure: str = MEASURES[0]
    window_months: int = 0  # 0: the setting
    xyz_by: str = ""  # empty: the setting
    beside: str = ""  # another manager to compare with; empty: nobody
    own: tuple[tuple[str, str], ...] = ()  # what only this page asks for, by name
    aside: tuple[tuple[str, Any], ...] = ()  # of other pages: this one does not offer it
    of_managers: bool = True  # whether the page can be one manager's

    @property
    def query(self) -> str:
        """The part of an address that leads back here."""
        changed = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name in SHARED and getattr(self, field.name) != field.default
        }
        return urllib.parse.urlencode(changed | dict(self.aside) | dict(self.own))

    @property
    def is_of_some(self) -> bool:
        """Whether only some clients or products are looked at."""
        return bool(self.picks_clients or self.product_group)

    @property
    def picks_clients(self) -> bool:
        """Whether only some clients are looked at."""
        return bool(self.client_group or self.region or self.abc)

    def with_own(self, name: str, value: str) -> "Choices":
        """The choices with one of the page's own changed; empty: as the page opens."""
        own = dict(self.own) | {name: value}
        return dataclasses.replace(self, own=tuple((k, v) for k, v in own.items() if v))

    def offered(self, filters: Collection[str]) -> "Choices":
        """The choices with those put aside that a page with these *filters* does not offer."""
        names = SHARED.difference(filters, ("month",))
        default = {name: getattr(Choices, name) for name in sorted(names)}
        aside = {name: getattr(self, name) for name in default}
        aside = {name: value for name, value in aside.items() if value != default[name]}
        of_managers = OF_MANAGERS in filters
        return dataclasses.replace(
            self, **default, aside=tuple(aside.items()), of_managers=of_managers
        )


SHARED = {field.name for field in dataclasses.fields(Choices)} - {"own", "aside", "of_managers"}


def of_address(given: Choices, query: str) -> Choices:
    """The choices with those of an address in place of the given ones.

    What is no shared control is kept as the page's own, until a control of that name reads it.
    """
    values: dict[str, Any] = dict(urllib.parse.parse_qsl(query, max_num_fields=50))
    shared = {name: value for name, value in values.items() if name in SHARED}
    own = {name: value for name, value in values.items() if name not in SHARED}
    if shared.get("manager_id") == EVERYONE:
        shared["beside"] = ""
    if "window_months" in shared:
        if not shared["window_months"].isdecimal():
            raise ClientOpsError("window_months {months!r} is not a number",
                                 months=shared["window_months"])  # fmt: skip
        shared["window_months"] = int(shared["window_months"])
    return dataclasses.replace(given, **shared, own=tuple(own.items()))


def checked(book: books.Book, choices: Choices) -> Choices:
    """The choices where each can be; raises ClientOpsError naming the first that cannot."""
    month = periods.label(book.check_month(choices.month))
    manager_id = book.check_manager(choices.manager_id)
    if manager_id == EVERYONE:
        manager_id = choices.beside or only_manager(book) or EVERYONE
    for name, known in options_of(book).items():
        value = getattr(choices, name)
        if value not in known and value != getattr(Choices, name):
            hint = nearest(str(value), known)
            raise ClientOpsError("unknown {name} {value!r}; {hint}", name=name, value=value,
                                 hint=hint)  # fmt: skip
    setting = book.settings.portfolio  # what is in force anyway is no choice
    return dataclasses.replace(
        choices,
        month=month,
        manager_id=manager_id,
        beside="" if manager_id == choices.beside else choices.beside,
        window_months=choices.window_months * (choices.window_months != setting.window_months),
        xyz_by="" if choices.xyz_by == setting.xyz_by else choices.xyz_by,
    )


def only_manager(book: books.Book) -> str:
    """The manager who looks, where it is one who sees nobody else; else empty."""
    viewer = book.viewer
    own = viewer.manager_ids if viewer.role == "manager" else ()
    return own[0] if len(own) == 1 and own[0] in book.manager_ids else ""


def subject(book: books.Book, choices: Choices) -> str:
    """Of whom sentences and figures speak (see words.telling): the manager who is chosen or looks;
    the company; nobody (empty) where several managers are seen and no sum of them, as of a team."""
    if choices.beside:
        return ""
    if choices.manager_id != EVERYONE:
        return choices.manager_id
    if choices.team:
        return ""
    return EVERYONE if book.viewer.sees_everything else only_manager(book)


def options_of(book: books.Book) -> dict[str, list]:
    """What the filters offer."""
    found = {"team": book.managers, "client_group": book.clients, "region": book.clients}
    if "products" in book.tables:
        found["product_group"] = book.products
    return {
        "beside": list(book.manager_ids),
        "product_group": [],
        **{name: sorted(rows[name].dropna().unique()) for name, rows in found.items()},
        "abc": list(CLASSES),
        "measure": list(MEASURES),
        "window_months": sorted({*WINDOWS, book.settings.portfolio.window_months}),
        "xyz_by": list(METHODS),
    }


def visible_rules(book: books.Book, rules: dict[str, Any]) -> dict[str, Any]:
    """Settings as the viewer may know them: of those by team or group, the ones of teams and groups
    that the viewer sees."""
    if book.viewer.sees_everything:
        return rules
    known = options_of(book)
    seen = {*known["team"], *known["client_group"]}
    return {
        name: {whose: of for whose, of in rule.items() if whose in seen}
        if name.endswith("_of") else rule
        for name, rule in rules.items()
    }  # fmt: skip


def clients_of(book: books.Book, choices: Choices) -> set[str]:
    """The clients that the filters leave; all of them have a row in `clients`, or a class."""
    columns = [name for name in ("client_group", "region") if getattr(choices, name)]
    found = book.clients
    for name in columns:
        found = found[found[name] == getattr(choices, name)]
    ids = set(found["client_id"].astype(str))
    if not choices.abc:
        return ids
    changed = {"window_months": choices.window_months} if choices.window_months else {}
    own = set(book.clients_of_class(choices.abc, choices.month, **changed))
    return own & ids if columns else own


def managers_of(book: books.Book, choices: Choices) -> list[str] | None:
    """The managers looked at, the chosen one first; None: all."""
    if choices.manager_id != EVERYONE:
        return [choices.manager_id, *filter(None, [choices.beside])]
    managers = book.managers
    return [*managers["manager_id"][managers["team"] == choices.team]] if choices.team else None
