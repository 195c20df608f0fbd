"""What stands twice: rows and documents in several files, keys, contacts of one client.

Nothing of it is dropped unless a setting (`dedupe`, `revenue_is`) says so; it is noticed, with rows
and money. Works on `raw`, `parsed` and `bad_rows`, as typed leaves them, or on a table whose rows
say their `file`.
"""

from clientops import schema
from clientops.ingest import raw, sql
from clientops.ingest.typed import GOOD
from clientops.settings import Source


def settle(con: sql.Connection, table: schema.Table, source: Source) -> None:
    """Leave out what `dedupe` says counts once, join contacts, and reject repeats of a key."""
    if source.dedupe:
        _dedupe(con, table, source.dedupe)
    if table.key:
        _join(con, table)
        _reject_repeats(con, table)
    if source.revenue_is == "document":
        _divide(con, table)


def notice(con: sql.Connection, table: schema.Table, relation: str) -> None:
    """Note rows of *relation* (file, all columns) that stand twice, in one file or in several."""
    if table.key:
        return
    _notice_twice(con, table, relation)
    (several,) = con.execute(f"select count(distinct file) > 1 from {relation}").fetchone()
    if several and table.document:
        _notice_documents(con, table, relation)
        _notice_second_export(con, table, relation)
    elif several:
        columns = ", ".join(c.name for c in table.columns)
        again = (f"select max(file) as file, {columns} from {relation} group by {columns} "
                 "having min(file) <> max(file)")  # fmt: skip
        query = f"select count(*), {raw.money(table)}, {_example(table)} from ({again})"
        raw.notice_rows(con, table, "row stands in another file too: both are kept", query)


def _example(table: schema.Table) -> str:
    """SQL: what rows are called by."""
    return f"min(concat_ws(', ', {', '.join(table.required or [table.columns[0].name])}))"


def _notice_twice(con: sql.Connection, table: schema.Table, relation: str) -> None:
    """Of all rows only a hash is grouped, which is much cheaper."""
    columns = ", ".join(c.name for c in table.columns)
    mark = f"hash(file, {columns})"
    con.execute(f"create or replace temp table twice as select {mark} as mark from {relation} "
                "group by mark having count(*) > 1")  # fmt: skip
    if not con.execute("select count(*) from twice").fetchone()[0]:
        return
    again = (f"select * from (select file, {columns}, count(*) as n from {relation} where {mark} "
             "in (select mark from twice) group by all) where n > 1")  # fmt: skip
    raw.notice_rows(
        con, table, "identical rows in one file: all are kept",
        f"select sum(n - 1), {raw.money(table, times=' * (n - 1)')}, {_example(table)} "
        f"from ({again})",
    )  # fmt: skip


def _notice_documents(con: sql.Connection, table: schema.Table, relation: str) -> None:
    """Documents that stand in several files, with equal lines or with other ones."""
    columns, document = ", ".join(c.name for c in table.columns), table.document
    money = schema.MONEY_OF.get(table.name)
    con.execute(
        f"create or replace temp table documents as select {document}, file, "
        f"count(*) as lines, sum(hash({columns})) as content, "
        f"{f'sum({money})' if money else 'null'} as amount from {relation} group by 1, 2"
    )
    for how, sign in (("equal", "="), ("other", "<>")):
        raw.notice_rows(
            con, table, f"document stands in several files with {how} lines: all are kept",
            "select sum(lines), cast(sum(amount) as double), "
            f"min({document} || ' in ' || a.file) from documents a join (select {document}, "
            "arg_min(content, file) as content, min(file) as file from documents group by 1 "
            f"having count(*) > 1) b using ({document}) where a.file <> b.file "
            f"and a.content {sign} b.content",
        )  # fmt: skip


def _notice_second_export(con: sql.Connection, table: schema.Table, relation: str) -> None:
    """What a file repeats of an earlier one under other numbers: where more than half of what they
    have in the days of both is the same amount for the same client on the same day."""
    money, document = schema.MONEY_OF.get(table.name), table.document
    keys = [name for name in table.required if name not in (money, document)]
    day = next((c.name for c in table.columns if c.name in keys and c.type in sql.DATES), None)
    if not money or not day:
        return
    con.execute(f"create or replace temp table file_days as select file, min({day}) as first, "
                f"max({day}) as last from {relation} group by file")  # fmt: skip
    together = "a.file < b.file and a.first <= b.last and b.first <= a.last"
    if not con.execute(
        f"select count(*) from file_days a join file_days b on {together}"
    ).fetchone()[0]:
        return
    by = ", ".join(keys)
    con.execute(
        f"create or replace temp table amounts as select {by}, file, count(*) as lines, "
        f"sum({money}) as amount, min({document}) as example from {relation} where {document} not "
        f"in (select {document} from documents group by 1 having count(*) > 1) "
        f"group by {by}, file having sum({money}) <> 0"
    )
    of_both = f"{day} between greatest(a.first, b.first) and least(a.last, b.last)"
    con.execute(
        f"""create or replace temp table second_exports as
        with same as (select a.file as earlier, b.file as later, count(*) as n
            from amounts a join amounts b using ({by}, amount) where a.file < b.file group by 1, 2),
        inside as (select earlier, later, n, c.file, count(*) as there from same
            join file_days a on a.file = earlier join file_days b on b.file = later
            join amounts c on c.file in (earlier, later) and {of_both} group by all)
        select earlier, later from inside group by earlier, later having 2 * min(n) > min(there)"""
    )
    query = (f"select distinct b.* from second_exports join amounts a on a.file = earlier "
             f"join amounts b on b.file = later and ({', '.join(f'a.{k}' for k in keys)}, a.amount)"
             f" = ({', '.join(f'b.{k}' for k in keys)}, b.amount)")  # fmt: skip
    raw.notice_rows(
        con, table, f"{by} and amount are those of another file under another {document}: "
        "a second export, perhaps; all are kept",
        "select sum(lines), cast(sum(amount) as double), min(example || ' in ' || file) "
        f"from ({query})",
    )  # fmt: skip


