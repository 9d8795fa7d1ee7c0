"""Sensitivity-scaled noise on the parameters, then a repair on the retained samples (SQU)."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.finetune import Finetune
from qunlearn.model.derivatives import per_sample_gradients
from qunlearn.train.cost import Cost


@method
class SensitivityNoise(Finetune):
    """θ ← θ₀ + ε s N(0, I), s = mean_F ‖∇CE(x)‖₂, and then the steps of fine-tuning on the retained samples.

    `epsilon` *multiplies* the noise, as published: larger means more noise, the opposite of a privacy budget,
    and no privacy is claimed from it. Published comparisons gave the repair to this method only; every method
    with a repair counts it in its cost. How the norms of several samples are joined is our reading: their
    mean.
    """

    id: ClassVar[str] = "sensitivity_noise"
    source: ClassVar[str] = "Masud et al. 2026 (SQU)"

    epsilon: Scalar = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("epsilon", self.epsilon, 0)

    def begin(self, problem: Problem, key: PRNGKeyArray) -> Array:
        """θ₀ with noise; the key draws it."""
        start = jnp.asarray(problem.params)
        gradients = per_sample_gradients(problem.model, start, problem.forget.x, problem.forget.y)
        sensitivity = jnp.mean(jnp.linalg.norm(gradients, axis=1))
        return start + self.epsilon * sensitivity * jax.random.normal(key, start.shape)

    def preparation(self, problem: Problem) -> Cost:
        """One gradient for every forget sample."""
        return Cost.of_gradients(len(problem.forget.y))
