"""Reordering along one axis, as a JAX operation whose transpose is again a reordering.

The transpose of an ordinary gather is a scatter-add, because JAX does not know that no index occurs twice;
for the states of a circuit that doubles the time of a gradient and of its compilation.
"""

import jax
import numpy as np
from jax import Array
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir

permute_p = Primitive("permute")


def permute(array: Array, order: np.ndarray, axis: int = -1) -> Array:
    """`array` with entry i along `axis` taken from `order[i]`; `order` holds every index once."""
    return permute_p.bind(array, order=tuple(order.tolist()), axis=axis % array.ndim)


def _take(array: Array, *, order: tuple[int, ...], axis: int) -> Array:
    index = (slice(None),) * axis + (np.array(order, int),)
    return array.at[index].get(mode="promise_in_bounds", unique_indices=True)


def _transpose(cotangent: Array, _: object, *, order: tuple[int, ...], axis: int) -> list[Array]:
    return [permute(cotangent, np.argsort(order), axis)]


def _batch(arrays: tuple[Array], dims: tuple[int], *, order: tuple[int, ...], axis: int) -> tuple[Array, int]:
    return permute(arrays[0], np.array(order, int), axis + (dims[0] <= axis)), dims[0]


permute_p.def_impl(jax.jit(_take, static_argnames=("order", "axis")))
permute_p.def_abstract_eval(lambda array, **_: array)
mlir.register_lowering(permute_p, mlir.lower_fun(_take, multiple_results=False))
ad.deflinear2(permute_p, _transpose)
batching.primitive_batchers[permute_p] = _batch
