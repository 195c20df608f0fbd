"""Tables as files: read back, they are what was written."""

import io
import sys

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pytest

from clientops import display, words
from clientops.errors import ClientOpsError
from clientops.schema import table

NAMES = ["=1+1", "+1", "-1", "@SUM(A1)", "<script>", "#N/A", "TRUE", "1e5", "a\x00b\x0bc",
         "two\nlines", "return\rhere", "\r\nboth", 'quote"d, a; b', "Ж\u202f1", None]  # fmt: skip


@table(
    "month:month client_id:id client_name:name * revenue:money clients:count? purchases:count "
    "a_share:share last_on:date regular:flag empty_text:text empty_number:number empty_day:date"
)
def made() -> None:
    """A table that says what such columns are."""


def frame() -> pd.DataFrame:
    """Every type that a table may hold, with a gap in each."""
    rows = len(NAMES)
    days = pd.Series(pd.date_range("2026-01-01", periods=rows, freq="MS")).astype("datetime64[us]")
    gap = np.arange(rows) == 3
    return pd.DataFrame(
        {
            "month": days,
            "client_id": pd.Categorical([f"C{number:02}" for number in range(rows)]),
            "client_name": pd.Series(NAMES, dtype="str"),
            "revenue": pd.Series(np.arange(rows) / 3 + 1e6).mask(gap),
            "clients": pd.Series(range(rows), dtype="Int64").mask(gap),
            "purchases": pd.Series(range(rows), dtype="int64"),
            "a_share": pd.Series(1 / (np.arange(rows) + 3)).mask(gap),
            "last_on": (days + pd.Timedelta(days=3)).mask(gap),
            "happened_at": (days + pd.Timedelta(hours=3)).mask(gap),
            "regular": pd.Series([True, False] * rows, dtype="boolean")[:rows].mask(gap),
            "empty_text": pd.Series([None] * rows, dtype="str"),
            "empty_number": np.full(rows, np.nan),
            "empty_day": pd.Series([pd.NaT] * rows, dtype="datetime64[us]"),
        }
    )


def lines(text: str | None) -> str | None:
    return text and text.replace("\r\n", "\n").replace("\r", "\n")


def printable(text: str | None) -> str | None:
    return text and lines(text.replace("\x00", "").replace("\x0b", ""))


@pytest.mark.parametrize(
    ("text", "written"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
     ("+A1", "'+A1"), ("+372 512-34 (56)", None), ("-50.00", None), ("-1,234.5", None), ("-", None),
     ("--", None), ("-- A", "'-- A"), ("=", None), ("a=1", None), ("AX", None)],
)  # fmt: skip
def test_a_text_is_no_formula_in_csv(text, written):
    frame = pd.DataFrame({"name": [text], "n": [-1.5]})
    read = pd.read_csv(io.StringIO(display.csv_text(frame)), dtype=str, keep_default_na=False)
    assert read.loc[0].tolist() == [written or text, "-1.5"]


def test_csv_read_back_is_the_table(tmp_path):
    table = frame()
    display.write(table, tmp_path / "x.csv")
    content = (tmp_path / "x.csv").read_bytes()
    assert content.decode("utf-8") == display.csv_text(table)
    assert b"\r" not in content
    assert content.startswith(b"month,client_id,")
    read = pd.read_csv(
        tmp_path / "x.csv", dtype={"client_id": "str", "client_name": "str", "empty_text": "str",
        "clients": "Int64", "regular": "boolean"},
        keep_default_na=False, na_values={name: [""] for name in table}, quotechar='"',
        parse_dates=["month", "last_on", "happened_at", "empty_day"], lineterminator="\n",
    )  # fmt: skip
    table["client_name"] = table["client_name"].map(lines, na_action="ignore")
    table["client_name"] = table["client_name"].replace({"=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)"})
    table["client_id"] = table["client_id"].astype("str")
    pd.testing.assert_frame_equal(read.astype(table.dtypes), table)


def test_csv_writes_dates_in_iso_and_all_digits():
    table = pd.DataFrame({"month": [pd.Timestamp("2026-10-01")], "share": [1 / 3], "n": [-0.5]})
    assert display.csv_text(table) == "month,share,n\n2026-10-01,0.3333333333333333,-0.5\n"


