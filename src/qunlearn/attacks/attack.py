"""What every membership attack is: scores, larger where the attacker takes a sample for a member."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Float

from qunlearn._errors import require

Needs: TypeAlias = Literal["predictions", "reference models"]

LEAST_REFERENCES = 2
"""Reference models that must have seen a sample, and that must not have."""


@dataclass(frozen=True, eq=False, init=False)
class References:
    """Predictions by models of the attacker: `p` (R, n, K) on the n samples of the target's predictions.

    `member` (R, n): whether model r was trained on sample i. `population` (n,): samples that RMIA compares
    others with; by default all. Every sample must have been seen by at least two models and not by at least
    two others. Raises `InputError` otherwise.
    """

    p: Float[np.ndarray, "R n K"]
    member: Bool[np.ndarray, "R n"]
    population: Bool[np.ndarray, " n"]

    def __init__(self, p: np.ndarray, member: np.ndarray, population: np.ndarray | None = None) -> None:
        require(p.ndim == 3, f"`p` of reference models must have shape (R, n, K), but has {p.shape}")
        require(
            member.shape == p.shape[:2] and member.dtype == bool,
            f"`member` must be a mask of shape {p.shape[:2]}, but is {member.dtype} of shape {member.shape}",
        )
        require(np.isfinite(p).all() and (p >= 0).all(), "`p` of reference models must hold probabilities")
        seen = member.sum(axis=0)
        fewest = int(np.minimum(seen, len(p) - seen).min())
        require(
            fewest >= LEAST_REFERENCES,
            f"every sample must be a member of at least {LEAST_REFERENCES} reference models and no member of "
            f"{LEAST_REFERENCES} others, but for one it is {fewest}: train more of them on random halves",
        )
        population = np.ones(p.shape[1], dtype=bool) if population is None else population
        require(population.any(), "`population` must mark at least one sample")
        for name, value in (("p", p), ("member", member), ("population", population)):
            object.__setattr__(self, name, value)

    def require_fits(self, target: np.ndarray) -> None:
        """Refuse references about other samples or classes than the target's predictions (M, n, K)."""
        require(
            self.p.shape[1:] == target.shape[1:],
            f"target and reference models must predict the same samples and classes, but have shapes "
            f"{target.shape} and {self.p.shape}",
        )


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One row of ATTACKS. `function(p (M, n, K), y (n,))`, with `References` as third argument where the
    attack needs reference models, gives scores (M, n) of M target models."""

    id: str
    label: str
    function: Callable[..., np.ndarray]
    source: str
    meaning: str
    needs: Needs = "predictions"
