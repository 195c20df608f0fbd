"""Every sentence of portfolio, migration and regularity is true of its frame, and short."""

import inspect
import re

import numpy as np
import pandas as pd
import pytest

from clientops import findings, words
from clientops.words import docstrings
from tests.cards import cards
from tests.findings.claims import check

TOPICS = ("portfolio", "migration", "regularity")
CARDS = list({
    (card.table.function.__name__, card.says.__name__): card
    for topic in TOPICS for card in cards(topic)
}.values())  # fmt: skip
IDS = [card.says.__name__ for card in CARDS]
MONTHS = {
    "sample": ["2023-11", "2026-10", "2026-11"],
    "northwind": ["1996-07", "1997-12", "1998-05"],
    "adventureworks": ["2012-12", "2013-12"],
}
HOW_LONG = 290  # characters without names: two lines of a wide card, three where windows overlap


def said_of(card, frame: pd.DataFrame, subject: str, window: int = 12) -> str:
    takes_window = "window_months" in inspect.signature(card.says).parameters
    with words.telling(card.table.function.about, subject):
        return card.says(frame, **({"window_months": window} if takes_window else {}))


def parts(frame: pd.DataFrame) -> list[tuple[pd.DataFrame, str]]:
    """What pages show of a table, and whom they speak of: the company, teams, one manager beside
    it, one alone, nobody."""
    if "manager_id" not in frame:
        return [(frame, "*"), (frame, ""), (frame.iloc[:0], "*")]
    ids = frame["manager_id"]
    managers = sorted(set(ids) - {"*", "(unassigned)"})
    company = frame[ids == "*"]
    found = [(frame, "*"), (company, "*"), (frame.iloc[:0], "*"), (company.iloc[:1], "*")]
    found += [(frame[ids.isin(team)], "") for team in (managers, managers[:1], managers[1:4])]
    for one in (*managers, "nobody"):
        beside = frame[ids == one] if "client_id" in frame else frame[ids.isin(["*", one])]
        found += [(beside, one)]
    return found + [(frame[ids == one], one) for one in managers[:2]]


def assert_true(card, frame: pd.DataFrame, window: int = 12) -> None:
    for part, subject in parts(frame):
        said = said_of(card, part, subject, window)
        check(card.says.__name__, said, part, subject, window)
        names = part.get("manager_name", part.get("client_name", pd.Series(dtype="str")))
        assert is_short(said, set(names.dropna())), said


def is_short(said: str, names: set[str]) -> bool:
    """At most four numbers (the trend's; else three), each *of* a whole and each span as one."""
    for name in sorted(names, key=len, reverse=True):
        said = said.replace(name, "")
    length = len(said)
    said = re.sub(r"[A-Z][a-z]+ \d{4}|\d+ months?( each| to)?|and \d+ more", "", said)
    said = re.sub(r"([\d,.]+%?) (of|to) ([\d,.]+%?)", r"\1", said)
    return len(re.findall(r"\d[\d,.]*", said)) <= 4 and length <= HOW_LONG


@pytest.mark.parametrize("book", MONTHS)
@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_what_is_said_is_so(request, book, card):
    open_book = request.getfixturevalue(book)
    for month in MONTHS[book]:
        assert_true(card, open_book.compute(card.table.function, month, **card.table.settings))


def test_what_is_said_of_other_windows_is_so(sample):
    for card in CARDS:
        function = card.table.function
        if (
            "rules" in inspect.signature(function).parameters
            and "overdue" not in card.says.__name__
        ):
            assert_true(card, sample.compute(function, "2026-10", window_months=6), window=6)


TWO_WINDOWS = [
    card for card in CARDS if "from_month" in inspect.signature(card.table.function).parameters
]


@pytest.mark.parametrize("card", TWO_WINDOWS)
def test_what_is_said_of_windows_that_overlap_is_so(sample, northwind, card):
    for book, month, then in ((sample, "2026-10", "2026-09"), (sample, "2026-10", "2026-03"),
                              (northwind, "1998-04", "1997-10")):  # fmt: skip
        assert_true(card, book.compute(card.table.function, month, from_month=then))


