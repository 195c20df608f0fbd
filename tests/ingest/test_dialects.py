"""Files in random dialects give the same frame back or ask; mangled ones never lose a row.

`make bench` tries thousands of them.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest import dialects

CALM = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=100, **CALM)
@given(st.lists(dialects.LINE, min_size=3, max_size=12), dialects.DIALECT)
def test_a_frame_comes_back_from_every_dialect(lines, dialect):
    dialects.check_dialect(lines, dialect)


@settings(max_examples=100, **CALM)
@given(dialects.MANGLING)
def test_mangled_files_end_in_one_line_or_in_rows(mangling):
    dialects.check_mangled(mangling[0], dialects.mangled(*mangling))
