"""Forget targets: what the model is to answer on the forget samples. One line in `TARGETS` each.

Every target is a distribution over the K classes, one row per forget sample: (n, K).

To forget a class c, it has exactly 0 on c, and `beta` > 0 is its sharpness: 1 keeps the proportions, large
values leave the likeliest class. To forget samples or a participant no class is left out and β is not used,
because a model that never saw a row is neither surer nor less sure of it than of others like it. To forget a
feature only `similarity` knows an answer: the original's own on the same row with the feature replaced.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Int

from qunlearn._errors import require
from qunlearn.methods.base.method import Scalar
from qunlearn.methods.base.problem import Problem

NEIGHBOURS = 10


def similarity(problem: Problem, beta: Scalar) -> Array:
    """What the original answers on average, sharpened and without class c; for rows, on rows like them.

    For a class, q_k ∝ (mean over the calibration samples of p(k|x))^β for k ≠ c (arXiv 2601.04413, equation
    6). For rows, the mean of p over the `NEIGHBOURS` retained samples that are nearest in input space.
    """
    if problem.kind == "class":
        mean = problem.probabilities(problem.calibration).mean(0)
        return _for_all(problem, beta * jnp.log(mean))
    p = problem.probabilities(problem.retain.x)
    return p if problem.kind == "feature" else p[nearest_retained(problem)].mean(1)


def uniform(problem: Problem, beta: Scalar) -> Array:
    """q_k = 1 / (K - 1) for k ≠ c (arXiv 2601.04413, appendix A); β is not used. For rows, q_k = 1 / K."""
    return _for_all(problem, jnp.zeros(problem.model.n_classes))


def prior(problem: Problem, beta: Scalar) -> Array:
    """q_k ∝ (share of class k among the retained training samples)^β for k ≠ c; for rows, those shares."""
    counts = jnp.bincount(jnp.asarray(problem.retain.y), length=problem.model.n_classes)
    log_shares = jnp.log(counts / counts.sum())
    return _for_all(problem, beta * log_shares if problem.kind == "class" else log_shares)


def per_sample(problem: Problem, beta: Scalar) -> Array:
    """q_k(x) ∝ p(k|x)^β for k ≠ c: every forget sample has a target of its own. Not for rows."""
    c = problem.require_class("target per_sample")
    return _without_class(c, beta * jnp.log(problem.probabilities(problem.forget.x)))


def nearest_retained(problem: Problem) -> Int[np.ndarray, "forget k"]:
    """For each forget sample the retained samples nearest in input space: `NEIGHBOURS` of them, or all."""
    from scipy.spatial import KDTree

    k = min(NEIGHBOURS, len(problem.retain.y))
    found = KDTree(problem.retain.x).query(problem.forget.x, k=k)[1]
    return np.asarray(found).reshape(len(problem.forget.y), k)


def forwards(target: str, problem: Problem) -> int:
    """How many rows `target` evaluates with the original model."""
    if target == "similarity":
        return len(problem.calibration) if problem.kind == "class" else len(problem.retain.y)
    return len(problem.forget.y) if target == "per_sample" else 0


def _for_all(problem: Problem, log_weights: Array) -> Array:
    """One target for every forget sample."""
    require(
        problem.kind != "feature",
        "only target similarity says what to answer without a feature: choose target=similarity",
    )
    c = problem.forget_index
    q = jax.nn.softmax(log_weights) if c is None else _without_class(c, log_weights)
    return jnp.broadcast_to(q, (len(problem.forget.y), *q.shape))


def _without_class(c: int, log_weights: Array) -> Array:
    """exp(log_weights), normalised over the other classes; in logarithms, because p^β underflows."""
    return jax.nn.softmax(log_weights.at[..., c].set(-jnp.inf))


TARGETS: Mapping[str, Callable[[Problem, Scalar], Array]] = MappingProxyType(
    {"similarity": similarity, "uniform": uniform, "prior": prior, "per_sample": per_sample}
)
