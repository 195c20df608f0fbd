"""Source tables that lie in an engine (see store/engines.py), read by name or by a query there.

The ledger stays there (see remote_ledger.py). All other tables are brought here whole, read like
the result of a query over files, and what the facts need of them is sent there once all are read.
"""

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.ingest import raw, sql
from clientops.settings import Source


def name_of(table: str, source: Source) -> str:
    """What a table of an engine is called where people read it."""
    return "sql" if source.sql else source.table or table


def _query(engine: object, table: str, source: Source) -> str:
    """Somebody's query or table as a query of ours; a comment at its end stays its own."""
    theirs = source.sql.strip().rstrip(";")
    theirs = theirs or f"select * from {engine.named(source.table or table)}"
    return f"select * from (\n{theirs}\n) as source"


def mapping(
    engine: object, where: str, table: schema.Table, source: Source, zone: str
) -> tuple[str, dict[str, tuple[str, str]]]:
    """The query of a table; and our column -> theirs, and its type.

    Raises ClientOpsError for missing columns, and for moments where no *zone* tells their day.
    """
    query = _query(engine, table.name, source)
    try:
        there = engine.columns(query)
    except ClientOpsError as error:
        raise ClientOpsError("{where}: {reason}", where=where, reason=error) from error
    named = raw.columns_of(table, source, list(there), where)
    dates = [column.name for column in table.columns if column.type in sql.DATES]
    for ours, theirs in named.items():
        is_moment = ours in dates and there[theirs] == "TIMESTAMP WITH TIME ZONE"
        if is_moment and not zone and _has_clock(engine, query, sql.name(theirs)):
            raise ClientOpsError(
                "{where}: column {theirs} holds moments with a time zone; the day depends on where "
                'you are: say timezone = "Europe/Berlin" (or another, or "UTC") in [company]',
                where=where, theirs=theirs,
            )  # fmt: skip
    return query, {ours: (theirs, there[theirs]) for ours, theirs in named.items()}


def _has_clock(engine: object, query: str, column: str) -> bool:
    """Whether a column of moments holds others than midnights, which are dates."""
    (rows,) = engine.run(f"select count(*) from ({query}) as picked "
                         f"where {column} <> date_trunc('day', {column})").fetchone()  # fmt: skip
    return bool(rows)


def bring(
    con: sql.Connection, engine: object, where: str, table: schema.Table, source: Source, zone: str
) -> dict[str, str]:
    """Bring a table here as `raw`; returns our column -> its SQL type."""
    query, columns = mapping(engine, where, table, source, zone)
    picked = ", ".join(f"{sql.name(theirs)} as {ours}" for ours, (theirs, _) in columns.items())
    engine.fetch(con, "brought", f"select {picked} from ({query}) as picked")
    con.execute(f"create table raw as select {sql.quoted(name_of(table.name, source))} as file, "
                "row_number() over () as line, * from (from brought order by all)")  # fmt: skip
    con.execute("drop table brought")
    return {row[0]: row[1] for row in con.execute("describe raw").fetchall()[2:]}


def send(con: sql.Connection, engine: object, table: schema.Table) -> None:
    """Send what the facts and the checks there need of a table: identifiers, days, costs."""
    needed = [c.name for c in table.columns if c.name.endswith("_id") or c.type in schema.DAYS
              or c.name in ("kind", "product_group", "unit_cost")]  # fmt: skip
    engine.put(con, table.name, f"select distinct {', '.join(needed)} from {table.name}")
