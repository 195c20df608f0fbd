"""Loyalty tables on surveys that can be worked out on paper, and on one that was published."""

import pandas as pd
import pytest

from clientops.errors import ClientOpsError
from clientops.metrics import loyalty
from clientops.settings import Loyalty, override
from tests.conftest import ROOT
from tests.ledgers import compute, every, frames, line, only_row

# The year to June 2026: its window is 2025-07 … 2026-06, the one before 2024-07 … 2025-06.
JUNE = "2026-06"
FRENCH_RETAILER = ROOT / "tests" / "data" / "nps_retail_fr" / "scores.csv.gz"


def said(score: float | None, day: str | None = "2026-03-10", client_id: str | None = None,
         asked_on: str | None = None, **more) -> dict:  # fmt: skip
    """One row of surveys."""
    return {"score": score, "responded_on": day, "client_id": client_id, "asked_on": asked_on,
            **more}  # fmt: skip


def asked(day: str, client_id: str | None = None) -> dict:
    """Somebody was asked and did not answer."""
    return said(None, None, client_id, day)


def crowd(promoters: int, passives: int, critics: int, day: str = "2026-03-10") -> list[dict]:
    """Answers that name no client."""
    return [said(score, day) for score, number in ((10, promoters), (8, passives), (2, critics))
            for _ in range(number)]  # fmt: skip


def book(*surveys: dict, shipments=(), managers=("1", "2"), **tables):
    """Frames of surveys; the data begin in January 2024."""
    shipments = [line("S0", "2024-01-10", "C0", 1, "1"), *shipments]
    managers = [{"manager_id": each, "manager_name": f"M{each}"} for each in managers]
    return frames(data_until="2026-06-30", shipments=shipments, managers=managers,
                  surveys=list(surveys), **tables)  # fmt: skip


def company(*surveys: dict, month: str = JUNE, **changed) -> pd.Series:
    """The company's row of nps."""
    return only_row(compute(loyalty.nps, book(*surveys), month, **changed), dimension="*")


# --- the score and its interval ---


def test_an_interval_worked_out_on_paper():
    # 7 promoters, 2 passives, 1 detractor: NPS 6/10. With 3 answers more, ¾ and ¾ of them to the
    # ends: n 13, shares 7.75/13 and 1.75/13; centre 6/13 = 0.461538; variance
    # (9.5/13 − (6/13)²)/13 = (0.730769 − 0.213018)/13 = 0.0398270, its root 0.199567;
    # 0.461538 ± 1.959964 × 0.199567 = 0.461538 ± 0.391144.
    row = company(*crowd(7, 2, 1))
    counts = ["answers", "promoters", "passives", "detractors", "window_months"]
    assert row[counts].tolist() == [10, 7, 2, 1, 12]
    assert row.nps == pytest.approx(0.6)
    assert (row.low, row.high) == pytest.approx((0.070394, 0.852682), abs=2e-6)
    assert row.verdict == "open"
    # The interval surrounds the adjusted value: it is not nps ± something.
    assert (row.low + row.high) / 2 == pytest.approx(6 / 13)


def test_an_interval_ends_at_one():
    # 10 promoters: shares 10.75/13 and 0.75/13, centre 10/13 = 0.769231; variance
    # (11.5/13 − (10/13)²)/13 = (0.884615 − 0.591716)/13 = 0.0225307, its root 0.150102;
    # 0.769231 ± 0.294196: from 0.475035 to 1.063427, cut at 1.
    row = company(*crowd(10, 0, 0))
    assert (row.nps, row.high, row.verdict) == (1.0, 1.0, "good")
    assert row.low == pytest.approx(0.475035, abs=2e-6)
    row = company(*crowd(0, 0, 10))
    assert (row.nps, row.low, row.verdict) == (-1.0, -1.0, "poor")
    assert row.high == pytest.approx(-0.475035, abs=2e-6)


