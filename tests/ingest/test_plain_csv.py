"""The fast way in reads what the thorough way reads, or declines."""

import csv
import datetime
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import schema, store
from clientops.ingest import plain_csv, raw, shapes, tables, values
from clientops.settings import Source

HEADER = "shipment_id,shipped_on,client_id,revenue"
DAYS = st.dates(values.EARLIEST, values.LATEST)
TIMES = st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2100, 12, 31))
PLAIN = {
    "text": st.one_of(
        st.text("aZ09_-.,;'\"éЖ №#\n\t\u00a0\u200b\ufeff\u0301", min_size=0, max_size=6),
        st.sampled_from(["007", "1e5", "NULLE", "nanu", "x\u200b", "x\ufeff", "\u200bx", "=1"]),
    ).filter(lambda text: text.strip(values.BLANKS) not in values.NOTHING),
    "date": DAYS.map(str),
    "month": DAYS.map(str),
    "first_day": DAYS.map(lambda day: str(day.replace(day=1))),
    "timestamp": TIMES.flatmap(
        lambda time: st.sampled_from([time.isoformat(), time.isoformat(" "), str(time.date())])
    ),
    "integer": st.integers(-(10**13), 10**13).map(str),
    "boolean": st.sampled_from(["true", "false", "1", "0", "yes", "No", "T"]),
}
PLAIN["money"] = PLAIN["number"] = st.one_of(
    st.decimals(-(10**13), 10**13, allow_nan=False, places=6).map(str),
    st.floats(-1e9, 1e9).map(repr),
    st.integers(-(10**13), 10**13).map(str),
    st.sampled_from([" 5 ", "5.", ".5", "+5", "1e3", "1.e3", ".5E-2", "1.234", "-0", "0.00005"]),
)


def same_both_ways(folder, table: schema.Table, content: str, encoding: str = "utf-8") -> bool:
    """Read *content* fast and thoroughly; False where the fast way declines."""
    path = folder / f"{table.name}.csv"
    path.write_bytes(content.encode(encoding))
    con = store.connect()
    raw.make_rejects(con)
    if not plain_csv.load(con, table, Source(), [path]):
        return False
    fast = con.execute(f"from {table.name} order by all").fetchall()
    con.execute(f"drop table {table.name}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_csv, "load", lambda *_: False)
        result = tables.load(con, folder, table, Source())
    assert con.execute("from rejects").fetchall() == []
    assert con.execute(f"from {table.name} order by all").fetchall() == fast
    assert result.rows_read == result.rows_kept == len(fast)
    return True


def plain(column: schema.Column) -> st.SearchStrategy[str]:
    """Texts that a column may hold; some that look blank are, so they come where they may."""
    texts = PLAIN[column.type]
    if column.required:
        return texts.filter(lambda text: text.strip(values.BLANKS))
    return st.one_of(st.just(""), texts)


@pytest.mark.parametrize("name", ["shipments", "tickets", "calls", "plans", "clients"])
@settings(max_examples=8)
@given(data=st.data())
def test_the_fast_way_reads_what_the_thorough_way_reads(tmp_path, name, data):
    table = schema.TABLES[name]
    row = st.tuples(*map(plain, table.columns))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=data.draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerow(column.name for column in table.columns)
    key = (lambda cells: cells[0].strip(values.BLANKS)) if table.key else None
    rows = data.draw(st.lists(row, min_size=3, max_size=12, unique_by=key))
    writer.writerow(  # numbers that tell what a point is
        "0.5" if column.type in ("money", "number") else cell
        for column, cell in zip(table.columns, rows[0], strict=True)
    )
    writer.writerows(rows[1:])
    with pytest.MonkeyPatch.context() as patch:  # names by chance written once: see test_shapes
        patch.setattr(shapes, "below", lambda table: [])
        assert same_both_ways(tmp_path, table, out.getvalue())


@pytest.mark.parametrize(
    "line",
    ["S,2024-01-01,C,1", 'S,2024-01-01,"C\n1",1', "S,2024-1-1,C,1", "S, 2024-01-01 ,C, 1 ",
     "S,2024-01-01,C,1,,", 'S,2024-01-01, "C",1', 'S,2024-01-01,a"b,1', "S,2024-01-01,C,1e-7",
     "S,2024-01-01,\u00a0C\u200b,1", "\n\nS,2024-01-01,C,1", "S,2024-01-01,C,1.25",
     "S,2024-01-01,C,1,", 'S,2024-01-01,C,"1,5"', "S,2024-01-01,C,12 345 678"],
)  # fmt: skip
def test_plain_lines_go_the_fast_way(tmp_path, line):
    assert same_both_ways(tmp_path, schema.TABLES["shipments"], f"{HEADER}\n{line}\n")


@pytest.mark.parametrize(
    "line",
    ["S,2024-01-01,C,1_000", "S,2024-01-01,C,infinity", "S,2024-01-01,C,−1", "S,2024-01-01,C,",
     'S,2024-01-01,C,"1,250"', 'S,2024-01-01,C,"1,5,5"', 'S,2024-01-01,C,"1,5e3"',
     'S,2024-01-01,C,"1,234.50"', "S,2024-01-01,C,1 23", 'S,2024-01-01,C,"1,5"\nS,2024-01-01,C,2.5',
     "S,infinity,C,1", "S,01.01.2024,C,1", "S,24-01-01,C,1", "S,,C,1",
     "S,2024-01-01,\u00a0,1", "S,2024-01-01,C", "S,2024-01-01,C,1,x", 'S,2024-01-01,"C,1',
     "S,2024-01-01,NULL,1",
     "-,2024-01-01,C,1", "S,2024-01-01,#REF!,1", "S,2024-01-01,C,1.250", "Total,2024-01-31,C,1",
     "S,2024-01-31,Итого,1",
     "S,2024-01-01 10:00,C,1", "S,1969-12-31,C,1", "S,2101-01-01,C,1", "S,2024-01-01,C,1e14"],
)  # fmt: skip
def test_lines_that_need_a_second_look_go_the_thorough_way(tmp_path, line):
    content = f"{HEADER}\nS,2024-01-01,C,1\n{line}\n"
    assert not same_both_ways(tmp_path, schema.TABLES["shipments"], content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tickets", "ticket_id,opened_at,reopened\nT,2024-01-01,1.5\n"),
        ("tickets", "ticket_id,opened_at,reopened\nT,2024-01-01,0x10\n"),
        ("tickets", "ticket_id,opened_at\nT,2024-01-01 24:00:00\n"),
        ("tickets", "ticket_id,opened_at\nT,epoch\n"),
        ("tickets", "ticket_id,opened_at\nT,2024-01-01 10:00:00 UTC\n"),
        ("clients", "client_id\nC\nC\n"),
        ("managers", "\nmanager_id\nM\n"),  # DuckDB would take the second line for a manager
    ],
)
def test_what_duckdb_reads_otherwise_goes_the_thorough_way(tmp_path, name, content):
    assert not same_both_ways(tmp_path, schema.TABLES[name], content)


