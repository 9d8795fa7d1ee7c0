"""All metrics at once: of one model, of many models, and of gold models against one another.

| call | value | standard error |
|---|---|---|
| `evaluate`, model alone | the model's | over samples |
| `evaluate`, mean over gold | mean over all pairs of gold model and sample | over gold models |
| `evaluate`, median or max | over all pairs of gold model and sample | none |
| `evaluate_many` | mean over models of what `evaluate` gives for each | over models |
| `gold_against_gold`, model alone | mean over gold models | over gold models |
| `gold_against_gold`, mean over gold | mean over ordered distinct pairs | jackknife over gold models |
| `gold_against_gold`, median or max | over ordered distinct pairs and samples | none |

The median of gold against gold over more than 2²⁵ numbers is over the first 64 gold models at most
(`Compared.pooled`). All samples and gold models are taken as given: a standard error over samples says
nothing about other training seeds.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from jaxtyping import Float

from qunlearn._errors import require
from qunlearn.metrics.estimate import Estimate, Scores, Undefined, missing, standard_error
from qunlearn.metrics.metric import GoldMetric, Metric, ModelMetric, Statistic
from qunlearn.metrics.pairs import Compared, Comparison, compare, jackknife
from qunlearn.metrics.predictions import Predictions, require_comparable
from qunlearn.metrics.table import METRICS

NULL_RANGE = (0.025, 0.975)

T = TypeVar("T")

Table: TypeAlias = Mapping[str, Metric]
"""Rows of METRICS, or of another table of `ModelMetric` and `GoldMetric`."""


@dataclass(frozen=True)
class Spread:
    """A metric among gold models, the null that a model is held against.

    `values` are those of each gold model: alone, or as a candidate against the G − 1 others. `low` and `high`
    are their 2.5 and 97.5 % quantiles, interpolated linearly. All three are empty or None where the metric is
    undefined.
    """

    estimate: Estimate
    low: float | None
    high: float | None
    values: tuple[float, ...]


def evaluate(model: Predictions, gold: Predictions, metrics: Table = METRICS) -> dict[str, Estimate]:
    """Every metric of one model.

    Raises `InputError` unless `model` holds one model and both are about the same samples and request.
    """
    require(
        model.n_models == 1, f"`model` must hold one model, but holds {model.n_models}; use `evaluate_many`"
    )
    require_comparable(model, gold)
    result: dict[str, Estimate] = {}
    for id, scores in _alone(metrics, model):
        if isinstance(scores, Undefined):
            result[id] = missing(scores, "samples")
        else:
            result[id] = Estimate(float(scores.values[0]), scores.stderr(0), scores.n_samples, "samples")
    for id, compared in _with_gold(metrics, model, gold):
        if isinstance(compared, Undefined):
            result[id] = missing(compared, "models")
        else:
            pairs = compared.by_model[0]
            result[id] = Estimate(float(pairs.mean()), standard_error(pairs), gold.n_models, "models")
    return result


def evaluate_many(models: Predictions, gold: Predictions, metrics: Table = METRICS) -> dict[str, Estimate]:
    """Every metric as the mean over M models, each held against all gold models.

    The standard error is None for M = 1. Raises `InputError` unless both are about the same samples and
    request.
    """
    require_comparable(models, gold)
    result: dict[str, Estimate] = {}
    for id, found in (*_alone(metrics, models), *_with_gold(metrics, models, gold)):
        result[id] = missing(found, "models") if isinstance(found, Undefined) else _mean(found.values)
    return result


def gold_against_gold(gold: Predictions, metrics: Table = METRICS) -> dict[str, Spread]:
    """Every metric with each of G >= 2 gold models in turn as the candidate and the others as gold."""
    require(
        gold.n_models >= 2, f"gold against gold needs at least 2 gold models, but there is {gold.n_models}"
    )
    result: dict[str, Spread] = {}
    for id, scores in _alone(metrics, gold):
        result[id] = (
            _no_spread(scores)
            if isinstance(scores, Undefined)
            else _spread(_mean(scores.values), scores.values)
        )
    for id, compared in _with_gold(metrics, gold, gold, leave_one_out=True):
        if isinstance(compared, Undefined):
            result[id] = _no_spread(compared)
        else:
            stderr = jackknife(compared.by_model) if compared.statistic == "mean" else None
            estimate = Estimate(compared.pooled(), stderr, gold.n_models, "models")
            result[id] = _spread(estimate, compared.values)
    return result


def gap(estimate: Estimate, spread: Spread) -> float | None:
    """Value of a model minus that of gold (alone: mean over gold models; compared: gold against gold).

    None where either is undefined. The largest KL among all pairs of gold models grows with their number, so
    judge `max` metrics by `low` and `high`, which hold one candidate at a time against the others.
    """
    if estimate.value is None or spread.estimate.value is None:
        return None
    return estimate.value - spread.estimate.value


def _alone(metrics: Table, predictions: Predictions) -> Iterator[tuple[str, Scores | Undefined]]:
    for metric in metrics.values():
        if isinstance(metric, ModelMetric) and metric.per_class:
            for label in range(predictions.n_classes):
                yield f"{metric.id}/{label}", _attempt(metric.function, predictions, label)
        elif isinstance(metric, ModelMetric):
            yield metric.id, _attempt(metric.function, predictions)


def _with_gold(
    metrics: Table, models: Predictions, gold: Predictions, leave_one_out: bool = False
) -> Iterator[tuple[str, Compared | Undefined]]:
    groups: dict[tuple[object, object], list[GoldMetric]] = {}
    for metric in metrics.values():
        if isinstance(metric, GoldMetric):
            groups.setdefault((metric.function, metric.view), []).append(metric)
    for group in groups.values():
        found = _attempt(_compare, group, models, gold, leave_one_out)
        for metric in group:
            yield metric.id, found if isinstance(found, Undefined) else found[metric.statistic]


def _compare(
    metrics: list[GoldMetric], models: Predictions, gold: Predictions, leave_one_out: bool
) -> dict[Statistic, Compared]:
    """Metrics that share a view and a function."""
    view = metrics[0].view
    comparison = Comparison(metrics[0].function, view(gold), view(models), leave_one_out)
    return compare(comparison, [metric.statistic for metric in metrics])


def _attempt(function: Callable[..., T], *args: object) -> T | Undefined:
    try:
        return function(*args)
    except Undefined as reason:
        return reason


def _mean(values: Float[np.ndarray, " M"]) -> Estimate:
    return Estimate(float(values.mean()), standard_error(values), len(values), "models")


def _spread(estimate: Estimate, values: Float[np.ndarray, " G"]) -> Spread:
    low, high = np.quantile(values, NULL_RANGE)
    return Spread(estimate, float(low), float(high), tuple(values.tolist()))


def _no_spread(reason: Undefined) -> Spread:
    return Spread(missing(reason, "models"), None, None, ())