def test_an_interval_asked_about_in_public():
    # Of 1,162 answers 291 promoters and 395 detractors: "NPS of −9, 4.4 to each side", as told on
    # talkstats.com (thread 58500) by the plain formula; three answers more change no digit of it.
    row = company(*crowd(291, 476, 395))
    assert round(100 * row.nps) == -9
    assert round(100 * (row.high - row.low) / 2, 1) == 4.4


def test_good_needs_255_answers_at_an_nps_of_53():
    # The French retailer's mix (62.19 %, 29.04 %, 8.77 %) in whole people. Of 255: 159 and 22; n
    # 258, centre 137/258 = 0.531008, variance (182.5/258 − 0.281969)/258 = 0.00164882, its root
    # 0.0406057, low 0.531008 − 0.079586 = 0.451422. Of 254: 158 and 22; centre 136/257 = 0.529183,
    # variance (181.5/257 − 0.280034)/257 = 0.00165833, low 0.529183 − 0.079815 = 0.449368.
    enough, few = company(*crowd(159, 74, 22)), company(*crowd(158, 74, 22))
    assert (enough.answers, enough.verdict) == (255, "good")
    assert enough.low == pytest.approx(0.451422, abs=2e-6)
    assert (few.answers, few.verdict) == (254, "open")
    assert few.low == pytest.approx(0.449368, abs=2e-6)
    assert company(*crowd(158, 74, 22), target=0.449).verdict == "good"


def test_poor_where_even_the_high_end_is_below_the_target():
    # 40, 40, 20: n 103, centre 20/103 = 0.194175; variance (61.5/103 − 0.037704)/103 = 0.00543091,
    # its root 0.0736947; high 0.194175 + 0.144439 = 0.338614.
    row = company(*crowd(40, 40, 20))
    assert (row.nps, row.verdict) == (pytest.approx(0.2), "poor")
    assert row.high == pytest.approx(0.338614, abs=2e-6)
    assert company(*crowd(40, 40, 20), target=0.338).verdict == "open"
    assert company(*crowd(40, 40, 20), target=0.04).verdict == "good"  # low is 0.049736


def test_few_answers_are_counts_only():
    judged = ["nps", "low", "high", "verdict", "previous", "p_value"]
    early = [asked("2024-06-30"), *crowd(6, 2, 2, "2024-12-01")]
    row = company(*early, *crowd(9, 0, 0))
    assert (row.answers, row.promoters) == (9, 9)
    assert row[judged].isna().all()
    row = company(*early, *crowd(9, 0, 0), min_answers=9)
    assert row[judged].notna().all()


def test_scores_of_either_scale_mean_the_same():
    scores = [said(score) for score in (1, 2, 6, 7, 8, 9, 10, 10, 10, 10)]
    for scale in ("0-10", "1-10"):
        row = company(*scores, scale=scale)
        assert row[["promoters", "passives", "detractors"]].tolist() == [5, 2, 3]
    assert company(*scores, said(0), scale="0-10").detractors == 4
    with pytest.raises(ClientOpsError):
        override(Loyalty(), {"scale": "0-5"})


def test_a_survey_of_a_french_retailer():
    # 13,954 rows, 342 without a score: of 13,612 answers 8,465 promoters, 3,953 passives and 1,194
    # detractors are told, an NPS of 53.4. n 13,615, centre 7271/13615 = 0.534043; variance
    # (9660.5/13615 − 0.285202)/13615 = 3.11672e-5, its root 0.00558276; ± 0.0109420.
    scores = pd.read_csv(FRENCH_RETAILER)["score"]
    made = book()
    surveys = pd.DataFrame({"score": scores, "responded_on": pd.Timestamp("2026-03-10")})
    columns = made["surveys"].dtypes
    made["surveys"] = surveys.reindex(columns=columns.index).astype(columns)
    row = only_row(compute(loyalty.nps, made, JUNE, scale="1-10"), dimension="*")
    counts = ["answers", "promoters", "passives", "detractors"]
    assert (len(scores), scores.isna().sum()) == (13_954, 342)
    assert row[counts].tolist() == [13_612, 8_465, 3_953, 1_194]
    assert round(100 * row.nps, 1) == 53.4
    assert (row.low, row.high) == pytest.approx((0.523101, 0.544985), abs=2e-6)
    assert row.verdict == "good"


