"""What clients buy from everybody, and the plan proposed from it: numbers to check on paper."""

import pandas as pd
import pytest

from clientops.metrics.potential import (
    client_penetration,
    penetration,
    plan_proposal,
    year_retention,
)
from tests.ledgers import compute, every, frames, line, month_days, only_row


def potential(client_id: str, money: float, as_of: str | None = "2026-01-01", group=None) -> dict:
    """One row of potentials."""
    return {"client_id": client_id, "annual_purchases": money, "as_of": as_of,
            "product_group": group}  # fmt: skip


GOODS = [{"product_id": "P1", "product_group": "Food"}, {"product_id": "P2"}]
WALLET = frames(
    shipments=[
        *every(month_days("2025-01-01", 12), "C1", 5, "7", product_id="P1"),
        line("S", "2025-10-09", "C2", 40, "8", product_id="P1"),
        line("R", "2025-11-09", "C4", -30, "8", product_id="P2"),
    ],
    products=GOODS,
    clients=[{"client_id": "C3", "manager_id": "8"}],
    potentials=[
        potential("C1", 500, None), potential("C1", 150, "2024-01-01"),
        potential("C1", 140, "2024-01-01"),
        potential("C1", 999, "2026-02-01"),
        potential("C2", 60, "2025-01-01", "Food"), potential("C2", 30, None, "Tools"),
        potential("C3", 80), potential("C4", 10, "2024-01-01"), potential("C9", 5),
    ],
)  # fmt: skip


def told(client_id: str, month: str = "2025-12", group: str = "*") -> pd.Series:
    table = compute(client_penetration, WALLET, month)
    return only_row(table, client_id=client_id, product_group=group)


def test_sixty_of_a_wallet_of_150_are_forty_percent():
    row = told("C1")
    assert row[["revenue", "potential", "share", "headroom"]].tolist() == [60, 150, 0.4, 90]
    assert pd.isna(row["note"])  # 730 days before the end
    assert told("C1", "2026-01")["note"] == "stale"


def test_the_year_of_a_new_client_is_as_long_as_it_buys():
    """40 in three months are 160 a year, of 60 in food and 30 in tools."""
    row = told("C2")
    assert row["share"] == pytest.approx(40 / (90 * 3 / 12))
    assert (row["headroom"], row["note"]) == (0, "above")
    assert pd.isna(row["as_of"])  # that of one of its parts is not known
    assert told("C2", group="Food")["share"] == pytest.approx(40 / 15)
    assert told("C2", group="Tools")[["revenue", "headroom"]].tolist() == [0, 30]


def test_who_never_bought_has_all_to_win_and_returns_are_no_more():
    assert told("C3", "2026-01")[["revenue", "share", "headroom"]].tolist() == [0, 0, 80]
    row = told("C4")
    assert row[["revenue", "share", "headroom"]].tolist() == [-30, -3, 10]
    assert "C9" not in compute(client_penetration, WALLET, "2025-12")["client_id"].tolist()


def test_a_potential_of_nothing_has_no_share():
    book = frames(shipments=[line("S", "2025-12-09", "C", 5)], potentials=[potential("C", 0, None)])
    row = compute(client_penetration, book, "2025-12").iloc[0]
    assert (row["headroom"], pd.isna(row["share"])) == (0, True)


def test_shares_are_sums_over_sums():
    table = compute(penetration, WALLET, "2026-01")
    whole = only_row(table, dimension="*")
    assert whole[["clients", "known", "potential"]].tolist() == [4, 4, 330]
    assert whole["revenue"] == 55 + 40 - 30
    assert whole["share"] == pytest.approx(65 / (150 + 90 * 4 / 12 + 80 + 10))
    assert whole["buyers_share"] == 2 / 4
    food = only_row(table, dimension="product_group", key="Food")
    assert food[["clients", "known", "buyers_share"]].tolist() == [2, 1, 1]
    assert food["known_revenue_share"] == pytest.approx(40 / 95)


TWO_YEARS = frames(
    shipments=[
        *every(month_days("2024-01-01", 24), "C1", 10, "7"),
        *every(month_days("2024-01-01", 12), "C2", 10, "7"),
        *every(month_days("2025-07-01", 6), "C3", 5, "8"),
        line("R", "2025-05-05", "C4", -7, "8"),
    ],
    potentials=[potential("C1", 130), potential("C5", 50, None)],
    clients=[{"client_id": "C5", "manager_id": "9"}],
)


def test_a_proposal_is_last_year_as_clients_usually_go_on_and_a_tenth_of_the_rest():
    potentials = TWO_YEARS["potentials"].assign(as_of=pd.Timestamp("2025-01-01"))
    book = TWO_YEARS | {"potentials": potentials}
    assert compute(year_retention, book, "2025-12")["nrr"].tolist() == [0.5]
    table = compute(plan_proposal, book, "2025-12").set_index("client_id")
    assert table.loc["C1", ["last_year", "base", "proposal"]].tolist() == [120, 60, 61]
    assert table.loc["C5", ["last_year", "base", "proposal"]].tolist() == [0, 0, 5]
    assert table.loc["C4", ["last_year", "base", "proposal"]].tolist() == [-7, 0, 0]
    new = table.loc[["(new)"]].set_index("manager_id")["proposal"]
    assert new.to_dict() == {"7": 0, "8": 30, "(unassigned)": 0}
    shares = table.groupby("manager_id")["share_of_manager"].sum()
    assert shares[["7", "8", "9"]].tolist() == [1, 1, 1]


def test_with_less_than_two_years_last_year_goes_on():
    table = compute(plan_proposal, TWO_YEARS, "2025-11").set_index("client_id")
    assert table.loc["C1", "base"] == 120
    assert "(new)" not in table.index
    assert table.loc["C1", "proposal"] == pytest.approx(120)
