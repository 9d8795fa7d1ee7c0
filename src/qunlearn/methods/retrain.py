"""Retraining from a fresh initialisation: the exact answer, and the yardstick of cost."""

from typing import ClassVar

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.method import Tier, method
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.base.retraining import retrain_many, retraining_costs
from qunlearn.methods.base.traits import Traits
from qunlearn.train.progress import Progress, silent


@method
class Retrain(Traits):
    """Train on the retained samples as the original was trained, from fresh parameters; θ₀ is not used.

    The curves are those of `fit`: `loss`, and `val_loss` with NaN where it was not measured. Needs validation
    samples.
    """

    id: ClassVar[str] = "retrain"
    source: ClassVar[str] = "arXiv 2601.04413, equation 1: the model trained without the data"
    tier: ClassVar[Tier] = "exact"

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Retrain; the key decides the initial parameters and the order of the rows."""
        self.refuse(problem)
        (fitted,) = retrain_many(problem, key[None], progress)
        trace = {"loss": jnp.asarray(fitted.loss), "val_loss": jnp.asarray(fitted.val_loss)}
        step, looks = retraining_costs(problem)
        return Unlearned(jnp.asarray(fitted.params), trace, problem.training.steps, step, looks)
