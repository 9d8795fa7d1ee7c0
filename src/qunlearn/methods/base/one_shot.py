"""Methods that change the parameters once, by a formula, and descend no objective."""

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.method import method
from qunlearn.methods.base.pools import Terms
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.base.traits import Traits
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, silent


@method
class OneShot(Traits):
    """Base: a method writes `change` and its cost. The result has one step, and one value of each term."""

    def change(self, problem: Problem, key: PRNGKeyArray) -> tuple[Array, Terms]:
        """New parameters (P,), and named numbers for the trace."""
        raise NotImplementedError

    def change_cost(self, problem: Problem) -> Cost:
        """What `change` evaluates."""
        raise NotImplementedError

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; see the method for the formula, and for what the key decides."""
        self.refuse(problem)
        progress(f"unlearning ({self.id}) (compiling)", 0, 1)
        params, terms = self.change(problem, key)
        jax.block_until_ready(params)
        progress(f"unlearning ({self.id})", 1, 1)
        trace = {name: jnp.asarray(value, float)[None] for name, value in terms.items()}
        return Unlearned(params, trace, 1, self.change_cost(problem), Cost())
