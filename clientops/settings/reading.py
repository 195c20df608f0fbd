"""How settings are read: known keys, values of their type, and what is wrong in one line."""

import dataclasses
import math
import tomllib
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from clientops import schema
from clientops.errors import ClientOpsError, nearest


def override(rules: Any, values: dict[str, Any]) -> Any:
    """*rules* (one topic's dataclass) with some settings replaced, checked like those of a file.

    Texts are read as TOML values where they are any (`6`, `[50, 250]`), so that they may come from
    a command line or an address; an empty list stands for "not set".
    """
    if not values:  # as in most tables
        return rules
    for key in values:
        if key not in fields(type(rules)):
            hint = nearest(key, fields(type(rules)))
            raise ClientOpsError("unknown setting {key!r}; {hint}", key=key, hint=hint)
    kinds = get_type_hints(type(rules))
    content = {key: value if kinds[key] is str else _plain(value) for key, value in values.items()}
    return convert(dataclasses.asdict(rules) | content, type(rules), "settings")


def _plain(value: Any) -> Any:
    """A TOML value written as text becomes that value; `[]` becomes None; others stay."""
    if isinstance(value, str):
        try:
            value = parsed(f"value = {value}")["value"]
        except ValueError:
            return value
    return None if value == [] else value


def parsed(text: str) -> dict[str, Any]:
    """The content of TOML. Raises ValueError for what is none, or nobody's: numbers without end,
    and what nests too deeply."""
    try:
        return tomllib.loads(text, parse_float=_finite)
    except RecursionError:
        raise ValueError("it nests too deeply") from None


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no number that can be compared")
    return number


def convert(content: dict[str, Any], kind: type, where: str) -> Any:
    """The content of a file as a dataclass. Raises ClientOpsError for values that cannot be."""
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$.")
        place = f"{where}: {place.rstrip('`')}" if place else where
        told = getattr(error.__cause__, "args", ("",))[0]  # by a dataclass that refused its values
        if not isinstance(told, ClientOpsError):
            told = ClientOpsError(reason[0].lower() + reason[1:])
        raise ClientOpsError("{place}: {reason}", place=place, reason=told) from error


def language(path: Path) -> str:
    """The language that a file of settings names, whatever else is wrong in it; else English."""
    try:
        return str(parsed(path.read_text(encoding="utf-8-sig"))["company"]["language"])
    except (OSError, ValueError, LookupError, TypeError):
        return "en"


def refuse_unknown_keys(content: dict[str, Any], kind: type, path: Path) -> None:
    """Every key must be a field; tables must be those of the schema, columns those of the table."""
    kinds = get_type_hints(kind)
    topics, known = content.get("settings"), get_type_hints(kinds["settings"])
    for key in topics if isinstance(topics, dict) else ():
        for topic in [topic for topic in known if key in fields(known[topic]) and key not in known]:
            raise ClientOpsError("{path}: [settings] {key!r} belongs to [settings.{topic}]",
                                 path=path, key=key, topic=topic)  # fmt: skip
    _check_keys(content, kind, path, "")
    tables = content.get("tables")
    _check_keys(tables, schema.TABLES, path, "tables")
    for name, source in tables.items() if isinstance(tables, dict) else ():
        _check_keys(source, get_args(kinds["tables"])[1], path, f"tables.{name}")
        columns = {column.name for column in schema.TABLES[name].columns}
        renamed = source.get("columns") if isinstance(source, dict) else None
        _check_keys(renamed, columns, path, f"tables.{name}.columns")
        if isinstance(source, dict) and source.get("sql") and (source.get("file") or renamed):
            raise ClientOpsError("{path}: [tables.{table}] has both sql and file or columns",
                                 path=path, table=name)  # fmt: skip


def _check_keys(content: Any, known: Any, path: Path, place: str) -> None:
    """*known*: the names there are, or a dataclass; those among its fields are looked into too."""
    kinds = get_type_hints(known) if dataclasses.is_dataclass(known) else dict.fromkeys(known)
    for key in content if isinstance(content, dict) else ():  # msgspec reports other types
        if key not in kinds:
            where = f"{path}: [{place}]" if place else f"{path}:"
            raise ClientOpsError("{where} unknown key {key!r}; {hint}", where=where, key=key,
                                 hint=nearest(key, kinds))  # fmt: skip
        if dataclasses.is_dataclass(kinds[key]):
            _check_keys(content[key], kinds[key], path, f"{place}.{key}".lstrip("."))


def fields(kind: type) -> list[str]:
    """The names of a dataclass's fields."""
    return [field.name for field in dataclasses.fields(kind)]
