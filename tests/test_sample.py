"""The sample: what its generator writes, of the size and shape it is meant to have."""

import filecmp
import statistics
import subprocess
import sys
from collections import Counter
from datetime import date
from itertools import pairwise

import holidays
import pandas as pd
import pytest

from clientops.metrics import forecast, ltv, portfolio
from tests import sample_facts as facts
from tests.conftest import SAMPLE
from tests.sample_facts import DATA_END, OCTOBER, YEAR, YEAR_BEFORE

TABLES = ["shipments", "clients", "managers", "assignments", "products", "activities", "surveys",
          "plans", "potentials", "receivables", "payments", "stock"]  # fmt: skip
README = " ".join((SAMPLE / "README.md").read_text(encoding="utf-8").split())


def readme_says(text: str) -> None:
    assert text in README, text


def test_the_generator_writes_the_committed_files_byte_for_byte(tmp_path):
    subprocess.run([sys.executable, "-B", SAMPLE / "generate.py", tmp_path], check=True)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(f"{table}.csv" for table in TABLES)
    for name in written:
        assert filecmp.cmp(tmp_path / name, SAMPLE / name, shallow=False), name


def test_small_enough_to_be_cloned():
    stored = {".clientops", "__pycache__"}
    files = [p for p in SAMPLE.rglob("*") if p.is_file() and not stored & set(p.parts)]
    assert sum(p.stat().st_size for p in files) < 7_000_000


def test_the_shape_of_a_wholesale_distributor(sample):
    lines = pd.read_csv(SAMPLE / "shipments.csv")
    clients = sample.clients
    assert len(sample.managers) == 9
    assert sample.managers["team"].nunique() == 2
    assert sample.managers["left_on"].notna().sum() == 1
    assert 880 <= len(clients) <= 920
    assert clients["client_group"].nunique() == 5
    assert clients["manager_id"].isna().sum() > 10  # clients nobody owns
    assert 54_000 <= len(lines) <= 66_000
    assert (len(sample.products), sample.products["product_group"].nunique()) == (120, 8)
    assert sample.sales_month["month"].nunique() == 37
    assert sample.month == pd.Timestamp("2026-10-01")
    assert 0.005 < (lines["revenue"] < 0).mean() < 0.03  # returns
    assert 0.01 < lines["cost"].isna().mean() < 0.05
    kinds = set(sample.activities["kind"])
    assert kinds == {"call", "meeting", "offer", "invoice", "email"}


def test_clients_are_of_all_sizes_and_rhythms(sample):
    table = sample.compute(portfolio.client_classes)
    counted = table[~table["stage"].isin(["prospect", "lost"])]
    assert 0.15 <= (counted["abc"] == "A").mean() <= 0.25
    assert set(counted["abc"]) >= {"A", "B", "C"}
    assert 0.25 <= (counted["xyz"] == "X").mean() <= 0.5
    assert set(table["stage"]) == {"prospect", "new", "returned", "active", "lapsed", "lost"}


def test_the_readme_tells_the_files_sizes():
    for table in TABLES:
        readme_says(f"| `{table}.csv` | {len(facts.rows(table)):,} |")
    numbers = {row["shipment_id"] for row in facts.rows("shipments")}
    returns = sum(number.startswith("R") for number in numbers)
    readme_says(f"lines of {len(numbers) - returns:,} shipments and {returns} returns")
    readme_says(f"{len(facts.purchases())} who bought at least once")
    readme_says(f"{sum(bool(row['score']) for row in facts.rows('surveys'))} answered")
    found = Counter(facts.classes(*YEAR).values())
    buying = found.total()
    parts = ", ".join(
        f"{letter} {found[letter] / buying:.1%}".replace("%", " %") for letter in "ABC"
    )
    readme_says(
        f"EUR {facts.revenue(*YEAR).total() / 1e8:.1f} million; {buying} buying clients, of "
    )
    readme_says(f"of which {parts}.")


# --- The stories, each counted once more on the files alone ---


