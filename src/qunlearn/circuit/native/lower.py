"""Every gate as rotations about Pauli words, exp(-i a/2 P), and a relabelling of basis states.

The kernel knows two rotations: about Z on some qubits, and about Y on one qubit. CX, SWAP and X move no
amplitude: a `Frame` records which stored index bits now make up each qubit, so a run of them costs nothing at
run time. In stored indices a Y rotation pairs index p with p ^ flip and reads the qubit from the parity of p
& parity; a Z rotation has flip = 0. Global phases are dropped: only expectation values are asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import pi
from types import MappingProxyType

from qunlearn.circuit.circuit import Angle, Circuit, Const, Feature
from qunlearn.circuit.gates import GATES

Terms = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Rotation:
    """exp(-i a/2 P) in stored indices; its angle a is the sum of `coefficient * slot` over `terms`."""

    flip: int
    parity: int
    terms: Terms
    per_sample: bool

    def commutes(self, other: "Rotation") -> bool:
        """Whether the two Pauli words commute."""
        return not odd(self.flip & other.parity) ^ odd(self.parity & other.flip)


@dataclass(frozen=True)
class Slot:
    """One angle of one gate, and whether its shift rule has four terms."""

    angle: Angle
    four_term: bool = False


@dataclass(frozen=True)
class Readout:
    """<Z> of a qubit in stored indices: `sign` times the sum of (-1)^parity(p & parity) |amplitude p|^2."""

    flip: int
    parity: int
    sign: int


@dataclass
class Frame:
    """X on qubit q flips the bits `flips[q]`; its value is the parity of `parities[q]`, xor `ones[q]`."""

    flips: list[int]
    parities: list[int]
    ones: list[bool]

    def cx(self, control: int, target: int) -> None:
        self.flips[control] ^= self.flips[target]
        self.parities[target] ^= self.parities[control]
        self.ones[target] ^= self.ones[control]

    def swap(self, a: int, b: int) -> None:
        self.flips[a], self.flips[b] = self.flips[b], self.flips[a]
        self.parities[a], self.parities[b] = self.parities[b], self.parities[a]
        self.ones[a], self.ones[b] = self.ones[b], self.ones[a]

    def x(self, wire: int) -> None:
        self.ones[wire] ^= True


@dataclass
class Lowering:
    """Collects rotations while a `Frame` follows the relabellings."""

    frame: Frame
    slots: list[Slot] = field(default_factory=list)
    rotations: list[Rotation] = field(default_factory=list)

    def slot(self, angle: Angle, four_term: bool = False) -> int:
        self.slots.append(Slot(angle, four_term))
        return len(self.slots) - 1

    def z(self, wires: Sequence[int], slot: int, coefficient: float = 1.0) -> None:
        parity, one = 0, False
        for wire in wires:
            parity ^= self.frame.parities[wire]
            one ^= self.frame.ones[wire]
        self._add(0, parity, slot, -coefficient if one else coefficient)

    def y(self, wire: int, slot: int, coefficient: float = 1.0) -> None:
        frame = self.frame
        self._add(
            frame.flips[wire], frame.parities[wire], slot, -coefficient if frame.ones[wire] else coefficient
        )

    def z_by(self, wires: Sequence[int], value: float) -> None:
        self.z(wires, self.slot(Const(value)))

    def y_by(self, wire: int, value: float) -> None:
        self.y(wire, self.slot(Const(value)))

    def _add(self, flip: int, parity: int, slot: int, coefficient: float) -> None:
        per_sample = isinstance(self.slots[slot].angle, Feature)
        self.rotations.append(Rotation(flip, parity, ((slot, coefficient),), per_sample))


def odd(word: int) -> bool:
    """Whether an odd number of bits is set."""
    return bool(word.bit_count() & 1)


def _controlled_phase(low: Lowering, a: int, b: int, slot: int) -> None:
    """exp(i t [both are 1]), because b1 b2 = (1 - Z1 - Z2 + Z1 Z2) / 4."""
    low.z((a,), slot, 0.5)
    low.z((b,), slot, 0.5)
    low.z((a, b), slot, -0.5)


def _ccz(low: Lowering, a: int, b: int, c: int) -> None:
    slot = low.slot(Const(pi / 4))
    for word in ((a,), (b,), (c,), (a, b, c)):
        low.z(word, slot)
    for word in ((a, b), (b, c), (a, c)):
        low.z(word, slot, -1.0)


def _controlled_z_rotation(low: Lowering, control: int, target: int, slot: int) -> None:
    low.z((target,), slot, 0.5)
    low.z((control, target), slot, -0.5)


def _turned(low: Lowering, wires: Sequence[int], inner: Callable[[], None], angle: float = pi / 2) -> None:
    """`inner` with Z of `wires` replaced by cos(angle) Z + sin(angle) X; a quarter turn gives X."""
    for wire in wires:
        low.y_by(wire, -angle)
    inner()
    for wire in wires:
        low.y_by(wire, angle)


def _rx(low: Lowering, wire: int, slot: int) -> None:
    low.z_by((wire,), pi / 2)
    low.y(wire, slot)
    low.z_by((wire,), -pi / 2)


def _y(low: Lowering, wire: int) -> None:
    low.z_by((wire,), pi)
    low.frame.x(wire)


def _h(low: Lowering, wire: int) -> None:
    low.frame.x(wire)
    low.y_by(wire, -pi / 2)


def _u3(low: Lowering, wire: int, theta: int, phi: int, lam: int) -> None:
    low.z((wire,), lam)
    low.y(wire, theta)
    low.z((wire,), phi)


def _cy(low: Lowering, control: int, target: int) -> None:
    low.z_by((target,), -pi / 2)
    low.frame.cx(control, target)
    low.z_by((target,), pi / 2)


def _cz(low: Lowering, a: int, b: int) -> None:
    _controlled_phase(low, a, b, low.slot(Const(pi)))


def _iswap(low: Lowering, a: int, b: int) -> None:
    low.frame.swap(a, b)
    low.z_by((a, b), pi / 2)


def _cry(low: Lowering, control: int, target: int, slot: int) -> None:
    low.y(target, slot, 0.5)
    low.frame.cx(control, target)
    low.y(target, slot, -0.5)
    low.frame.cx(control, target)


def _ryy(low: Lowering, a: int, b: int, slot: int) -> None:
    for wire in (a, b):
        low.z_by((wire,), -pi / 2)
    _turned(low, (a, b), lambda: low.z((a, b), slot))
    for wire in (a, b):
        low.z_by((wire,), pi / 2)


# Arguments: the collector, the gate's wires, the slots of its angles.
LOWERINGS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {
        "I": lambda low, w: None,
        "X": lambda low, w: low.frame.x(w),
        "Y": _y,
        "Z": lambda low, w: low.z_by((w,), pi),
        "H": _h,
        "S": lambda low, w: low.z_by((w,), pi / 2),
        "SDG": lambda low, w: low.z_by((w,), -pi / 2),
        "T": lambda low, w: low.z_by((w,), pi / 4),
        "TDG": lambda low, w: low.z_by((w,), -pi / 4),
        "SX": lambda low, w: _rx(low, w, low.slot(Const(pi / 2))),
        "RX": _rx,
        "RY": lambda low, w, t: low.y(w, t),
        "RZ": lambda low, w, t: low.z((w,), t),
        "P": lambda low, w, t: low.z((w,), t),
        "U3": _u3,
        "CX": lambda low, c, t: low.frame.cx(c, t),
        "CY": _cy,
        "CZ": _cz,
        "CH": lambda low, c, t: _turned(low, (t,), lambda: _cz(low, c, t), pi / 4),
        "SWAP": lambda low, a, b: low.frame.swap(a, b),
        "ISWAP": _iswap,
        "CP": _controlled_phase,
        "CRX": lambda low, c, t, s: _turned(low, (t,), lambda: _controlled_z_rotation(low, c, t, s)),
        "CRY": _cry,
        "CRZ": _controlled_z_rotation,
        "RXX": lambda low, a, b, s: _turned(low, (a, b), lambda: low.z((a, b), s)),
        "RYY": _ryy,
        "RZZ": lambda low, a, b, s: low.z((a, b), s),
        "RZX": lambda low, a, b, s: _turned(low, (b,), lambda: low.z((a, b), s)),
        "CCX": lambda low, a, b, t: _turned(low, (t,), lambda: _ccz(low, a, b, t)),
    }
)


def lower(circuit: Circuit, wires: Sequence[int]) -> tuple[list[Slot], list[Rotation], list[Readout]]:
    """The slots, the rotations that can change <Z> of `wires`, in order of time, and where to read these."""
    bits = [1 << (circuit.n_qubits - 1 - q) for q in range(circuit.n_qubits)]
    low = Lowering(Frame(bits.copy(), bits.copy(), [False] * circuit.n_qubits))
    for op in circuit.ops:
        four_term = GATES[op.gate].shift == "four"
        LOWERINGS[op.gate](low, *op.wires, *(low.slot(angle, four_term) for angle in op.angles))
    frame = low.frame
    readouts = [Readout(frame.flips[w], frame.parities[w], -1 if frame.ones[w] else 1) for w in wires]
    return low.slots, _alive(low.rotations, readouts), readouts


def _alive(rotations: Sequence[Rotation], readouts: Sequence[Readout]) -> list[Rotation]:
    """Without those that commute with everything after them: they leave every expectation value as it is."""
    kept = [Rotation(0, r.parity, (), False) for r in readouts]
    n_readouts = len(kept)
    for rotation in reversed(rotations):
        if any(not rotation.commutes(later) for later in kept):
            kept.append(rotation)
    return kept[n_readouts:][::-1]
