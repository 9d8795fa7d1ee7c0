"""The picture of a trade-off puts points where the numbers say."""

from qunlearn.report.charts.front import picture
from report.elements import parse

FRONT = {
    "varied": "epsilon",
    "values": [0.1, 0.001, 0.01],
    "forgetting": [0.5, 1.0, 0.6],
    "drift": [0.1, 0.001, 0.01],
    "pareto": [True, False, True],
    "knee": 2,
}


def test_points_lie_as_the_numbers_say():
    [svg] = parse(picture(FRONT)).all("svg")
    x, y = (
        [float(c.attributes[k]) for c in svg.classed("dot") + svg.classed("beaten")] for k in ("cx", "cy")
    )
    assert x[0] > x[1] > x[2]  # drift 0.1, 0.01 and the hollow 0.001
    assert y[0] > y[1] > y[2]  # low loss is low in the picture
    assert abs((x[1] - x[2]) / (x[0] - x[2]) - 9 / 99) < 1e-3
    [ring] = svg.classed("knee")
    assert [float(ring.attributes[k]) for k in ("cx", "cy")] == [x[1], y[1]]


def test_the_curve_follows_the_varied_number_and_ends_are_labelled():
    [svg] = parse(picture(FRONT)).all("svg")
    [curve] = svg.classed("curve")
    across = [float(p.split()[0]) for p in curve.attributes["d"][1:].split("L")]
    assert across == sorted(across)
    assert "ε = 0.01, knee" in svg.text
    assert "ε = 0.001" in svg.text
    assert "ε = 0.1" in svg.text
