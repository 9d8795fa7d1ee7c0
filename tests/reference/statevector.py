"""A slow simulator: every gate a 2^n x 2^n sum of Kronecker products. Qubit 0 is the first factor."""

from collections.abc import Callable
from functools import cache, lru_cache, reduce
from importlib import import_module
from itertools import product

import numpy as np
from numpy import cos, exp, sin, sqrt

Gate = tuple[str, tuple[int, ...], tuple[float, ...]]
Bits = tuple[int, ...]


def controlled(u: np.ndarray) -> np.ndarray:
    result = np.eye(2 * len(u), dtype=complex)
    result[len(u) :, len(u) :] = u
    return result


def rx(t: float) -> np.ndarray:
    return np.array([[cos(t / 2), -1j * sin(t / 2)], [-1j * sin(t / 2), cos(t / 2)]])


def ry(t: float) -> np.ndarray:
    return np.array([[cos(t / 2), -sin(t / 2)], [sin(t / 2), cos(t / 2)]])


def rz(t: float) -> np.ndarray:
    return np.array([[exp(-0.5j * t), 0], [0, exp(0.5j * t)]])


def u3(theta: float, phi: float, lam: float) -> np.ndarray:
    return np.array(
        [
            [cos(theta / 2), -exp(1j * lam) * sin(theta / 2)],
            [exp(1j * phi) * sin(theta / 2), exp(1j * (phi + lam)) * cos(theta / 2)],
        ]
    )


def rxx(t: float) -> np.ndarray:
    c, s = cos(t / 2), -1j * sin(t / 2)
    return np.array([[c, 0, 0, s], [0, c, s, 0], [0, s, c, 0], [s, 0, 0, c]])


def ryy(t: float) -> np.ndarray:
    c, s = cos(t / 2), -1j * sin(t / 2)
    return np.array([[c, 0, 0, -s], [0, c, s, 0], [0, s, c, 0], [-s, 0, 0, c]])


def rzx(t: float) -> np.ndarray:
    c, s = cos(t / 2), -1j * sin(t / 2)
    return np.array([[c, s, 0, 0], [s, c, 0, 0], [0, 0, c, -s], [0, 0, -s, c]])


X = np.array([[0, 1], [1, 0]])
Y = np.array([[0, -1j], [1j, 0]])
Z = np.array([[1, 0], [0, -1]])
H = np.array([[1, 1], [1, -1]]) / sqrt(2)


class Matrices(dict[str, Callable[..., np.ndarray]]):
    """The gates below; a gate NAME that is not there has its `matrix` in `circuit/gates/test_name.py`."""

    def __missing__(self, name: str) -> Callable[..., np.ndarray]:
        return import_module(f"circuit.gates.test_{name.lower()}").matrix


_MATRICES: dict[str, Callable[..., np.ndarray]] = {
    "I": lambda: np.eye(2),
    "X": lambda: X,
    "Y": lambda: Y,
    "Z": lambda: Z,
    "H": lambda: H,
    "S": lambda: np.array([[1, 0], [0, 1j]]),
    "SDG": lambda: np.array([[1, 0], [0, -1j]]),
    "T": lambda: np.array([[1, 0], [0, exp(0.25j * np.pi)]]),
    "TDG": lambda: np.array([[1, 0], [0, exp(-0.25j * np.pi)]]),
    "SX": lambda: np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2,
    "RX": rx,
    "RY": ry,
    "RZ": rz,
    "P": lambda t: np.array([[1, 0], [0, exp(1j * t)]]),
    "U3": u3,
    "CX": lambda: controlled(X),
    "CY": lambda: controlled(Y),
    "CZ": lambda: controlled(Z),
    "CH": lambda: controlled(H),
    "SWAP": lambda: np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
    "ISWAP": lambda: np.array([[1, 0, 0, 0], [0, 0, 1j, 0], [0, 1j, 0, 0], [0, 0, 0, 1]]),
    "CP": lambda t: np.diag([1, 1, 1, exp(1j * t)]),
    "CRX": lambda t: controlled(rx(t)),
    "CRY": lambda t: controlled(ry(t)),
    "CRZ": lambda t: controlled(rz(t)),
    "RXX": rxx,
    "RYY": ryy,
    "RZZ": lambda t: np.diag(exp(-0.5j * t * np.array([1, -1, -1, 1]))),
    "RZX": rzx,
    "CCX": lambda: controlled(controlled(X)),
}
MATRICES = Matrices(_MATRICES)


@cache
def placed(
    n_qubits: int, wires: tuple[int, ...], row: tuple[int, ...], column: tuple[int, ...]
) -> np.ndarray:
    """|row><column| on the wires, identity elsewhere."""
    factors = [np.eye(2)] * n_qubits
    for wire, r, c in zip(wires, row, column, strict=True):
        factors[wire] = np.outer(np.eye(2)[r], np.eye(2)[c])
    return reduce(np.kron, factors)


@lru_cache(maxsize=2**14)  # between two points of a difference quotient most gates are the same
def operator(n_qubits: int, gate: Gate) -> np.ndarray:
    """sum_{r,c} matrix[r, c] |r><c| on the gate's wires (the first is the high bit), identity elsewhere."""
    name, wires, angles = gate
    matrix = MATRICES[name](*angles)
    total = np.zeros((2**n_qubits, 2**n_qubits), complex)
    for i, row in enumerate(product((0, 1), repeat=len(wires))):
        for j, column in enumerate(product((0, 1), repeat=len(wires))):
            if matrix[i, j] != 0:
                total += matrix[i, j] * placed(n_qubits, tuple(wires), row, column)
    total.setflags(write=False)
    return total


def unitary(n_qubits: int, gates: list[Gate]) -> np.ndarray:
    """All gates, (name, wires, angles in radians) in order of time, as one matrix."""
    return reduce(lambda total, gate: operator(n_qubits, gate) @ total, gates, np.eye(2**n_qubits))


def evolve(n_qubits: int, gates: list[Gate], start: np.ndarray | None = None) -> np.ndarray:
    """The state after the gates, from `start` or |0...0>."""
    state = np.eye(1, 2**n_qubits)[0] if start is None else start
    return reduce(lambda s, gate: operator(n_qubits, gate) @ s, gates, state.astype(complex))


def expectations(state: np.ndarray, wires: tuple[int, ...]) -> np.ndarray:
    """<Z> of each wire."""
    n_qubits = len(state).bit_length() - 1
    return np.array([np.real(state.conj() @ operator(n_qubits, ("Z", (w,), ())) @ state) for w in wires])
