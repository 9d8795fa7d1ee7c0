"""The loop that gradient methods share: Adam from θ₀ on an objective of row pools.

It is compiled once per method, model and shape.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.method import Scalar, check_range, check_whole, method
from qunlearn.methods.base.pools import Draws, Pools, Terms, batch_at, draw, drawn_sizes, named_key
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.base.stepping import Loop, go_on, in_pieces
from qunlearn.methods.base.traits import Traits
from qunlearn.model.arrays import AnyArray, Number
from qunlearn.model.classifier import Classifier
from qunlearn.train.cost import Cost
from qunlearn.train.loop import AdamState, adam_start, adam_step
from qunlearn.train.progress import Progress, silent


class _State(NamedTuple):
    """Parameters (P,), Adam's moments, and the parameters after every step (steps, P) where they are kept."""

    params: Array
    adam: AdamState
    path: Array | None


class _Given(NamedTuple):
    """What stays the same during the steps."""

    start: Array  # θ₀ (P,)
    movable: Array  # (P,) or ()
    pools: Pools
    batches: Draws


@method
class Descent(Traits):
    """Base of the methods that minimise an objective by Adam with a constant learning rate, starting at θ₀.

    A method names its row pools (forget, retain, anchors, with whatever goes with each row) and writes the
    objective of one mini-batch of each. Every step draws `batch` rows of each pool without replacement (0:
    all of them). With the same key, pools of the same name and size are drawn in the same order by every
    method. The other functions have a default: override the one in which a method is special.
    """

    steps: int = 60
    batch: int = 5
    learning_rate: Scalar = 0.05

    def __post_init__(self) -> None:
        check_whole("steps", self.steps, 1)
        check_whole("batch", self.batch, 0)
        check_range("learning_rate", self.learning_rate, 0, open_low=True)

    def pools(self, problem: Problem) -> Pools:
        """Named row sets; every array of a pool has the pool's rows as its first axis."""
        raise NotImplementedError

    def draws(self, problem: Problem, key: PRNGKeyArray) -> Pools:
        """What is drawn at random for the rows, once a call; joined to the pools of the same names."""
        return {}

    def begin(self, problem: Problem, key: PRNGKeyArray) -> Array:
        """The parameters (P,) before the first step."""
        return jnp.asarray(problem.params)

    def movable(self, problem: Problem) -> AnyArray | bool:
        """Which parameters (P,) may move; the others stay as `begin` says."""
        return True

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """The loss to minimise on one mini-batch of every pool, and its named terms for the trace.

        `start` is θ₀.
        """
        raise NotImplementedError

    def gradient(
        self, model: Classifier, params: Array, start: Array, batch: Pools, step: Array
    ) -> tuple[tuple[Array, Terms], Array]:
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
        self.refuse(problem)
        pools = self.pools(problem)
        drawn = self.draws(problem, named_key(key, "draws"))
        pools = {name: {**pool, **drawn.get(name, {})} for name, pool in pools.items()}
        begin = self.begin(problem, named_key(key, "begin"))
        start, movable = jnp.asarray(problem.params), jnp.asarray(self.movable(problem))
        loop, batches = _start(self, problem.model, begin, pools, key)
        given = _Given(start, movable, pools, batches)
        advance = partial(_advance, self, problem.model, given)
        loop = in_pieces(advance, loop, self.steps, progress, self.id)
        path, params = loop.state.path, loop.state.params
        params = params if path is None else self.choose(problem, path)
        cost = self.step_cost(drawn_sizes(pools, self.batch))
        return Unlearned(params, loop.trace, loop.steps_taken, cost, self.preparation(problem))


@partial(jax.jit, static_argnames="model")
def _start(
    self: Descent, model: Classifier, begin: Array, pools: Pools, key: PRNGKeyArray
) -> tuple[Loop, Draws]:
    """The loop before the first step, and the samples of every mini-batch to come."""
    batches = draw(pools, key, self.batch, self.steps)
    (_, terms), _ = jax.eval_shape(
        lambda: self.gradient(model, begin, begin, batch_at(pools, batches, 0), jnp.array(0, int))
    )
    path = jnp.zeros((self.steps, *begin.shape)) if self.keeps_path() else None
    return Loop.begin(_State(begin, adam_start(begin), path), ("loss", *terms), self.steps), batches


@partial(jax.jit, static_argnames="model")
def _advance(self: Descent, model: Classifier, given: _Given, loop: Loop, high: Number) -> Loop:
    """Go on until `high` steps are taken or the stopping rule holds; `high` is traced."""

    def step(s: _State, i: Array) -> tuple[_State, Array, Terms]:
        batch = batch_at(given.pools, given.batches, i)
        (loss, terms), gradient = self.gradient(model, s.params, given.start, batch, i)
        stopped = self.stop(model, terms)
        direction, adam = adam_step(gradient, s.adam)
        params = jnp.where(given.movable & ~stopped, s.params - self.learning_rate * direction, s.params)
        path = s.path if s.path is None else s.path.at[i].set(params)
        return _State(params, adam, path), stopped, {"loss": loss, **terms}

    return go_on(step, loop, high)
