"""Figures: what is drawn is what stands in the frame, and texts are only texts."""

import contextvars
import subprocess
import sys
import xml.dom.minidom
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from clientops import figures, words
from clientops.figures import paint
from clientops.metrics import portfolio
from clientops.schema import table
from tests.figures.drawn import HOSTILE, cut_off, lines, patches, texts


@table(
    "month:month manager_id:id * manager_name:name kind:word clients:count before:count "
    "plan:count a_share:share a_fixed_share:share client_share:share usual:share revenue:money "
    "opening:money closing:money new:money lost:money step:word done:count gone:share "
    "reached:number wanted:number day:date verdict:word",
    labels={"a_share": "Share of A clients", "gone": "Gone on", "wanted": "Norm"},
    period="month",
    whose="portfolio",
)
def shown() -> None:
    """What the frames of these tests hold."""


@pytest.fixture(autouse=True)
def told():
    """Figures are drawn where words know the columns and speak of the company."""
    with words.telling(shown.about):
        yield


def people(values: dict[str, float], column: str = "clients") -> pd.DataFrame:
    ids = [str(at) for at in range(len(values))]
    return pd.DataFrame({"manager_id": ids, "manager_name": list(values), column: values.values()})


def series(names: list[str], months: int = 12, verdict: str = "steady") -> pd.DataFrame:
    index = pd.date_range("2025-11-01", periods=months, freq="MS")
    frames = [
        pd.DataFrame({"month": index, "manager_id": str(at), "manager_name": name,
                      "a_share": np.linspace(0.2, 0.1 + 0.3 * at / len(names), months),
                      "verdict": verdict})
        for at, name in enumerate(names)
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def quality(sample):
    return sample.compute(portfolio.portfolio_quality)


@pytest.fixture(scope="module")
def trend(sample):
    return sample.compute(portfolio.portfolio_trend)


# ---------------------------------------------------------------- forms


def test_bars_are_as_long_as_their_values_and_sorted():
    figure = figures.bars(people({"Bo": 40.0, "(unassigned)": 90.0, "Ann": 120.0}), value="clients")
    assert [bar.get_width() for bar in patches(figure)] == [120, 40, 90]
    assert {bar.get_x() for bar in patches(figure)} == {0}
    assert texts(figure) == ["Ann", "Bo", "(unassigned)", "120", "40", "90"]


def test_bars_show_previous_plan_and_limits():
    frame = people({"Ann": 120.0, "Bo": 40.0}).assign(
        before=[100, 50], plan=[130, 45], low=50, high=110, verdict=["above", "below"]
    )
    figure = figures.bars(
        frame, value="clients", previous="before", plan="plan", limits=("low", "high"),
        verdict="verdict",
    )  # fmt: skip
    before, actual, plan = patches(figure)[:3]
    assert [bar.get_width() for bar in (before, actual, plan)] == [100, 120, 130]
    assert to_hex(before.get_facecolor()) == paint.PREVIOUS
    assert plan.get_facecolor()[3] == 0
    band = next(patch for axes in figure.axes for patch in axes.patches)
    assert (band.get_x(), band.get_width()) == (50, 60)
    assert {"120 ▲ above", "40 ▼ below", "target: 50 to 110"} <= set(texts(figure))


def test_bars_of_a_plan_say_what_is_above_or_below_it_and_what_is_outlined():
    frame = people({"Ann": 120.0, "Bo": 40.0}).assign(plan=[100, 45], gap=[20, -5])
    figure = figures.bars(frame, value="clients", plan="plan", gap="gap")
    assert {"120", "+20", "40", "−5"} <= set(texts(figure))
    assert texts(figure).count(words.label("plan")) == 1
    colors = {text.get_text(): to_hex(text.get_color()) for a in figure.axes for text in a.texts}
    assert (colors["+20"], colors["−5"]) == (paint.GOOD, paint.BAD)


def test_bars_of_product_groups_have_the_line_of_all_of_them():
    frame = pd.DataFrame({"product_group": ["*", "Tea", "Rice"], "a_share": [0.2, 0.1, 0.3]})
    figure = figures.bars(frame, value="a_share", name="product_group")
    assert len(patches(figure)) == 2 and "Company 20%" in texts(figure)


def test_a_grid_leaves_out_what_is_of_too_few_clients():
    frame = pd.DataFrame({"client_group": ["Inns", "Shops"], "product_group": "Tea",
                          "clients": [9, 10], "share": 0.5})  # fmt: skip
    figure = figures.heatmap(
        frame, rows="client_group", columns="product_group", value="share", of="clients"
    )
    assert "Shops" in texts(figure) and "Inns" not in texts(figure)


def test_bars_of_shares_have_the_companys_line():
    frame = people({"Ann": 0.3, "*": 0.25, "Bo": 0.004}, "a_share")
    frame.loc[1, "manager_id"] = "*"
    figure = figures.bars(frame, value="a_share")
    assert {tuple(line.get_xdata()) for line in lines(figure, "company")} == {(0.25, 0.25)}
    assert {"Company 25%", "30%", "0.4%"} <= set(texts(figure))
    assert len(patches(figure)) == 2


@pytest.mark.parametrize(("unit", "said"), [("share", "Company 33%"), ("days", "Company 33")])
def test_beside_bars_of_one_dimension_stands_the_company_where_it_is_no_sum(unit, said):
    frame = pd.DataFrame({"dimension": ["*", "manager", "region"], "key": ["*", "1", "N"]})
    frame = frame.assign(manager_id=["*", "1", "*"], manager_name=["*", "Ann", "*"])
    frame["open"] = np.array([33.0, 20.0, 50.0]) / (100 if unit == "share" else 1)

    @table(f"dimension:word key:id * manager_id:id manager_name:name open:{unit}", labels={})
    def told() -> None:
        """One bar."""

    with words.telling(told.about, "1"):
        figure = figures.bars(frame, value="open", where={"dimension": "manager"})
    assert lines(figure, "company") and said in texts(figure)
    assert not cut_off(figure)


def test_one_manager_is_a_manager_and_the_company_none_of_them():
    frame = people({"Ann": 0.3, "*": 0.25}, "a_share").assign(manager_id=["1", "*"])
    assert texts(figures.bars(frame, value="a_share"))[0] == "Ann"
    steps = frame.assign(opening=[1.0, 5.0], new=1.0, closing=[2.0, 6.0])
    for subject, opening in (("*", "€5"), ("1", "€1"), ("", None)):
        with words.telling(shown.about, subject):
            said = texts(figures.waterfall(steps, steps=["opening", "new", "closing"]))
        assert (opening in said) if opening else said == ["There is nothing to show yet."]


def test_stacked_shares_are_those_of_the_frame(quality):
    figure = draw_mix(quality)
    names = ["Company", *(text for text in texts(figure) if " " in text)]
    assert names[0] == texts(figure)[0]
    assert texts(figure)[len(set(quality["manager_id"])) - 1] == "(unassigned)"
    drawn = [bar.get_width() for bar in patches(figure)]
    assert sum(drawn) == pytest.approx(quality["manager_id"].nunique())
    company = quality[quality["manager_id"] == "*"].groupby("abc")["client_share"].sum()
    assert drawn[:3] == pytest.approx(company[["A", "B", "C"]].tolist())
    tones = [to_hex(bar.get_facecolor()) for bar in patches(figure)]
    assert tones[:3] == [paint.ABC["A"], paint.ABC["B"], paint.ABC["C"]]
    firsts = [b.get_width() for b, tone in zip(patches(figure), tones, strict=True)
              if tone == paint.ABC["A"]]  # fmt: skip
    assert firsts[1:-1] == sorted(firsts[1:-1], reverse=True)
    everybody = quality.loc[quality["manager_id"] == "*", "clients"].sum()
    assert {str(everybody), "Clients", f"{company['A']:.0%}"} <= set(texts(figure))


def draw_mix(frame: pd.DataFrame, width: int = figures.WIDE) -> Figure:
    return figures.stacked_shares(frame, value="client_share", count="clients", width=width)


def draw_grid(frame: pd.DataFrame, width: int = figures.WIDE, value: str = "clients") -> Figure:
    return figures.heatmap(frame, rows="abc", columns="xyz", value=value, share="client_share",
                           classes=True, width=width)  # fmt: skip


def test_a_grid_of_classes_holds_the_number_of_every_cell(quality):
    figure = draw_grid(quality)
    cells = quality[(quality["manager_id"] == "*") & (quality["abc"] != "-")]
    for row in cells.itertuples():
        assert str(row.clients) in texts(figure)
    headings = [text for text in texts(figure) if text[0] in "ABCDXYZ" and " " in text]
    assert headings == ["A large", "B medium", "C small", "X regular", "Y varying", "Z occasional"]
    drawn = {patch.get_gid(): to_hex(patch.get_facecolor()) for patch in patches(figure)}
    most = cells.loc[cells["clients"].idxmax()]
    darkest = min(drawn, key=lambda key: sum(paint.colors.to_rgb(drawn[key])) if key else 9)
    assert darkest == f"cell:abc={most['abc']}&xyz={most['xyz']}"
    with words.telling(shown.about, "1"):
        one = draw_grid(quality, value="revenue")
    assert any(text.startswith("€") for text in texts(one))


def test_small_multiples_share_one_scale_and_the_company(trend):
    figure = figures.small_multiples(trend, y="a_fixed_share")
    panels = [axes for axes in figure.axes if lines_of(axes, "line")]
    assert len(panels) == trend["manager_id"].nunique() - 1
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in panels}) == 1
    assert panels[0].get_ylim()[0] == 0
    company = trend.loc[trend["manager_id"] == "*", "a_fixed_share"].tolist()
    for axes in panels:
        rows = trend[trend["manager_id"] == axes.get_gid()]
        line, grey = lines_of(axes, "line")[0], lines_of(axes, "company")[0]
        assert [y for y in line.get_ydata() if y == y] == rows["a_fixed_share"].tolist()
        assert list(grey.get_ydata()) == company
        assert to_hex(grey.get_color()) == paint.PREVIOUS
    said = texts(figure)
    assert said[0] == f"Company {company[-1]:.0%}"
    assert said[1:3] == ["Pavel Ivanov", "▼ worsening"]
    assert to_hex(lines_of(panels[0], "line")[0].get_color()) == paint.BAD
    assert to_hex(lines_of(panels[1], "line")[0].get_color()) == paint.ACTUAL
    assert panels[-1].get_gid() == "(unassigned)"


