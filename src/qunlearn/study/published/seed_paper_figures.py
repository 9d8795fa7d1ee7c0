"""Pictures like the seed paper's figures 1 to 5, and the trade-off: SVG, equal bytes for equal cells."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qunlearn.circuit import draw
from qunlearn.model import paper_classifier
from qunlearn.study.published.seed_paper_values import DATASETS, MODELS

COLOURS = {"iris": "#0072B2", "covertype": "#D55E00"}

Cells = Mapping[str, Sequence[Mapping[str, Any]]]


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
        _save(_confusions(cells, panels), folder / f"{name}.svg")
    _save(_trade_off(cells), folder / "trade-off.svg")


def _confusions(cells: Cells, panels: Sequence[tuple[str, str]]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * len(panels), 3.8), layout="constrained")
    for axes, (dataset, model) in zip(np.ravel(figure.subplots(1, len(panels))), panels, strict=True):
        counts = np.mean([cell["confusion"][model] for cell in cells[dataset]], axis=0)
        rates = counts / counts.sum(axis=1, keepdims=True)
        axes.imshow(rates, cmap="Blues", vmin=0, vmax=1)
        for (i, j), rate in np.ndenumerate(rates):
            axes.text(
                j, i, f"{rate:.2f}", ha="center", va="center", color="white" if rate > 0.55 else "black"
            )
        title, classes = DATASETS[dataset]
        axes.set(
            xticks=range(len(classes)), yticks=range(len(classes)), xlabel="predicted", ylabel="true class"
        )
        axes.set_xticklabels(classes)
        axes.set_yticklabels(classes)
        axes.set_title(f"{title}\n{MODELS[model]}, mean of {len(cells[dataset])} seeds", fontsize=10)
    return figure


def _trade_off(cells: Cells) -> Any:
    """Mean over seeds with a 95 % normal band of the mean; every point is one λ."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for dataset, (title, _) in DATASETS.items():
        curves = [cell["trade_off"] for cell in cells[dataset]]
        forgotten, retained = (
            np.array([c[k] for c in curves]) for k in ("forget_probability_forget", "retain_accuracy")
        )
        x, y = forgotten.mean(0), retained.mean(0)
        error = 1.96 * retained.std(0, ddof=1) / np.sqrt(len(curves))
        axes.fill_between(x, y - error, y + error, color=COLOURS[dataset], alpha=0.15, linewidth=0)
        axes.plot(x, y, "o-", color=COLOURS[dataset], markersize=4, label=title)
        for i in (0, len(x) // 2, -1):
            axes.annotate(
                f"λ={curves[0]['lam'][i]:g}",
                (x[i], y[i]),
                textcoords="offset points",
                xytext=(4, 6),
                fontsize=8,
            )
        gold = [cell["models"]["gold"] for cell in cells[dataset]]
        point = [np.mean([g[k] for g in gold]) for k in ("forget_probability_forget", "retain_accuracy")]
        axes.plot(*point, "*", color=COLOURS[dataset], markersize=13, label=f"{title}: retrained")
    axes.set(
        xlabel="mean probability of the forgotten class on its own rows",
        ylabel="accuracy on retained classes",
    )
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8)
    return figure


def _save(figure: Any, path: Path) -> None:
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "qunlearn", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})