def test_a_portfolio_gets_worse_and_no_other():
    ups, downs = facts.crossings(date(2026, 10, 1))["1"]
    before, now = (
        sum(
            facts.revenue(*year)[key] >= facts.least_a(*YEAR_BEFORE)
            for key in facts.cards()
            if facts.owner(key, OCTOBER) == "1"
        )
        for year in (YEAR_BEFORE, YEAR)
    )
    p_value = facts.two_sided(ups, downs)
    assert p_value < 0.01
    assert downs > 5 * ups
    readme_says(f"{before} A clients the year before and {now} in the year: {downs} fell below")
    readme_says(f"A* of 2025-10 (EUR {facts.least_a(*YEAR_BEFORE) / 100:,.2f})")
    readme_says(f"{ups or 'none'} rose above (p = {p_value:.4f})")
    frozen = "2024-12-01", "2025-11-30"
    shares = []
    for year, day in ((frozen, "2025-11-30"), (YEAR, OCTOBER)):
        own = [key for key in facts.classes(*year) if facts.owner(key, day) == "1"]
        above = sum(facts.revenue(*year)[key] >= facts.least_a(*frozen) for key in own)
        shares.append(above / len(own))
    readme_says(f"falls from {shares[0]:.0%} to {shares[1]:.0%}".replace("%", " %"))
    smallest = []
    for month in pd.date_range("2025-10-01", "2026-10-01", freq="MS"):
        crossed = facts.crossings(month.date())
        smallest.append(min(facts.two_sided(*crossed[key]) for key in crossed if key != "1"))
    assert min(smallest) > 0.05
    readme_says(f"(the smallest p is {smallest[-1]:.2f})")
    readme_says(f"at least {min(smallest):.2f} in every month from 2025-10 on")


def test_shipments_wait_for_the_months_end():
    late, whole, days_late, days = Counter(), Counter(), 0, 0
    closed = set(holidays.country_holidays("EE", years=[2025, 2026]))
    for month in pd.date_range(YEAR[0], YEAR[1], freq="MS"):
        working = [
            day.date()
            for day in pd.date_range(month, month + pd.offsets.MonthEnd(0))
            if day.weekday() < 5 and day.date() not in closed
        ]
        days, days_late = days + len(working), days_late + 5
        for line in facts.lines(f"{month:%Y-%m}-01", f"{month:%Y-%m}-31"):
            money = facts.cents(line["revenue"])
            whole[facts.credit(line)] += money
            late[facts.credit(line)] += money * (line["shipped_on"] >= str(working[-5]))
    shares = {key: late[key] / whole[key] for key in "12345679"}
    own = shares.pop("3")
    assert own > 1.5 * max(shares.values())
    said = f"{own:.0%} of his revenue leaves on or after the fifth-last working day, against "
    said += f"{min(shares.values()):.0%} to {max(shares.values()):.0%} with the other managers "
    said += f"in office and {days_late / days:.0%} of the working days"
    readme_says(said.replace("%", " %"))


def test_a_portfolio_changes_hands_and_thirty_cards_do_not_know():
    moved = list(facts.spells())
    assert Counter(spells[-1][2] for spells in facts.spells().values()) == {"7": 48, "9": 48}
    ends = {spell[:2] for spells in facts.spells().values() for spell in spells if spell[2] == "8"}
    assert {last for _, last in ends} == {"2026-03-31"}
    march = "2025-04-01", "2026-03-31"
    buying = sum(facts.bought(key, *march) for key in moved)
    money = sum(facts.revenue(*march)[key] for key in moved) / 100
    readme_says(f"His {len(moved)} clients went to")
    readme_says(f"{buying} of them had bought in the year to March, for EUR {money:,.0f}.")
    stale = [key for key, card in facts.cards().items() if card["manager_id"] == "8"]
    assert len(stale) == 30
    assert set(stale) < set(moved)
    assert facts.owner(stale[0], OCTOBER) in ("7", "9")
    readme_says(f"{len(stale)} of their cards still name him")


def test_many_calls_and_no_meeting():
    calls, meetings, ever = Counter(), Counter(), Counter()
    for row in facts.rows("activities"):
        ever[row["manager_id"]] += row["kind"] == "meeting"
        if YEAR[0] <= row["happened_at"][:10] <= YEAR[1]:
            calls[row["manager_id"]] += row["kind"] == "call"
            meetings[row["manager_id"]] += row["kind"] == "meeting"
    assert [key for key in ever if not ever[key]] == ["6"]
    others = [calls[key] for key in "1234579"]
    met = [meetings[key] for key in "1234579"]
    assert calls["6"] > 2 * max(others)
    said = f"{calls['6']:,} calls in the year, against {min(others):,} to {max(others):,}"
    readme_says(said)
    readme_says(f"the others met {min(met)} to {max(met)} times")


def test_a_big_client_costs_money_and_no_other():
    margins, money = facts.margins(*YEAR), facts.revenue(*YEAR)
    assert [key for key in margins if margins[key][0] < 0] == ["C0107"]
    margin, costed = margins["C0107"]
    place = sorted(money, key=lambda key: -money[key]).index("C0107") + 1
    readme_says(f"{place}th by revenue: on EUR {money['C0107'] / 100:,.2f} of revenue it lost EUR ")
    readme_says(f"lost EUR {-margin / 100:,.2f} (−{-margin / costed:.1%})".replace("%)", " %)"))
    large = [key for key, letter in facts.classes(*YEAR).items() if letter == "A"]
    rates = sorted(margins[key][0] / margins[key][1] for key in large)
    readme_says(f"(the next earns {rates[1]:.0%})".replace("%", " %"))
    given = facts.lines("2025-09-01", DATA_END)
    own = [row for row in given if row["client_id"] == "C0107" and row["discount"]]
    for row in own:
        taken, left = float(row["discount"]), float(row["revenue"])
        assert taken / (taken + left) == pytest.approx(0.4, abs=0.01)


