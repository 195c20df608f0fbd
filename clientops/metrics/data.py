"""Data: what was read from where, until when, and what is odd in it?

The frames are told by the build, of the whole company: a book that hides something has none of
their rows. Money is in the reporting currency.
"""

import pandas as pd

from clientops.ledger.ratios import ratio
from clientops.ledger.rows import finish
from clientops.schema import TABLES, table
from clientops.words import N_

LABELS = {
    "table": N_("Table"),
    "files": N_("Read from"),
    "rows_kept": N_("Rows kept"),
    "read_from": N_("First day"),
    "read_to": N_("Last day"),
    "rows_rejected": N_("Rows rejected"),
    "money_rejected": N_("Money rejected"),
    "rejected_share": N_("Share rejected"),
    "file": N_("File"),
    "column": N_("Column"),
    "line": N_("First line"),
    "check": N_("Noticed"),
    "rows": N_("Rows"),
    "money": N_("Money concerned"),
    "share": N_("Share of the table"),
    "example": N_("Example"),
}
# What source tables are called where they are no names of files.
CALLED = (
    *(N_("shipments"), N_("clients"), N_("managers"), N_("assignments"), N_("products")),
    *(N_("activities"), N_("plans"), N_("potentials"), N_("receivables"), N_("payments")),
    N_("stock"),
    *(N_("surveys"), N_("tickets"), N_("calls"), N_("leads")),
)


@table(
    "table:word files:text read_to:date rows_kept:count rows_rejected:count money_rejected:money "
    "rejected_share:share read_from:date",
    labels=LABELS,
    period="as of",
    whose="company",
)
def data_sources(sources: pd.DataFrame, table_days: pd.DataFrame) -> pd.DataFrame:
    """From which files each table was read, until when, and how much was rejected.

    How: the days are those of the rows, where they are of days; the share rejected is that of the
    money that can be read, of the rows where a table has no money. What is rejected counts nowhere.

    Returns one row per table there is, shipments first: table, files, read_to, rows_kept,
    rows_rejected, money_rejected, rejected_share, read_from.
    """
    told = {(name, each.day) for name, each in TABLES.items()}
    days = table_days.set_index(["table", "column"])
    days = days[days.index.isin(told)].droplevel("column").reindex(sources["table"])
    frame = sources.assign(
        read_from=days["first_on"].to_numpy(),
        read_to=days["last_on"].to_numpy(),
        of_rows=ratio(sources["rows_rejected"], sources["rows_read"]),
        of_money=ratio(sources["money_rejected"].abs(), sources["money_read"].abs()),
        place=sources["table"].map(list(TABLES).index),
    )
    frame["rejected_share"] = frame["of_money"].fillna(frame["of_rows"])
    return finish(frame.sort_values("place"), data_sources)


@table(
    "table:word file:text column:text reason:said * rows:count line:whole example:text",
    labels=LABELS,
    period="as of",
    whose="company",
)
def data_rejects(rejected: pd.DataFrame) -> pd.DataFrame:
    """Which rows could not be read, and why.

    How: a row that is not understood, or left out for what it says (a total, a second download), is
    listed with its file, line, column, value and reason in `rejects/` of the store, and counts
    nowhere; here rows of one reason stand together, with the first of them.

    Returns table, file, column (as in the export; empty: the whole line), reason, rows (how many),
    line, example (the value there).
    """
    return finish(rejected, data_rejects)


@table(
    "table:word check:said * rows:count money:money share:share example:text",
    labels=LABELS,
    period="as of",
    whose="company",
)
def data_quality(data_quality: pd.DataFrame) -> pd.DataFrame:
    """Everything the build noticed in the sources without rejecting it.

    How: the build holds each source table against the others and against common sense; a check that
    finds nothing leaves no row. Rows that could not be read at all are not here but in the rejects.

    Returns table, check, rows (how many), money (their money; empty where the table has none),
    share (of the table's rows), example.
    """
    return data_quality.sort_values(["table", "check"], ignore_index=True)
