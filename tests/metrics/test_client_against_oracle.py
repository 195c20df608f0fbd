"""The tables of one client and the list of all against a second writing of their definitions."""

import dataclasses
import datetime
from collections import Counter
from datetime import timedelta
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import Book
from clientops.metrics import base, client
from tests import ledgers, sample_facts
from tests.metrics import oracle, oracle_client
from tests.metrics.test_portfolio_against_oracle import (
    FIRST,
    assert_same,
    plain,
    small_ledgers,
    unique,
)

CLIENTS = ["C1", "C2", "C10", "Ä", "c2"]
MONTHS = [0, 2, 11, 12, 13, 24, 31, 31]  # after FIRST
UNTIL = "2026-08-31"
CATEGORIES = {
    "vip": "abc == 'A' and xyz == 'X'",
    "new": "stage == 'new' or first_on >= '2026-01-01'",
    "asleep": "not last_touch >= '2025-06-01' and not stage == 'prospect'",
    "odd": "not (margin_rate > 0.5 or nps_score <= 6) and revenue != revenue_ever",
    "behind": "plan_gap < -50.5",
}
seeded = st.builds(
    lambda ledger, seed: (ledger, Random(f"{seed} {ledger}")),
    small_ledgers, st.integers(0, 1_000_000),
)  # fmt: skip
many = settings(max_examples=10)


def scene(random: Random, ledger: oracle.Ledger, month: datetime.date) -> oracle_client.Ledger:
    """A small ledger with everything that a client's card tells, around a month asked for."""
    fields = {field.name: getattr(ledger, field.name) for field in dataclasses.fields(ledger)}
    end = oracle.last_day(month)

    def day() -> datetime.date:
        return end - timedelta(days=random.choice([-1, 0, 0, 1, 30, 31, 400, 800]))

    lines = [*ledger.lines, *busy(random, end)]
    fields["lines"] = [*lines, *crowded(random, lines)]
    fields["activities"] = [*ledger.activities, *diary(random, end)]
    fields["clients"] = [
        row | {name: random.choice([None, f"{name} 1", f"{name} 2"])
               for name in ("client_group", "region", "phone", "email")}
        for row in ledger.clients
    ]  # fmt: skip
    spells = [
        {"client_id": random.choice(CLIENTS), "manager_id": random.choice(["1", "2"]),
         "valid_from": day(), "valid_to": None} for _ in range(random.choice([0, 2, 5]))
    ]  # fmt: skip
    fields["assignments"] = unique(
        [*ledger.assignments, *spells], "client_id", "manager_id", "valid_from"
    )
    places = range(random.choice([0, 3, 12]))
    level = random.choice([None, "Food"])
    return oracle_client.Ledger(
        **fields,
        products=[{"product_id": "P1", "product_name": random.choice([None, "Tea"]),
                   "product_group": random.choice([None, "Food"]),
                   "unit_cost": random.choice([None, 3])}],
        plans=[{"month": oracle.shifted(month, random.choice([0, 0, -1, -2, -5, -13, 1])),
                "plan_revenue": random.choice([0, 100, 33.33, 1000.01, -50]),
                "months": random.choice([None, 1, 3, 12]), "product_group": level,
                "client_id": random.choice([*CLIENTS, "P1"])} for _ in places],
        surveys=[{"responded_on": day(), "client_id": random.choice([*CLIENTS, "P1", None]),
                  "score": random.choice([None, 0, 6, 6.5, 9, 10])} for _ in places],
        tickets=[{"ticket_id": f"T{at}", "client_id": random.choice([*CLIENTS, None]),
                  "opened_at": datetime.datetime.combine(day(), datetime.time(23, 59)),
                  "agent": random.choice([None, "Eva"])} for at in places],
        receivables=[{"invoice_id": f"F{at}", "client_id": random.choice(CLIENTS),
                      "invoiced_on": day(), "amount": random.choice([100, 7.5, -20])}
                     for at in places],
    )  # fmt: skip


