"""The loop of methods whose step is not Adam's: natural gradients and Newton steps."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import method
from qunlearn.methods.base.pools import Pool, Terms, draw, drawn_sizes, rows_at
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.model.classifier import Classifier
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, pieces, silent


class _State(NamedTuple):
    params: Any
    stopped: Any
    steps_taken: Any
    trace: Terms


@method
class Iteration(Descent):
    """Base: as `Descent` with its pools and mini-batches, but the method writes the whole step, `update`."""

    def update(
        self, model: Classifier, params: Array, start: Array, batch: dict[str, Pool]
    ) -> tuple[Array, Any, Terms]:
        """New parameters, whether to stop, and the terms for the trace, `loss` among them."""
        raise NotImplementedError

    def update_cost(self, model: Classifier, sizes: dict[str, int]) -> Cost:
        """Cost of one step that takes `sizes` rows of the pools."""
        raise NotImplementedError

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; see the method for the step. The key decides the order of the rows."""
        pools = self.pools(problem)
        start = jnp.asarray(problem.params)
        state, batches = _start(self, problem.model, start, pools, key)
        for _, high in pieces(self.steps, progress, f"unlearning ({self.id})"):
            state = _advance(self, problem.model, state, start, pools, batches, high)
            jax.block_until_ready(state)
        sizes = drawn_sizes(pools, self.batch)
        cost = self.update_cost(problem.model, sizes)
        return Unlearned(state.params, state.trace, state.steps_taken, cost, self.preparation(problem))


@partial(jax.jit, static_argnames="model")
def _start(
    self: Iteration, model: Classifier, start: Array, pools: dict[str, Pool], key: PRNGKeyArray
) -> tuple[_State, dict[str, Any]]:
    batches = draw(pools, key, self.batch, self.steps)
    terms = jax.eval_shape(lambda: self.update(model, start, start, rows_at(pools, batches, 0))[2])
    trace = {name: jnp.full(self.steps, jnp.nan, float) for name in terms}
    return _State(start, jnp.array(False), jnp.array(0, int), trace), batches


@partial(jax.jit, static_argnames="model")
def _advance(
    self: Iteration,
    model: Classifier,
    state: _State,
    start: Array,
    pools: dict[str, Pool],
    batches: dict[str, Any],
    high: Any,
) -> _State:
    """Go on until `high` steps are taken or no more are wanted; `high` is traced."""

    def wanted(s: _State) -> Array:
        return (s.steps_taken < high) & ~s.stopped

    def step(s: _State) -> _State:
        i = s.steps_taken
        params, stopped, terms = self.update(model, s.params, start, rows_at(pools, batches, i))
        trace = {name: curve.at[i].set(terms[name]) for name, curve in s.trace.items()}
        return _State(params, stopped, i + 1, trace)

    return jax.lax.while_loop(wanted, step, state)
