"""Survival, cohorts and the repeat ladder on data whose results are published."""

import warnings
from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from clientops import open_book
from clientops.ledger.statistics import kaplan_meier
from clientops.metrics import retention
from tests.conftest import ROOT, build_for_all

CDNOW = ROOT / "tests" / "data" / "cdnow"

# Weeks of remission of 42 children with leukaemia, + where it lasted longer: E. A. Gehan (1965),
# Biometrika 52; the example of most books on survival.
MERCAPTOPURINE = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
# Days that fruit flies lived: the Walton data, as the Python package lifelines (MIT) brings them.
WALTONS = {
    "miR-137": "6 9 9 9 13 13 13 15 15 19 19 19 22 22 22 22 26 26 26 26 26 29 29 29 29 29 33 33 36 "
    "36 43 47 62 62",
    "control": "7+ 45+ 60+ 61+ 61+ 68+ 69+ " + " ".join(
        f"{day} " * number for day, number in {
            7: 1, 17: 1, 32: 1, 33: 1, 38: 2, 41: 7, 45: 9, 48: 8, 51: 3, 53: 7, 54: 2,
            56: 18, 58: 4, 60: 15, 61: 9, 63: 9, 66: 3, 68: 9, 69: 12, 75: 1,
        }.items()
    ),
}  # fmt: skip


def times(text: str) -> tuple[np.ndarray, np.ndarray]:
    lifetimes = [float(each.rstrip("+")) for each in text.split()]
    return np.array(lifetimes), np.array([not each.endswith("+") for each in text.split()])


def at(table: pd.DataFrame, time: float) -> pd.Series:
    return table[table["time"] <= time].iloc[-1]


def median(table: pd.DataFrame) -> float:
    return table["time"][table["survival"] <= 0.5].min()


def test_remission_under_mercaptopurine():
    table = kaplan_meier(*times(MERCAPTOPURINE))
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {time: round(at(table, time).survival, 3) for time in published} == published
    assert median(table) == 23
    row = at(table, 6)  # by log(−log): 0.857 ** exp(± 1.96 × 0.0891 / 0.1542)
    assert (round(row.low, 3), round(row.high, 3)) == (0.620, 0.952)


def test_remission_under_placebo():
    table = kaplan_meier(*times(PLACEBO))
    assert median(table) == 8
    np.testing.assert_allclose(table["survival"].iloc[-3:], [2 / 21, 1 / 21, 0], atol=1e-12)
    assert table[["low", "high"]].iloc[[0, -1]].isna().all(axis=None)  # survival is 1, then 0


def test_waltons():
    assert [median(kaplan_meier(*times(WALTONS[group]))) for group in WALTONS] == [26, 58]


@pytest.mark.parametrize("text", [MERCAPTOPURINE, PLACEBO, *WALTONS.values()])
def test_the_same_as_scipys(text):
    lifetimes, ended = times(text)
    table = kaplan_meier(lifetimes, ended)
    data = stats.CensoredData.right_censored(lifetimes, ~ended)
    survival = stats.ecdf(data).sf
    with warnings.catch_warnings():  # where survival is 0 or 1 there is none
        warnings.simplefilter("ignore", RuntimeWarning)
        band = survival.confidence_interval(0.95, method="log-log")
    np.testing.assert_allclose(table["survival"], survival.evaluate(table["time"]), atol=1e-12)
    inside = table["low"].notna()
    for ours, theirs in ((table["low"], band.low), (table["high"], band.high)):
        expected = theirs.evaluate(table["time"][inside])
        np.testing.assert_allclose(ours[inside], expected, atol=1e-12)


# --- CDNOW ---


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory):
    store = tmp_path_factory.mktemp("cdnow")
    build_for_all(CDNOW, store)
    return open_book(CDNOW, store_folder=store)