def test_canteens_bought_much_and_have_stopped():
    known, gone, money = Counter(), Counter(), Counter()
    letters = Counter()
    for key in facts.cards():
        if facts.bought(key, *YEAR_BEFORE):
            group = facts.cards()[key]["client_group"]
            left = facts.purchases()[key][-1] <= "2026-04-30"
            known[group] += 1
            gone[group] += left
            money[group, left] += facts.revenue(*YEAR_BEFORE)[key]
            if left and group == "Canteens":
                letters[facts.classes(*YEAR_BEFORE).get(key)] += 1
    rates = {group: gone[group] / known[group] for group in known if group}
    own = rates.pop("Canteens")
    assert own > 1.8 * max(rates.values())
    said = f"of the {known['Canteens']} who bought in the year before, {gone['Canteens']} "
    said += f"({own:.0%}) have not bought since 2026-04-30"
    readme_says(said.replace("%", " %"))
    readme_says(f"They had bought for EUR {money['Canteens', True] / 100:,.0f}")
    others = gone.total() - gone["Canteens"], known.total() - known["Canteens"]
    said = f"in the other groups together {others[0]} of {others[1]} ({others[0] / others[1]:.0%})"
    readme_says(said.replace("%", " %"))
    assert letters["A"] <= 3
    assert letters["B"] >= 20


def test_a_clockwork_client_goes_silent_and_no_other():
    days = facts.purchases()["C0233"]
    assert (days[0], days[-1]) == ("2023-11-03", "2026-09-25")
    assert Counter(date.fromisoformat(day).weekday() for day in days)[4] > 0.95 * len(days)
    assert facts.classes(*YEAR)["C0233"] == "A"
    readme_says(f"EUR {facts.revenue(*YEAR)['C0233'] / 100:,.0f} in the year: every Friday since")
    for today in (date(2026, 10, 31), date(2026, 11, 18)):
        silent = []
        for key, letter in facts.classes(*YEAR).items():
            past = [date.fromisoformat(day) for day in facts.purchases()[key]]
            past = [day for day in past if day <= today]
            gaps = [(later - day).days for day, later in pairwise(past)]
            weekly = len(gaps) >= 3 and statistics.median(gaps) == 7
            if weekly and letter in "AB" and 14 <= (today - past[-1]).days <= 63:
                silent.append(key)
        assert silent == ["C0233"], today


def test_hotels_take_cleaning_but_not_one_managers():
    taking, buying = Counter(), Counter()
    cleaning = {
        line["client_id"]
        for line in facts.lines(*YEAR)
        if facts.groups_of_products()[line["product_id"]] == "Cleaning"
        and facts.cents(line["revenue"]) > 0
    }
    for key in facts.classes(*YEAR):
        if facts.cards()[key]["client_group"] == "Hotels":
            hers = facts.owner(key, OCTOBER) == "7"
            buying[hers] += 1
            taking[hers] += key in cleaning
    shares = {hers: taking[hers] / buying[hers] for hers in buying}
    assert shares[True] == pytest.approx(0.2, abs=0.03)
    assert shares[False] == pytest.approx(0.8, abs=0.01)
    readme_says(f"{taking[False]} of the {buying[False]} hotels of the others")
    readme_says(f"only {taking[True]} of {buying[True]} of Jelena Sokolova's (7)")


def test_resellers_are_eight_percent_of_revenue():
    money = Counter()
    for key, earned in facts.revenue(*YEAR).items():
        money[facts.cards()[key]["client_group"]] += earned
    assert money["Resellers"] / money.total() == pytest.approx(0.08, abs=0.002)
    cards = Counter(card["client_group"] for card in facts.cards().values())
    share = f"{money['Resellers'] / money.total():.1%}".replace("%", " %")
    readme_says(f"{cards['Resellers']} of {cards.total()} cards, {share} of revenue")


def test_narva_buys_little():
    money, clients = Counter(), Counter()
    for key in facts.classes(*YEAR):
        money[facts.cards()[key]["region"]] += facts.revenue(*YEAR)[key] / 100
        clients[facts.cards()[key]["region"]] += 1
    means = {region: money[region] / clients[region] for region in clients if region}
    own = means.pop("Narva")
    assert own < 0.4 * min(means.values())
    readme_says(f"{clients['Narva']} buying clients bring EUR {own:,.0f} each")
    readme_says(f"EUR {min(means.values()):,.0f} to {max(means.values()):,.0f} elsewhere")


