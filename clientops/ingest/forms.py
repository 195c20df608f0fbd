"""Forms: sheets that a workbook of ours holds to be filled in, handed back beside the exports.

A form of a table is a workbook whose name begins with the table's, with a sheet of the table's name
under our column names. Rows without what is to be filled in are blank, and no rejects.
"""

from pathlib import Path

from clientops import schema
from clientops.ingest import containers, files, headers, raw, sql, workbooks
from clientops.settings import Source


def of_table(data: Path, table: schema.Table, source: Source) -> list[Path]:
    """The forms of a table in the data folder, sorted by name; none of the files the source names.

    Raises ClientOpsError for a workbook that cannot be read.
    """
    if not table.filled_in:
        return []
    found = files.matching(data, f"{table.name}*.xlsx")
    named = files.matching(data, source.file) if source.file else []
    return [path for path in found if path not in named and _has_form(path, table)]


def leave_out_blanks(con: sql.Connection, table: schema.Table) -> None:
    """Take the rows of the table `raw` that nobody filled in, and note how many."""
    blank = f"{table.filled_in} is null"
    query = f"select count(*), null, min(file) from raw where {blank}"
    if raw.notice_rows(con, table, "row of a form is not filled in: left out", query):
        con.execute(f"delete from raw where {blank}")


def _has_form(path: Path, table: schema.Table) -> bool:
    """Whether the workbook has a sheet of the table's name, under our column names."""
    book = containers.opened(path)
    if table.name not in book.sheet_names:
        return False
    with containers.readable(path):
        rows = book.get_sheet_by_name(table.name).to_python(nrows=headers.HEAD)
    head = [[workbooks.cell_text(cell) for cell in row] for row in rows]
    fits = raw.fitting(table, Source())
    header = headers.found(head, fits)[1]
    return bool(fits(headers.names(header)))
