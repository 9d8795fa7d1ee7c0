"""What the run cost, against retraining; unlearning that costs more than retraining is said to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from qunlearn._types import JsonObject
from qunlearn.report.digits import Number, count, ratio, seconds

STAGES = {"train": "Train the original", "unlearn": "Unlearn", "retrain": "Retrain once"}
MEASURES: dict[str, tuple[str, Callable[[Number], str]]] = {
    "circuits": ("Circuits, by parameter shift", count),
    "gradients": ("Gradients of one sample", count),
    "forwards": ("Forward evaluations of one sample", count),
    "seconds": ("Seconds of simulation, compiling included", seconds),
}


@dataclass(frozen=True)
class CostRow:
    """One measure: value and text for each stage, and unlearning divided by retraining (None: undefined)."""

    label: str
    values: tuple[Number, ...]
    texts: tuple[str, ...]
    share: float | None
    share_text: str


def cost_rows(cost: Mapping[str, JsonObject]) -> tuple[CostRow, ...]:
    """A row for each of `MEASURES`."""
    return tuple(_row(cost, measure) for measure in MEASURES)


def _row(cost: Mapping[str, JsonObject], measure: str) -> CostRow:
    label, text = MEASURES[measure]
    values = tuple(cost.get(stage, {}).get(measure) for stage in STAGES)
    share = share_of_retraining(cost, measure)
    return CostRow(label, values, tuple(text(value) for value in values), share, ratio(share))


def share_of_retraining(cost: Mapping[str, JsonObject], measure: str) -> float | None:
    """Unlearning's cost divided by that of retraining once."""
    unlearn, retrain = (cost.get(stage, {}).get(measure) for stage in ("unlearn", "retrain"))
    return unlearn / retrain if unlearn is not None and retrain else None


def warning(cost: Mapping[str, JsonObject]) -> str | None:
    """A sentence where unlearning needed more circuits than retraining, else None.

    Seconds do not count: those of a simulation are largely spent on compiling.
    """
    circuits = share_of_retraining(cost, "circuits")
    if circuits is None or circuits <= 1:
        return None
    return (
        f"Unlearning took {ratio(circuits)} the circuits of retraining. Retraining without the data "
        "would have been cheaper, and it is what unlearning tries to imitate."
    )
