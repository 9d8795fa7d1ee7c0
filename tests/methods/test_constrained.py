"""The constrained problem against an independent solver, KKT conditions of a slow twin, closed forms."""

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from qunlearn._errors import InputError
from qunlearn.methods import METHODS
from qunlearn.methods.analysis.kkt import solution
from qunlearn.model import VQC
from reference import training as slow
from reference import unlearning as twin
from toys import STEPS, cosines_numpy, problem

Constrained = METHODS["constrained"]
LOGITS = cosines_numpy(3)
PROBLEM = problem()
KEY = jax.random.key(0)
X_F, X_A = (np.asarray(x) for x in (PROBLEM.forget.x, PROBLEM.anchors))
THETA_0 = np.asarray(PROBLEM.params)
Q = np.tile(twin.forget_target(twin.probabilities(LOGITS, THETA_0, X_F), 1, 2.0), (len(X_F), 1))
REFERENCE = twin.probabilities(LOGITS, THETA_0, X_A)
STEPS_ENOUGH = 200  # one number, because it is compiled in
BOTH = {"epsilon": 0.02, "delta": 0.5}
CASES = {"both": BOTH, "kl": {"epsilon": 0.02, "delta": 50.0}, "radius": {"epsilon": 5.0, "delta": 0.1}}


@cache
def solved(name):
    method = Constrained(**CASES[name], steps=STEPS_ENOUGH)
    return method, method(PROBLEM, key=KEY)


def fit(theta):
    return slow.soft_cross_entropy(LOGITS(theta, X_F), Q)


def anchor_kl(theta):
    entropy = slow.soft_cross_entropy(np.log(REFERENCE), REFERENCE)
    return slow.soft_cross_entropy(LOGITS(theta, X_A), REFERENCE) - entropy


def distance(theta):
    return float(np.sum((theta - THETA_0) ** 2))


def left(theta):
    return float(twin.probabilities(LOGITS, theta, X_F)[:, 1].mean())


def independently(goal, epsilon, delta):
    """The lowest that sequential quadratic programming finds from a few points near θ₀."""
    limits = [
        {"type": "ineq", "fun": lambda t: epsilon - anchor_kl(t)},
        {"type": "ineq", "fun": lambda t: delta - distance(t)},
    ]
    starts = THETA_0 + 0.1 * np.vstack([np.ones(6), np.random.default_rng(0).normal(size=(2, 6))])
    found = [
        minimize(goal, s, method="SLSQP", constraints=limits, options={"ftol": 1e-12, "maxiter": 300})
        for s in starts
    ]
    return min((f for f in found if f.success), key=lambda f: f.fun)


@cache
def nearest_feasible():
    return independently(left, **BOTH).fun


@pytest.mark.parametrize(
    "name", ["both", *(pytest.param(c, marks=pytest.mark.slow) for c in ("kl", "radius"))]
)
def test_is_a_karush_kuhn_tucker_point(name):
    """Gradients by finite differences of the slow twin; λ and μ are those that the method names."""
    method, result = solved(name)
    found = solution(method, result)
    theta, (lam, mu) = np.asarray(result.params), [b.multiplier for b in found.bounds]

    def lagrangian(t):
        logs = [slow.log_probabilities(LOGITS(t, x)) for x in (X_F, X_A)]
        return twin.lagrangian(*logs, Q, REFERENCE, t - THETA_0, lam, mu, *CASES[name].values())

    assert np.linalg.norm(slow.central_difference(lagrangian, theta)) < 2e-5
    assert np.linalg.norm(slow.central_difference(fit, theta)) > 0.02
    assert found.feasible
    assert found.stationary
    for bound, value in zip(found.bounds, (anchor_kl(theta), distance(theta)), strict=True):
        np.testing.assert_allclose(bound.value, value, rtol=1e-9)
        assert bound.active == (bound.multiplier > 0)
    assert found.active == {"both": ("epsilon", "delta"), "kl": ("epsilon",), "radius": ("delta",)}[name]


@pytest.mark.parametrize(
    "name", ["both", *(pytest.param(c, marks=pytest.mark.slow) for c in ("kl", "radius"))]
)
def test_agrees_with_an_independent_solver(name):
    _, result = solved(name)
    other = independently(fit, **CASES[name])
    np.testing.assert_allclose(fit(np.asarray(result.params)), other.fun, rtol=0, atol=1e-4)


