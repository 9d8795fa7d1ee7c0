"""NegGrad+: descend on the retained rows while ascending on the forget set."""

from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pool, Terms
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy


@method
class NegGradPlus(Descent):
    """Minimise β · CE(retain) − (1 − β) · CE(forget), with β in [0, 1]; β = 1 is fine-tuning."""

    id: ClassVar[str] = "neggrad_plus"
    source: ClassVar[str] = "Kurmanji et al., arXiv 2302.09880"

    beta: Scalar = 0.95

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("beta", self.beta, 0, 1)

    def pools(self, problem: Problem) -> dict[str, Pool]:
        """Forget and retained rows."""
        problem.require_removed_rows(self.id)
        return {
            name: {"x": jnp.asarray(rows.x), "y": jnp.asarray(rows.y)}
            for name, rows in (("forget", problem.forget), ("retain", problem.retain))
        }

    def objective(
        self, model: Classifier, params: Array, start: Array, batch: dict[str, Pool]
    ) -> tuple[Any, Terms]:
        """β · CE(retain) − (1 − β) · CE(forget)."""
        loss = {
            name: cross_entropy(model.logits(params, rows["x"]), rows["y"]) for name, rows in batch.items()
        }
        total = self.beta * loss["retain"] - (1 - self.beta) * loss["forget"]
        return total, {"retain": loss["retain"], "forget": loss["forget"]}
