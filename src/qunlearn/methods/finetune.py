"""Fine-tuning on the retained samples."""

from typing import ClassVar

from jax import Array

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import method
from qunlearn.methods.base.pools import Pools, Terms, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on


@method
class Finetune(Descent):
    """Minimise the cross-entropy of the retained samples, starting at θ₀; the forget set is not looked at."""

    id: ClassVar[str] = "finetune"
    source: ClassVar[str] = "Golatkar et al., arXiv 1911.04933; for QML Chen & Zhang, arXiv 2508.02422"

    def pools(self, problem: Problem) -> Pools:
        """The retained samples."""
        return {"retain": labelled(problem.retain)}

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """CE(retain)."""
        retain = loss_on(model, params, batch["retain"])
        return retain, {"retain": retain}