DOTTED = "S;{day};C;{money}\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize(
    ("day", "money"),
    [("31.10.2024", "-1234,5"), ("31.10.2024 9:05:00", "1 234,50"), ("01.02.2024", "1\u00a0234"),
     ("01.02.2024 23:59", "0,0001"), ("2024-02-01", " 7,10 ")],
)  # fmt: skip
def test_what_a_russian_program_writes_goes_the_fast_way(tmp_path, encoding, day, money):
    first = DOTTED.format(day=day, money="1,5").replace("C", "Клиент Ромашка")
    content = HEADER.replace(",", ";") + "\n" + first + DOTTED.format(day=day, money=money)
    assert same_both_ways(tmp_path, schema.TABLES["shipments"], content, encoding)


@pytest.mark.parametrize(
    "day",
    ["10.31.2024", "1.02.2024", "2024-02-01", "01.02.24", "31.02.2024", "01.02.2024 24:00",
     "01/02/2024", "Реализация от 01.02.2024"],
)  # fmt: skip
def test_other_days_than_dotted_ones_go_the_thorough_way(tmp_path, day):
    content = HEADER.replace(",", ";") + "\n" + DOTTED.format(day="01.02.2024", money="1,5")
    content += DOTTED.format(day=day, money="1")
    assert not same_both_ways(tmp_path, schema.TABLES["shipments"], content)


def test_times_with_dots_are_read_the_fast_way(tmp_path):
    content = "ticket_id;opened_at\nT;31.10.2024 9:05:07\nU;01.11.2024\n"
    assert same_both_ways(tmp_path, schema.TABLES["tickets"], content)


def test_a_quote_that_never_ends_goes_the_thorough_way(tmp_path):
    content = f'{HEADER}\n"S,2024-01-01,C,1\n' + 20_000 * "S,2024-01-01,C,1\n"
    assert not same_both_ways(tmp_path, schema.TABLES["shipments"], content)


def test_a_file_that_is_not_of_its_encoding_goes_the_thorough_way(tmp_path):
    path = tmp_path / "shipments.csv"
    text = f"{HEADER}\n" + 50_000 * "S,2024-01-01,Ромашка,1\n"
    path.write_bytes(text.encode("cp1251") + b"S,2024-01-01,\x98,1\n")
    source = Source(encoding="cp1251")
    assert not plain_csv.load(store.connect(), schema.TABLES["shipments"], source, [path])


@pytest.mark.parametrize(("written", "mark"), [("1.234", ","), ('"1,234"', ".")])
def test_a_decimal_mark_that_was_asked_for_goes_the_thorough_way(tmp_path, written, mark):
    path = tmp_path / "shipments.csv"
    path.write_text(f"{HEADER}\nS,2024-01-01,C,{written}\n", encoding="utf-8")
    table = schema.TABLES["shipments"]
    assert not plain_csv.load(store.connect(), table, Source(decimal=mark), [path])