def busy(random: Random, end: datetime.date) -> list[dict]:
    """Few clients and products in two years before a day and the month after it."""
    days = [end + timedelta(days=random.choice([0, 1, 20, *range(-800, 0, 9)])) for _ in range(40)]
    return [
        {"shipment_id": f"B{number % 30}", "shipped_on": day, "cost": random.choice([None, 20, 80]),
         "client_id": random.choice(CLIENTS[:2]), "manager_id": random.choice(["1", "2", None]),
         "revenue": random.choice([100, 100, 33.3, 0, -60]),
         "quantity": random.choice([None, 3, -1]), "product_id": random.choice([None, "P1", "P2"])}
        for number, day in enumerate(days[: random.choice([0, 10, 40])]) if day >= FIRST
    ]  # fmt: skip


def diary(random: Random, end: datetime.date) -> list[dict]:
    """What was done with the clients about a day, or was not."""
    return [
        {"happened_at": datetime.datetime.combine(end, datetime.time())
         + timedelta(minutes=random.choice([-9999, -1, 0, 1439, 1440])),
         "manager_id": random.choice(["1", "7"]), "kind": random.choice(["call", "meeting"]),
         "client_id": random.choice([*CLIENTS[:2], "P1", None]), "topic": None,
         "minutes": random.choice([None, 0.1, 9]), "outcome": random.choice([None, "missed", "?"])}
        for _ in range(random.choice([0, 2, 6]))
    ]  # fmt: skip


def crowded(random: Random, lines: list[dict]) -> list[dict]:
    """Further lines of some shipments: of other managers, and such that cancel a shipment."""
    return [
        line | {"manager_id": random.choice(["1", "2", "10", None]), "cost": None,
                "revenue": random.choice([line["revenue"], -line["revenue"], 50])}
        for line in lines if random.random() < 0.3
    ]  # fmt: skip


def frames_of(ledger: oracle_client.Ledger) -> dict[str, pd.DataFrame]:
    return ledgers.frames(data_until=UNTIL, **sources_of(ledger))


def sources_of(ledger: oracle_client.Ledger) -> dict[str, list[dict]]:
    """The source tables of a ledger by name."""
    others = {field.name: getattr(ledger, field.name) for field in dataclasses.fields(ledger)}
    return {"shipments": others.pop("lines")} | {
        name: rows for name, rows in others.items() if name != "kept"
    }


def asked(random: Random, ledger: oracle.Ledger) -> tuple | None:
    """A month of the ledger, a scene around it, and settings."""
    month = oracle.shifted(FIRST, random.choice(MONTHS))
    ledger = scene(random, ledger, month)
    if month < oracle.first_month(ledger):
        return None
    return month, ledger, {"window_months": random.choice([12, 12, 3])}


def computed(function, ledger: oracle_client.Ledger, month, **changed) -> pd.DataFrame:
    """The table, with those of the settings that it goes by."""
    book = ledgers.small_book(frames_of(ledger), f"{month:%Y-%m}")
    own = book.rules_of(function)
    changed = {key: value for key, value in changed.items() if key != "window_months" or key in own}
    return book.compute(function, f"{month:%Y-%m}", **changed)


# --- comparing ----------------------------------------------------------------------------------


def compare_cards(ours: pd.DataFrame, theirs: list[dict], names: dict[str, str]) -> None:
    """The same rows day by day; ours may name a manager, and say more in *detail*.

    The order of several rows of a kind and day is not told, that of the kinds is.
    """
    assert [name for name in ours if name != "open"] == [*oracle_client.CLIENT_CARD]
    places = [(-row.on.toordinal(), oracle_client.ORDER.index(row.what))
              for row in ours.itertuples()]  # fmt: skip
    assert places == sorted(places)
    left = [{key: plain(value) for key, value in row.items()} for row in ours.to_dict("records")]
    for row in theirs:
        same = [mine for mine in left if is_same(mine, row, names)]
        assert same, (row, [mine for mine in left if mine["on"] == row["on"]])
        left.remove(same[0])
    assert not left


