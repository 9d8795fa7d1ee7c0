"""The loop that gradient methods share: Adam from θ₀ on an objective of row pools.

It is compiled once per method, model and shape.
"""

import zlib
from functools import partial
from typing import Any, ClassVar, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.model.classifier import Classifier
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.cost import Cost
from qunlearn.train.loop import ADAM
from qunlearn.train.progress import Progress, pieces, silent
from qunlearn.unlearn.method import Scalar, Tier, check_range, check_whole, method
from qunlearn.unlearn.problem import Problem, Unlearned

Pool: TypeAlias = dict[str, Any]
Terms: TypeAlias = dict[str, Any]


class _Carry(NamedTuple):
    params: Any
    adam: Any
    stopped: Any
    steps_taken: Any
    trace: Terms


@method
class Descent:
    """Base of the methods that minimise an objective by Adam with a constant learning rate, starting at θ₀.

    A method names its row pools (forget, retain, anchors, with whatever goes with each row) and writes the
    objective of one mini-batch of each. Every step draws `batch` rows of each pool without replacement (0:
    all of them). With the same key, pools of the same name and size are drawn in the same order by every
    method.
    """

    id: ClassVar[str]
    source: ClassVar[str]
    tier: ClassVar[Tier] = "empirical"

    steps: int = 60
    batch: int = 5
    learning_rate: Scalar = 0.05

    def __post_init__(self) -> None:
        check_whole("steps", self.steps, 1)
        check_whole("batch", self.batch, 0)
        check_range("learning_rate", self.learning_rate, 0, open_low=True)

    def pools(self, problem: Problem) -> dict[str, Pool]:
        """Named row sets; every array of a pool has the pool's rows as its first axis."""
        raise NotImplementedError

    def objective(
        self, model: Classifier, params: Array, start: Array, batch: dict[str, Pool]
    ) -> tuple[Any, Terms]:
        """The loss to minimise on one mini-batch of every pool, and its named terms for the trace."""
        raise NotImplementedError

    def preparation(self, problem: Problem) -> Cost:
        """What `pools` spends on evaluating the original model."""
        return Cost()

    def stop(self, model: Classifier, terms: Terms) -> Array:
        """True once no further update is wanted; `terms` are those of the coming update's mini-batch."""
        return jnp.asarray(False)

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; see the method for what is minimised. The key decides the order of the rows."""
        pools = self.pools(problem)
        start = jnp.asarray(problem.params)
        carry, batches = _start(self, problem.model, start, pools, key)
        for _, high in pieces(self.steps, progress, f"unlearning ({self.id})"):
            carry = _advance(self, problem.model, carry, start, pools, batches, high)
            jax.block_until_ready(carry)
        step = Cost.of_gradients(sum(batch_size(self.batch, _size(pool)) for pool in pools.values()))
        return Unlearned(carry.params, carry.trace, carry.steps_taken, step, self.preparation(problem))


@partial(jax.jit, static_argnames="model")
def _start(
    self: Descent, model: Classifier, start: Array, pools: dict[str, Pool], key: PRNGKeyArray
) -> tuple[_Carry, dict[str, Any]]:
    """The state before the first step, and the row numbers of every mini-batch to come."""
    batches = {}
    for name, pool in pools.items():
        own = jax.random.fold_in(key, zlib.crc32(name.encode()))
        n = _size(pool)
        batches[name] = batch_indices(own, n, batch_size(self.batch, n), self.steps)
    terms = jax.eval_shape(lambda: self.objective(model, start, start, _rows(pools, batches, 0))[1])
    trace = {name: jnp.full(self.steps, jnp.nan, float) for name in ("loss", *terms)}
    return _Carry(start, ADAM.init(start), jnp.array(False), jnp.array(0, int), trace), batches


@partial(jax.jit, static_argnames="model")
def _advance(
    self: Descent,
    model: Classifier,
    carry: _Carry,
    start: Array,
    pools: dict[str, Pool],
    batches: dict[str, Any],
    high: Any,
) -> _Carry:
    """Go on until `high` steps are taken or the stopping rule holds; `high` is traced."""

    def wanted(c: _Carry) -> Array:
        return (c.steps_taken < high) & ~c.stopped

    def step(c: _Carry) -> _Carry:
        i = c.steps_taken
        batch = _rows(pools, batches, i)
        (loss, terms), gradient = jax.value_and_grad(
            lambda p: self.objective(model, p, start, batch), has_aux=True
        )(c.params)
        stopped = self.stop(model, terms)
        direction: Any
        direction, adam = ADAM.update(gradient, c.adam)
        params = jnp.where(stopped, c.params, c.params - self.learning_rate * direction)
        values = {"loss": loss, **terms}
        trace = {name: curve.at[i].set(values[name]) for name, curve in c.trace.items()}
        return _Carry(params, adam, stopped, i + 1, trace)

    return jax.lax.while_loop(wanted, step, carry)


def _size(pool: Pool) -> int:
    return jax.tree.leaves(pool)[0].shape[0]


def _rows(pools: dict[str, Pool], batches: dict[str, Any], i: Any) -> dict[str, Pool]:
    return {
        name: jax.tree.map(lambda a, rows=batches[name][i]: a[rows], pool) for name, pool in pools.items()
    }
