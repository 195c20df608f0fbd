"""Duplicates and hygiene of the client base: by hand, and against the definitions pair by pair."""

import datetime
from random import Random

import pytest

from clientops.ledger import alike
from clientops.metrics import base
from clientops.settings import Base
from tests.ledgers import compute, frames, line
from tests.metrics import oracle_base

MARCH, END = "2026-03", datetime.date(2026, 3, 31)
FORMS = Base().legal_forms


def book(clients: list[dict], *lines: dict, **tables) -> dict:
    return frames(
        shipments=[line("S0", "2026-03-02", "ZERO", 1, "1"), *lines],
        clients=clients, data_until="2026-03-31", **tables,
    )  # fmt: skip


def groups(clients: list[dict], *lines: dict, **changed) -> dict[str, tuple]:
    """By client: number of its group, what proves it, whether that is sure, whether it is kept."""
    table = compute(base.duplicate_clients, book(clients, *lines), MARCH, **changed)
    return {row.client_id: (row.group_no, row.by, row.sure, row.keep) for row in table.itertuples()}


@pytest.mark.parametrize(
    ("text", "country", "plain"),
    [
        ("+372 512 3456", "372", "3725123456"), ("00372 5123456", "", "3725123456"),
        ("512-34-56", "372", "3725123456"), ("0512 3456, 777", "49", "495123456"),
        ("8 (495) 123-45-67", "7", "74951234567"), ("8 (495) 123-45-67", "", "84951234567"),
        ("495 123-45-67 доб. 8", "7", "74951234567"), ("12345", "", ""), ("", "7", ""),
        ("тел. +7 916 111 22 33; 8 495", "7", "79161112233"), ("нет", "7", ""),
    ],
)  # fmt: skip
def test_a_telephone_is_its_first_number_with_its_country(text, country, plain):
    assert alike.plain_phone(text, country) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ООО «Ёлка»", "елка"), ("Café Mägi OÜ", "cafe magi"), ("S.R.O. Brno", "brno"),
        ("Sro", "sro"), ("A/S Bergen's", "bergens"), ("Smith & Söhne, Ltd.", "smith sohne"),
        ("", ""), ("—", ""),
    ],
)  # fmt: skip
def test_a_name_is_compared_without_accents_and_legal_forms(text, plain):
    assert alike.plain_name(text, FORMS) == plain


def test_the_best_proof_of_each_client_and_one_to_keep():
    clients = [
        {"client_id": "C1", "client_name": "Alpha", "tax_id": "12-34", "region": "N"},
        {"client_id": "C2", "client_name": "Beta", "tax_id": " 1234", "email": "A@x.ee "},
        {"client_id": "C3", "client_name": "ALPHA OÜ", "region": "N"},
        {"client_id": "C4", "client_name": "Alpha", "region": "S"},
        {"client_id": "C5", "client_name": "Alpha", "region": "N", "tax_id": "99"},
        {"client_id": "C6", "client_name": "Gamma", "phone": "+372 5123456"},
        {"client_id": "C7", "client_name": "Gamma Foods", "phone": "5123456"},
        {"client_id": "C8", "client_name": "Quite another", "phone": "5123456"},
    ]
    sold = [line("S1", "2025-01-02", "C2", 10, "1"), line("S2", "2024-01-02", "C1", 10, "1")]
    found = groups(clients, *sold, phone_country="372")
    assert found == {
        "C1": (1, "tax_id", True, True),  # as much as C2 ever, but from earlier on
        "C2": (1, "tax_id", True, False),
        "C3": (1, "name", False, False),  # of C1, in the same region
        "C5": (1, "name", False, False),  # of C3: of C1 another tax number forbids it
        "C6": (2, "phone", False, True),
        "C7": (2, "phone", False, False),
    }


def test_what_many_share_proves_nothing():
    several = [{"client_id": f"C{n}", "client_name": f"{n} Inn", "email": "a@b.ee"}
               for n in range(4)]  # fmt: skip
    assert groups(several) == {}
    assert len(groups(several[:3])) == 3
    unknown = [*several[:3], several[3] | {"created_on": "2026-04-01"}]  # not known by March
    assert len(groups(unknown)) == 3


def test_a_region_that_is_missing_forbids_nothing():
    named = [{"client_id": "C1", "client_name": "Inn", "region": "N"},
             {"client_id": "C2", "client_name": "Inn", "region": "S"}]  # fmt: skip
    assert groups(named) == {}
    assert len(groups([*named, {"client_id": "C3", "client_name": "Inn"}])) == 3


WORDS = ["Alpha", "Beta", "Béta", "OÜ", "Inn", "Inns", "a/b", "Gamma", "ООО", "Ёж"]


