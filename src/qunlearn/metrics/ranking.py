"""Ranking metrics: does the model's confidence still single out the forgotten class?"""

import numpy as np

from qunlearn.metrics.estimate import Scores, Undefined
from qunlearn.metrics.predictions import Predictions


def average_precision(predictions: Predictions) -> Scores:
    """Average precision of the forgotten class c, all samples ranked by p(c | x).

    AP = sum over thresholds of (R_t − R_(t−1)) P_t, without interpolation, equal scores sharing one
    threshold, as scikit-learn's `average_precision_score`. A ranking at random scores the fraction of
    positives, not 0.5.
    """
    c = predictions.forget_index
    if c is None:
        raise Undefined("the request is not a class")
    positive = predictions.y == c
    if not positive.any():
        raise Undefined(f"class {c} never occurs")
    return _average_precision(predictions.p[:, :, c], positive)


def _average_precision(score: np.ndarray, positive: np.ndarray) -> Scores:
    """`score` (M, n), `positive` (n,) with at least one True.

    With weights w, AP(w) = sum_i w_i y_i T_i / N_i / sum_i w_i y_i, where N_i is the weight of samples
    scoring at least s_i and T_i that of positives among them; `influence` is its derivative at w = 1.
    """
    order = np.argsort(-score, axis=1, kind="stable")  # (M, n)
    first, last = _tie_groups(np.take_along_axis(score, order, axis=1))
    y = positive[order].astype(float)  # (M, n), best score first, as all below
    above = last + 1.0  # N_i: samples at or above the threshold s_i, ties included
    hits = np.take_along_axis(y.cumsum(axis=1), last, axis=1)  # T_i
    precision = hits / above
    n_positive = positive.sum()
    values = (y * precision).sum(axis=1) / n_positive

    # d(T_i / N_i) / dw_j = (y_j − T_i / N_i) / N_i for every i that j is at or above: sums from j's first tie
    gain = _sum_from(y / above, first)
    loss = _sum_from(y * hits / above**2, first)
    influence = (y * (precision + gain - values[:, None]) - loss) / n_positive  # quotient rule for the mean
    return Scores(values, influence)


def _tie_groups(descending: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Position of the first and of the last of the scores equal to each score; rows are sorted."""
    position = np.indices(descending.shape)[1]  # (M, n)
    step = descending[:, 1:] != descending[:, :-1]
    edge = np.ones((len(descending), 1), dtype=bool)
    first = np.where(np.hstack([edge, step]), position, 0)
    last = np.where(np.hstack([step, edge]), position, len(position[0]) - 1)
    # a group's start carried forwards, its end carried backwards
    return np.maximum.accumulate(first, axis=1), np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]


def _sum_from(terms: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Sum of the terms at position `first` and after it."""
    return np.take_along_axis(terms[:, ::-1].cumsum(axis=1)[:, ::-1], first, axis=1)
