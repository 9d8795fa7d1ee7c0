"""The gate table: name, arity, matrix, and how an angle is shifted for an exact gradient.

Matrices are written once, with a module `xp` (numpy or jax.numpy), and broadcast over leading axes of their angles.
Wire 0 of a gate is the most significant bit of its matrix; for controlled gates it is the control.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any


@dataclass(frozen=True)
class Gate:
    """One row: `matrix(xp, *angles)` has shape `(..., 2**n_wires, 2**n_wires)`.

    `shift` names the parameter-shift rule of every angle: "two" where the generator has one spectral gap of 1
    (Pauli rotations, phase gates, the Euler angles of U3), "four" where the gaps are 1/2 and 1 (controlled rotations).
    `diagonal` and `permutation` tell the fuser what it may do.
    """

    name: str
    n_wires: int
    n_angles: int
    matrix: Callable[..., Any]
    shift: str = "two"
    diagonal: bool = False
    permutation: bool = False


GATES: Mapping[str, Gate] = MappingProxyType({})
