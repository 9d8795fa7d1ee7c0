"""Fisher forgetting: the noise's variance against a slow twin, its limits, and what it looks at."""

import jax
import numpy as np
import pytest

from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.fisher_forgetting import FLOOR
from qunlearn.train import Cost
from reference import derivatives as twin
from toys import cosines_numpy, problem

Forgetting = METHODS["fisher_forgetting"]
PROBLEM = problem()
THETA_0 = np.asarray(PROBLEM.params)
KEY = jax.random.key(4)
NORMAL = np.asarray(jax.random.normal(KEY, (6,)))


@pytest.mark.parametrize("power", [1.0, 0.5])
def test_variance_falls_with_the_information_of_retained_rows(power):
    fisher = np.diag(twin.classical_fisher(cosines_numpy(3), THETA_0, PROBLEM.retain.x))
    variance = np.array([0.02 / max(f, FLOOR) ** power for f in fisher])
    result = Forgetting(alpha=0.02, power=power)(PROBLEM, key=KEY)
    np.testing.assert_allclose(result.params, THETA_0 + np.sqrt(variance) * NORMAL, rtol=0, atol=1e-7)
    np.testing.assert_allclose(result.trace["noise"], [np.sqrt(variance.mean())], rtol=1e-6)
    assert np.ptp(variance) > 0.1 * variance.max()


def test_without_noise_nothing_changes():
    assert np.array_equal(Forgetting(alpha=0.0)(PROBLEM, key=KEY).params, THETA_0)


def test_power_0_is_equal_noise_for_all():
    result = Forgetting(alpha=0.09, power=0.0)(PROBLEM, key=KEY)
    np.testing.assert_allclose(result.params, THETA_0 + 0.3 * NORMAL, rtol=1e-14)


def test_parameters_that_no_row_determines_get_the_floors_noise():
    flat = problem(
        params=np.zeros(6), retain=Samples(np.zeros((4, 2)), np.array([0, 0, 2, 2]))
    )  # all slopes are 0
    result = Forgetting(alpha=FLOOR)(flat, key=KEY)
    np.testing.assert_allclose(result.params, NORMAL, rtol=1e-12)


def test_forget_rows_are_not_looked_at_and_cost_nothing():
    other = problem(forget=Samples(PROBLEM.forget.x * 0.5, PROBLEM.forget.y))
    pair = [Forgetting()(p, key=KEY) for p in (PROBLEM, other)]
    assert np.array_equal(pair[0].params, pair[1].params)
    assert pair[0].cost == Cost.of_gradients(14)
