"""SalUn: relabelling that may only move the parameters in which the forget set is felt."""

from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, PRNGKeyArray

from qunlearn._errors import typed
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pool, Pools, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.random_label import RandomLabel
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on
from qunlearn.train.cost import Cost


@method
class SalUn(RandomLabel):
    """`random_label` on the `fraction` of parameters with the largest |∂ CE(forget) / ∂θ_i| at θ₀.

    The gradient is that of all forget samples. 0.5 is the paper's threshold, the median; 1 is `random_label`.
    At least one parameter moves. `as_published` draws labels from all classes, the true one included, as the
    authors' code does; their paper excludes it.
    """

    id: ClassVar[str] = "salun"
    source: ClassVar[str] = "Fan et al., arXiv 2310.12508; github.com/OPTML-Group/Unlearn-Saliency"

    fraction: Scalar = 0.5
    as_published: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("fraction", self.fraction, 0, 1, open_low=True)
        typed("as_published", self.as_published, bool)

    def draws(self, problem: Problem, key: PRNGKeyArray) -> Pools:
        """A label for every forget sample, as a target."""
        if not self.as_published:
            return super().draws(problem, key)
        n_classes = problem.model.n_classes
        labels = jax.random.randint(key, problem.forget.y.shape, 0, n_classes)
        return {"forget": {"target": jax.nn.one_hot(labels, n_classes)}}

    def movable(self, problem: Problem) -> Bool[Array, " P"]:
        """True for the salient parameters."""
        start = jnp.asarray(problem.params)
        return salient(problem.model, start, labelled(problem.forget), self.fraction)

    def preparation(self, problem: Problem) -> Cost:
        """The forget gradient at θ₀."""
        return Cost.of_gradients(len(problem.forget.y))


@partial(jax.jit, static_argnames="model")
def salient(
    model: Classifier,
    params: Float[Array, " P"],
    samples: Pool,
    fraction: Scalar,
) -> Bool[Array, " P"]:
    """The `fraction` of parameters with the largest gradients of the loss on `samples`; first of equals."""
    gradient = jax.grad(loss_on, argnums=1)(model, params, samples)
    rank = jnp.argsort(jnp.argsort(-jnp.abs(gradient), stable=True))
    return rank < fraction * model.n_params
