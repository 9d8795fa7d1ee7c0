"""Forget targets: where the probability of the forgotten class is to go. One line in `TARGETS` each.

Every target is a distribution over the K classes with exactly 0 on the forgotten class c, one row per forget
sample: (n, K). `beta` > 0 is its sharpness: 1 keeps the proportions, large values leave the likeliest class.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import jax
import jax.numpy as jnp
from jax import Array

from qunlearn.unlearn.method import Scalar
from qunlearn.unlearn.problem import Problem


def similarity(problem: Problem, beta: Scalar) -> Array:
    """q_k ∝ (mean over the calibration samples of p(k|x))^β for k ≠ c (arXiv 2601.04413, equation 6)."""
    mean = problem.probabilities(problem.calibration).mean(0)
    return _for_all(problem, beta * jnp.log(mean))


def uniform(problem: Problem, beta: Scalar) -> Array:
    """q_k = 1 / (K - 1) for k ≠ c (arXiv 2601.04413, appendix A); β is not used."""
    return _for_all(problem, jnp.zeros(problem.model.n_classes))


def prior(problem: Problem, beta: Scalar) -> Array:
    """q_k ∝ (share of class k among the retained training rows)^β for k ≠ c."""
    counts = jnp.bincount(jnp.asarray(problem.retain.y), length=problem.model.n_classes)
    return _for_all(problem, beta * jnp.log(counts / counts.sum()))


def per_sample(problem: Problem, beta: Scalar) -> Array:
    """q_k(x) ∝ p(k|x)^β for k ≠ c: every forget sample has a target of its own."""
    return _without_class(problem, beta * jnp.log(problem.probabilities(problem.forget.x)))


def _for_all(problem: Problem, log_weights: Array) -> Array:
    q = _without_class(problem, log_weights)
    return jnp.broadcast_to(q, (len(problem.forget.y), *q.shape))


def _without_class(problem: Problem, log_weights: Array) -> Array:
    """exp(log_weights), normalised over the other classes; in logarithms, because p^β underflows."""
    c = problem.require_class("a forget target")
    return jax.nn.softmax(log_weights.at[..., c].set(-jnp.inf))


TARGETS: Mapping[str, Callable[[Problem, Scalar], Array]] = MappingProxyType(
    {"similarity": similarity, "uniform": uniform, "prior": prior, "per_sample": per_sample}
)
