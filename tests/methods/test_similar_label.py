"""Q-MUL: similar labels, balanced gradients, and the published variant's sign."""

import jax.numpy as jnp
import numpy as np
import pytest

from methods.first_order import (
    FORGET,
    KEY,
    LOGITS,
    PROBLEM,
    RETAIN,
    THETA_0,
    batches,
    gradient,
    p_of,
)
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.similar_label import nearest_class
from reference import first_order as twin
from reference import training as slow
from toys import LIVELY, STEPS, problem

Similar, Finetune = METHODS["similar_label"], METHODS["finetune"]
SIMILAR = twin.nearest_probability(p_of(THETA_0, FORGET.x), FORGET.y)


def test_similar_labels_are_nearest_in_probability():
    assert set(SIMILAR) == {0, 2}
    assert Similar().pools(PROBLEM)["forget"]["y"].tolist() == SIMILAR
    mixed = Samples(RETAIN.x, RETAIN.y)
    other = problem(forget_index=None, forget=mixed, params=np.linspace(-2, 2, 6))
    expected = twin.nearest_probability(p_of(np.linspace(-2, 2, 6), mixed.x), mixed.y)
    assert Similar().pools(other)["forget"]["y"].tolist() == expected
    assert expected != (np.argsort(p_of(np.linspace(-2, 2, 6), mixed.x))[:, -2]).tolist()


def test_published_similar_labels_are_those_of_class_means():
    params = np.linspace(-2, 2, 6)
    every = problem(forget_index=None, retain=Samples(RETAIN.x, np.arange(len(RETAIN.y)) % 3), params=params)
    for posed in (PROBLEM, every):
        logits = LOGITS(np.asarray(posed.params), posed.retain.x)
        nearest = twin.nearest_class_mean(logits, posed.retain.y, 3)
        found = Similar(as_published=True).pools(posed)["forget"]["y"]
        assert found.tolist() == [nearest[label] for label in posed.forget.y]


def test_similar_classes_have_the_same_direction_whatever_their_length():
    """By the scalar product class 0 would be nearest to the long class 2."""
    means = np.array([[1.0, 0.0, 0.0], [0.5, 0.1, 0.0], [2.0, 2.0, 0.0]])
    found = nearest_class(jnp.asarray(means))
    assert found.tolist() == twin.nearest_class_mean(means, [0, 1, 2], 3) == [1, 0, 1]


@pytest.mark.parametrize("as_published", [False, True])
def test_steps_equal_a_slow_twin(as_published):
    logits = LOGITS(THETA_0, RETAIN.x)
    of_class = twin.nearest_class_mean(logits, RETAIN.y, 3)
    labels = [of_class[1]] * len(FORGET.y) if as_published else SIMILAR
    targets = {"retain": slow.one_hot(RETAIN.y, 3), "forget": slow.one_hot(labels, 3)}
    drawn = {"retain": batches("retain", len(RETAIN.y)), "forget": batches("forget", len(FORGET.y))}
    weights = []

    def direction(step, params):
        retain = gradient(params, RETAIN.x, targets["retain"], drawn["retain"][step])
        forget = gradient(params, FORGET.x, targets["forget"], drawn["forget"][step])
        weights.append(0.7 * np.linalg.norm(retain) / np.linalg.norm(forget))
        return retain + (-1 if as_published else 1) * weights[-1] * forget

    path = twin.descend(THETA_0, direction, STEPS, 0.3)
    result = Similar(alpha=0.7, as_published=as_published, **LIVELY)(PROBLEM, key=KEY)
    np.testing.assert_allclose(result.params, path[-1], rtol=0, atol=1e-8)
    np.testing.assert_allclose(result.trace["weight"], weights, rtol=1e-8)


@pytest.mark.slow
def test_the_sign_decides_whether_forgetting_takes_place():
    """p(own label) falls as in the paper, and rises with the published code's sign."""
    before = p_of(THETA_0, FORGET.x)[:, 1].mean()
    after = [
        p_of(
            np.asarray(
                Similar(steps=STEPS, batch=0, learning_rate=0.01, alpha=100.0, as_published=flag)(
                    PROBLEM, key=KEY
                ).params
            ),
            FORGET.x,
        )[:, 1].mean()
        for flag in (False, True)
    ]
    assert after[0] < before < after[1]


def test_alpha_0_is_fine_tuning_on_the_same_batches():
    first, second = (m(PROBLEM, key=KEY) for m in (Similar(alpha=0.0, **LIVELY), Finetune(**LIVELY)))
    np.testing.assert_allclose(first.params, second.params, rtol=0, atol=1e-13)
