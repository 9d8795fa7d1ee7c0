"""Bad teaching: imitate a model that knows nothing on the forget set, and the original elsewhere."""

from typing import ClassVar

import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pools, Terms, inputs
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import divergence
from qunlearn.model.probabilities import logits
from qunlearn.train.cost import Cost


@method
class BadTeacher(Descent):
    """Minimise KL(B ‖ S; forget) + KL(T ‖ S; retain): B a freshly initialised model, T the original.

    S is the student. All three predict softmax(logits / `temperature`). The paper weighs single samples of
    the mixed data; here both sets weigh the same, as for every other method.
    """

    id: ClassVar[str] = "bad_teacher"
    source: ClassVar[str] = "Chundawat et al., arXiv 2205.08096"
    needs_removed_samples: ClassVar[bool] = True

    temperature: Scalar = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("temperature", self.temperature, 0, open_low=True)

    def pools(self, problem: Problem) -> Pools:
        """Forget samples; retained samples with the original's logits."""
        return {
            "forget": inputs(problem.forget.x),
            "retain": inputs(problem.retain.x, logits=problem.logits(problem.retain.x)),
        }

    def draws(self, problem: Problem, key: PRNGKeyArray) -> Pools:
        """A fresh model's logits on the forget samples."""
        ignorant = problem.model.init(key)
        return {"forget": {"logits": logits(problem.model, ignorant, jnp.asarray(problem.forget.x))}}

    def preparation(self, problem: Problem) -> Cost:
        """Both teachers on their rows."""
        return Cost(forwards=len(problem.forget.y) + len(problem.retain.y))

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """KL(B ‖ S; forget) + KL(T ‖ S; retain)."""
        terms = {
            name: divergence(
                model.logits(params, rows["x"]) / self.temperature, rows["logits"] / self.temperature
            )
            for name, rows in batch.items()
        }
        return terms["forget"] + terms["retain"], terms
