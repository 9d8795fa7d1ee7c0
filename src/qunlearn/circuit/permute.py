"""Reordering along one axis, as a JAX operation whose transpose is again a reordering.

The transpose of an ordinary gather is a scatter-add, because JAX does not know that no index occurs twice;
for the states of a circuit that doubles the time of a gradient and of its compilation.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.typing import ArrayLike

permute_p = Primitive("permute")


class _Order:
    """An index array that can be compared and hashed, as JAX asks of a static argument."""

    def __init__(self, index: np.ndarray) -> None:
        self.index = index.astype(np.int32)
        self._hash = hash(self.index.tobytes())

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Order) and np.array_equal(self.index, other.index)


def permute(array: Array, index: np.ndarray, axis: int = -1) -> Array:
    """`array` with entry i along `axis` taken from `index[i]`; `index` holds every position once."""
    return permute_p.bind(array, order=_Order(index), axis=axis % array.ndim)


def _take(array: Array, *, order: _Order, axis: int) -> Array:
    where = (slice(None),) * axis + (order.index,)
    return array.at[where].get(mode="promise_in_bounds", unique_indices=True)


def _transpose(cotangent: Array, _: object, *, order: _Order, axis: int) -> list[Array]:
    return [permute(cotangent, np.argsort(order.index), axis)]  # Pᵀ = P⁻¹, and argsort inverts


def _batch(
    arrays: Sequence[ArrayLike], dims: Sequence[int], *, order: _Order, axis: int
) -> tuple[Array, int]:
    # a new axis at or before `axis` moves it one further
    return permute(jnp.asarray(arrays[0]), order.index, axis + (dims[0] <= axis)), dims[0]


permute_p.def_impl(jax.jit(_take, static_argnames=("order", "axis")))
permute_p.def_abstract_eval(lambda array, **_: array)
mlir.register_lowering(permute_p, mlir.lower_fun(_take, multiple_results=False))
ad.deflinear2(permute_p, _transpose)
batching.primitive_batchers[permute_p] = _batch
