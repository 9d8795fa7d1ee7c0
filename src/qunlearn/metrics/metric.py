"""What every row of the METRICS table states."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from qunlearn.metrics.estimate import Scores

Target: TypeAlias = Literal["gold", "gold-gold", "diagnostic"] | float
Statistic: TypeAlias = Literal["mean", "median", "max"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number about a model, with everything a reader needs to judge it.

    `target` is where a perfectly unlearned model lies: "gold" the mean over gold models of the same metric,
    "gold-gold" what gold models score against one another, a number, or "diagnostic" for nowhere in
    particular. `range` holds the least and the largest value. No metric has a better end: beyond the target
    is as far off as short of it.
    """

    id: str
    function: Callable[..., Any]
    target: Target
    unit: str
    range: tuple[float, float]
    source: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class ModelMetric(Metric):
    """Looks at a model alone: `function(predictions) -> Scores`.

    With `per_class`, `function(predictions, label) -> Scores` and one number per class, named `id/label`.
    """

    function: Callable[..., Scores]
    target: Target = "gold"
    per_class: bool = False
    compares: Literal["model alone"] = "model alone"


@dataclass(frozen=True, kw_only=True)
class GoldMetric(Metric):
    """Compares models with gold models: `function(view(gold), view(models))` gives (M, G, n) numbers.

    `statistic` sums them up over all pairs of gold model and sample.
    """

    function: Callable[..., Any]
    view: Callable[..., Any]
    statistic: Statistic = "mean"
    target: Target = "gold-gold"
    compares: Literal["model with gold"] = "model with gold"
