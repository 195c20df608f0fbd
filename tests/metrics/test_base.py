"""The little language of categories: what holds, and what is no rule."""

import itertools
import json
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import open_book
from clientops.build import build
from clientops.errors import ClientOpsError
from clientops.metrics import base
from clientops.settings import read_settings
from tests.ledgers import compute, frames, line, only_row
from tests.metrics import oracle_client

MARCH = "2026-03"
NAME = "odd rule"
# C1 bought once, for 100.1, and nobody knows what it cost: margin_rate, region and last_touch are
# empty.
BOOK = frames(
    shipments=[
        line("S1", "2026-03-05", "C1", 100.1, "1"),
        line("S2", "2026-02-05", "C2", 1000, "2", cost=900),
    ],
    clients=[
        {"client_id": "C1", "client_name": "and not (or)", "client_group": "Zoo"},
        {"client_id": "C2", "client_name": 'The "Inn"', "region": "N"},
        {"client_id": "P1"},
    ],
    data_until="2026-03-31",
)  # fmt: skip


def holders(text: str) -> dict[str, bool]:
    """Of whom a rule holds."""
    table = compute(base.client_list, BOOK, MARCH, categories={NAME: text})
    said = table["categories"].fillna("")
    assert said.isin([NAME, ""]).all()
    return dict(zip(table["client_id"], said == NAME, strict=True))


def found(text: str) -> bool:
    """Whether a rule holds for C1."""
    return holders(text)["C1"]


def refuse(folder, text: str) -> ClientOpsError:
    """What is said of a rule that is none, by the file or at the latest by the table."""
    toml = f"[settings.base.categories]\nfine = \"abc == 'A'\"\n{json.dumps(NAME)} = "
    (folder / "clientops.toml").write_text(toml + json.dumps(text), encoding="utf-8")
    with pytest.raises(ClientOpsError) as caught:
        rules = read_settings(folder).settings.base.categories
        compute(base.client_list, BOOK, MARCH, categories=rules)
    said = str(caught.value)
    assert NAME in said
    assert "fine" not in said
    assert "\n" not in said
    assert len(said) < 1000
    return caught.value


# --- what holds ---------------------------------------------------------------------------------

