"""What the build notices without rejecting it: the table `data_quality`.

Each check is one SQL condition over a checked table. A check that finds nothing leaves no row.
"""

from typing import NamedTuple

from clientops import schema, settings
from clientops.ingest import sql
from clientops.ingest.tables import Run
from clientops.schema import line_cost
from clientops.words import N_


class Check(NamedTuple):
    """Rows of *table* for which *where* holds; *example* is SQL that shows one of them.

    Those of shipments are SQL that every engine knows. `{turned}` in *where*: whether a positive
    cost of a return counts as negative; `{unless}`: where one amount may be so by chance.
    """

    table: str
    check: str
    where: str
    example: str
    needs: str = ""  # another table that must be there


_LINE = "shipment_id || ', ' || cast(shipped_on as varchar(10)) || ', ' || client_id"
_SPELLS = "client_id || ' from ' || cast(valid_from as varchar)"

# Returns with a positive cost, given or worked out.
_RETURN_COST = (
    "revenue < 0 and (cost > 0 or cost is null and (quantity > 0 and product_id in "
    "(select product_id from products where unit_cost > 0) or quantity < 0 and product_id in "
    "(select product_id from products where unit_cost < 0)))"
)

# Shipments that are not one delivery, found in one pass over the ledger.
_ODD_SHIPMENTS = """
create table odd_shipments as
select * from (
    select shipment_id, min(client_id) <> max(client_id) as clients,
        min(manager_id) <> max(manager_id) as managers, min(shipped_on) <> max(shipped_on) as dates,
        count(*) > 1 and min(revenue) = max(revenue) and min(revenue) <> 0 and
            (min(product_id) <> max(product_id) or min(manager_id) <> max(manager_id)) as one_amount
    from shipments group by shipment_id
) as each where clients or managers or dates or one_amount
"""
# Where an amount is the document's, nearly all documents of several lines have one amount on them.
_BY_CHANCE = """
select count(*) < 0.8 * (select count(*) from (select shipment_id from shipments
    group by shipment_id having count(*) > 1) as several)
from odd_shipments where one_amount
"""

# Identifiers and names that differ only in case, blanks, signs, legal form, or in letters of
# another alphabet that look alike: as one text.
_FORMS = ("ооо|оао|зао|пао|ао|ип|тоо|тов|чп|фоп|llc|ltd|limited|inc|corp|co|gmbh|ag|kg|ug|ohg|srl|"
          "sarl|sas|sa|spa|oy|oyj|ab|as|aps|bv|nv|plc|doo|sro|kft|llp|lp|oü|sia|uab")  # fmt: skip
_ALIKE = (
    "regexp_replace(regexp_replace(case when regexp_matches({x}, '[а-яА-ЯёЁ]') "
    "then translate(lower({x}), 'abcehkmoptxyё', 'авсенкмортхуе') else lower({x}) end, "
    f"'(^|[^\\p{{{{L}}}}])({_FORMS})($|[^\\p{{{{L}}}}])', ' ', 'g'), "
    "'[^\\p{{L}}\\d]+', '', 'g')"
)
_TEXTS = """
create temp table texts as
select distinct 'client_id' as kind, client_id as x from shipments
union all select distinct 'manager_id', manager_id from shipments
"""
# Names, unlike codes, have three letters in a row. Classes of all letters take milliseconds to
# compile: first any sign beyond ASCII is one.
_ARE_NAMES = "select bool_or(regexp_matches(x, '[a-zA-Z\\x{80}-\\x{10ffff}]{3}')) from texts"
_SPELLINGS = f"""
insert into spellings
select kind, unnest(alike), list_aggregate(alike, 'string_agg', ' / ')
from (select kind, list(x order by x) as alike from texts where regexp_matches(x, '\\p{{L}}{{3}}')
    group by kind, {_ALIKE.format(x="x")} having count(*) > 1)
"""

