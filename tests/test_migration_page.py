"""What migration says and draws: every number is in the frame, whatever part of it is shown."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from clientops import figures, findings, words
from clientops.figures import paint
from clientops.metrics import migration
from tests.cards import form
from tests.test_figures import HOSTILE, patches, texts
from tests.told import told

FROM, TO = pd.Timestamp("2025-10-01"), pd.Timestamp("2026-10-01")
TOLD = {
    "migration_bridge": (findings.revenue_bridge, form("migration", "migration_bridge")),
    "migration_causes": (findings.move_causes, form("migration", "migration_causes")),
    "migration_matrix": (findings.volume_moves, form("migration", "migration_matrix")),
    "class_path": (findings.class_path, form("migration", "class_path")),
    "class_leavers": (findings.class_leavers, None),
    "client_migration": (findings.client_moves, None),
}
AMOUNTS = ["new", "returned", "growth", "decline", "lost", "transferred_in", "transferred_out"]


def bridge_frame(*rows, months: int = 12, since: pd.Timestamp = FROM) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "opening", *AMOUNTS, "closing",
               "transferred_share", "ownership"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(from_month=since, to_month=TO, window_months=months)


def matrix_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "from_class", "to_class", "clients", "revenue_before",
               "revenue_after"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns).assign(
        from_month=FROM, to_month=TO, window_months=12
    )
    for kind, place in (("abc", 0), ("xyz", 1)):
        for name in ("from", "to"):
            frame[f"{name}_{kind}"] = frame[f"{name}_class"].str[place]
    frame["revenue_change"] = frame["revenue_after"] - frame["revenue_before"]
    return frame.assign(manager_name=frame["manager_id"])


def causes_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "direction", "cause", "clients", "p_value", "balance"]
    return pd.DataFrame(rows, columns=columns)


EVERYBODY = ("*", "*", 1000.0, 50.0, 0.0, 150.0, -60.0, -220.0, 0.0, 0.0, 920.0, 0.05, "clear")
MATRIX = (
    ("*", "AX", "AX", 3, 900.0, 950.0), ("*", "AX", "BY", 2, 300.0, 100.0),
    ("*", "BX", "AX", 1, 80.0, 200.0), ("*", "AY", "--", 1, 90.0, 0.0),
    ("*", "--", "AZ", 4, 0.0, 400.0), ("*", "--", "--", 1, -5.0, 0.0),
)  # fmt: skip


# ---------------------------------------------------------------- sentences


def plain(sentence: str) -> str:
    """Without the marks that keep signs beside their numbers."""
    return sentence.replace("\u2060", "")


def test_bridge():
    frame = bridge_frame(EVERYBODY, ("1", "Ann", *EVERYBODY[2:]))
    for subject, name in (("*", "The company"), ("1", "Ann")):
        assert plain(told(findings.revenue_bridge, frame, subject)) == (
            f"{name}: revenue fell from €1K in the 12 months to Oct 2025 to €920 in the 12 months "
            "to Oct 2026. Largest steps: lost clients −€220, growth +€150."
        )
    assert told(findings.revenue_bridge, frame, "2") == "This manager has no client to compare."
    assert told(findings.revenue_bridge, frame, "").startswith("Choose one manager")


def test_bridge_doubts_the_ownership_where_much_changed_hands():
    unclear = (*EVERYBODY[:11], 0.5, "unclear")
    said = told(findings.revenue_bridge, bridge_frame(("1", "Ann", *unclear[2:])), "1")
    assert "50% of the revenue at the beginning changed owner: ownership looks unknown" in said
    gone = ("1", "Ann", 500.0, 0, 0, 0, 0, 0, 0, -500.0, 0.0, 1.0, "unclear")
    said = plain(told(findings.revenue_bridge, bridge_frame(EVERYBODY, gone), "1"))
    assert said.endswith("clients handed over −€500. All of it was handed over.")


def test_bridge_says_where_windows_overlap_or_are_short():
    for since, said in (
        ("2026-09-01", "The windows overlap: what differs is Oct 2026 against Oct 2025."),
        ("2026-08-01", "The windows overlap: what differs is Sep 2026 – Oct 2026 against "
                       "Sep 2025 – Oct 2025."),
    ):  # fmt: skip
        step = bridge_frame(EVERYBODY, since=pd.Timestamp(since)).assign(manager_id="1")
        assert told(findings.revenue_bridge, step, "1").endswith(said)
    short = bridge_frame(EVERYBODY, months=3).assign(manager_id="1")
    said = told(findings.revenue_bridge, short, "1", window_months=12)
    assert said.endswith("Windows are of 3 months only, as the data begin in Aug 2025.")


def test_what_became_of_the_best():
    frame = matrix_frame(*MATRIX)
    frame = pd.concat([frame, frame.assign(manager_id="1", manager_name="Ann")])
    assert told(findings.volume_moves, frame, "1") == (
        "Ann: of 6 A clients in the 12 months to Oct 2025, 3 are still in A; 5 came to A."
    )
    assert told(findings.regularity_moves, frame) == (
        "The company: of 6 regular clients in the 12 months to Oct 2025, 4 are still regular; 0 "
        "became regular."
    )
    none = frame[frame["from_class"] == "--"]
    assert told(findings.volume_moves, none).startswith("The company: of 0 A clients in the 12")


def test_causes():
    rows = [("*", "*", "down", "own", 25, None, None), ("*", "*", "up", "threshold", 3, None, None),
            ("1", "Ann", "down", "own", 24, 0.001, "mostly down"),
            ("2", "Bo", "down", "own", 1, 0.6, "balanced"),
            ("2", "Bo", "up", "threshold", 3, 0.6, "balanced")]  # fmt: skip
    assert told(findings.move_causes, causes_frame(*rows)) == (
        "The company: 3 clients rose in volume class, 25 fell; 3 only because the threshold moved. "
        "That more fell than rose is beyond chance: Ann (24 down, 0 up)."
    )
    assert told(findings.move_causes, causes_frame(*rows[:3]), "1") == (
        "Ann: 0 clients rose in volume class, 24 fell; 0 only because the threshold moved. "
        "That more fell than rose is beyond chance: Ann (24 down, 0 up)."
    )
    assert told(findings.move_causes, causes_frame(*rows[2:]), "").startswith(
        "The managers shown: 3 clients rose in volume class, 25 fell; 3 only because"
    )


def test_leavers_and_the_path_of_one(sample):
    leavers = sample.compute(migration.class_leavers)
    said, change = plain(told(findings.class_leavers, leavers)), leavers["revenue_change"].sum()
    assert said.startswith(
        "111 clients left class A or X; the revenue of such clients changed by "
        f"−{words.short_money(-change)}. The largest loss: Early Pier Trading OÜ ("
    )
    path = sample.compute(migration.class_path, client_id="C0133")
    assert told(findings.class_path, path).startswith(
        "Early Pier Trading OÜ: AX in Nov 2025, no purchase in Oct 2026; revenue of a window from"
    )


@pytest.mark.parametrize("name", TOLD)
def test_every_part_gives_whole_sentences_and_a_figure(sample, northwind, name):
    """Everybody, one manager, one without clients, nothing at all; wide and on a telephone."""
    says, draw = TOLD[name]
    for book, month in ((sample, ""), (sample, "2024-11"), (sample, "2023-11"), (northwind, "")):
        frame = book.compute(getattr(migration, name), month)
        ids = frame["manager_id"]
        parts = [frame, frame.iloc[:0], frame[ids == "*"], frame[ids != "*"]]
        parts += [frame[ids.isin(["*", each])] for each in list(ids.unique())[:4]]
        for part in parts:
            said = told(says, part)
            assert said.endswith(".")
            assert not re.search(r"[{}]|\bnan\b|\bNone\b|<NA>", said), said
            for width in (figures.WIDE, figures.PHONE) if draw else ():
                FigureCanvasAgg(draw(part, width=width)).draw()


# ---------------------------------------------------------------- figures


def test_the_bridge_visibly_adds_up(sample):
    frame = sample.compute(migration.migration_bridge)
    figure = form("migration", "migration_bridge")(frame)
    row = frame[frame["manager_id"] == "*"].iloc[0]
    steps = [bar.get_width() for bar in patches(figure)]
    assert steps[0] + sum(steps[1:-1]) == pytest.approx(steps[-1])
    assert (steps[0], steps[-1]) == pytest.approx((row["opening"], row["closing"]))
    assert {"12 months to Oct 2025", "Lost", "12 months to Oct 2026"} <= set(texts(figure))
    assert "Handed over" not in texts(figure)
    own = form("migration", "migration_bridge")(frame[frame["manager_id"].isin(["*", "7"])])
    assert {"Taken over", "Handed over"} <= set(texts(own))


def test_moves_up_are_blue_and_down_orange_with_a_sign():
    draw = form("migration", "migration_matrix")
    figure = draw(matrix_frame(*MATRIX, *(("1", *row[1:]) for row in MATRIX)))
    assert {"3", "2 ▼", "1 ▲", "1 ▼", "4 ▲", "·"} <= set(texts(figure))
    tones = {patch.get_gid(): to_hex(patch.get_facecolor()) for patch in patches(figure)}
    red, green, blue = (int(tones["cell:from_abc=B&to_abc=A"][at : at + 2], 16) for at in (1, 3, 5))
    assert blue > green > red
    red, green, blue = (int(tones["cell:from_abc=A&to_abc=B"][at : at + 2], 16) for at in (1, 3, 5))
    assert red > green > blue
    assert "cell:from_abc=-&to_abc=-" not in tones
    money = draw(matrix_frame(*MATRIX), measure="revenue", subject="1")
    assert texts(money) == ["There is nothing to show yet."]  # the company alone: nobody's clients
    frame = matrix_frame(*MATRIX).assign(manager_id="1")
    money = texts(draw(frame, measure="revenue"))
    assert {"−€200 ▼", "+€50", "+€400 ▲"} <= set(money)


def test_regularity_moves_have_their_own_cells():
    figure = form("migration", "migration_matrix", 1)(matrix_frame(*MATRIX).assign(manager_id="1"))
    gids = {patch.get_gid() for patch in patches(figure)}
    assert "cell:from_xyz=X&to_xyz=Y" in gids


def test_causes_draw_each_manager_with_most_downs_first():
    figure = form("migration", "migration_causes")(causes_frame(
        ("*", "*", "down", "own", 9, None, None), ("1", "Ann", "up", "own", 2, 1, "balanced"),
        ("2", "Bo", "down", "own", 4, 1, "balanced"), ("2", "Bo", "down", "both", 1, 1, "balanced"),
        ("2", "Bo", "up", "threshold", 1, 1, "balanced"),
    ))  # fmt: skip
    said = texts(figure)
    assert said.index("Bo") < said.index("Ann")
    assert {"5 ▼", "1 ▲", "2 ▲", "0", "own sales", "threshold"} <= set(said)
    widths = [bar.get_width() for bar in patches(figure) if bar.get_width() < 0]
    assert widths == [-4, -1]


def test_the_path_shows_every_months_class(sample):
    path = sample.compute(migration.class_path, client_id="C0133")
    figure = form("migration", "class_path")(path, width=figures.FULL)
    cells = [patch for patch in patches(figure) if patch.get_gid() in set(path["class"])]
    assert [cell.get_gid() for cell in cells] == path["class"].tolist()
    assert to_hex(cells[0].get_facecolor()) == paint.ABC["A"]
    columns = [patch.get_height() for patch in patches(figure) if patch.get_gid() is None]
    np.testing.assert_allclose(columns, path["revenue"])
    several = form("migration", "class_path")(sample.compute(migration.class_path), most=5)
    changed = [patch.get_gid()[0] for patch in patches(several)]
    assert len(changed) == 5 * 12
    assert all(len(set(changed[at : at + 12])) > 1 for at in range(0, 60, 12))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(sample, name):
    path = sample.compute(migration.class_path, client_id="C0133").assign(client_name=name)
    assert told(findings.class_path, path).startswith(name)
    figures.svg(form("migration", "class_path")(path), name)
    several = sample.compute(migration.class_path).assign(client_name=name)
    figures.svg(form("migration", "class_path")(several, width=figures.PHONE), name)
    rows = causes_frame(("1", name, "down", "own", 3, 0.001, "mostly down"))
    assert name in told(findings.move_causes, rows, "1")
    figures.svg(form("migration", "migration_causes")(rows), name)