ATOMS = {"T": "purchases == 1", "F": "purchases == 2", "E": "margin_rate > 0"}
SHAPES = [
    "p and q",
    "p or q",
    "not p and q",
    "not (p and q)",
    "not p or not q",
    "not not p",
    "p or q and r",
    "(p or q) and r",
    "p and q or r",
    "p and (q or r)",
    "not p or q and not r",
    "not (p or not (q and r))",
    "((p)) or ((q) and (not (r)))",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_truth_tables(shape):
    """and binds closer than or, not closer than and; a comparison with nothing is false."""
    letters = [letter for letter in "pqr" if letter in shape.replace("or", "")]
    rules, wanted = {}, {}
    for kinds in itertools.product(ATOMS, repeat=len(letters)):
        values = dict(zip(letters, kinds, strict=True))
        words = shape.replace("(", "( ").replace(")", " )").split()
        name = "".join(kinds)
        rules[name] = " ".join(ATOMS[values[word]] if word in values else word for word in words)
        plain = " ".join(str(values[word] == "T") if word in values else word for word in words)
        wanted[name] = eval(plain)  # of True, False, and, or, not and parentheses
    table = compute(base.client_list, BOOK, MARCH, categories=rules)
    said = only_row(table.fillna({"categories": ""}), client_id="C1")["categories"]
    assert said == ", ".join(name for name, holds in wanted.items() if holds)


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("sides", [
    ("margin_rate", "0"), ("0", "margin_rate"), ("margin_rate", "margin_rate"),
    ("margin_rate", "revenue"), ("region", "'N'"), ("region", "''"), ("region", "client_group"),
    ("last_touch", "'2026-01-01'"), ("last_touch", "last_on"), ("open", "0"), ("overdue", "0"),
    ("nps_score", "7"), ("plan_gap", "0"), ("tags", "'a'"),
])  # fmt: skip
def test_with_nothing_every_comparison_is_false_and_not_of_it_true(sign, sides):
    text = f"{sides[0]} {sign} {sides[1]}"
    assert not found(text)
    assert found(f"not {text}")
    assert found(f"not ({text})")


@pytest.mark.parametrize(("text", "holds"), [
    ("revenue == 100.1", True), ("revenue == 100.10", True), ("100.1 == revenue", True),
    ("revenue > 100.1", False), ("revenue >= 100.1", True), ("100.0999 < revenue", True),
    ("revenue > -5", True), ("revenue == revenue_ever", True), ("purchases != 2", True),
    ("purchases == 1.0", True),
    ("revenue>100 and purchases<2", True), ("  revenue  >  100  ", True),
    ("client_group == 'Zoo'", True), ('client_group == "Zoo"', True),
    ("client_group == 'zoo'", False), ("client_group == 'Zoo '", False),
    ("client_group < 'apple'", True),  # by code point
    ("client_group != 'Bar'", True), ("client_name == 'and not (or)'", True),
    ("client_id == 'C1'", True), ("client_id < 'C10'", True), ("client_id < client_name", True),
    ("last_on == '2026-03-05'", True), ("last_on >= '2026-03-05'", True),
    ("last_on > '2026-03-05'", False), ("'2026-03-04' < last_on", True),
    ("first_on == last_on", True), ("stage == 'active'", True), ("xyz == 'Z'", True),
    ("manager_id == '1'", True), ("manager_id == '(unassigned)'", False),
])  # fmt: skip
def test_numbers_texts_and_dates(text, holds):
    assert found(text) is holds


def test_of_each_client_its_own():
    def who(text: str) -> list[str]:
        return [client_id for client_id, holds in holders(text).items() if holds]

    assert who("client_name == 'The \"Inn\"'") == ["C2"]
    assert who("margin_rate == 0.1") == ["C2"]
    assert who("not margin_rate == 0.1") == ["C1", "P1"]
    assert who("stage == 'prospect' and not last_on > '2000-01-01'") == ["P1"]


def test_long_rules_are_rules():
    many = " or ".join(f"client_id == 'X{number}'" for number in range(200))
    assert not found(many)
    assert found(f"{many} or purchases == 1")
    assert found("(" * 10 + "purchases == 1" + ")" * 10)


def test_without_rules_there_are_no_categories():
    table = compute(base.client_list, BOOK, MARCH)
    assert (table["categories"].fillna("") == "").all()


# --- what is refused ----------------------------------------------------------------------------

CALLS = """
__import__('os').system('true') == 0
abc.lower() == 'a'
len(abc) == 1
print('x') or abc == 'A'
abc == str('A')
abc == open('/etc/hostname')
exec('x = 1') == 'A'
""".strip().splitlines()
PATHS = """
abc.values == 'A'
abc.__class__ == 'str'
().__class__ == abc
@abc == 'A'
abc[0] == 'A'
[abc][0] == 'A'
{'abc': 1}['abc'] == 1
abc in ['A', 'B']
abc in 'AB'
abc not in ('A', 'B')
abc is 'A'
abc is not 'A'
""".strip().splitlines()
PYTHON = """
lambda: abc == 'A'
(lambda: 1)() == 1
f'{abc}' == 'A'
abc == f'A'
abc == b'A'
abc == r'A'
'A' if abc == 'A' else 'B'
(abc := 'A') == 'A'
abc := 'A'
abc = 'A'
abc == 'A'; xyz == 'X'
[abc for abc in 'A'] == 'A'
{abc == 'A'}
abc == 'A',
abc == 'A' # and so on
abc == ('A', 'B')
abc == ['A']
abc == {'A'}
await abc == 'A'
yield abc
*abc == 'A'
abc == ...
import os
return abc == 'A'
abc == 'A' 'B'
""".strip().splitlines()
CHAINS = """
1 < purchases < 5
abc == xyz == 'A'
revenue > 0 != 1
1 < purchases <= revenue and abc == 'A'
not 1 < purchases < 5
""".strip().splitlines()
SUMS = """
revenue + 1 > 5
revenue > 5 - 1
revenue * 2 > 5
revenue / 2 > 5
revenue // 2 > 5
revenue % 2 == 0
revenue ** 2 > 5
9 ** 9 ** 9 ** 9 > revenue
-revenue > 5
~purchases == 1
purchases << 1 == 2
purchases & 1 == 1
abc == 'A' & xyz == 'X'
abc == 'A' | xyz == 'X'
abc == 'A' && xyz == 'X'
abc == 'A' || xyz == 'X'
!abc == 'A'
abc <> 'A'
abc === 'A'
abc =! 'A'
abc == 'A' xor xyz == 'X'
revenue > 5 %
revenue > 1,000
revenue > 5€
revenue > 1j
""".strip().splitlines()
COLUMNS = """
abcc == 'A'
ABC == 'A'
abc == A
turnover > 5
categories == 'vip'
True
None
abc
'A'
1
abc == True
abc == None
abc == null
revenue > nan
revenue < inf
not abc
abc and xyz == 'X'
abc == 'A' and xyz
abc == 'A' or 1
__name__ == 'x'
month == '2026-03-01'
window_months == 12
AND == 'A'
abc == 'A' AND xyz == 'X'
""".strip().splitlines()
BROKEN = [
    "", " ", "\t", "()", "(", ")", "((abc == 'A')", "(abc == 'A'))", ")abc == 'A'(", "abc == 'A",
    "abc == \"A'", "abc ==", "== 'A'", "abc 'A'", "abc == 'A' xyz == 'X'", "and", "or", "not",
    "abc == 'A' and", "and abc == 'A'", "abc == 'A' or or xyz == 'X'", "abc == 'A' and and",
    "not and abc == 'A'", "abc not == 'A'", "abc == not 'A'", "abc == 'A' not", "abc == 'A' ()",
    "abc (== 'A')", "(abc == ) 'A'", "== == ==", "abc\0 == 'A'", "abc == 'A' \\", "\\", "?",
    "5 revenue > 1", "revenue > 1.2.3", "revenue > 1 2", "revenue > --", "'", '"', "'''", "%s",
]  # fmt: skip


@pytest.mark.parametrize("text", [*CALLS, *PATHS, *PYTHON, *CHAINS, *SUMS, *COLUMNS, *BROKEN])
def test_anything_else_is_refused_by_its_name(text, tmp_path):
    refuse(tmp_path, text)
    with pytest.raises(oracle_client.Refused):
        oracle_client.parsed(text)


def test_an_unknown_column_is_named(tmp_path):
    assert "turnovr" in str(refuse(tmp_path, "abc == 'A' and turnovr > 5"))


@pytest.mark.parametrize("text", [
    "(" * 5_000 + "abc == 'A'" + ")" * 4_999, "(" * 100_000, "not " * 100_000, "abc ==" * 50_000,
    "-" * 100_000 + "1 == revenue", "[" * 100_000, "abc == 'A' and " * 50_000, "abc." * 50_000,
    "f(" * 50_000, "revenue > " + "9" * 100_000 + "x", "abc == '" + "A" * 100_000,
], ids=lambda text: text[:20])  # fmt: skip
def test_what_is_huge_and_wrong_is_refused_as_well(text, tmp_path):
    refuse(tmp_path, text)


@pytest.mark.parametrize("text", [
    "(" * 5_000 + "abc == 'A'" + ")" * 5_000, "not " * 5_000 + "abc == 'A'",
    " or ".join(["abc == 'A'"] * 5_000), "revenue > " + "9" * 5_000, "revenue < 0." + "1" * 5_000,
    "revenue == -0", "abc == '" + "A" * 100_000 + "'", "1 == 1", "'A' == abc", "abc == 1",
    "revenue > 'A'", "revenue > '5'", "last_on > 5", "last_on > 'soon'", "last_on > '2026-13-40'",
    "last_on > abc", "(abc) == 'A'", "abc == ('A')", "revenue > .5", "revenue > 5.", "revenue > +5",
    "revenue > 1e3", "revenue > 1_000", "revenue > 0x10", "abc == 'A\\'", "abc == '\\n'",
    "abc == 'A'\n and xyz == 'X'", "ａbc == 'A'",
], ids=lambda text: text[:20])  # fmt: skip
def test_what_is_unclear_is_a_rule_or_refused_but_never_breaks(text):
    """Of these the definitions tell too little; neither a traceback nor a crash may come of it."""
    try:
        compute(base.client_list, BOOK, MARCH, categories={NAME: text})
    except ClientOpsError as error:
        assert NAME in str(error)


@pytest.mark.parametrize("value", ["3", "true", "[\"abc == 'A'\"]", "{ a = 'b' }", "2026-01-01"])
def test_a_rule_is_a_text(value, tmp_path):
    text = f"[settings.base.categories]\n{json.dumps(NAME)} = {value}\n"
    (tmp_path / "clientops.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ClientOpsError, match=r"clientops\.toml"):
        read_settings(tmp_path)


def test_a_good_file_is_read_in_its_order(tmp_path):
    text = "[settings.base.categories]\nvip = \"abc == 'A' and xyz == 'X'\"\na = 'revenue > 5'\n"
    (tmp_path / "clientops.toml").write_text(text, encoding="utf-8")
    rules = read_settings(tmp_path).settings.base.categories
    assert rules == {"vip": "abc == 'A' and xyz == 'X'", "a": "revenue > 5"}
    assert list(rules) == ["vip", "a"]


# --- anything at all ----------------------------------------------------------------------------

PIECES = ["and", "or", "not", "(", ")", "==", "!=", "<", "<=", ">", ">=", "abc", "purchases",
          "last_on", "region", "'A'", "'2026-03-05'", "1", "100.1", "-1", "x", "+", ".", ",",
          "="]  # fmt: skip
COMPARED = ["abc == 'A'", "purchases == 1", "margin_rate > 0", "last_on >= '2026-03-05'",
            "not region == 'N'", "( purchases != 1 or abc == 'B' )"]  # fmt: skip


def soup(random: Random) -> str:
    """Something like a rule, often with a piece too many, too few or in another's place."""
    words = random.choice(COMPARED).split(" ")
    for _ in range(random.randrange(3)):
        words += [random.choice(["and", "or"]), *random.choice(COMPARED).split(" ")]
    for _ in range(random.choice([0, 0, 1, 1, 2, 6])):
        at = random.randrange(len(words) + 1)
        words[at : at + random.choice([0, 1])] = random.choice([[], [random.choice(PIECES)]])
    return " ".join(words)


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_any_text_is_read_as_the_grammar_says(seed):
    """The same truth for every client, or refused by both."""
    random = Random(seed)
    rows = {row.client_id: row._asdict() for row in known_rows()}
    for _ in range(8):
        text = soup(random)
        try:
            rule = oracle_client.parsed(text)
            wanted = {client_id: rule(row) for client_id, row in rows.items()}
        except oracle_client.Untold:
            continue
        except oracle_client.Refused:
            with pytest.raises(ClientOpsError, match=NAME):
                found(text)
            continue
        assert holders(text) == wanted, text


def known_rows():
    """The list's rows as the oracle compares them: nothing where a cell is empty."""
    table = compute(base.client_list, BOOK, MARCH).astype(object)
    return table.where(table.notna(), None).itertuples(index=False)


def test_categories_stand_in_the_order_of_settings(tmp_path):
    (tmp_path / "shipments.csv").write_text(
        "shipment_id,shipped_on,client_id,revenue\nS1,2026-01-05,C1,100\n", encoding="utf-8"
    )
    (tmp_path / "clientops.toml").write_text(
        "[settings.base.categories]\nlarge = \"abc == 'A'\"\nbuyer = 'purchases > 0'\n"
        "all = 'purchases >= 0'\n", encoding="utf-8",
    )  # fmt: skip
    build(tmp_path)
    table = open_book(tmp_path).compute(base.client_list)
    assert table["categories"].tolist() == ["large, buyer, all"]


def test_contacts_of_a_running_month_end_with_the_data():
    """On 20 March nobody knows of a call and an answer of the 25th."""
    touch = {"client_id": "C1", "manager_id": "1", "kind": "call"}
    book = frames(
        data_until="2026-03-20",
        shipments=[line("S1", "2026-03-05", "C1", 100, "1")],
        activities=[touch | {"happened_at": f"2026-{day} 10:00"} for day in ("02-10", "03-25")],
        surveys=[{"client_id": "C1", "responded_on": f"2026-{day}", "score": score}
                 for day, score in (("03-02", 9), ("03-25", 2))],
    )  # fmt: skip
    until = pd.Timestamp("2026-03-20")
    found = {day: only_row(compute(base.client_contacts, book, MARCH, as_of=day), client_id="C1")
             for day in (until, None)}  # fmt: skip
    assert [found[until]["last_touch"], found[until]["nps_score"]] == [
        pd.Timestamp("2026-02-10"), 9]  # fmt: skip
    assert [found[None]["last_touch"], found[None]["nps_score"]] == [pd.Timestamp("2026-03-25"), 2]
