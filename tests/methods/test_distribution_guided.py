"""The paper's method: equation 7 against a slow twin, Theorem 1, limits."""

import zlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.methods import METHODS
from qunlearn.train import Cost
from qunlearn.train.batches import batch_indices
from reference import training as slow
from reference import unlearning as twin
from toys import BATCH, STEPS, cosines_numpy, problem

Guided = METHODS["distribution_guided"]
LOGITS = cosines_numpy(3)
PROBLEM = problem()
FULL = {name: np.asarray(v) for name, v in (("x_f", PROBLEM.forget.x), ("x_a", PROBLEM.anchors))}
THETA_0 = np.asarray(PROBLEM.params)
Q_1 = twin.forget_target(twin.probabilities(LOGITS, THETA_0, FULL["x_f"]), 1, 2.0)
Q = np.tile(Q_1, (len(FULL["x_f"]), 1))
REFERENCE = twin.probabilities(LOGITS, THETA_0, FULL["x_a"])
THETAS = np.random.default_rng(8).uniform(-np.pi, np.pi, (4, 6))


def loss(method, params):
    """-J on all forget samples and anchors."""
    value, _ = method.objective(PROBLEM.model, params, jnp.asarray(THETA_0), method.pools(PROBLEM))
    return value


def log_p(params):
    return [slow.log_probabilities(LOGITS(params, FULL[part])) for part in ("x_f", "x_a")]


@pytest.mark.parametrize(("lam", "mu"), [(1.0, 0.01), (0.0, 0.0), (2.5, 0.7)])
def test_objective_is_equation_7(lam, mu):
    for theta in THETAS:
        expected = twin.objective(*log_p(theta), Q, REFERENCE, theta - THETA_0, lam, mu)
        found = loss(Guided(lam=lam, mu=mu), jnp.asarray(theta))
        np.testing.assert_allclose(-found, expected, rtol=1e-12)


@pytest.mark.parametrize(("lam", "mu"), [(1.0, 0.01), (0.3, 2.0)])
def test_theorem_1(lam, mu):
    """(7) is the Lagrangian of (9) up to constants: same gradient everywhere, constant difference."""
    epsilon, delta = 0.05, 0.4

    def lagrangian(theta):
        return twin.lagrangian(*log_p(theta), Q, REFERENCE, theta - THETA_0, lam, mu, epsilon, delta)

    method = Guided(lam=lam, mu=mu)
    gradient = jax.jit(jax.grad(lambda p: -loss(method, p)))
    differences = []
    for theta in THETAS:
        expected = slow.central_difference(lagrangian, theta)
        np.testing.assert_allclose(gradient(jnp.asarray(theta)), expected, rtol=0, atol=1e-8)
        assert np.linalg.norm(expected) > 0.1
        differences.append(-float(loss(method, jnp.asarray(theta))) - lagrangian(theta))
    np.testing.assert_allclose(differences, differences[0], rtol=0, atol=1e-12)


def test_steps_equal_a_slow_twin():
    """Mini-batches of each pool, drawn as the loop says it draws them."""
    key, hyper = jax.random.key(4), {"lam": 0.8, "mu": 0.05, "learning_rate": 0.2}
    result = Guided(steps=STEPS, batch=BATCH, **hyper)(PROBLEM, key=key)
    found = {}
    for name, n in (("forget", len(Q)), ("anchors", len(REFERENCE))):
        own = jax.random.fold_in(key, zlib.crc32(name.encode()))
        found[name] = np.asarray(batch_indices(own, n, BATCH, STEPS))
    params = twin.descend(
        LOGITS,
        THETA_0,
        (FULL["x_f"], Q),
        (FULL["x_a"], REFERENCE),
        (found["forget"], found["anchors"]),
        **hyper,
    )
    np.testing.assert_allclose(result.params, params, rtol=0, atol=1e-8)


def test_curves_add_up_to_the_loss():
    trace = Guided(steps=STEPS, batch=BATCH, lam=0.7, mu=0.3)(PROBLEM, key=jax.random.key(0)).trace
    assert set(trace) == {"loss", "forget", "anchor", "proximity"}
    total = trace["forget"] + 0.7 * trace["anchor"] + 0.3 * trace["proximity"]
    np.testing.assert_allclose(trace["loss"], total, rtol=1e-12)
    assert trace["proximity"][0] == 0 < trace["proximity"][1]


def full_batch(posed=PROBLEM, **hyper):
    return Guided(steps=60, batch=0, **hyper)(posed, key=jax.random.key(0))


def test_full_batches_descend():
    result = full_batch(learning_rate=0.01)
    assert np.all(np.diff(result.trace["loss"]) < 0)
    before, after = (
        twin.probabilities(LOGITS, p, FULL["x_f"])[:, 1] for p in (THETA_0, np.asarray(result.params))
    )
    assert after.mean() < before.mean() - 0.1


def test_a_large_mu_keeps_the_parameters():
    """The minimum moves by at most |gradient| / (2 mu); Adam circles it with its step size."""
    free, held = (full_batch(learning_rate=0.001, mu=mu).params - THETA_0 for mu in (0.0, 1e4))
    assert np.linalg.norm(free) > 0.1
    assert np.linalg.norm(held) < 0.01


def test_without_weight_the_anchors_do_not_matter():
    other = problem(anchors=PROBLEM.anchors[::-1] * 0.5)
    alone = [full_batch(posed, lam=0.0).params for posed in (PROBLEM, other)]
    np.testing.assert_allclose(*alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("target", "seen"), [("similarity", 2), ("uniform", 0), ("prior", 0), ("per_sample", 7)]
)
def test_preparation_counts_rows_looked_at_by_the_original(target, seen):
    posed = problem(calibration=PROBLEM.forget.x[:2], anchors=PROBLEM.retain.x[:5])
    assert Guided(target=target).preparation(posed) == Cost(forwards=5 + seen)
