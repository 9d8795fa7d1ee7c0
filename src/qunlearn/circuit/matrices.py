"""The angles and matrices of a fused program as JAX arrays, one family at a time."""

from collections.abc import Sequence
from functools import reduce
from typing import TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from qunlearn.circuit.circuit import Angle, Const, Feature, Op, Param
from qunlearn.circuit.families import Column, Factor, Family, all_columns, families
from qunlearn.circuit.fuse import Program
from qunlearn.circuit.gates import gate_named
from qunlearn.circuit.permute import permute

Angles: TypeAlias = dict[Column, Array]
Matrices: TypeAlias = dict[Factor, Array]


def angle_values(program: Program, trainable: Array, features: Array) -> Angles:
    """The values of each column, (k,) or (B, k): a lifted circuit reads each angle once, so sort and cut."""
    values: Angles = {}
    columns = all_columns(program)
    for kind, source in ((Param, trainable), (Feature, features)):
        own = [column for column in columns if isinstance(column[0], kind)]
        order = np.array([slot for column in own for slot in map(_slot, column)])
        if own:
            values |= zip(own, lax.split(permute(source, order), list(map(len, own)), axis=-1), strict=True)
    for column in columns:
        constants = [angle.value for angle in column if isinstance(angle, Const)]
        if constants:
            values[column] = jnp.array(constants, trainable.dtype)
    return values


def factor_matrices(program: Program, angles: Angles, dtype: jnp.dtype) -> Matrices:
    """The matrix of each factor, (k, k) or (B, k, k)."""
    matrices: Matrices = {}
    for family in families(program):
        by_wire = _cut(_run_matrices(family, angles, dtype), [len(family.factors)] * len(family.factors[0]))
        by_factor = _cut(reduce(_kron, by_wire), [1] * len(family.factors))
        matrices |= zip(family.factors, (matrix.squeeze(-3) for matrix in by_factor), strict=True)
    return matrices


def _run_matrices(family: Family, angles: Angles, dtype: jnp.dtype) -> Array:
    """The products of the gates of each run, (runs, k, k) or (B, runs, k, k)."""
    ops = zip(family.runs[0], family.columns, strict=True)
    product = reduce(_after, (_matrix(op, [angles[c] for c in columns], dtype) for op, columns in ops))
    *lead, rows, _ = product.shape
    return jnp.broadcast_to(product, (*lead[:-1], len(family.runs), rows, rows))


def _matrix(op: Op, angles: list[Array], dtype: jnp.dtype) -> Array:
    return gate_named(op.gate).matrix(jnp, *angles).astype(dtype)


def _after(first: Array, then: Array) -> Array:
    """The matrix product `then @ first`, spelt out because XLA fuses it with the gates that it multiplies."""
    return (then[..., :, :, None] * first[..., None, :, :]).sum(-2)


def _kron(a: Array, b: Array) -> Array:
    product = a[..., :, None, :, None] * b[..., None, :, None, :]
    return product.reshape(*product.shape[:-4], a.shape[-2] * b.shape[-2], a.shape[-1] * b.shape[-1])


def _cut(stack: Array, sizes: Sequence[int]) -> list[Array]:
    return list(lax.split(stack, sizes, axis=stack.ndim - 3))


def _slot(angle: Angle) -> int:
    if isinstance(angle, Feature):
        return angle.indices[0]
    assert isinstance(angle, Param)
    return angle.index
