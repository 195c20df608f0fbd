"""What the build says of exports, as it reads them, in `data_quality` and among the rejects, with
`{…}` for what it puts in there. The checks of ingest/quality.py stand where they are made.
"""

import functools
import re

from clientops.words.columns import N_

NOTICES = (
    N_("reading {table}"),
    # why a row is rejected
    N_("empty"),
    N_("a word for nothing"),
    N_("not a date from 1970 to 2100"),
    N_("not a month from 1970 to 2100"),
    N_("not the first day of a month from 1970 to 2100"),
    N_("not a time from 1970 to 2100"),
    N_("not an amount of money"),
    N_("not a number"),
    N_("not a whole number"),
    N_("neither yes nor no"),
    N_("not from {low} to {high}"),
    N_("after the day of the build, {day}; data_until says otherwise"),
    N_("empty below a value: where cells were merged, {key} takes the value above"),
    N_("total of {number} rows: left out"),
    N_("repeats the key of an earlier row"),
    N_("stands in {file} too: counted there (dedupe)"),
    N_("a group without rows"),
    N_("{found} columns instead of {wanted} in the quoted text of lines {first} to {last}"),
    N_("{found} columns instead of {wanted}"),
    # what is odd, but read
    N_("({share}) of the rows"),
    N_("({share}) of the money"),
    N_("more rejected than max_reject_share: a build stops"),
    N_("{column} adds up to {found}, not to the {wanted} of control: a build stops"),
    N_("column {column} is not in {files}: empty there"),
    N_("sheets read together: {sheets}"),
    N_("sheet {sheet} is not read"),
    N_("hidden sheet {sheet} is not read"),
    N_("{column} is empty below a value: where cells were merged, {key} takes the value above"),
    N_("{column} is a word for nothing: read as empty"),
    N_("row is hidden or filtered out in the workbook: read all the same"),
    N_("row of a form is not filled in: left out"),
    N_("row ends early: the cells missing at its end are empty"),
    N_("the header stands among the rows again: left out"),
    N_("total row of a report: left out"),
    N_("group row became a column (groups)"),
    N_("zero bytes in the line: read past"),
    N_("identical rows in one file: all are kept"),
    N_("row stands in another file too: both are kept"),
    N_("document stands in several files with equal lines: all are kept"),
    N_("document stands in several files with other lines: all are kept"),
    N_("{columns} and amount are those of another file under another {document}: a second export, "
       "perhaps; all are kept"),
    N_("several rows that differ only in {columns}: joined into one"),
    N_("one amount on every line of a document: counted once, divided over its lines"),
    N_("more than ten times its revenue, or less than a tenth: is the plan in pieces or in "
       "thousands?"),
)  # fmt: skip
# What msgspec says of a setting, and the kinds of values in the rules of categories.
_SETTINGS = (
    *(N_("text"), N_("number"), N_("day")),
    N_("expected `{wanted}`, got `{found}`"),
    N_("expected `{wanted}`"),
    N_("expected `{wanted}` of length {length}, got {found}"),
    N_("expected `{wanted}` matching regex {pattern}"),
    N_("expected `{wanted}` {limit}"),
    N_("invalid enum value {value}"),
)


@functools.cache
def matched(text: str) -> tuple[str, dict[str, str]]:
    """The notice that the text is, and what stands in it; the text itself where it is none."""
    for notice in (*NOTICES, *_SETTINGS):
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(notice))
        if found := re.fullmatch(pattern, text):
            return notice, found.groupdict()
    return text, {}
