"""Pictures put things where the numbers say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qunlearn.records import Row
from qunlearn.report.charts.confusion_matrix import ConfusionMatrix, confusion
from qunlearn.report.charts.lines import Curve, lines, thin
from qunlearn.report.charts.ridges import BINS, Axis, Guide, histogram, ridges
from qunlearn.report.charts.scale import Scale
from qunlearn.report.charts.strip import strip
from qunlearn.report.metric_rows import MetricRow, metric_rows
from report.elements import Element, parse


def draw(markup: str) -> Element:
    [svg, *_] = parse(markup).all("svg")
    return svg


def percents(elements: list[Element], name: str) -> list[float]:
    return [float(element.attributes[name].rstrip("%")) for element in elements]


def metric_row(
    metric: str, original: float, unlearned: float, gold: float, null: tuple[float, float]
) -> MetricRow:
    unit = "nats" if metric.startswith("kl") else "fraction"
    target = "gold-gold" if metric.startswith("kl") else "gold"
    rows = [
        Row(model, "test", metric, value, None, 9, value - gold, *null, target, unit, "source")
        for model, value in (("original", original), ("unlearned", unlearned), ("gold", gold))
    ]
    [made] = metric_rows(rows, [])
    return made


def test_strip_of_a_share_stands_on_an_axis_from_0_to_1() -> None:
    svg = draw(strip("s", metric_row("forget_recall", 0.9, 0.05, 0.1, (0.033, 0.154))))
    assert percents(svg.classed("original"), "cx") == [90.0]
    assert percents(svg.classed("unlearned"), "cx") == [5.0]
    [band] = svg.classed("band")
    assert percents([band], "x1") + percents([band], "x2") == [3.3, 15.4]
    assert percents(svg.classed("bar"), "x1") == [10.0]
    assert "gold against gold 0.033 to 0.154" in svg.text


def test_strip_of_a_divergence_has_its_own_axis_from_0() -> None:
    svg = draw(strip("s", metric_row("kl_gold_mean", 0.02, 0.04, 0.01, (0.008, 0.012))))
    [original], [unlearned] = (percents(svg.classed(m), "cx") for m in ("original", "unlearned"))
    assert unlearned == pytest.approx(2 * original, abs=0.02)
    assert 90 < unlearned < 100


def test_largest_divergence_has_no_gold_bar() -> None:
    svg = draw(strip("s", metric_row("kl_gold_max", 0.2, 0.4, 0.9, (0.1, 0.5))))
    assert not svg.classed("bar")
    assert svg.classed("band")


@pytest.mark.parametrize(
    ("value", "place"), [(0.1, "below"), (0.2, "inside"), (0.3, "inside"), (0.31, "above")]
)
def test_place_against_the_null(value: float, place: str) -> None:
    assert metric_row("forget_recall", 0.9, value, 0.25, (0.2, 0.3)).place == place


def test_undefined_metrics_are_left_out() -> None:
    row = Row(
        "unlearned", "test", "kl_gold_mean", None, None, 9, None, None, None, "gold-gold", "nats", "s", "why"
    )
    assert metric_rows([row], []) == ()


def test_recall_of_a_class_bears_its_name() -> None:
    row = metric_row("recall/1", 0.9, 0.8, 0.7, (0.6, 0.8))
    assert row.quantity.label == "Recall of class 1"
    rows = list(row.models.values())
    assert metric_rows(rows, ["oak", "fir"])[0].quantity.label == "Recall of class fir"


def test_confusion_holds_every_count_and_outlines_the_forgotten_class() -> None:
    counts = np.array([[10.0, 0.0, 2.0], [1.0, 9.0, 2.0], [3.0, 4.0, 5.0]])
    svg = draw(confusion("c", ConfusionMatrix("gold", "Gold", counts, ["a", "b", "c"], 1)))
    texts = [text.text for text in svg.all("text") if "font-size" in text.attributes.get("style", "")]
    assert [int(text) for text in texts] == counts.ravel().astype(int).tolist()
    cells = svg.classed("cell")
    depth = np.array([float(cell.attributes["fill-opacity"]) for cell in cells]).reshape(3, 3)
    shares = counts / counts.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(depth, 0.05 + 0.5 * shares, atol=0.006)
    [outline] = svg.classed("outline")
    assert float(outline.attributes["y"]) == pytest.approx(float(cells[3].attributes["y"]) - 1, abs=0.1)
    assert "b: 1 named a, 9 named b, 2 named c" in svg.text


def test_mean_counts_have_a_decimal_each_and_empty_rows_are_blank() -> None:
    svg = draw(
        confusion("c", ConfusionMatrix("gold", "Gold", np.array([[1.5, 2.0], [0.0, 0.0]]), ["a", "b"], 0))
    )
    assert "1.5 named a, 2.0 named b" in svg.text


def test_many_classes_go_without_counts() -> None:
    classes = [f"class number {i}" for i in range(40)]
    svg = draw(confusion("c", ConfusionMatrix("gold", "Gold", np.eye(40), classes, 3)))
    assert not [text for text in svg.all("text") if "style" in text.attributes]
    assert float(svg.attributes["width"]) < 600


@given(st.lists(st.floats(-1, 2), min_size=1, max_size=50))
def test_histogram_counts_every_value_once(values: list[float]) -> None:
    expected = [0] * BINS
    for value in values:
        expected[min(max(int(value * BINS), 0), BINS - 1)] += 1
    shares = histogram(np.array(values), Scale(0.0, 1.0))
    np.testing.assert_allclose(shares, np.array(expected) / len(values), atol=1e-12)


def test_ridges_mark_means_and_guides() -> None:
    groups = {"original": np.array([0.2, 0.4]), "gold": np.array([0.5])}
    axis = Axis(Scale(0.0, 1.0), (Guide(0.0634, "floor 0.0634", "start"),))
    svg = draw(ridges("r", "Title", "values", groups, axis))
    assert percents(svg.classed("bar"), "x1") == [30.0, 50.0]
    assert percents(svg.classed("guide"), "x1") == [6.34, 6.34]
    assert len(svg.classed("area")) == 2
    assert "mean 0.300 · median 0.300" in svg.text


def test_taller_histogram_is_the_more_concentrated_one() -> None:
    groups = {"original": np.linspace(0, 0.999, 40), "gold": np.full(7, 0.5)}
    svg = draw(ridges("r", "Title", "values", groups, Axis(Scale(0.0, 1.0))))
    tops = [
        min(float(p.split()[1]) for p in area.attributes["d"][1:].split("L")) for area in svg.classed("area")
    ]
    space = 56
    assert (space - tops[0]) * 40 == pytest.approx(space - tops[1], rel=0.1)


def test_curve_runs_from_its_first_to_its_last_point() -> None:
    svg = draw(lines("l", "Title", [Curve("Loss", [(1.0, 2.0), (2.0, 1.0), (3.0, 0.5)], "unlearned")], 100))
    [path] = svg.all("path")
    xs, ys = zip(*(map(float, p.split()) for p in path.attributes["d"][1:].split("L")), strict=True)
    assert xs == (0, 500, 1000)
    assert 0 < ys[0] < ys[1] < ys[2] < 100
    assert (ys[1] - ys[0]) == pytest.approx(2 * (ys[2] - ys[1]), abs=0.2)
    assert "Loss: from 2.000 at step 1 to 0.500 at step 3." in svg.text


def test_curve_of_one_point() -> None:
    assert "M0 " in lines("l", "Title", [Curve("Loss", [(1.0, 2.0)], "unlearned")], 100)


def test_thinning_keeps_ends_and_spikes() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, 20_000)
    values[1234], values[9876] = 50, -50
    points = [(float(i), float(v)) for i, v in enumerate(values)]
    kept = thin(points)
    assert len(kept) < 600
    assert kept == sorted(kept)
    assert {points[0], points[1234], points[9876], points[-1]} <= set(kept) <= set(points)
    assert thin(points[:300]) == points[:300]
