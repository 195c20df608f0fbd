"""Exports of known systems, by their headings; and a proposed `clientops.toml` for a folder.

A preset is a file of TOML beside this one, a system each, without code: its exports, the table each
of them is, and which heading is which column. `generic.toml` knows what columns are usually called.
"""

import functools
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from clientops import schema

GENERIC = "generic"  # the preset of no system


class Export(NamedTuple):
    """One export of a system."""

    system: str
    name: str
    table: str
    columns: dict[str, list[str]]  # ours -> headings that may be meant, the best first
    marks: Sequence[str] = ()  # headings without which it is none
    known: Sequence[str] = ()  # further headings: no column of ours
    needs: Sequence[str] = ()  # columns without which it is none, beside those the table requires
    files: Sequence[str] = ()  # what its files are called, in part
    is_called: bool = False  # whether any other file is none
    asks: Sequence[str] = ()  # what the headings do not tell

    @property
    def title(self) -> str:
        """What it is called in comments."""
        return f"{self.system}, {self.name}" if self.system != GENERIC else ""


@functools.cache
def exports() -> list[Export]:
    """Every export of every preset, those of no system behind; every table by our own names."""
    found = []
    for path in sorted(Path(__file__).parent.glob("*.toml"), key=lambda p: p.stem == GENERIC):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [Export(content["system"], **each) for each in content["export"]]
    usual = {export.table for export in found if not export.title}
    return found + [Export(GENERIC, table, table, {}) for table in schema.TABLES
                    if table not in usual]  # fmt: skip


def folded(name: str) -> str:
    """A heading as it is compared."""
    return " ".join(name.casefold().replace("ё", "е").replace("_", " ").split())


@functools.cache
def headings() -> frozenset[str]:
    """Every heading that some export has."""
    return frozenset(
        folded(name)
        for export in exports()
        for names in (*export.columns.values(), export.known, export.marks)
        for name in names
    )
