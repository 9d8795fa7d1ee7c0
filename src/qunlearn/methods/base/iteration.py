"""The loop of methods whose step is not Adam's: natural gradients and Newton steps."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import method
from qunlearn.methods.base.pools import Draws, Pools, Terms, batch_at, draw, drawn_sizes
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.base.stepping import Loop, go_on, in_pieces
from qunlearn.model.arrays import Number
from qunlearn.model.classifier import Classifier
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, silent


@method
class Iteration(Descent):
    """Base: as `Descent` with its pools and mini-batches, but the method writes the whole step, `update`."""

    def update(
        self, model: Classifier, params: Array, start: Array, batch: Pools
    ) -> tuple[Array, Array, Terms]:
        """New parameters, whether to stop, and the terms for the trace, `loss` among them."""
        raise NotImplementedError

    def update_cost(self, model: Classifier, sizes: dict[str, int]) -> Cost:
        """Cost of one step that takes `sizes` rows of the pools."""
        raise NotImplementedError

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; see the method for the step. The key decides the order of the rows."""
        self.refuse(problem)
        pools = self.pools(problem)
        start = jnp.asarray(problem.params)
        loop, batches = _start(self, problem.model, start, pools, key)
        advance = partial(_advance, self, problem.model, start, pools, batches)
        loop = in_pieces(advance, loop, self.steps, progress, self.id)
        cost = self.update_cost(problem.model, drawn_sizes(pools, self.batch))
        return Unlearned(loop.state, loop.trace, loop.steps_taken, cost, self.preparation(problem))


@partial(jax.jit, static_argnames="model")
def _start(
    self: Iteration, model: Classifier, start: Array, pools: Pools, key: PRNGKeyArray
) -> tuple[Loop, Draws]:
    batches = draw(pools, key, self.batch, self.steps)
    terms = jax.eval_shape(lambda: self.update(model, start, start, batch_at(pools, batches, 0))[2])
    return Loop.begin(start, terms, self.steps), batches


@partial(jax.jit, static_argnames="model")
def _advance(
    self: Iteration,
    model: Classifier,
    start: Array,
    pools: Pools,
    batches: Draws,
    loop: Loop,
    high: Number,
) -> Loop:
    """Go on until `high` steps are taken or no more are wanted; `high` is traced."""

    def step(params: Array, i: Array) -> tuple[Array, Array, Terms]:
        return self.update(model, params, start, batch_at(pools, batches, i))

    return go_on(step, loop, high)
