"""The laws that every table obeys, run over all of them as they are found."""

import ast
import dataclasses
import functools
import inspect
import string
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import Viewer, metrics, schema, store, words
from clientops.book import EVERYONE, arguments
from clientops.errors import ClientOpsError
from clientops.ledger.rows import empty
from clientops.settings import Portfolio
from tests import no_rows
from tests.ledgers import RememberingBook, compute, frames, line, small_book, told
from tests.metrics import oracle
from tests.metrics import test_portfolio_against_oracle as portfolios
from tests.metrics.test_portfolio_against_oracle import FIRST, unique

TABLES = metrics.tables()
MONTHLY = {
    name: f for name, f in TABLES.items()
    if {"month", "until"} & inspect.signature(f).parameters.keys()
}  # fmt: skip
# What the build makes of other tables, month by month, is not made again for each small ledger.
OF_LEDGERS = {
    name: f
    for name, f in MONTHLY.items()
    if not {"headline_values", "declared_headlines"} & set(inspect.signature(f).parameters)
}


@dataclasses.dataclass
class Ledger(oracle.Ledger):
    """With what was invoiced and paid, and what lay in stock."""

    receivables: list = dataclasses.field(default_factory=list)
    payments: list = dataclasses.field(default_factory=list)
    stock: list = dataclasses.field(default_factory=list)


def frames_of(ledger: Ledger, **rules: str) -> dict[str, pd.DataFrame]:
    return portfolios.frames_of(ledger, receivables=ledger.receivables, payments=ledger.payments,
                                stock=ledger.stock, **rules)  # fmt: skip


amounts = st.sampled_from([100, 100, 40, 12.5, -30])
small_ledgers = st.builds(
    lambda ledger, invoices, payments, stock: Ledger(
        **vars(ledger),
        receivables=unique(invoices, "invoice_id"),
        payments=payments,
        stock=unique(stock, "month", "product_id"),
    ),
    portfolios.small_ledgers,
    st.lists(
        st.fixed_dictionaries(
            {"invoice_id": st.sampled_from(["F1", "F2", "F3", "F4"]), "amount": amounts,
             "client_id": portfolios.clients, "invoiced_on": portfolios.days,
             "due_on": st.one_of(st.none(), portfolios.days)}
        ), max_size=4),
    st.lists(
        st.fixed_dictionaries(
            {"invoice_id": st.sampled_from([None, "F1", "F2"]), "amount": amounts,
             "client_id": portfolios.clients, "paid_on": portfolios.days}
        ), max_size=4),
    st.lists(
        st.fixed_dictionaries(
            {"month": portfolios.days.map(lambda day: day.replace(day=1)),
             "product_id": st.sampled_from(["P1", "P2"]), "stock_value": st.integers(0, 90)}
        ), max_size=4),
)  # fmt: skip
# A ledger's frames are made once and looked at by all tables: that is most of the work.
ledger_laws = settings(max_examples=4)
some_month = st.sampled_from(["2024-01", "2025-02", "2026-08"])
# Tables whose money is rounded to the cent: what that may be off by when three times as large.
TO_THE_CENT = {"margin_bridge": 0.15, "revenue_bridge": 0.15}


def takes_a_window(function) -> bool:
    """Whether a table has the portfolio's settings, and so the length of the window."""
    parameters = inspect.signature(function).parameters.values()
    return any(isinstance(parameter.default, Portfolio) for parameter in parameters)


@pytest.mark.parametrize("name", TABLES)
def test_empty_in_empty_out_with_the_same_columns(name):
    function = TABLES[name]
    parameters = inspect.signature(function).parameters
    days = {"month": pd.Timestamp("2026-10-01"), "until": pd.Timestamp("2026-10-31")}
    keywords = {each: day for each, day in days.items() if each in parameters}
    table = function(*no_rows.frames(function), **keywords)
    assert table.empty
    assert list(table.columns) == list(function.about.units)
    assert table.dtypes.astype(str).to_dict() == function.about.types