# Days at either end, far from all the others and with hardly a line.
_LONELY = """
create table lonely as
with days as (select shipped_on as day, count(*) as n from shipments group by shipped_on),
    gaps as (select day, lag(day) over (order by day) as before,
        sum(n) over (order by day desc) as rest, sum(n) over () as lines from days)
select day, true as is_last from gaps where day > before + 90 and rest * 20 <= lines
    and rest <= greatest(1, lines * 0.005)
union all
select before as day, false as is_last from gaps where day > before + 366
    and (lines - rest) * 20 <= lines and lines - rest <= greatest(1, lines * 0.005)
"""

# What came of activities by words that the settings do not know.
_ODD_OUTCOMES = "create table odd_outcomes as select unnest(?::varchar[]) as outcome"

# Invoices of some months bring more than their shipments by at least the smallest usual rate.
_WITH_VAT = (
    "(select sum(amount) from receivables) > 1.04 * (select sum(revenue) from shipments where "
    "date_trunc('month', shipped_on) between (select date_trunc('month', min(invoiced_on)) from "
    "receivables) and (select date_trunc('month', max(invoiced_on)) from receivables))"
)

_ABSENT = {
    "client": N_("client is not in clients"),
    "manager": N_("manager is not in managers"),
    "product": N_("product is not in products"),
}


def _absent(table: str, what: str, example: str = "") -> Check:
    """Rows of a *what* that its own table, where there is one, does not know."""
    key = f"{what}_id"
    return Check(table, _ABSENT[what], f"{key} not in (select {key} from {what}s)", example or key,
                 f"{what}s")  # fmt: skip


