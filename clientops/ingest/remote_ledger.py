"""The ledger where it lies, in an engine: checked, counted and summed there.

What comes here is a stand-in whose sums by month, client and manager are those of the ledger, for
all that asks for sums before there are facts.
"""

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.ingest import raw, remote, sql, tables, typed, values
from clientops.ingest.tables import Reconciliation
from clientops.schema import READ
from clientops.settings import Source

LEDGER = schema.TABLES["shipments"]
_DOCUMENT = LEDGER.document
_TOO_LARGE = "1e14"  # for money of ours; no NaN is below it
LISTED = 1000  # rejected rows of a column that are listed; all are counted
# What a row is told by: all that is required of it.
_EXAMPLE = " || ', ' || ".join(f"coalesce(cast({name} as varchar(100)), '')"
                               for name in LEDGER.required)  # fmt: skip
_WHOLE_TEXT = ("case when {x} = round({x}) then cast(cast({x} as decimal(38,0)) as {text}) "
               "else cast({x} as {text}) end")  # fmt: skip


def check(
    con: sql.Connection, engine: object, where: str, source: Source, rules: typed.Rules
) -> Reconciliation:
    """Check and count the ledger where it lies; its good rows are `shipments` there.

    Raises ClientOpsError for missing columns and for a column of another type.
    """
    raw.make_rejects(con)
    query, columns = remote.mapping(engine, where, LEDGER, source, rules.zone)
    selects = []
    for column in LEDGER.columns:
        there = columns.get(column.name)
        value = _value(engine, where, column, *there) if there else "null"
        selects.append(f"cast({value} as {engine.types[column.type]}) as {column.name}")
    numbers = [column.name for column in LEDGER.columns if column.type in sql.NUMBERS]
    unfit = " or ".join(f"not abs({name}) < {_TOO_LARGE}" for name in numbers)
    try:
        engine.read(LEDGER, f"select {', '.join(selects)} from ({query}) as picked")
        (rows,) = engine.run(f"select count(*) from {READ} where {unfit}").fetchone()
    except ClientOpsError:
        _name_unfit(engine, where, columns, query)
        raise
    if rows:
        _name_unfit(engine, where, columns)
    faults = _faults(rules)
    odd = " or ".join(f"({fault})" for _, fault, _ in faults[:-1])
    late = f"not ({odd}) and ({faults[-1][1]})"
    engine.run(f"create view shipments as select * from {READ} where not ({odd}) and not ({late})")
    for column, fault, reason in faults:
        _list(con, engine, remote.name_of(LEDGER.name, source), column, fault, reason)
    _notice_twice(con, engine)
    return _reconcile(con, engine, odd, late)


def _value(engine: object, where: str, column: schema.Column, theirs: str, type_: str) -> str:
    """SQL there of one column. Raises ClientOpsError where its type is another."""
    value, text = f"picked.{sql.name(theirs)}", engine.types["text"]
    if column.type != "text":
        if not typed.is_castable(type_, column.type):
            raise ClientOpsError(
                "{where}: column {theirs} is {type}, and {ours} has to be {wanted}: cast it in sql",
                where=where, theirs=theirs, type=type_.lower(), ours=column.name,
                wanted=engine.types[column.type],
            )  # fmt: skip
        # What is written of a number of few digits, and not what is nearest to that.
        return f"cast({value} as {text})" if type_ == "FLOAT" else value
    if type_.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
        return _WHOLE_TEXT.format(x=value, text=text)
    return f"nullif(trim(both {sql.quoted(values.BLANKS)} from cast({value} as {text})), '')"


def _name_unfit(
    engine: object, where: str, columns: dict[str, tuple[str, str]], query: str = ""
) -> None:
    """Raise ClientOpsError for numbers that fit nowhere, in the rows that were read or, where they
    could not be, in those of somebody's *query*."""
    relation = f"({query})" if query else READ
    for column in LEDGER.columns:
        theirs, type_ = columns.get(column.name, ("", ""))
        if column.type in sql.NUMBERS and type_.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
            names = (theirs, columns[_DOCUMENT][0]) if query else (column.name, _DOCUMENT)
            value, id_ = map(sql.name, names)
            rows, example = engine.run(
                f"select count(*), min(cast({id_} as {engine.types['text']})) from {relation} as "
                f"picked where not abs({value}) < {_TOO_LARGE}"
            ).fetchone()
            if rows:
                raise ClientOpsError(
                    "{where}: column {theirs}: {rows} values are no numbers or too large (NaN, "
                    "infinity, 1e14), as that of {example}: leave them out in sql",
                    where=where, theirs=theirs, rows=rows, example=example,
                )  # fmt: skip


