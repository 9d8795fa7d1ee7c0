"""CF-k: catastrophic forgetting of the last layers."""

from typing import ClassVar

from jax import Array

from qunlearn._errors import require, typed
from qunlearn.methods.base.method import check_whole, method
from qunlearn.methods.base.pools import Pools, Terms, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.finetune import Finetune
from qunlearn.model.arrays import AnyArray
from qunlearn.model.classifier import Classifier
from qunlearn.model.layers import last_layers, layers
from qunlearn.model.losses import loss_on


@method
class CFk(Finetune):
    """Fine-tune the last `k` layers on the retained samples; the layers before them stay as they are.

    Layers are those that the model names (`qunlearn.model.layers`): for a VQC the repetitions of its ansatz,
    then its head. With k = all of them it is `finetune`. Costs are those of full gradients.

    `as_published` is what Crivoi & Ionescu's code does under this name: ascend on CE(forget) with the *first*
    k layers held.
    """

    id: ClassVar[str] = "cf_k"
    source: ClassVar[str] = "Goel et al., arXiv 2201.06640"

    k: int = 1
    as_published: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("k", self.k, 1)
        typed("as_published", self.as_published, bool)

    def movable(self, problem: Problem) -> AnyArray:
        """The last k layers; as published: all but the first k."""
        if not self.as_published:
            return last_layers(problem.model, self.k, self.id)
        most = len(layers(problem.model, self.id)) - 1
        require(self.k <= most, f"`k` must be <= {most} for this model as published, but is {self.k}")
        return last_layers(problem.model, most + 1 - self.k, self.id)

    def pools(self, problem: Problem) -> Pools:
        """The retained samples; as published: the forget samples."""
        return {"forget": labelled(problem.forget)} if self.as_published else super().pools(problem)

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """CE(retain); as published: −CE(forget)."""
        if not self.as_published:
            return super().objective(model, params, start, batch)
        forget = loss_on(model, params, batch["forget"])
        return -forget, {"forget": forget}