def test_a_month_beyond_the_ledger_has_no_rows():
    """Whoever calls a table by hand need not know where the data end; −1 is no row."""
    sold = frames(shipments=[line("S1", "2026-10-05", "C1", 100, "7")])
    ledger = small_book(sold, "2026-10").ledger
    for name, function in MONTHLY.items():
        parameters = inspect.signature(function).parameters
        if {"ledger", "month"} <= parameters.keys():
            given = dict(zip(parameters, no_rows.frames(function), strict=False))
            for month in ("2026-09-01", "2026-11-01"):
                with told(name):
                    table = function(*(given | {"ledger": ledger}).values(),
                                     month=pd.Timestamp(month))  # fmt: skip
                    assert table.empty and list(table.columns) == list(function.about.units)


@pytest.mark.parametrize("name", TABLES)
def test_documented_and_labelled(name):
    """The definition card is the docstring; a director reads every column by a name."""
    text = inspect.getdoc(TABLES[name])
    assert "How: " in text
    assert "Returns" in text
    with words.telling(TABLES[name].about):
        unnamed = [column for column in TABLES[name].about.units
                   if words.label(column) == column.replace("_", " ")]  # fmt: skip
    assert not unnamed


MOST_ARGUMENTS = 8
NEEDED_FOR_REASONS = {"manager_id", "client_id", "client_name"}


@pytest.mark.parametrize("name", TABLES)
def test_what_a_table_declares_is_about_its_columns(name):
    """Keys, sums, sentences, headlines and reasons name columns there are; queries can be asked."""
    about = schema.about(TABLES[name])
    columns = about.units.keys()
    assert {*about.keys, *about.adds_up} <= columns
    assert all(about.types[each] in ("int64", "Int64", "float64") for each in about.adds_up)
    assert not about.settles or about.units[about.settles] == "month"
    assert about.stored != "company" or {"manager_id", "dimension"} & columns
    fields = {field for text in about.says for _, field, *_ in string.Formatter().parse(text)}
    assert {field.partition(".")[0] for field in fields if field} <= {*columns, "rows"}
    nobody = empty(TABLES[name])
    for headline in about.headlines:
        assert {headline.column, headline.of or headline.column} <= columns
        assert {"manager_id", "dimension"} & columns
        assert len(nobody.query(headline.rows) if headline.rows else nobody) == 0
        assert headline.page in ("", *metrics.topics())
    for reason in about.reasons:
        assert {*NEEDED_FOR_REASONS, *reason.tells.split()} <= columns
        assert not reason.full_window or "window_months" in columns
        assert len(nobody.query(reason.rows) if reason.rows else nobody) == 0
        assert len(nobody.eval(reason.money) if reason.money else nobody) == 0
        assert reason.page in ("", *metrics.topics())


def test_nothing_is_declared_twice():
    abouts = [function.about for function in TABLES.values()]
    for names in ([each.name for about in abouts for each in about.headlines],
                  [each.name for about in abouts for each in about.reasons]):  # fmt: skip
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_can_be_called_by_hand(name):
    assert len(inspect.signature(TABLES[name]).parameters) <= MOST_ARGUMENTS


@pytest.mark.parametrize("topic", metrics.topics())
def test_a_topic_knows_no_other_topic_and_nothing_private(topic):
    path = Path(metrics.__file__).with_name(f"{topic}.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    taken = {}  # name -> where it comes from
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            taken |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Import):
            taken |= {a.asname or a.name: a.name for a in node.names}
    ours = {name for name, origin in taken.items() if origin.startswith("clientops")}
    assert not {name for name in ours if taken[name].startswith("clientops.metrics")}
    assert not {name for name in ours if taken[name].rpartition(".")[2].startswith("_")}
    private = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        and node.value.id in ours and node.attr.startswith("_")
    }  # fmt: skip
    assert not private


@settings(ledger_laws, max_examples=2)  # a change shows with any ledger
@given(small_ledgers, some_month)
def test_input_unchanged(ledger, month):
    frames = frames_of(ledger)
    before = {key: None if f is None else f.copy(deep=True) for key, f in frames.items()}
    for name, function in OF_LEDGERS.items():
        compute(function, frames, month)
        for key, frame in frames.items():
            if frame is not None:
                assert frame.equals(before[key]), f"{name} changes {key}"


