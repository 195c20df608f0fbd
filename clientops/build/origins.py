"""What was read from where, what was rejected and what was noticed, in the words of the exports."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from clientops import ingest, store, words
from clientops.ingest.tables import Reconciliation
from clientops.settings import Settings, Source

Copy = Callable[[pd.DataFrame, str, Path], None]  # writes a frame, sorted by keys

_REJECTED = """
select "table", file, "column", reason, count(*) as rows, min(line) as line,
    arg_min(value, line) as example
from rejects group by all
"""


def write(
    con: duckdb.DuckDBPyConnection,
    data: Path,
    config: Settings,
    results: list[Reconciliation],
    new: Path,
    copy: Copy,
) -> None:
    """Write the facts sources, rejected and data_quality into the snapshot *new*."""
    told = ingest.source_names(store.connect, data, config)
    sources = pd.DataFrame(results).drop(columns="money_unreadable")
    sources.insert(1, "files", [told[table] for table in sources["table"]])
    copy(sources, '"table"', new / "sources")
    rejected = con.execute(_REJECTED).df()
    rejected["column"] = [_columns(config, table).get(column, column)
                          for table, column in zip(rejected["table"], rejected["column"],
                                                   strict=True)]  # fmt: skip
    rejected["reason"] = _in_their_words(rejected, "reason", config)
    copy(rejected, '"table", file, "column", reason', new / "rejected")
    quality = con.execute("from data_quality").df()
    quality["check"] = _in_their_words(quality, "check", config)
    copy(quality, '"table", "check"', new / "data_quality")


def _columns(config: Settings, table: str) -> dict[str, str]:
    return config.tables.get(table, Source()).columns


def _in_their_words(frame: pd.DataFrame, column: str, config: Settings) -> list[str]:
    """The texts of a column, in which our columns are called as in the export of the row's table.

    What stands in quotes is a setting, which takes our names. A text that another language knows
    with our names only stays as it is.
    """
    texts = []
    with words.using(config.company.language, config.company.currency):
        for table, text in zip(frame["table"], frame[column], strict=True):
            told = text
            for ours, theirs in _columns(config, table).items():
                pattern = rf'(?<!["\w]){ours}(?!["\w])'
                told = re.sub(pattern, lambda found, to=theirs: f"“{to}”", told)
            is_unknown = words.said(text) != text and words.said(told) == told
            texts.append(text if is_unknown else told)
    return texts