# --- which answers count, and where ---


def test_the_last_answer_of_a_client_counts_and_every_one_of_strangers():
    table = compute(loyalty.nps, book(
        said(2, "2026-01-05", "C1"), said(10, "2026-02-05", "C1"),  # the last: promoter
        said(9, "2026-02-05", "C2"), said(6, "2026-02-05", "C2"),  # of one day the lower score
        said(10, "2025-06-30", "C3"), said(10, "2026-07-01", "C3"),  # the days beside the window
        said(9, "2025-07-01", "C4"), said(None, "2026-05-01", "C4"),  # no score is no answer
        said(1, client_id="U"), said(1, client_id="U"), said(8), said(8),  # each, in * only
        said(10, "2026-02-01", "C5"), said(10, "2026-03-01", "C5"),  # known from July on
        clients=[{"client_id": f"C{number}", "manager_id": "1"} for number in range(1, 5)]
        + [{"client_id": "C5", "manager_id": "1", "created_on": "2026-07-01"}],
    ), JUNE)  # fmt: skip
    counts = ["answers", "promoters", "passives", "detractors"]
    assert only_row(table, dimension="*")[counts].tolist() == [9, 4, 2, 3]
    assert only_row(table, dimension="manager")[counts].tolist() == [3, 2, 0, 1]
    assert only_row(table, dimension="abc")[["key", "answers"]].tolist() == ["-", 3]
    assert only_row(table, dimension="region")[["key", "name", "answers"]].tolist() == [
        "(none)", "(none)", 3,
    ]  # fmt: skip


def test_rows_stand_for_keys_and_the_company_always():
    clients = [{"client_id": "C1", "client_group": "Retail", "region": "North", "manager_id": "2"},
               {"client_id": "C2", "client_group": "Trade", "manager_id": "1"}]  # fmt: skip
    table = compute(loyalty.nps, book(
        said(9, client_id="C1"), asked("2026-03-01", "C2"), clients=clients,
        shipments=[line("S1", "2026-01-10", "C1", 100, "1")],
    ), JUNE)  # fmt: skip
    rows = table[["dimension", "key", "name", "answers", "asked"]].to_numpy().tolist()
    assert rows == [
        ["*", "*", "*", 1, 1],
        ["abc", "-", "-", 0, 1],
        ["abc", "A", "A", 1, 0],
        ["client_group", "Retail", "Retail", 1, 0],
        ["client_group", "Trade", "Trade", 0, 1],
        ["manager", "1", "M1", 0, 1],
        ["manager", "2", "M2", 1, 0],
        ["region", "(none)", "(none)", 0, 1],
        ["region", "North", "North", 1, 0],
    ]
    table = compute(loyalty.nps, book(said(9, "2026-07-01")), JUNE)
    assert table[["dimension", "answers"]].to_numpy().tolist() == [["*", 0]]


