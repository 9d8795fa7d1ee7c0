"""Noisy fine-tuning: its steps against a slow twin, and what it claims when."""

import jax
import numpy as np
import pytest

from qunlearn.methods import METHODS
from qunlearn.methods.base.accountant import epsilon, renyi_rate
from qunlearn.train import Cost
from qunlearn.train.batches import batch_indices
from reference import training as slow
from toys import BATCH, LIVELY, STEPS, cosines_numpy, problem

Noisy = METHODS["noisy_finetune"]
PROBLEM = problem()
THETA_0 = np.asarray(PROBLEM.params)
KEY = jax.random.key(7)
OPTIONS = {"noise_steps": 3, "noise_rate": 0.2, "decay": 1.5, "clip_start": 2.0, "clip_gradient": 0.3}


def shortened(v, norm):
    length = np.sqrt(sum(v * v))
    return v * norm / length if length > norm else v


def test_noisy_steps_equal_a_slow_twin():
    method = Noisy(**OPTIONS, **LIVELY)
    (x, y), logits, sigma = PROBLEM.retain, cosines_numpy(3), float(method.sigma)
    k_rows, k_noise = jax.random.split(KEY)
    keys = jax.random.split(k_noise, 3)
    params, clipped = shortened(THETA_0, 2.0), 0
    assert not np.array_equal(params, THETA_0)
    for batch, k in zip(np.asarray(batch_indices(k_rows, 14, BATCH, 3)), keys, strict=True):
        gradient = slow.shifted_gradient(logits, params, x[batch], slow.one_hot(y[batch], 3))
        clipped += not np.array_equal(shortened(gradient, 0.3), gradient)
        noise = sigma * np.asarray(jax.random.normal(k, (6,)))
        params = params - 0.2 * (shortened(gradient, 0.3) + 1.5 * params) + noise
    assert clipped > 0
    np.testing.assert_allclose(method.begin(PROBLEM, KEY), params, rtol=0, atol=1e-10)


def test_short_vectors_are_not_clipped():
    """Huge radii at a huge ε: plain gradient steps from θ₀ itself."""
    free = {**OPTIONS, "decay": 0.0, "clip_start": 1e3, "clip_gradient": 1e3}
    method = Noisy(**free, **LIVELY, epsilon=1e25)
    (x, y), logits, params = PROBLEM.retain, cosines_numpy(3), THETA_0
    for batch in np.asarray(batch_indices(jax.random.split(KEY)[0], 14, BATCH, 3)):
        gradient = slow.shifted_gradient(logits, params, x[batch], slow.one_hot(y[batch], 3))
        params = params - 0.2 * gradient
    np.testing.assert_allclose(method.begin(PROBLEM, KEY), params, rtol=0, atol=1e-6)


def test_both_phases_are_in_the_cost():
    assert Noisy(**OPTIONS, **LIVELY)(PROBLEM, key=KEY).cost == Cost.of_gradients((3 + STEPS) * BATCH)


def test_forget_rows_are_not_looked_at():
    other = problem(forget=type(PROBLEM.forget)(PROBLEM.forget.x * 0.5, PROBLEM.forget.y))
    pair = [Noisy(**OPTIONS, **LIVELY)(p, key=KEY).params for p in (PROBLEM, other)]
    assert np.array_equal(*pair)


def test_the_original_outside_the_ball_matters_only_by_its_direction():
    far = problem(params=3 * THETA_0)
    pair = [Noisy(**OPTIONS, **LIVELY).begin(p, KEY) for p in (PROBLEM, far)]
    np.testing.assert_allclose(*pair, rtol=0, atol=1e-12)


def test_claims_what_the_accountant_says_of_its_noise():
    claim = Noisy(**OPTIONS, epsilon=0.7, delta=1e-4).claim(PROBLEM)
    assert claim.tier == "certified"
    sigma = float(claim.values["sigma"])
    spent = epsilon(renyi_rate(sigma, 3, 0.2, 2.0, 0.3, 1.5), 1e-4)
    np.testing.assert_allclose(spent, 0.7, rtol=1e-9)
    assert claim.sentence.startswith("certified: ε = 0.7, δ = 0.0001 for the parameters")
    assert "key of the noise stays secret" in claim.sentence


@pytest.mark.parametrize("change", [{"decay": 6.0}, {"delta": 0.05}, "feature"])
def test_conditions_that_fail_leave_no_guarantee(change):
    """γλ = 1.2: steps do not contract. δ above 1/21: a guarantee that may give a row away.

    A feature: its replacement is a mean of what is to be forgotten.
    """
    feature = problem(forget_index=None, kind="feature", forget=PROBLEM.retain)
    given, options = (feature, {}) if change == "feature" else (PROBLEM, change)
    claim = Noisy(**{**OPTIONS, **options}).claim(given)
    assert claim.tier == "empirical"
    assert claim.sentence.startswith("NOT certified, only empirical: the accountant needs ")


def test_a_stronger_promise_takes_more_noise():
    sigmas = [float(Noisy(**OPTIONS, epsilon=e).sigma) for e in (0.1, 1.0, 10.0)]
    assert sigmas[0] > 5 * sigmas[1] > 20 * sigmas[2]
