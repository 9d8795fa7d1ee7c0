"""The curves of a run, sorted out of the long table `trace.parquet`."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from qunlearn._types import JsonObject
from qunlearn.report.charts.lines import Curve, lines
from qunlearn.report.digits import exists
from qunlearn.report.words import spell

_TRAINING = {
    "loss": ("Training loss, one mini-batch", "original faint"),
    "val_loss": ("Validation loss", "original"),
}
_TERMS = {
    "loss": "Whole objective",
    "forget": "Forget term",
    "anchor": "Anchor term",
    "retain": "Retain term",
    "proximity": "Distance term ‖θ − θ₀‖²",
}

Curves = dict[str, list[tuple[float, float]]]


def curves(trace: Iterable[JsonObject], phase: str) -> Curves:
    """The (step, value) points of each quantity of `phase`; steps without a value are left out."""
    found: Curves = {}
    for row in trace:
        if row["phase"] == phase and exists(row["value"]):
            found.setdefault(row["quantity"], []).append((float(row["step"]), float(row["value"])))
    return {quantity: sorted(points) for quantity, points in found.items()}


def training(trace: Sequence[JsonObject]) -> Markup | None:
    """Training and validation loss of the original model on common axes."""
    found = curves(trace, "train")
    drawn = [Curve(label, found[key], style) for key, (label, style) in _TRAINING.items() if key in found]
    return lines("fig-training", "Training of the original model", drawn, 190) if drawn else None


def unlearning(trace: Sequence[JsonObject]) -> list[tuple[str, Markup]]:
    """(name, picture) of each term of the unlearning objective on its own axis, the whole objective first."""
    found = curves(trace, "unlearn")
    order = [*(key for key in _TERMS if key in found), *(key for key in found if key not in _TERMS)]
    labels = {key: _TERMS.get(key) or spell(key) for key in order}
    return [
        (
            labels[key],
            lines(f"fig-unlearn-{i}", labels[key], [Curve(labels[key], found[key], "unlearned")], 120),
        )
        for i, key in enumerate(order)
    ]
