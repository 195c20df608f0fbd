"""The page: the same cards live and static, what the address says, and names that are only text."""

import base64
import dataclasses
import html
import io
import os
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
from IPython.display import HTML

from clientops import figures, findings, page, settings, words
from clientops.errors import ClientOpsError
from clientops.metrics import candidates, ltv, migration, overview, portfolio, potential
from clientops.notebooks import static_page
from clientops.page import cards, lists, state
from tests.conftest import ROOT

NOTEBOOK = ROOT / "notebooks" / "portfolio.ipynb"


@pytest.fixture
def shown(monkeypatch) -> list:
    """What the page displays, in order."""
    content: list = []
    monkeypatch.setattr(state, "display", content.append)
    monkeypatch.delenv("QUERY_STRING", raising=False)
    monkeypatch.delenv("CLIENTOPS_STATIC", raising=False)
    monkeypatch.delenv("CLIENTOPS_VIEWER", raising=False)
    return content


@pytest.fixture
def served(shown, built_sample, monkeypatch):
    """A function that opens the portfolio page of the sample as a server does."""

    def open_(query: str = "", viewer: str = "{}") -> page.Page:
        monkeypatch.setenv("QUERY_STRING", query)
        monkeypatch.setenv("CLIENTOPS_VIEWER", viewer)
        return page.open_page("portfolio", data=str(built_sample))

    return open_


def flat(things: list) -> list:
    """All widgets and outputs, those inside boxes too."""
    return [part for t in things for part in [t, *flat(list(getattr(t, "children", ())))]]


def text_of(things: list) -> str:
    return "".join(
        t.data if isinstance(t, HTML) else str(getattr(t, "value", "")) for t in flat(things)
    )


def cards_of(things: list) -> list:
    """The widgets that hold cards."""
    return [t for t in flat(things) if "<section class='co-card" in str(getattr(t, "value", ""))]


def without_svg(content: str) -> str:
    return re.sub(r"<svg.*?</svg>", "", content, flags=re.DOTALL)


def test_the_notebook_becomes_one_file_that_needs_nothing_else(built_sample):
    content = static_page(NOTEBOOK, data=built_sample)
    plain = re.sub(r"<style>.*?</style>", "", without_svg(content), flags=re.DOTALL)
    assert plain.count("<section class='co-card") == 7
    assert "<script" not in content
    assert "jupyter" not in plain.lower()
    assert "import " not in plain
    links = re.findall(r"""(?:href|src)\s*=\s*['"]([^'"]{1,40})""", content)
    assert all(link.startswith(("data:", "#", "tel:")) for link in links)
    assert "url(http" not in content


def test_parameters_are_coerced_and_checked(built_sample):
    content = static_page(NOTEBOOK, {"manager_id": 1, "month": "2026-09"}, built_sample)
    assert "portfolio of Pavel Ivanov" in content
    assert "Sep 2026" in content
    with pytest.raises(ClientOpsError, match="did you mean manager_id"):
        static_page(NOTEBOOK, {"managerid": 1}, built_sample)


def test_the_numbers_shown_are_those_of_the_tables(shown, built_sample):
    opened = page.open_page("portfolio", data=str(built_sample))
    load = opened.table(portfolio.portfolio_load)
    opened.card(load, figures.bars, says=findings.load, value="clients")
    opened.list(opened.table(portfolio.client_classes), by="revenue")
    content = text_of(shown)
    table = opened.book.compute(portfolio.client_classes)
    top = table.sort_values("revenue", ascending=False).iloc[0]
    assert f"{top.revenue:,.0f}" in content
    assert f"{table['revenue'].sum():,.0f}" in content  # the total is of all rows, not of the page
    assert f"of {len(table)}" in content
    button = next(t for t in flat(shown) if getattr(t, "description", "") == "Excel")
    button.click()
    link = re.findall(r"co-excel.*base64,([A-Za-z0-9+/=]+)'", text_of(shown))[0]
    sheet = openpyxl.load_workbook(io.BytesIO(base64.b64decode(link))).active
    assert sheet.max_row == len(load.frame) + 1


