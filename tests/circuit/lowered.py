"""What a lowering means: the matrix of its rotations and relabelling, by dense Pauli matrices."""

import numpy as np

from qunlearn.circuit.circuit import Const
from qunlearn.circuit.frame import Frame, Lowering, Rotation, odd


def lowered_unitary(lowering, n_wires: int, angles: tuple[float, ...]) -> np.ndarray:
    """The matrix (2^n, 2^n) of a gate run the kernel's way, in the order of basis states."""
    low = Lowering(Frame.of(n_wires))
    lowering(low, *range(n_wires), *(low.slot(Const(a)) for a in angles))
    unitary = np.eye(2**n_wires, dtype=complex)
    for r in low.rotations:
        angle = sum(c * low.slots[slot].angle.value for slot, c in r.terms)  # pyright: ignore[reportAttributeAccessIssue]
        unitary = dense(r, angle, 2**n_wires) @ unitary
    return unitary[logical_order(low.frame, 2**n_wires)]


def dense(rotation: Rotation, angle: float, size: int) -> np.ndarray:
    """exp(-i a/2 P) with P|p> = (-1)^parity |p>, or for a flip i (-1)^parity |p ^ flip>, which is Y."""
    word = np.zeros((size, size), complex)
    for p in range(size):
        word[p ^ rotation.flip, p] = (-1) ** odd(p & rotation.parity) * (1j if rotation.flip else 1)
    return np.cos(angle / 2) * np.eye(size) - 1j * np.sin(angle / 2) * word


def logical_order(frame: Frame, size: int) -> list[int]:
    """Entry l is the stored index of basis state l."""
    n = size.bit_length() - 1
    stored = {
        tuple(odd(p & r) ^ one for r, one in zip(frame.parities, frame.ones, strict=True)): p
        for p in range(size)
    }
    return [stored[tuple(bool(index >> (n - 1 - q) & 1) for q in range(n))] for index in range(size)]