def test_one_managers_discounts_creep_up_while_the_revenue_grows():
    months = [f"{month:%Y-%m}" for month in pd.date_range("2025-04", "2026-10", freq="MS")]
    spans = {month: (f"{month}-01", f"{month}-31") for month in months}
    rates = [facts.discount_rate(*span, "2") for span in spans.values()]
    assert rates[0] == pytest.approx(0.03, abs=0.004)
    assert rates[-1] == pytest.approx(0.09, abs=0.004)
    assert statistics.linear_regression(range(len(rates)), rates).slope > 0.003
    for manager in "135679":
        yearly = [facts.discount_rate(*year, manager) for year in (YEAR_BEFORE, YEAR)]
        assert abs(yearly[1] - yearly[0]) < 0.012, manager
    own = [
        sum(
            facts.cents(line["revenue"]) / 100
            for line in facts.lines(*year)
            if facts.credit(line) == "2"
        )
        for year in (YEAR_BEFORE, YEAR)
    ]
    assert own[1] > 1.1 * own[0]
    readme_says(f"{rates[0]:.1%} in April 2025 to {rates[-1]:.1%}".replace("%", " %"))
    readme_says(f"from EUR {own[0]:,.0f} to {own[1]:,.0f}")
    sold = [row for row in facts.rows("shipments") if facts.cents(row["revenue"]) > 0]
    assert 0.95 < sum(bool(row["discount"]) for row in sold) / len(sold) < 0.98
    returned = [row for row in facts.rows("shipments") if facts.cents(row["revenue"]) < 0]
    assert not any(row["discount"] for row in returned)


def test_four_articles_are_dead():
    sold = {row["product_id"] for row in facts.lines(*YEAR)}
    dead = {row["product_id"] for row in facts.rows("products")} - sold
    assert dead == {"P024", "P041", "P087", "P116"}
    last = max(r["shipped_on"] for r in facts.rows("shipments") if r["product_id"] in dead)
    money = Counter()
    for row in facts.lines(*YEAR_BEFORE):
        money[row["product_id"]] += facts.cents(row["revenue"]) / 100
    readme_says(f"last moved on {last}")
    before = [money[key] for key in dead]
    readme_says(f"sold for EUR {min(before):,.0f} to {max(before):,.0f} each")


def test_a_chain_buys_much_and_every_month():
    chains = [key for key, card in facts.cards().items() if card["tags"] == "chain"]
    assert chains == ["C0156"]
    assert facts.classes(*YEAR)["C0156"] == "A"
    assert len({day[:7] for day in facts.purchases()["C0156"] if YEAR[0] <= day <= YEAR[1]}) == 12
    readme_says(f"for EUR {facts.revenue(*YEAR)['C0156'] / 100:,.0f} in the year")


def test_fourteen_clients_stand_on_two_cards():
    found = facts.duplicates()
    assert Counter(found.values()) == {"email": 5, "phone": 5, "name": 4}
    assert sorted(second for _, second in found) == [f"C{each:04d}" for each in range(901, 915)]
    assert len({first for first, _ in found}) == 14
    for first, second in found:
        one, other = facts.cards()[first], facts.cards()[second]
        assert one["phone"] != other["phone"]
        assert one["email"] != other["email"]
        assert one["client_name"] != other["client_name"]
        assert second in facts.purchases()


def test_namesakes_and_the_six_hotels_are_nobodys_duplicates():
    names = Counter(facts.plain(card["client_name"]) for card in facts.cards().values())
    both = [key for key in facts.duplicates() if facts.duplicates()[key] == "name"]
    twice = {facts.plain(facts.cards()[first]["client_name"]) for first, _ in both}
    namesakes = [name for name, count in names.items() if count > 1 and name not in twice]
    assert len(namesakes) == 2
    for name in namesakes:
        pair = [c for c in facts.cards().values() if facts.plain(c["client_name"]) == name]
        assert len({card["region"] for card in pair} - {""}) == 2
        readme_says(pair[0]["client_name"])
    hotels = [c for c in facts.cards().values() if c["phone"] == "+372 000 7000"]
    assert len(hotels) == 6
    assert {card["client_group"] for card in hotels} == {"Hotels"}
    assert len({card["email"] for card in hotels} - {""}) == 6
    phones = Counter(facts.telephone(c["phone"]) for c in facts.cards().values() if c["phone"])
    assert sorted(count for count in phones.values() if count > 1) == [2] * 5 + [6]


# --- What clients say ---


def of_owner(answers: list[dict], manager: str) -> list[dict]:
    named = [row for row in answers if row["client_id"]]
    return [r for r in named if facts.owner(r["client_id"], r["responded_on"]) == manager]


def of_card(answers: list[dict], column: str, key: str) -> list[dict]:
    named = [row for row in answers if row["client_id"]]
    return [row for row in named if facts.cards()[row["client_id"]][column] == key]