def test_a_changed_control_redraws_every_card(shown, built_sample):
    opened = page.open_page("portfolio", data=str(built_sample))
    load = opened.table(portfolio.portfolio_load)
    opened.card(load, figures.bars, says=findings.load, value="clients")
    card = cards_of(shown)[0]
    before = card.value
    opened.choose(manager_id="3")
    assert set(load.frame["manager_id"]) == {"*", "3"}
    assert "portfolio of Marek Saarniit" in card.value != before
    assert "co-working" not in card._dom_classes
    assert "manager_id=3" in text_of(shown)
    opened._controls._chosen("manager_id", None)  # what a hostile client may send
    assert opened.choices.manager_id == "3"


def test_filters_change_what_the_tables_show(shown, built_sample):
    opened = page.open_page("portfolio", data=str(built_sample), client_group="Canteens")
    classes = opened.table(portfolio.client_classes).frame
    book = opened.book
    canteens = book.clients[book.clients["client_group"] == "Canteens"]["client_id"]
    assert set(classes["client_id"]) <= set(canteens.astype(str))
    everybody = book.compute(portfolio.client_classes).set_index("client_id")
    letters = everybody["abc"].reindex(classes["client_id"])  # classes stay the company's
    assert (letters.to_numpy() == classes["abc"].to_numpy()).all()
    opened.choose(client_group="")
    opened.choose(team="South")
    assert set(opened.table(portfolio.portfolio_load).frame["manager_id"]) == {"*", "6", "7", "9"}
    opened.choose(window_months=3)
    assert opened.table(portfolio.client_classes).frame["window_months"].eq(3).all()


def test_the_address_wins_over_the_notebook(served):
    opened = served("month=2026-05&manager_id=4&window_months=6")
    assert opened.month == pd.Timestamp("2026-05-01")
    assert (opened.choices.manager_id, opened.choices.window_months) == ("4", 6)
    assert opened.choices.query == "month=2026-05&manager_id=4&window_months=6"


@pytest.mark.parametrize("query", [
    "month=2031-01", "month=x", "manager_id=77", "team=West", "window_months=many",
    "window_months=7", "measure=<b>",
])  # fmt: skip
def test_a_broken_address_is_a_sentence_and_a_way_back(shown, served, query):
    opened = served(query)
    opened.card(opened.table(portfolio.portfolio_load), figures.bars, value="clients")
    content = text_of(shown)
    assert "co-broken" in content
    assert "href='?'" in content
    assert "<b>" not in content
    assert "co-card'" not in content


def test_the_setting_in_force_is_how_the_page_opens(served):
    assert served("window_months=12&xyz_by=either").choices.query == "month=2026-10"


def test_a_page_says_what_it_is(shown, built_sample):
    opened = page.open_page("portfolio", data=str(built_sample), manager_id="2")
    assert repr(opened).startswith("<Page portfolio: month=2026-10&manager_id=2")
    table = opened.table(portfolio.portfolio_load)
    assert repr(table) == "<portfolio_load: 2 rows, 2026-10>"
    assert os.environ.get("CLIENTOPS_STATIC") is None


def test_a_server_must_say_who_looks(served):
    for viewer in ("", "{", '{"role": "king"}', '{"role": 1}'):
        with pytest.raises(ClientOpsError, match="nobody is signed in"):
            served(viewer=viewer)
    opened = served(viewer='{"role": "manager", "manager_ids": ["3"]}')
    assert opened.book.manager_ids == ["3"]
    assert served("manager_id=1", '{"role": "manager", "manager_ids": ["3"]}').broken


@pytest.mark.parametrize(
    ("viewer", "name"),
    [
        ('{"role": "manager", "manager_ids": ["77"]}', "77"),
        ('{"role": "lead", "teams": ["We<s>t"]}', "We&lt;s&gt;t"),
    ],
)
def test_who_sees_nobody_is_told_so_and_shown_nothing_of_the_company(served, shown, viewer, name):
    opened = served(viewer=viewer)
    opened.card(opened.table(portfolio.portfolio_load), figures.bars, value="clients")
    opened.list(opened.table(portfolio.client_classes))
    content = text_of(shown)
    assert f"There are no clients and no sales of {name} in these data" in content
    assert content.count("<p ") == 1 and not cards_of(shown) and len(shown) == 2


