"""What relabelling methods share: fine-tuning on retained samples and on forget samples with other labels."""

from typing import ClassVar

import jax
from jax import Array

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pools, Terms, inputs, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on, soft_cross_entropy


@method
class Relabel(Descent):
    """Minimise CE(retain) + β · CE(forget, `target`); the targets (n, K) are distributions over classes.

    A sample's own label decides what "another" label is, so no request needs to be a class. β = 0 is
    fine-tuning.
    """

    needs_removed_samples: ClassVar[bool] = True

    beta: Scalar = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("beta", self.beta, 0)

    def pools(self, problem: Problem) -> Pools:
        """Retained samples, and forget samples with the uniform distribution over the wrong labels."""
        wrong = 1 - jax.nn.one_hot(problem.forget.y, problem.model.n_classes)
        target = wrong / (problem.model.n_classes - 1)
        return {
            "retain": labelled(problem.retain),
            "forget": inputs(problem.forget.x, target=target),
        }

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """CE(retain) + β · CE(forget, target)."""
        retain = loss_on(model, params, batch["retain"])
        forget = soft_cross_entropy(model.logits(params, batch["forget"]["x"]), batch["forget"]["target"])
        return retain + self.beta * forget, {"retain": retain, "forget": forget}