def test_answers_are_dated_and_within_the_scale():
    rows = facts.rows("surveys")
    assert all(bool(row["score"]) == bool(row["responded_on"]) for row in rows)
    assert all(row["asked_on"] for row in rows)
    answered = [row for row in rows if row["score"]]
    assert all(row["asked_on"] <= row["responded_on"] <= DATA_END for row in answered)
    assert {int(row["score"]) for row in answered} <= set(range(11))
    assert min(row["asked_on"] for row in rows) < "2024-05-31"
    assert 15 <= sum(not row["client_id"] for row in answered) <= 30
    comments = "".join(row["comment"] for row in answered)
    assert all(sign in comments for sign in ('"', "<", ","))
    assert not any(row["comment"] for row in rows if not row["score"])


def test_the_company_is_recommended_by_more_than_it_is_not():
    for year in (YEAR, YEAR_BEFORE):
        assert 0.3 <= facts.nps(facts.last_answers(*year)) <= 0.5
        asked = {
            r["client_id"] for r in facts.rows("surveys") if year[0] <= r["asked_on"] <= year[1]
        }
        answered = {row["client_id"] for row in facts.last_answers(*year)}
        assert 0.4 <= len((asked & answered) - {""}) / len(asked - {""}) <= 0.6
    answers = facts.last_answers(*YEAR)
    readme_says(f"{len(answers)} answers count in the year, NPS {facts.nps(answers):.2f}")
    before = facts.last_answers(*YEAR_BEFORE)
    readme_says(f"the year before {len(before)}, NPS {facts.nps(before):.2f}")


def test_rebastes_clients_do_not_recommend_and_maegis_hardly_answer():
    answers = facts.last_answers(*YEAR)
    own = of_owner(answers, "6")
    assert (len(own), round(facts.nps(own), 2)) == (60, 0.10)
    given = [
        r for r in facts.rows("surveys") if r["score"] and YEAR[0] <= r["responded_on"] <= YEAR[1]
    ]
    assert len(of_owner(given, "6")) == 60
    others = {key: of_owner(answers, key) for key in "1234789"}
    assert min(facts.nps(rows) for rows in others.values()) > 0.2
    few = of_owner(answers, "5")
    assert [row["score"] for row in few] == ["10"] * 9


def test_hotels_recommend_less_than_a_year_ago_and_nobody_else():
    answers, before = facts.last_answers(*YEAR), facts.last_answers(*YEAR_BEFORE)
    hotels, hotels_before = (of_card(part, "client_group", "Hotels") for part in (answers, before))
    assert len(hotels_before) >= 40
    assert (round(facts.nps(hotels_before), 2), round(facts.nps(hotels), 2)) == (0.60, 0.25)
    p_value = facts.p_value(hotels, hotels_before)
    assert p_value < 0.05
    readme_says(f"0.60 ({len(hotels_before)} answers) to 0.25 ({len(hotels)}; p = {p_value:.2f})")
    parts = [[of_owner(part, key) for part in (answers, before)] for key in "1234679"]
    for column in ("client_group", "region"):
        keys = {card[column] for card in facts.cards().values()} - {"", "Hotels"}
        parts += [[of_card(part, column, key) for part in (answers, before)] for key in keys]
    assert min(facts.p_value(*both) for both in parts) > 0.2


def test_nobody_spoke_to_the_largest_detractor():
    until = YEAR[0], DATA_END
    named = [row for row in facts.last_answers(*until) if row["client_id"]]
    unhappy = [row for row in named if int(row["score"]) < 7]
    unhappy.sort(key=lambda row: -facts.revenue(*YEAR)[row["client_id"]])
    first, second = unhappy[:2]
    days = (date.fromisoformat(DATA_END) - date.fromisoformat(first["responded_on"])).days
    assert (first["client_id"], days) == ("C0008", 70)
    own = [r["happened_at"][:10] for r in facts.rows("activities") if r["client_id"] == "C0008"]
    assert max(own) < first["responded_on"]
    money = facts.revenue(*YEAR)
    assert money["C0008"] > 1.5 * money[second["client_id"]]
    readme_says(f"EUR {money['C0008'] / 100:,.0f} in the year, answered {first['score']} on")
    readme_says(f"(the next largest detractor: EUR {money[second['client_id']] / 100:,.0f})")


# --- Plans and potentials ---


def plan_of(key: str, first: str = "2026-01-01", last: str = "2026-10-31") -> float:
    """What a manager is planned with by rows of one month, or of a quarter that is over."""
    own = [row for row in facts.rows("plans")
           if row["manager_id"] == key and row["client_id"] != "(new)"]  # fmt: skip
    return sum(float(row["plan_revenue"]) for row in own if first <= row["month"] <= last)


def credit_of(key: str, first: str, last: str) -> float:
    lines = facts.lines(first, last)
    return sum(facts.cents(line["revenue"]) for line in lines if facts.credit(line) == key) / 100


