"""The three-way contrast of `summary.json`: one row per quantity, one cell per model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
class Row:
    """One quantity for `original`, `unlearned`, `gold` and `gold_gold`, in that order."""

    quantity: Quantity
    cells: tuple[Cell, ...]


def contrast(summary: Mapping[str, Any]) -> tuple[Row, ...]:
    """The rows, in the order of `HEADLINE`; without a class, those that are defined, and `HEADLINE_ROWS`."""
    ids = HEADLINE
    if summary["forget_index"] is None:
        unlearned = summary["unlearned"]
        ids = tuple(id for id in (*HEADLINE_ROWS, *HEADLINE) if unlearned.get(id) is not None)
    quantities = [quantity(metric) for metric in ids]
    return tuple(Row(q, tuple(_cell(summary[model], q) for model in MODELS)) for q in quantities)


def _cell(values: Mapping[str, Any], quantity: Quantity) -> Cell:
    value, stderr = values.get(quantity.id), values.get(f"{quantity.id}_stderr")
    return Cell(value, stderr, interval(value, stderr, quantity.decimals))
