"""The small matrices of a fused program, in few operations: gates of one kind are computed side by side."""

from collections.abc import Iterable
from functools import lru_cache, reduce
from typing import TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from qunlearn.circuit.circuit import Angle, Const, Feature, Param
from qunlearn.circuit.fuse import Program
from qunlearn.circuit.gates import GATES
from qunlearn.circuit.permute import permute
from qunlearn.circuit.steps import Dense, Local, Phase, Rotation, Run

Column: TypeAlias = tuple[Angle, ...]
Angles: TypeAlias = dict[Column, Array]
Matrices: TypeAlias = dict[Run, Array]


@lru_cache(maxsize=256)
def _families(program: Program) -> tuple[tuple[Run, ...], ...]:
    """The runs of a program, those with the same gates and the same sources of angles together."""
    runs = [run for step in program.steps if isinstance(step, Local) for run in step.runs]
    runs += [(step.op,) for step in program.steps if isinstance(step, Dense)]
    families: dict[tuple, dict[Run, None]] = {}
    for run in runs:
        kind = tuple((op.gate, *map(type, op.angles)) for op in run)
        families.setdefault(kind, {})[run] = None
    return tuple(tuple(family) for family in families.values())


def _family_columns(family: tuple[Run, ...]) -> list[list[Column]]:
    """For each gate of the run, for each of its angles: that angle in all runs of the family."""
    gates = zip(*family, strict=True)
    return [[tuple(angles) for angles in zip(*(op.angles for op in ops), strict=True)] for ops in gates]


def phase_columns(step: Phase) -> dict[Column, list[Rotation]]:
    """The rotations of a phase step by the source of their angle."""
    by_source: dict[type, list[Rotation]] = {}
    for rotation in step.rotations:
        by_source.setdefault(type(rotation.angle), []).append(rotation)
    return {tuple(r.angle for r in rotations): rotations for rotations in by_source.values()}


@lru_cache(maxsize=256)
def columns_of(program: Program) -> tuple[Column, ...]:
    """Every group of angles that the program reads together."""
    of_runs = [c for family in _families(program) for gate in _family_columns(family) for c in gate]
    of_phases = [c for step in program.steps if isinstance(step, Phase) for c in phase_columns(step)]
    return tuple(dict.fromkeys(of_runs + of_phases))


def angle_values(columns: Iterable[Column], trainable: Array, features: Array) -> Angles:
    """The values of each column, (k,) or (B, k). A lifted circuit reads each angle once: sort and cut is all."""
    values: Angles = {}
    for kind, source in ((Param, trainable), (Feature, features)):
        own = [column for column in columns if isinstance(column[0], kind)]
        order = np.array([slot for column in own for slot in map(_slot, column)])
        if own:
            parts = lax.split(permute(source, order), [len(column) for column in own], axis=-1)
            values |= zip(own, parts, strict=True)
    for column in columns:
        constants = [angle.value for angle in column if isinstance(angle, Const)]
        if constants:
            values[column] = jnp.array(constants, trainable.dtype)
    return values


def _slot(angle: Angle) -> int:
    if isinstance(angle, Feature):
        return angle.indices[0]
    assert isinstance(angle, Param)
    return angle.index


def run_matrices(program: Program, angles: Angles, dtype: jnp.dtype) -> Matrices:
    """The matrix of every run of one-qubit gates and of every dense gate, (k, k) or (B, k, k)."""
    matrices: Matrices = {}
    for family in _families(program):
        gates = zip(family[0], _family_columns(family), strict=True)
        factors = [GATES[op.gate].matrix(jnp, *(angles[c] for c in columns)) for op, columns in gates]
        product = reduce(lambda first, then: then @ first, (factor.astype(dtype) for factor in factors))
        *lead, rows, _ = product.shape
        stacked = jnp.broadcast_to(product, (*lead[:-1], len(family), rows, rows))
        parts = lax.split(stacked, [1] * len(family), axis=stacked.ndim - 3)
        matrices |= {run: part.squeeze(-3) for run, part in zip(family, parts, strict=True)}
    return matrices
