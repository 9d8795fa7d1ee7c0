"""What every loop does around its step: curves, a stopping rule, pieces between which progress is told."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PyTree

from qunlearn.methods.base.pools import Terms
from qunlearn.model.arrays import Number
from qunlearn.train.progress import Progress, pieces

S = TypeVar("S")


class Loop(NamedTuple):
    """A loop between two steps: the method's own `state`, and what is counted for it.

    trace: a curve (steps,) for every term, NaN from `steps_taken` on.
    """

    state: PyTree
    stopped: Array
    steps_taken: Array
    trace: Terms

    @staticmethod
    def begin(state: PyTree, terms: Iterable[str], steps: int) -> "Loop":
        """Before the first of at most `steps` steps."""
        trace = {name: jnp.full(steps, jnp.nan, float) for name in terms}
        return Loop(state, jnp.array(False), jnp.array(0, int), trace)


def go_on(step: Callable[[S, Array], tuple[S, Array, Terms]], loop: Loop, high: Number) -> Loop:
    """Take steps until `high` are taken or one has stopped; `high` can be traced.

    `step(state, i)` gives the state after step i, whether it was the last, and the values of the terms.
    """

    def one(c: Loop) -> Loop:
        i = c.steps_taken
        state, stopped, values = step(c.state, i)
        trace = {name: curve.at[i].set(values[name]) for name, curve in c.trace.items()}
        return Loop(state, stopped, i + 1, trace)

    return jax.lax.while_loop(lambda c: (c.steps_taken < high) & ~c.stopped, one, loop)


def in_pieces(
    advance: Callable[[Loop, int], Loop], loop: Loop, steps: int, progress: Progress, method: str
) -> Loop:
    """`advance(loop, high)` up to `steps`, in pieces between which `progress` is told."""
    for _, high in pieces(steps, progress, f"unlearning ({method})"):
        loop = advance(loop, high)
        jax.block_until_ready(loop)
    return loop