def test_multipliers_are_the_weights_of_distribution_guided():
    """Theorem 1 the other way round: with λ and μ found, equation 7 is stationary at the solution."""
    method, result = solved("both")
    lam, mu = (b.multiplier for b in solution(method, result).bounds)
    guided = METHODS["distribution_guided"](lam=lam, mu=mu)
    pools = guided.pools(PROBLEM)
    gradient = jax.grad(lambda p: guided.objective(PROBLEM.model, p, jnp.asarray(THETA_0), pools)[0])
    assert np.linalg.norm(gradient(result.params)) < 2e-5
    assert np.linalg.norm(gradient(jnp.asarray(THETA_0))) > 0.1


def test_a_small_radius_in_closed_form():
    """θ − θ₀ → −√δ g / ‖g‖ with the multiplier ‖g‖ / (2 √δ), g the gradient of the fit at θ₀."""
    delta = 1e-6
    method = Constrained(epsilon=5.0, delta=delta, steps=STEPS_ENOUGH)
    result = method(PROBLEM, key=KEY)
    g = slow.central_difference(fit, THETA_0)
    step = -np.sqrt(delta) * g / np.linalg.norm(g)
    np.testing.assert_allclose(result.params - THETA_0, step, rtol=0, atol=2e-3 * np.sqrt(delta))
    mu = solution(method, result).bounds[1].multiplier
    np.testing.assert_allclose(mu, np.linalg.norm(g) / (2 * np.sqrt(delta)), rtol=2e-3)


def test_a_demand_that_can_be_met_binds():
    """τ between what the fit alone leaves and the least that ε and δ allow."""
    least = nearest_feasible()
    alone = left(np.asarray(solved("both")[1].params))
    assert least < alone - 1e-3
    demand = (least + alone) / 2
    method = Constrained(**BOTH, forget_at_most=demand, steps=STEPS_ENOUGH)
    result = method(PROBLEM, key=KEY)
    found = solution(method, result)
    np.testing.assert_allclose(left(np.asarray(result.params)), demand, rtol=1e-3)
    assert "forget_at_most" in found.active
    assert found.bounds[2].multiplier > 0
    assert fit(np.asarray(result.params)) > fit(np.asarray(solved("both")[1].params))


def test_an_infeasible_demand_is_refused_with_the_nearest_feasible():
    least = nearest_feasible()
    method = Constrained(**BOTH, forget_at_most=0.5 * least, steps=STEPS_ENOUGH)
    with pytest.raises(
        InputError, match=r"^`forget_at_most` must be >= 0\.\d+ for `epsilon` 0.02"
    ) as refused:
        method(PROBLEM, key=KEY)
    named = float(str(refused.value).split(">= ")[1].split(" ")[0])
    np.testing.assert_allclose(named, least, rtol=0, atol=1e-3)


def test_a_demand_below_the_softmax_floor_is_refused_at_once():
    posed = problem(VQC(2, 3, n_qubits=3, uploads=1, repetitions=1))  # refused before anything is compiled
    with pytest.raises(InputError, match=r"^`forget_at_most` must be >= 0\.0634, the least probability"):
        Constrained(forget_at_most=0.05)(posed, key=KEY)


def test_a_demand_needs_a_class():
    with pytest.raises(InputError, match="works on one forgotten class"):
        Constrained(forget_at_most=0.5)(problem(forget_index=None), key=KEY)


def test_it_ends_when_solved_and_then_changes_nothing():
    _, result = solved("both")
    taken = int(result.steps_taken)
    assert taken < STEPS_ENOUGH
    assert np.all(np.isnan(result.trace["residual"][taken:]))
    assert result.trace["residual"][taken - 1] <= 1e-5 < result.trace["residual"][0]


def test_solution_says_what_is_wrong():
    method, result = solved("both")
    text = str(solution(method, replace(result, steps_taken=STEPS)))
    assert "NOT stationary: take more `steps`" in text
    assert "anchor_kl" in text
    assert "NOT stationary" not in str(solution(method, result))
    with pytest.raises(InputError, match="must be one result of method constrained"):
        solution(method, replace(result, trace={"loss": result.trace["loss"]}))