def test_one_lands_on_the_plan_each_month_though_behind_at_half_time():
    closed = set(holidays.country_holidays("EE", years=[2026]))
    rates, halves = [], []
    for month in pd.date_range("2026-01-01", "2026-10-01", freq="MS"):
        last = f"{month:%Y-%m}-31"
        days = [day for day in pd.date_range(month, month + pd.offsets.MonthEnd(0))
                if day.weekday() < 5 and day.date() not in closed]  # fmt: skip
        half = f"{days[len(days) // 2 - 1]:%Y-%m-%d}"
        plan = plan_of("3", f"{month:%Y-%m-%d}", last)
        rates.append(credit_of("3", f"{month:%Y-%m-%d}", last) / plan)
        halves.append(credit_of("3", f"{month:%Y-%m-%d}", half) / plan)
    assert max(abs(rate - 1) for rate in rates) <= 0.02
    assert max(halves) < 0.5
    said = f"at half-time he has {min(halves):.0%} to {max(halves):.0%} of it"
    readme_says(said.replace("%", " %"))


def test_one_is_far_below_the_plan():
    rate = credit_of("1", "2026-01-01", OCTOBER) / plan_of("1")
    assert rate == pytest.approx(0.81, abs=0.001)
    readme_says(f"{rate:.2f} of the plan from January to October")


def test_plans_move_with_the_clients_handed_over():
    plans = {row["client_id"]: float(row["plan_revenue"]) for row in facts.rows("plans")
             if row["client_id"] and row["client_id"] != "(new)"}  # fmt: skip
    for key, name in (("7", "Sokolova's"), ("9", "Põldsaar's")):
        before, after = (
            sum(money for client, money in plans.items() if facts.owner(client, day) == key)
            for day in ("2026-03-31", "2026-04-01")
        )
        assert after > 1.15 * before
        readme_says(f"{name} grew from EUR {before:,.0f} to {after:,.0f} a year")
    assert not any(facts.owner(client, "2026-04-01") == "8" for client in plans)


def test_how_plans_are_made():
    rows = facts.rows("plans")
    quarters = [row for row in rows if row["manager_id"] == "4"]
    assert [(row["month"][5:7], row["months"]) for row in quarters] == [
        ("01", "3"), ("04", "3"), ("07", "3"), ("10", "3")
    ]  # fmt: skip
    planned = {row["client_id"] for row in rows} - {"", "(new)"}
    assert not [key for key in planned if facts.cards()[key]["client_group"] == "Resellers"]
    year = facts.revenue("2026-01-01", OCTOBER)
    resellers = sum(year[key] for key in year if facts.cards()[key]["client_group"] == "Resellers")
    assert resellers / year.total() == pytest.approx(0.08, abs=0.01)
    readme_says(f"Resellers have no plan: {resellers / year.total():.1%}".replace("%", " %"))
    (nothing,) = [row["client_id"] for row in rows if float(row["plan_revenue"]) == 0]
    readme_says(f"{nothing} {facts.cards()[nothing]['client_name']} is planned with 0 and bought "
                f"for EUR {year[nothing] / 100:,.0f}")  # fmt: skip
    assert year[nothing] > 0


def wallets() -> dict[str, tuple[float, float]]:
    """By client: revenue of the year, and what it buys from everybody in as many months."""
    found, money = {}, facts.revenue(*YEAR)
    for row in facts.rows("potentials"):
        first = facts.purchases().get(row["client_id"], ["2000-01-01"])[0]
        months = min(12, (2026 - int(first[:4])) * 12 + 10 - int(first[5:7]) + 1)
        due = float(row["annual_purchases"]) * months / 12
        before = found.get(row["client_id"], (0, 0))[1]
        found[row["client_id"]] = money[row["client_id"]] / 100, before + due
    return {key: pair for key, pair in found.items() if pair[1] > 0}


def test_what_clients_buy_from_everybody():
    known, cards = wallets(), facts.cards()
    readme_says(
        f"{len(known)} of {len(cards)} clients ({len(known) / len(cards):.0%})".replace("%", " %")
    )
    assert sum(ours > due for ours, due in known.values()) == 9
    old = {row["client_id"] for row in facts.rows("potentials") if row["as_of"] < "2024-10-31"}
    assert len(old) == 12
    shares = []
    for is_narva in (True, False):
        own = [pair for key, pair in known.items() if (cards[key]["region"] == "Narva") == is_narva]
        shares.append(sum(ours for ours, _ in own) / sum(due for _, due in own))
    assert shares == [pytest.approx(0.12, abs=0.005), pytest.approx(0.35, abs=0.005)]
    readme_says(f"Narva {shares[0]:.0%} of it, elsewhere {shares[1]:.0%}".replace("%", " %"))