def test_who_has_nothing_left_is_not_shown_the_company_instead(served, shown):
    """Manager 8 handed all clients over: nothing is owned today, though there is a history."""
    opened = served(viewer='{"role": "manager", "manager_ids": ["8"]}')
    quality = opened.table(portfolio.portfolio_quality)
    assert set(quality.frame["manager_id"]) == {"*"}
    opened.card(quality, figures.stacked_shares, says=findings.quality, value="client_share")
    content = text_of(cards_of(shown))
    assert "Nothing to show for Raivo Kaskla in this period." in content
    assert "<svg" not in content


def test_a_managers_own_page_speaks_of_that_manager(served, shown):
    """By name, also where the manager control stands as it opens; it offers the own names only."""
    opened = served(viewer='{"role": "manager", "manager_ids": ["3"]}')
    opened.card(opened.table(portfolio.portfolio_load), figures.bars, value="clients")
    content = text_of(shown)
    assert "portfolio of Marek Saarniit" in content and "everyone" not in content
    control = next(t for t in flat(shown) if getattr(t, "description", "") == "Manager")
    assert [text for text, _value in control.options] == ["Marek Saarniit"]


def test_a_setting_of_a_team_is_told_to_who_sees_the_team(served, shown):
    manager = '{"role": "manager", "manager_ids": ["3"]}'
    for viewer, teams in ((manager, ["North"]), ("{}", ["North", "South"])):
        shown.clear()
        opened = served(viewer=viewer)
        of_teams = {"North": (10, 20), "South": (11, 77)}
        norms = settings.override(
            opened.book.settings.portfolio, {"clients_per_manager_of": of_teams}
        )
        opened.book.settings = dataclasses.replace(opened.book.settings, portfolio=norms)
        opened.card(opened.table(portfolio.portfolio_load), figures.bars, value="clients")
        told = {team: of_teams[team] for team in teams}
        assert html.escape(f"clients_per_manager_of = {told}; ") in text_of(shown)


def typed(things: list, text: str, nth: int = 0) -> None:
    """Somebody has typed into the search of a list."""
    fields = [t for t in flat(things) if getattr(t, "placeholder", "") == "Search"]
    assert fields[nth].continuous_update
    fields[nth].value = text


def names_in(card: str) -> list[str]:
    """The first cells of a list."""
    cells = re.findall(r"<tr><td[^>]*>(.*?)</td><td", card)
    return [html.unescape(re.sub("<[^>]*>", "", cell)) for cell in cells]


def sheets_of(things: list) -> dict[str, list[tuple]]:
    """The sheets of the workbook that was left last."""
    link = re.findall(r"co-excel.*?base64,([A-Za-z0-9+/=]+)'", text_of(things))[-1]
    book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(link)))
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.page_setup.paperSize == 9 and sheet.sheet_properties.pageSetUpPr.fitToPage
    return {sheet.title: [*sheet.iter_rows(values_only=True)] for sheet in book}