def _faults(rules: typed.Rules) -> list[tuple[str, str, str]]:
    """Column, what is wrong with a row as SQL that is never null, and the reason; the last one is
    not wrong but too early."""
    day, latest = LEDGER.day, rules.latest.get(LEDGER.day)
    found = [(name, f"{name} is null", "empty") for name in LEDGER.required]
    outside = (f"{day} is not null and ({day} < date '{values.EARLIEST}' "
               f"or {day} > date '{values.LATEST}')")  # fmt: skip
    found.append((day, outside, typed.REASONS["date"]))
    late = f"{day} is not null and {day} > date '{latest}'" if latest else "1 = 0"
    return [*found, (day, late, typed.after(latest))]


def _list(
    con: sql.Connection, engine: object, file: str, column: str, fault: str, reason: str
) -> None:
    """List rows with a fault as rejects, by what they are told by; the line is their place here."""
    rows = engine.run(f"select {_EXAMPLE} as value from {READ} where {fault} order by 1 "
                      f"limit {LISTED}").fetchall()  # fmt: skip
    if rows:
        listed = [[LEDGER.name, file, line, column, value, reason]
                  for line, (value,) in enumerate(rows, 1)]  # fmt: skip
        con.executemany("insert into rejects values (?, ?, ?, ?, ?, ?)", listed)


def _notice_twice(con: sql.Connection, engine: object) -> None:
    """Note rows that stand twice: the same that repeats.notice says of one file."""
    columns, money = ", ".join(c.name for c in LEDGER.columns), schema.MONEY_OF[LEDGER.name]
    rows, total, shown = engine.run(
        f"select sum(n - 1), sum({money} * (n - 1)), min({_EXAMPLE}) from (select {columns}, "
        f"count(*) as n from shipments group by {columns} having count(*) > 1) as again"
    ).fetchone()
    if rows:
        raw.notice(con, LEDGER.name, "identical rows in one file: all are kept", int(rows), shown,
                   float(total))  # fmt: skip


def _reconcile(con: sql.Connection, engine: object, odd: str, late: str) -> Reconciliation:
    """What was read, kept and rejected, each counted on its own there."""
    relations = (READ, LEDGER.name, f"{READ} where {odd}", f"{READ} where {late}")
    found = [tables.counted(engine.run, LEDGER, relation) for relation in relations]
    read, kept, hard, early = [(rows, float(money)) for rows, money in found]
    lost = f"{READ} where {schema.MONEY_OF[LEDGER.name]} is null"
    unreadable, _ = tables.counted(engine.run, LEDGER, lost)
    if read[0] != kept[0] + hard[0] + early[0]:
        raise AssertionError(f"{LEDGER.name}: read {read}; kept {kept}; rejected {hard}, {early}")
    con.execute("insert into unread values (?, ?, ?, ?, [])", [LEDGER.name, *hard, early[1]])
    return Reconciliation(LEDGER.name, read[0], kept[0], hard[0] + early[0], read[1], kept[1],
                          hard[1] + early[1], unreadable)  # fmt: skip


def stand_in(con: sql.Connection, engine: object) -> None:
    """Make the ledger's stand-in here: sums by client, manager and month on the first day of each,
    by product group too where plans name any; and a row without money of the ledger's last day.
    What the facts need of the other tables is sent there."""
    for table in schema.TABLES.values():
        if table.name not in (LEDGER.name, "plans"):  # plans once they are divided
            remote.send(con, engine, table)
    keys = "s.client_id, s.manager_id, extract(year from s.shipped_on), "
    keys += "extract(month from s.shipped_on)"
    (by_group,) = con.execute("select count(product_group) > 0 from plans").fetchone()
    join, product = "", "cast(null as " + engine.types["text"] + ")"
    if by_group:
        keys, product = f"{keys}, p.product_group", "min(s.product_id)"
        join = "left join products as p on p.product_id = s.product_id"
    engine.fetch(con, "sums", (
        f"select min(s.shipped_on) as shipped_on, s.client_id, s.manager_id, {product} as "
        "product_id, cast(sum(s.revenue) as decimal(18,4)) as revenue "
        f"from shipments as s {join} group by {keys} union all "
        "select max(shipped_on), null, null, null, cast(0 as decimal(18,4)) from shipments"
    ))  # fmt: skip
    tables.create_empty(con, LEDGER)
    con.execute(f"insert into {LEDGER.name} by name from sums where shipped_on is not null")
    con.execute("drop table sums")


def ready(con: sql.Connection, engine: object) -> tables.Run:
    """Send there what else the checks of the ledger look into; returns what runs them."""
    remote.send(con, engine, schema.TABLES["plans"])
    engine.put(con, "spellings", "from spellings")
    return engine.run