def days_late(client_id: str) -> list[int]:
    """Of every payment that names an invoice which tells when it was due."""
    due = {row["invoice_id"]: row["due_on"] for row in facts.rows("receivables") if row["due_on"]}
    return [
        (date.fromisoformat(row["paid_on"]) - date.fromisoformat(due[row["invoice_id"]])).days
        for row in facts.rows("payments")
        if row["client_id"] == client_id and row["invoice_id"] in due
    ]


def open_invoices(client_id: str) -> list[dict]:
    """Those that no payment names."""
    named = {row["invoice_id"] for row in facts.rows("payments")}
    return [row for row in facts.rows("receivables")
            if row["client_id"] == client_id and row["invoice_id"] not in named
            and float(row["amount"]) > 0]  # fmt: skip


def owed(day: str) -> float:
    """By all clients together, less what was paid in advance."""
    invoiced = sum(float(r["amount"]) for r in facts.rows("receivables") if r["invoiced_on"] <= day)
    return invoiced - sum(float(r["amount"]) for r in facts.rows("payments") if r["paid_on"] <= day)


def test_whoever_always_pays_late_and_who_never_did():
    late = days_late("C0156")
    assert len(late) > 25
    readme_says(f"pays {min(late)} to {max(late)} days after the due day")
    assert max(days_late("C0634")) == 5
    since = [row["invoiced_on"] for row in facts.rows("receivables")
             if row["client_id"] == "C0634" and row["invoiced_on"] > "2026-09-17"]  # fmt: skip
    assert [row["invoiced_on"] for row in open_invoices("C0634")][-len(since) :] == since
    assert len(since) == 8
    assert max(row["paid_on"] for row in facts.rows("payments")
               if row["client_id"] == "C0634") == "2026-10-19"  # fmt: skip


def test_one_invoice_is_disputed():
    (row,) = [row for row in open_invoices("C0702") if row["due_on"] == "2026-05-02"]
    assert (date.fromisoformat(DATA_END) - date.fromisoformat(row["due_on"])).days == 200
    readme_says(f"{row['invoice_id']} of C0702 Crimson Heron Markets, EUR "
                f"{float(row['amount']):,.2f}")  # fmt: skip


def test_lumps_and_advances_name_no_invoice():
    tags = {key: card["tags"] for key, card in facts.cards().items()}
    for tag, unit in (("hotel group", 100), ("pays in advance", 500)):
        own = [row for row in facts.rows("payments") if tag in tags[row["client_id"]]]
        assert len({row["client_id"] for row in own}) >= 6
        assert not [row for row in own if row["invoice_id"] or float(row["amount"]) % unit]
    readme_says(f"no due day on {sum(not r['due_on'] for r in sent())} invoices")
    unnamed = sum(not row["invoice_id"] for row in facts.rows("payments"))
    readme_says(f"no invoice number on {unnamed} payments")


def sent() -> list[dict]:
    return [row for row in facts.rows("receivables") if float(row["amount"]) > 0]


def test_decembers_closing_doubles():
    ratio = owed("2025-12-31") / owed("2025-11-30")
    readme_says(f"clients owed {ratio:.1f} times as much")
    assert ratio > 2
    day = {row["invoice_id"]: row["invoiced_on"] for row in facts.rows("receivables")}
    taken = {}
    for month in ("2025-11", "2025-12"):
        days = [date.fromisoformat(row["paid_on"]) - date.fromisoformat(day[row["invoice_id"]])
                for row in facts.rows("payments")
                if row["paid_on"][:7] == month and row["invoice_id"]]  # fmt: skip
        taken[month] = statistics.mean(each.days for each in days)
    assert abs(taken["2025-12"] - taken["2025-11"]) < 3


def test_cleaning_lies_long_and_four_articles_are_dead():
    costs, value = Counter(), Counter()
    groups = facts.groups_of_products()
    for line in facts.lines(*YEAR):
        costs[groups[line["product_id"]]] += float(line["cost"] or 0)
    points = sorted({row["month"] for row in facts.rows("stock") if row["month"] >= "2025-10"})
    for row in facts.rows("stock"):
        if row["month"] in points:
            half = 0.5 if row["month"] in (points[0], points[-1]) else 1
            value[groups[row["product_id"]]] += half * float(row["stock_value"]) / 12
    days = {group: 365 * value[group] / costs[group] for group in value}
    assert days.pop("Cleaning") == pytest.approx(310, abs=20)
    readme_says(f"every other group {min(days.values()):.0f} to {max(days.values()):.0f} days")
    dead = {row["product_id"]: float(row["stock_value"]) for row in facts.rows("stock")
            if row["month"] == "2026-10-01" and row["product_id"] in ("P024", "P041", "P087",
                                                                      "P116")}  # fmt: skip
    readme_says(f"lie there for EUR {sum(dead.values()):,.0f} at cost")


