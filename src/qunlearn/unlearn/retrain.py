"""Retraining from a fresh initialisation: the exact answer, and the yardstick of cost."""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from qunlearn.train.fit import fit
from qunlearn.train.progress import Progress, silent
from qunlearn.unlearn.method import Tier, method
from qunlearn.unlearn.problem import Problem, Unlearned
from qunlearn.train.cost import Cost


@method
class Retrain:
    """Train on the retained rows exactly as the original was trained, from parameters of its own; θ₀ is not used."""

    id: ClassVar[str] = "retrain"
    source: ClassVar[str] = "arXiv 2601.04413, equation 1: the model trained without the data"
    tier: ClassVar[Tier] = "exact"

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        fitted = fit(
            problem.model, problem.retain, problem.val, key=key, training=problem.training, progress=progress
        )
        trace = {"loss": jnp.asarray(fitted.loss), "val_loss": jnp.asarray(fitted.val_loss)}
        return Unlearned(jnp.asarray(fitted.params), trace, 1, fitted.cost, Cost())
