"""What every card says of whatever part of its table: whole sentences, of its own form or none."""

import re

import pandas as pd
import pytest

from clientops import findings, words
from tests.cards import TOPICS, Shown, cards

BROKEN = re.compile(r"[{}]|\bnan\b|\bNone\b(?! of)|<NA>|NaT|  ")
CARDS = [
    pytest.param(card, id=f"{topic}-{at}-{card.table.function.__name__}")
    for topic in TOPICS
    for at, card in enumerate(cards(topic))
]


def said_of(card: Shown, frame: pd.DataFrame, subject: str) -> str:
    with words.telling(card.table.function.about, subject):
        return (card.says or findings.default)(frame)


@pytest.mark.parametrize("card", CARDS)
def test_every_part_of_every_month_is_told_in_whole_sentences(sample, card):
    months = [sample.first_month, pd.Timestamp("2024-12-01"), sample.last_month]
    for month in months:
        frame = sample.compute(card.table.function, month, **card.table.settings)
        ids = frame["manager_id"] if "manager_id" in frame else pd.Series("*", frame.index)
        one = ids[~ids.isin(["*", "(unassigned)"])].max()
        parts = [(frame, "*"), (frame, ""), (frame.iloc[:0], "*"), (frame[ids == "*"], "*")]
        parts += [(frame[ids != "*"], "")]
        parts += [(frame[ids.isin(["*", one])], one), (frame[ids == one], one)] * (one == one)
        for part, subject in parts:
            said = said_of(card, part, subject)
            assert said.endswith(".") and not BROKEN.search(said), (subject, said)
