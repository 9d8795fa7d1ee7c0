"""A front holds what separate calls give, and its numbers are those of slow twins."""

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.analysis.tradeoff import _objectives, tradeoff
from qunlearn.metrics.pareto import nondominated
from reference import training as slow
from reference import unlearning as twin
from toys import BATCH, STEPS, Cosines, Counting, cosines_numpy, problem

PROBLEM = problem()
KEY = jax.random.key(6)
LOGITS = cosines_numpy(3)
EPSILON, LAM = [0.005, 0.02, 0.1], [0.1, 1.0, 10.0]
ENOUGH = 200  # as in test_constrained: it is compiled in


@cache
def front(varied):
    if varied == "epsilon":
        return tradeoff(PROBLEM, key=KEY, epsilon=EPSILON, delta=20.0, steps=ENOUGH)
    return tradeoff(PROBLEM, key=KEY, lam=LAM, steps=STEPS, batch=BATCH)


def test_equals_separate_calls():
    for i, lam in enumerate(LAM):
        alone = METHODS["distribution_guided"](lam=lam, steps=STEPS, batch=BATCH)(PROBLEM, key=KEY)
        np.testing.assert_allclose(front("lam").params[i], alone.params, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_equals_a_separate_call_with_a_tolerance():
    alone = METHODS["constrained"](epsilon=EPSILON[1], delta=20.0, steps=ENOUGH)(PROBLEM, key=KEY)
    np.testing.assert_allclose(front("epsilon").params[1], alone.params, rtol=0, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("varied", ["epsilon", "lam"])
def test_objectives_by_a_slow_twin(varied):
    found, theta_0 = front(varied), np.asarray(PROBLEM.params)
    x_f, x_a = np.asarray(PROBLEM.forget.x), np.asarray(PROBLEM.anchors)
    q = twin.forget_target(twin.probabilities(LOGITS, theta_0, x_f), 1, 2.0)
    r = twin.probabilities(LOGITS, theta_0, x_a)
    for i, theta in enumerate(found.params):
        p_f, p_a = twin.probabilities(LOGITS, theta, x_f), twin.probabilities(LOGITS, theta, x_a)
        expected = [
            -np.mean(np.log(p_f) @ q),
            np.mean(np.sum(r * np.log(r / p_a), axis=1)),
            slow.cross_entropy(LOGITS(theta, PROBLEM.val.x), PROBLEM.val.y),
            p_f[:, 1].mean(),
        ]
        got = [found.forgetting[i], found.drift[i], found.val_loss[i], found.forget_probability[i]]
        np.testing.assert_allclose(got, expected, rtol=1e-10)
    points = np.stack([found.forgetting, found.drift, found.val_loss], axis=1)
    assert np.array_equal(found.pareto, nondominated(points))


@pytest.mark.slow
def test_more_tolerance_forgets_more_within_it():
    found = front("epsilon")
    assert np.all(np.diff(found.forgetting) < 0)
    assert np.all(found.drift <= np.array(EPSILON) * 1.01)
    assert 0 <= found.knee < 3


@pytest.mark.slow
def test_one_compiled_call_for_any_number_of_values():
    counting = problem(Counting(Cosines(), only_traces=True))
    traces = []
    for lam in (LAM, [0.1, 0.2, 0.5, 1.0, 2.0, 5.0]):
        before = counting.model.counts["traces"]
        tradeoff(counting, key=KEY, lam=lam, steps=STEPS, batch=BATCH)
        traces.append(counting.model.counts["traces"] - before)
    assert traces[1] <= traces[0]


def test_costs_add_up():
    alone = METHODS["distribution_guided"](steps=STEPS, batch=BATCH)(PROBLEM, key=KEY).cost
    assert front("lam").cost == alone * 3


def test_without_validation_rows_or_class_there_is_nothing_to_say_of_them():
    none = Samples(np.zeros((0, 2)), np.zeros(0, int))
    posed = problem(val=none, forget_index=None)
    pools = METHODS["distribution_guided"]().pools(posed)
    found = _objectives(posed, pools, jnp.asarray(posed.params))
    assert set(found) == {"forgetting", "drift"}
    told = replace(front("lam"), val_loss=None, forget_probability=None).to_dict()
    assert set(told) == {"varied", "values", "forgetting", "drift", "pareto", "knee"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "either `epsilon` or `lam`"),
        ({"epsilon": EPSILON, "lam": LAM}, "either `epsilon` or `lam`"),
        ({"lam": [1.0, 2.0]}, "`lam` must have at least 3 values"),
        ({"lam": [1.0, 2.0, -1.0]}, "`lam` must be >= 0"),
        ({"epsilon": [0.0, 0.1, 0.2]}, "`epsilon` must be > 0"),
    ],
)
def test_refusals(given, said):
    with pytest.raises(InputError, match=said):
        tradeoff(PROBLEM, key=KEY, **given)
