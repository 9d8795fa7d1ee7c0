"""Fisher forgetting: noise on what the retained samples do not determine."""

from typing import ClassVar

import jax
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

FLOOR = 1e-3


@method
class FisherForgetting(OneShot):
    """θ_i ← θ_i + N(0, α / max(F_i, 0.001)^power), F the Fisher diagonal on the retained samples.

    `power` 1 is the variance of the published code, and 1/2 that of the paper's own optimum (noise α^½ F^-¼).
    The floor, as in that code, keeps parameters that no row determines from unbounded noise: about a quarter
    of the seed paper's angles have next to no Fisher information. `fisher` is a row of `FISHERS`. The forget
    set is not looked at; the key draws the noise. The trace holds `noise`, the root mean square of its
    standard deviations in radians. The (information-theoretic) bound of the paper is no (ε, δ), so none is
    stated.
    """

    id: ClassVar[str] = "fisher_forgetting"
    source: ClassVar[str] = "Golatkar et al., arXiv 1911.04933"

    alpha: Scalar = 1e-3
    power: Scalar = 1.0
    fisher: str = "classical"

    def __post_init__(self) -> None:
        check_range("alpha", self.alpha, 0)
        check_range("power", self.power, 0)
        require_one_of("fisher", self.fisher, FISHERS)

    def change(self, problem: Problem, key: PRNGKeyArray) -> tuple[Array, Terms]:
        """Noisy parameters."""
        start = jnp.asarray(problem.params)
        fisher = FISHERS[self.fisher].diagonal(problem.model, start, problem.retain)
        variance = self.alpha / jnp.maximum(fisher, FLOOR) ** self.power
        params = start + jnp.sqrt(variance) * jax.random.normal(key, start.shape)
        return params, {"noise": jnp.sqrt(jnp.mean(variance))}

    def change_cost(self, problem: Problem) -> Cost:
        """Every retained sample once."""
        return FISHERS[self.fisher].cost(problem.model, len(problem.retain.y))
