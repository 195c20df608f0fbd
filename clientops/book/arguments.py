"""What a table is called with: frames of a book by name, times, settings, and what others declare.

A book is taken as it is (`Any`): it stands above this module.
"""

import copy
import dataclasses
import functools
import importlib
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from clientops import periods, schema, settings
from clientops.errors import ClientOpsError, nearest
from clientops.ledger import declared, matrices
from clientops.ledger.rows import empty
from clientops.schema import EVERYONE

Table = Callable[..., pd.DataFrame]
# Source tables of which there is a frame in any case, if without rows.
_ALWAYS = {"clients", "managers", "assignments", "products"}


def keywords_of(book: Any, function: Table, month: object, changed: dict[str, Any]) -> dict:
    """The keyword-only arguments of a table: time, settings, and what else is asked for.

    Raises ClientOpsError for what *changed* names and the table does not have, and for settings
    that cannot be.
    """
    left, keywords = dict(changed), {}
    known = [name for table in declarers(book, function) for name in book.rules_of(table)]
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        if name == "month":
            keywords[name] = book.check_month(month)
        elif name in ("as_of", "until"):
            keywords[name] = getattr(book, name)(month)
        elif isinstance(parameter.default, settings.Company):
            keywords[name] = book.company
        elif dataclasses.is_dataclass(parameter.default):
            in_force = book.settings_of(type(parameter.default))
            fields = [field.name for field in dataclasses.fields(in_force)]
            own = {field: left.pop(field) for field in fields if field in left}
            keywords[name] = settings.override(in_force, own)
            known += fields
        else:
            known.append(name)
            if name in left:
                value = left.pop(name)
                keywords[name] = book.check_month(value) if name.endswith("month") else value
    if left and not known:
        raise ClientOpsError("{table} has no settings; given: {given}", table=function.__name__,
                             given=", ".join(left))  # fmt: skip
    for name in left.keys() - set(known):
        raise ClientOpsError("unknown setting {key!r}; {hint}", key=name,
                             hint=nearest(name, known))  # fmt: skip
    return keywords


def frames_of(
    book: Any, function: Table, keywords: dict[str, Any], month: object, changed: dict[str, Any]
) -> dict[str, Any]:
    """The positional arguments of a table, by name; None for a frame that it can do without."""
    found: dict[str, Any] = {}
    rules = [each for each in keywords.values() if isinstance(each, settings.Portfolio)]
    groups = [each for each in keywords.values() if dataclasses.is_dataclass(each)]
    own = {field.name for each in groups for field in dataclasses.fields(each)}
    client_id = keywords.get("client_id")
    part = book.of_clients([client_id]) if client_id else book
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            continue
        if name in schema.SUMS:
            last = periods.parse_month(keywords.get("as_of", keywords["month"]))
            found[name] = part.sums(name, last, *rules[:1], dimension=keywords.get("dimension", ""))
        elif name.endswith(schema.EARLIER):
            found[name] = _earlier(book, name.removesuffix(schema.EARLIER), keywords["month"])
        elif name in _DECLARED:
            found[name] = _DECLARED[name](book, month, changed)
        elif name in _tables() and name not in schema.FACTS:
            other = _tables()[name]
            if parameter.default is not parameter.empty and not can_make(book, other):
                found[name] = None
                continue
            is_everybodys = schema.about(other).stored == "all"
            whole = _of_everybody(book) if is_everybodys else part
            same = {k: v for k, v in changed.items() if k in own & book.rules_of(other).keys()}
            asked = month if "as_of" in keywords else keywords["month"]  # to the data's end, too
            made = _with_clients_now if "as_of" in keywords else _compute_in
            found[name] = made(whole, other, asked, same)
        else:
            is_there = parameter.default is parameter.empty or _has(book, name)
            found[name] = _frame(book, name) if is_there else None
    return found


def _earlier(book: Any, name: str, month: pd.Timestamp) -> pd.DataFrame:
    """A table of everybody, at the end of the month so long before; no rows before the data."""
    then = periods.add_months(month, -schema.EARLIER_MONTHS)
    function, whole = _tables()[name], _of_everybody(book)
    return whole.compute(function, then) if then >= book.first_month else empty(function)


