"""The three-way contrast of `summary.json`: one row per quantity, one cell per model."""

from dataclasses import dataclass

from qunlearn._types import JsonObject
from qunlearn.metrics import HEADLINE, HEADLINE_ROWS
from qunlearn.report.digits import Number, interval
from qunlearn.report.words import MODELS, Quantity, quantity


@dataclass(frozen=True)
class Cell:
    """A number of one model, with its standard error over models where it is a mean."""

    value: Number
    stderr: Number
    text: str


@dataclass(frozen=True)
class ContrastRow:
    """One quantity for `original`, `unlearned`, `gold` and `gold_gold`, in that order."""

    quantity: Quantity
    cells: tuple[Cell, ...]


def contrast(summary: JsonObject) -> tuple[ContrastRow, ...]:
    """The rows, in the order of `HEADLINE`; without a class, those that are defined, and `HEADLINE_ROWS`."""
    ids = HEADLINE
    if summary["forget_index"] is None:
        unlearned = summary["unlearned"]
        ids = tuple(id for id in (*HEADLINE_ROWS, *HEADLINE) if unlearned.get(id) is not None)
    quantities = [quantity(metric) for metric in ids]
    return tuple(ContrastRow(q, tuple(_cell(summary[model], q) for model in MODELS)) for q in quantities)


def _cell(values: JsonObject, quantity: Quantity) -> Cell:
    value, stderr = values.get(quantity.id), values.get(f"{quantity.id}_stderr")
    return Cell(value, stderr, interval(value, stderr, quantity.decimals))