def test_what_is_said_of_portfolios_shipments_and_of_one_clients_path_is_so(sample, northwind):
    for card in CARDS:
        for book in (sample, northwind):
            if "whose" in inspect.signature(card.table.function).parameters:
                assert_true(card, book.compute(card.table.function, whose="portfolio"))
            if card.says is findings.class_path:
                for client_id in book.clients["client_id"][:30]:
                    path = book.compute(card.table.function, client_id=client_id)
                    assert_true(card, path)


# ---------------------------------------------------------------- frames that no ledger gave


def changed(frame: pd.DataFrame, how: str, seed: int = 1) -> pd.DataFrame:
    """The frame with other numbers in its columns of numbers: ones, noughts, or those of other
    rows. In lists of clients the order means something: no other numbers there."""
    frame = frame.copy()
    random = np.random.default_rng(seed)
    for column in frame.select_dtypes("number"):
        known = frame[column].notna()
        if column in ("window_months", "p_value", "transferred_share"):
            continue
        if how == "others" and not {"client_id", "lift", "low"} & set(frame):
            frame.loc[known, column] = random.permutation(frame.loc[known, column].to_numpy())
        elif how in ("0", "1") and "lift" not in frame:
            frame[column] = frame[column].where(frame[column].isna(), int(how))
    return frame


@pytest.mark.parametrize("how", ["0", "1", "others"])
@pytest.mark.parametrize("card", CARDS, ids=IDS)
def test_what_is_said_of_ties_noughts_and_any_numbers_is_so(sample, northwind, card, how):
    for book, month in ((sample, "2026-10"), (northwind, "1998-04")):
        frame = book.compute(card.table.function, month, **card.table.settings)
        assert_true(card, changed(frame, how))


@pytest.mark.parametrize("verdict", ["improving", "worsening", "steady", "mixed"])
def test_what_is_said_of_any_verdict_is_so(sample, verdict):
    card = next(card for card in CARDS if card.says is findings.trend)
    frame = sample.compute(card.table.function)
    for seed in range(4):
        words_of = np.random.default_rng(seed).choice(["improving", "worsening", "steady"], 10)
        by_manager = dict(zip(sorted(set(frame["manager_id"])), words_of, strict=False))
        those = frame["manager_id"].map(by_manager) if verdict == "mixed" else verdict
        told = frame.assign(verdict=frame["verdict"].where(frame["verdict"].isna(), those))
        assert_true(card, changed(told, "others", seed))


def test_a_manager_who_came_later_is_not_told_of_the_month_of_the_amount(sample):
    card = next(card for card in CARDS if card.says is findings.trend)
    frame = sample.compute(card.table.function)
    later = frame[(frame["manager_id"] != "1") | (frame["month"] > pd.Timestamp("2026-03-01"))]
    assert_true(card, later)
    assert "above the A amount of November 2025. " in said_of(card, later, "1")


def test_a_month_that_is_not_over_is_no_month_with_fewest_shipments(sample, northwind):
    card = next(card for card in CARDS if card.says is findings.shipment_months)
    for book, month, running in ((sample, "2026-11", "November 2026"),
                                 (northwind, "1998-05", "May 1998")):  # fmt: skip
        frame = book.compute(card.table.function, month)
        assert running not in said_of(card, frame, "*")
        last = frame[(frame["grain"] == "month") & (frame["period_start"] == f"{month}-01")]
        assert len(last) and not last["whole"].any()


# ---------------------------------------------------------------- words


NOT_SAID = re.compile(
    r"\b(touched|wanted|everyone|old stock|own sales|left A|left X|left class|overdue|"
    r"useful(?! information))\b", re.IGNORECASE
)  # fmt: skip


def test_pages_words_are_those_of_the_trade():
    for card in CARDS:
        function = card.table.function
        for text in (*docstrings.told(function), *function.about.labels.values()):
            plain = re.sub(r"`[^`]+`|\b\w+_\w+\b", "", text)
            assert not NOT_SAID.search(plain), text
    for word in ("late", "silent", "steady"):
        assert words.value(word) != word
