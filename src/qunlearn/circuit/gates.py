"""The gate table: name, arity, matrix, and how an angle is shifted for an exact gradient.

Matrices are written once, with a module `xp` (numpy or jax.numpy), and broadcast over leading axes of their
angles. Wire 0 of a gate is the most significant bit of its matrix; for controlled gates it is the control.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from math import sqrt
from types import MappingProxyType
from typing import Any, Literal

import numpy as np


@dataclass(frozen=True)
class Gate:
    """One row: `matrix(xp, *angles)` has shape `(..., 2**n_wires, 2**n_wires)`.

    `shift` names the parameter-shift rule of every angle: "two" where the generator has one spectral gap of 1
    (Pauli rotations, phase gates, the Euler angles of U3), "four" where the gaps are 1/2 and 1 (controlled
    rotations). `diagonal` and `permutation` tell the fuser what it may do: a permutation has entries 0 and 1
    only, and a diagonal gate with an angle is diag(exp(i * angle * g)) with every |g| <= 1.
    """

    name: str
    n_wires: int
    n_angles: int
    matrix: Callable[..., Any]
    shift: Literal["two", "four"] = "two"
    diagonal: bool = False
    permutation: bool = False


PAULI = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]).astype(complex),
}
_SWAP = np.eye(4)[[0, 2, 1, 3]]
_ISWAP = np.diag([1, 1j, 1j, 1]) @ _SWAP


def _controlled(u: np.ndarray) -> np.ndarray:
    size = len(u)
    return np.block([[np.eye(size), np.zeros((size, size))], [np.zeros((size, size)), u]])


def _constant(u: Any) -> Callable[..., Any]:
    u = np.asarray(u, dtype=complex)
    return lambda xp: xp.asarray(u)


def _lift(xp: Any, angle: Any, matrix: Any) -> tuple[Any, Any]:
    """The angle with two axes added, and `matrix` in the complex type of the angle's precision."""
    angle = xp.asarray(angle)[..., None, None]
    return angle, xp.asarray(matrix, dtype=xp.result_type(angle.dtype, xp.complex64))


def _rotation(pauli: str) -> Callable[..., Any]:
    """exp(-i t P / 2) = cos(t/2) - i sin(t/2) P, because P squares to the identity."""
    word = reduce(np.kron, [PAULI[letter] for letter in pauli])

    def matrix(xp: Any, t: Any) -> Any:
        t, generator = _lift(xp, t, -1j * word)
        return xp.cos(t / 2) * xp.eye(len(word), dtype=generator.dtype) + xp.sin(t / 2) * generator

    return matrix


def _controlled_rotation(pauli: str) -> Callable[..., Any]:
    rotation = _rotation(pauli)
    one = np.diag([0, 1]).astype(complex)

    def matrix(xp: Any, t: Any) -> Any:
        u = rotation(xp, t)
        identity = np.kron(np.diag([1, 0]), np.eye(2))
        return xp.asarray(identity, dtype=u.dtype) + xp.kron(xp.asarray(one, dtype=u.dtype), u)

    return matrix


def _phase(n_wires: int) -> Callable[..., Any]:
    """diag(1, ..., 1, exp(i t))."""
    last = np.diag([0.0] * (2**n_wires - 1) + [1.0])

    def matrix(xp: Any, t: Any) -> Any:
        t, projector = _lift(xp, t, last)
        return xp.eye(2**n_wires, dtype=projector.dtype) + (xp.exp(1j * t) - 1) * projector

    return matrix


def _u3(xp: Any, theta: Any, phi: Any, lam: Any) -> Any:
    """exp(i (phi + lambda) / 2) RZ(phi) RY(theta) RZ(lambda), the U gate of Qiskit."""
    phase = _phase(1)
    return phase(xp, phi) @ _rotation("Y")(xp, theta) @ phase(xp, lam)


_X, _Y, _Z = PAULI["X"], PAULI["Y"], PAULI["Z"]
_H = (_X + _Z) / sqrt(2)
_S, _T = np.diag([1, 1j]), np.diag([1, (1 + 1j) / sqrt(2)])

_ROWS = (
    Gate("I", 1, 0, _constant(PAULI["I"]), diagonal=True, permutation=True),
    Gate("X", 1, 0, _constant(_X), permutation=True),
    Gate("Y", 1, 0, _constant(_Y)),
    Gate("Z", 1, 0, _constant(_Z), diagonal=True),
    Gate("H", 1, 0, _constant(_H)),
    Gate("S", 1, 0, _constant(_S), diagonal=True),
    Gate("SDG", 1, 0, _constant(_S.conj()), diagonal=True),
    Gate("T", 1, 0, _constant(_T), diagonal=True),
    Gate("TDG", 1, 0, _constant(_T.conj()), diagonal=True),
    Gate("SX", 1, 0, _constant(((1 + 1j) * PAULI["I"] + (1 - 1j) * _X) / 2)),
    Gate("RX", 1, 1, _rotation("X")),
    Gate("RY", 1, 1, _rotation("Y")),
    Gate("RZ", 1, 1, _rotation("Z"), diagonal=True),
    Gate("P", 1, 1, _phase(1), diagonal=True),
    Gate("U3", 1, 3, _u3),
    Gate("CX", 2, 0, _constant(_controlled(_X)), permutation=True),
    Gate("CY", 2, 0, _constant(_controlled(_Y))),
    Gate("CZ", 2, 0, _constant(_controlled(_Z)), diagonal=True),
    Gate("CH", 2, 0, _constant(_controlled(_H))),
    Gate("SWAP", 2, 0, _constant(_SWAP), permutation=True),
    Gate("ISWAP", 2, 0, _constant(_ISWAP)),
    Gate("CP", 2, 1, _phase(2), diagonal=True),
    Gate("CRX", 2, 1, _controlled_rotation("X"), shift="four"),
    Gate("CRY", 2, 1, _controlled_rotation("Y"), shift="four"),
    Gate("CRZ", 2, 1, _controlled_rotation("Z"), shift="four", diagonal=True),
    Gate("RXX", 2, 1, _rotation("XX")),
    Gate("RYY", 2, 1, _rotation("YY")),
    Gate("RZZ", 2, 1, _rotation("ZZ"), diagonal=True),
    Gate("RZX", 2, 1, _rotation("ZX")),
    Gate("CCX", 3, 0, _constant(_controlled(_controlled(_X))), permutation=True),
)

GATES: Mapping[str, Gate] = MappingProxyType({gate.name: gate for gate in _ROWS})
