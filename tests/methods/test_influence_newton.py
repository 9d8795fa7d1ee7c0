"""Newton steps: against a slow twin, at the optimum of models where it is known, downhill always, claims."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.influence_newton import HALVINGS, newton_direction
from qunlearn.train import Cost
from reference import derivatives as twin
from toys import Cosines, cosines_numpy, problem

Newton = METHODS["influence_newton"]
PROBLEM = problem(params=np.random.default_rng(3).uniform(-2, 2, 6))  # where a full step is too long
THETA_0 = np.asarray(PROBLEM.params)
KEY = jax.random.key(8)


@dataclass(frozen=True)
class Frequencies(Cosines):
    """logits = params: its optimum are the labels' frequencies, up to a constant that no row determines."""

    @property
    def n_params(self) -> int:
        return self.n_classes

    def logits(self, params: Any, x: Any) -> Any:
        return jnp.broadcast_to(params, (len(x), self.n_classes))

    def preferring(self, c: int, x: Any) -> np.ndarray:
        return np.eye(self.n_classes)[c]


UNEVEN = Samples(np.zeros((10, 2)), np.array([0] * 6 + [1] * 1 + [2] * 3))


def loss(params):
    return twin.cross_entropy(cosines_numpy(3)(params, PROBLEM.retain.x), PROBLEM.retain.y)


@pytest.mark.parametrize("curvature", ["hessian", pytest.param("fisher", marks=pytest.mark.slow)])
def test_a_step_equals_a_slow_twin(curvature):
    gradient = twin.slopes(loss, THETA_0)
    if curvature == "hessian":
        matrix = twin.hessian(loss, THETA_0)
    else:
        matrix = twin.classical_fisher(cosines_numpy(3), THETA_0, PROBLEM.retain.x)
    damping = 0.05 + max(0.0, -np.linalg.eigvalsh(matrix)[0])
    direction = -np.linalg.solve(matrix + damping * np.eye(6), gradient)
    length = 3.0
    while loss(THETA_0 + length * direction) > loss(THETA_0) + 1e-4 * length * gradient @ direction:
        length /= 2
    assert 3.0 / 2**7 < length < 3.0
    method = Newton(steps=1, rho=0.05, learning_rate=3.0, curvature=curvature)
    result = method(PROBLEM, key=KEY)
    np.testing.assert_allclose(result.params, THETA_0 + length * direction, rtol=0, atol=1e-5)
    np.testing.assert_allclose(result.trace["length"], [length])
    np.testing.assert_allclose(result.trace["gradient_norm"], [np.linalg.norm(gradient)], rtol=1e-7)


@pytest.mark.slow
def test_one_undamped_step_lands_at_the_minimum_of_a_quadratic():
    r = np.random.default_rng(2)
    root, minimum, at = r.normal(size=(5, 5)), r.normal(size=5), r.normal(size=5)
    matrix = root @ root.T + np.eye(5)
    direction, least = newton_direction(jnp.asarray(matrix), jnp.asarray(matrix @ (at - minimum)), 1e-14)
    np.testing.assert_allclose(at + direction, minimum, atol=1e-12)
    np.testing.assert_allclose(least, np.linalg.eigvalsh(matrix)[0], rtol=1e-10)


@pytest.mark.slow
def test_it_goes_downhill_where_curvature_is_negative_or_missing():
    matrix, gradient = jnp.diag(jnp.array([2.0, 0.0, -3.0])), jnp.array([1.0, 1.0, 1.0])
    direction, least = newton_direction(matrix, gradient, 0.5)
    np.testing.assert_allclose(direction, [-1 / 5.5, -1 / 3.5, -1 / 0.5], rtol=1e-12)
    assert least == -3.0


@pytest.mark.slow
def test_reaches_the_frequencies_of_retained_labels_and_claims_a_stationary_point():
    """One direction has no curvature at all: damping leaves it where it is."""
    posed = problem(Frequencies(), retain=UNEVEN)
    result = Newton(steps=8, rho=1e-6)(posed, key=KEY)
    np.testing.assert_allclose(jax.nn.softmax(result.params), [0.6, 0.1, 0.3], atol=1e-9)
    np.testing.assert_allclose(jnp.sum(result.params), 1.0, atol=1e-6)
    assert np.all(np.abs(result.trace["least_curvature"]) < 1e-15)
    assert result.claim.tier == "certified-local"
    assert result.claim.sentence.startswith("certified-local: the parameters are a stationary point")
    assert float(result.claim.values["gradient_norm"]) < 1e-8


def test_too_few_steps_are_downgraded_aloud():
    result = Newton(steps=1)(PROBLEM, key=KEY)
    assert result.claim.tier == "empirical"
    norm = np.linalg.norm(twin.slopes(loss, np.asarray(result.params)))
    np.testing.assert_allclose(result.claim.values["gradient_norm"], norm, rtol=1e-6)
    assert result.claim.sentence.startswith("NOT certified-local, only empirical: the gradient of the retain")


@pytest.mark.slow
def test_the_loss_never_rises_and_it_stops_where_it_cannot_fall():
    losses = Newton(steps=6, rho=1e-8, learning_rate=50.0)(PROBLEM, key=KEY).trace["loss"]
    taken = np.asarray(losses)[np.isfinite(losses)]
    assert np.all(np.diff(taken) <= 0)
    posed = problem(Frequencies(), retain=UNEVEN)
    stuck = Newton(steps=8, learning_rate=1e9)(posed, key=KEY)
    assert int(stuck.steps_taken) == 1
    assert np.array_equal(stuck.params, posed.params)


def test_forget_rows_are_not_looked_at():
    other = problem(params=THETA_0, forget=Samples(PROBLEM.forget.x * 0.5, PROBLEM.forget.y))
    pair = [Newton(steps=1)(p, key=KEY).params for p in (PROBLEM, other)]
    assert np.array_equal(*pair)


def test_cost_counts_curvature_every_trial_and_the_check_of_the_claim():
    exact, cheap = (Newton(steps=1, curvature=c)(PROBLEM, key=KEY).cost for c in ("hessian", "fisher"))
    assert cheap == Cost.of_gradients(14) + Cost(forwards=14 * HALVINGS) + Cost.of_gradients(14)
    assert exact == cheap + Cost(forwards=14 * 66)
