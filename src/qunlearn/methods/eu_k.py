"""EU-k: the last layers trained again from scratch."""

from typing import ClassVar

import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn._errors import typed
from qunlearn.methods.base.method import check_whole, method
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.finetune import Finetune
from qunlearn.model.arrays import AnyArray
from qunlearn.model.layers import last_layers


@method
class EUk(Finetune):
    """Initialise the last `k` layers afresh and train only them on the retained samples.

    So these layers never saw the forget set, while the layers before them stay as it shaped them: "exact
    unlearning" of k layers in the paper's words, an empirical method for the model as a whole. Layers are
    those that the model names (`qunlearn.model.layers`): for a VQC the repetitions of its ansatz, then its
    head. Costs are those of full gradients.

    `as_published` trains all parameters after the initialisation, as Crivoi & Ionescu's code does.
    """

    id: ClassVar[str] = "eu_k"
    source: ClassVar[str] = "Goel et al., arXiv 2201.06640"

    k: int = 1
    as_published: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("k", self.k, 1)
        typed("as_published", self.as_published, bool)

    def begin(self, problem: Problem, key: PRNGKeyArray) -> Array:
        """θ₀ with fresh last layers."""
        fresh = last_layers(problem.model, self.k, self.id)
        return jnp.where(fresh, problem.model.init(key), jnp.asarray(problem.params))

    def movable(self, problem: Problem) -> AnyArray | bool:
        """The last k layers; as published: everything."""
        return True if self.as_published else last_layers(problem.model, self.k, self.id)
