"""RMIA: is a sample more likely under the target, compared with reference models, than other samples are?"""

import numpy as np
from jaxtyping import Float, Int

from qunlearn.attacks.attack import References

GAMMA = 1.0
"""The attacker's choice. A quantum read-out bounds probabilities and so their ratios, of which hardly one is
twice another: at γ = 2 every score is 0, and the attack finds nothing whatever leaks.
"""

OFFLINE_A = 0.3


def rmia_online(
    p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"], references: References
) -> Float[np.ndarray, "M n"]:
    """The fraction of population samples z with ratio(x) ≥ γ ratio(z); arXiv:2312.03262, γ = 1.

    ratio(x) = p_y(x; target) / ½ (mean over references that saw x + mean over those that did not). A sample
    is not compared with itself.
    """
    references.require_fits(p)
    known = _true(references.p, y)  # (R, n)
    usual = (_mean(known, references.member) + _mean(known, ~references.member)) / 2  # (n,)
    return _exceeding(_true(p, y) / np.maximum(usual, 1e-300), references)


def rmia_offline(
    p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"], references: References
) -> Float[np.ndarray, "M n"]:
    """As `rmia_online` with references that did not see the sample only: the mean over those that did is
    taken for a p_out + 1 − a, with a = 0.3; arXiv:2312.03262."""
    references.require_fits(p)
    out = _mean(_true(references.p, y), ~references.member)  # (n,)
    usual = ((1 + OFFLINE_A) * out + 1 - OFFLINE_A) / 2  # ½ (p_out + a p_out + 1 − a)
    return _exceeding(_true(p, y) / usual, references)


def _true(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.take_along_axis(p, np.broadcast_to(y[:, None], (*p.shape[:-1], 1)), axis=-1)[..., 0]


def _mean(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return np.where(chosen, values, 0).sum(axis=0) / chosen.sum(axis=0)


def _exceeding(ratio: Float[np.ndarray, "M n"], references: References) -> Float[np.ndarray, "M n"]:
    """For every sample the fraction of the population, itself left out, with GAMMA times a ratio at most its
    own."""
    own = references.population.astype(float)  # (n,): 1 where the sample is in the population itself
    result = np.empty(ratio.shape)  # (M, n)
    for m, row in enumerate(ratio):
        ordered = np.sort(GAMMA * row[references.population])
        # how many z have γ ratio(z) ≤ ratio(x), less x itself where it is one of them
        below = np.searchsorted(ordered, row, side="right") - own * (row >= GAMMA * row)
        result[m] = below / np.maximum(len(ordered) - own, 1)
    return result
