"""The four steps that a fused program is made of.

Bits: wire w of n is bit n - 1 - w of a basis-state index, and a *mask* is a set of wires written in these
bits.
"""

from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_, xor
from typing import TypeAlias

import numpy as np

from qunlearn.circuit.circuit import Angle, Const, Op
from qunlearn.circuit.gates import gate_named


def parity(indices: np.ndarray | int, mask: np.ndarray | int) -> np.ndarray:
    """1 where an odd number of the wires in `mask` is set, else 0."""
    return np.bitwise_count(np.bitwise_and(indices, mask)) & 1


def mask_of(wires: tuple[int, ...], n_qubits: int) -> int:
    """The mask of `wires`."""
    return sum(1 << (n_qubits - 1 - w) for w in wires)


def wires_of(mask: int, n_qubits: int) -> tuple[int, ...]:
    """The wires of `mask`, ascending."""
    return tuple(w for w in range(n_qubits) if mask >> (n_qubits - 1 - w) & 1)


Run: TypeAlias = tuple[Op, ...]


@dataclass(frozen=True)
class Local:
    """One-qubit gates side by side: for each wire, ascending, the gates that follow each other on it."""

    runs: tuple[Run, ...]

    @cached_property
    def wires(self) -> tuple[int, ...]:
        """The wires that have a run."""
        return tuple(self.by_wire)

    @cached_property
    def by_wire(self) -> dict[int, Run]:
        """The runs by their wire."""
        return {run[0].wires[0]: run for run in self.runs}

    def extended(self, run: Run) -> "Local":
        """With `run` after everything that is on its wire."""
        wire = run[0].wires[0]
        merged = {**self.by_wire, wire: self.by_wire.get(wire, ()) + run}
        return Local(tuple(merged[w] for w in sorted(merged)))


@dataclass(frozen=True)
class Rotation:
    """Any diagonal gate: exp(i angle * sum_j coefficient_j * (-1)^parity(index, mask_j))."""

    angle: Angle
    parities: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Phase:
    """Diagonal gates, all multiplied into one vector of phases."""

    rotations: tuple[Rotation, ...]

    @cached_property
    def mask(self) -> int:
        """Every wire that a rotation depends on."""
        return support(self.rotations)


@dataclass(frozen=True)
class Permute:
    """A linear relabelling of basis states: bit w of the new index is the old one's parity with `rows[w]`."""

    rows: tuple[int, ...]

    @cached_property
    def mask(self) -> int:
        """The wires on which the relabelling does not act as the identity."""
        bits = identity_rows(len(self.rows))
        return reduce(or_, (row | bit for row, bit in zip(self.rows, bits, strict=True) if row != bit), 0)

    def followed_by(self, op: Op) -> "Permute":
        """This relabelling, then a CX or SWAP."""
        rows, (first, second) = list(self.rows), op.wires
        if op.gate == "SWAP":
            rows[first], rows[second] = rows[second], rows[first]
        else:
            rows[second] ^= rows[first]
        return Permute(tuple(rows))

    def pull_back(self, rotation: Rotation) -> Rotation:
        """The rotation that before this relabelling does what `rotation` does after it."""
        n_qubits = len(self.rows)

        def pulled(mask: int) -> int:
            # parity(new, mask) = xor over w in mask of parity(old, rows[w]) = parity(old, xor of these rows)
            return reduce(xor, (self.rows[w] for w in wires_of(mask, n_qubits)), 0)

        return Rotation(rotation.angle, tuple((pulled(mask), c) for mask, c in rotation.parities))

    def index(self) -> np.ndarray:
        """`new = old[index]` for the amplitudes."""
        n_qubits = len(self.rows)
        old = np.arange(2**n_qubits)
        bits = [
            parity(old, row).astype(int) << (n_qubits - 1 - w) for w, row in enumerate(self.rows)
        ]  # n of (N,)
        return np.argsort(
            sum(bits)
        )  # the sum says where each amplitude goes; its inverse where each comes from


@dataclass(frozen=True)
class Dense:
    """Any other gate, as its small matrix."""

    op: Op


Step: TypeAlias = Local | Phase | Permute | Dense


def identity_rows(n_qubits: int) -> tuple[int, ...]:
    """The relabelling that changes nothing."""
    return tuple(1 << (n_qubits - 1 - w) for w in range(n_qubits))


def support(rotations: tuple[Rotation, ...]) -> int:
    """The mask of all wires that `rotations` depend on."""
    return reduce(or_, (mask for rotation in rotations for mask, _ in rotation.parities), 0)


def rotations_of(op: Op, n_qubits: int) -> Rotation:
    """A diagonal gate as a `Rotation`: the Walsh-Hadamard transform of its exponents."""
    gate = gate_named(op.gate)
    exponents = np.angle(np.diagonal(gate.matrix(np, *[1.0] * gate.n_angles)))
    local = np.arange(len(exponents))
    signs = 1 - 2 * parity(local[:, None], local).astype(int)  # (k, k), a Hadamard matrix: signs² = k
    coefficients = signs @ exponents / len(exponents)  # exponents = coefficients @ signs
    wires = [tuple(op.wires[w] for w in wires_of(m, gate.n_wires)) for m in range(len(local))]
    parities = [(mask_of(w, n_qubits), float(c)) for w, c in zip(wires, coefficients, strict=True) if c != 0]
    return Rotation(op.angles[0] if op.angles else Const(1.0), tuple(parities))