def test_an_answer_is_the_owners_of_its_day():
    # Asked under 1, who handed the client over on 10 March; 2 handed it on to 1 again in May.
    spells = [("1", "2025-01-01", "2026-03-09"), ("2", "2026-03-10", "2026-04-30"),
              ("1", "2026-05-01", None)]  # fmt: skip
    spells = [{"client_id": "C1", "manager_id": manager_id, "valid_from": first, "valid_to": last}
              for manager_id, first, last in spells]  # fmt: skip
    shipments = [line("S1", "2026-01-10", "C1", 300, "1"), line("S2", "2026-01-10", "C2", 100, "1")]
    clients = [{"client_id": "C2", "manager_id": "1"}]
    for day, owner, other in (("2026-03-09", "1", "2"), ("2026-03-10", "2", "1")):
        made = book(said(3, day, "C1", "2026-03-01"), shipments=shipments, clients=clients,
                    assignments=spells)  # fmt: skip
        table = compute(loyalty.nps, made, JUNE)
        managers = table[table["dimension"] == "manager"].set_index("key")
        assert managers.loc[owner, "detractors"] == 1
        assert other not in managers.index or managers.loc[other, "answers"] == 0
        # Asked by the owner on the day of asking; money by the owner at the end of June.
        assert managers.loc["1", ["asked", "answered_share"]].tolist() == [1, 1.0]
        assert managers.loc["1", "revenue_share"] == 0.75
    assert managers.loc["2", "asked"] == 0
    assert pd.isna(managers.loc["2", "answered_share"])
    assert pd.isna(managers.loc["2", "revenue_share"])
    trend = compute(loyalty.nps_trend, made, JUNE)
    assert only_row(trend, dimension="manager").key == "2"


# --- against the window before ---


def test_two_windows_are_compared_by_their_plain_shares():
    # Before 6, 2, 2: 0.4, variance (0.8 − 0.16)/10 = 0.064. Now 8, 1, 1: 0.7, variance
    # (0.9 − 0.49)/10 = 0.041. 0.3/√0.105 = 0.925820; beyond it on both sides lie 0.354539.
    early = [asked("2024-06-30"), *crowd(6, 2, 2, "2025-06-30")]
    row = company(*early, *crowd(8, 1, 1, "2025-07-01"))
    assert (row.nps, row.previous) == pytest.approx((0.7, 0.4))
    assert row.p_value == pytest.approx(0.354539, abs=2e-6)
    same = company(*early, *crowd(6, 2, 2))
    assert (same.previous, same.p_value) == pytest.approx((0.4, 1.0))
    few = company(asked("2024-06-30"), *crowd(6, 2, 1, "2025-06-30"), *crowd(8, 1, 1))
    assert few[["previous", "p_value"]].isna().all()
    unanimous = [asked("2024-06-30"), *crowd(10, 0, 0, "2025-06-30"), *crowd(11, 0, 0)]
    row = company(*unanimous)
    assert (row.nps, row.previous) == (1.0, 1.0)
    assert pd.isna(row.p_value)  # neither window varies


def test_previous_only_where_surveys_began_before_that_window():
    both = [*crowd(6, 2, 2, "2024-12-01"), *crowd(8, 1, 1)]
    for first, known in (
        (asked("2024-06-30"), True),
        (said(9, "2024-06-30"), True),
        (asked("2024-07-01"), False),
        (said(9, "2024-07-01"), False),
    ):
        row = company(first, *both)
        assert row[["previous", "p_value"]].notna().tolist() == [known, known]
    assert pd.isna(company(asked("2020-01-01"), *both, month="2024-12").previous)  # data too young
    # Quarters: April to June against January to March.
    quarters = [*crowd(6, 2, 2, "2026-03-31"), *crowd(8, 1, 1, "2026-04-01")]
    row = company(asked("2025-12-31"), *quarters, window_months=3)
    assert (row.previous, row.window_months) == (pytest.approx(0.4), 3)
    assert pd.isna(company(*quarters, window_months=3).previous)


