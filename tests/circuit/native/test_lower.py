"""Which rotations of a circuit are left for the kernel, and how many passes they take.

That each gate's own rotations are the gate is in `circuit/test_gates.py`.
"""

from qunlearn.circuit.circuit import Circuit, Const, Op
from qunlearn.circuit.native.lower import lower
from qunlearn.circuit.native.passes import schedule


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
