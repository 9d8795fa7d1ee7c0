"""Adversarial uniformity: the sign step, the objective, its limits."""

import jax.numpy as jnp
import numpy as np
import pytest

from methods.first_order import FORGET, KEY, LOGITS, PROBLEM, RETAIN, THETAS, on_all_rows
from qunlearn.methods import METHODS
from qunlearn.methods.adversarial_uniform import confidence
from reference import first_order as twin
from reference import training as slow
from toys import BATCH, LIVELY

Adversarial, Finetune = METHODS["adversarial_uniform"], METHODS["finetune"]
EVERY = np.concatenate([FORGET.x, RETAIN.x])


@pytest.mark.parametrize(("epsilon", "lam"), [(5.0, 0.4), pytest.param(0.1, 1.0, marks=pytest.mark.slow)])
def test_objective(epsilon, lam):
    """5 radians lead out of the rows' range, where inputs are clipped."""
    for theta in THETAS:
        moved = twin.towards_confidence(LOGITS, theta, FORGET.x, epsilon, EVERY.min(0), EVERY.max(0))
        retain = slow.cross_entropy(LOGITS(theta, RETAIN.x), RETAIN.y)
        expected = retain + lam * twin.confidence(LOGITS(theta, moved))
        found, terms = on_all_rows(Adversarial(epsilon=epsilon, lam=lam), theta)
        np.testing.assert_allclose(found, expected, rtol=1e-10)
        np.testing.assert_allclose(terms["retain"], retain, rtol=1e-12)


def test_the_step_leads_to_more_confidence():
    for theta in THETAS:
        plain, moved = (on_all_rows(Adversarial(epsilon=e), theta)[1]["confidence"] for e in (0.0, 0.02))
        assert moved > plain


def test_confidence_is_0_when_uniform_and_log_k_when_certain():
    np.testing.assert_allclose(confidence(jnp.zeros((2, 5))), 0, atol=1e-15)
    np.testing.assert_allclose(confidence(jnp.array([[90.0, 0, 0, 0]])), np.log(4), rtol=1e-12)


@pytest.mark.slow
def test_forget_rows_are_differentiated_twice():
    cost = Adversarial(**LIVELY)(PROBLEM, key=KEY).cost
    assert cost.gradients == LIVELY["steps"] * (BATCH + 2 * BATCH)


def test_lambda_0_is_fine_tuning_on_the_same_batches():
    first, second = (m(PROBLEM, key=KEY) for m in (Adversarial(lam=0.0, **LIVELY), Finetune(**LIVELY)))
    np.testing.assert_allclose(first.params, second.params, rtol=0, atol=1e-13)
