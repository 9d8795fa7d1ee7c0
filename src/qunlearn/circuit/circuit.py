"""The frozen description of a circuit: which gate, on which wires, with angles from where.

Conventions (the whole package): qubit 0 is the most significant bit of a basis-state index;
R_P(t) = exp(-i t P / 2), t in radians. A description is hashable, so compiled programs are cached by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qunlearn._errors import require
from qunlearn.circuit.angle_source import Angle, Const, Feature, Param
from qunlearn.circuit.gates import gate_named

__all__ = ["Angle", "Circuit", "Const", "Feature", "Op", "Param", "concatenate"]


@dataclass(frozen=True)
class Op:
    """One gate of the table, applied to `wires` (control first), with one angle per gate angle."""

    gate: str
    wires: tuple[int, ...]
    angles: tuple[Angle, ...] = ()


@dataclass(frozen=True)
class Circuit:
    """`n_qubits` wires, `ops` in order of time.

    The start is |0...0>, or with `amplitude_encoding` the `n_features` features themselves, zero-padded to
    2^n amplitudes and divided by their norm; a row of zeros has no such state and gives NaN.

    Raises `InputError` for unknown gates, wires out of range or repeated, and wrong numbers of angles.
    """

    n_qubits: int
    ops: tuple[Op, ...]
    amplitude_encoding: bool = False
    n_features: int = 0
    n_params: int = 0

    def __post_init__(self) -> None:
        require(1 <= self.n_qubits <= 24, f"`n_qubits` must be between 1 and 24, but is {self.n_qubits}")
        for op in self.ops:
            _check(op, self.n_qubits)
        sources = [angle for op in self.ops for angle in op.angles]
        params = [a.index for a in sources if isinstance(a, Param)]
        features = [i for a in sources if isinstance(a, Feature) for i in a.indices]
        require(min(params + features, default=0) >= 0, "parameter and feature indices must be >= 0")
        object.__setattr__(self, "n_params", max(self.n_params, 1 + max(params, default=-1)))
        object.__setattr__(self, "n_features", max(self.n_features, 1 + max(features, default=-1)))
        if self.amplitude_encoding:
            require(
                1 <= self.n_features <= 2**self.n_qubits,
                f"amplitude encoding on {self.n_qubits} qubits takes 1 to {2**self.n_qubits} features, "
                f"but `n_features` is {self.n_features}",
            )


def _check(op: Op, n_qubits: int) -> None:
    gate = gate_named(op.gate)
    require(
        len(op.wires) == gate.n_wires and len(set(op.wires)) == gate.n_wires,
        f"gate {op.gate} takes {gate.n_wires} different wires, but got {op.wires}",
    )
    require(
        all(0 <= w < n_qubits for w in op.wires),
        f"wires of gate {op.gate} must be in 0..{n_qubits - 1}, but are {op.wires}",
    )
    require(
        len(op.angles) == gate.n_angles,
        f"gate {op.gate} takes {gate.n_angles} angles, but got {len(op.angles)}",
    )


def concatenate(n_qubits: int, parts: Iterable[Sequence[Op]]) -> Circuit:
    """The parts one after the other as one circuit."""
    return Circuit(n_qubits, tuple(op for part in parts for op in part))
