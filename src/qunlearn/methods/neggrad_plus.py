"""NegGrad+: descend on the retained samples while ascending on the forget set."""

from typing import ClassVar

from jax import Array

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pools, Terms, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on


@method
class NegGradPlus(Descent):
    """Minimise β · CE(retain) − (1 − β) · CE(forget), with β in [0, 1]; β = 1 is fine-tuning."""

    id: ClassVar[str] = "neggrad_plus"
    source: ClassVar[str] = "Kurmanji et al., arXiv 2302.09880"
    needs_removed_samples: ClassVar[bool] = True

    beta: Scalar = 0.95

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("beta", self.beta, 0, 1)

    def pools(self, problem: Problem) -> Pools:
        """Forget and retained samples."""
        return {"forget": labelled(problem.forget), "retain": labelled(problem.retain)}

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """β · CE(retain) − (1 − β) · CE(forget)."""
        terms = {name: loss_on(model, params, batch[name]) for name in ("retain", "forget")}
        return self.beta * terms["retain"] - (1 - self.beta) * terms["forget"], terms
