"""LiRA: likelihood ratio of a sample's log-odds between models that saw the sample and that did not."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from qunlearn.attacks.attack import References
from qunlearn.metrics.log_odds import log_odds

ENOUGH = 32
"""With fewer reference models on a side, all samples share one variance (arXiv:2112.03570)."""

LEAST_SD = 1e-6


class Normal(NamedTuple):
    """Mean and standard deviation of every sample's log-odds over models, (n,) each."""

    mean: Float[np.ndarray, " n"]
    sd: Float[np.ndarray, " n"]

    def log_density(self, x: Float[np.ndarray, "*M n"]) -> Float[np.ndarray, "*M n"]:
        """ln of the density, but for ln √(2π)."""
        return -(((x - self.mean) / self.sd) ** 2) / 2 - np.log(self.sd)


def normal_of(scores: Float[np.ndarray, "R n"], chosen: Bool[np.ndarray, "R n"]) -> Normal:
    """The normal distribution of the chosen models' scores, sample by sample."""
    count = chosen.sum(axis=0)  # (n,)
    mean = np.where(chosen, scores, 0).sum(axis=0) / count  # (n,)
    squares = np.where(chosen, scores - mean, 0) ** 2  # (R, n)
    if count.min() >= ENOUGH:
        variance = squares.sum(axis=0) / (count - 1)
    else:  # pooled: one degree of freedom is lost for each sample's own mean
        variance = np.full(len(count), squares.sum() / (count - 1).sum())
    return Normal(mean, np.maximum(np.sqrt(variance), LEAST_SD))


def lira_online(
    p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"], references: References
) -> Float[np.ndarray, "M n"]:
    """ln of the likelihood ratio in against out; arXiv:2112.03570, algorithm 1, online."""
    references.require_fits(p)
    known = log_odds(references.p, y)
    seen, unseen = normal_of(known, references.member), normal_of(known, ~references.member)
    target = log_odds(p, y)
    return seen.log_density(target) - unseen.log_density(target)


def lira_offline(
    p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"], references: References
) -> Float[np.ndarray, "M n"]:
    """How many standard deviations above models that did not see the sample; arXiv:2112.03570, offline.

    The normal distribution function of it is the paper's score; both rank samples alike.
    """
    references.require_fits(p)
    unseen = normal_of(log_odds(references.p, y), ~references.member)
    return (log_odds(p, y) - unseen.mean) / unseen.sd
