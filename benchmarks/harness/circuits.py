"""The benchmark's circuits as plain data, which every implementation translates for itself.

Conventions: qubit 0 is the most significant bit; ry(t) = exp(-i t Y / 2), rz(t) = exp(-i t Z / 2); cx has
its control first.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Gate:
    """`name` on `wires`; its angle is parameter `index[0]`, or the product of the features `index`."""

    name: Literal["ry", "rz", "cx"]
    wires: tuple[int, ...]
    source: Literal["param", "feature", "none"] = "none"
    index: tuple[int, ...] = ()


@dataclass(frozen=True)
class Model:
    """A circuit from |0...0>, and the qubits whose <Z> are the outputs."""

    n_qubits: int
    gates: tuple[Gate, ...]
    readout: tuple[int, ...]

    @property
    def n_params(self) -> int:
        """The length of the parameter vector."""
        return sum(gate.source == "param" for gate in self.gates)

    @property
    def n_features(self) -> int:
        """The length of a row of features."""
        return 1 + max((i for gate in self.gates if gate.source == "feature" for i in gate.index), default=-1)


def paper() -> Model:
    """The seed paper's classifier (arXiv 2601.04413): 72 parameters, four features, three classes."""
    gates: list[Gate] = []
    for block in range(2):
        gates += [Gate("ry", (i,), "feature", (i,)) for i in range(4)]
        for a in range(3):
            link = Gate("cx", (a, a + 1))
            gates += [link, Gate("rz", (a + 1,), "feature", (a, a + 1)), link]
        gates += _layers(6, 3, first=36 * block)
    return Model(6, tuple(gates), (3, 4, 5))


def hardware_efficient(n_qubits: int) -> Model:
    """Three repetitions of RY and RZ on every qubit and a CNOT ring, no features; <Z> of the last qubit."""
    return Model(n_qubits, tuple(_layers(n_qubits, 3, first=0)), (n_qubits - 1,))


def _layers(n_qubits: int, repetitions: int, first: int) -> list[Gate]:
    gates: list[Gate] = []
    for repetition in range(repetitions):
        for rotation, name in enumerate(("ry", "rz")):
            start = first + (2 * repetition + rotation) * n_qubits
            gates += [Gate(name, (q,), "param", (start + q,)) for q in range(n_qubits)]
        gates += [Gate("cx", (q, (q + 1) % n_qubits)) for q in range(n_qubits)]
    return gates
