"""Settling a head against scikit-learn's logistic regression, and in its limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from qunlearn.methods import METHODS
from qunlearn.methods.base.refit_head import refit_head
from qunlearn.model import VQC
from reference import training
from toys import LIVELY, problem, rows

MODEL = VQC(2, 3, n_qubits=3, uploads=1, repetitions=2, head=True, ansatz="rx_ry_rz_cz_ring")
DATA = rows(40, 3, 5)
TARGET = jnp.asarray(training.one_hot(DATA.y, 3))
ANGLES = np.random.default_rng(2).uniform(-2, 2, MODEL.n_angles)


def settled(head, prior):
    params = jnp.asarray(np.concatenate([ANGLES, head]))
    out = np.asarray(refit_head(MODEL, params, jnp.asarray(DATA.x), TARGET, prior))
    np.testing.assert_array_equal(out[: MODEL.n_angles], ANGLES)
    return out[MODEL.n_angles :]


def test_around_zero_it_is_ridge_logistic_regression():
    z = np.asarray(MODEL.measure(jnp.asarray(ANGLES), jnp.asarray(DATA.x)))
    columns = np.hstack([z, np.ones((len(z), 1))])
    for prior in (0.01, 1.0, 30.0):
        peer = LogisticRegression(C=1 / prior, fit_intercept=False, tol=1e-12, max_iter=10_000)
        peer.fit(columns, DATA.y)
        ours = settled(np.zeros(12), prior)
        np.testing.assert_allclose(ours[:9].reshape(3, 3), peer.coef_[:, :3], atol=1e-4)
        np.testing.assert_allclose(ours[9:], peer.coef_[:, 3], atol=1e-4)


def test_a_strong_prior_keeps_the_head_and_a_weak_one_forgets_where_it_was():
    start = np.random.default_rng(4).normal(size=12)
    np.testing.assert_allclose(settled(start, 1e9), start, atol=1e-6)
    near, far = (
        MODEL.read(jnp.asarray(np.concatenate([ANGLES, settled(h, 1e-3)])), jnp.eye(3))
        for h in (start, -start)
    )
    p, q = (np.exp(training.log_probabilities(np.asarray(logits))) for logits in (near, far))
    np.testing.assert_allclose(p, q, atol=0.02)


def test_a_start_far_off_does_not_diverge():
    """Full Newton steps from saturated logits overshoot; the loss is never above that of the start."""
    start = 40 * np.random.default_rng(4).normal(size=12)

    def loss(head):
        params = jnp.asarray(np.concatenate([ANGLES, head]))
        logits = np.asarray(MODEL.logits(params, jnp.asarray(DATA.x)))
        return training.soft_cross_entropy(logits, np.asarray(TARGET))

    assert loss(settled(start, 1e-3)) < loss(start) / 5


@pytest.mark.slow
def test_gauss_newton_replay_pays_a_circuit_a_row_for_it_and_one_for_the_answers_of_the_original():
    given, hyper = problem(MODEL), {**LIVELY, "head_refresh": 0, "head_taught": 0.0}
    result, kept = (
        METHODS["gauss_newton_replay"](**hyper, head_prior=prior)(given, key=jax.random.key(0))
        for prior in (1.0, 1e12)
    )
    assert (result.preparation.forwards, result.preparation.gradients) == (2 * len(given.retain.y), 0)
    a = MODEL.n_angles
    np.testing.assert_array_equal(result.params[:a], kept.params[:a])
    x, target = jnp.asarray(given.retain.x), jnp.asarray(training.one_hot(given.retain.y, 3))
    again = refit_head(MODEL, jnp.asarray(kept.params), x, target, 1.0)
    np.testing.assert_allclose(result.params, again, atol=1e-9)
