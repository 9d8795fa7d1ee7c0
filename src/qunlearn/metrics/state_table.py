"""The STATE_METRICS table: distances between the quantum states of models and of gold models."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from math import sqrt
from types import MappingProxyType

import numpy as np
from jaxtyping import Complex, Float

from qunlearn.metrics import states as s
from qunlearn.metrics.metric import GoldMetric, Metric


@dataclass(frozen=True, eq=False)
class States:
    """Output states `psi` (M, n, 2^q) of M models on n samples; `readout`: the qubits that are measured."""

    psi: Complex[np.ndarray, "M n N"]
    readout: tuple[int, ...]

    @cached_property
    def rho(self) -> Complex[np.ndarray, "M n R R"]:
        """Density matrices of the read-out qubits, the others traced out."""
        return s.reduced(self.psi, self.readout)

    @cached_property
    def root(self) -> Complex[np.ndarray, "M n R R"]:
        """Square roots of `rho`."""
        return s.root(self.rho)


def psi(states: States) -> Complex[np.ndarray, "M n N"]:
    """State vectors of all qubits."""
    return states.psi


def rho(states: States) -> Complex[np.ndarray, "M n R R"]:
    """Density matrices of the read-out qubits."""
    return states.rho


def root(states: States) -> Complex[np.ndarray, "M n R R"]:
    """Square roots of the read-out qubits' density matrices."""
    return states.root


def state_fidelity(
    gold: Complex[np.ndarray, "G n N"], model: Complex[np.ndarray, "M n N"]
) -> Float[np.ndarray, "M G n"]:
    """|⟨ψ|ψ_gold⟩|² of normalised vectors."""
    return np.asarray(s.pure_fidelity(model[:, None], gold))


def readout_trace_distance(
    gold: Complex[np.ndarray, "G n R R"], model: Complex[np.ndarray, "M n R R"]
) -> Float[np.ndarray, "M G n"]:
    """½ ‖ρ − ρ_gold‖₁, in [0, 1]."""
    return np.asarray(s.trace_distance(model[:, None], gold))


def readout_bures(
    gold: Complex[np.ndarray, "G n R R"], model: Complex[np.ndarray, "M n R R"]
) -> Float[np.ndarray, "M G n"]:
    """√(2 (1 − √F)), in [0, √2], from √ρ."""
    return np.asarray(s.bures(s.fidelity_of_roots(model[:, None], gold)))


def averaged_trace_distance(
    gold: Complex[np.ndarray, "G n R R"], model: Complex[np.ndarray, "M n R R"]
) -> Float[np.ndarray, "M n"]:
    """½ ‖ρ − mean of ρ_gold‖₁, in [0, 1]."""
    return np.asarray(s.trace_distance(model, gold.sum(axis=0) / len(gold)))


_HELSTROM = "Helstrom"
_fidelity = partial(
    GoldMetric,
    function=state_fidelity,
    view=psi,
    unit="probability",
    range=(0.0, 1.0),
    source="Uhlmann–Jozsa",
    meaning="|⟨ψ|ψ_gold⟩|² of the full output states",
)
_trace = partial(
    GoldMetric,
    function=readout_trace_distance,
    view=rho,
    unit="probability",
    range=(0.0, 1.0),
    source=_HELSTROM,
    meaning="½ ‖ρ − ρ_gold‖₁ on the read-out qubits: T, where one copy tells the models apart with ½ (1 + T)",
)
_bures = partial(
    GoldMetric,
    function=readout_bures,
    view=root,
    unit="1",
    range=(0.0, sqrt(2)),
    source="Fuchs & van de Graaf",
    meaning="√(2 (1 − √F)) of the read-out states",
)
_averaged = partial(
    Metric,
    function=averaged_trace_distance,
    target="gold-gold",
    unit="probability",
    range=(0.0, 1.0),
    source=_HELSTROM,
    meaning="½ ‖ρ − ρ̄‖₁ on the read-out qubits, ρ̄ the mean over (for a gold model: the other) gold models",
)
_SHAPES = (
    ("state_fidelity", "state fidelity", _fidelity),
    ("readout_trace_distance", "trace distance of read-outs", _trace),
    ("readout_bures", "Bures distance of read-outs", _bures),
    ("seed_averaged_trace_distance", "trace distance of seed averages", _averaged),
)
_PARTS = {"forget": "forgotten samples", "retain": "retained samples"}

_ROWS: tuple[Metric, ...] = tuple(
    row(
        id=f"{id}_{role}",
        label=f"{label}, {samples}",
        role=role,
        family="states",
        needs=("states", "forgotten samples") if role == "forget" else ("states",),
    )
    for id, label, row in _SHAPES
    for role, samples in _PARTS.items()
)

STATE_METRICS: Mapping[str, Metric] = MappingProxyType({row.id: row for row in _ROWS})
