"""The metrics of `rows.parquet`, one line each: every model's value, and the range of gold against gold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qunlearn.records import Row
from qunlearn.report.digits import Number
from qunlearn.report.words import Quantity, quantity

GROUPS = {
    "gold": "Each model alone",
    "gold-gold": "Each model compared with gold models, sample by sample",
    "other": "Diagnostics, and metrics with a target of their own",
}


@dataclass(frozen=True)
class MetricRow:
    """One metric on one split. `models` holds its records by model, `lead` the unlearned model's."""

    quantity: Quantity
    models: Mapping[str, Row]

    @property
    def lead(self) -> Row:
        return self.models.get("unlearned") or next(iter(self.models.values()))

    @property
    def group(self) -> str:
        """A key of `GROUPS`."""
        return self.lead.target if self.lead.target in GROUPS else "other"

    def value(self, model: str) -> float | None:
        """The value for `model`, None where it has none."""
        return self.models[model].value if model in self.models else None

    def stderr(self, model: str) -> float | None:
        """The standard error for `model`, None where it has none."""
        return self.models[model].stderr if model in self.models else None

    @property
    def center(self) -> float | None:
        """The mean or median of gold; None for a maximum, which grows with the number of models pooled."""
        return None if self.quantity.id.endswith("_max") else self.value("gold")

    @property
    def null(self) -> tuple[float, float] | None:
        """The middle 95 % of gold against gold."""
        low, high = self.lead.null_low, self.lead.null_high
        return None if low is None or high is None else (low, high)

    @property
    def place(self) -> str | None:
        """The unlearned model's value against the null; None without a value or a null."""
        return place(self.value("unlearned"), self.lead.null_low, self.lead.null_high)

    @property
    def numbers(self) -> list[float]:
        """Every value and both ends of the null: what a picture must have room for."""
        return [row.value for row in self.models.values() if row.value is not None] + list(self.null or ())

    @property
    def is_share(self) -> bool:
        """Whether the axis runs from 0 to 1: for a fraction, and for a probability of one model alone."""
        share = self.lead.unit == "fraction" or (self.lead.unit == "probability" and self.group == "gold")
        return share and all(0 <= value <= 1 for value in self.numbers)


def place(value: Number, low: Number, high: Number) -> str | None:
    """`inside`, `above` or `below` the range [low, high]; None where one of the numbers does not exist."""
    if value is None or low is None or high is None:
        return None
    return "below" if value < low else "above" if value > high else "inside"


def metric_rows(rows: Iterable[Row], classes: Sequence[str]) -> tuple[MetricRow, ...]:
    """Group the long table by split and metric, in order; a metric without any value is left out."""
    groups: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        groups.setdefault((row.split, row.metric), {})[row.model] = row
    made = (MetricRow(quantity(metric, classes), models) for (_, metric), models in groups.items())
    return tuple(row for row in made if row.numbers)
