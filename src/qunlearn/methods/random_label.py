"""Fine-tuning with random wrong labels on the forget set."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from qunlearn.methods.base.method import method
from qunlearn.methods.base.pools import Pools
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.base.relabel import Relabel


@method
class RandomLabel(Relabel):
    """Minimise CE(retain) + β · CE(forget, y′), with y′ ≠ y drawn uniformly for every forget sample.

    The labels are drawn once a call, as if the rows had been relabelled. In the mean over draws the objective
    is that of `complement_label`.
    """

    id: ClassVar[str] = "random_label"
    source: ClassVar[str] = "Golatkar et al., arXiv 1911.04933; Hayase et al., arXiv 2012.11849"

    def draws(self, problem: Problem, key: PRNGKeyArray) -> Pools:
        """One wrong label for every forget sample, as a target."""
        labels = other_labels(key, jnp.asarray(problem.forget.y), problem.model.n_classes)
        return {"forget": {"target": jax.nn.one_hot(labels, problem.model.n_classes)}}


def other_labels(key: PRNGKeyArray, labels: Int[Array, " n"], n_classes: int) -> Int[Array, " n"]:
    """For every label another one, each of the other classes with the same probability."""
    return (labels + jax.random.randint(key, labels.shape, 1, n_classes)) % n_classes
