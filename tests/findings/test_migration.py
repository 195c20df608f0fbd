"""What migration says: every number is in the frame, whatever part of it is shown."""

import pandas as pd
import pytest

from clientops import figures, findings, words
from clientops.metrics import migration
from clientops.page import lists
from tests.cards import form
from tests.figures.drawn import HOSTILE
from tests.made import (
    EVERYBODY,
    MATRIX,
    bridge_frame,
    causes_frame,
    matrix_frame,
)
from tests.told import plain, told


def test_bridge():
    frame = bridge_frame(EVERYBODY, ("1", "Ann", *EVERYBODY[2:]))
    for subject, name in (("*", "The company"), ("1", "Ann")):
        assert plain(told(findings.revenue_bridge, frame, subject)) == (
            f"{name}: revenue fell from €1K in the 12 months to October 2025 to €920 in the 12 "
            "months to October 2026. Largest steps: lost clients −€220, growth +€150."
        )
    assert told(findings.revenue_bridge, frame, "2") == "This manager has no client to compare."
    assert told(findings.revenue_bridge, frame, "").startswith("Some figures have no sum")


def test_bridge_doubts_the_ownership_where_much_changed_hands():
    unclear = (*EVERYBODY[:11], 0.5, "unclear")
    said = told(findings.revenue_bridge, bridge_frame(("1", "Ann", *unclear[2:])), "1")
    assert "50% of the revenue at the beginning changed owner: ownership looks unknown" in said
    gone = ("1", "Ann", 500.0, 0, 0, 0, 0, 0, 0, -500.0, 0.0, 1.0, "unclear")
    said = plain(told(findings.revenue_bridge, bridge_frame(EVERYBODY, gone), "1"))
    assert said.endswith("to €0 in the 12 months to October 2026. All of it was handed over.")


def test_bridge_says_where_windows_overlap():
    for since, said in (
        ("2026-09-01", "The windows overlap: what differs is October 2026 against October 2025."),
        ("2026-08-01", "The windows overlap: what differs is September 2026 – October 2026 "
                       "against September 2025 – October 2025."),
    ):  # fmt: skip
        step = bridge_frame(EVERYBODY, since=pd.Timestamp(since)).assign(manager_id="1")
        assert told(findings.revenue_bridge, step, "1").endswith(said)
    short = bridge_frame(EVERYBODY, months=3).assign(manager_id="1")
    assert "in the 3 months to October 2026" in told(findings.revenue_bridge, short, "1")


def _path(classes: dict[str, str]) -> pd.DataFrame:
    rows = [(client, pd.Timestamp(2026, month, 1), client, "1", word, 10.0)
            for client, words_ in classes.items()
            for month, word in enumerate(words_.split(), 1) if word != "."]  # fmt: skip
    columns = "client_id month client_name manager_id class revenue".split()
    return pd.DataFrame(rows, columns=columns)


@pytest.mark.parametrize(("classes", "said"), [
    ({"Ann": "AX AX AX", "Bo": "AX BX AX", "Cy": ". AX AX"},
     "2 of 3 clients kept their class from January 2026 to March 2026; Bo changed it most often."),
    ({"Ann": "AX BX AX", "Bo": "AX BX AX", "Cy": ". AX BX"},
     "0 of 3 clients kept their class from January 2026 to March 2026."),
    ({"Ann": "AX AX AX", "Bo": "-- -- AX"},
     "1 of 2 clients kept their class from January 2026 to March 2026."),
])  # fmt: skip
def test_paths_of_a_portfolio(classes, said):
    assert told(findings.class_paths, _path(classes)) == said


def test_a_portfolio_of_paths_is_a_row_per_client_and_a_column_per_month():
    rows = lists.across(_path({"Ann": "-- BX AX", "Cy": ". . CZ"}), "class")
    months = [words.month(month) for month in pd.date_range("2026-01-01", periods=3, freq="MS")]
    keys = ["client_id", "client_name", "manager_id"]
    assert [*rows] == [*keys, "opening", "closing", "revenue", *months]
    assert rows.drop(columns=["client_id", "manager_id", "revenue"]).fillna("").values.tolist() == [
        ["Ann", "no purchase", "AX", "no purchase", "BX", "AX"],
        ["Cy", "CZ", "CZ", "", "", "CZ"],
    ]


def test_what_became_of_the_best():
    frame = matrix_frame(*MATRIX)
    frame = pd.concat([frame, frame.assign(manager_id="1", manager_name="Ann")])
    assert told(findings.volume_moves, frame, "1") == (
        "Ann: of the clients now in the portfolio, 6 were in A in the 12 months to October 2025; 3 "
        "stayed, 5 came."
    )
    assert told(findings.regularity_moves, frame) == (
        "The company: of the clients now in the portfolio, 6 were regular in the 12 months to "
        "October 2025; 4 stayed so, 0 became so."
    )
    none = frame[frame["from_class"] == "--"]
    assert told(findings.volume_moves, none) == (
        "The company: of the clients now in the portfolio, none was in A in the 12 months to "
        "October 2025; 4 came."
    )


def test_causes():
    rows = [("*", "*", "down", "own", 25, None, None), ("*", "*", "up", "threshold", 3, None, None),
            ("1", "Ann", "down", "own", 24, 0.001, "mostly down"),
            ("2", "Bo", "down", "own", 1, 0.6, "balanced"),
            ("2", "Bo", "up", "threshold", 3, 0.6, "balanced")]  # fmt: skip
    assert told(findings.move_causes, causes_frame(*rows)) == (
        "The company: 3 clients rose in volume class, 25 fell; 3 only because the bar moved. "
        "More fell than rose beyond chance: Ann."
    )
    assert told(findings.move_causes, causes_frame(*rows[:3]), "1") == (
        "Ann: 0 clients rose in volume class, 24 fell; 0 only because the bar moved. "
        "That more fell than rose is beyond chance."
    )
    assert told(findings.move_causes, causes_frame(*rows[2:]), "").startswith(
        "The managers shown: 3 clients rose in volume class, 25 fell; 3 only because"
    )


def test_leavers_and_the_path_of_one(sample):
    leavers = sample.compute(migration.class_leavers)
    said, change = plain(told(findings.class_leavers, leavers)), leavers["revenue_change"].sum()
    worst = leavers.loc[leavers["revenue_change"].idxmin()]
    assert said == (
        f"{len(leavers)} clients fell from A or are no longer regular; their revenue changed by "
        f"−{words.short_money(-change)}. The largest loss: {worst['client_name']} "
        f"(−{words.short_money(-worst['revenue_change'])})."
    )
    path = sample.compute(migration.class_path, client_id="C0133")
    first, last = path.iloc[0], path.iloc[-1]
    assert told(findings.class_path, path) == (
        f"Early Pier Trading OÜ: {first['class']} in November 2025, {last['class']} in October "
        f"2026; revenue of a window from {words.short_money(first['revenue'])} to "
        f"{words.short_money(last['revenue'])}."
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(sample, name):
    path = sample.compute(migration.class_path, client_id="C0133").assign(client_name=name)
    assert told(findings.class_path, path).startswith(name)
    figures.svg(form("migration", "class_path")(path), name)
    several = sample.compute(migration.class_path).assign(client_name=name)
    figures.svg(form("migration", "class_path")(several, width=figures.PHONE), name)
    rows = causes_frame(("1", name, "down", "own", 3, 0.001, "mostly down"))
    assert name in told(findings.move_causes, rows)
    figures.svg(form("migration", "migration_causes")(rows), name)