def random_clients(random: Random) -> list[dict]:
    def some(*values):
        return random.choice([None, *values])

    return [
        {
            "client_id": f"C{number:02}",
            "client_name": " ".join(random.choices(WORDS, k=random.randint(1, 3))),
            "region": some("N", "S"),
            "phone": some("5123456", "+372 512 34 56", "0037251-23456", "12", "8 495 123 45 67"),
            "email": some("a@x.ee", " A@X.ee", "b@y.ee", "odd", "c@z"),
            "tax_id": some("1 2", "12", "3-4"),
            "created_on": some("2020-01-01", "2025-12-01", "2026-03-31"),
            "verified_on": some("2025-03-31", "2025-03-30", "2026-01-01"),
            "client_group": some("Hotels"),
        }
        for number in range(random.randint(2, 14))
    ]


@pytest.mark.parametrize("seed", range(25))
def test_random_bases(seed):
    random = Random(seed)
    clients, country = random_clients(random), random.choice(["", "372", "7"])
    sold = [
        line(f"S{n}", f"2026-0{random.randint(1, 3)}-05", random.choice(clients)["client_id"],
             random.randint(1, 99), random.choice("12"))
        for n in range(random.randint(0, 8))
    ]  # fmt: skip
    frames_ = book(clients, *sold)
    table = compute(base.duplicate_clients, frames_, MARCH, phone_country=country)
    expected = oracle_base.duplicates(clients, FORMS, country)
    first = table.groupby("group_no")["client_id"].transform("min")
    ours = {i: (g, b) for i, g, b in zip(table["client_id"], first, table["by"], strict=True)}
    assert ours == expected
    assert table["sure"].eq(table["by"].isin(["tax_id", "email"])).all()
    assert table.groupby("group_no")["keep"].sum().eq(1).all()
    numbers = table.drop_duplicates("group_no")["group_no"].tolist()
    assert numbers == [*range(1, len(numbers) + 1)]

    hygiene = compute(base.base_hygiene, frames_, MARCH, phone_country=country)
    listed = compute(base.client_list, frames_, MARCH).set_index("client_id")
    counts: dict[str, int] = dict.fromkeys(base.CHECKS, 0)
    for each in clients:
        row = listed.loc[each["client_id"]]
        bought = row["stage"] != "prospect"
        for check in oracle_base.faults(each, END, row["abc"], bought):
            counts[check] += 1
    counts["duplicate"] = len(expected)
    counts["no owner"] = int((listed["manager_id"] == "(unassigned)").sum())
    card = {"no way to reach": ("phone", "email"), "malformed": ("phone", "email"),
            "not verified": ("verified_on",), "never bought": ("created_on",),
            "no group": ("client_group",)}  # fmt: skip
    for check, columns in card.items():  # a column that nobody has filled tells nothing
        if not any(each[column] for each in clients for column in columns):
            counts[check] = 0
    zero = listed.loc["ZERO"]  # who stands in no card
    if counts["no way to reach"] or any(each["phone"] or each["email"] for each in clients):
        counts["no way to reach"] += 1
    if any(each["verified_on"] for each in clients) and zero["abc"] in ("A", "B"):
        counts["not verified"] += 1
    if any(each["client_group"] for each in clients):
        counts["no group"] += 1
    company = hygiene[hygiene["manager_id"] == "*"].set_index("check")
    assert company["clients"].to_dict() == {k: n for k, n in counts.items() if n}
    assert (company["share"] * len(listed)).round(6).eq(company["clients"]).all()


def test_hygiene_by_manager_the_dearest_first():
    clients = [
        {"client_id": "C1", "client_name": "One", "manager_id": "1", "email": "x", "phone": "1"},
        {"client_id": "C2", "client_name": "Two", "manager_id": "8", "phone": "1234567"},
        {"client_id": "C3", "client_name": "Three", "manager_id": "1"},
    ]
    managers = [{"manager_id": "1"}, {"manager_id": "8", "left_on": "2026-03-31"}]
    sold = [line("S1", "2026-03-03", "C3", 50, "1"), line("S2", "2026-03-03", "C2", 70, "8")]
    table = compute(base.base_hygiene, book(clients, *sold, managers=managers), MARCH)
    rows = [tuple(row) for row in table.itertuples(index=False)]
    assert [row for row in rows if row[0] in ("1", "8")] == [
        ("1", "no way to reach", 2, pytest.approx(2 / 3), 51.0),  # who stands in no card too
        ("1", "malformed", 1, pytest.approx(1 / 3), 0.0),
        ("8", "owner left", 1, 1.0, 70.0),
    ]
