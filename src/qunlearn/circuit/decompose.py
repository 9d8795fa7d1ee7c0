"""Lowerings from matrices, for gates that bring none of their own: any gate on one or two wires.

A matrix on one wire is RZ RY RZ; one on two wires is A exp(i (x XX + y YY + z ZZ)) B with A and B on single
wires (Kraus and Cirac, quant-ph/0011050); a diagonal one is a product of Z words, on any number of wires. A
generator is diagonal between a matrix and its inverse. Global phases are dropped, as in `frame`.
"""

from itertools import combinations, product
from math import pi

import numpy as np
from jaxtyping import Shaped

from qunlearn.circuit.angle_source import Const
from qunlearn.circuit.frame import Lowering
from qunlearn.circuit.lowerings import Lower, rxx, ryy, rzz
from qunlearn.circuit.pauli import pauli_word

# Columns: Bell states with phases. In this basis A ⊗ B (det 1) is a real rotation; XX, YY, ZZ are diagonal.
_MAGIC = np.array([[1, 0, 0, 1j], [0, 1j, 1, 0], [0, 1j, -1, 0], [1, 0, 0, -1j]]) / np.sqrt(2)
_PAIRS = {rxx: np.fliplr(np.eye(4)), ryy: np.fliplr(np.diag([-1, 1, 1, -1])), rzz: np.diag([1, -1, -1, 1])}

Square = Shaped[np.ndarray, "k k"]


def lowering_of_matrix(u: Square) -> Lower | None:
    """The lowering of a fixed unitary; None for three wires and more, unless it is diagonal."""
    if not np.any(u - np.diag(np.diag(u))):
        by_angle = _words(np.diag(-np.angle(np.diag(u))))
        return lambda low, *wires: by_angle(low, *wires, low.slot(Const(1.0)))
    if len(u) == 2:
        return _one_wire(u)
    return _two_wires(u) if len(u) == 4 else None


def lowering_of_generator(g: Square) -> Lower | None:
    """The lowering of exp(-i t g), t in a slot; None for three wires and more, unless its words commute."""
    words = _pauli_words(g)
    if all(_commute(*pair) for pair in combinations(words, 2)):
        return _words(g)
    energies, vectors = np.linalg.eigh(g)  # g = V E V†: (k,), (k, k)
    into, back = lowering_of_matrix(vectors.conj().T), lowering_of_matrix(vectors)
    if into is None or back is None:
        return None
    middle = _words(np.diag(energies))

    def lower(low: Lowering, *wires_and_slot: int) -> None:
        into(low, *wires_and_slot[:-1])
        middle(low, *wires_and_slot)
        back(low, *wires_and_slot[:-1])

    return lower


def _pauli_words(g: Square) -> dict[str, float]:
    """The coefficients c_w = tr(P_w g) / k of g = sum_w c_w P_w; the identity is left out."""
    n_wires = len(g).bit_length() - 1
    words = ["".join(letters) for letters in product("IXYZ", repeat=n_wires)][1:]
    found = {w: np.trace(pauli_word(w) @ g).real / len(g) for w in words}
    return {w: float(c) for w, c in found.items() if abs(c) > 1e-13}


def _commute(word: str, other: str) -> bool:
    """Letters anticommute where they differ and none is I: words commute if an even number of them do."""
    return sum("I" != a != b != "I" for a, b in zip(word, other, strict=True)) % 2 == 0


def _words(g: Square) -> Lower:
    """exp(-i t g) for a generator of commuting words: the product of exp(-i t c_w P_w)."""
    coefficients = _pauli_words(g)

    def lower(low: Lowering, *wires_and_slot: int) -> None:
        *wires, slot = wires_and_slot
        for word, c in coefficients.items():
            turned = [(wire, letter) for wire, letter in zip(wires, word, strict=True) if letter in "XY"]
            for wire, letter in turned:
                if letter == "Y":
                    low.z_by((wire,), -pi / 2)  # to X
                low.y_by(wire, -pi / 2)  # to Z
            low.z([wire for wire, letter in zip(wires, word, strict=True) if letter != "I"], slot, 2 * c)
            for wire, letter in turned:
                low.y_by(wire, pi / 2)
                if letter == "Y":
                    low.z_by((wire,), pi / 2)

    return lower


def _one_wire(u: Square) -> Lower:
    """RZ(a) RY(b) RZ(c) with det 1: u_11 = cos(b/2) e^(i (a+c)/2), u_10 = sin(b/2) e^(i (a-c)/2)."""
    (_, _), (low_left, low_right) = u / np.sqrt(np.linalg.det(u).astype(complex))
    b = 2 * np.arctan2(abs(low_left), abs(low_right))
    plus, minus = np.angle(low_right), np.angle(low_left)

    def lower(low: Lowering, wire: int) -> None:
        low.z_by((wire,), float(plus - minus))
        low.y_by(wire, float(b))
        low.z_by((wire,), float(plus + minus))

    return lower


def _two_wires(u: Square) -> Lower:
    """A exp(i (x XX + y YY + z ZZ)) B, by diagonalising m = v^T v for v = u in the magic basis.

    v = L D R with L, R real rotations and D diagonal gives m = R^T D² R, a symmetric unitary, whose real and
    imaginary parts commute: R is an eigenbasis of any combination of both.
    """
    v = _MAGIC.conj().T @ (u / np.linalg.det(u).astype(complex) ** 0.25) @ _MAGIC
    m = v.T @ v
    right = np.linalg.eigh(m.real + np.sqrt(2) / 3 * m.imag)[1].T  # rows are eigenvectors
    right[0] *= np.linalg.det(right)  # a rotation, not a reflection
    angles = np.angle(np.diag(right @ m @ right.T)) / 2
    angles[0] += np.pi * (np.cos(angles.sum()) < 0)  # of the two roots those with det D = 1 = det v
    left = v @ right.T @ np.diag(np.exp(-1j * angles))
    before, after = (_pair(_MAGIC @ side @ _MAGIC.conj().T) for side in (right, left))
    middle = _MAGIC @ np.diag(angles) @ _MAGIC.conj().T
    turns = {
        rotation: -np.trace(pair @ middle).real / 2 for rotation, pair in _PAIRS.items()
    }  # exp(-i a/2 P)

    def lower(low: Lowering, a: int, b: int) -> None:
        for wire, single in zip((a, b), before, strict=True):
            single(low, wire)
        for rotation, turn in turns.items():
            rotation(low, a, b, low.slot(Const(float(turn))))
        for wire, single in zip((a, b), after, strict=True):
            single(low, wire)

    return lower


def _pair(product: Square) -> tuple[Lower, Lower]:
    """The lowerings of A and B in A ⊗ B: as a matrix (entry of A, entry of B) it has rank one."""
    grouped = product.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(4, 4)
    a, _, b = np.linalg.svd(grouped)
    return _one_wire(a[:, 0].reshape(2, 2)), _one_wire(b[0].reshape(2, 2))
