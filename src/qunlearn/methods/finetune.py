"""Fine-tuning on the retained rows."""

from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import method
from qunlearn.methods.base.pools import Pool, Terms
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy


@method
class Finetune(Descent):
    """Minimise the cross-entropy of the retained rows, starting at θ₀; the forget set is not looked at."""

    id: ClassVar[str] = "finetune"
    source: ClassVar[str] = "Golatkar et al., arXiv 1911.04933; for QML Chen & Zhang, arXiv 2508.02422"

    def pools(self, problem: Problem) -> dict[str, Pool]:
        """The retained rows."""
        return {"retain": {"x": jnp.asarray(problem.retain.x), "y": jnp.asarray(problem.retain.y)}}

    def objective(
        self, model: Classifier, params: Array, start: Array, batch: dict[str, Pool]
    ) -> tuple[Any, Terms]:
        """CE(retain)."""
        retain = cross_entropy(model.logits(params, batch["retain"]["x"]), batch["retain"]["y"])
        return retain, {"retain": retain}
