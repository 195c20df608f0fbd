"""Rows that are totals of the rows above or below them: left out, and listed.

A report's footer (`Итого`, `Grand total`, a name's subtotal) is recognised by its label *and* its
sum: a client who is called Total stays one. Rows of which only a name and an amount are known are
looked at too.
"""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from clientops import schema
from clientops.ingest import sql

# At the beginning or at the end of a text in lower case, for the engine and for Python.
WORDS = (
    "итоги?|итого|подытог|всего|(grand|sub|general)?[ -]?totals?|(gesamt|zwischen|end)?summe|"
    "gesamt|insgesamt|ergebnis|totaal|suma|razem|totale|sum|somme|jami|барлығы|разом|усього"
)
# Every label matches this, too, and it compiles faster: \p{L} takes milliseconds.
HINT = rf"^({WORDS})($|[^a-z\d])|(^|[^a-z\d])({WORDS})[: ]*$"
LABEL = rf"^({WORDS})([^\p{{L}}\d].*)?$|^.*[^\p{{L}}\d]({WORDS})[: ]*$"
_OF = re.compile(rf"^({WORDS})\b(?:\s+(?:по|за|for|of|für))?[\s:]*|[\s:,-]*\b({WORDS})[\s:]*$")
_TOTAL = re.compile(rf"({WORDS})([\W\d_].*)?")
_MANY = 5000  # candidates: more are no totals but names


def is_label(text: str) -> bool:
    """Whether a text begins as the label of a total does."""
    return _TOTAL.fullmatch(text.lower()) is not None


def leave_out(con: sql.Connection, table: schema.Table, texts: Iterable[str]) -> None:
    """Note in `rejects` and `bad_rows` the rows of `parsed` that are totals of other rows."""
    money = schema.MONEY_OF.get(table.name)
    names = [c.name for c in table.columns if c.name in set(texts) and c.name != money]
    if not money or not names:
        return
    required = [name for name in table.required if name != money]
    known = [f"(parsed.{name} is not null)::integer" for name in required]
    hints = " or ".join(f"regexp_matches(lower({name}), {sql.quoted(HINT)})" for name in names)
    (is_hinted,) = con.execute(f"select coalesce(bool_or({hints}), false) from raw").fetchone()
    is_label = "regexp_full_match(lower(raw.{name}), {label})" if is_hinted else "false"
    labels = [is_label.format(name=name, label=sql.quoted(LABEL)) for name in names]
    first = " ".join(
        f"when {test} then raw.{name}" for test, name in zip(labels, names, strict=True)
    )
    con.execute(
        "create or replace temp table candidates as select * exclude (said), coalesce(said, '') as "
        f"label from (select parsed.row, raw.file, raw.line, case {first} end as said, "
        f"{' + '.join(known)} as known, "
        f"coalesce({', '.join(f'raw.{name}' for name in names)}, '') as name from parsed "
        f"join raw on raw.rowid = parsed.row where parsed.{money} is not null) "
        f"where said is not null or known < {min(2, len(required))}"
    )
    (found,) = con.execute("select count(*) from candidates").fetchone()
    if not 0 < found <= _MANY:
        return
    columns = ", ".join(f"raw.{name}" for name in names)
    accepted = []
    files = con.execute("select distinct file from candidates order by file").fetchall()
    for (file,) in files:
        rows = con.execute(
            f"select parsed.row, {schema.whole(f'parsed.{money}')} as amount, "
            f"{columns} from parsed join raw on raw.rowid = parsed.row where raw.file = ? "
            "order by parsed.row", [file]).df()  # fmt: skip
        here = con.execute("select * from candidates where file = ? order by row", [file]).df()
        accepted += _totals(rows, here, names, len(required))
    if accepted:
        left = pd.DataFrame(accepted, columns=["row", "of"])
        sql.show(con, "left_out", left)
        con.execute(
            f"insert into rejects select {sql.quoted(table.name)}, file, line, "
            f"{sql.quoted(table.columns[0].name)}, "
            "coalesce(nullif(label, ''), name), 'total of ' || \"of\" || ' rows: left out' "
            "from left_out join candidates using (row) order by row"
        )
        con.execute("insert into bad_rows select row, 'total' from left_out")


def _totals(
    rows: pd.DataFrame, candidates: pd.DataFrame, names: list[str], required: int
) -> list[tuple[int, int]]:
    """The candidates that are sums, each with the number of rows it is the sum of.

    A sum runs over the rows between two candidates (or an end of the file), or over the rows of
    the name in its label.
    """
    at = rows["row"].searchsorted(candidates["row"].to_numpy())
    amounts = rows["amount"].fillna(0).to_numpy(dtype=np.int64)
    is_line = np.ones(len(rows), dtype=bool)
    is_line[at] = False
    sums = np.concatenate([[0], np.cumsum(np.where(is_line, amounts, 0))])
    counts = np.concatenate([[0], np.cumsum(is_line)])
    edges = np.unique(np.concatenate([[0], at, [len(rows)]]))
    found = {}
    for row, place, each in zip(candidates["row"], at, candidates.itertuples(), strict=True):
        amount, is_whole = amounts[place], each.known == required
        sizes = np.abs(counts[edges] - counts[place])
        near = np.abs(np.abs(sums[edges] - sums[place]) - abs(amount))
        # Signs alone: the product of two amounts would overflow.
        signed = np.sign(sums[edges] - sums[place]) * np.where(edges > place, 1, -1)
        signed = signed * np.sign(amount) > 0
        enough = sizes >= (2 if is_whole or not each.label else 1)
        fits = near <= _tolerance(sizes, amount)
        hits = sizes[enough & fits & signed]
        if (each.label or not is_whole) and not len(hits) and amount:
            hits = _of_name(rows, is_line, amounts, names, each.label or each.name, amount)
        if len(hits):
            found[row] = int(max(hits))
    # A name that has rows which are no sums is somebody's name.
    whole = candidates[(candidates["known"] == required) & (candidates["label"] != "")]
    names_of_lines = set(whole[~whole["row"].isin(found)]["label"])
    somebody = set(whole[whole["label"].isin(names_of_lines)]["row"])
    return [(row, of) for row, of in found.items() if row not in somebody]


def _tolerance(sizes: np.ndarray | int, amount: int) -> np.ndarray:
    """How far a sum of rounded amounts may be off, in ten-thousandths: half a cent a row."""
    return np.minimum(50 * np.asarray(sizes), abs(int(amount)) // 10_000) + 50


def _of_name(
    rows: pd.DataFrame, is_line: np.ndarray, amounts: np.ndarray, names: list[str],
    label: str, amount: int,
) -> np.ndarray:  # fmt: skip
    """The number of rows of the name in a label, where the amount is their sum; else none."""
    name = _OF.sub("", label.lower()).strip(" :.,-")
    for column in names if name else ():
        mine = is_line & (rows[column].str.lower() == name).to_numpy(dtype=bool, na_value=False)
        size = int(mine.sum())
        if size and abs(amounts[mine].sum() - amount) <= _tolerance(size, amount):
            return np.array([size])
    return np.array([], dtype=int)
