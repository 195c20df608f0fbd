"""What one text means, and what only all texts of a column tell."""

import pytest

from clientops.ingest import values

NBSP, NARROW, THIN, FIGURE = "\u00a0", "\u202f", "\u2009", "\u2007"


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("5", "5.0000"),
        ("5.", "5.0000"),
        (".5", "0.5000"),
        ("+5", "5.0000"),
        ("007", "7.0000"),
        ("-1234.56", "-1234.5600"),
        ("−1234.56", "-1234.5600"),  # a minus sign, then two dashes
        ("–12.5", "-12.5000"),
        ("‒12.5", "-12.5000"),
        ("- 12.5", "-12.5000"),
        ("(12.50)", "-12.5000"),
        ("(1,234.56)", "-1234.5600"),
        ("12.50-", "-12.5000"),
        ("12.50−", "-12.5000"),
        ("'-12.50", "-12.5000"),  # kept a text by an apostrophe
        ("1,23,456.50", "123456.5000"),  # lakhs
        ("1,00,00,000", "10000000.0000"),
        ("1 234,50 руб.", "1234.5000"),
        ("₽ 50", "50.0000"),
        ("-€5", "-5.0000"),
        ("€ -5", "-5.0000"),
        ("(5 EUR)", "-5.0000"),
        ("CHF 1'250.00", "1250.0000"),
        ("5 %", "0.0500"),
        ("1 234 567.89", "1234567.8900"),
        (f"1{NBSP}234{NBSP}567,89", "1234567.8900"),
        (f"1{NARROW}234,5", "1234.5000"),
        (f"1{THIN}234{FIGURE}567", "1234567.0000"),
        ("1'234'567.89", "1234567.8900"),
        ("1’234.5", "1234.5000"),
        ("1,234,567", "1234567.0000"),
        ("1.234.567", "1234567.0000"),
        ("1.234,56", "1234.5600"),
        ("1e3", "1000.0000"),
        ("1.5E-3", "0.0015"),
        ("-1.e2", "-100.0000"),
        ("0.00005", "0.0001"),  # half up, away from zero
        ("-0.00005", "-0.0001"),
        ("0.00004999", "0.0000"),
        ("-0.00001", "0.0000"),
        ("99999999999999.9999", "99999999999999.9999"),
    ],
)
def test_a_number_is_read_however_it_is_written(text, means):
    assert values.number(text) == means


@pytest.mark.parametrize(
    "text",
    ["n/a", "-", "--5", "-5-", "(-5)", "1_000", "infinity", "nan", "0x10", "1 00", "12 34",
     "1,2,34,567",
     "1.2.3", "12.345,67.8", "1,2,3", "5 kg", "5 EUR USD", "(5", "5)", "1e", "1e3.5",
     "1e99999999999999999999",
     "100000000000000", "99999999999999.99995", "1e14", "123456789012345678901234567890"],
)  # fmt: skip
def test_what_is_no_number_or_too_large_is_not_read(text):
    assert values.number(text) is None


@pytest.mark.parametrize(
    ("text", "mark", "means"),
    [
        ("1,234", ".", "1234.0000"),
        ("1,234", ",", "1.2340"),
        ("1.234", ".", "1.2340"),
        ("1.234", ",", "1234.0000"),
        ("12,5", ".", "12.5000"),  # can be read only one way, so it is
        ("12.5", ",", "12.5000"),
        ("0.125", ",", "0.1250"),
    ],
)
def test_the_decimal_mark_decides_only_what_can_be_read_both_ways(text, mark, means):
    assert values.number(text, mark) == means


@pytest.mark.parametrize(
    ("texts", "mark", "doubtful"),
    [
        (["1", "20"], ".", None),
        ([], ".", None),
        (["1.234", "5"], ".", "1.234"),
        (["1.234", "2.5"], ".", None),
        (["1.250", "1.250.000"], ",", None),
        (["1,234", "12.50"], ".", None),
        (["1,234", "12,50"], ",", None),
        (["1.234", "12,50"], ",", None),
        (["1.234", "0,125"], ",", None),
        (["1,234", "1.234.567"], ",", None),
        (["1,234", "1,234.5"], ".", None),
        (["1,234", "7"], ".", "1,234"),
        (["1,234", "n/a"], ".", "1,234"),
        (["1,234", "12,50", "12.50"], ".", "1,234"),  # both marks are shown
        (["1.234", "12,50", "12.50"], ".", "1.234"),
        (["12,50", "12.50"], ".", None),  # each can be read only one way
    ],
)
def test_the_decimal_mark_is_decided_from_all_numbers(texts, mark, doubtful):
    assert values.decimal_mark(texts) == (mark, doubtful)
    assert values.decimal_mark(texts[::-1]) == (mark, doubtful)


