"""Entanglement-weighted pruning: concurrence in closed form, scores against a slow twin, what stays 0."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.circuit import Circuit, Const, Feature, Op, Param
from qunlearn.methods import METHODS
from qunlearn.methods.entanglement_pruning import concurrence, turned
from qunlearn.model import VQC
from qunlearn.train import Cost
from reference import derivatives as twin
from reference import statevector, vqc
from toys import BATCH, LIVELY, STEPS, problem

EWP, Finetune = METHODS["entanglement_pruning"], METHODS["finetune"]
MODEL = VQC(2, 3, n_qubits=3, uploads=1, repetitions=2)
PROBLEM = problem(MODEL, n=6, params=np.random.default_rng(4).uniform(-2, 2, 12))
THETA_0 = np.asarray(PROBLEM.params)
KEY = jax.random.key(5)


def states(params, rows):
    gates = vqc.ansatz("ry_rz_cnot_ring", 3, 2, params)
    return [statevector.evolve(3, vqc.encoding("angle", 3, x) + gates) for x in rows]


def logits(params, x):
    return np.array([statevector.expectations(state, (0, 1, 2)) for state in states(params, x)])


def slow_concurrence(state, qubit):
    """From the reduced density matrix, entry by entry."""
    rho = np.zeros((2, 2), complex)
    for a in range(8):
        for b in range(8):
            bits = [(i >> (2 - q)) & 1 for i in (a, b) for q in range(3)]
            rest = [q for q in range(3) if q != qubit]
            if all(bits[q] == bits[3 + q] for q in rest):
                rho[bits[qubit], bits[3 + qubit]] += state[a] * np.conj(state[b])
    return np.sqrt(max(2 * (1 - np.trace(rho @ rho).real), 0))


def test_concurrence_of_a_tunable_bell_pair_and_of_a_qubit_apart():
    """cos(t/2)|00> + sin(t/2)|11> has concurrence |sin t|; qubit 2 turns alone."""
    circuit = Circuit(
        3, (Op("RY", (0,), (Feature((0,)),)), Op("CX", (0, 1)), Op("RX", (2,), (Const(0.7),))), n_features=1
    )
    for t in (0.0, 0.4, np.pi / 2, 2.5):
        found = concurrence(circuit, jnp.zeros(0), jnp.array([[t]]))
        np.testing.assert_allclose(found, [abs(np.sin(t)), abs(np.sin(t)), 0], atol=1e-7)


def test_concurrence_is_the_mean_over_rows_of_a_slow_twins():
    x = PROBLEM.retain.x[:3]
    expected = [np.mean([slow_concurrence(s, q) for s in states(THETA_0, x)]) for q in range(3)]
    found = concurrence(MODEL.circuit, jnp.asarray(THETA_0), jnp.asarray(x))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_an_angle_belongs_to_the_qubits_that_it_turns():
    gates = (
        Op("RX", (2,), (Param(0),)),
        Op("CRY", (0, 1), (Param(1),)),
        Op("RZ", (1,), (Param(3, 2.0),)),
        Op("RZ", (0,), (Param(3),)),
    )
    found = turned(Circuit(3, gates))
    assert np.array_equal(found, [[0, 0, 1], [0.5, 0.5, 0], [0, 0, 0], [0.5, 0.5, 0]])


def test_the_lowest_scores_are_pruned_and_stay_pruned():
    x, y = PROBLEM.retain.x, PROBLEM.retain.y
    entangled = [np.mean([slow_concurrence(s, q) for s in states(THETA_0, x)]) for q in range(3)]
    fisher = np.diag(twin.empirical_fisher(logits, THETA_0, x, y))
    score = [fisher[i] * entangled[i % 3] for i in range(12)]  # repetition, rotation, qubit
    lowest = sorted(range(12), key=lambda i: score[i])[:6]
    result = EWP(tau=6.5 / 12, **LIVELY)(PROBLEM, key=KEY)  # a share of 6.5 angles: 6 of them
    assert sorted(np.flatnonzero(np.asarray(result.params) == 0)) == sorted(lowest)
    assert sorted(score)[5] < 0.9 * sorted(score)[6]  # no tie decides
    assert set(lowest) != set(np.argsort(fisher)[:6])  # nor the Fisher information alone


@pytest.mark.slow
def test_without_pruning_it_is_fine_tuning():
    pair = [method(PROBLEM, key=KEY) for method in (EWP(tau=0.0, **LIVELY), Finetune(**LIVELY))]
    assert np.array_equal(pair[0].params, pair[1].params)


def test_scoring_is_in_the_cost():
    """A gradient of every retained sample, and three measurements for its reduced density matrices."""
    cost = EWP(**LIVELY)(PROBLEM, key=KEY).cost
    assert cost == Cost.of_gradients(4 + STEPS * BATCH) + Cost(forwards=3 * 4)


def test_a_model_without_a_circuit_is_refused():
    with pytest.raises(InputError, match="needs a model with a circuit, but Cosines has none"):
        EWP()(problem(), key=KEY)