def _of_everybody(book: Any) -> Any:
    """The book with all clients, products and managers that its viewer may see."""
    whole = copy.copy(getattr(book, "_whole", None) or book)
    whole._only = {}
    return whole


def _owned_now(book: Any, asked: object) -> Any:
    """The book in which clients have, since the month looked at, the owner of the day looked at.

    What is told of clients as of a day stands with who owns them that day: in a book of some
    managers it must not be left out because the client was another's when the month ended.
    """
    if book.viewer.sees_everything and not book._only:
        return book
    ledger, month = book.ledger, book.check_month(asked)
    end, now = ledger.row(month), ledger.row(periods.parse_month(book.as_of(asked)))
    owner = matrices.owner(ledger, now)
    if not 0 <= end < now or np.array_equal(owner, matrices.owner(ledger, end)):
        return book
    inner = copy.copy(book)
    inner._frames = book._frames | {"ledger": ledger.owned_from(end, owner)}
    inner.is_owned_now = True
    return inner


def _with_clients_now(
    book: Any, function: Table, month: object, changed: dict[str, Any]
) -> pd.DataFrame:
    """A table with the rows of single clients as they are in the book of `_owned_now`."""
    units, owned = schema.about(function).units, _owned_now(book, month)
    if owned is book or not {"client_id", "dimension"} & units.keys():
        return _compute_in(book, function, month, changed)
    table = _compute_in(owned, function, month, changed)
    if "dimension" not in units:
        return table
    others = _compute_in(book, function, month, changed)
    parts = [table[table["dimension"] == "client"], others[others["dimension"] != "client"]]
    return pd.concat(parts, ignore_index=True)


def _compute_in(book: Any, function: Table, month: object, changed: dict[str, Any]) -> pd.DataFrame:
    return book.compute(function, month, **changed)


def _frame(book: Any, name: str) -> pd.DataFrame:
    try:
        return getattr(book, name)
    except AttributeError as error:  # the book says what there is instead
        raise ClientOpsError(str(error)) from error


def _has(book: Any, name: str) -> bool:
    name = schema.MADE_OF.get(name, name)
    return name not in schema.TABLES or name in _ALWAYS or name in book.tables


def can_make(book: Any, function: Table) -> bool:
    """Whether the data have all source tables that a table cannot do without."""
    parameters = inspect.signature(function).parameters.values()
    has_own = all(_has(book, each.name) for each in parameters if each.default is each.empty)
    return has_own and all(can_make(book, each) for each in others_of(function))


def others_of(function: Table) -> list[Table]:
    """The tables that a table takes as frames and cannot do without."""
    parameters = inspect.signature(function).parameters.values()
    names = [each.name for each in parameters if each.default is each.empty]
    names = [name.removesuffix(schema.EARLIER) for name in names]
    return [_tables()[name] for name in names if name in _tables() and name not in schema.FACTS]


def frames_read(functions: Iterable[Table]) -> set[str]:
    """The names of all frames that tables take, and the tables that they take, and so on."""
    found: set[str] = set()
    waiting = list(functions)
    while waiting:
        names = {name.removesuffix(schema.EARLIER)
                 for name in inspect.signature(waiting.pop()).parameters} - found  # fmt: skip
        found |= names
        waiting += [_tables()[name] for name in names if name in _tables()]
    return found


def looked_back_at(functions: Iterable[Table]) -> list[Table]:
    """The tables that some tables take as they were two months before."""
    names = {name for each in functions for name in inspect.signature(each).parameters}
    earlier = sorted(name for name in names if name.endswith(schema.EARLIER))
    return [_tables()[name.removesuffix(schema.EARLIER)] for name in earlier]


def declaring(book: Any, name: str) -> list[Table]:
    """The tables that declare headlines or reasons, in reading order: those the data allow."""
    fact = name.removeprefix("declared_")
    found = [each for each in _tables().values() if getattr(schema.about(each), fact)]
    found = [each for each in found if can_make(book, each)]
    return sorted(found, key=lambda each: settings.reading_order(_topic(each)))


