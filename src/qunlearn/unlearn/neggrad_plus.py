"""NegGrad+: descend on the retained rows while ascending on the forget set."""

from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy
from qunlearn.unlearn.descent import Descent, Pool, Terms
from qunlearn.unlearn.method import check_range, method
from qunlearn.unlearn.problem import Problem


@method
class NegGradPlus(Descent):
    """Minimise β · CE(retain) − (1 − β) · CE(forget)."""

    id: ClassVar[str] = "neggrad_plus"
    source: ClassVar[str] = "Kurmanji et al., arXiv 2302.09880"

    beta: float = 0.95

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("beta", self.beta, 0, 1)

    def pools(self, problem: Problem) -> dict[str, Pool]:
        return {
            name: {"x": jnp.asarray(rows.x), "y": jnp.asarray(rows.y)}
            for name, rows in (("forget", problem.forget), ("retain", problem.retain))
        }

    def objective(self, model: Classifier, params: Array, start: Array, batch: dict[str, Pool]) -> tuple[Array, Terms]:
        retain, forget = (
            cross_entropy(model.logits(params, batch[name]["x"]), batch[name]["y"]) for name in ("retain", "forget")
        )
        return self.beta * retain - (1 - self.beta) * forget, {"retain": retain, "forget": forget}
