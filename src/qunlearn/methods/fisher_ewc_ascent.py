"""Gradient ascent on the forget set, held back where the Fisher information is large."""

from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from qunlearn._errors import typed
from qunlearn.data.samples import Samples
from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.information import FISHERS
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pools, Terms, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on
from qunlearn.train.cost import Cost

_EMPIRICAL = FISHERS["empirical"]


@method
class FisherEWCAscent(Descent):
    """Minimise −CE(forget) + (λ/2) Σ_i F_i (θ_i − θ₀_i)², F the empirical Fisher diagonal at θ₀.

    F is that of the retained samples, which the penalty is to protect. `as_published` takes it on the forget
    samples, as the published code does: then the penalty holds the model back where forgetting is to happen.
    (That code also squares the gradient of whole mini-batches; here gradients are squared sample by sample.)
    """

    id: ClassVar[str] = "fisher_ewc_ascent"
    source: ClassVar[str] = "Crivoi & Ionescu, arXiv 2512.19253"
    needs_removed_samples: ClassVar[bool] = True

    steps: int = 20
    learning_rate: Scalar = 0.02
    lam: Scalar = 10.0
    as_published: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("lam", self.lam, 0)
        typed("as_published", self.as_published, bool)

    def _weighed(self, problem: Problem) -> Samples:
        return problem.forget if self.as_published else problem.retain

    def pools(self, problem: Problem) -> Pools:
        """The forget samples, each with the one Fisher diagonal (a view, not a copy for each row)."""
        fisher = _EMPIRICAL.diagonal(problem.model, jnp.asarray(problem.params), self._weighed(problem))
        every = jnp.broadcast_to(fisher, (len(problem.forget.y), *fisher.shape))
        return {"forget": labelled(problem.forget, fisher=every)}

    def preparation(self, problem: Problem) -> Cost:
        """The gradients behind F."""
        return _EMPIRICAL.cost(problem.model, len(self._weighed(problem).y))

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """Of one mini-batch."""
        rows = batch["forget"]
        forget = loss_on(model, params, rows)
        proximity = jnp.sum(rows["fisher"][0] * (params - start) ** 2) / 2
        return -forget + self.lam * proximity, {"forget": forget, "proximity": proximity}
