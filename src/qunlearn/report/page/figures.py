"""Every picture of a page, made from the parts of a run folder."""

import base64
import math
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from qunlearn._types import JsonObject
from qunlearn.report.charts.confusion_matrix import ConfusionMatrix, confusion
from qunlearn.report.charts.ridges import Axis, Guide, ridges
from qunlearn.report.charts.scale import Scale, decades
from qunlearn.report.charts.strip import strip
from qunlearn.report.digits import fixed
from qunlearn.report.metric_rows import GROUPS, MetricRow
from qunlearn.report.page import trajectory
from qunlearn.results.evidence import Evidence
from qunlearn.results.request_words import request_words
from qunlearn.results.run_results import RunResults

_LARGEST_CIRCUIT = 1_000_000
_MATRICES = {"original": "Original", "unlearned": "Unlearned", "gold": "Gold, mean of models"}


@dataclass(frozen=True)
class Figures:
    """SVG elements by section; `circuit` is a data address, None if the picture is too large for a page."""

    strips: dict[str, list[tuple[MetricRow, Markup]]]
    confusion: list[Markup]
    probability: list[tuple[str, Markup]]
    divergence: Markup | None
    training: Markup | None
    unlearning: list[tuple[str, Markup]]
    circuit: str | None


def figures(run: RunResults, rows: tuple[MetricRow, ...]) -> Figures:
    """Draw everything."""
    return Figures(
        strips=_strips(rows),
        confusion=_confusion(run.summary),
        probability=_probability(run),
        divergence=_divergence(run.evidence),
        training=trajectory.training(run.trace),
        unlearning=trajectory.unlearning(run.trace),
        circuit=_data_address(run.circuit_svg),
    )


def _strips(rows: tuple[MetricRow, ...]) -> dict[str, list[tuple[MetricRow, Markup]]]:
    """The metrics that the unlearned model has a value of, by heading."""
    drawn = [
        (row, strip(f"fig-strip-{i}", row))
        for i, row in enumerate(rows)
        if row.value("unlearned") is not None
    ]
    by_heading = {
        heading: [pair for pair in drawn if pair[0].group == key] for key, heading in GROUPS.items()
    }
    return {heading: pairs for heading, pairs in by_heading.items() if pairs}


def _confusion(summary: JsonObject) -> list[Markup]:
    classes = [str(name) for name in summary["class_names"]]
    return [
        confusion(
            f"fig-confusion-{model}",
            ConfusionMatrix(
                model, title, np.asarray(summary["confusion"][model], float), classes, summary["forget_index"]
            ),
        )
        for model, title in _MATRICES.items()
    ]


def _probability(run: RunResults) -> list[tuple[str, Markup]]:
    forget, words = run.evidence.forget, request_words(run.summary)
    sets = {
        "forget": (forget, words.forgotten_title),
        "retain": (~forget, words.retained_title),
    }
    axis = _probability_axis(run.summary.get("probability_range"))
    return [
        (
            f"{title} (n = {chosen.sum()})",
            ridges(
                f"fig-probability-{key}",
                f"{words.p}: {title.lower()}",
                words.probability,
                run.evidence.probability(chosen),
                axis,
            ),
        )
        for key, (chosen, title) in sets.items()
    ]


def _probability_axis(reach: dict[str, float] | None) -> Axis:
    """From 0 to the first tenth at or above the model's ceiling, with floor and ceiling marked."""
    if not reach:
        return Axis(Scale(0.0, 1.0))
    guides = (
        Guide(reach["floor"], f"floor {fixed(reach['floor'], 4)}", "start"),
        Guide(reach["ceiling"], f"ceiling {fixed(reach['ceiling'], 4)}", "end"),
    )
    return Axis(Scale(0.0, math.ceil(10 * reach["ceiling"]) / 10), guides)


def _divergence(evidence: Evidence) -> Markup | None:
    n_retained = evidence.gold.shape[2] - (evidence.forget_index is not None)
    if n_retained < 2 or len(evidence.gold) < 2:
        return None
    values = evidence.divergence()
    scale = decades([float(value) for part in values.values() for value in (part.min(), part.max())])
    title = "KL(gold‖model) on retained test samples"
    what = "KL divergence in nats, logarithmic axis"
    return ridges("fig-divergence", title, what, values, Axis(scale, decimals=4))


def _data_address(svg: str) -> str | None:
    content = svg.encode()
    if len(content) > _LARGEST_CIRCUIT:
        return None
    return "data:image/svg+xml;base64," + base64.b64encode(content).decode()
