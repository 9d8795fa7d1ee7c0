"""States of unlearned and gold models: nulls, inequalities and what an audit must notice."""

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.audit.quantum import QuantumAudit, _compiled, quantum_audit
from qunlearn.metrics import STATE_METRICS
from qunlearn.model import VQC
from reference.noise import partial_trace, trace_norm

MODEL = VQC(2, 2, n_qubits=3, uploads=1, repetitions=1)
RNG = np.random.default_rng(11)
X = RNG.uniform(0, np.pi, (8, 2))
FORGET = np.arange(8) < 3
CENTRE = RNG.normal(0, 1, MODEL.n_params)


def near(spread: float, *lead: int) -> np.ndarray:
    return CENTRE + RNG.normal(0, spread, (*lead, MODEL.n_params))


GOLD = near(0.1, 12)
FAR = CENTRE + 1.5


@pytest.fixture(scope="module")
def found() -> QuantumAudit:
    return quantum_audit(MODEL, {"original": FAR, "unlearned": near(0.1), "gold": GOLD}, X, FORGET)


def test_every_metric_has_a_row_for_each_model_and_part(found: QuantumAudit) -> None:
    rows = {(row.model, row.metric) for row in found.rows}
    assert rows == {(m, id) for m in ("original", "unlearned", "gold", "gold_gold") for id in STATE_METRICS}
    assert len(STATE_METRICS) == 8


def test_one_more_gold_model_lies_in_the_null_and_a_far_one_does_not(found: QuantumAudit) -> None:
    rows = {(row.model, row.metric): row for row in found.rows}
    for metric in ("readout_trace_distance_forget", "state_fidelity_retain", "readout_bures_forget"):
        spread = rows["gold", metric].null_high - rows["gold", metric].null_low
        assert abs(rows["unlearned", metric].gap) < spread
        assert abs(rows["original", metric].gap) > 3 * spread


def test_trace_distance_agrees_with_the_slow_twin(found: QuantumAudit) -> None:
    def rho(params: np.ndarray) -> list[np.ndarray]:
        psi = np.asarray(_compiled(MODEL)(params, X))
        return [partial_trace(np.outer(v, v.conj()), MODEL.readout) for v in psi]

    far = rho(FAR)
    gold = [rho(g) for g in GOLD]
    expected = [trace_norm(far[i] - g[i]) / 2 for g in gold for i in range(8) if FORGET[i]]
    value = {row.metric: row.value for row in found.rows if row.model == "original"}
    assert value["readout_trace_distance_forget"] == pytest.approx(np.mean(expected), abs=1e-12)
    middle = np.mean(gold, axis=0)
    expected = [trace_norm(far[i] - middle[i]) / 2 for i in range(8) if FORGET[i]]
    assert value["seed_averaged_trace_distance_forget"] == pytest.approx(np.mean(expected), abs=1e-12)


def test_helstrom_chances_start_at_a_half(found: QuantumAudit) -> None:
    assert found.helstrom.shape == (8,)
    assert (found.helstrom >= 0.5).all()
    assert (found.helstrom <= 1).all()


def test_noise_brings_states_together_for_every_channel(found: QuantumAudit) -> None:
    for line in found.contraction:
        assert line["holds"]
        assert line["after"] < line["before"]


def test_more_shots_tell_more(found: QuantumAudit) -> None:
    lows = [line["unlearned_forget"][0] for line in found.shots]
    assert lows == sorted(lows)
    assert lows[-1] > lows[0]


def test_models_lie_around_the_mean_of_gold(found: QuantumAudit) -> None:
    for part in found.plane.values():
        gold = np.array(part["gold"])
        np.testing.assert_allclose(gold.mean(axis=0), 0, atol=1e-12)
        assert len(part["original"]) == len(part["unlearned"]) == 1
        assert 0 < sum(part["shares"]) <= 1 + 1e-12
    assert list(found.plane) == ["forget", "retain"]


def test_displacement_is_shared_among_directions(found: QuantumAudit) -> None:
    values = np.array(found.fisher["eigenvalues"])
    assert (np.diff(values) <= 0).all()
    assert sum(found.fisher["displacement"]) == pytest.approx(1)


def test_a_move_that_no_state_feels_is_flat() -> None:
    """The last RZ on each qubit turns phases that an entangler-free end would not; here a doubled turn does:
    4π brings every rotation back, so the states are equal though the parameters are far apart."""
    moved = CENTRE + 4 * np.pi
    found = quantum_audit(MODEL, {"original": CENTRE, "unlearned": moved, "gold": GOLD}, X, FORGET)
    rows = {(row.model, row.metric): row for row in found.rows}
    for metric in ("state_fidelity_forget", "readout_trace_distance_retain"):
        assert rows["unlearned", metric].value == pytest.approx(rows["original", metric].value, abs=1e-12)


def test_refusals() -> None:
    params = {"original": CENTRE, "unlearned": CENTRE, "gold": GOLD[:2]}
    with pytest.raises(InputError, match="at least 3 gold models"):
        quantum_audit(MODEL, params, X, FORGET)