@ledger_laws
@given(small_ledgers, some_month, st.randoms(use_true_random=False))
def test_row_order_is_irrelevant(ledger, month, random):
    frames = frames_of(ledger)
    shuffled = {
        key: None if f is None else f.sample(frac=1, random_state=random.randrange(2**32))
        for key, f in frames.items()
    }
    for name, function in OF_LEDGERS.items():
        table, other = (compute(function, each, month) for each in (frames, shuffled))
        with told(name):
            pd.testing.assert_frame_equal(table, other)


@ledger_laws
@given(small_ledgers)
def test_nothing_after_the_month_matters(ledger):
    """A ledger that ends with the month gives the month's table of the whole ledger."""
    month = FIRST.replace(year=2025, month=3)
    past = [line for line in ledger.lines if line["shipped_on"].isoformat() < "2025-04-01"]
    if not past:
        return
    spells = [spell for spell in ledger.assignments if spell["valid_from"].isoformat() < "2025-04"]
    done = [each for each in ledger.activities if each["happened_at"].isoformat() < "2025-04-01"]
    money = {
        name: [row for row in getattr(ledger, name) if row[day].isoformat() < "2025-04-01"]
        for name, day in (("receivables", "invoiced_on"), ("payments", "paid_on"), ("stock",
                          "month"))
    }  # fmt: skip
    cut = dataclasses.replace(ledger, lines=past, assignments=spells, activities=done, **money)
    # How a return's cost is written is told by all of them: here it is said.
    both = [frames_of(each, returns_cost="as written") for each in (ledger, cut)]
    for name, function in OF_LEDGERS.items():
        whole, early = (compute(function, each, f"{month:%Y-%m}") for each in both)
        with told(name):
            pd.testing.assert_frame_equal(whole, early)


@ledger_laws
@given(small_ledgers, some_month)
def test_scaling_money_scales_sums_and_leaves_shares(ledger, month):
    scaled = [line | {"revenue": 3 * line["revenue"],
                      "cost": None if line["cost"] is None else 3 * line["cost"]}
              for line in ledger.lines]  # fmt: skip
    money = {
        name: [row | {column: 3 * row[column]} for row in getattr(ledger, name)]
        for name, column in (("receivables", "amount"), ("payments", "amount"), ("stock",
                             "stock_value"))
    }  # fmt: skip
    larger = dataclasses.replace(ledger, lines=scaled, **money)
    both = [frames_of(each) for each in (ledger, larger)]
    for name, function in OF_LEDGERS.items():
        table, larger = (compute(function, each, month) for each in both)
        for column in table:  # money follows the ledger; all else must not change with its scale
            if function.about.units[column] in ("money", "price"):
                table[column] = 3 * table[column]
        with told(name):
            atol = TO_THE_CENT.get(name, 1e-8)
            pd.testing.assert_frame_equal(table, larger, rtol=1e-12, atol=atol)


@settings(ledger_laws, max_examples=8)  # each table once: that is cheap
@given(small_ledgers, some_month)
def test_managers_add_up_to_the_company(ledger, month):
    """What a table says adds up: the managers' rows to the company's, of the same other keys."""
    frames = frames_of(ledger)
    for name, function in OF_LEDGERS.items():
        about = function.about
        if not about.adds_up or "manager_id" not in about.units:
            continue
        keys = [key for key in about.keys if key not in ("manager_id", "manager_name")]
        table = compute(function, frames, month)
        company = table["manager_id"] == EVERYONE
        if not company.any():
            assert table.empty or "client_id" in table  # clients have no sum among them
            continue
        table["_"] = 0
        columns = list(about.adds_up)
        whole = table[company].groupby([*keys, "_"])[columns].sum()
        parts = table[~company].groupby([*keys, "_"])[columns].sum()
        parts, whole = parts.align(whole, fill_value=0)
        with told(name):
            np.testing.assert_allclose(parts.astype(float), whole.astype(float), atol=1e-6)