def test_small_multiples_tell_the_numbers_behind_a_share(trend):
    counted = ("a_fixed", "clients")
    said = texts(figures.small_multiples(trend, y="a_fixed_share", counted=counted))
    row = trend[(trend["manager_name"] == "Pavel Ivanov")].iloc[-1]
    assert said[1:3] == ["Pavel Ivanov", f"{row['a_fixed']} of {row['clients']} ▼ worsening"]
    unknown = trend.assign(a_fixed=pd.array([pd.NA] * len(trend), dtype="Int64"))
    said = texts(figures.small_multiples(unknown, y="a_fixed_share", counted=counted))
    assert said[1:3] == ["Pavel Ivanov", "▼ worsening"]


def lines_of(axes, gid: str) -> list:
    return [line for line in axes.lines if line.get_gid() == gid]


def test_lines_name_themselves_at_their_end():
    figure = figures.lines(series(["Ann", "Bo"]), y="a_share")
    assert {"10% = Ann", "25% = Bo", "Nov 2025", "Oct 2026"} <= set(texts(figure))
    many = series([f"m{at}" for at in range(9)])
    many.loc[many["manager_id"] == "3", "verdict"] = "worsening"
    assert [text for text in texts(figures.lines(many, y="a_share")) if " m" in text] == [
        "20% ▼ m3"
    ]