def test_a_workbook_read_back_is_the_table(tmp_path):
    table = frame()
    with words.telling(made.about):
        display.write(table, tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    header, *rows = sheet.iter_rows()
    assert [cell.value for cell in header] == list(table)
    assert all(cell.font.bold for cell in header)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:M16")
    for row, expected in zip(rows, table.itertuples(index=False), strict=True):
        cells = dict(zip(table, row, strict=True))
        wanted = expected._asdict()
        wanted["client_name"] = printable(None if pd.isna(wanted["client_name"])
                                          else wanted["client_name"])  # fmt: skip
        for name, cell in cells.items():
            value = wanted[name]
            if isinstance(value, float) and not pd.isna(value):  # a workbook holds 16 digits
                value = pytest.approx(value, rel=1e-15)
            assert cell.value == (None if value is pd.NA or value != value else value), name
            assert cell.data_type != "f"
        assert cells["client_id"].data_type == "s"
        assert cells["month"].is_date
        assert cells["month"].number_format == "yyyy-mm"
    assert rows[0][3].number_format == "#,##0.00"
    assert rows[0][6].number_format == "0.0%"


def test_names_in_a_workbook_are_texts_whatever_they_look_like(tmp_path):
    display.write(frame(), tmp_path / "x.xlsx")
    column = openpyxl.load_workbook(tmp_path / "x.xlsx").active["C"][1:]
    assert {cell.data_type for cell in column if cell.value is not None} == {"s"}
    assert [cell.value for cell in column[:4]] == NAMES[:4]
    assert [cell.quotePrefix for cell in column[:5]] == [True, True, True, True, False]


def test_parquet_read_back_is_the_table(tmp_path):
    table = frame()
    display.write(table, tmp_path / "o'clock.parquet")
    with duckdb.connect() as con:
        read = con.read_parquet(str(tmp_path / "o'clock.parquet"))
        types = dict(zip(read.columns, map(str, read.types), strict=True))
        back = read.df()
    assert types["month"] == types["last_on"] == types["empty_day"] == "TIMESTAMP"
    assert (types["clients"], types["revenue"], types["client_name"]) == (
        "BIGINT", "DOUBLE", "VARCHAR",
    )  # fmt: skip
    assert back.isna().equals(table.isna())
    pd.testing.assert_frame_equal(back.astype(table.dtypes), table)


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_a_table_without_rows_keeps_its_columns(tmp_path, ending):
    path = tmp_path / f"x.{ending}"
    display.write(frame()[:0], path)
    if ending == "csv":
        columns = path.read_text(encoding="utf-8").strip().split(",")
    elif ending == "xlsx":
        columns = [cell.value for cell in openpyxl.load_workbook(path).active[1]]
    else:
        columns = duckdb.read_parquet(str(path)).columns
    assert columns == list(frame())


def test_endings_do_not_depend_on_case(tmp_path):
    display.write(frame(), tmp_path / "X.CSV")
    assert (tmp_path / "X.CSV").read_bytes().decode("utf-8") == display.csv_text(frame())


@pytest.mark.parametrize(
    ("name", "said"),
    [("x.doc", "known: .csv, .xlsx, .parquet"), ("x", "unknown ending"),
     ("none/x.csv", "no such folder"), ("folder.csv", "in the way")],
)  # fmt: skip
def test_where_a_table_cannot_go_nothing_is_written(tmp_path, name, said):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ClientOpsError, match=said):
        display.write(frame(), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


def test_too_many_rows_for_a_worksheet_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(display, "_MOST_ROWS", len(NAMES))
    with pytest.raises(ClientOpsError, match="more than a worksheet holds"):
        display.write(frame(), tmp_path / "x.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_a_disk_that_fails_leaves_the_file_that_was_there(tmp_path, monkeypatch, ending):
    path = tmp_path / f"x.{ending}"
    path.write_text("before", encoding="utf-8")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "replace", full)
    with pytest.raises(ClientOpsError, match=rf"x\.{ending}: No space left on device"):
        display.write(frame(), path)
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such modes")
def test_a_written_file_has_the_mode_of_any_new_file(tmp_path):
    display.write(frame(), tmp_path / "x.csv")
    (tmp_path / "other").touch()
    assert (tmp_path / "x.csv").stat().st_mode == (tmp_path / "other").stat().st_mode
