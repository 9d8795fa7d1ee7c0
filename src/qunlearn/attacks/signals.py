"""Threshold attacks: one number of the model's answer to a sample, larger for likely members.

Each takes p (M, n, K) and true labels y (n,), and returns (M, n). The value of a sample depends on that
sample alone, never on the batch that it is evaluated in.
"""

import numpy as np
from jaxtyping import Float, Int

from qunlearn.metrics.log_odds import log_odds

LEAST = 1e-300  # ln 0 would be infinite, and equal scores are ties


def _true(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.take_along_axis(p, np.broadcast_to(y[:, None], (*p.shape[:-1], 1)), axis=-1)[..., 0]


def _ln(p: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(p, LEAST))


def loss(p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "M n"]:
    """The negative cross-entropy, ln p_y."""
    return _ln(_true(p, y))


def confidence(p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "M n"]:
    """The probability p_y of the true label. It ranks samples as `loss` does."""
    return _true(p, y)


def entropy(p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "M n"]:
    """The negative entropy of the prediction, sum_k p_k ln p_k; the label is not looked at."""
    return (p * _ln(p)).sum(axis=-1)


def modified_entropy(p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "M n"]:
    """(1 − p_y) ln p_y + sum over k ≠ y of p_k ln(1 − p_k): low entropy counts only on the true label.

    Every sample has its own column y; the published code that writes `[:, y]` changes all columns of all
    rows.
    """
    right = _true(p, y)
    wrong = p * _ln(1 - p)
    return (1 - right) * _ln(right) + wrong.sum(axis=-1) - _true(wrong, y)


def margin(p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "M n"]:
    """ln p_y minus ln of the largest other probability: positive where the prediction is right."""
    others = np.where(np.arange(p.shape[-1]) == y[:, None], 0.0, p)
    return _ln(_true(p, y)) - _ln(others.max(axis=-1))


def scaled_confidence(p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "M n"]:
    """ln p_y − ln(1 − p_y); it ranks samples as `confidence` does and is nearly normal over models."""
    return log_odds(p, y)