def declarers(book: Any, function: Table) -> list[Table]:
    """The tables whose headlines or reasons a table brings together."""
    names = [name for name in inspect.signature(function).parameters if name in _DECLARED]
    return [table for name in names for table in declaring(book, name)]


def _tables() -> dict[str, Table]:
    return importlib.import_module("clientops.metrics").tables()  # which stand above a book


def _topic(function: Table) -> str:
    return function.__module__.rpartition(".")[2]


def headlines_of(
    book: Any, months: list[pd.Timestamp], compute: Callable[[Table, pd.Timestamp], pd.DataFrame]
) -> pd.DataFrame:
    """The declared headlines of some months, worked out, as ledger/declared.py has them.

    *compute* gives a table of a month. Told are the company and the owners of clients who ever
    bought: who has none of what is added up or counted has 0. What is judged by all clients is not
    told of some of them.
    """
    told, counted = [], []
    headed = declaring(book, "headlines")
    for function in headed if book.has_all_sales else [f for f in headed if not f.about.of_all]:
        frames = [compute(function, month).assign(for_month=month) for month in months]
        told.append(declared.headline_values(pd.concat(frames, ignore_index=True), function.about))
        counted += [each.name for each in function.about.headlines if each.several and not each.of]
    people = [_people(book.ledger, month) for month in months]
    return declared.with_zeros(pd.concat(told), counted, pd.concat(people))


def _people(ledger: matrices.Ledger, month: pd.Timestamp) -> pd.DataFrame:
    """The company and the owners of clients who ever bought: month, manager_id."""
    end = ledger.row(month)
    owner = matrices.owner(ledger, end)[ledger.purchases[end + 1] > 0]
    people = ledger.managers.astype(object)[np.unique(owner[owner >= 0])]
    return pd.DataFrame({"month": month, "manager_id": [EVERYONE, *people]})


def _headlines(book: Any, asked: object, changed: dict[str, Any]) -> pd.DataFrame:
    """Headlines of a month, the month before and the year before, with what is declared of them.

    From the facts where all clients are looked at, at the settings in force.
    """
    month = book.check_month(asked)
    months = [periods.add_months(month, -back) for back in (0, 1, 12)]
    months = [each for each in months if each >= book.first_month]
    if book.has_all_sales and not changed:
        values = book.headline_values[book.headline_values["month"].isin(months)]
    else:
        values = headlines_of(book, months, functools.partial(_compute, book, changed))
        if not book.viewer.sees_everything:  # the sum of what is shown is not the company's
            values = values[values["manager_id"] != EVERYONE]
    is_own = (values["month"] == month) & (values["manager_id"] != EVERYONE)
    if not book.viewer.sees_everything and not is_own.any():  # the company's are not its own
        values = values.iloc[:0]
    tables, window = declaring(book, "headlines"), _window(book, changed)
    return declared.headlines(values, tables, book.first_month, window)


def _reasons(book: Any, month: object, changed: dict[str, Any]) -> pd.DataFrame:
    """The clients of each table that declares a reason, as of the same day."""
    rows, window = [], _window(book, changed)
    owned = _owned_now(book, month)
    for function in declaring(book, "reasons"):
        frame = _compute(owned, changed, function, month)
        rows.append(declared.reason_rows(frame, function.about, _topic(function), window))
    return pd.concat(rows, ignore_index=True)


def _window(book: Any, changed: dict[str, Any]) -> int:
    """The length of the window in months."""
    return int(changed.get("window_months", book.settings.portfolio.window_months))


def _compute(book: Any, changed: dict[str, Any], function: Table, month: object) -> pd.DataFrame:
    """A table with those of the changed settings that it has; nothing of one that rests on what
    the book does not show."""
    if schema.about(function).stored == "all" and not book.viewer.sees_everything:
        return empty(function)
    known = book.rules_of(function)
    return book.compute(function, month, **{k: v for k, v in changed.items() if k in known})


_DECLARED: dict[str, Callable[[Any, object, dict[str, Any]], pd.DataFrame]] = {
    "declared_headlines": _headlines,
    "declared_reasons": _reasons,
}