# ---------------------------------------------------------------- what a client is worth


def test_money_kept_falls_with_one_manager(sample):
    """Ivanov's portfolio got worse: nobody else keeps so little, or lost so much of it."""
    fading = [one.client_id for one in facts.planted() if one.fades_from]
    others = facts.cards().keys() - {*fading}
    first, last, faded, rest = (facts.kept("1", 2025, 11), facts.kept("1", 2026, 10),
                                facts.kept("1", 2026, 10, fading),
                                facts.kept("1", 2026, 10, others))  # fmt: skip
    assert faded < 0.5 < 0.85 < rest < first and last < 0.7
    readme_says(f"{first:.0%} of it, the year to October 2026 {last:.0%}")
    readme_says(f"those who shrink (story 1) keep {faded:.0%}, his others {rest:.0%}")
    table = sample.compute(ltv.ltv_history).query("dimension == 'manager'")
    kept = table.pivot(index="month", columns="key", values="kept").drop(columns="(unassigned)")
    assert list(kept["1"].iloc[[0, -1]]) == pytest.approx([first, last])
    assert (kept["1"].diff().dropna() < 0).sum() >= 9
    least = kept.iloc[-1].drop("1").dropna()
    assert (
        least.min() == pytest.approx(facts.kept(least.idxmin(), 2026, 10))
        and least.min() > rest - 0.1
    )
    readme_says(f"nobody else keeps less than {least.min():.0%}")


def test_canteens_look_dear_by_the_formula_and_are_gone(sample):
    world = facts.generator("world")
    stopped = [one for one in facts.planted() if one.group == "Canteens"
               and world.CHURN_FIRST <= one.last_on <= world.CHURN_LAST]  # fmt: skip
    # Whose silence tells: who ordered at least once a month, and not at random.
    told = {one.client_id for one in stopped if one.jitter and one.gap_days < 31}
    table = sample.compute(ltv.client_ltv).set_index("client_id")
    gone = table[(table["alive"] < 0.1)]
    assert told <= {*gone.index} and len(told) > 15
    dear = facts.formula(OCTOBER)
    told = sorted(told)
    assert list(gone.loc[told, "formula_12"]) == pytest.approx([dear[key] / 100 for key in told])
    money = sum(dear[key] for key in told) / 100
    assert gone.loc[told, "bgnbd_12"].sum() < 0.02 * money
    readme_says(f"the {len(told)} of them who had ordered at least once a month would, by the "
                f"formula, bring EUR {money:,.0f}")  # fmt: skip
    groups = gone.index.map(lambda key: facts.cards()[key]["client_group"])
    assert groups.value_counts().idxmax() == "Canteens"
    canteens = gone.index[groups == "Canteens"]
    assert canteens.isin([one.client_id for one in stopped]).mean() > 0.75


def test_the_formula_told_too_much_and_the_rhythm_was_nearest(sample):
    then = YEAR_BEFORE[1]
    told, came = facts.formula(then), facts.revenue(*YEAR)
    letters = facts.classes(*YEAR_BEFORE)
    small = [key for key in told if letters.get(key) != "A"]
    predicted, actual = sum(told.values()), sum(came[key] for key in told)
    too_much = predicted / actual - 1
    of_small = sum(told[key] for key in small) / sum(came[key] for key in small) - 1
    readme_says(f"EUR {predicted / 100:,.0f} for the year; they brought EUR {actual / 100:,.0f}: "
                f"{too_much:.0%} too much, {of_small:.0%} for those who were not in A")  # fmt: skip
    assert too_much > 0.15 and of_small > 1 / 3
    table = sample.compute(ltv.ltv_backtest).set_index("method")
    row = table.loc["formula"]
    assert (row["clients"], row["predicted"], row["actual"]) == pytest.approx(
        (len(told), predicted / 100, actual / 100)
    )
    off = sum(abs(told[key] - came[key]) for key in told) / actual
    assert row["error"] == pytest.approx(off)
    assert table.index[table["best"]].tolist() == ["bgnbd"]
    history = sample.compute(ltv.ltv_history).query("dimension == '*'")
    # What clients brought so far grows by itself, while a buyer is worth less and less.
    assert history["to_date"].is_monotonic_increasing
    assert history["expected"].iloc[-1] < history["expected"].iloc[0]


def test_who_left_is_not_forecast(sample):
    """Kaskla's clients are told with whom they went to."""
    readme_says("Raivo Kaskla (8), who left, is not forecast after March 2026")
    before, now = (sample.compute(forecast.forecast, month) for month in ("2026-03", "2026-10"))
    assert "8" in set(before["manager_id"])
    assert "8" not in set(now["manager_id"])
    sums = now[(now["months"] == 3) & (now["manager_id"] != "(unassigned)")]
    assert sums[["forecast", "low", "high", "last_year"]].notna().all(axis=None)