CHECKS = (
    _absent("shipments", "client"),
    _absent("shipments", "manager"),
    _absent("shipments", "product"),
    Check("shipments", "no manager: credit falls to the client's owner",
          "manager_id is null", _LINE),
    Check("shipments", "no product", "product_id is null", _LINE, "products"),
    Check("shipments", "no cost, and no unit cost to work it out",
          "cost is null and (quantity is null or product_id is null or product_id not in "
          "(select product_id from products where unit_cost is not null))", _LINE),
    Check("shipments", "return (negative revenue)", "revenue < 0", _LINE),
    Check("shipments", "return with a positive cost: it counts as negative",
          _RETURN_COST + " and {turned}", _LINE),
    Check("shipments", "return with a positive cost: it counts as written",
          _RETURN_COST + " and not {turned}", _LINE),
    Check("shipments", "revenue is zero", "revenue = 0", _LINE),
    Check("shipments", "revenue and quantity have different signs",
          "revenue > 0 and quantity < 0 or revenue < 0 and quantity > 0", _LINE),
    Check("shipments", "cost above revenue", "revenue > 0 and cost > revenue", _LINE),
    Check("shipments", "shipment id with several clients",
          "shipment_id in (select shipment_id from odd_shipments where clients)", "shipment_id"),
    Check("shipments", "shipment id with several managers",
          "shipment_id in (select shipment_id from odd_shipments where managers)", "shipment_id"),
    Check("shipments", "shipment id with several dates",
          "shipment_id in (select shipment_id from odd_shipments where dates)", "shipment_id"),
    Check("shipments", "more than a year after the line before: a slip in the year?",
          "shipped_on >= (select min(shipped_on) from (select shipped_on, lag(shipped_on) over "
          "(order by shipped_on) as before from (select distinct shipped_on from shipments) as days"
          ") as gaps where shipped_on > before + 366)", _LINE),
    Check("shipments", "one amount on every line of the document: counted once by "
          "revenue_is = \"document\"",
          "shipment_id in (select shipment_id from odd_shipments where one_amount{unless})",
          "shipment_id"),
    Check("shipments", "client is written in several ways, perhaps",
          "client_id in (select text from spellings where kind = 'client_id')",
          "(select min(all_texts) from spellings where kind = 'client_id')"),
    Check("shipments", "manager is written in several ways, perhaps",
          "manager_id in (select text from spellings where kind = 'manager_id')",
          "(select min(all_texts) from spellings where kind = 'manager_id')"),
    Check("shipments", "long after all the others: a slip in the date?",
          "shipped_on >= (select min(day) from lonely where is_last)", _LINE),
    Check("shipments", "long before all the others: a slip in the date?",
          "shipped_on <= (select max(day) from lonely where not is_last)", _LINE),
    _absent("clients", "manager", "client_id || ' of ' || manager_id"),
    Check("clients", "no name",  # where none has one, the numbers are the names
          "client_name is null and exists (select 1 from clients where client_name is not null)",
          "client_id"),
    Check("clients", "name of another client too",
          "client_name in (select client_name from clients group by client_name "
          "having count(*) > 1)", "client_name"),
    Check("clients", "entered after the first shipment",
          "created_on > (select min(shipped_on) from shipments s "
          "where s.client_id = clients.client_id)", "client_id"),
    Check("managers", "left before being hired", "left_on < hired_on", "manager_id"),
    _absent("assignments", "client", _SPELLS),
    _absent("assignments", "manager", _SPELLS + " || ' to ' || manager_id"),
    Check("assignments", "ends before it begins", "valid_to < valid_from", _SPELLS),
    Check("assignments", "overlaps a later one: the later one holds",
          "exists (select 1 from assignments b where b.client_id = assignments.client_id "
          "and b.valid_from > assignments.valid_from and b.valid_from <= "
          "coalesce(assignments.valid_to, date '9999-12-31'))", _SPELLS),
    Check("assignments", "begins with another one: the smaller manager id holds",
          "exists (select 1 from assignments b where b.client_id = assignments.client_id "
          "and b.valid_from = assignments.valid_from and b.manager_id <> assignments.manager_id)",
          _SPELLS),
    Check("products", "no unit cost",
          "unit_cost is null and exists (select 1 from products where unit_cost is not null)",
          "product_id"),
    _absent("activities", "client"),
    _absent("activities", "manager"),
    Check("activities", "no client", "client_id is null",
          "kind || ' ' || cast(happened_at as varchar)"),
    Check("activities", "negative duration", "minutes < 0",
          "kind || ' ' || cast(happened_at as varchar)"),
    Check("activities", "outcome is neither in not_done nor in done: counts as done",
          "outcome in (from odd_outcomes)",
          "(select string_agg(outcome, ', ' order by outcome) from odd_outcomes)"),
    Check("plans", "client is not in clients",
          f"client_id <> '{schema.NEW}' and client_id not in (select client_id from clients)",
          "client_id", "clients"),
    _absent("plans", "manager"),
    Check("plans", "several rows of one month and the same keys: they are added",
          "(month, client_id, manager_id, product_group) in (select (month, client_id, manager_id, "
          "product_group) from plans group by all having count(*) > 1)",
          "concat_ws(', ', month, client_id, manager_id, product_group)"),
    _absent("potentials", "client"),
    Check("potentials", "a client's groups differ by more than 10 % from its whole",
          "client_id in (select client_id from (select client_id, sum(annual_purchases) filter "
          "(product_group is null) as whole, sum(annual_purchases) filter (product_group is not "
          "null) as parts from (select *, row_number() over (partition by client_id, "
          "product_group order by as_of desc nulls last, annual_purchases desc) as place from "
          "potentials) where place = 1 group by client_id) where abs(parts - whole) > whole / 10)",
          "client_id"),
    _absent("receivables", "client"),
    Check("receivables", "paid_on is filled, and there are payments: only these are read",
          "paid_on is not null and exists (from payments)", "invoice_id", "payments"),
    Check("receivables", "paid_amount without paid_on: nothing is paid by it",
          "paid_amount is not null and paid_on is null", "invoice_id"),
    Check("receivables", "credit note (negative amount)", "amount < 0", "invoice_id"),
    Check("receivables", "due before it was sent", "due_on < invoiced_on", "invoice_id"),
    Check("receivables", "amounts are above the revenue of their months: with VAT, perhaps; the "
          "two are never held against each other", _WITH_VAT,
          "(select cast(sum(amount) as varchar) from receivables)"),
    _absent("payments", "client"),
    Check("payments", "names no invoice of its client: it pays what is due longest",
          "invoice_id is not null and not exists (select 1 from receivables r where "
          "r.invoice_id = payments.invoice_id and r.client_id = payments.client_id)",
          "invoice_id", "receivables"),
    Check("payments", "several of one invoice on one day: all are kept",
          "(paid_on, client_id, invoice_id) in (select (paid_on, client_id, invoice_id) from "
          "payments where invoice_id is not null group by all having count(*) > 1)", "invoice_id"),
    Check("payments", "paid back (negative amount)", "amount < 0",
          "client_id || ', ' || cast(paid_on as varchar)"),
    _absent("stock", "product"),
    Check("stock", "value is below zero", "stock_value < 0", "product_id"),
)  # fmt: skip


