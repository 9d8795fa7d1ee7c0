"""Methods that change the parameters once, by a formula, and descend no objective."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.method import Tier, method
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, silent


@method
class OneShot:
    """Base: a method writes `change` and its cost. The result has one step, and one value of each term."""

    id: ClassVar[str]
    source: ClassVar[str]
    tier: ClassVar[Tier] = "empirical"

    def change(self, problem: Problem, key: PRNGKeyArray) -> tuple[Array, dict[str, Any]]:
        """New parameters (P,), and named numbers for the trace."""
        raise NotImplementedError

    def change_cost(self, problem: Problem) -> Cost:
        """What `change` evaluates."""
        raise NotImplementedError

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; see the method for the formula, and for what the key decides."""
        progress(f"unlearning ({self.id}) (compiling)", 0, 1)
        params, terms = self.change(problem, key)
        jax.block_until_ready(params)
        progress(f"unlearning ({self.id})", 1, 1)
        trace = {name: jnp.asarray(value, float)[None] for name, value in terms.items()}
        return Unlearned(params, trace, 1, self.change_cost(problem), Cost())
