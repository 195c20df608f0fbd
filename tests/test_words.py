"""Words and formats: English as the source, any language by its catalogue alone."""

import datetime

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from clientops import metrics, words
from clientops.errors import ClientOpsError
from clientops.page import cards
from clientops.schema import table
from clientops.words import docstrings
from tests import catalogue


@pytest.fixture
def german(tmp_path):
    """A catalogue that is not part of the package."""
    texts = Catalog(locale="de")
    texts.add("Revenue", "Umsatz")
    texts.add("improving", "wird besser")
    texts.add("How much came in?", "Wie viel kam herein?")
    texts.add("How: `revenue` over `window_months`.",
                  "So: `revenue` geteilt durch `window_months`.")  # fmt: skip
    texts.add("nothing to show for {name}", "{name}: nichts")
    texts.add(("{number} client", "{number} clients"), ("{number} Kunde", "{number} Kunden"))
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "clientops.po").open("wb") as file:
        write_po(file, texts)
    return tmp_path


def test_a_catalogue_changes_words_and_formats_without_touching_callers(german):
    assert (words.label("revenue"), words.money(1234.5)) == ("Revenue", "€1,234.50")
    with words.using("de", "EUR", german):
        assert words.label("revenue") == "Umsatz"
        assert words.value("improving") == "wird besser"
        assert words.plural("{number} client", "{number} clients", 1) == "1 Kunde"
        assert words.plural("{number} client", "{number} clients", 2000) == "2.000 Kunden"
        assert words.money(1234.5) == "1.234,50\u00a0€"
        assert words.label("clients") == "Clients"  # not translated yet
    assert words.label("revenue") == "Revenue"


@pytest.mark.parametrize(("value", "text"), [
    (1_240_000, "€1.24M"), (12_400, "€12.4K"), (124_000, "€124K"), (980, "€980"), (0, "€0"),
    (-1_240_000, "−€1.24M"), (float("nan"), "–"), (None, "–"),
])  # fmt: skip
def test_three_significant_digits(value, text):
    assert words.short_money(value) == text


def test_formats():
    assert words.percent(0.2449) == "24%"
    assert words.percent(0.2449, 1) == "24.5%" or words.percent(0.2449, 1) == "24.4%"
    assert words.count(1234.0) == "1,234"
    assert words.decimal(0.256, 2) == "0.26"
    assert words.month(datetime.date(2026, 10, 1)) == "Oct 2026"
    assert words.date(datetime.date(2026, 10, 30)) == "Oct 30, 2026"
    with words.using("ru", "RUB"):
        assert words.money(1234.5).replace("\u00a0", " ") == "1 234,50 ₽"
        assert words.month(datetime.date(2026, 10, 1)) == "окт. 2026"
        assert words.quarter(datetime.date(2026, 10, 1)) == "4-й кв. 2026"
        assert words.long_month(datetime.date(2026, 10, 1)).split() == ["октябрь", "2026", "г."]
        assert words.date(datetime.date(2026, 10, 1)) == "01.10.2026"


def test_unknown_language_is_named():
    with pytest.raises(ClientOpsError, match="language 'klingon'"), words.using("klingon", "EUR"):
        pass


def test_names_are_not_translated():
    assert words.value("Ivanov") == "Ivanov"
    assert words.unit("client_name") == "text"
    assert words.unit("unheard_of") == "text"


def test_the_template_holds_every_word_that_a_page_says(tmp_path):
    catalogue.write(tmp_path / "clientops.pot")
    with (tmp_path / "clientops.pot").open("rb") as file:
        template = {message.id for message in read_po(file)}
    assert {*words.COLUMNS.values(), *words.VALUES.values()} <= template
    for function in metrics.tables().values():
        assert set(function.about.labels.values()) <= template
        told = docstrings.told(function)
        assert len(told) > 1 and set(told) <= template
    assert {"Overview", "Was the month good, who carries it, and whom to call?"} <= template
    assert "nobody is signed in" in template
    assert any(str(text).startswith("this needs the table {name}: add") for text in template)
    assert ("{number} row", "{number} rows") in template


def test_a_card_and_an_error_are_said_in_the_language_of_the_catalogue(german, tmp_path):
    with words.using("de", "EUR", german):
        assert cards.summary(_sales) == "Wie viel kam herein?"
        defined = cards.definition(_sales, 2, {"window_months": 12}, "Okt 2026")
        problem = ClientOpsError("nothing to show for {name}", name="{Ann}")
        assert words.error(problem) == "{Ann}: nichts"
    assert str(problem) == "nothing to show for {Ann}"
    assert defined.how == ("So: Umsatz geteilt durch window_months.",)
    assert defined.details == ("Okt 2026", "2 rows", "window_months = 12")


@table("client_id:id * revenue:money window_months:whole")
def _sales() -> None:
    """How much came in?

    How: `revenue` over
    `window_months`.

    Returns one row.
    """


def test_a_word_of_several_meanings_is_translated_by_its_context(tmp_path):
    catalogue = Catalog(locale="de")
    catalogue.add("new", "neu hinzugekommen", context="articles")
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "clientops.po").open("wb") as file:
        write_po(file, catalogue)
    with words.using("de", "EUR", tmp_path):
        assert words.pgettext("articles", "new") == "neu hinzugekommen"
        assert words.pgettext("clients", "new") == "new"
    assert words.plural("{number} of {of}", "{number} of {of}", 2) == "2 of {of}"
