"""What stands under a card's title, of page, pack and workbook: what the table covers and whose."""

import json
import re
import shutil

import pandas as pd
import pytest

from clientops import words
from clientops.build import build
from clientops.metrics import (
    activity,
    data,
    loyalty,
    migration,
    overview,
    portfolio,
    profitability,
    regularity,
    retention,
)
from clientops.notebooks import run
from clientops.page import Choices, options, subtitle
from clientops.page.choices import checked, subject
from clientops.page.table import PageTable
from clientops.report.run import report
from tests.conftest import ROOT, rows_of_last

ONE_MANAGER = ROOT / "tests" / "data" / "cases" / "31-one-manager-speaks-for-company"
COHORTS = [retention.cohort_retention, retention.repeat_ladder, retention.client_survival]


def told(book, function, month="2026-10", **chosen) -> str:
    """The subtitle of a table at the page's controls."""
    choices = checked(book, Choices(month, **chosen))
    part = book
    if choices.manager_id != "*":
        part = book.of_managers([choices.manager_id])
    changed = {"window_months": choices.window_months} if choices.window_months else {}
    frame = part.compute(function, month, **changed)
    with words.using("en", "EUR"):
        return subtitle.in_words(book, choices, function.about, frame)


def test_a_month_a_window_and_a_day(sample):
    assert told(sample, activity.manager_activity) == "Oct 2026, all managers"
    assert told(sample, overview.headlines) == "Oct 2026, EUR, all managers"
    assert told(sample, portfolio.portfolio_load) == "Nov 2025 – Oct 2026, all managers"
    assert told(sample, portfolio.client_classes, "2024-01") == (
        "Nov 2023 – Jan 2024, EUR, all managers"  # as far as the data reach back
    )
    assert told(sample, overview.attention) == "as of Nov 18, 2026, EUR, all managers"
    assert told(sample, overview.attention, "2026-09") == "as of Sep 30, 2026, EUR, all managers"


def test_quarters_cover_their_last_month(sample):
    quarters = "Oct 2024 – {last}, all managers"
    assert told(sample, loyalty.nps_trend) == quarters.format(last="Sep 2026")


def test_a_setting_may_ask_whose_rows_a_table_holds(sample):
    choices, says = checked(sample, Choices("2026-10", manager_id="1")), []
    for settings in ({}, {"whose": ""}, {"whose": "credit"}, {"whose": "portfolio"}):
        about = PageTable(None, regularity.shipment_counts, settings).about
        with words.using("en", "EUR"):
            says.append(subtitle.in_words(sample, choices, about))
    year = "Nov 2025 – Oct 2026, EUR, "
    assert says == [*[f"{year}sold by Pavel Ivanov"] * 3, f"{year}portfolio of Pavel Ivanov"]


@pytest.mark.parametrize("function", COHORTS)
def test_what_holds_all_history_says_so(sample, function):
    text = told(sample, function, manager_id="1")
    assert text.startswith("all data up to Oct 2026, from Nov 2023, ")
    sold = "sold by" if function.about.whose == "credit" else "portfolio of"
    assert text.endswith(f"{sold} Pavel Ivanov")


def test_of_two_windows_both_are_named(sample):
    year = "Nov 2025 – Oct 2026 against Nov 2024 – Oct 2025, EUR, "
    assert told(sample, profitability.margin_bridge) == f"{year}all managers"
    assert told(sample, retention.revenue_retention, manager_id="1") == (
        f"{year}portfolio of Pavel Ivanov"
    )
    assert told(sample, migration.migration_bridge, window_months=3) == (
        "Aug 2026 – Oct 2026 against May 2026 – Jul 2026, EUR, all managers"
    )
    assert told(sample, retention.revenue_retention, "2025-01") == (
        "Nov 2024 – Jan 2025 against Nov 2023 – Jan 2024, EUR, all managers"  # those compared
    )


def test_who_looks_and_who_is_chosen(sample, manager_book):
    assert told(sample, activity.touch_mix, manager_id="1").endswith("done by Pavel Ivanov")
    assert told(sample, portfolio.portfolio_load, team="South") == "Nov 2025 – Oct 2026, South"
    assert told(sample, data.data_quality) == "as of Nov 18, 2026, EUR"
    one, several = manager_book("3"), manager_book("2", "3")
    assert told(one, portfolio.portfolio_load).endswith("portfolio of Marek Saarniit")
    assert "portfolio of" not in told(several, portfolio.portfolio_load)
    assert subject(sample, Choices()) == "*"
    assert subject(sample, checked(sample, Choices(manager_id="1"))) == "1"
    assert subject(one, checked(one, Choices())) == "3"
    assert subject(several, checked(several, Choices())) == ""


def test_the_manager_control_offers_whom_the_viewer_may_see(sample, manager_book):
    assert options.managers(sample)[0] == ("all managers", "*")
    assert options.managers(manager_book("3")) == [("Marek Saarniit", "3")]
    assert [each for _name, each in options.managers(manager_book("2", "3"))] == ["*", "2", "3"]


@pytest.fixture(scope="module")
def one_manager(tmp_path_factory):
    """A firm with one manager and clients of nobody: its data, and its pack of the month."""
    data = tmp_path_factory.mktemp("one") / "data"
    shutil.copytree(ONE_MANAGER, data)
    with rows_of_last(4):  # the pack is of October, and looks two months back
        build(data)
    (data.parent / "notebooks").mkdir()
    for name in ("overview", "portfolio", "migration"):
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", data.parent / "notebooks")
    asked = {
        "month": "2026-10",
        "formats": ["html", "xlsx"],
        "notebooks": data.parent / "notebooks",
    }
    return data, report(data, out=data.parent / "reports", **asked).folder


def test_one_manager_does_not_speak_for_the_company(one_manager):
    data, folder = one_manager
    sentence = "October 2026: revenue €2.35K"
    done = run(ROOT / "notebooks" / "overview.ipynb", {"month": "2026-10"}, data=data)
    assert done.cards[0].title.startswith(sentence)
    company = (folder / "company.html").read_text(encoding="utf-8")
    assert re.search(rf"<div class='said'><p>{sentence}", company)
    assert "from €21K in the 10 months to October 2025 to €21.2K" in company  # migration
    own = (folder / "manager-anna.html").read_text(encoding="utf-8")
    assert re.search("<div class='said'><p>October 2026: revenue €900", own)
    assert "portfolio of anna" in own and "portfolio of anna" not in company
    kept = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert kept["packs"]["company"]["told"]["figures"]["revenue"] == 2350


def test_page_pack_and_sheet_say_the_same(one_manager):
    data, folder = one_manager
    done = run(ROOT / "notebooks" / "migration.ipynb", {"month": "2026-10"}, data=data)
    content = (folder / "company.html").read_text(encoding="utf-8")
    shown = "".join(done.shown)
    sheet = pd.read_excel(
        folder / "company.xlsx", sheet_name="Contents", header=None, engine="openpyxl"
    )
    said = "Jan 2026 – Oct 2026 against Jan 2025 – Oct 2025, EUR, all managers"
    assert {card.subtitle for card in done.cards if card.name == "migration_bridge"} == {said}
    assert said in content and said in shown
    assert sheet[2].astype(str).str.endswith(f"\n{said}").any()