def is_same(mine: dict, other: dict, names: dict[str, str]) -> bool:
    """Whether two rows of a card say the same."""
    money = mine["money"] is None if other["money"] is None else (
        mine["money"] is not None and abs(mine["money"] - float(other["money"])) < 1e-9
    )  # fmt: skip
    told = all(word in (mine["detail"] or "") for word in other["detail"])
    who = mine["who"] in (other["who"], names.get(other["who"], other["who"]))
    return money and told and who and all(
        mine[key] == other[key] for key in ("client_id", "on", "what")
    )  # fmt: skip


def compare_products(ours: pd.DataFrame, theirs: list[dict]) -> None:
    """Quantities that nobody told may be 0 or empty: the definitions do not say."""
    for column in ("quantity", "quantity_before"):
        known = [row[column] is not None for row in theirs]
        ours = ours.assign(**{column: ours[column].astype(float).fillna(0).where(known)})
    assert_same(ours, theirs)


def names_of(ledger: oracle.Ledger) -> dict[str, str]:
    return {row["manager_id"]: row["manager_name"] for row in ledger.managers}


# --- made ledgers -------------------------------------------------------------------------------


@many
@given(seeded)
def test_random_cards(seeded):
    """Kind by kind, so that one that is read otherwise does not hide the others."""
    ledger, random = seeded
    scenery = asked(random, ledger)
    if scenery is None:
        return
    month, ledger, changed = scenery
    client_id = random.choice([row["client_id"] for row in ledger.lines
                               if row["shipped_on"] <= oracle.last_day(month)])  # fmt: skip
    theirs = oracle_client.client_card(ledger, month, client_id, card_rows=10_000, **changed)
    ours = computed(client.client_card, ledger, month, client_id=client_id, card_rows=10_000,
                    **changed)  # fmt: skip
    wrong = {}
    for kinds in (oracle_client.ORDER[:2], *((each,) for each in oracle_client.ORDER[2:])):
        own = [row for row in theirs if row["what"] in kinds]
        try:
            compare_cards(ours[ours["what"].isin(kinds)], own, names_of(ledger))
        except AssertionError as error:
            wrong[kinds] = error
    assert not wrong
    short = computed(client.client_card, ledger, month, client_id=client_id, card_rows=3, **changed)
    pd.testing.assert_frame_equal(short, ours.head(3), check_dtype=False)


@many
@given(seeded)
def test_random_months(seeded):
    """Zeros, first months, months without a cost: everybody's, and one client's alone."""
    ledger, random = seeded
    scenery = asked(random, ledger)
    if scenery is None:
        return
    month, ledger, changed = scenery
    theirs = oracle_client.client_months(ledger, month, **changed)
    ours = computed(client.client_months, ledger, month, **changed)
    assert_same(ours, theirs)
    alone(client.client_months, ours, ledger, month, changed)


@many
@given(seeded)
def test_random_products(seeded):
    """Lines without product or quantity, returns, windows with and without a year before."""
    ledger, random = seeded
    scenery = asked(random, ledger)
    if scenery is None:
        return
    month, ledger, changed = scenery
    theirs = oracle_client.client_products(ledger, month, **changed)
    ours = computed(client.client_products, ledger, month, **changed)
    compare_products(ours, theirs)
    alone(client.client_products, ours, ledger, month, changed)


def alone(function, ours, ledger, month, changed) -> None:
    """Asked for alone, a client is what it is among all."""
    for client_id in ours["client_id"].unique()[:2]:
        own = computed(function, ledger, month, client_id=client_id, **changed)
        whole = ours[ours["client_id"] == client_id].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, whole)