def test_names_at_the_end_of_lines_keep_apart():
    names = [f"m{at}" for at in range(8)]
    frame = series(names, verdict="worsening").assign(a_share=0.2)
    figure = figures.lines(frame, y="a_share")
    FigureCanvasAgg(figure).draw()
    ends = [text for axes in figure.axes for text in axes.texts if "▼" in text.get_text()]
    places = sorted(text.get_window_extent().y0 for text in ends)
    assert len(places) == 8 and min(np.diff(places)) > 15


def test_waterfall_joins_its_steps_and_shows_its_totals():
    frame = pd.DataFrame({"opening": [3.1e6], "new": [8e5], "lost": [1.4e6], "closing": [2.5e6]})
    options = {"steps": "opening new -lost closing"}
    figure = figures.waterfall(frame, **options)
    bars = [(bar.get_x(), bar.get_width()) for bar in patches(figure)]
    assert bars == [(0, 3.1e6), (3.1e6, 8e5), (3.9e6, -1.4e6), (0, 2.5e6)]
    assert [line.get_xdata()[0] for line in lines(figure, "join")] == [3.1e6, 3.9e6, 2.5e6]
    assert texts(figure)[4:] == ["€3.1M", "+€800K", "−€1.4M", "€2.5M"]
    tones = [to_hex(bar.get_facecolor()) for bar in patches(figure)]
    assert tones == [paint.ACTUAL, paint.GOOD, paint.BAD, paint.ACTUAL]
    chart = figures.chart(figures.waterfall, frame, options)
    assert chart.kind == "bridge"
    assert chart.data["Base"].tolist() == [0, 3.1e6, 2.5e6, 0]
    assert chart.data["Less"].dropna().tolist() == [1.4e6]
    none = frame.assign(new=0.0)
    assert "+€0" not in texts(figures.waterfall(none, steps="opening new? -lost closing"))