def test_quarters_that_are_over():
    answers = [
        *crowd(7, 2, 1, "2026-03-31"),
        *crowd(0, 0, 9, "2026-04-01"),
        *crowd(3, 0, 0, "2024-04-01"),
        *crowd(5, 0, 0, "2024-06-30"),
    ]

    def shown(month: str) -> dict[str, int]:
        table = compute(loyalty.nps_trend, book(*answers), month)
        assert (table["dimension"] == "*").all()
        return dict(zip(table["quarter"].dt.strftime("%Y-%m"), table["answers"], strict=True))

    assert shown("2026-02") == {"2024-04": 8}
    assert shown("2026-03") == {"2024-04": 8, "2026-01": 10}
    assert shown("2026-05") == {"2024-04": 8, "2026-01": 10}  # April and May are still running
    assert shown("2026-06") == {"2026-01": 10, "2026-04": 9}  # eight quarters from July 2024 on
    table = compute(loyalty.nps_trend, book(*answers), JUNE)
    assert table["nps"].fillna(9).tolist() == pytest.approx([0.6, 9])  # 9 are under min_answers
    assert table["low"].fillna(9).tolist() == pytest.approx([0.070394, 9], abs=2e-6)
    assert table["high"].fillna(9).tolist() == pytest.approx([0.852682, 9], abs=2e-6)


# --- who answers, and whose money it is ---


def test_answered_of_those_asked():
    # Asked in the window: C1 twice, C2, C3, one without a client. C1 answered its second question,
    # C2 answered after June, C4 was not asked, C5 was asked before the window and answered in it.
    clients = [{"client_id": f"C{number}", "manager_id": "1"} for number in range(1, 6)]
    row = only_row(compute(loyalty.nps, book(
        asked("2025-07-01", "C1"), said(9, "2026-02-01", "C1", "2026-01-20"),
        said(9, "2026-07-01", "C2", "2026-06-30"), asked("2026-06-30", "C3"), asked("2026-01-01"),
        said(9, "2026-01-01", "C4"), said(9, "2025-07-01", "C5", "2025-06-30"),
        asked("2026-07-01", "C5"), clients=clients,
    ), JUNE), dimension="*")  # fmt: skip
    assert (row.answers, row.asked) == (3, 4)
    assert row.answered_share == 0.25


def test_answered_of_the_counted_clients_where_nobody_is_asked():
    # Counted: C1, C2, C3 and C4, who bought in the window; C1 and C2 answered in it. C5 answered
    # too, but last bought before the window: lost, not counted. The data's first client likewise.
    bought = [line(f"S{number}", "2026-01-10", f"C{number}", 100, "1") for number in range(1, 5)]
    surveys = [said(9, client_id="C1"), said(3, client_id="C2"), said(9, client_id="C5"), said(8)]
    made = book(*surveys, shipments=[*bought, line("S5", "2025-06-30", "C5", 100, "1")])
    row = only_row(compute(loyalty.nps, made, JUNE), dimension="*")
    assert pd.isna(row.asked)
    assert (row.answers, row.answered_share) == (4, 0.5)
    made = book(*surveys, asked("2026-07-01", "C1"), shipments=bought)  # not known in June
    assert pd.isna(only_row(compute(loyalty.nps, made, JUNE), dimension="*").asked)
    made = book(*surveys, asked("2024-02-01", "C1"), shipments=bought)  # nobody in this window
    row = only_row(compute(loyalty.nps, made, JUNE), dimension="*")
    assert row.asked == 0
    assert pd.isna(row.answered_share)


def test_the_answerers_share_of_window_revenue():
    # Manager 1: C1 300 (answered twice) and C2 100; manager 2: C3 600, of which 200 came back.
    shipments = [
        line("S1", "2026-01-10", "C1", 300, "1"), line("S2", "2026-01-10", "C2", 100, "1"),
        line("S3", "2026-01-10", "C3", 600, "2"), line("S4", "2026-02-10", "C3", -200, "2"),
        line("S5", "2025-06-30", "C1", 9999, "1"),
    ]  # fmt: skip
    table = compute(loyalty.nps, book(
        said(9, client_id="C1"), said(9, client_id="C1"), said(9, client_id="C9"),
        said(9, "2025-06-30", "C3"), asked("2026-03-01", "C3"), shipments=shipments,
    ), JUNE)  # fmt: skip
    assert only_row(table, dimension="*").revenue_share == pytest.approx(300 / 800)
    assert only_row(table, dimension="manager", key="1").revenue_share == 0.75
    assert only_row(table, dimension="manager", key="2").revenue_share == 0.0