@many
@given(seeded)
def test_random_lists(seeded):
    """Who is known, as of the month's end; whatever the list is told by other topics' tables."""
    ledger, random = seeded
    scenery = asked(random, ledger)
    if scenery is None:
        return
    month, ledger, changed = scenery
    ledger.receivables = []  # what is open is another topic's
    changed |= {"categories": CATEGORIES}
    theirs = oracle_client.client_list(ledger, month, **changed)
    ours = computed(base.client_list, ledger, month, **changed)
    same_lists(ours, theirs)


def same_lists(ours: pd.DataFrame, theirs: list[dict]) -> None:
    """No categories may be an empty text or nothing; what is open, and what a client is expected to
    bring, is told by other topics."""
    assert ours.columns.tolist()[:4] == list(oracle_client.CLIENT_LIST)[:4]
    ours = ours.assign(categories=ours["categories"].replace("", None),
                       open=None, overdue=None, expected_12=None)  # fmt: skip
    assert_same(ours, theirs)


# --- the sample ---------------------------------------------------------------------------------


@pytest.mark.timeout(900)
def test_the_sample(sample: Book):
    """Two months of real size; cards of ten clients of every sort, and of half of them before."""
    ledger = read_sample()
    for month in (datetime.date(2026, 10, 1), datetime.date(2024, 9, 1)):
        label = f"{month:%Y-%m}"
        same_lists(sample.compute(base.client_list, label, categories=CATEGORIES),
                   oracle_client.client_list(ledger, month, CATEGORIES))  # fmt: skip
        assert_same(sample.compute(client.client_months, label),
                    oracle_client.client_months(ledger, month))  # fmt: skip
        compare_products(sample.compute(client.client_products, label),
                         oracle_client.client_products(ledger, month))  # fmt: skip
        for client_id in ten_of(ledger, month)[:: 1 if month.year == 2026 else 2]:
            ours = sample.compute(client.client_card, label, client_id=client_id)
            theirs = oracle_client.client_card(ledger, month, client_id, card_rows=10_000)
            assert len(ours) == min(200, len(theirs))
            if len(theirs) > 200:  # of the last day, the definitions do not tell which rows stay
                last = plain(ours["on"].min())
                ours = ours[ours["on"] > pd.Timestamp(last)]
                theirs = [row for row in theirs if row["on"] > last]
            compare_cards(ours, theirs, names_of(ledger))


def ten_of(ledger: oracle_client.Ledger, month: datetime.date) -> list[str]:
    """Those with most lines, some handed over, some seldom seen."""
    end = oracle.last_day(month)
    lines = Counter(row["client_id"] for row in ledger.lines if row["shipped_on"] <= end)
    ranked = sorted(lines, key=lambda each: (-lines[each], each))
    spells = Counter(row["client_id"] for row in ledger.assignments)
    moved = [each for each in ranked if spells[each] > 1]
    return [*ranked[:3], *moved[:4], *ranked[-3:]]


def read_sample() -> oracle_client.Ledger:
    """The files as they stand, as values."""
    return oracle_client.Ledger(
        lines=read("shipments"), clients=read("clients"), managers=read("managers"),
        assignments=read("assignments"), activities=read("activities"), products=read("products"),
        plans=read("plans"), surveys=read("surveys"), receivables=read("receivables"),
    )  # fmt: skip


def read(table: str) -> list[dict]:
    return [{name: typed(name, text) for name, text in row.items()}
            for row in sample_facts.rows(table)]  # fmt: skip


def typed(name: str, text: str) -> object:
    """A cell of a file; money as it is written."""
    if text == "":
        return None
    if name.endswith("_on") or name in ("valid_from", "valid_to", "month"):
        return datetime.date.fromisoformat(text)
    if name == "happened_at":
        return datetime.datetime.fromisoformat(text)
    if name == "months":
        return int(text)
    numbers = (
        "revenue",
        "cost",
        "amount",
        "quantity",
        "unit_cost",
        "plan_revenue",
        "score",
        "minutes",
    )
    return float(text) if name in numbers else text
