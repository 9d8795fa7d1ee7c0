"""Forget targets: where the probability of the forgotten class is to go. One line in `TARGETS` each.

Every target is a distribution over the K classes with exactly 0 on the forgotten class, one row per forget sample.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import jax.numpy as jnp
from jax import Array

from qunlearn.unlearn.problem import Problem


def _normalised(weights: Array, forget_class: int) -> Array:
    weights = weights.at[..., forget_class].set(0.0)
    return weights / weights.sum(-1, keepdims=True)


def similarity(problem: Problem, beta: Any) -> Array:
    """q_k ∝ (mean over the calibration samples of p(k|x))^β for k ≠ c (arXiv 2601.04413, equation 6)."""
    mean = problem.probabilities(problem.calibration).mean(0)
    return _for_all(problem, mean**beta)


def uniform(problem: Problem, beta: Any) -> Array:
    """q_k = 1 / (K - 1) for k ≠ c (arXiv 2601.04413, appendix A); β is not used."""
    return _for_all(problem, jnp.ones(problem.model.n_classes))


def prior(problem: Problem, beta: Any) -> Array:
    """q_k ∝ (share of class k among the retained training rows)^β for k ≠ c."""
    counts = jnp.bincount(jnp.asarray(problem.retain.y), length=problem.model.n_classes)
    return _for_all(problem, (counts / counts.sum()) ** beta)


def per_sample(problem: Problem, beta: Any) -> Array:
    """q_k(x) ∝ p(k|x)^β for k ≠ c: every forget sample has a target of its own."""
    return _normalised(problem.probabilities(problem.forget.x) ** beta, _forgotten(problem))


def _forgotten(problem: Problem) -> int:
    return problem.require_class("distribution_guided")


def _for_all(problem: Problem, weights: Array) -> Array:
    q = _normalised(weights, _forgotten(problem))
    return jnp.broadcast_to(q, (len(problem.forget.y), *q.shape))


TARGETS: Mapping[str, Callable[[Problem, Any], Array]] = MappingProxyType(
    {"similarity": similarity, "uniform": uniform, "prior": prior, "per_sample": per_sample}
)
