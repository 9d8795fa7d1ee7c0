"""Each gate's rotations and relabelling against its matrix, by dense Pauli matrices."""

import numpy as np
import pytest

from qunlearn.circuit.circuit import Circuit, Const, Op
from qunlearn.circuit.gates import GATES
from qunlearn.circuit.native.lower import LOWERINGS, Frame, Lowering, Rotation, lower, odd
from qunlearn.circuit.native.passes import schedule

ANGLES = (0.7, -1.3, 2.1)


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


def test_every_gate_has_a_lowering() -> None:
    assert set(LOWERINGS) == set(GATES)


@pytest.mark.parametrize("name", GATES)
def test_lowering_is_the_gate_up_to_a_global_phase(name: str) -> None:
    gate = GATES[name]
    n = gate.n_wires
    bits = [1 << (n - 1 - q) for q in range(n)]
    low = Lowering(Frame(bits.copy(), bits.copy(), [False] * n))
    LOWERINGS[name](low, *range(n), *(low.slot(Const(a)) for a in ANGLES[: gate.n_angles]))
    unitary = np.eye(2**n, dtype=complex)
    for r in low.rotations:
        angle = sum(c * low.slots[slot].angle.value for slot, c in r.terms)  # pyright: ignore[reportAttributeAccessIssue]
        unitary = dense(r, angle, 2**n) @ unitary
    unitary = unitary[logical_order(low.frame, 2**n)]
    expected = gate.matrix(np, *ANGLES[: gate.n_angles])
    phase = np.vdot(expected, unitary) / 2**n
    assert abs(phase) == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(unitary, phase * expected, atol=1e-14)


def test_relabelling_and_what_cannot_be_measured_take_no_passes() -> None:
    ops = [Op("RY", (0,), (Const(0.3),)), Op("CX", (0, 1)), Op("SWAP", (1, 2)), Op("X", (0,))]
    ops += [Op("RZ", (2,), (Const(0.1),)), Op("RX", (1,), (Const(0.2),))]
    _, rotations, _ = lower(Circuit(3, tuple(ops)), (2,))
    assert [bool(r.flip) for r in rotations] == [True]


def test_layers_become_radix_8_passes_with_one_table() -> None:
    layer = [Op(g, (q,), (Const(0.1 * q),)) for g in ("RY", "RZ") for q in range(6)]
    ring = [Op("CX", (q, (q + 1) % 6)) for q in range(6)]
    _, rotations, _ = lower(Circuit(6, (*layer, *ring, *layer, *ring, *layer, *ring, *layer)), (0, 5))
    shapes = [(len(p.rotations), len(p.phases)) for p in schedule(rotations)]
    assert shapes[:2] == [(3, 0), (3, 6)]
