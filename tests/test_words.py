"""Words and formats: English as the source, any language by its catalogue alone."""

import datetime

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from clientops import words
from clientops.errors import ClientOpsError


@pytest.fixture
def german(tmp_path):
    """A catalogue that is not part of the package."""
    catalogue = Catalog(locale="de")
    catalogue.add("Revenue", "Umsatz")
    catalogue.add("improving", "wird besser")
    catalogue.add(("{number} client", "{number} clients"), ("{number} Kunde", "{number} Kunden"))
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "clientops.mo").open("wb") as file:
        write_mo(file, catalogue)
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
    (-1_240_000, "-€1.24M"), (float("nan"), "–"), (None, "–"),
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
        assert words.month(datetime.date(2026, 10, 1)).startswith("окт")


def test_unknown_language_is_named():
    with pytest.raises(ClientOpsError, match="language 'klingon'"), words.using("klingon", "EUR"):
        pass


def test_names_are_not_translated():
    assert words.value("Ivanov") == "Ivanov"
    assert words.unit("client_name") == "text"
    assert words.unit("unheard_of") == "text"


def test_the_template_holds_every_marked_word():
    with (words.CATALOGUES / "clientops.pot").open("rb") as file:
        template = {message.id for message in read_po(file)}
    marked = {each.label for each in words.COLUMNS.values()} | set(words.VALUES.values())
    assert marked <= template, "run make words"


def test_a_word_of_several_meanings_is_translated_by_its_context(tmp_path):
    catalogue = Catalog(locale="de")
    catalogue.add("new", "neu hinzugekommen", context="articles")
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "clientops.mo").open("wb") as file:
        write_mo(file, catalogue)
    with words.using("de", "EUR", tmp_path):
        assert words.pgettext("articles", "new") == "neu hinzugekommen"
        assert words.pgettext("clients", "new") == "new"
    assert words.plural("{number} of {of}", "{number} of {of}", 2) == "2 of {of}"
