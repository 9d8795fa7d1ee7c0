"""The quantum part of an audit: are the *states* of the unlearned model those of a retrained one?

Closeness of predictions says nothing about what else could be measured. Here every model's output states on
the audited samples are compared with those of gold models: all qubits, and the read-out qubits with the
others traced out. Everything has its null: gold models against one another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeAlias

import jax
import numpy as np
from jaxtyping import Bool, Complex, Float

from qunlearn._errors import require
from qunlearn.audit.prediction_rows import metric_row
from qunlearn.circuit.channels import Channel
from qunlearn.circuit.density import apply_channels
from qunlearn.circuit.statevector import statevector
from qunlearn.metrics import states as s
from qunlearn.metrics.estimate import Estimate
from qunlearn.metrics.evaluate import NULL_RANGE, Spread
from qunlearn.metrics.metric import GoldMetric, Metric
from qunlearn.metrics.state_table import (
    STATE_METRICS,
    States,
    averaged_trace_distance,
    readout_trace_distance,
)
from qunlearn.model import VQC
from qunlearn.records import Row

MOST_GOLD = 16
"""Gold models whose states are compared: pairs grow with the square, and a mean over so many is precise."""

MOST_QUBITS = 12
SHOTS = (1, 10, 100, 1000, 10_000)
CHANNELS = (
    Channel("bit_flip", 0.02),
    Channel("depolarising", 0.05),
    Channel("depolarising", 0.3),
    Channel("amplitude_damping", 0.1),
)
ROUNDING = 1e-10
FLAT = 1e-3
"""A direction is called flat where its eigenvalue is below this share of the largest."""

Distances: TypeAlias = dict[Callable[..., object], dict[str, np.ndarray]]
"""By the function of the metric, then by model."""


@dataclass(frozen=True, eq=False)
class QuantumAudit:
    """What the states say.

    rows: lines for `rows.parquet`. helstrom (n,): for every row the largest chance with which one copy of the
    read-out state tells the unlearned from a gold model, mean over gold models; helstrom_gold (n,): the same
    between gold models. shots: bounds on the advantage of N read-outs in the Z basis. contraction: for every
    channel the mean distance before and after, and the worst violation of the data-processing inequality.
    fisher: spectrum of the quantum Fisher information and where unlearning moved in it. plane: for the rows
    of the request and the retained ones, where models lie by their read-out states
    (`states.principal_plane`), the mean of gold at (0, 0), and the two directions' `shares` of the spread.
    """

    rows: list[Row]
    helstrom: Float[np.ndarray, " n"]
    helstrom_gold: Float[np.ndarray, " n"]
    shots: list[dict[str, object]]
    contraction: list[dict[str, object]]
    fisher: dict[str, object]
    plane: dict[str, object]

    def to_dict(self) -> dict[str, object]:
        """Everything but the rows, as JSON takes it."""
        return {
            "helstrom": self.helstrom.tolist(),
            "helstrom_gold": self.helstrom_gold.tolist(),
            "shots": self.shots,
            "contraction": self.contraction,
            "fisher": self.fisher,
            "plane": self.plane,
        }


def quantum_audit(
    model: VQC,
    params: Mapping[str, np.ndarray],
    x: Float[np.ndarray, "n d"],
    forget: Bool[np.ndarray, " n"],
    split: str = "test",
) -> QuantumAudit:
    """Compare states on rows x, of which `forget` marks those of the request.

    params: `original` (P,), `unlearned` (P,), `gold` (G, P); of gold the first 16 are compared. Raises
    `InputError` for more than 12 qubits, where the states would not fit into memory, and for fewer than 3
    gold models.
    """
    require(model.n_qubits <= MOST_QUBITS, f"states are compared up to {MOST_QUBITS} qubits")
    require(len(params["gold"]) >= 3, "comparing states needs at least 3 gold models")
    models = {name: np.atleast_2d(p)[:MOST_GOLD] for name, p in params.items()}
    states = {name: States(_states(model, p, x), model.readout) for name, p in models.items()}
    rho = {name: one.rho for name, one in states.items()}
    found = _distances(states)
    distance = found[readout_trace_distance]
    return QuantumAudit(
        rows=_rows(found, forget, split),
        helstrom=0.5 * (1 + distance["unlearned"].mean(axis=(0, 1))),
        helstrom_gold=0.5 * (1 + distance["gold"].mean(axis=(0, 1))),
        shots=_shots(
            {name: s.outcome_probabilities(one.psi, model.readout) for name, one in states.items()}, forget
        ),
        contraction=[_contraction(channel, rho, distance["unlearned"][0]) for channel in CHANNELS],
        fisher=_fisher(model, params, x),
        plane={part: _plane(rho, marked) for part, marked in _parts(forget) if marked.any()},
    )


def _states(
    model: VQC, params: Float[np.ndarray, "M P"], x: Float[np.ndarray, "n d"]
) -> Complex[np.ndarray, "M n N"]:
    one = _compiled(model)
    return np.stack([np.asarray(one(p[: model.n_angles], x)) for p in params])


@lru_cache(maxsize=8)
def _compiled(model: VQC) -> Callable[..., jax.Array]:
    return jax.jit(partial(statevector, model.circuit))  # pyright: ignore[reportUnknownMemberType]


def _distances(states: Mapping[str, States]) -> Distances:
    """Of every function of STATE_METRICS the values (M, H, n): every model against H gold models."""
    found: Distances = {}
    for metric in STATE_METRICS.values():
        if metric.function not in found:
            paired = isinstance(metric, GoldMetric)
            found[metric.function] = _pairs(metric, states) if paired else _averaged(states)
    return found


def _pairs(metric: GoldMetric, states: Mapping[str, States]) -> dict[str, np.ndarray]:
    """Every model against each gold model; gold against the others, each pair computed once."""
    seen = {name: metric.view(found) for name, found in states.items()}
    gold = seen["gold"]
    among = np.zeros((len(gold), len(gold), gold.shape[1]))
    for i in range(1, len(gold)):
        among[i, :i] = among[:i, i] = metric.function(gold[:i], gold[i : i + 1])[0]
    off = ~np.eye(len(gold), dtype=bool)
    found = {name: metric.function(gold, seen[name]) for name in ("original", "unlearned")}
    return found | {"gold": among[off].reshape(len(gold), len(gold) - 1, -1)}


def _averaged(states: Mapping[str, States]) -> dict[str, np.ndarray]:
    """Against the state averaged over gold seeds; a gold model is left out of its own average."""
    gold = states["gold"].rho
    total, n = gold.sum(axis=0), len(gold)
    found = {name: averaged_trace_distance(gold, states[name].rho) for name in ("original", "unlearned")}
    found["gold"] = np.stack([s.trace_distance(g, (total - g) / (n - 1)) for g in gold])
    return {name: values[:, None] for name, values in found.items()}


def _rows(found: Distances, forget: np.ndarray, split: str) -> list[Row]:
    rows: list[Row] = []
    for metric in STATE_METRICS.values():
        marked = forget if metric.role == "forget" else ~forget
        if marked.any():
            pairs = found[metric.function]
            values = {model: pair[:, :, marked].mean(axis=(1, 2)) for model, pair in pairs.items()}
            rows += _lines(metric, values, split)
    return rows


def _parts(forget: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
    return ("forget", forget), ("retain", ~forget)


def _plane(rho: Mapping[str, np.ndarray], marked: np.ndarray) -> dict[str, object]:
    names = ("original", "unlearned", "gold")
    every = np.concatenate([rho[name] for name in names])[:, marked]
    found, shares = s.principal_plane(every, rho["gold"][:, marked].mean(axis=0))
    ends = np.cumsum([len(rho[name]) for name in names])[:-1]
    places = dict(zip(names, (part.tolist() for part in np.split(found, ends)), strict=True))
    return {**places, "shares": shares.tolist()}


def _lines(metric: Metric, values: Mapping[str, np.ndarray], split: str) -> list[Row]:
    """One row for each model; the null is what each gold model scores as the candidate."""
    null = values["gold"]
    low, high = map(float, np.quantile(null, NULL_RANGE))
    error = float(null.std(ddof=1) / np.sqrt(len(null)))
    centre = Estimate(float(null.mean()), error, len(null), "models")
    spread = Spread(centre, low, high, tuple(null.tolist()))
    alone = {
        name: Estimate(float(values[name].mean()), None, len(null), "models")
        for name in ("original", "unlearned")
    }
    every = alone | {"gold": centre, "gold_gold": centre}
    return [metric_row(model, split, metric.id, metric, found, spread) for model, found in every.items()]


def _shots(outcomes: Mapping[str, np.ndarray], forget: np.ndarray) -> list[dict[str, object]]:
    """Mean bounds over rows and gold models, for the forgotten and the retained samples."""
    gold = outcomes["gold"]
    lines: list[dict[str, object]] = []
    for shots in SHOTS:
        line: dict[str, object] = {"shots": shots}
        for name, other in (("unlearned", gold), ("gold", np.roll(gold, 1, axis=0))):
            low, high = map(np.asarray, s.shots_advantage(outcomes[name], other, shots))
            for part, marked in _parts(forget):
                if marked.any():
                    line[f"{name}_{part}"] = [float(low[:, marked].mean()), float(high[:, marked].mean())]
        lines.append(line)
    return lines


def _contraction(
    channel: Channel, rho: Mapping[str, np.ndarray], before: Float[np.ndarray, "G n"]
) -> dict[str, object]:
    """The data-processing inequality D(E(ρ_u), E(ρ_gold)) ≤ D(ρ_u, ρ_gold), row by row (seed paper, (4))."""
    noisy = apply_channels(rho["unlearned"][0], (channel,))
    after = np.stack([s.trace_distance(noisy, apply_channels(g, (channel,))) for g in rho["gold"]])
    worst = float((after - before).max())
    return {
        "channel": channel.kind,
        "p": channel.p,
        "before": float(before.mean()),
        "after": float(after.mean()),
        "worst_violation": worst,
        "holds": worst <= ROUNDING,
    }


def _fisher(model: VQC, params: Mapping[str, np.ndarray], x: np.ndarray) -> dict[str, object]:
    """Eigenvalues of the quantum Fisher information at the original parameters, and where unlearning went.

    `displacement` holds for each eigenvalue, largest first, the share of ‖θ_u − θ₀‖² along its direction. A
    move along an eigenvalue near zero leaves the states as they are.
    """
    from qunlearn.model.derivatives import quantum_fisher

    values, vectors = np.linalg.eigh(np.asarray(quantum_fisher(model, params["original"], x)))
    moved = vectors.T @ (params["unlearned"] - params["original"])
    total = float(np.sum(moved**2))
    shares = moved**2 / total if total > 0 else np.zeros_like(moved)
    flat = values < FLAT * values.max()
    return {
        "eigenvalues": np.clip(values[::-1], 0, None).tolist(),
        "displacement": shares[::-1].tolist(),
        "flat_directions": int(flat.sum()),
        "share_in_flat": float(shares[flat].sum()),
        "distance": total**0.5,
    }
