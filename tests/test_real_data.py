"""Real ledgers nobody here wrote, held against figures published with them."""

import pytest

from clientops.metrics import portfolio


def _by_credit(book) -> dict[str, float]:
    names = book.managers.set_index("manager_id")["manager_name"].astype(str)
    sums = book.sales_month.groupby("manager_id")["revenue"].sum() / 10_000
    return {names[manager]: round(revenue, 2) for manager, revenue in sums.items() if revenue}


def test_northwind_reconciles_to_the_cent(northwind):
    assert northwind.sales_month["revenue"].sum() == 12_398_556_110  # shipped orders: 1,239,855.61


def test_adventureworks_reconciles_to_the_cent(adventureworks):
    assert round(adventureworks.sales_month["revenue"].sum() / 10_000, 2) == 80_450_596.98
    sums = _by_credit(adventureworks)
    published = {"linda3": 10_367_007.43, "jillian0": 10_065_803.54, "michael9": 9_293_903.01,
                 "jae0": 8_503_338.65}  # fmt: skip
    assert {name: sums[name] for name in published} == published


def test_adventureworks_margin_rate_is_that_of_the_ledger(adventureworks):
    sales = adventureworks.sales_month
    margin = sales["costed_revenue"].sum() - sales["cost"].sum()
    assert margin / sales["costed_revenue"].sum() == pytest.approx(0.0058, abs=0.00005)


@pytest.mark.parametrize("name", ["northwind", "adventureworks", "sample"])
def test_cells_add_up_to_the_ledger_of_the_window(name, request):
    book = request.getfixturevalue(name)
    quality = book.compute(portfolio.portfolio_quality)
    sales = book.sales_month
    window = sales[(sales["month"] > book.month - _YEAR) & (sales["month"] <= book.month)]
    ledger = window["revenue"].sum() / 10_000
    company = quality["manager_id"] == "*"
    assert quality[company]["revenue"].sum() == pytest.approx(ledger, abs=0.005)
    assert quality[~company]["revenue"].sum() == pytest.approx(ledger, abs=0.005)


_YEAR = __import__("pandas").DateOffset(months=12)
