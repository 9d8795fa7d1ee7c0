"""The seed paper's pictures show the numbers of the cells."""

import numpy as np
import pytest

from qunlearn.study.published.seed_paper_figures import write_figures
from qunlearn.study.published.seed_paper_trade_off import trade_off
from report.elements import parse

LAMBDAS = [0.1, 1.0, 10.0]


def cell(shift: float) -> dict:
    """Numbers as `measure_cell` records them, moved by `shift`."""
    counts = [[8, 2, 0], [1, 9, 0], [0, 6, 4]]
    return {
        "confusion": dict.fromkeys(("original", "similarity", "uniform", "gold"), counts),
        "models": {"gold": {"forget_probability_forget": 0.3, "retain_accuracy": 0.9 + shift}},
        "trade_off": {
            "lam": LAMBDAS,
            "forget_probability_forget": [0.2, 0.3, 0.4],
            "retain_accuracy": [0.5 + shift, 0.7 + shift, 0.8 + shift],
        },
    }


CELLS = {"iris": [cell(0.0), cell(0.04)], "covertype": [cell(-0.2), cell(-0.2)]}


def test_a_confusion_shows_the_shares_of_each_class(tmp_path):
    write_figures(CELLS, tmp_path)
    [svg] = parse((tmp_path / "figure-4-unlearned.svg").read_text(encoding="utf-8")).all("svg")
    shares = [
        text.text for text in svg.all("text") if text.text.replace(".", "").isdigit() and "." in text.text
    ]
    assert shares == 2 * ["0.80", "0.20", "0.00", "0.10", "0.90", "0.00", "0.00", "0.60", "0.40"]
    assert "Iris, forget virginica" in svg.text
    assert "guided, mean of 2 seeds" in svg.text


def test_the_trade_off_places_means_and_gold(tmp_path):
    [svg] = parse(trade_off(CELLS)).all("svg")
    dots = [dot for dot in svg.classed("dot") if "iris" in dot.attributes["class"]][
        :-1
    ]  # the last: the legend
    x, y = (np.array([float(dot.attributes[k]) for dot in dots]) for k in ("cx", "cy"))
    assert len(x) == len(LAMBDAS)
    assert x[1] - x[0] == pytest.approx(x[2] - x[1], abs=0.2)
    assert (y[0] - y[1]) / (y[1] - y[2]) == pytest.approx(2.0, abs=0.02)
    per_accuracy = (y[0] - y[2]) / 0.3
    star = next(s for s in svg.classed("gold") if "iris" in s.attributes["class"]).attributes["d"]
    left, top = (float(number) for number in star[1:].split("L")[0].split())
    assert left == pytest.approx(x[1], abs=0.2)
    assert top + 8 == pytest.approx(y[1] - 0.2 * per_accuracy, abs=0.3)


def test_the_band_is_the_normal_interval_of_the_mean():
    [svg] = parse(trade_off(CELLS)).all("svg")
    narrow, wide = (
        next(s for s in svg.classed("area") if dataset in s.attributes["class"]).attributes["d"]
        for dataset in ("covertype", "iris")
    )
    y = [[float(point.split()[1]) for point in d[1:-1].split("L")] for d in (narrow, wide)]
    dots = [float(dot.attributes["cy"]) for dot in svg.classed("dot") if "iris" in dot.attributes["class"]]
    assert y[0][:3] == y[0][:2:-1]
    error = 1.96 * np.std([0, 0.04], ddof=1) / np.sqrt(2)
    assert (y[1][5] - y[1][0]) / 2 == pytest.approx(error * (dots[0] - dots[2]) / 0.3, rel=0.02)
    assert "λ = 1" in svg.text
