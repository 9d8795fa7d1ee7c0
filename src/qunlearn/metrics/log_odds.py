"""One number that says how sure a model is of a sample's true label."""

import numpy as np
from jaxtyping import Float, Int

LARGEST = 100.0


def log_odds(p: Float[np.ndarray, "*M n K"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "*M n"]:
    """ln p_y − ln(sum of the others), the logit-scaled confidence of arXiv:2112.03570.

    For a softmax it is the logit of the true class minus the log-sum-exp of the other logits. The others are
    summed, not taken as 1 − p_y, which loses all digits near 1. Cut off at ±100, where p is 0 or 1.
    """
    true = np.take_along_axis(p, np.broadcast_to(y[:, None], (*p.shape[:-1], 1)), axis=-1)[..., 0]  # (*M, n)
    others = np.where(np.arange(p.shape[-1], dtype=np.int64) != y[:, None], p, 0.0)  # (*M, n, K)
    with np.errstate(divide="ignore"):
        return np.clip(np.log(true) - np.log(others.sum(axis=-1)), -LARGEST, LARGEST)
