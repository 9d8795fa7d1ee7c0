"""Probability that models give to the forgotten class, and the range of it that a softmax can reach."""

import math

import numpy as np
from jaxtyping import Bool

from qunlearn._errors import require
from qunlearn.metrics.estimate import Scores, Undefined, mean_over_samples
from qunlearn.metrics.predictions import Predictions


def _mean_probability(predictions: Predictions, rows: Bool[np.ndarray, " n"]) -> Scores:
    if predictions.forget_index is None:
        raise Undefined("the request is not a class")
    if not rows.any():
        raise Undefined("no sample belongs to the request")
    return mean_over_samples(predictions.p[:, rows, predictions.forget_index])


def forget_probability_forget(predictions: Predictions) -> Scores:
    """Mean p(c | x) over samples of the forgotten class c."""
    return _mean_probability(predictions, predictions.forget)


def forget_probability_retain(predictions: Predictions) -> Scores:
    """Mean p(c | x) of the forgotten class c over retained samples."""
    return _mean_probability(predictions, predictions.retain)


def probability_range(n_classes: int, logit_low: float, logit_high: float) -> tuple[float, float]:
    """Floor and ceiling of one class's softmax probability when every logit lies in [logit_low, logit_high].

    The floor has this class at `logit_low` and all others at `logit_high`; the ceiling the other way round.
    Three classes and logits in [−1, 1], as in arXiv:2601.04413, give 0.0634 and 0.7870.
    """
    require(n_classes >= 2, f"`n_classes` must be >= 2, but is {n_classes}")
    require(
        math.isfinite(logit_low) and math.isfinite(logit_high) and logit_low <= logit_high,
        f"`logit_low` must be <= `logit_high`, both finite, but they are {logit_low} and {logit_high}",
    )
    ratio = math.exp(logit_low - logit_high)  # at most 1, so it cannot overflow
    return ratio / (ratio + n_classes - 1), 1 / (1 + (n_classes - 1) * ratio)