@pytest.mark.parametrize(
    ("texts", "order", "doubtful"),
    [
        (["13.01.2024", "01.02.2024"], "dmy", None),
        (["01/13/2024", "01/02/2024"], "mdy", None),
        (["2024-01-02", "2024-12-31"], "dmy", None),
        (["03.03.2024"], "dmy", None),  # either way the same day
        (["03/04/2024", "03.03.2024"], None, "03/04/2024"),
        (["03.04.2024"], "dmy", None),  # no country writes the month first with dots
        (["03.04.2024", "04.13.2024"], "mdy", None),
        (["03/04/2024", "13/01/2024", "01/13/2024"], None, "03/04/2024"),
        (["13/01/2024", "14/01/2024", "01/13/2024", "03/04/2024"], "dmy", None),
        ([], "dmy", None),
    ],
)
def test_the_order_of_dates_is_decided_from_all_values(texts, order, doubtful):
    assert values.date_order(texts) == (order, doubtful)
    assert values.date_order(texts[::-1]) == (order, doubtful)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2024-03-04", "dmy", "2024-03-04"),
        ("2024-3-4", "mdy", "2024-03-04"),
        ("2024/03/04", "dmy", "2024-03-04"),
        ("2024.03.04", "dmy", "2024-03-04"),
        ("04.03.2024", "dmy", "2024-03-04"),
        ("4/3/2024", "dmy", "2024-03-04"),
        ("03/04/2024", "mdy", "2024-03-04"),
        ("04-03-2024", "dmy", "2024-03-04"),
        ("04.03.2024 23:59:59", "dmy", "2024-03-04"),
        ("2024-03-04T23:59:59Z", "dmy", "2024-03-04"),
        ("2024-02-29", "dmy", "2024-02-29"),
        ("1970-01-01", "dmy", "1970-01-01"),
        ("2100-12-31", "dmy", "2100-12-31"),
    ],
)
def test_a_date_is_read_in_its_order(text, order, day):
    assert values.date(text, order) == day


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2023-02-29", "32.01.2024", "04.03.24", "24-03-04", "2024-03", "2024-13-01",
     "2024-03.04", "2024-03-0004", "004.03.2024", "04.03.20245", "0001-01-01", "1969-12-31",
     "2101-01-01", "2999-01-01", "2024-03-04 25:00", "2024-03-04 24:00:00", "2024-03-04 late",
     "45355", "20240304", "infinity", "epoch"],
)  # fmt: skip
def test_what_is_no_date_from_1970_to_2100_is_not_read(text):
    assert values.date(text) is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-03-04", "2024-03-04 00:00:00"),
        ("2024-03-04T10:05", "2024-03-04 10:05:00"),
        ("2024-03-04 10:05:06.5", "2024-03-04 10:05:06.500000"),
        ("2024-03-04 10:05:06,1234567", "2024-03-04 10:05:06.123456"),
        ("2024-03-04T10:05:06+02:00", "2024-03-04 10:05:06"),  # the clock on the wall
        ("2024-03-04T10:05:06-0500", "2024-03-04 10:05:06"),
        ("04.03.2024 9:05", "2024-03-04 09:05:00"),
        ("04.03.2024, 9:05", "2024-03-04 09:05:00"),
        ("04/03/2024 3:45:00 PM", "2024-03-04 15:45:00"),
        ("04/03/2024 12:05 am", "2024-03-04 00:05:00"),
        ("04/03/2024 12:05 p.m.", "2024-03-04 12:05:00"),
        ("04/03/2024 13:05 PM", None),
        ("2024-03-04 10:5", None),
    ],
)
def test_a_time_is_read_as_written(text, time):
    assert values.timestamp(text) == time


@pytest.mark.parametrize(
    ("text", "month"),
    [("2024-03", "2024-03-01"), ("2024-03-31", "2024-03-01"), ("31.03.2024", "2024-03-01"),
     ("2024-13", None), ("March", None)],
)  # fmt: skip
def test_a_month_is_its_first_day(text, month):
    assert values.month(text) == month


@pytest.mark.parametrize(
    ("text", "whole"),
    [("3", "3"), ("-3", "-3"), ("3.0", "3"), ("3,0", "3"), ("1 000", "1000"), ("3.5", None),
     ("0.00001", None), ("three", None)],
)  # fmt: skip
def test_a_whole_number_has_no_fraction(text, whole):
    assert values.integer(text) == whole


@pytest.mark.parametrize(
    ("text", "answer"),
    [("yes", "true"), ("Y", "true"), ("TRUE", "true"), ("1", "true"), ("1.0", "true"),
     ("да", "true"), ("no", "false"), ("f", "false"), ("0", "false"), ("Нет", "false"),
     ("2", None), ("maybe", None), ("on", None)],
)  # fmt: skip
def test_yes_and_no_are_read(text, answer):
    assert values.boolean(text) == answer