def test_steps_that_would_be_slivers_have_a_scale_of_their_own():
    """Of 50 the steps are 6 and 8: they hang on zero, and their sum stands where they end."""
    frame = pd.DataFrame({"opening": [50.0], "new": [6.0], "lost": [8.0], "closing": [48.0]})
    options = {"steps": "opening new -lost closing"}
    figure = figures.waterfall(frame, **options)
    bars = [(bar.get_x(), bar.get_width()) for bar in patches(figure)]
    assert bars == [(0, 50), (0, 48), (0, 6), (6, -8), (0, -2)]
    assert [line.get_xdata()[0] for line in lines(figure, "join")] == [6, -2]
    assert {"€50", "€48", "+€6", "−€8", "−€2", "Change"} <= set(texts(figure))
    assert "drawn 6.25 times as large" in texts(figure)  # from 0 to 50, and from −2 to 6
    assert cut_off(figures.waterfall(frame, **options, width=figures.PHONE)) == []
    same = frame.assign(new=0.0, lost=0.0, closing=50.0)  # nothing to enlarge
    assert len(patches(figures.waterfall(same, **options))) == 4


def test_ranks_have_columns_beside_and_count_what_they_leave_out():
    frame = pd.DataFrame({
        "step": ["call", "offer", "silent", "late"], "done": [90, 40, 20, 10],
        "before": [0, 5, 6, 7], "gone": [None, 0.444, 0.5, 0.5],
    })  # fmt: skip
    options = {"value": "done", "name": "step", "beside": ["gone", "before"], "beyond": "before"}
    figure = figures.ranks(frame, **options, missing="never", most=3, last=1)
    assert [bar.get_width() for bar in figure.axes[1].patches] == [90, 40, 5, 10, 7]
    assert {"90", "never", "44%", "… 1 more", "Gone on", "done"} <= set(texts(figure))
    assert "20" not in texts(figure)
    chart = figures.chart(figures.ranks, frame, options)
    assert chart.data["done"].tolist() == [90, 40, 20, 10]
    lost = pd.DataFrame({"step": ["call", "offer"], "revenue": [-20.0, -10.0]})
    figure = figures.ranks(lost, value="revenue", name="step")
    assert [bar.get_width() for bar in patches(figure)] == [20, 10]
    assert {to_hex(bar.get_facecolor()) for bar in patches(figure)} == {paint.BAD}
    assert {"−€20", "−€10"} <= set(texts(figure))


