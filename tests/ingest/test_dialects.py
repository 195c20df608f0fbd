"""Files in random dialects give the same frame back or ask; mangled ones never lose a row.

`make bench` tries thousands of them.
"""

import datetime
import decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest import dialects

CALM = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=50, **CALM)
@given(st.lists(dialects.LINE, min_size=3, max_size=12), dialects.DIALECT)
def test_a_frame_comes_back_from_every_dialect(lines, dialect):
    dialects.check_dialect(lines, dialect)


@settings(max_examples=50, **CALM)
@given(dialects.MANGLING)
def test_mangled_files_end_in_one_line_or_in_rows(mangling):
    dialects.check_mangled(mangling[0], dialects.mangled(*mangling))


def test_a_currency_alone_tells_its_language():
    """Of letters that are as frequent in Greek: `руб` is `πσα` there."""
    ways = {"encoding": "cp1251", "delimiter": ",", "amounts": "ru", "dates": "%Y-%m-%d",
            "title": False, "blank": False, "minus": "-", "total": False,
            "newline": "\n"}  # fmt: skip
    line = (datetime.date(2024, 1, 1), "Alfa", decimal.Decimal(5))
    found = dialects.read("shipments.csv", dialects.written([line] * 5, ways))
    assert found == ([line] * 5, (5, 5, 0))
