"""Natural gradient: one step against a slow twin, gradient descent as damping grows, a head, its cost."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.methods import METHODS
from qunlearn.model import VQC
from qunlearn.train import Cost
from reference import derivatives as twin
from reference import statevector, unlearning, vqc
from reference import training as slow
from toys import problem

Natural = METHODS["natural_gradient"]
MODEL = VQC(2, 3, n_qubits=3, uploads=1, repetitions=1)
PROBLEM = problem(MODEL, n=6)
THETA_0 = np.asarray(PROBLEM.params)
FORGET, RETAIN = PROBLEM.forget, PROBLEM.retain
KEY = jax.random.key(6)


def state(params, row):
    gates = vqc.encoding("angle", 3, row) + vqc.ansatz("ry_rz_cnot_ring", 3, 1, params)
    return statevector.evolve(3, gates)


def logits(params, x):
    return np.array([statevector.expectations(state(params, row), (0, 1, 2)) for row in x])


def slow_gradient(params, lam, mu):
    """Of −J on all rows."""
    q = unlearning.forget_target(unlearning.probabilities(logits, THETA_0, FORGET.x), 1, 2.0)
    reference = unlearning.probabilities(logits, THETA_0, RETAIN.x)
    forget = slow.shifted_gradient(logits, params, FORGET.x, np.tile(q, (2, 1)))
    anchor = slow.shifted_gradient(logits, params, RETAIN.x, reference)
    return forget + lam * anchor + 2 * mu * (params - THETA_0)


def test_a_step_solves_with_the_damped_metric_of_the_rows():
    params = THETA_0 + 0.3
    rows = [*FORGET.x, *RETAIN.x]
    metric = np.mean([twin.quantum_fisher(lambda p, r=r: state(p, r), params) for r in rows], axis=0)
    direction = np.linalg.solve(metric + 0.2 * np.eye(6), slow_gradient(params, 0.7, 0.05))
    method = Natural(rho=0.2, lam=0.7, mu=0.05, learning_rate=0.4)
    pools, step = method.pools(PROBLEM), jax.jit(method.update, static_argnums=0)
    found, stopped, terms = step(MODEL, jnp.asarray(params), jnp.asarray(THETA_0), pools)
    np.testing.assert_allclose(found, params - 0.4 * direction, rtol=0, atol=1e-7)
    assert not stopped
    assert set(terms) == {"loss", "forget", "anchor", "proximity"}


@pytest.mark.slow
def test_with_endless_damping_it_is_gradient_descent():
    rho = 1e9
    method = Natural(rho=rho, learning_rate=0.1 * rho, lam=1.0, mu=0.0, steps=2, batch=0)
    params = THETA_0
    for _ in range(2):
        params = params - 0.1 * slow_gradient(params, 1.0, 0.0)
    np.testing.assert_allclose(method(PROBLEM, key=KEY).params, params, rtol=0, atol=1e-7)


@pytest.mark.slow
def test_a_head_moves_along_its_plain_gradient():
    model = VQC(2, 3, n_qubits=2, uploads=1, repetitions=1, head=True)
    posed = problem(model)
    method, start = Natural(rho=0.5, learning_rate=0.3, batch=0, steps=1), jnp.asarray(posed.params)
    pools = method.pools(posed)
    gradient = jax.jit(jax.grad(lambda p: method.objective(model, p, start, pools)[0]))(start)
    found = method(posed, key=KEY).params
    head = slice(model.n_angles, None)
    np.testing.assert_allclose(found[head], (start - 0.3 / 1.5 * gradient)[head], rtol=0, atol=1e-12)


def test_the_metric_is_in_the_cost():
    """Gradients of both mini-batches, 2 · 6 · 5 + 6 overlaps for each row, and targets and anchors once."""
    cost = Natural(steps=2, batch=0)(PROBLEM, key=KEY).cost
    assert cost == Cost(gradients=12, forwards=12 * (1 + 66) + 6)


def test_a_model_without_a_circuit_is_refused():
    with pytest.raises(InputError, match="needs a model with a circuit, but Cosines has none"):
        Natural()(problem(), key=KEY)
