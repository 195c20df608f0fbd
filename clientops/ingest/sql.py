"""Small pieces of SQL that the whole room uses: quoting, types, the texts of a column."""

import re
from pathlib import Path

import duckdb
import pandas as pd

from clientops.ingest import values

Connection = duckdb.DuckDBPyConnection

TYPES = {
    "text": "VARCHAR",
    "date": "DATE",
    "month": "DATE",
    "first_day": "DATE",
    "timestamp": "TIMESTAMP",
    "money": "DECIMAL(18,4)",
    "number": "DECIMAL(18,4)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
}
NUMBERS = ("money", "number", "integer")
DATES = ("date", "month", "first_day", "timestamp")


def name(text: str) -> str:
    """An SQL name, quoted."""
    return '"' + text.replace('"', '""') + '"'


def quoted(text: object) -> str:
    """An SQL text, quoted."""
    return "'" + str(text).replace("'", "''") + "'"


def file(path: Path) -> str:
    """A file to read, as SQL: brackets and stars in its name are letters, not a pattern."""
    return quoted(re.sub(r"([\[*?])", r"[\1]", str(path)))


def reason(error: duckdb.Error) -> str:
    """What the engine says in one line, with the names it offers instead."""
    lines = str(error).splitlines()
    offers = [line.strip() for line in lines[1:] if line.startswith(("Candidate", "Did you mean"))]
    return " ".join([lines[0], *offers[:1]])


def cleaned(value: str) -> str:
    """SQL of a text without blanks around it; NULL where nothing is left."""
    # Trimming a set of characters is slow, and hardly any text needs it.
    plain = f"{value}[1] between '!' and '~' and {value}[-1] between '!' and '~'"
    trimmed = f"nullif(trim({value}, {quoted(values.BLANKS)}), '')"
    return f"case when {plain} then {value} else {trimmed} end"


def text(value: str, type_: str) -> str:
    """SQL of a value as text; a number that is whole has no point: the identifier 5 is no 5.0."""
    if not type_.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
        return f"cast({value} as varchar)"
    return (
        f"case when {value} = round({value}) and try_cast({value} as hugeint) is not null "
        f"then cast(try_cast({value} as hugeint) as varchar) else cast({value} as varchar) end"
    )


def outside(date: str) -> str:
    """SQL that is true for a date or time outside the years that are believed."""
    low, high = values.EARLIEST, f"{values.LATEST} 23:59:59.999999"
    return f"{date} not between '{low}' and '{high}'"


def show(con: Connection, view: str, frame: pd.DataFrame) -> None:
    """Let queries read a frame as *view*."""
    con.complete()  # a result that nobody fetched to its end stands in the way
    con.register(view, frame)


def mapping(
    con: Connection, target: str, key: str, key_type: str, rows: list[tuple],
    type_: str,
) -> None:  # fmt: skip
    """Make the table *target* of *key*, text and what the text means there: a value of a type."""
    show(con, "mapping", pd.DataFrame(rows, columns=[key, "text", "value"], dtype=object))
    con.execute(
        f"create or replace table {name(target)} as select cast({key} as {key_type}) as {key}, "
        f"cast(text as varchar) as text, cast(cast(value as varchar) as {type_}) as value "
        "from mapping"
    )


def distinct(con: Connection, table: str, column: str) -> list[str]:
    """The different texts of a column, in their order: what is asked about is always the same."""
    query = (f"select distinct {name(column)} from {name(table)} "
             f"where {name(column)} is not null order by all")  # fmt: skip
    return [row[0] for row in con.execute(query).fetchall()]
