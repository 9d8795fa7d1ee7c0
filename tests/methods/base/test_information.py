"""Fisher diagonals against slow twins, and circuits counted by running the shift rules."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.methods.base.information import FISHERS, hessian_cost, pair_circuits
from qunlearn.model import VQC
from qunlearn.model.derivatives import hessian, quantum_fisher
from qunlearn.train import Cost
from reference import derivatives as twin
from reference import statevector, vqc
from toys import Cosines, cosines_numpy, problem

PROBLEM = problem()
THETA_0 = np.asarray(PROBLEM.params)
CIRCUIT = VQC(2, 3, n_qubits=3, uploads=1, repetitions=1)
ANGLES = np.random.default_rng(2).uniform(-2, 2, 6)
X = np.array([[0.4, 1.9]])


def test_empirical_and_classical_diagonals():
    x, y, logits = PROBLEM.forget.x, PROBLEM.forget.y, cosines_numpy(3)
    empirical, classical = (
        FISHERS[name].diagonal(PROBLEM.model, THETA_0, PROBLEM.forget) for name in ("empirical", "classical")
    )
    expected = np.diag(twin.empirical_fisher(logits, THETA_0, x, y))
    np.testing.assert_allclose(empirical, expected, rtol=0, atol=1e-8)
    np.testing.assert_allclose(
        classical, np.diag(twin.classical_fisher(logits, THETA_0, x)), rtol=0, atol=1e-8
    )


@pytest.mark.slow
def test_classical_and_quantum_do_not_read_labels():
    posed = problem(CIRCUIT)
    other = type(posed.forget)(posed.forget.x, (posed.forget.y + 1) % 3)
    for name in ("classical", "quantum"):
        both = [FISHERS[name].diagonal(CIRCUIT, posed.params, rows) for rows in (posed.forget, other)]
        assert np.array_equal(*both)


class Runs:
    """A function that remembers at which angles it was run, modulo whole turns."""

    def __init__(self, function):
        self.function, self.seen = function, {}

    def __call__(self, shift):
        turned = np.mod(np.asarray(shift) / (np.pi / 2), 4).round().astype(int) % 4
        return self.seen.setdefault(tuple(turned), self.function(turned * np.pi / 2))


@pytest.mark.slow
def test_all_second_derivatives_of_an_expectation_value_take_the_counted_circuits():
    """Four for a pair, one for an angle alone (the other is the unshifted run)."""
    model, t = Cosines(), 6

    def value(params):
        return model.logits(params, jnp.asarray(X))[0, 1] + model.logits(params, jnp.asarray(X))[0, 2]

    run, e = Runs(lambda shift: float(value(jnp.asarray(ANGLES + shift)))), np.eye(t) * np.pi / 2
    unshifted, found = run(np.zeros(t)), np.zeros((t, t))
    for i in range(t):
        found[i, i] = (run(2 * e[i]) - unshifted) / 2
        for j in range(i):
            corners = run(e[i] + e[j]) - run(e[i] - e[j]) - run(e[j] - e[i]) + run(-e[i] - e[j])
            found[i, j] = found[j, i] = corners / 4
    np.testing.assert_allclose(found, hessian(value, jnp.asarray(ANGLES)), atol=1e-12)
    assert len(run.seen) - 1 == pair_circuits(model) == 66


def test_quantum_fisher_information_takes_the_counted_overlaps():
    def state(params):
        gates = vqc.encoding("angle", 3, X[0]) + vqc.ansatz("ry_rz_cnot_ring", 3, 1, params)
        return statevector.evolve(3, gates)

    start, t, e = state(ANGLES), 6, np.eye(6) * np.pi / 2
    run = Runs(lambda shift: abs(np.vdot(start, state(ANGLES + shift))) ** 2)
    found = np.zeros((t, t))
    for i in range(t):
        found[i, i] = 1 - run(2 * e[i])
        for j in range(i):
            corners = run(e[i] + e[j]) - run(e[i] - e[j]) - run(e[j] - e[i]) + run(-e[i] - e[j])
            found[i, j] = found[j, i] = -corners / 2
    np.testing.assert_allclose(found, quantum_fisher(CIRCUIT, ANGLES, X), atol=1e-12)
    assert len(run.seen) == pair_circuits(CIRCUIT) == 66


def test_costs():
    assert FISHERS["empirical"].cost(CIRCUIT, 5) == FISHERS["classical"].cost(CIRCUIT, 5)
    assert FISHERS["empirical"].cost(CIRCUIT, 5) == Cost.of_gradients(5)
    assert FISHERS["quantum"].cost(CIRCUIT, 5) == Cost(forwards=30)
    assert hessian_cost(CIRCUIT, 5) == Cost(gradients=5, forwards=5 + 5 * 66)


@pytest.mark.slow
@pytest.mark.parametrize("name", FISHERS)
def test_can_be_mapped_over_parameters(name):
    starts = jnp.asarray(np.random.default_rng(3).uniform(-2, 2, (2, 6)))
    rows = problem(CIRCUIT).forget
    both = jax.vmap(lambda p: FISHERS[name].diagonal(CIRCUIT, p, rows))(starts)
    np.testing.assert_allclose(both[1], FISHERS[name].diagonal(CIRCUIT, starts[1], rows), rtol=0, atol=1e-13)