def _dedupe(con: sql.Connection, table: schema.Table, by: str) -> None:
    """Leave out a document (or key) that a later file has too, or a line that an earlier one has.

    Lines that stand twice in one file are two: as many are kept as the file with most of them has.
    """
    key = ", ".join(table.key) or table.document
    files = "(select file, min(rowid) as turn from raw group by file) as files"
    stand = (
        f"(select parsed.*, turn, file from parsed join raw on raw.rowid = parsed.row "
        f"join {files} using (file) where {GOOD})"
    )
    if by == "document" and key:
        again = (
            f"select row, arg_max(file, turn) over (partition by {key}) as other, "
            f"turn < max(turn) over (partition by {key}) as left_out from {stand}"
        )
    else:
        columns = ", ".join(c.name for c in table.columns)
        order = f"over (partition by {columns}, nth order by turn, row)"
        again = (
            f"select row, first(file) {order} as other, row_number() {order} > 1 as left_out "
            f"from (select *, row_number() over (partition by {columns}, turn order by row) as nth "
            f"from {stand})"
        )
    con.execute(f"create or replace temp table again as select row, other from ({again}) "
                "where left_out")  # fmt: skip
    _leave_out(con, table, "again", "'stands in ' || other || ' too: counted there (dedupe)'")


def _leave_out(
    con: sql.Connection, table: schema.Table, rows: str, reason: str, why: str = "repeated"
) -> None:
    """Note the rows of a table *rows* as rejects, with a reason in SQL, and *why* in `bad_rows`."""
    shown = table.key or (table.columns[0].name,)
    value = " || ', ' || ".join(f"cast(parsed.{column} as varchar)" for column in shown)
    con.execute(
        f"insert into rejects select {sql.quoted(table.name)}, raw.file, raw.line, "
        f"{sql.quoted(', '.join(shown))}, {value}, {reason} "
        f"from {rows} join parsed using (row) join raw on raw.rowid = row order by row"
    )
    con.execute(f"insert into bad_rows select row, '{why}' from {rows}")


def _join(con: sql.Connection, table: schema.Table) -> None:
    """Rows of a key that differ only in the columns of `joined` become one with all their values.

    The others are taken out of `parsed` after they were counted: `joined_rows` says how many.
    """
    con.execute("create or replace temp table joined_rows (row bigint)")
    if not table.joined:
        return
    key = ", ".join(table.key)
    others = [c.name for c in table.columns if c.name not in (*table.key, *table.joined)]
    same = " and ".join(f"count(distinct {c}) + (count({c}) < count(*))::int <= 1" for c in others)
    con.execute(
        f"create or replace temp table contacts as select min(row) as row, {key}, count(*) as n, "
        + ", ".join(f"string_agg(distinct {c}, '; ' order by {c}) as {c}" for c in table.joined)
        + f" from parsed where {GOOD} group by {key} having count(*) > 1 and {same} and count("
        f"distinct ({', '.join(table.joined)})) > 1"
    )
    first = ", ".join(f"{c} = contacts.{c}" for c in table.joined)
    if not raw.notice_rows(
        con, table, f"several rows that differ only in {', '.join(table.joined)}: joined into one",
        f"select sum(n), null, min({key}) from contacts",
    ):  # fmt: skip
        return
    con.execute(
        f"insert into joined_rows select parsed.row from parsed join contacts using ({key}) "
        f"where parsed.row <> contacts.row and parsed.{GOOD}"
    )
    con.execute(f"update parsed set {first} from contacts where parsed.row = contacts.row")
    con.execute("delete from parsed where row in (select row from joined_rows)")


def _reject_repeats(con: sql.Connection, table: schema.Table) -> None:
    """Note rows that repeat the key of an earlier row that can be read."""
    con.execute(
        "create or replace temp table repeats as select row from (select row, row_number() over "
        f"(partition by {', '.join(table.key)} order by row) as number from parsed "
        f"where {GOOD}) where number > 1"
    )
    _leave_out(con, table, "repeats", "'repeats the key of an earlier row'", why="fault")


def _divide(con: sql.Connection, table: schema.Table) -> None:
    """Divide an amount that every line of a document repeats over the lines, to the last digit."""
    money, document = schema.MONEY_OF.get(table.name), table.document
    if not money or not document:
        return
    whole = f"cast({schema.whole(f'any_value({money})')} as hugeint)"
    con.execute(
        f"create or replace temp table once as select {document}, {whole} as amount, count(*) as n,"
        f" min(row) as first from parsed where {GOOD} group by {document} "
        f"having count(*) > 1 and min({money}) = max({money})"
    )
    if raw.notice_rows(
        con, table, "one amount on every line of a document: counted once, divided over its lines",
        f"select sum(n), cast(sum(amount * (n - 1)) / {schema.MONEY_SCALE} as double), "
        f"min({document}) from once",
    ):  # fmt: skip
        con.execute(
            f"update parsed set {money} = cast(amount // n + case when row = first "
            f"then amount - n * (amount // n) else 0 end as decimal(18,4)) / {schema.MONEY_SCALE} "
            f"from once where parsed.{document} = once.{document} and parsed.{GOOD}"
        )