def spell(con: sql.Connection) -> None:
    """Make the table `spellings` that checks of shipments look into."""
    con.execute("create table spellings (kind varchar, text varchar, all_texts varchar)")
    con.execute(_TEXTS)
    if con.execute(_ARE_NAMES).fetchone()[0]:
        con.execute(_SPELLINGS)
    con.execute("drop table texts")


def check(
    con: sql.Connection,
    run: Run,
    present: list[str],
    activity: settings.Activity,
    returns_cost: str = "",
) -> None:
    """Make `data_quality` from all checks on the tables that are there. `spell` comes before.

    *run*: runs a statement where the ledger lies; *activity* knows the words of what came of an
    activity; *returns_cost*: the setting, see line_cost.
    """
    con.execute(
        'create table data_quality ("table" varchar, "check" varchar, rows bigint, '
        "money double, share double, example varchar)"
    )
    told = con.execute("select distinct outcome from activities where outcome is not null")
    odd = [outcome for (outcome,) in told.fetchall() if not activity.knows(outcome)]
    con.execute(_ODD_OUTCOMES, [odd])
    words = _prepared(run, returns_cost)
    for check in CHECKS:
        if check.table in present and (not check.needs or check.needs in present):
            _count(con, run if check.table == "shipments" else con.execute, check, words)
    for table in present:
        where = run if table == "shipments" else con.execute
        (rows,) = where(f"select count(*) from {table}").fetchone()
        con.execute(
            'insert into data_quality select "table", "check", sum(rows), sum(money), '
            f"least(1, sum(rows) / {max(rows, 1)}), arg_min(example, place) "
            'from (select *, row_number() over () as place from noticed) where "table" = ? '
            'group by "table", "check" order by min(place)', [table]
        )  # fmt: skip
    for name in ("odd_outcomes", "odd_shipments", "spellings", "lonely"):
        con.execute(f"drop table if exists {name}")


def _prepared(run: Run, returns_cost: str) -> dict[str, str]:
    """Make what the checks of shipments look into; returns the words that stand in them."""
    for statement in (_ODD_SHIPMENTS, _LONELY):
        run(statement)
    (is_chance,) = run(_BY_CHANCE).fetchone()
    return {"{turned}": line_cost.is_turned(returns_cost),
            "{unless}": " and managers" if is_chance else ""}  # fmt: skip


def _count(con: sql.Connection, run: Run, check: Check, words: dict[str, str]) -> None:
    """Count the rows of one check, where its table lies."""
    where, money = check.where, schema.MONEY_OF.get(check.table)
    for word, told in words.items():
        where = where.replace(word, told)
    total = f"sum({money})" if money else "min(null)"
    rows, amount, example = run(
        f"select count(*), {total}, min({check.example}) from {check.table} where {where}"
    ).fetchone()
    if rows:
        (every,) = run(f"select count(*) from {check.table}").fetchone()
        amount = None if amount is None else float(amount)
        con.execute("insert into data_quality values (?, ?, ?, ?, ?, ?)",
                    [check.table, check.check, rows, amount, rows / every, example])  # fmt: skip
