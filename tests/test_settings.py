"""clientops.toml: what is read, and how mistakes are named."""

import dataclasses
import datetime

import pytest

from clientops.errors import ClientOpsError
from clientops.settings import Portfolio, Settings, override, read_settings


def read(tmp_path, text: str) -> Settings:
    (tmp_path / "clientops.toml").write_text(text, encoding="utf-8")
    return read_settings(tmp_path)


def test_without_a_file_the_defaults_hold(tmp_path):
    assert read_settings(tmp_path) == Settings()


def test_values_are_read(tmp_path):
    settings = read(tmp_path, """
        [company]
        name = "Acme"
        currency = "USD"
        calendar = "GB-ENG"
        data_until = 2026-10-31
        work_week = ["Sun", "Mon", "Tue", "Wed", "Thu"]
        [tables.clients]
        file = "customers.csv"
        columns = { client_id = "number" }
        [settings.portfolio]
        window_months = 6
        abc_cuts = [1000, 250.5]
        [settings.ingest]
        max_reject_share = 0.2
    """)  # fmt: skip
    assert settings.company.data_until == datetime.date(2026, 10, 31)
    assert settings.company.work_week[0] == "Sun"
    assert settings.tables["clients"].columns == {"client_id": "number"}
    assert settings.settings.portfolio.window_months == 6
    assert settings.settings.portfolio.abc_cuts == (1000, 250.5)
    assert settings.settings.ingest.max_reject_share == 0.2


@pytest.mark.parametrize(("text", "message"), [
    ("[compny]", "unknown key 'compny'; did you mean company?"),
    ("[company]\nnme = 1", r"\[company\] unknown key 'nme'; did you mean name?"),
    ("[tables.shipment]\nfile = 'x'", "did you mean shipments?"),
    ("[tables.clients]\nfiel = 'x'", "did you mean file?"),
    ("[tables.clients.columns]\nclient = 'x'", "did you mean client_id?"),
    ("[settings.portfolio]\nwindow = 6", "did you mean window_months?"),
    ("[settings]\nwindow_months = 6", r"belongs to \[settings.portfolio\]"),
    ("[settings.portfolios]\n", "did you mean portfolio?"),
    ("[settings.portfolio]\nwindow_months = 'six'", "window_months: expected `int`, got `str`"),
    ("[settings.portfolio]\nwindow_months = 0", "window_months: expected `int` >= 1"),
    ("[settings.portfolio]\nabc_by = 'profit'", "invalid enum value 'profit'"),
    ("[settings.portfolio]\nwindow_months = 2", "below lapse_months"),
    ("[settings.portfolio]\nabc_shares = [0.9, 0.8]", "abc_shares: the first"),
    ("[settings.portfolio]\nabc_cuts = [1, 2]", "abc_cuts"),
    ("[company]\ncurrency = 'euro'", "currency"),
    ("[company]\ndata_until = 'soon'", "data_until"),
    ("[tables.clients]\nsql = 'x'\nfile = 'y'", "both sql and file"),
    ("company = 3", "company: expected `object`"),
    ("[company", "not readable as TOML"),
])  # fmt: skip
def test_mistakes_are_named_in_one_line(tmp_path, text, message):
    with pytest.raises(ClientOpsError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)
    assert "clientops.toml" in str(caught.value)


def test_settings_can_be_changed_by_text():
    changed = override(Portfolio(), {"window_months": "6", "abc_by": "margin",
                                     "clients_per_manager": "[10, 20]"})  # fmt: skip
    assert changed == Portfolio(window_months=6, abc_by="margin", clients_per_manager=(10, 20))
    assert override(Portfolio(abc_cuts=(2.0, 1.0)), {"abc_cuts": "[]"}).abc_cuts is None


def test_settings_by_team_can_be_told_apart_and_kept_by(tmp_path):
    """What is worked out once for some settings is kept under them."""
    text = "[settings.portfolio]\nclients_per_manager_of = { Retail = [200, 700] }"
    rules = read(tmp_path, text).settings.portfolio
    assert rules.clients_per_manager is None
    assert rules.clients_per_manager_of == {"Retail": (200, 700)}
    kept = {rules: 1, Portfolio(): 2}
    assert kept[dataclasses.replace(rules)] == 1
    with pytest.raises(ClientOpsError, match="clients_per_manager_of Retail: the first"):
        override(rules, {"clients_per_manager_of": "{ Retail = [3, 2] }"})


def test_changes_are_checked_like_a_file():
    with pytest.raises(ClientOpsError, match="did you mean window_months"):
        override(Portfolio(), {"window_month": 6})
    with pytest.raises(ClientOpsError, match="below lapse_months"):
        override(Portfolio(), {"window_months": 1})
