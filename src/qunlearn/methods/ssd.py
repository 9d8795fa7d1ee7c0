"""Selective synaptic dampening: parameters that know the forget set better than the rest are made smaller."""

from typing import ClassVar

import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn._errors import require_one_of
from qunlearn.methods.base.information import FISHERS
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.one_shot import OneShot
from qunlearn.methods.base.pools import Terms
from qunlearn.methods.base.problem import Problem
from qunlearn.train.cost import Cost

TOWARDS = ("zero", "fresh")


@method
class SSD(OneShot):
    """Where I_F > α I_D: θ_i ← a_i + min(λ I_D / I_F, 1) (θ_i − a_i).

    I_F and I_D are Fisher diagonals at θ₀, means over the forget samples and over all rows. `towards` says
    what a is: `zero`, as published for weights, or `fresh`, fresh initial parameters. To move an angle
    towards 0 is not to forget: 0 is an angle like any other, and means nothing unless parameters start near
    it (those of the seed paper do). `fresh` shrinks towards a model that knows nothing yet; the key draws it,
    and is not used otherwise.

    `fisher` is a row of `FISHERS`: `empirical` as published, `quantum` that of the states. I_D is a mean over
    all rows, the forget set among them, so nothing is selected where α >= number of all rows / number of
    forget samples. The trace holds `selected`, the share of parameters that were changed.
    """

    id: ClassVar[str] = "ssd"
    source: ClassVar[str] = "Foster et al., arXiv 2308.07707; for QML Su et al., arXiv 2509.06086"
    needs_removed_samples: ClassVar[bool] = True
    random: ClassVar[bool] = False

    alpha: Scalar = 1.0
    lam: Scalar = 0.5
    fisher: str = "empirical"
    towards: str = "zero"

    def __post_init__(self) -> None:
        check_range("alpha", self.alpha, 0)
        check_range("lam", self.lam, 0)
        require_one_of("fisher", self.fisher, FISHERS)
        require_one_of("towards", self.towards, TOWARDS)

    def change(self, problem: Problem, key: PRNGKeyArray) -> tuple[Array, Terms]:
        """Dampened parameters."""
        model, start = problem.model, jnp.asarray(problem.params)
        diagonal = FISHERS[self.fisher].diagonal
        forget = diagonal(model, start, problem.forget)
        n_forget, n_retain = len(problem.forget.y), len(problem.retain.y)
        retain = diagonal(model, start, problem.retain)
        everything = (n_forget * forget + n_retain * retain) / (n_forget + n_retain)
        selected = forget > self.alpha * everything
        factor = jnp.minimum(self.lam * everything / jnp.where(selected, forget, 1), 1)
        anchor = model.init(key) if self.towards == "fresh" else jnp.zeros_like(start)
        params = jnp.where(selected, anchor + factor * (start - anchor), start)
        return params, {"selected": jnp.mean(selected)}

    def change_cost(self, problem: Problem) -> Cost:
        """Every row once."""
        n = len(problem.forget.y) + len(problem.retain.y)
        return FISHERS[self.fisher].cost(problem.model, n)
