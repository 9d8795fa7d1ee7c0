"""The accountant of noisy fine-tuning: a case in which its bound is attained, and exact Gaussian curves."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import ndtr

from qunlearn.methods.base.accountant import epsilon, renyi_rate, sigma_for

CASES = [(1, 0.1, 1.0, 0.5, 0.0), (7, 0.3, 2.0, 0.4, 0.0), (5, 0.2, 1.5, 0.7, 2.0), (40, 0.05, 1.0, 0.1, 9.0)]
EVERY_CASE = pytest.mark.parametrize(("steps", "rate", "start", "gradient", "decay"), CASES)


@EVERY_CASE
def test_is_attained_by_two_runs_that_drift_apart(steps, rate, start, gradient, decay):
    """From opposite ends of the ball, with opposite gradients of full length, both results are Gaussian.

    Their Rényi divergence of order α is α (distance of means)² / (2 variance) exactly.
    """
    sigma, means, variance = 0.6, np.array([start, -start]), 0.0
    for _ in range(steps):
        means = means - rate * (np.array([-gradient, gradient]) + decay * means)
        variance = variance * (1 - rate * decay) ** 2 + sigma**2
    exact = (means[0] - means[1]) ** 2 / (2 * variance)
    np.testing.assert_allclose(renyi_rate(sigma, steps, rate, start, gradient, decay), exact, rtol=1e-12)


def test_is_the_best_way_to_spread_the_distance_over_the_steps():
    """Shifts a_t that close the gap cost Σ a_t² / (2σ²); the least is found numerically."""
    steps, rate, start, gradient, decay, sigma = 3, 0.2, 1.5, 0.7, 1.0, 0.8

    def gap(shifts):
        left = 2 * start
        for a in shifts:
            left = (1 - rate * decay) * left + 2 * rate * gradient - a
        return left

    found = minimize(
        lambda a: np.sum(a**2) / (2 * sigma**2),
        np.ones(steps),
        constraints={"type": "eq", "fun": gap},
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(renyi_rate(sigma, steps, rate, start, gradient, decay), found.fun, rtol=1e-6)


def exact_delta(eps, rate):
    """δ of two unit Gaussians whose Rényi divergences are α · rate (their means are √(2 rate) apart)."""
    mu = np.sqrt(2 * rate)
    return ndtr(mu / 2 - eps / mu) - np.exp(eps) * ndtr(-mu / 2 - eps / mu)


@pytest.mark.parametrize("delta", [1e-3, 1e-6])
@pytest.mark.parametrize("rate", [1e-3, 0.03, 1.0, 20.0])
def test_epsilon_never_promises_more_than_is_true_and_is_not_far_off(rate, delta):
    eps = float(epsilon(rate, delta))
    assert exact_delta(eps, rate) <= delta
    assert exact_delta(0.8 * eps, rate) > delta


@pytest.mark.parametrize("target", [0.1, 1.0, 8.0])
@EVERY_CASE
def test_sigma_is_what_epsilon_asks_for(steps, rate, start, gradient, decay, target):
    sigma = sigma_for(target, 1e-5, steps, rate, start, gradient, decay)
    spent = epsilon(renyi_rate(sigma, steps, rate, start, gradient, decay), 1e-5)
    np.testing.assert_allclose(spent, target, rtol=1e-9)


@pytest.mark.parametrize(("target", "steps"), [(1.0, 60), (0.5, 100), (2.0, 1000)])
def test_published_noise_is_enough_and_little_more(target, steps):
    """σ² = 9 log(1/δ) / (ε² T) · (C₀ + γ C₁ T)² without decay."""
    published = np.sqrt(9 * np.log(1e5) / (target**2 * steps)) * (1.0 + 0.05 * steps)
    ours = float(sigma_for(target, 1e-5, steps, 0.05, 1.0, 1.0, 0.0))
    assert 0.7 * published < ours < published


def test_without_distance_or_with_endless_noise_nothing_is_spent():
    assert float(epsilon(0.0, 1e-5)) == 0
    assert float(renyi_rate(1e200, 3, 0.1, 1.0, 1.0, 0.0)) == 0
    assert np.isinf(renyi_rate(0.0, 3, 0.1, 1.0, 1.0, 0.0))