def test_ranks_keep_room_for_each_word():
    words_of = ["late"] * 9 + ["silent"] * 5
    frame = pd.DataFrame({"step": [str(at) for at in range(14)], "done": 1, "kind": words_of})
    drawn = texts(figures.ranks(frame, value="done", name="step", each="kind", most=8))
    assert [text for text in drawn if text in frame["step"].tolist()][:8] == [
        "0", "1", "2", "3", "4", "5", "9", "10",
    ]  # fmt: skip
    assert "… 6 more" in drawn


def test_a_grid_of_bars_ranks_marks_and_judges():
    frame = pd.DataFrame({
        "manager_id": ["*", "*", "1", "1", "2", "2", "3"],
        "manager_name": ["*", "*", "Ann", "Ann", "Bo", "Bo", "Nobody"],
        "kind": ["call", "offer"] * 3 + ["call"], "reached": [9.0, 6.0, 3.0, 0.0, 6.0, 6.0, None],
        "wanted": [4.0, 8.0, 4.0, 8.0, 4.0, 9.0, None],
        "verdict": [None, None, "below", "below", None, "below", None],
    })  # fmt: skip
    options = {"columns": "kind", "value": "reached", "shown": ["call", "offer"]}
    figure = figures.bar_grid(frame, **options, mark="wanted", verdict="verdict")
    drawn = texts(figure)
    assert drawn.index("Bo") < drawn.index("Ann")
    assert "Nobody" not in drawn and "Company" not in drawn
    assert {"Call", "| 4", "3 ▼", "6", "6 ▼ | 9", "0 ▼ | 8", "Norm"} <= set(drawn)
    bars = [patch for patch in patches(figure) if patch.get_gid() == "bar"]
    assert bars[1].get_width() == pytest.approx(bars[0].get_width() / 2)
    assert [to_hex(bar.get_facecolor()) for bar in bars[:2]] == [paint.ACTUAL, paint.BAD]
    apart = figures.bar_grid(frame, **options, beside_company=True)
    assert texts(apart)[0] == "Company"


def test_series_at_one_time_are_bars():
    frame = series(["Ann", "Bo"], months=1)
    for form in (figures.lines, figures.small_multiples):
        assert len(patches(form(frame, y="a_share"))) == 2


def test_charts_of_a_workbook_hold_the_same_numbers(quality, trend):
    with words.telling(portfolio.portfolio_trend.about):
        chart = figures.chart(figures.small_multiples, trend, {"y": "a_fixed_share"})
    assert chart.kind == "line" and chart.unit == "share"
    assert [*chart.data][:2] == ["Month", "Pavel Ivanov"] and [*chart.data][-1] == "Company"
    company = trend.loc[trend["manager_id"] == "*", "a_fixed_share"]
    assert chart.data["Company"].tolist() == company.tolist()
    chart = figures.chart(figures.stacked_shares, quality, {"value": "client_share"})
    assert chart.kind == "shares" and chart.data.iloc[0, 0] == "Company"
    assert chart.data.iloc[:, 1:].sum(axis=1).tolist() == pytest.approx([1] * len(chart.data))
    frame = people({"Ann": 3.0, "Bo": 5.0})
    chart = figures.chart(figures.bars, frame, {"value": "clients"})
    assert chart.kind == "bar" and chart.data.values.tolist() == [["Bo", 5.0], ["Ann", 3.0]]
    assert figures.chart(figures.bars, frame.iloc[:1], {"value": "clients"}) is None
    assert figures.chart(figures.heatmap, quality, {}) is None


# ---------------------------------------------------------------- texts, sizes, files


def test_hostile_names_are_drawn_as_they_are():
    frame = series(HOSTILE, verdict="better")
    last = frame[frame["month"] == frame["month"].max()]
    for width in (figures.WIDE, figures.PHONE):
        for figure in (
            figures.bars(last, value="a_share", width=width),
            figures.small_multiples(frame, y="a_share", width=width),
            figures.lines(frame, y="a_share", width=width),
        ):
            assert not any(text.get_parse_math() for axes in figure.axes for text in axes.texts)
            said = " ".join(texts(figure))
            assert all(name in said for name in ("$x$ and", "<b>&", "Констант", "a_b^c\\f", "�"))
            assert "M…" in said
            xml.dom.minidom.parseString(figures.svg(figure, '<a> "quoted" & $x$ \x00'))


