"""A circuit as the kernel's rotations, without those that no expectation value depends on."""

from collections.abc import Sequence
from dataclasses import dataclass

from qunlearn._errors import fail
from qunlearn.circuit.circuit import Circuit
from qunlearn.circuit.frame import Frame, Lowering, Rotation, Slot
from qunlearn.circuit.gate import Gate
from qunlearn.circuit.gates import gate_named
from qunlearn.circuit.shift import FOUR_TERMS, SHIFT_RULES


@dataclass(frozen=True)
class Readout:
    """<Z> of a qubit in stored indices: `sign` times the sum of (-1)^parity(p & parity) |amplitude p|^2."""

    flip: int
    parity: int
    sign: int


def unlowered(circuit: Circuit, shift: bool) -> tuple[str, ...]:
    """The gates of a circuit that the kernel cannot run, or, with `shift`, not differentiate by shifts."""
    gates = [gate_named(name) for name in dict.fromkeys(op.gate for op in circuit.ops)]

    def runs(gate: Gate) -> bool:
        known_rule = not gate.frequencies or gate.frequencies in SHIFT_RULES
        return gate.lowering is not None and (known_rule or not shift)

    return tuple(gate.name for gate in gates if not runs(gate))


def lower(circuit: Circuit, wires: Sequence[int]) -> tuple[list[Slot], list[Rotation], list[Readout]]:
    """The slots, the rotations that can change <Z> of `wires`, in order of time, and where to read these.

    Raises `InputError` for a gate without a lowering.
    """
    low = Lowering(Frame.of(circuit.n_qubits))
    for op in circuit.ops:
        gate = gate_named(op.gate)
        if gate.lowering is None:
            fail(f"engine native cannot run gate {op.gate}: take engine fused, or give its row a `lower`")
        four_term = gate.frequencies == FOUR_TERMS
        gate.lowering(low, *op.wires, *(low.slot(angle, four_term) for angle in op.angles))
    frame = low.frame
    readouts = [Readout(frame.flips[w], frame.parities[w], -1 if frame.ones[w] else 1) for w in wires]
    return low.slots, _alive(low.rotations, readouts), readouts


def _alive(rotations: Sequence[Rotation], readouts: Sequence[Readout]) -> list[Rotation]:
    """Without those that commute with everything after them: they leave every expectation value as it is."""
    # A rotation U that commutes with all later ones can be moved to the end, where U† Z U = Z if it commutes
    # with the observables, too. These stand at the end as words that are never dropped.
    kept = [Rotation(0, r.parity, (), False) for r in readouts]
    n_readouts = len(kept)
    for rotation in reversed(rotations):
        if any(not rotation.commutes(later) for later in kept):
            kept.append(rotation)
    return kept[n_readouts:][::-1]
