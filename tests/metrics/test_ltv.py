"""What a client is worth: published numbers, frames that can be checked on paper, simulations."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.ledger import bgnbd
from clientops.ledger.matrices import read_ledger
from clientops.metrics import base, ltv
from clientops.settings import Ltv
from tests.conftest import ROOT
from tests.ledgers import compute, every, frames, line, month_days, only_row

CDNOW = ROOT / "tests" / "data" / "cdnow" / "shipments.parquet"
PUBLISHED = bgnbd.Model(0.2426, 4.4136, 0.7929, 2.4259)  # in weeks: Fader, Hardie and Lee (2005)


@pytest.fixture(scope="module")
def cdnow() -> tuple[np.ndarray, ...]:
    """x, t_x and T in days of the 2,357 customers, to the end of September 1997."""
    rows = duckdb.sql(f"""
        with days as (select distinct client_id, shipped_on as day from '{CDNOW}'
                      where shipped_on <= date '1997-09-30')
        select count(*) - 1 as x, date_diff('day', min(day), max(day)) as t_x,
            date_diff('day', min(day), date '1997-09-30') as T
        from days group by client_id order by client_id
    """).fetchnumpy()
    return tuple(rows[name].astype(np.int64) for name in ("x", "t_x", "T"))


def test_the_published_numbers(cdnow):
    found = bgnbd.fit(*cdnow)
    weeks = [found.r, found.alpha / 7, found.a, found.b]
    assert [round(each, 4) for each in weeks] == [0.2426, 4.4136, 0.7929, 2.4259]
    assert found.log_likelihood == pytest.approx(-14363.53, abs=0.005)
    assert found.log_likelihood + cdnow[0].sum() * np.log(7) == pytest.approx(-9582.43, abs=0.005)
    assert found.reason is None


def test_the_published_client():
    lived = [np.array([each]) for each in (2, 30.43, 38.86)]
    assert bgnbd.expected(PUBLISHED, *lived, 39).round(4) == [1.2259]
    assert bgnbd.alive(PUBLISHED, *lived).round(4) == [0.7266]


def test_the_order_of_clients_changes_nothing(cdnow):
    order = np.random.default_rng(1).permutation(len(cdnow[0]))
    assert bgnbd.fit(*(each[order] for each in cdnow)) == bgnbd.fit(*cdnow)


@pytest.mark.parametrize("model", [PUBLISHED, bgnbd.Model(3.0, 0.5, 1.0, 0.01),
                                   bgnbd.Model(0.05, 90.0, 0.3, 0.7)])  # fmt: skip
@pytest.mark.parametrize("lived", [(0, 0, 5), (1, 4, 900), (3, 40, 41), (700, 1000, 1030)])
def test_expected_purchases_by_an_integral(model, lived):
    """The rate at which a living client will buy, over the days ahead and every chance to leave."""
    (r, alpha, a, b), (x, _last, until) = model[:4], lived
    chances = stats.beta.ppf((np.arange(8000) + 0.5) / 8000, a, b + x)  # to leave, as many alike
    scale = alpha + until

    def rate(days):
        return ((r + x) / scale * (1 + chances * days / scale) ** -(r + x + 1)).mean()

    arrays = [np.array([each]) for each in lived]
    ahead = integrate.quad(rate, 0, 365, limit=200)[0] * bgnbd.alive(model, *arrays)[0]
    assert bgnbd.expected(model, *arrays, 365.0)[0] == pytest.approx(ahead, rel=5e-3)
    assert 0 <= bgnbd.alive(model, *arrays)[0] <= 1


def test_the_gradient_is_exact(cdnow):
    from scipy import optimize

    x, t_x, lived = (each[:300] for each in cdnow)
    counts, place = np.unique(x, return_inverse=True)
    rows = counts, place, t_x / 5, lived / 5, np.full(len(x), 1 / len(x))
    at = np.array([-0.3, 1.0, 0.2, 0.9])
    exact = bgnbd._loss(at, *rows)[1]
    by_steps = optimize.approx_fprime(at, lambda logs: bgnbd._loss(logs, *rows)[0], 1e-7)
    assert exact == pytest.approx(by_steps, abs=1e-6)


def test_refused(cdnow):
    assert bgnbd.fit(*(each[:99] for each in cdnow)).reason == bgnbd.TOO_FEW
    assert bgnbd.fit(*np.zeros((3, 200), dtype=np.int64)).reason == bgnbd.NOT_FINITE
    rng = np.random.default_rng(2)  # everybody like everybody, and nobody leaves
    lived = rng.integers(300, 600, 200)
    bought = rng.poisson(lived / 20)
    alike = bgnbd.fit(bought, np.where(bought > 0, lived, 0), lived)
    assert alike.reason == bgnbd.UNTOLD
    assert np.isnan([alike.r, alike.alpha, alike.a, alike.b, alike.log_likelihood]).all()


# Three buyers: C1 each month for 30 months, C2 in the first year only, C3 once; in July all three.
LINES = [
    *every(month_days("2024-01-01", 30), "C1", 100, "1", cost=60),
    *every(month_days("2024-01-01", 12), "C2", 50, "1", cost=30),
    *every(["2025-07-15"], "C3", 300, "2"),
]
CARDS = [{"client_id": "C1", "client_group": "Inns"}, {"client_id": "C2", "client_group": "Inns"}]


def test_on_paper():
    """June 2026. C1 brought 3,000, C2 600, C3 300 without a cost: 3,900 in 30 + 12 + 1 days with a
    purchase and as many months; margin 1,440 of 3,600."""
    table = compute(ltv.ltv_history, frames(shipments=LINES, clients=CARDS), "2026-06",
                    min_clients=1)  # fmt: skip
    row = only_row(table[table["month"] == "2026-06"], dimension="*")
    assert row["clients"] == 3
    assert row["cheque"] == pytest.approx(3900 / 43)
    assert (row["per_month"], row["profit_rate"]) == (1, pytest.approx(0.4))
    assert row["months"] == pytest.approx(43 / 3)
    assert row["to_date"] == pytest.approx(0.4 * 3900 / 3)
    # The year since July 2025: 1,200 of C1 and 300 of C3; the year before: 1,200 and 300 of C2.
    assert row["year_value"] == pytest.approx(0.4 * 1500 / 2)
    assert row["kept"] == pytest.approx(1200 / 1500)
    assert row["expected"] == pytest.approx(300 * (1 + 0.8 + 0.64 + 0.512 + 0.4096))
    inns = only_row(table[table["month"] == "2026-06"], key="Inns")
    assert (inns["kept"], inns["kept_of"]) == (pytest.approx(0.8), "client_group")
    # Nothing of C3 is costed: margin is not known, amounts are revenue; nobody bought before.
    other = only_row(table[table["month"] == "2026-06"], key="2")
    assert pd.isna(other["profit_rate"])
    assert (other["to_date"], other["year_value"], other["kept_of"]) == (300, 300, "company")


def test_too_few_months_and_too_few_buyers():
    book = frames(shipments=LINES, clients=CARDS)
    rows = compute(ltv.ltv_history, book, "2025-12").query("dimension == '*'").set_index("month")
    assert len(rows) == 12
    assert rows["year_value"].notna().all()
    assert (
        rows["kept"].notna().tolist() == rows["expected"].notna().tolist() == [False] * 11 + [True]
    )
    assert rows["kept_of"].iloc[-1] == "company"
    early = compute(ltv.ltv_history, book, "2024-11").query("dimension == '*'")
    assert len(early) == 11
    assert early["year_value"].isna().all()


def test_everybody_kept_and_returns_larger_than_sales():
    kept = compute(ltv.ltv_history, frames(shipments=every(
        month_days("2024-01-01", 24), "C1", 100, cost=70)), "2025-12").iloc[-1]  # fmt: skip
    assert (kept["kept"], kept["expected"]) == (1, pytest.approx(5 * 12 * 30))
    lines = [line("A", "2025-01-10", "C1", 100), line("B", "2025-02-10", "C1", -150),
             line("C", "2025-02-11", "C2", -20)]  # fmt: skip
    table = compute(ltv.client_ltv, frames(shipments=lines), "2025-03")
    assert table["client_id"].tolist() == ["C1"]  # returns alone are no purchase
    row = table.iloc[0]
    assert (row["to_date"], row["cheque"]) == (-50, -50)
    assert (row["naive_12"], row["formula_12"], row["expected_12"]) == (0, 0, 0)
    assert pd.isna(row["alive"])


@pytest.mark.parametrize("name", ["sample", "northwind", "adventureworks"])
def test_the_formula_is_the_margin_per_client_so_far(name, request):
    book = request.getfixturevalue(name)
    table = book.compute(ltv.ltv_history)
    rate = table["profit_rate"].fillna(1)
    product = table["cheque"] * table["per_month"] * rate * table["months"]
    np.testing.assert_allclose(table["to_date"], product, rtol=1e-12)
    company = table[(table["dimension"] == "*") & (table["month"] == book.month)].iloc[0]
    ledger = book.ledger
    end = ledger.row(book.month) + 1
    bought = ledger.purchases[end] > 0
    brought = ledger.revenue[end][bought].sum() / schema.MONEY_SCALE
    assert company["to_date"] * bought.sum() == pytest.approx(brought * rate[company.name])


def test_too_small_and_too_young_ledgers_have_no_model(northwind, adventureworks):
    assert northwind.compute(ltv.ltv_model)["reason"].tolist() == [bgnbd.TOO_FEW]
    assert adventureworks.compute(ltv.ltv_model)["reason"].tolist() == [bgnbd.UNTOLD]
    for book in (northwind, adventureworks):
        table = book.compute(ltv.client_ltv)
        assert set(table["method"]) == {"naive"}
        assert table["bgnbd_12"].isna().all()
        assert (table["expected_12"] == table["naive_12"]).all()


def test_a_client_by_hand(sample):
    """The three ways, and what the page tells of them, by the numbers that stand beside."""
    table, model = sample.compute(ltv.client_ltv), sample.compute(ltv.ltv_model).iloc[0]
    row = only_row(table, client_id="C0233")
    numbers = bgnbd.Model(*(model[name] for name in ("r", "alpha", "a", "b")))
    days = np.array([(row["last_on"] - pd.Timestamp("2023-11-03")).days])
    lived = np.array([(pd.Timestamp("2026-10-31") - pd.Timestamp("2023-11-03")).days])
    often = np.array([row["purchases"] - 1])
    ahead = bgnbd.expected(numbers, often, days, lived, 365)[0]
    assert row["bgnbd_12"] == pytest.approx(ahead * row["cheque"])
    assert row["formula_12"] == pytest.approx(row["to_date"] / 36 * 12)
    assert (table.filter(like="_12") >= 0).all(axis=None)
    naive = sample.compute(ltv.client_ltv, ltv_method="naive")
    assert (naive["expected_12"] == naive["naive_12"]).all()


def test_backtests_never_see_the_future(sample):
    """Cut a year before, the ledger tells of its clients what the backtest takes them for."""
    then = sample.month - pd.DateOffset(months=12)
    cut = sample.compute(ltv.client_ltv, then)
    told = sample.compute(ltv.ltv_backtest).set_index("method")
    assert (told["clients"] == len(cut)).all()
    for method in ltv.METHODS:
        assert told["predicted"][method] == pytest.approx(cut[f"{method}_12"].sum())
    assert told["best"].sum() == 1


def test_nobody_had_bought_a_year_ago():
    """A line that is no purchase makes the data older than the clients are."""
    lines = [line("S0", "2024-01-05", "C1", 0), line("S1", "2026-05-05", "C1", 100)]
    assert compute(ltv.ltv_backtest, frames(shipments=lines), "2026-06").empty


def test_a_value_of_others_needs_its_source():
    with pytest.raises(ValueError, match="sector_source"):
        Ltv(sector=100.0)
    with pytest.raises(ClientOpsError, match="competitor_source"):
        compute(ltv.ltv_history, frames(shipments=LINES), "2026-06", competitor=50)
    table = compute(ltv.ltv_history, frames(shipments=LINES), "2026-06", sector=900.0,
                    sector_source="the trade's yearbook")  # fmt: skip
    assert (table["sector"] == 900).all()
    assert table["competitor"].isna().all()


def test_the_list_of_clients_has_what_each_is_expected_to_bring(sample):
    clients = sample.compute(base.client_list).set_index("client_id")
    listed = clients["expected_12"]
    told = sample.compute(ltv.client_ltv).set_index("client_id")["expected_12"]
    pd.testing.assert_series_equal(listed.dropna(), told, check_names=False)
    assert (listed.isna() == (clients["stage"] == "prospect")).all()


# ---------------------------------------------------------------- businesses that stand still

BUSINESSES = {  # of each kind of client: its part, its chance to buy and to leave, each month
    "even": [(1.0, 0.8, 0.01)],
    "mixed": [(0.5, 0.9, 0.01), (0.5, 0.6, 0.06)],
    "rare": [(1.0, 0.2, 0.01)],
    "churning": [(1.0, 0.8, 0.02)],
}
CLIENTS, SEEN, AHEAD = 2000, 48, 48  # places, months of data, months after


def standing(kinds: list[tuple]) -> pd.DataFrame:
    """Client and month of every purchase in a business that replaces whoever leaves by the same."""
    rng = np.random.default_rng(3)
    part, buys, leaves = map(np.array, zip(*kinds, strict=True))
    kind = rng.choice(len(part), CLIENTS, p=part)
    who, rows = np.arange(CLIENTS), []
    for month in range(-120, SEEN + AHEAD):  # from long before the data begin
        rows.append((month, who[rng.random(CLIENTS) < buys[kind]]))
        left = rng.random(CLIENTS) < leaves[kind]
        who = np.where(left, who.max() + 1 + np.arange(CLIENTS), who)
    return pd.DataFrame([(month, each) for month, bought in rows for each in bought],
                        columns=["month", "client"]).query("month >= 0")  # fmt: skip


@pytest.mark.parametrize("name", BUSINESSES)
def test_a_business_that_stands_still(name):
    """A purchase brings 1. The formula climbs though nothing changes; *expected* stays near what
    the buyers of a year bring in it and the four after it."""
    bought = standing(BUSINESSES[name])
    day = pd.Timestamp("2020-01-10")
    months = [day + pd.DateOffset(months=number) for number in range(SEEN)]
    seen = bought[bought["month"] < SEEN]
    ids, days = seen["client"].astype(str), pd.DatetimeIndex(months)[seen["month"]]
    sales = pd.DataFrame({"client_id": ids, "month": days.to_period("M").to_timestamp()})
    sales = sales.assign(revenue=10_000, cost=0, costed_revenue=10_000, costed_lines=1)
    managers = pd.DataFrame({"manager_id": [], "manager_name": []})
    texts = {name: pd.Series(dtype="str") for name in ("client_id", "client_group", "region")}
    clients = pd.DataFrame(texts | {"created_on": pd.Series(dtype="datetime64[us]")})
    owners = pd.DataFrame({"client_id": ids.unique(), "manager_id": "1",
                           "from_month": months[0].replace(day=1), "to_month": pd.NaT})  # fmt: skip
    owners["to_month"] = owners["to_month"].astype("datetime64[us]")
    purchases = pd.DataFrame({"client_id": ids, "day": days})
    ledger = read_ledger(sales, purchases, clients, owners, managers,
                         months[0].replace(day=1), months[-1].replace(day=1))  # fmt: skip
    formula, expected = [], []
    for end in (23, 35, 47):
        table = ltv.ltv_history(ledger, month=months[end].replace(day=1))
        row = table[table["dimension"] == "*"].iloc[-1]
        buyers = bought.loc[bought["month"].between(end - 11, end), "client"].unique()
        after = bought[bought["client"].isin(buyers) & bought["month"].between(end - 11, end + 48)]
        truth = len(after) / len(buyers)
        formula.append(row["to_date"] / truth)
        expected.append(row["expected"] / truth)
    assert formula == sorted(formula)
    assert 0.35 < formula[0] < formula[-1] < 0.79
    assert all(0.85 < each < 1.15 for each in expected), expected
