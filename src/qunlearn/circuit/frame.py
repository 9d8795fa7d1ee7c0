"""Gates as the native kernel sees them: rotations about Pauli words, exp(-i a/2 P), and relabelled states.

The kernel knows two rotations: about Z on some qubits, and about Y on one qubit. CX, SWAP and X move no
amplitude: a `Frame` records which stored index bits now make up each qubit, so a run of them costs nothing at
run time. In stored indices a Y rotation pairs index p with p ^ flip and reads the qubit from the parity of p
& parity; a Z rotation has flip = 0. Global phases are dropped: only expectation values are asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from qunlearn.circuit.angle_source import Angle, Const, Feature

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
        # X^f Z^p and X^f' Z^p' commute up to (-1)^(f·p' + p·f'): the symplectic product over GF(2)
        return not odd(self.flip & other.parity) ^ odd(self.parity & other.flip)


@dataclass(frozen=True)
class Slot:
    """One angle of one gate, and whether its shift rule has four terms."""

    angle: Angle
    four_term: bool = False


@dataclass
class Frame:
    """X on qubit q flips the bits `flips[q]`; its value is the parity of `parities[q]`, xor `ones[q]`."""

    flips: list[int]
    parities: list[int]
    ones: list[bool]

    @classmethod
    def of(cls, n_qubits: int) -> "Frame":
        """Every qubit in a bit of its own, qubit 0 in the most significant."""
        bits = [1 << (n_qubits - 1 - q) for q in range(n_qubits)]
        return cls(bits.copy(), bits.copy(), [False] * n_qubits)

    def cx(self, control: int, target: int) -> None:
        self.flips[control] ^= self.flips[target]  # CX X_c CX = X_c X_t
        self.parities[target] ^= self.parities[control]  # CX Z_t CX = Z_c Z_t
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
        """exp(-i coefficient angle/2 Z...Z)."""
        parity, one = 0, False
        for wire in wires:  # a product of Z reads the xor of its qubits
            parity ^= self.frame.parities[wire]
            one ^= self.frame.ones[wire]
        self._add(0, parity, slot, -coefficient if one else coefficient)  # X Z X = -Z

    def y(self, wire: int, slot: int, coefficient: float = 1.0) -> None:
        """exp(-i coefficient angle/2 Y)."""
        frame = self.frame
        signed = -coefficient if frame.ones[wire] else coefficient  # X Y X = -Y
        self._add(frame.flips[wire], frame.parities[wire], slot, signed)

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
