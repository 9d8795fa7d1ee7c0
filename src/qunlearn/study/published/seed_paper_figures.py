"""Pictures like the seed paper's figures 1 to 5, and the trade-off: SVG, equal bytes for equal cells."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup

from qunlearn._types import JsonObject
from qunlearn.circuit import draw
from qunlearn.model import paper_classifier
from qunlearn.records import write_atomic
from qunlearn.report.charts.confusion_matrix import ConfusionMatrix, describe, parts
from qunlearn.report.charts.svg import file, number, tag
from qunlearn.study.published.seed_paper_trade_off import STYLE, trade_off
from qunlearn.study.published.seed_paper_values import DATASETS, MODELS

ABOVE, GAP = 22, 12
"""Room above a panel for the name of its dataset, and around it, in pixels."""

Cells = Mapping[str, Sequence[JsonObject]]


def write_figures(cells: Cells, folder: Path) -> None:
    """Write every picture of the reproduction into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    draw.picture(paper_classifier().circuit, folder / "figure-1-circuit.svg")
    for name, panels in {
        "figure-2-iris-trained": [("iris", "original")],
        "figure-3-covertype-trained": [("covertype", "original")],
        "figure-4-unlearned": [("iris", "similarity"), ("covertype", "similarity")],
        "figure-5-uniform": [("covertype", "uniform")],
    }.items():
        write_atomic(folder / f"{name}.svg", _confusions(cells, panels))
    write_atomic(folder / "trade-off.svg", trade_off(cells))


def _confusions(cells: Cells, panels: Sequence[tuple[str, str]]) -> str:
    """Matrices side by side: means over seeds, shown as shares of the true class."""
    matrices = []
    for dataset, model in panels:
        counts = np.mean([cell["confusion"][model] for cell in cells[dataset]], axis=0)
        title = f"{MODELS[model]}, mean of {len(cells[dataset])} seeds"
        matrices.append(ConfusionMatrix(model, title, counts, DATASETS[dataset][1], None, shares=True))
    width, height = matrices[0].size
    drawn = [
        tag("g", _panel(DATASETS[dataset][0], matrix), transform=f"translate({i * (width + GAP)} {ABOVE})")
        for i, ((dataset, _), matrix) in enumerate(zip(panels, matrices, strict=True))
    ]
    said = [
        f"{DATASETS[dataset][0]}, {m.title}. {describe(m)}"
        for (dataset, _), m in zip(panels, matrices, strict=True)
    ]
    size = len(panels) * (width + GAP), ABOVE + height + GAP
    return file("Confusion matrices", " ".join(said), STYLE, size, *drawn)


def _panel(title: str, matrix: ConfusionMatrix) -> Markup:
    width, height = matrix.size
    left, middle = width - matrix.side - 4, height - matrix.side / 2 - 24
    turn = f"rotate(-90 9 {number(middle)})"
    return Markup("").join(
        [
            tag("text", title, class_="heading", x=left, y=-6),
            *parts(matrix),
            tag(
                "text",
                "predicted",
                class_="tick",
                x=left + matrix.side / 2,
                y=height + 8,
                text_anchor="middle",
            ),
            tag(
                "text",
                "true class",
                class_="tick",
                x=9,
                y=number(middle),
                text_anchor="middle",
                transform=turn,
            ),
        ]
    )
