"""A few metrics of many models at once, each with its value among gold models."""

from qunlearn.metrics import METRICS, Predictions
from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.metric import GoldMetric
from qunlearn.metrics.pairs import Comparison, compare

MEASURES = (
    "forget_recall",
    "retain_accuracy",
    "forget_accuracy",
    "forget_probability_forget",
    "forget_probability_retain",
    "kl_gold_mean",
    "kl_gold_full_mean",
    "js_gold_forget",
    "tv_gold_forget",
)
"""What a comparison measures; those that a request has no meaning for are None."""


def measured(models: Predictions, gold: Predictions, metric: str) -> list[float | None]:
    """`metric` of each of M models; None where it is undefined."""
    row = METRICS[metric]
    try:
        if isinstance(row, GoldMetric):
            comparison = Comparison(row.function, row.view(gold), row.view(models))
            return compare(comparison, [row.statistic])[row.statistic].values.tolist()
        return row.function(models).values.tolist()
    except Undefined:
        return [None] * models.n_models


def mean(values: list[float | None]) -> float | None:
    """The mean, None where one of them is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def among_gold(gold: Predictions, metric: str) -> float | None:
    """The mean of `metric` over gold models; each against the others where it compares with gold."""
    row = METRICS[metric]
    try:
        if isinstance(row, GoldMetric):
            comparison = Comparison(row.function, row.view(gold), row.view(gold), leave_one_out=True)
            return compare(comparison, [row.statistic])[row.statistic].pooled()
        return float(row.function(gold).values.mean())
    except Undefined:
        return None
