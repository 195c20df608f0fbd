"""What migration says and draws: every number is in the frame, whatever part of it is shown."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from clientops import figures, findings
from clientops.figures import paint
from clientops.metrics import migration
from tests.cards import form
from tests.test_figures import HOSTILE, patches, texts

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


def test_bridge():
    said = findings.revenue_bridge(bridge_frame(EVERYBODY, ("1", "Ann", *EVERYBODY[2:])))
    assert said.startswith("Revenue of Ann fell from ")
    assert said.endswith(
        "to €920 in the 12 months to Oct 2026: decline €60, lost clients €220, against growth "
        "€150, new and returned clients €50."
    )


def test_bridge_doubts_the_ownership_where_much_changed_hands():
    unclear = (*EVERYBODY[:11], 0.5, "unclear")
    said = findings.revenue_bridge(bridge_frame(unclear, ("1", "Ann", *unclear[2:])))
    assert "50% of the revenue at the beginning changed owner: ownership looks unknown" in said
    gone = ("1", "Ann", 500.0, 0, 0, 0, 0, 0, 0, -500.0, 0.0, 1.0, "unclear")
    said = findings.revenue_bridge(bridge_frame(EVERYBODY, gone))
    assert said.endswith("clients handed over €500. All of it was handed over.")


def test_bridge_says_where_windows_overlap_or_are_short():
    step = bridge_frame(("1", "Ann", *EVERYBODY[2:]), since=pd.Timestamp("2026-09-01"))
    said = findings.revenue_bridge(step)
    assert said.endswith("The windows overlap: what differs is Oct 2026 against Oct 2025.")
    short = bridge_frame(("1", "Ann", *EVERYBODY[2:]), months=3)
    said = findings.revenue_bridge(short, window_months=12)
    assert said.endswith("Windows are of 3 months only, as the data begin in Aug 2025.")


def test_what_became_of_the_best():
    frame = matrix_frame(*MATRIX)
    frame = pd.concat([frame, frame.assign(manager_id="1", manager_name="Ann")])
    assert findings.volume_moves(frame) == (
        "Of 6 A clients of Ann in the 12 months to Oct 2025: 3 still in A, 2 in a smaller class, "
        "1 lost. Into A came 1 from other classes, 4 new or returned."
    )
    assert findings.regularity_moves(frame) == (
        "Of 6 regular clients of Ann (X) in the 12 months to Oct 2025: 4 still regular, 2 less "
        "regular, 0 lost. Into X came 0 from other classes, 0 new or returned."
    )
    none = frame[frame["from_class"] == "--"]
    assert findings.volume_moves(none).startswith("No client of Ann was in class A in the 12")


def test_causes():
    rows = [("*", "*", "down", "own", 25, None, None), ("*", "*", "up", "threshold", 3, None, None),
            ("1", "Ann", "down", "own", 24, 0.001, "mostly down"),
            ("2", "Bo", "down", "own", 1, 0.6, "balanced"),
            ("2", "Bo", "up", "threshold", 3, 0.6, "balanced")]  # fmt: skip
    assert findings.move_causes(causes_frame(*rows)) == (
        "3 clients rose in volume class, 25 fell: 25 by own sales, 3 only because the threshold "
        "moved. That more fell than rose is beyond chance with Ann (24 down, 0 up)."
    )
    assert findings.move_causes(causes_frame(*rows[:3])) == (
        "0 clients of Ann rose in volume class, 24 fell: 24 by own sales. "
        "That more fell than rose is beyond chance with Ann."
    )


def test_leavers_and_the_path_of_one(sample):
    leavers = sample.compute(migration.class_leavers)
    assert findings.class_leavers(leavers).startswith("111 clients left class A or X; revenue of")
    path = sample.compute(migration.class_path, client_id="C0133")
    assert findings.class_path(path).startswith(
        "Early Pier Trading OÜ went from AX in Nov 2025 to no purchase in Oct 2026;"
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
            said = says(part)
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
    assert findings.class_path(path).startswith(name)
    figures.svg(form("migration", "class_path")(path), name)
    several = sample.compute(migration.class_path).assign(client_name=name)
    figures.svg(form("migration", "class_path")(several, width=figures.PHONE), name)
    rows = causes_frame(("1", name, "down", "own", 3, 0.001, "mostly down"))
    assert name in findings.move_causes(rows)
    figures.svg(form("migration", "migration_causes")(rows), name)
