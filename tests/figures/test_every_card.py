"""The figure of every card, of the table and of names that are code, at every width of its form:
on a phone, and in turn on one of the others, so that each form is drawn on both."""

import re
import urllib.parse

import pytest

from clientops import figures
from tests.cards import TOPICS, cards, draw
from tests.figures.drawn import HOSTILE, cut_off, texts

CARDS = [
    pytest.param(card, id=f"{topic}-{at}-{card.table.function.__name__}")
    for topic in TOPICS
    for at, card in enumerate(cards(topic))
    if card.figure
]


def widths() -> list[tuple[int, ...]]:
    """Those that each card is drawn at."""
    forms = [card.figure.__name__ for each in CARDS for card in each.values]
    turns = [forms[:at].count(form) % 2 for at, form in enumerate(forms)]
    wide = [(figures.WIDE, figures.FULL)[turn] for turn in turns]
    alone = (figures.PHONE, figures.WIDE, figures.FULL)  # the only card of its form
    return [alone if forms.count(form) == 1 else (figures.PHONE, each)
            for form, each in zip(forms, wide, strict=True)]  # fmt: skip


AT_WIDTHS = [
    pytest.param(*card.values, each, id=card.id) for card, each in zip(CARDS, widths(), strict=True)
]


@pytest.mark.parametrize(("card", "drawn_at"), AT_WIDTHS)
def test_nothing_is_cut_off_and_names_are_only_names(sample, card, drawn_at):
    frame = sample.compute(card.table.function, **card.table.settings)
    column = next((each for each in ("client_name", "manager_name", "name") if each in frame), "")
    names = frame[column].unique() if column else []
    others = [name for name in names if name not in ("*", "(unassigned)", "(none)")]
    hostile = dict(zip(others, HOSTILE * (1 + len(others) // len(HOSTILE)), strict=False))
    renamed = frame.assign(**{column: frame[column].replace(hostile)}) if column else frame
    for width in drawn_at:
        drawn = draw(card, renamed, width=width)
        assert drawn.bbox.width == pytest.approx(width)
        assert not cut_off(drawn), width
    assert "<b>" not in figures.svg(drawn, "alt")
    assert not cut_off(draw(card, frame.iloc[:0]))


FORMS = ["bars", "bar_grid", "intervals", "small_multiples", "stacked_shares", "strips",
         "two_sided"]  # fmt: skip
BY_MANAGER = [card for card in CARDS if card.values[0].figure.__name__ in FORMS]


@pytest.mark.parametrize("card", BY_MANAGER)
def test_what_is_drawn_of_a_manager_leads_there(sample, card):
    frame = sample.compute(card.table.function, **card.table.settings)
    drawn = draw(card, frame, width=figures.FULL)
    svg = figures.svg(drawn, "alt")
    led = {urllib.parse.unquote(each) for each in re.findall(r'data-own="manager_id=([^"]+)"', svg)}
    names = sample.managers.set_index("manager_id")["manager_name"]
    named = {key for key, name in names.items() if name in texts(drawn)}
    assert led - {"*", "(unassigned)"} == named


OF_CLIENTS = [card for card in CARDS if card.values[0].figure.__name__ == "paths"
              and not card.values[0].table.settings]  # fmt: skip


@pytest.mark.parametrize("card", OF_CLIENTS)
def test_what_is_drawn_of_a_client_leads_to_its_page(sample, card):
    frame = sample.compute(card.table.function, **card.table.settings)
    led = re.findall(r'data-client="client_id=([^"]+)"', figures.svg(draw(card, frame), "alt"))
    named = frame.set_index("client_id")["client_name"][led]
    assert len(led) > 5 and set(named) <= {*texts(draw(card, frame))}
