"""Noise channels on one qubit, as data: name, Kraus operators, meaning. All are trace preserving."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Complex

from qunlearn._errors import require, require_one_of
from qunlearn.circuit.pauli import PAULI

Kraus = Complex[np.ndarray, "k 2 2"]


@dataclass(frozen=True)
class ChannelKind:
    """One line of the table: `kraus(p)` are the operators (k, 2, 2) at strength p in [0, 1]."""

    kraus: Callable[[float], np.ndarray]
    meaning: str


def _pauli_mixture(weights: Mapping[str, float]) -> np.ndarray:
    return np.stack([np.sqrt(weight) * PAULI[name] for name, weight in weights.items()])


def _depolarising(p: float) -> np.ndarray:
    return _pauli_mixture({"I": 1 - 3 * p / 4, "X": p / 4, "Y": p / 4, "Z": p / 4})


def _amplitude_damping(p: float) -> np.ndarray:
    return np.array([[[1, 0], [0, np.sqrt(1 - p)]], [[0, np.sqrt(p)], [0, 0]]], complex)


def _phase_damping(p: float) -> np.ndarray:
    return np.array([[[1, 0], [0, np.sqrt(1 - p)]], [[0, 0], [0, np.sqrt(p)]]], complex)


CHANNELS: Mapping[str, ChannelKind] = MappingProxyType(
    {
        "depolarising": ChannelKind(_depolarising, "(1 − p) ρ + p I/2"),
        "amplitude_damping": ChannelKind(_amplitude_damping, "|1⟩ decays to |0⟩ with probability p"),
        "phase_damping": ChannelKind(_phase_damping, "coherences shrink by √(1 − p), populations stay"),
        "bit_flip": ChannelKind(
            lambda p: _pauli_mixture({"I": 1 - p, "X": p}),
            "0 and 1 are exchanged with probability p; before a Z measurement this is read-out error",
        ),
    }
)


@dataclass(frozen=True)
class Channel:
    """A channel of `CHANNELS` at strength p; `InputError` for another name or p outside [0, 1]."""

    kind: str
    p: float

    def __post_init__(self) -> None:
        require_one_of("channel", self.kind, CHANNELS)
        require(0 <= self.p <= 1, f"strength of {self.kind} must be in 0..1, but is {self.p}")

    @property
    def kraus(self) -> Kraus:
        """Operators K (k, 2, 2) with Σ K†K = I."""
        return CHANNELS[self.kind].kraus(self.p).astype(complex)

    @property
    def superoperator(self) -> Complex[np.ndarray, "4 4"]:
        """Σ K ⊗ K̄: the channel on a density matrix read row by row."""
        return sum((np.kron(k, k.conj()) for k in self.kraus), np.zeros((4, 4), complex))
