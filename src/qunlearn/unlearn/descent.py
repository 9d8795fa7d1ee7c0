"""The loop that gradient methods share: Adam from θ₀ on an objective of row pools, compiled once per method and shape."""

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
from qunlearn.unlearn.method import Tier, check_range, method
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

    A method names its row pools (forget, retain, anchors, with whatever goes with each row) and writes the objective of one
    mini-batch of each. Every step draws `batch` rows of each pool without replacement (0: all of them).
    """

    id: ClassVar[str]
    source: ClassVar[str]
    tier: ClassVar[Tier] = "empirical"

    steps: int = 60
    batch: int = 5
    learning_rate: float = 0.05

    def __post_init__(self) -> None:
        check_range("steps", self.steps, 1)
        check_range("batch", self.batch, 0)
        check_range("learning_rate", self.learning_rate, 0, open_low=True)

    def pools(self, problem: Problem) -> dict[str, Pool]:
        """Named row sets; every array of a pool has the pool's rows as its first axis."""
        raise NotImplementedError

    def objective(self, model: Classifier, params: Array, start: Array, batch: dict[str, Pool]) -> tuple[Array, Terms]:
        """The loss to minimise on one mini-batch of every pool, and its named terms for the trace."""
        raise NotImplementedError

    def preparation(self, problem: Problem) -> Cost:
        """What `pools` spends on evaluating the original model."""
        return Cost()

    def stop(self, model: Classifier, terms: Terms) -> Array:
        """True once no further update is wanted; `terms` are those of the coming update's mini-batch."""
        return jnp.asarray(False)

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; see the method for what is minimised."""
        pools = self.pools(problem)
        sizes = {name: jax.tree.leaves(pool)[0].shape[0] for name, pool in pools.items()}
        start = jnp.asarray(problem.params)
        carry, batches = _start(self, problem.model, start, pools, key)
        for low, high in pieces(self.steps, progress, f"unlearning ({self.id})"):
            carry = _advance(self, problem.model, carry, start, pools, batches, low, high)
            jax.block_until_ready(carry)
        per_step = sum(batch_size(self.batch, n) for n in sizes.values())
        return Unlearned(
            carry.params, carry.trace, carry.steps_taken, Cost.of_gradients(per_step), self.preparation(problem)
        )


@partial(jax.jit, static_argnames="model")
def _start(self: Descent, model: Classifier, start: Array, pools: dict[str, Pool], key: PRNGKeyArray) -> tuple[_Carry, Any]:
    batches = {}
    for i, (name, pool) in enumerate(sorted(pools.items())):
        n = jax.tree.leaves(pool)[0].shape[0]
        batches[name] = batch_indices(jax.random.fold_in(key, i), n, batch_size(self.batch, n), self.steps)
    first = _rows(pools, batches, 0)
    names = jax.eval_shape(lambda: self.objective(model, start, start, first)[1])
    curve = jnp.full(self.steps, jnp.nan)
    trace = dict.fromkeys(("loss", *names), curve)
    return _Carry(start, ADAM.init(start), jnp.asarray(False), jnp.asarray(0), trace), batches


@partial(jax.jit, static_argnames="model")
def _advance(
    self: Descent,
    model: Classifier,
    carry: _Carry,
    start: Array,
    pools: dict[str, Pool],
    batches: dict[str, Any],
    low: Any,
    high: Any,
) -> _Carry:
    def step(i: Any, c: _Carry) -> _Carry:
        batch = _rows(pools, batches, i)
        (loss, terms), gradient = jax.value_and_grad(
            lambda p: self.objective(model, p, start, batch), has_aux=True
        )(c.params)
        stopped = c.stopped | self.stop(model, terms)
        direction, adam = ADAM.update(gradient, c.adam)
        params = jnp.where(stopped, c.params, c.params - self.learning_rate * direction)
        values = {"loss": loss, **terms}
        trace = {k: v.at[i].set(jnp.where(c.stopped, jnp.nan, values[k])) for k, v in c.trace.items()}
        return _Carry(params, adam, stopped, c.steps_taken + ~c.stopped, trace)

    return jax.lax.fori_loop(low, high, step, carry)


def _rows(pools: dict[str, Pool], batches: dict[str, Any], i: Any) -> dict[str, Pool]:
    return {name: jax.tree.map(lambda a, idx=batches[name][i]: a[idx], pool) for name, pool in pools.items()}
