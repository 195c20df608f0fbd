"""Grids of moves, cohorts and paths."""

import numpy as np
from matplotlib.colors import to_hex

from clientops import figures
from clientops.figures import paint
from clientops.metrics import migration, retention
from tests.cards import form
from tests.figures.drawn import patches, texts
from tests.made import (
    MATRIX,
    matrix_frame,
)


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


def test_the_cohort_grid_holds_every_cell_that_is_over(sample):
    table = sample.compute(retention.cohort_quarters, "2026-10")
    rows = table[table["manager_id"] == "*"]
    drawn = texts(form("retention", "cohort_quarters")(table))
    shown = rows[rows["age"].between(1, 11)]
    shares = [each for each in drawn if each.endswith("%")]
    assert sorted(shares) == sorted(f"{round(100 * share)}%" for share in shown["retention"])
    assert drawn.index("all won") < drawn.index("Q4 2023") < drawn.index("Earlier clients")
    assert "410" in drawn  # clients of the first month, apart
    money = texts(form("retention", "cohort_quarters", 1)(table))
    assert any(each.startswith("€") for each in money)
    months = sample.compute(retention.cohort_retention, "2026-10")
    drawn = texts(form("retention", "cohort_retention")(months))
    assert "22 earlier cohorts are in the table." in drawn
    assert "Oct 2025" in drawn
    assert "Sep 2025" not in drawn


def test_the_path_shows_every_months_class(sample):
    path = sample.compute(migration.class_path, client_id="C0133")
    figure = form("migration", "class_path")(path, width=figures.FULL)
    cells = [patch for patch in patches(figure) if patch.get_gid() in set(path["class"])]
    assert [cell.get_gid() for cell in cells] == path["class"].tolist()
    assert to_hex(cells[0].get_facecolor()) == paint.ABC["A"]
    columns = [patch.get_height() for patch in patches(figure) if patch.get_gid() is None]
    np.testing.assert_allclose(columns, path["revenue"])
    several = form("migration", "class_path")(sample.compute(migration.class_path), most=5)
    marks = [patch.get_gid() for patch in patches(several)]
    changed = [mark[0] for mark in marks if not mark.startswith("client:")]
    assert len(changed) == 5 * 12
    assert all(len(set(changed[at : at + 12])) > 1 for at in range(0, 60, 12))
