"""Gradient ascent: the twin's direction, and the stopping rule."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.methods import METHODS
from reference import training as slow
from toys import cosines_numpy, problem

PROBLEM = problem()  # its model knows the forgotten class: the loss starts far below log 3
LOG_3 = float(np.log(3))


def ascent(posed=PROBLEM, steps=60, **hyper):
    hyper = {"learning_rate": 0.1, **hyper}
    return METHODS["gradient_ascent"](steps=steps, batch=0, **hyper)(posed, key=jax.random.key(0))


def forget_loss(params):
    return slow.cross_entropy(cosines_numpy(3)(np.asarray(params), PROBLEM.forget.x), PROBLEM.forget.y)


def test_a_step_goes_up_the_forget_loss():
    """Adam's first step is lr * sign(gradient); just above the first loss, it is the only one."""
    (x, y), start = PROBLEM.forget, np.asarray(PROBLEM.params)
    gradient = slow.shifted_gradient(cosines_numpy(3), start, x, slow.one_hot(y, 3))
    result = ascent(stop_at=(forget_loss(start) + 1e-9) / LOG_3)
    np.testing.assert_allclose(result.params - start, 0.1 * np.sign(gradient), rtol=1e-4)
    assert int(result.steps_taken) == 2


def test_loss_rises_until_it_is_that_of_guessing_and_then_nothing_moves():
    short, long = ascent(), ascent(steps=100)
    taken = int(short.steps_taken)
    assert 3 < taken < 60
    assert np.array_equal(short.params, long.params)
    assert (int(long.steps_taken), long.cost) == (taken, short.cost)
    curve = np.asarray(short.trace["forget"])
    assert np.all(curve[: taken - 1] < LOG_3)
    assert curve[taken - 1] >= LOG_3
    assert np.all(np.isnan(curve[taken:]))
    np.testing.assert_allclose(forget_loss(short.params), curve[taken - 1], rtol=1e-12)


def test_the_step_that_stops_is_part_of_the_cost():
    result = ascent()
    assert result.cost.gradients == int(result.steps_taken) * len(PROBLEM.forget.y)


def test_a_model_that_only_guesses_is_left_alone():
    posed = problem(params=np.zeros(6))
    result = ascent(posed)
    assert np.array_equal(result.params, posed.params)
    assert int(result.steps_taken) == 1


@pytest.mark.slow
def test_mapped_over_stop_at_each_stops_for_itself():
    stops = [0.2, 0.6, 1.0]
    together = jax.vmap(lambda s: ascent(stop_at=s))(jnp.array(stops))
    alone = [ascent(stop_at=s) for s in stops]
    assert together.steps_taken.tolist() == [int(one.steps_taken) for one in alone]
    assert len(set(together.steps_taken.tolist())) == 3
    for i, stop in enumerate(stops):
        np.testing.assert_allclose(together.params[i], alone[i].params, rtol=0, atol=1e-12)
        assert stop * LOG_3 <= forget_loss(alone[i].params)