def test_money_by_what_clients_said():
    # Counted: promoters P1 600 and P2 200, passive Q 100, no detractor, silent N 100: 1,000 in all.
    # Lost, so not counted: L, a promoter. Margin of costed lines: P1's 600 − 400, N's 100 − 130.
    shipments = [line("S1", "2026-01-10", "P1", 600, "1", 400), line("S2", "2026-01-10", "P2", 200),
                 line("S3", "2026-01-10", "Q", 100), line("S4", "2026-01-10", "N", 100, "1", 130),
                 line("S5", "2025-06-30", "L", 500)]  # fmt: skip
    table = compute(loyalty.nps_money, book(
        said(9, client_id="P1"), said(2, "2026-01-01", "P2"), said(10, client_id="P2"),
        said(8, client_id="Q"), said(9, client_id="L"), said(0), shipments=shipments,
    ), JUNE)  # fmt: skip
    assert table["answer"].tolist() == ["promoter", "passive", "detractor", "none"]
    assert table["clients"].tolist() == [2, 1, 0, 1]
    assert table["revenue"].tolist() == [800, 100, 0, 100]
    assert table["revenue_share"].tolist() == pytest.approx([0.8, 0.1, 0, 0.1])
    assert table["margin"].fillna(9).tolist() == [200, 9, 9, -30]
    assert table["revenue_per_client"].fillna(9).tolist() == [400, 100, 9, 100]


def test_stayed_is_a_purchase_within_180_days():
    # 180 days before 30 June 2026 is 1 January; 180 days after 1 July 2024 is 28 December.
    surveys = [
        said(9, "2026-01-01", "P1"),  # just old enough; bought on the 180th day: stayed
        said(9, "2026-01-01", "P2"),  # bought that day and on the 181st: no
        said(9, "2026-01-02", "P3"),  # too young to tell
        said(9, "2024-07-01", "P4"),  # first day of the two windows; bought on the 180th day
        said(9, "2024-06-30", "P4"),  # before them
        said(5, "2024-09-01", "D1"), said(0, "2025-09-01", "D1"),  # both: bought after the first
        said(5, "2025-09-01"), said(5, "2025-09-01", "U"),  # of nobody known
    ]  # fmt: skip
    shipments = [
        line("S1", "2026-06-30", "P1", 10), line("S2", "2026-01-01", "P2", 10),
        line("S3", "2026-07-01", "P2", 10), line("S4", "2024-12-28", "P4", 10),
        line("S5", "2024-09-02", "D1", 10), line("S6", "2025-09-01", "D1", 10),
    ]  # fmt: skip
    # Silent until 1 January, of those who bought from February 2025 to that day: A, B, C, D.
    surveys.append(said(9, "2026-01-02", "C"))
    shipments += [
        *every(["2025-02-01", "2026-03-01"], "A", 10),  # bought since
        *every(["2025-12-31"], "B", 10),  # did not
        *every(["2026-01-01", "2026-06-30"], "C", 10),  # answered later, bought since
        *every(["2026-01-01", "2026-07-01"], "D", 10),  # after June
        *every(["2025-01-31", "2026-03-01"], "E", 10),  # not in those months
    ]
    made = book(*surveys, shipments=shipments)
    table = compute(loyalty.nps_money, made, JUNE).set_index("answer")
    assert table.loc["promoter", "stayed"] == pytest.approx(2 / 3)
    assert table.loc["detractor", "stayed"] == 0.5
    assert pd.isna(table.loc["passive", "stayed"])
    assert table.loc["none", "stayed"] == 0.5


# --- detractors ---