def test_a_list_searches_all_rows_in_what_is_shown_of_them(served, shown):
    opened = served()
    classes = opened.table(portfolio.client_classes)
    columns = ["client_name", "phone", "manager_name", "stage", "revenue", "last_on"]
    opened.list(classes, by="client_name", columns=columns)
    (card,) = cards_of(shown)
    clients = opened.book.clients.set_index("client_id")
    last = classes.frame.sort_values("client_name").iloc[0]  # on the last page
    name, phone = last["client_name"], clients["phone"][last["client_id"]]
    assert name not in card.value
    for text in (name.upper(), f" {phone}", words.date(last["last_on"]), f"{last['revenue']:,.0f}"):
        typed(shown, text)
        assert name in names_in(card.value), text
    assert f"<a href='tel:{phone.replace(' ', '')}'>{phone}</a>" in card.value
    typed(shown, "Saarniit")
    own = (classes.frame["manager_id"] == "3").sum()
    assert f"of {own}" in card.value
    typed(shown, last["client_id"])  # which is not shown
    assert f"Nothing found for “{last['client_id']}”." in card.value and not names_in(card.value)
    typed(shown, "<b>")
    assert "Nothing found for “&lt;b&gt;”." in card.value
    typed(shown, "")
    seen: set[str] = set()
    buttons = [t for t in flat(shown) if getattr(t, "tooltip", "") == "Next rows"]
    for _ in range(len(classes.frame) // 25 + 1):
        seen |= set(names_in(card.value))
        buttons[0].click()
    assert seen >= set(classes.frame["client_name"])


def test_a_cell_filters_only_the_list_it_belongs_to(served, shown):
    opened = served()
    quality = opened.table(portfolio.portfolio_quality)
    opened.card(quality, figures.heatmap, rows="abc", columns="xyz", value="clients", classes=True)
    other = opened.table(candidates.class_candidates)
    opened.list(other)
    classes = opened.table(portfolio.client_classes)
    opened.list(classes, by="revenue", linked_to=quality)
    _grid, near, rows = cards_of(shown)
    before, choice = near.value, next(t for t in flat(shown) if "all cells" in
                                      dict(getattr(t, "options", None) or [("", "")]))  # fmt: skip
    opened.asked("1 cell abc=B&xyz=Y")
    large = classes.frame[(classes.frame["abc"] == "B") & (classes.frame["xyz"] == "Y")]
    assert near.value == before
    assert f"of {len(large)}" in rows.value and choice.value == "abc=B&xyz=Y"
    choice.value = "abc=A&xyz=X"
    assert f"of {len(large)}" not in rows.value and "Regularity class X" in rows.value
    opened.choose(month="2025-12")
    assert choice.value == "abc=A&xyz=X" and "Regularity class X" in rows.value
    opened.asked("2 cell abc=A&xyz=X")
    assert choice.value == "" and "co-filter" not in rows.value


def test_what_is_saved_is_what_is_seen(served, shown):
    """The found rows in their order, with the page's words; one sheet a card, with its name."""
    opened = served()
    classes = opened.table(portfolio.client_classes)
    opened.card(opened.table(portfolio.portfolio_load), figures.bars, value="clients")
    opened.list(classes, columns=["client_name", "phone", "manager_name", "abc", "revenue"])
    typed(shown, "Saarniit")
    opened.asked("1 sort client_classes revenue")
    opened.asked("2 excel client_classes")
    (sheet,) = sheets_of(shown).values()
    assert sheet[0] == ("Client", "Telephone", "Manager", "Volume class", "Revenue, €")
    own = classes.frame[classes.frame["manager_id"] == "3"]
    own = own.sort_values("revenue", ascending=False, kind="stable")
    assert [row[0] for row in sheet[1:]] == own["client_name"].tolist()
    assert [row[4] for row in sheet[1:]] == pytest.approx(own["revenue"].tolist())
    assert {row[2] for row in sheet[1:]} == {"Marek Saarniit"}
    opened.asked("3 excel *")
    sheets = sheets_of(shown)
    assert list(sheets) == ["Portfolio", "Portfolio 1", "Portfolio 2"]
    assert sheets["Portfolio 2"] == sheet
    assert sheets["Portfolio 1"][0][1] == "Manager" and "Company" in str(sheets["Portfolio 1"])
    assert "all managers" in str(sheets["Portfolio"])
    assert not re.search(r"'\*'|[a-z]_[a-z]", str(sheets))


def test_a_list_that_is_handed_back_has_its_form_of_the_rows_found(served, shown):
    opened = served()
    proposal = opened.table(potential.plan_proposal)
    opened.list(proposal, by="proposal", columns=["client_name", "proposal"])
    typed(shown, "Sparrow")
    opened.asked("1 excel plan_proposal")
    seen, form = sheets_of(shown).items()
    assert form[0] == "plans"
    assert form[1][1][:5] == ("month", "months", "manager_id", "client_id", "plan_revenue")
    own = proposal.frame[proposal.frame["client_name"].str.contains("Sparrow")]
    assert len(seen[1]) - 1 == len(own) > 0
    assert {row[3] for row in form[1][2:]} == set(own["client_id"])


def test_a_list_across_months_is_sorted_by_any_of_them(served, shown):
    opened = served()
    opened.list(opened.table(migration.class_path), across="class")
    (rows,) = cards_of(shown)
    name = words.month(opened.month)

    def column() -> list[str]:
        return re.findall(rf"data-label='{name}'>(.*?)</td>", rows.value)

    opened.asked(f"1 sort class_path {name}")
    assert column() == sorted(column(), reverse=True)
    opened.asked(f"2 sort class_path {name}")
    assert column() == sorted(column()) and column()[0] == "AX"


def table_in(card: str, part: str = "tbody") -> list[list[str]]:
    """The texts of the cells of a list, row by row."""
    rows = re.search(rf"<{part}>(.*?)</{part}>", card)[1].split("</tr>")[:-1]
    cells = [re.findall(r"<td.*?</td>", row) for row in rows]
    return [[html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in row] for row in cells]


def as_shown(row: pd.Series) -> str:
    """A headline in the unit that it has, with the sign of its verdict, as one writes it."""
    value, unit = row["value"], row["unit"]
    if unit in ("money", "count"):
        text = f"{value:,.0f}"
    elif unit == "share":
        text = f"{value:.1%}"
    elif unit == "score":
        text = f"{100 * value:+.0f}"
    else:
        text = f"{value:,.0f}" if value == int(value) else f"{value:,.{1 + (value < 10)}f}"
    sign = {"better": "▲ ", "worse": "▼ "}.get(row["verdict"], "")
    return sign + text.replace("-", "−")


def test_managers_stand_side_by_side_each_figure_in_its_own_unit(served, shown):
    opened = served()
    opened.list(opened.table(overview.headlines), across="value", by="revenue")
    (card,) = cards_of(shown)
    told = opened.book.compute(overview.headlines).sort_values("place", kind="stable")
    metrics = [*told["metric"].unique()]
    expected = {
        row["manager_name"]: [row["manager_name"]] for _at, row in told.iterrows()
    }  # fmt: skip
    for metric in metrics:
        of = told[told["metric"] == metric].set_index("manager_name")
        for name, cells in expected.items():
            cells.append(as_shown(of.loc[name]) if name in of.index else "–")
    company = expected.pop("*")
    assert table_in(card.value, "tfoot") == [["Company", *company[1:]]]
    revenue = told[(told["metric"] == "revenue") & (told["manager_id"] != "*")]
    order = revenue.sort_values("value", ascending=False)["manager_name"]
    assert table_in(card.value) == [expected[name] for name in order]
    heads = [html.unescape(each) for each in re.findall(r"data-sort='[^']+'>(.*?)<", card.value)]
    labels = told.drop_duplicates("metric")
    assert heads == ["Manager", *(label + ", €" * (unit == "money") for label, unit in
                                  zip(labels["label"], labels["unit"], strict=True))]  # fmt: skip
    opened.asked("1 sort headlines margin_rate")
    rates = told[(told["metric"] == "margin_rate") & (told["manager_id"] != "*")]
    order = rates.sort_values("value", ascending=False)["manager_name"]
    assert [row[0] for row in table_in(card.value)] == [*order]
    typed(shown, "Saarniit")
    opened.asked("2 excel headlines")
    (sheet,) = sheets_of(shown).values()
    own = told[told["manager_name"] == "Marek Saarniit"].set_index("metric")["value"]
    assert [row[0] for row in sheet] == ["Manager", "Marek Saarniit"]
    assert sheet[1][1:] == tuple(pytest.approx(own[metric]) for metric in metrics)


def test_a_click_on_a_manager_chooses_and_two_are_compared(served, shown):
    opened = served()
    opened.list(opened.table(overview.headlines), across="value", by="revenue")
    (card,) = cards_of(shown)
    assert "data-own='manager_id=3'>Marek Saarniit<" in card.value
    opened.asked("1 own manager_id=3")
    assert (opened.choices.manager_id, opened.subject) == ("3", "3")
    assert [row[0] for row in table_in(card.value)] == ["Marek Saarniit"]
    assert table_in(card.value, "tfoot")[0][0] == "Company"
    opened.choose(beside="1")
    assert [row[0] for row in table_in(card.value)] == ["Pavel Ivanov", "Marek Saarniit"]
    assert opened.choices.query == "month=2026-10&manager_id=3&beside=1"
    assert opened.subject == "" and "Marek Saarniit, Pavel Ivanov</p>" in card.value
    opened.asked("2 own manager_id=1")
    assert opened.choices.query == "month=2026-10&manager_id=1"
    opened.asked("3 own manager_id=1")  # undoes itself
    assert opened.choices.query == "month=2026-10"
    opened.choose(beside="1")
    assert opened.choices.query == "month=2026-10&manager_id=1"
    opened.choose(beside="3")
    opened.asked("3 own manager_id=*")
    assert len(table_in(card.value)) > 5
    for hostile in ("4 own manager_id=77", "5 own beside=77", "6 own own=1", "7 own abc=A"):
        opened.asked(hostile)
    assert opened.choices.query == "month=2026-10"
    assert served("manager_id=3&beside=3").choices.query == "month=2026-10&manager_id=3"
    assert served("beside=3").choices.query == "month=2026-10&manager_id=3"
    assert served("manager_id=3&beside=77").broken


def test_a_manager_is_compared_with_nobody_but_the_company(served, shown):
    viewer = '{"role": "manager", "manager_ids": ["3"]}'
    opened = served(viewer=viewer)
    opened.list(opened.table(overview.headlines), across="value")
    (card,) = cards_of(shown)
    assert [row[0] for row in table_in(card.value)] == ["Marek Saarniit"]
    assert table_in(card.value, "tfoot")[0][0] == "Company"
    assert "Compare with" not in [getattr(each, "description", "") for each in flat(shown)]
    for line in ("1 own manager_id=1", "2 own beside=1"):
        opened.asked(line)
    assert opened.choices.manager_id == "3" and not opened.choices.beside
    assert "unknown beside" in served("beside=1", viewer).broken


def test_three_sentences_define_a_card_and_all_else_is_folded(served, shown):
    opened = served()
    opened.list(opened.table(overview.headlines), across="value")
    (card,) = cards_of(shown)
    whole = re.search(r"<details class='co-how'>(.*)</details>", card.value)[1]
    plain, _, folded = whole.partition("<details")
    paragraphs = [html.unescape(each) for each in re.findall("<p>(.*?)</p>", plain)]
    assert [each.count(". ") for each in paragraphs] == [0, 0, 0]
    assert paragraphs[0].startswith("The month in a few figures")
    everything = " ".join(html.unescape(each) for each in re.findall("<p>(.*?)</p>", whole))
    question, how = overview.headlines.__doc__.split("\n\n")[:2]
    expected = " ".join(f"{question} {how}".replace("`", "").split())
    assert everything.startswith(expected)
    assert "Net revenue retention is such a comparison already" in folded


def test_clicks_filter_sort_and_save(served, shown):
    opened = served()
    quality = opened.table(portfolio.portfolio_quality)
    opened.card(quality, figures.heatmap, rows="abc", columns="xyz", value="clients", classes=True)
    classes = opened.table(portfolio.client_classes)
    opened.list(classes, by="revenue")
    grid, rows = cards_of(shown)
    assert 'data-cell="abc=A&amp;xyz=X"' in grid.value
    opened.asked("1 cell abc=A&xyz=X")
    large = classes.frame[(classes.frame["abc"] == "A") & (classes.frame["xyz"] == "X")]
    assert f"of {len(large)}" in rows.value
    assert "co-filter" in rows.value
    opened.asked("2 sort client_classes client_name")
    last = large["client_name"].max()
    assert names_in(rows.value)[0] == last
    opened.asked("3 sort client_classes client_name")
    assert names_in(rows.value)[0] == large["client_name"].min()
    opened.asked("4 cell abc=A&xyz=X")
    assert f"of {len(classes.frame)}" in rows.value
    opened.asked("5 excel client_classes")
    assert "download='client_classes.xlsx'" in text_of(shown)
    before = [card.value for card in cards_of(shown)]
    for hostile in ("", "6", "7 cell", "8 cell nothing=1", "9 sort client_classes x", "10 excel x",
                    "11 screen wall", "12 run import os", "13 sort x revenue"):  # fmt: skip
        opened.asked(hostile)
    assert [card.value for card in cards_of(shown)] == before


def test_a_page_of_a_list_has_the_total_of_all(served, shown):
    opened = served()
    classes = opened.table(portfolio.client_classes)
    opened.list(classes, by="revenue")
    (rows,) = cards_of(shown)
    foot = rows.value[rows.value.index("<tfoot>") :]
    assert rows.value.count("<tr>") == 27  # with head and foot
    assert f">{classes.frame['revenue'].sum():,.0f}<" in foot
    assert f"rows 1 to 25 of {len(classes.frame)}" in foot


def test_figures_are_drawn_for_the_screen(served, shown):
    opened = served()
    opened.card(
        opened.table(portfolio.portfolio_quality),
        figures.stacked_shares,
        value="client_share",
        wide=True,
    )
    widths = []
    for screen in ("desk", "tablet", "phone"):
        opened.asked(f"1 screen {screen}")
        widths.append(re.search(r'viewBox="0 0 ([\d.]+)', cards_of(shown)[0].value)[1])
    assert [round(float(w) / 0.75) for w in widths] == [figures.FULL, figures.WIDE, figures.PHONE]


def test_an_option_for_each_measure_follows_the_control(served, shown):
    opened = served()
    told = []

    def draw(frame, *, value, width):
        told.append((value, words.subject()))
        return figures.bars(frame, value=value, width=width)

    opened.card(
        opened.table(portfolio.portfolio_quality),
        draw,
        value={"clients": "client_share", "revenue": "revenue_share"},
    )
    opened.choose(measure="revenue")
    opened.choose(manager_id="2")
    opened.choose(manager_id="*", team=opened.book.managers["team"].iloc[0])
    assert told == [("client_share", "*"), ("revenue_share", "*"), ("revenue_share", "2"),
                    ("revenue_share", "")]  # fmt: skip


def test_a_choice_of_one_page_is_a_setting_and_stands_in_the_address(served, shown):
    opened = served("abc_by=margin")
    chosen = opened.choice("abc_by", [("revenue", ""), ("margin", "margin")])
    classes = opened.table(portfolio.client_classes, abc_by=chosen)
    by_margin = opened.book.compute(portfolio.client_classes, abc_by="margin")
    pd.testing.assert_frame_equal(classes.frame, by_margin)
    opened.choose(abc_by="")
    usual = opened.book.compute(portfolio.client_classes)
    pd.testing.assert_frame_equal(classes.frame, usual)
    assert opened.choices.query == "month=2026-10"
    served("abc_by=weight").choice("abc_by", [("revenue", ""), ("margin", "margin")])
    assert "unknown abc_by &#x27;weight&#x27;" in text_of(shown)


def test_what_the_data_lack_is_a_sentence_in_the_card(served, shown, northwind):
    def visits(activities: pd.DataFrame, *, month: pd.Timestamp) -> pd.DataFrame:
        """Visits of the month."""

    opened = served()
    opened.book, opened.choices = northwind, page.Choices(month="1998-03")
    opened.card(opened.table(visits), figures.bars, value="visits")
    opened.card(opened.table(visits), figures.bars, value="visits")
    for _ in range(2):
        (first,) = cards_of(shown)  # once is enough
        assert "This needs the table activities" in first.value
        opened.redraw()


def test_a_card_may_be_left_out_where_its_table_has_no_rows(served, shown):
    def given(ledger: object, *, month: pd.Timestamp) -> pd.DataFrame:
        """What was given in the month."""
        names = ["Ann"][: month.month - 5]
        return pd.DataFrame({"manager_id": names, "manager_name": names, "clients": 1})

    given.about = portfolio.portfolio_load.about
    opened = served("month=2026-05")
    rows, options = opened.table(given), {"says": lambda rows: "Given.", "value": "clients"}
    opened.card(rows, figures.bars, unless_empty=True, **options)
    assert "Given" not in text_of(shown) and not cards_of(shown)
    opened.card(rows, figures.bars, **options)
    assert len(cards_of(shown)) == 1
    opened.choose(month="2026-06")
    assert len(cards_of(shown)) == 2


def test_a_manager_without_rows_does_not_get_those_of_the_company(served, shown):
    opened = served("manager_id=8")  # has left, and owns nobody any more
    quality = opened.table(portfolio.portfolio_quality)
    opened.card(quality, figures.stacked_shares, says=findings.quality, value="client_share")
    assert set(quality.frame["manager_id"]) == {"*"}
    card = cards_of(shown)[0].value
    assert "Nothing to show for Raivo Kaskla in this period." in card and "<svg" not in card
    opened.choose(month="2026-01")
    assert "Nothing to show" not in cards_of(shown)[0].value


def test_an_excel_file_inside_a_page_holds_a_long_table_in_part(built_sample, monkeypatch):
    plain = re.sub(r"<style>.*?</style>", "", without_svg(static_page(NOTEBOOK, data=built_sample)))
    assert "Save as Excel" in plain and "Save the first" not in plain
    monkeypatch.setattr(cards, "MOST_EMBEDDED", 3)
    content = static_page(NOTEBOOK, data=built_sample)
    link = re.search(r"base64,([^']+)'>Save the first 3 rows", content)
    (sheet,) = openpyxl.load_workbook(io.BytesIO(base64.b64decode(link[1]))).worksheets
    assert sheet.max_row == 4


PAGES = cards.Clients("/client?client_id=", None)


def test_a_client_named_in_a_title_leads_to_its_page():
    """The longest name that stands there as words, where it is one client's whom one may see."""
    frame = pd.DataFrame({"client_id": ["1", "a'2", "3", "4"],
                          "client_name": ["Oak", "Oak & Sons", "first", "first"]})  # fmt: skip

    def title(said: str, clients: cards.Clients = PAGES) -> str:
        card = cards.Card("attention", said, "", frame, None)
        return re.search("<h2>(.*)</h2>", cards.as_html(card, clients=clients))[1]

    link = "<a class='co-client' href='/client?client_id={}'>{}</a>"
    assert title("9 late, first Oak.") == f"9 late, first {link.format(1, 'Oak')}."
    assert title("Late: Oak & Sons.") == f"Late: {link.format('a%272', 'Oak &amp; Sons')}."
    assert title("9 late, first Oakley.") == "9 late, first Oakley."
    assert title("9 late, the first.") == "9 late, the first."  # two are called so
    assert title("Late: Oak.", PAGES._replace(known={"3"})) == "Late: Oak."
    assert title("Late: Oak.", cards.NO_PAGES) == "Late: Oak."


def test_a_list_by_what_is_not_known_of_anybody_is_sorted_by_known_money(sample):
    """As of fewer than a hundred clients, of whom no model of purchases tells."""
    frame = sample.compute(ltv.client_ltv)
    shown = ["client_name", "at_stake", "expected_12", "naive_12"]
    about = ltv.client_ltv.about
    for rows, by in ((frame, "at_stake"), (frame.assign(at_stake=np.nan), "expected_12")):
        card = cards.Card("client_ltv", "", "", frame, about, rows=rows, columns=shown)
        state = lists.State(by="at_stake")
        with words.using("en", "EUR"), words.telling(about):
            found = lists.found(card, state)[by].dropna()
            content = lists.as_html(card, state, is_static=False, links=None)
        assert found.is_monotonic_decreasing
        assert re.search(f"aria-sort='descending'[^>]*>[^>]*data-sort='{by}'", content)


def test_a_row_leads_to_its_client_its_manager_and_its_topic(sample):
    frame = sample.compute(overview.attention)
    names = ["client_name", "phone", "manager_name", "reason"]
    rows = frame.assign(phone="+372 512 3456", manager_name="Anna")
    card = cards.Card(
        "attention", "", "", frame, overview.attention.about, rows=rows, columns=names
    )
    with words.using("en", "EUR"), words.telling(card.about):
        shown = lists.as_html(card, lists.State(), is_static=False, links={"plan": "/plan?month=1"},
                              clients=PAGES)  # fmt: skip
    first = frame.iloc[0]
    assert first["topic"] == "plan"
    row = re.search(r"<tbody><tr>(.*?)</tr>", shown)[1]
    assert f"href='/client?client_id={first['client_id']}'>{first['client_name']}</a>" in row
    assert f"data-own='manager_id={first['manager_id']}'>Anna</button>" in row
    assert "<a href='/plan?month=1'>" in row.rpartition("</button>")[2]