@pytest.mark.parametrize("width", [figures.PHONE, figures.WIDE])
def test_nothing_is_cut_off(trend, quality, sample, width):
    load = sample.compute(portfolio.portfolio_load)
    for figure in (
        draw_mix(quality, width),
        draw_grid(quality, width),
        figures.small_multiples(trend, y="a_fixed_share", width=width),
        figures.lines(trend, y="a_fixed_share", width=width),
        figures.bars(load, value="clients", limits=("low", "high"), verdict="verdict", width=width),
        figures.bars(series(HOSTILE).drop_duplicates("manager_id"), value="a_share", width=width),
    ):
        assert figure.bbox.width == pytest.approx(width)
        assert not cut_off(figure)


def test_one_manager_a_hundred_and_none():
    hundred = series([f"Manager {at}" for at in range(100)], verdict="worsening")
    figure = figures.small_multiples(hundred, y="a_share")
    assert "76 more managers are in the table." in texts(figure)
    assert len(lines(figure, "line")) == 24
    assert len([text for text in texts(figures.lines(hundred, y="a_share")) if "▼" in text]) == 8
    assert len(patches(figures.bars(hundred.drop_duplicates("manager_id"), value="a_share"))) == 100
    assert len(lines(figures.small_multiples(hundred.iloc[:12], y="a_share"), "line")) == 1
    for empty in (
        figures.small_multiples(hundred.iloc[:0], y="a_share"),
        figures.lines(hundred.iloc[:0], y="a_share"),
        figures.bars(hundred.iloc[:0], value="a_share"),
    ):
        assert texts(empty) == ["There is nothing to show yet."]


def test_the_same_frame_gives_the_same_svg_in_every_thread(trend):
    first = figures.svg(figures.small_multiples(trend, y="a_fixed_share"), "alt")

    def drawn() -> str:
        return figures.svg(figures.small_multiples(trend, y="a_fixed_share"), "alt")

    def draw(context: contextvars.Context) -> str:
        return context.run(drawn)

    with ThreadPoolExecutor(4) as pool:
        again = pool.map(draw, [contextvars.copy_context() for _ in range(4)])
        assert set(again) == {first}
    assert first.startswith('<svg role="img" aria-label="alt"')
    assert "date" not in first.lower() and "<style" not in first and "font-family" not in first


def test_the_same_frame_gives_the_same_svg_in_another_process():
    script = (
        "import pandas as pd; from clientops import figures; "
        "frame = pd.DataFrame({'manager_name': ['Ann'], 'clients': [3]}); "
        "print(figures.svg(figures.bars(frame, value='clients'))); "
        "import sys; assert 'matplotlib.pyplot' not in sys.modules"  # nothing is left open
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    frame = pd.DataFrame({"manager_name": ["Ann"], "clients": [3]})
    with words.telling(None):
        assert run.stdout.strip() == figures.svg(figures.bars(frame, value="clients")).strip()


def test_figures_on_one_page_do_not_share_ids(trend, quality):
    one = figures.svg(draw_mix(quality))
    other = figures.svg(figures.small_multiples(trend, y="a_fixed_share"))
    ids = [set(paint._ID.findall(text)) for text in (one, other)]
    assert ids[0] and ids[1] and not ids[0] & ids[1]
    for text, known in zip((one, other), ids, strict=True):
        assert {ref.split('"')[0] for ref in text.split('href="#')[1:]} <= known


def test_png_has_two_dots_to_a_pixel():
    figure = figures.bars(people({"Ann": 3.0}), value="clients", width=360)
    data = figures.png(figure)
    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20], "big") == 720


