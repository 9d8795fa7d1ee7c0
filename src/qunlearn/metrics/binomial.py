"""Exact limits of a probability that was counted."""

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

LEVEL = 0.95


def clopper_pearson(
    successes: ArrayLike, trials: ArrayLike, level: float = LEVEL
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    """Lower and upper limit of a binomial probability, each missed with probability at most (1 − level) / 2.

    `successes` of `trials` broadcast against each other. 0 successes give a lower limit of 0, only successes
    an upper limit of 1; no trials give 0 and 1. C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404.
    """
    # scipy.stats takes much longer to import
    from scipy.special import betaincinv  # pyright: ignore[reportMissingTypeStubs]

    k, n = np.broadcast_arrays(np.asarray(successes, float), np.asarray(trials, float))
    tail = (1 - level) / 2
    low = np.where(k > 0, betaincinv(np.maximum(k, 1), n - k + 1, tail), 0.0)
    high = np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail), 1.0)
    return low, high
