"""What plans, their pace and what else could be sold say."""

import pandas as pd

from clientops import findings, words
from clientops.metrics.cross_sell import cross_sell_check, group_shares
from clientops.metrics.pace import plan_pace
from clientops.metrics.plan import plan_fulfilment, plan_gaps
from clientops.metrics.potential import penetration, plan_proposal
from tests.ledgers import compute, every, frames, line, month_days
from tests.told import plain, told

MANAGERS = [{"manager_id": "7", "manager_name": "Ann"}, {"manager_id": "8", "manager_name": "Bob"},
            {"manager_id": "9", "manager_name": "Cid"}]  # fmt: skip
SALES = [line(f"S{key}", "2026-01-10", f"C{key}", 80, key) for key in "789"]


def fulfilment(plans: dict[str, float], sales: list[dict] = SALES, subject: str = "*") -> str:
    rows = [{"month": "2026-01-01", "plan_revenue": money, "manager_id": key}
            for key, money in plans.items()]  # fmt: skip
    book = frames(shipments=sales, plans=rows, managers=MANAGERS)
    return plain(told(findings.fulfilment, compute(plan_fulfilment, book, "2026-01"), subject))


def test_how_much_of_the_plan_is_made_and_with_whom_most_is_missing():
    said = fulfilment({"7": 100, "8": 40, "9": 160})
    assert said == (
        "The company: 80% of the plan to date, €60 are missing. Most is missing with Cid (€80)."
    )
    assert fulfilment({"7": 100, "8": 40}, subject="8") == (
        "Bob: 200% of the plan to date, €40 above it."
    )
    assert fulfilment({"7": 80, "8": 80, "9": 80}) == (
        "The company: the plan to date is made exactly."
    )
    assert fulfilment({}) == "Nobody has a plan in this year."


def test_a_plan_of_nothing_has_no_rate_and_one_manager_is_the_company():
    assert fulfilment({"7": 0}) == "The company: €240 to date; the plan is €0."
    assert fulfilment({"7": 100}, SALES[:1]) == (
        "The company: 80% of the plan to date, €20 are missing."
    )


def test_who_is_below_the_own_plan():
    rows = [{"month": "2026-01-01", "plan_revenue": money, "client_id": f"C{key}"}
            for key, money in {"7": 100, "8": 130, "9": 80}.items()]  # fmt: skip
    table = compute(plan_gaps, frames(shipments=SALES, plans=rows), "2026-01")
    assert plain(told(findings.gaps, table)) == (
        "2 clients are below their plan, C8 furthest: by €50."
    )
    assert told(findings.gaps, table.iloc[:0]) == "No client is below a plan of its own."


def test_what_is_proposed_for_how_long():
    sales = every(month_days("2024-01-01", 24), "C7", 100, "7")
    table = compute(plan_proposal, frames(shipments=sales), "2025-12")
    assert plain(told(findings.proposal, table)) == (
        "A plan of €1.2K is proposed for the 12 months from January 2026 on, after €1.2K in the "
        "last 12."
    )
    assert "no plan to propose" in told(findings.proposal, table.iloc[:0])


def test_where_all_are_off_alike_the_plan_is_looked_at():
    said = fulfilment({"7": 100, "8": 101, "9": 102})
    assert said.endswith("All managers are off by about the same: look at the plan.")


def test_a_plan_in_pieces_is_asked_about():
    said = fulfilment({"7": 1.7, "8": 0})
    assert said == ("The company: a plan of €1.70 to date for €240 of revenue: is the plan in "
                    "pieces or in thousands?")  # fmt: skip


def pace(plan: float | None, until: str, subject: str = "*", months: int = 7) -> str:
    past = every(month_days("2026-01-01", 7, 28)[-months:], "C7", 60, "7")
    plans = [{"month": "2026-08-01", "plan_revenue": money, "manager_id": key}
             for key, money in (("7", plan), ("8", 0)) if plan]  # fmt: skip
    book = frames(shipments=[*past, line("now", "2026-08-04", "C7", 100, "7")], plans=plans,
                  managers=MANAGERS, data_until=until)  # fmt: skip
    table = compute(plan_pace, book, "2026-08", as_of=pd.Timestamp(until))
    return plain(told(findings.pace, table, subject))


def test_between_what_amounts_a_month_will_end_and_who_is_behind():
    assert pace(200, "2026-08-12") == (
        "The company: €160 to €160 expected; the plan is €200. Behind the plan: Ann."
    )
    assert pace(200, "2026-08-31", "7") == "Ann: €100; the plan is €200."
    assert pace(None, "2026-08-31", "7") == "Ann: €100; there is no plan."
    assert pace(None, "2026-08-12", "7") == ("Ann: €160 to €160 expected; there is no plan.")
    assert pace(200, "2026-08-12", "7", months=4) == (
        "Ann: €100 so far; from six months of sales on there is an outlook."
    )


def test_whether_the_list_was_better_than_chance(northwind):
    table = northwind.compute(cross_sell_check, "1998-03")
    assert plain(told(findings.cross_sell_check, table)) == (
        "Of 229 offers half a year before, 46% were bought; of the first tenth 65%."
    )
    table = northwind.compute(cross_sell_check, "1998-04")
    assert plain(told(findings.cross_sell_check, table)).endswith("no better than chance.")
    assert "18 months" in told(findings.cross_sell_check, table.iloc[:0])


def test_where_most_is_left_and_what_a_group_does_not_buy(sample):
    table = sample.compute(penetration)
    said = told(findings.headroom, table)
    rows = table.query("dimension == 'client_group'").set_index("key")
    most = rows["headroom"].idxmax()
    assert said.startswith(f"Most is left to win with {most}: ")
    shares = sample.compute(group_shares)
    said = told(findings.shares_of_groups, shares)
    group, goods = said.split(" buy ")[0], said.split(" buy ")[1].split(" least")[0]
    cell = shares.set_index(["client_group", "product_group"]).loc[group, goods]
    assert words.percent(cell["buyers_share"], 0) in said
    no_groups = shares[shares["client_group"] == "*"]
    no_groups = pd.concat([no_groups, no_groups.assign(client_group="(none)")])
    assert "No client group" in told(findings.shares_of_groups, no_groups)
    for says, frame in ((findings.headroom, table), (findings.shares_of_groups, shares)):
        assert told(says, frame.iloc[:0])


def test_of_several_managers_it_is_told_with_whom_most_is_missing(sample):
    made, month = sample.compute(plan_fulfilment), sample.compute(plan_pace)
    some = [frame[frame["manager_id"].isin(["6", "9"])] for frame in (made, month)]
    assert plain(told(findings.fulfilment, some[0], "")) == (
        "Most is missing with Ott Põldsaar (€534K)."
    )
    behind = some[1].assign(verdict=["behind", "ahead"])
    assert told(findings.pace, behind, "") == "Behind the plan: Toomas Rebaste."
    assert told(findings.pace, some[1].assign(verdict="open"), "") == "Nobody is behind the plan."
    ahead = some[0].assign(gap_to_date=1.0)
    assert told(findings.fulfilment, ahead, "") == "Nobody is below the plan to date."
    left = sample.compute(penetration).query("key in ('6', '9')")
    assert told(findings.left, left, "").startswith("Most is left to win with Ott Põldsaar")