def test_cdnow_repeats_as_published(cdnow):
    """P. S. Fader, B. G. S. Hardie and K. L. Lee (2005): repeat purchases in 39 weeks.

    Of 2,357 customers 1,411 made none, eight of them with a first order of 0.00: no purchase.
    """
    table = cdnow.compute(retention.repeat_ladder, "1997-09")
    clients = table[table["manager_id"] == "*"]["clients"].tolist()
    exactly = [before - after for before, after in pairwise(clients)]
    assert exactly[:6] == [1411 - 8, 439, 214, 100, 62, 38]
    assert (clients[0], clients[1]) == (2357 - 8, 946)


DAYS = f"""
    select client_id, shipped_on as day from '{CDNOW / "shipments.parquet"}'
    where shipped_on < $until group by all having sum(revenue) > 0
"""


@pytest.mark.parametrize("month", ["1997-09", "1998-06"])
def test_cdnow_cohorts_by_sql(cdnow, month):
    until = pd.Timestamp(month) + pd.DateOffset(months=1)
    theirs = duckdb.execute(
        f"""
        with days as ({DAYS}),
        firsts as (
            select client_id, date_trunc('month', min(day)) as cohort from days group by client_id
        ),
        cells as (
            select f.cohort, m.month, date_diff('month', f.cohort, m.month) as age,
                count(distinct f.client_id) as clients,
                count(distinct case when date_trunc('month', d.day) = m.month then d.client_id end)
                    as retained,
                count(distinct case when d.day < m.month + interval 1 month
                    and d.day >= m.month - interval 2 month then d.client_id end) as quarter
            from firsts f join days d using (client_id)
            cross join (select distinct date_trunc('month', day) as month from days) m
            where m.month >= f.cohort group by all
        ),
        money as (
            select f.cohort, date_trunc('month', s.shipped_on) as month, sum(s.revenue) as revenue
            from firsts f join '{CDNOW / "shipments.parquet"}' s using (client_id) group by all
        )
        select c.cohort, c.age, c.clients, c.retained,
            case when c.age >= 3 then c.quarter end as retained_quarter, m.revenue
        from cells c left join money m using (cohort, month) order by c.cohort, c.age
        """,
        {"until": until},
    ).df()
    ours = cdnow.compute(retention.cohort_retention, month)
    ours = ours[ours["manager_id"] == "*"].reset_index(drop=True)
    assert len(ours) == len(theirs) > 20
    assert ours["existing"].tolist() == (ours["cohort"] == "1997-01-01").tolist()
    for column in ("age", "clients", "retained", "retained_quarter", "revenue"):
        np.testing.assert_allclose(
            ours[column].astype(float), theirs[column].astype(float), atol=1e-9, err_msg=column
        )
    np.testing.assert_allclose(ours["retention"], theirs["retained"] / theirs["clients"])


@pytest.mark.parametrize("month", ["1997-09", "1998-06"])
def test_cdnow_ladder_by_sql(cdnow, month):
    until = pd.Timestamp(month) + pd.DateOffset(months=1)
    theirs = duckdb.execute(
        f"""
        with steps as (
            select row_number() over w as number, day, lead(day) over w as next
            from ({DAYS}) window w as (partition by client_id order by day)
        )
        select number + 1 as purchase_no, count(next) as clients,
            count(*) filter (mature) as mature,
            count(next) filter (mature) / nullif(count(*) filter (mature), 0) as conversion,
            median(next - day) as median_days
        from (select *, $until::date - 1 - day > 180 as mature from steps)
        where number < 10 group by number order by number
        """,
        {"until": until},
    ).df()
    ours = cdnow.compute(retention.repeat_ladder, month)
    ours = ours[(ours["manager_id"] == "*") & (ours["purchase_no"] > 1)].reset_index(drop=True)
    columns = ["purchase_no", "clients", "mature", "conversion", "median_days"]
    np.testing.assert_allclose(ours[columns].astype(float), theirs[columns].astype(float))
