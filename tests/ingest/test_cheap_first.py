"""What is looked for cheaply first is all that the thorough expression may find."""

import itertools
import sys

import duckdb

from clientops.ingest import quality, sql, totals

SAYS = ["итого", "всего", "grand total", "sub-total", "zwischensumme", "барлығы", "sum"]
PARTS = ["", *SAYS, " ", ":", "x", "ё", "5", "\n", "—", "é", "№"]
TEXTS = ["".join(parts) for parts in itertools.product(PARTS, repeat=3)]


def matching(pattern: str) -> set[str]:
    """Which of the texts the engine finds."""
    asked = f"select t from (select unnest(?) as t) where regexp_matches(t, {sql.quoted(pattern)})"
    return {row[0] for row in duckdb.execute(asked, [TEXTS]).fetchall()}


def test_every_label_of_a_total_is_hinted_at():
    labels, hints = matching(totals.LABEL), matching(totals.HINT)
    assert {"итого", "всего:x", "x—sum", "5 барлығы"} <= labels
    assert labels <= hints < {*TEXTS}


def test_every_letter_may_be_of_a_name():
    signs = [chr(code) for code in range(1, sys.maxunicode) if not 0xD800 <= code < 0xE000]
    con = duckdb.connect()
    asked = "select list(t) from (select unnest(?) as t) where regexp_matches(t, '\\p{L}')"
    letters = con.execute(asked, [signs]).fetchone()[0]
    con.execute("create table texts as select unnest(?) as x", [[sign * 3 for sign in letters]])
    missed = quality._ARE_NAMES.replace("bool_or(", "bool_and(")
    assert len(letters) > 100_000 and con.execute(missed).fetchone()[0]
    con.execute("update texts set x = 'C-1 07'")
    assert not con.execute(quality._ARE_NAMES).fetchone()[0]