def test_text_on_a_colour_can_be_read():
    def light(color: str) -> float:
        rgb = np.asarray(paint.colors.to_rgb(color))
        return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (
            0.2126, 0.7152, 0.0722,
        )  # fmt: skip

    def contrast(one: str, other: str) -> float:
        low, high = sorted([light(one), light(other)])
        return (high + 0.05) / (low + 0.05)

    shades = [to_hex(paint.AMOUNT(at / 20)) for at in range(21)]
    for back in [*paint.ABC.values(), *paint.XYZ.values(), *shades]:
        assert contrast(back, paint.readable(back)) >= 4.5, back
    for fore in (paint.INK, paint.MUTED, paint.GOOD, paint.BAD, paint.ACTUAL):
        assert contrast(fore, "#ffffff") >= 4.5, fore
    assert contrast(paint.BAD, paint.BAND) >= 4


def test_the_bundled_font_comes_with_its_licence():
    for faces in paint._FACES.values():
        assert all(face.exists() for face in faces)
    assert "SIL OPEN FONT LICENSE" in (paint._FONTS / "LICENSE.txt").read_text(encoding="utf-8")
    assert {ord(each) for each in "АяЁёÕõŠž€₽£$–−…▲▼=\u00a0\u202f%"} <= paint._characters(
        paint._FACES[False][0]
    )


def test_money_has_room_beside_the_panels():
    frame = series(["Ann", "Bo"]).assign(revenue=lambda each: each["a_share"] * 1e7)
    figure = figures.small_multiples(frame, y="revenue", width=figures.PHONE)
    FigureCanvasAgg(figure).draw()
    for text in (text for axes in figure.axes for text in axes.texts if "€" in text.get_text()):
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width


def test_a_class_that_the_first_bar_lacks_is_named_where_it_is():
    frame = pd.DataFrame({"manager_id": ["*", "1", "1", "1"], "abc": ["A", "D", "A", "-"],
                          "client_share": [1.0, 0.3, 0.4, 0.3]})  # fmt: skip
    frame["clients"] = 1
    frame["manager_name"] = frame["manager_id"]
    said = texts(draw_mix(frame))
    assert {"A", "D 30%", "no class 30%", "40%"} <= set(said)


def test_zeros_and_unknown_values_are_told_apart():
    frame = series(["Ann", "Bo"]).assign(a_share=0.0)
    frame.loc[frame["manager_id"] == "1", "a_share"] = None
    figure = figures.small_multiples(frame, y="a_share")
    said = texts(figure)
    assert said.count("0%") == 2
    assert said.count("–") == 1
    company_only = figures.small_multiples(series(["*"]).assign(manager_id="*"), y="a_share")
    assert texts(company_only)[0] == "Company"


def test_heatmap_adds_up_the_parts_of_a_cell_and_leaves_managers_out(sample):
    frame = sample.compute(portfolio.xyz_comparison)
    options = {"rows": "xyz_months", "columns": "xyz_rhythm", "value": "clients"}
    with words.telling(portfolio.xyz_comparison.about):
        figure = figures.heatmap(frame, **options)
    company = frame[frame["manager_id"] == "*"]
    cells = company.groupby(["xyz_months", "xyz_rhythm"])["clients"].sum()
    numbers = [int(text) for text in texts(figure) if text.isdigit()]
    assert sorted(numbers) == sorted(cells[cells > 0].tolist())
    assert {"Regularity by months", "Regularity by rhythm"} <= set(texts(figure))
    assert [text for text in texts(figure) if text in "XYZ"][:3] == ["X", "Y", "Z"]
    with words.telling(shown.about, "1"):
        one = figures.heatmap(frame, **options)
    mine = frame.loc[frame["manager_id"] == "1", "clients"].sum()
    assert sum(int(text) for text in texts(one) if text.isdigit()) == mine


def test_a_number_is_rounded_once():
    """A sentence says 21 of 20.548 days; so does the figure."""
    with words.using("en", "EUR"):
        told = [paint.text_of(days, "days") for days in (20.548, 0.5, 999.4, 1234.4)]
    assert told == ["21", "0", "999", "1,230"]