def act(when: str, client_id: str, **more) -> dict:
    return {"happened_at": when, "manager_id": "9", "kind": "call", "client_id": client_id, **more}


def unhappy(*activities: dict, **tables):
    """Four detractors, one who thought better of it, a stranger."""
    shipments = [line(f"S{client_id}", "2026-01-10", client_id, revenue, "1")
                 for client_id, revenue in (("D1", 400), ("D2", 300), ("D3", 200), ("D4", 100),
                                            ("E", 900))]  # fmt: skip
    return book(
        said(6, "2026-06-10", "D1"), said(3, "2026-06-10", "D2", comment="Late again"),
        said(9, "2026-06-20", "D3"), said(5, "2026-06-20", "D3"), said(0, "2025-07-01", "D4"),
        said(2, "2026-06-01", "E"), said(7, "2026-06-02", "E"), said(1, "2026-06-02", "U"),
        shipments=shipments, activities=list(activities), **tables,
    )  # fmt: skip


def test_detractors_whom_nobody_has_called():
    made = unhappy(
        act("2026-06-10 00:00", "D1"),  # on the day of the answer: answered
        act("2026-06-09 23:59", "D2"),  # the day before
        act("2026-06-25 10:00", "D3", outcome="missed"),
        act("2026-06-25 10:00", "D3", minutes=0.25),
        act("2026-07-01 10:00", "D2"),  # after the month asked for
        clients=[{"client_id": "D2", "client_name": "Daly"}],
        assignments=[{"client_id": "D2", "manager_id": "2", "valid_from": "2026-06-30"}],
    )
    table = compute(loyalty.detractors, made, JUNE)
    assert table["client_id"].tolist() == ["D2", "D3", "D4", "D1"]  # by revenue, the called last
    assert table["score"].tolist() == [3, 5, 0, 6]
    assert table["revenue"].tolist() == [300, 200, 100, 400]
    assert table["manager_id"].tolist() == ["2", "1", "1", "1"]
    assert table["days_unanswered"].fillna(-1).tolist() == [20, 10, 364, -1]
    touched = table["last_touch"].dt.strftime("%m-%d").fillna("never")
    assert touched.tolist() == ["06-09", "never", "never", "06-10"]
    assert only_row(table, client_id="D2")[["client_name", "comment"]].tolist() == [
        "Daly",
        "Late again",
    ]
    assert only_row(table, client_id="D3").client_name == "D3"


def test_detractors_without_any_activity():
    table = compute(loyalty.detractors, unhappy(), JUNE)
    assert table["client_id"].tolist() == ["D1", "D2", "D3", "D4"]
    assert table[["last_touch", "days_unanswered"]].isna().all().all()


def test_detractors_with_activities_of_later_days_only():
    # Somebody writes activities down: that nobody has spoken with them yet is known.
    table = compute(loyalty.detractors, unhappy(act("2026-07-01 10:00", "D1")), JUNE)
    assert table["client_id"].tolist() == ["D1", "D2", "D3", "D4"]
    assert table["last_touch"].isna().all()
    assert table["days_unanswered"].tolist() == [20, 20, 10, 364]


def test_detractors_as_of_a_day_of_the_running_month():
    # As of 12 June, May being the last whole month: answers of 10 June count, that of 20 June not
    # yet; the twelve months end with June, so 1 July 2025 is still in. E is unhappy on the 1st.
    made = unhappy(act("2026-06-12 10:00", "D1"), act("2026-06-13 10:00", "D2"))
    table = compute(loyalty.detractors, made, "2026-05", as_of=pd.Timestamp("2026-06-12"))
    assert table["client_id"].tolist() == ["D2", "D4", "D1"]
    assert table["days_unanswered"].fillna(-1).tolist() == [2, 346, -1]
    table = compute(loyalty.detractors, made, "2026-05", as_of=pd.Timestamp("2026-06-01"))
    assert table["client_id"].tolist() == ["E", "D4"]
