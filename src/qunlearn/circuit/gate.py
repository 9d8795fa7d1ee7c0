"""What a gate is, and how to make one: from a fixed matrix, or from the generator of its angle.

Matrices are written once, with a module `xp` (numpy or jax.numpy), and broadcast over leading axes of their
angles. Wire 0 of a gate is the most significant bit of its matrix; for controlled gates it is the control.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import pi
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Complex

from qunlearn._errors import require
from qunlearn.circuit.decompose import lowering_of_generator, lowering_of_matrix
from qunlearn.circuit.lowerings import Lower
from qunlearn.circuit.pauli import PAULI, pauli_word

XpArray: TypeAlias = Any
"""An array of the module `xp`, numpy or jax.numpy."""
Matrix: TypeAlias = Callable[..., XpArray]
Square = Complex[np.ndarray, "k k"]


@dataclass(frozen=True, eq=False)
class Gate:
    """One row of the table: `matrix(xp, *angles)` has shape `(..., 2**n_wires, 2**n_wires)`.

    `generator` G of a gate with one angle t: its matrix is exp(-i t G). `frequencies` are those of an
    expectation value as a function of any one angle, the positive gaps between the energies of a generator;
    they decide the parameter-shift rule. The first `n_controls` wires are drawn as controls. `lower` is how
    the native kernel runs the gate (see `lowerings`); without it, `lowering` is derived from the matrix.
    """

    name: str
    matrix: Matrix
    n_wires: int
    n_angles: int = 0
    generator: Square | None = None
    frequencies: tuple[float, ...] = ()
    n_controls: int = 0
    lower: Lower | None = None

    def __post_init__(self) -> None:
        require(
            bool(self.frequencies) == bool(self.n_angles),
            f"gate {self.name} has {self.n_angles} angles, so `frequencies` must "
            f"{'name those of its expectation values' if self.n_angles else 'be empty'}",
        )

    @cached_property
    def diagonal(self) -> bool:
        """Whether the fuser may move it: fixed and diagonal, or diag(exp(i angle g)) with every |g| < pi."""
        matrix = self.matrix(np) if self.n_angles == 0 else self.generator
        if matrix is None or np.any(matrix - np.diag(np.diag(matrix))):
            return False
        return self.n_angles == 0 or bool(np.abs(np.diag(matrix)).max() < pi)

    @cached_property
    def lowering(self) -> Lower | None:
        """How the native kernel runs it; None where it cannot."""
        if self.lower is not None:
            return self.lower
        if self.n_angles == 0:
            return lowering_of_matrix(np.asarray(self.matrix(np), complex))
        return None if self.generator is None else lowering_of_generator(self.generator)


def fixed(name: str, u: np.ndarray, *, n_controls: int = 0, lower: Lower | None = None) -> Gate:
    """A gate without angles. Raises `InputError` for a matrix that is not unitary."""
    u = np.asarray(u, dtype=complex)
    require(np.allclose(u @ u.conj().T, np.eye(len(u))), f"the matrix of gate {name} must be unitary")
    return Gate(name, lambda xp: xp.asarray(u), _n_wires(u), n_controls=n_controls, lower=lower)


def exponential(
    name: str, g: np.ndarray, matrix: Matrix | None = None, *, n_controls: int = 0, lower: Lower | None = None
) -> Gate:
    """exp(-i t g) for a Hermitian g, from its spectrum where no faster `matrix(xp, t)` is given.

    Raises `InputError` for a generator that is not Hermitian, or that is a multiple of the identity.
    """
    g = np.asarray(g, dtype=complex)
    require(np.allclose(g, g.conj().T), f"the generator of gate {name} must be Hermitian")
    energies = np.linalg.eigvalsh(g)
    gaps = np.unique(np.round(np.abs(energies[:, None] - energies), 9))
    require(len(gaps) > 1, f"gate {name} is a global phase: its generator must have different energies")
    return Gate(name, matrix or _spectral(g), _n_wires(g), 1, g, tuple(gaps[1:].tolist()), n_controls, lower)


def rotation(name: str, word: str, lower: Lower | None = None) -> Gate:
    """exp(-i t P / 2) for the Pauli word P."""
    return exponential(name, pauli_word(word) / 2, _rotation_matrix(word), lower=lower)


def controlled_rotation(name: str, pauli: str, lower: Lower | None = None) -> Gate:
    """exp(-i t P / 2) where the first wire is 1."""
    matrix, one = _rotation_matrix(pauli), np.diag([0, 1]).astype(complex)

    def controlled_matrix(xp: ModuleType, t: XpArray) -> XpArray:
        u = matrix(xp, t)
        identity = np.kron(np.diag([1, 0]), np.eye(2))
        return xp.asarray(identity, dtype=u.dtype) + xp.kron(xp.asarray(one, dtype=u.dtype), u)

    return exponential(name, np.kron(one, PAULI[pauli]) / 2, controlled_matrix, n_controls=1, lower=lower)


def phase(name: str, n_wires: int, lower: Lower | None = None) -> Gate:
    """diag(1, ..., 1, exp(i t))."""
    generator = -np.diag([0.0] * (2**n_wires - 1) + [1.0])
    return exponential(name, generator, phase_matrix(n_wires), n_controls=n_wires - 1, lower=lower)


def controlled(u: np.ndarray) -> np.ndarray:
    """`u` where the first wire is 1."""
    size = len(u)
    return np.block([[np.eye(size), np.zeros((size, size))], [np.zeros((size, size)), u]])


def phase_matrix(n_wires: int) -> Matrix:
    """The matrix of `phase`."""
    last = np.diag([0.0] * (2**n_wires - 1) + [1.0])

    def matrix(xp: ModuleType, t: XpArray) -> XpArray:
        t, projector = _lift(xp, t, last)
        return xp.eye(2**n_wires, dtype=projector.dtype) + (xp.exp(1j * t) - 1) * projector

    return matrix


def u3_matrix(xp: ModuleType, theta: XpArray, phi: XpArray, lam: XpArray) -> XpArray:
    """exp(i (phi + lambda) / 2) RZ(phi) RY(theta) RZ(lambda), the U gate of Qiskit."""
    phase = phase_matrix(1)
    return phase(xp, phi) @ _rotation_matrix("Y")(xp, theta) @ phase(xp, lam)


def _rotation_matrix(word: str) -> Matrix:
    """exp(-i t P / 2) = cos(t/2) - i sin(t/2) P, because P squares to the identity."""
    pauli = pauli_word(word)

    def matrix(xp: ModuleType, t: XpArray) -> XpArray:
        t, generator = _lift(xp, t, -1j * pauli)
        return xp.cos(t / 2) * xp.eye(len(pauli), dtype=generator.dtype) + xp.sin(t / 2) * generator

    return matrix


def _spectral(g: Square) -> Matrix:
    """exp(-i t g) = V exp(-i t E) V†."""
    energies, vectors = np.linalg.eigh(g)

    def matrix(xp: ModuleType, t: XpArray) -> XpArray:
        t, v = _lift(xp, t, vectors)  # (..., 1, 1), (k, k)
        phases = xp.exp(
            -1j * t * xp.asarray(energies, dtype=t.dtype)
        )  # (..., 1, k): a factor for each column
        return (v * phases) @ v.conj().T

    return matrix


def _lift(xp: ModuleType, angle: XpArray, matrix: np.ndarray) -> tuple[XpArray, XpArray]:
    """The angle with two axes added, and `matrix` in the complex type of the angle's precision."""
    angle = xp.asarray(angle)[..., None, None]
    return angle, xp.asarray(matrix, dtype=xp.result_type(angle.dtype, xp.complex64))


def _n_wires(u: np.ndarray) -> int:
    n_wires = len(u).bit_length() - 1
    require(
        n_wires > 0 and u.shape == (2**n_wires, 2**n_wires),
        f"the matrix of a gate on n wires must have shape (2^n, 2^n), but has {u.shape}",
    )
    return n_wires
