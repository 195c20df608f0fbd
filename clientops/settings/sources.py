"""Where source tables come from: files of the data folder, or an engine."""

import dataclasses
import re
from typing import Annotated, Literal

from msgspec import Meta

from clientops.errors import ClientOpsError, nearest
from clientops.schema import TABLES

_ADDRESS = re.compile(r"postgres(ql)?://|spark://|sc://|local(\[|$)")
_SECRET = re.compile(r"//[^/@]*:[^/@]*@|passw|secret|token", re.IGNORECASE)
_OF_ENGINE = ("table", "sql", "columns", "control")  # what is said of a table there


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a table comes from: a file and a renaming of columns, or a query over files."""

    file: str = ""  # name or glob in the data folder; empty: <table>.csv, .xlsx, .parquet …
    sheet: str = ""  # sheet of a workbook, or a pattern; empty: all shown ones that fit
    encoding: str = ""  # of text files, where their letters don't tell: "cp1252", "cp866"
    columns: dict[str, str] = dataclasses.field(default_factory=dict, hash=False)  # ours = "theirs"
    sql: str = ""  # a query in which each file stands as a view, or one in the engine's own SQL
    table: str = ""  # name in the engine; in Spark also a folder of Parquet files; empty: as here
    date_order: Literal["", "dmy", "mdy"] = ""  # order of days and months where values don't tell
    decimal: Literal["", ".", ","] = ""  # decimal mark where values don't tell
    dedupe: Literal["", "document", "line"] = ""  # what two files have counts once, by the later
    revenue_is: Literal["", "line", "document"] = ""  # document: one amount on every line of it
    fill_down: tuple[str, ...] = ()  # columns in which a blank is the value above (merged cells)
    groups: tuple[str, ...] = ()  # columns that a report's group rows become, the highest first
    months_across: str = ""  # column of the amounts that stand under months as headers
    control: dict[str, Annotated[float, Meta(ge=-1e14, le=1e14)]] = dataclasses.field(
        default_factory=dict, hash=False
    )  # what columns must add up to


@dataclasses.dataclass(frozen=True)
class Engine:
    """Where the ledger lies, if not in files. Its password is in $CLIENTOPS_ENGINE_PASSWORD."""

    address: str = ""  # postgresql://user@host/database, spark://host:7077, local[*], sc://host
    tables: tuple[str, ...] = ()  # source tables that lie there too, beside the shipments
    version: str = ""  # query there, answered anew when data change; empty: they do once a day
    options: dict[str, str] = dataclasses.field(
        default_factory=dict, hash=False
    )  # of the session there: "work_mem" = "1GB", "spark.executor.memory" = "16g"

    def __post_init__(self) -> None:
        """Refuse an address of nothing known, a password where everybody can read it, and tables
        that nobody knows."""
        if self.address and not _ADDRESS.match(self.address):
            raise ValueError(ClientOpsError("address {address!r} is none of postgresql://, "
                                            "spark://, local[…] and sc://",
                                            address=self.address))  # fmt: skip
        if any(map(_SECRET.search, (self.address, *self.options))):
            raise ValueError(ClientOpsError("a password stands in $CLIENTOPS_ENGINE_PASSWORD, "
                                            "never in this file"))  # fmt: skip
        for name in self.tables:
            if name not in TABLES:
                raise ValueError(ClientOpsError("unknown table {name!r}; {hint}", name=name,
                                                hint=nearest(name, TABLES)))  # fmt: skip


def check(name: str, source: Source, is_in_engine: bool) -> None:
    """Refuse what is said of files about a table that lies in none, and the other way round."""
    said = [key for key, value in vars(source).items() if value]
    if not is_in_engine and source.table:
        raise ValueError(ClientOpsError(
            "[tables.{table}] does not lie in the engine: say file instead of table, or tables = "
            "[{table!r}] in [engine]", table=name,
        ))  # fmt: skip
    odd = [key for key in said if key not in _OF_ENGINE or (key == "table" and source.sql)]
    if is_in_engine and odd:
        raise ValueError(ClientOpsError(
            "[tables.{table}] lies in the engine, where {odd} says nothing of it; known: table or "
            "sql, columns, control", table=name, odd=odd[0],
        ))  # fmt: skip