def viewers(book) -> list[Viewer]:
    """Two managers, two together, and a team where there is one."""
    ids = [manager for manager in book.manager_ids if not manager.startswith("(")]
    chosen = [*((one,) for one in ids[:: len(ids) // 2 + 1]), tuple(ids[:2])]
    teams = sorted(set(book.managers["team"].dropna()))[:1]
    return [*(Viewer(role="manager", manager_ids=each) for each in chosen),
            *(Viewer(role="lead", teams=(team,)) for team in teams)]  # fmt: skip


def lacks_a_table(function, book) -> bool:
    """Whether the data have no source table that a table cannot do without."""
    return not arguments.can_make(book, function)


@functools.cache
def scoped(folder: Path) -> list[RememberingBook]:
    """The whole book, and one for each of these: opened once, for their frames are read once."""
    whole = RememberingBook(store.snapshot(folder), Viewer())
    return [whole, *(RememberingBook(store.snapshot(folder), each) for each in viewers(whole))]


HOW_TO_REACH = ["phone", "email", "tags"]  # only by who owns the client now
# Months back from the last complete one, the window, and which books are asked (all, every other
# one, or one of them): new, running over, old, the first year.
MOMENTS = ((0, 12, slice(None)), (5, 3, slice(1, None, 2)), (13, 12, slice(0, 1)),
           (30, 12, slice(1, 2)))  # fmt: skip


@pytest.mark.parametrize("name", MONTHLY)
@pytest.mark.parametrize("source", ["sample", "adventureworks"])
def test_scope(name, source, request):
    """Rows from a scoped book are the same rows of the full one, for months old and new of the
    sample; and where one manager is chosen of all, the company's row beside it is the company's."""
    full, *own_books = scoped(request.getfixturevalue(f"{source}_store"))
    function = MONTHLY[name]
    is_everybodys = function.about.stored == "all"
    is_everybodys |= bool(
        {"fate_sales", "group_shares", "discount_peers"} & {*inspect.signature(function).parameters}
    )
    if lacks_a_table(function, full):  # then both say so
        for book in (full, *own_books):
            with pytest.raises(ClientOpsError, match="this needs the table"):
                book.compute(function)
        return
    for months_ago, window, asked in MOMENTS if source == "sample" else MOMENTS[:1]:
        month = full.month - pd.DateOffset(months=months_ago)
        changed = {"window_months": window} if window != 12 and takes_a_window(function) else {}
        table = full.compute(function, month, **changed)
        if "manager_id" in table and not months_ago:
            chosen = full.of_managers(full.manager_ids[1:2])
            shown = table["manager_id"].isin([EVERYONE, *full.manager_ids[1:2]])
            pd.testing.assert_frame_equal(
                chosen.compute(function, month, **changed), table[shown].reset_index(drop=True)
            )
        for own in own_books[asked]:
            if is_everybodys and changed:
                with pytest.raises(ClientOpsError, match="rests on clients of the whole company"):
                    own.compute(function, month, **changed)
                continue
            seen = own.compute(function, month, **changed)
            by_dimension = "dimension" in table and "manager_id" not in table
            if by_dimension and function.about.stored:  # the company's rows are stored
                of_managers = table["dimension"] == "manager"
                shown = of_managers & table["key"].isin(own.manager_ids)
                shown |= ~of_managers if not changed else False
                pd.testing.assert_frame_equal(seen, table[shown].reset_index(drop=True))
                continue
            if "manager_id" not in table:
                chosen = full.of_managers(own.manager_ids)
                expected = chosen.compute(function, month, **changed)
                if "who" in expected:  # what others did stays, without their names
                    is_other = expected["who"].notna() & ~expected["who"].isin(own.manager_ids)
                    expected["who"] = expected["who"].mask(is_other, schema.OTHERS)
                    seen, expected = (each.sort_values([*each], ignore_index=True)
                                      for each in (seen, expected))  # fmt: skip
                pd.testing.assert_frame_equal(seen, expected)
                continue
            expected = table[table["manager_id"].isin(own.manager_ids)].copy()
            for column in expected.columns.intersection(HOW_TO_REACH):
                is_gone = ~expected["client_id"].isin(own.owned)
                expected[column] = expected[column].mask(is_gone)
            company = seen[seen["manager_id"] == EVERYONE]
            if len(company):
                assert not changed
                expected = pd.concat([expected, table[table["manager_id"] == EVERYONE]])
            keys = list(table.columns)
            pd.testing.assert_frame_equal(
                seen.sort_values(keys, ignore_index=True),
                expected.sort_values(keys, ignore_index=True),
            )
