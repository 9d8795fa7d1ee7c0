"""The loop that gradient methods share: Adam from θ₀ on an objective of row pools.

It is compiled once per method, model and shape.
"""

from functools import partial
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.method import Scalar, Tier, check_range, check_whole, method
from qunlearn.methods.base.pools import Pool, Terms, draw, drawn_sizes, named_key, rows_at
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.model.classifier import Classifier
from qunlearn.train.cost import Cost
from qunlearn.train.loop import ADAM
from qunlearn.train.progress import Progress, pieces, silent


class _Carry(NamedTuple):
    params: Any
    adam: Any
    stopped: Any
    steps_taken: Any
    trace: Terms
    path: Any


class _Given(NamedTuple):
    """What stays the same during the steps."""

    start: Any
    movable: Any
    pools: dict[str, Pool]
    batches: dict[str, Any]


@method
class Descent:
    """Base of the methods that minimise an objective by Adam with a constant learning rate, starting at θ₀.

    A method names its row pools (forget, retain, anchors, with whatever goes with each row) and writes the
    objective of one mini-batch of each. Every step draws `batch` rows of each pool without replacement (0:
    all of them). With the same key, pools of the same name and size are drawn in the same order by every
    method. The other functions have a default: override the one in which a method is special.
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

    def draws(self, problem: Problem, key: PRNGKeyArray) -> dict[str, Pool]:
        """What is drawn at random for the rows, once a call; joined to the pools of the same names."""
        return {}

    def begin(self, problem: Problem, key: PRNGKeyArray) -> Array:
        """The parameters (P,) before the first step."""
        return jnp.asarray(problem.params)

    def movable(self, problem: Problem) -> Any:
        """Which parameters (P,) may move; the others stay as `begin` says."""
        return True

    def objective(
        self, model: Classifier, params: Array, start: Array, batch: dict[str, Pool]
    ) -> tuple[Any, Terms]:
        """The loss to minimise on one mini-batch of every pool, and its named terms for the trace.

        `start` is θ₀.
        """
        raise NotImplementedError

    def gradient(
        self, model: Classifier, params: Array, start: Array, batch: dict[str, Pool], step: Any
    ) -> tuple[tuple[Any, Terms], Array]:
        """The objective with its terms, and the direction to descend along, at step 0, 1, ... (traced)."""
        return jax.value_and_grad(self.objective, argnums=1, has_aux=True)(model, params, start, batch)

    def stop(self, model: Classifier, terms: Terms) -> Array:
        """True once no further update is wanted; `terms` are those of the coming update's mini-batch."""
        return jnp.asarray(False)

    def keeps_path(self) -> bool:
        """Whether `choose` looks at the parameters after every step."""
        return False

    def choose(self, problem: Problem, path: Array) -> Array:
        """The parameters (P,) to give back, out of those after every step, `path` (steps, P)."""
        return path[-1]

    def step_cost(self, sizes: dict[str, int]) -> Cost | tuple[Cost, ...]:
        """Cost of one step, or of each, where a step takes `sizes` rows of the pools."""
        return Cost.of_gradients(sum(sizes.values()))

    def preparation(self, problem: Problem) -> Cost:
        """What is spent beside the steps, such as on evaluating the original model."""
        return Cost()

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; see the method for what is minimised. The key decides the order of the rows."""
        pools = self.pools(problem)
        drawn = self.draws(problem, named_key(key, "draws"))
        pools = {name: {**pool, **drawn.get(name, {})} for name, pool in pools.items()}
        begin = self.begin(problem, named_key(key, "begin"))
        start, movable = jnp.asarray(problem.params), jnp.asarray(self.movable(problem))
        carry, batches = _start(self, problem.model, begin, pools, key)
        given = _Given(start, movable, pools, batches)
        for _, high in pieces(self.steps, progress, f"unlearning ({self.id})"):
            carry = _advance(self, problem.model, carry, given, high)
            jax.block_until_ready(carry)
        params = self.choose(problem, carry.path) if self.keeps_path() else carry.params
        cost = self.step_cost(drawn_sizes(pools, self.batch))
        return Unlearned(params, carry.trace, carry.steps_taken, cost, self.preparation(problem))


@partial(jax.jit, static_argnames="model")
def _start(
    self: Descent, model: Classifier, begin: Array, pools: dict[str, Pool], key: PRNGKeyArray
) -> tuple[_Carry, dict[str, Any]]:
    """The state before the first step, and the row numbers of every mini-batch to come."""
    batches = draw(pools, key, self.batch, self.steps)
    (_, terms), _ = jax.eval_shape(
        lambda: self.gradient(model, begin, begin, rows_at(pools, batches, 0), jnp.array(0, int))
    )
    trace = {name: jnp.full(self.steps, jnp.nan, float) for name in ("loss", *terms)}
    path = jnp.zeros((self.steps, *begin.shape)) if self.keeps_path() else None
    return _Carry(begin, ADAM.init(begin), jnp.array(False), jnp.array(0, int), trace, path), batches


@partial(jax.jit, static_argnames="model")
def _advance(self: Descent, model: Classifier, carry: _Carry, given: _Given, high: Any) -> _Carry:
    """Go on until `high` steps are taken or the stopping rule holds; `high` is traced."""

    def wanted(c: _Carry) -> Array:
        return (c.steps_taken < high) & ~c.stopped

    def step(c: _Carry) -> _Carry:
        i = c.steps_taken
        batch = rows_at(given.pools, given.batches, i)
        (loss, terms), gradient = self.gradient(model, c.params, given.start, batch, i)
        stopped = self.stop(model, terms)
        direction: Any
        direction, adam = ADAM.update(gradient, c.adam)
        moves = given.movable & ~stopped
        params = jnp.where(moves, c.params - self.learning_rate * direction, c.params)
        values = {"loss": loss, **terms}
        trace = {name: curve.at[i].set(values[name]) for name, curve in c.trace.items()}
        path = c.path if c.path is None else c.path.at[i].set(params)
        return _Carry(params, adam, stopped, i + 1, trace, path)

    return jax.lax.while_loop(wanted, step, carry)
