"""Relearning against a NumPy twin of Adam, and the anamnesis index in closed form."""

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.attacks.anamnesis import anamnesis_index, reached
from qunlearn.attacks.relearning import relearn
from qunlearn.train.batches import batch_indices
from reference import training as slow
from toys import BATCH, cosines_numpy, problem, untyped

STEPS, RATE = 12, 0.2
LOGITS = cosines_numpy(3)


def accuracy(params, data):
    return float((LOGITS(params, data.x).argmax(1) == data.y).mean())


def relearnt(params, data, judged):
    """Accuracies on `judged` before and after every step of Adam on `data`."""
    order = np.asarray(batch_indices(jax.random.key(4), len(data.y), BATCH, STEPS))
    adam, curve = slow.Adam(6), [accuracy(params, judged)]
    for batch in order:
        target = slow.one_hot(data.y[batch].tolist(), 3)
        gradient = slow.shifted_gradient(LOGITS, params, data.x[batch], target)
        params = params - RATE * adam.direction(gradient)
        curve.append(accuracy(params, judged))
    return curve


@pytest.mark.parametrize("on", ["forget", pytest.param("retain", marks=pytest.mark.slow)])
def test_curves_agree_with_a_slow_twin(on):
    every = problem()
    few = type(every.retain)(*(part[: len(every.forget.y)] for part in every.retain))
    given = problem(retain=few)  # as many as are to be forgotten, so that one program does both
    rng = np.random.default_rng(0)
    params = np.stack([given.params + np.pi, rng.uniform(-2, 2, 6)])
    found = relearn(given, params, on=on, steps=STEPS, learning_rate=RATE, key=4)
    data = given.forget if on == "forget" else given.retain
    expected = [relearnt(one, data, given.forget) for one in params]
    np.testing.assert_allclose(found.accuracy, expected)
    assert found.wanted == pytest.approx(accuracy(given.params, given.forget) - 0.05)
    if on == "forget":
        assert found.reached.any()
        assert found.accuracy[0, 0] < found.wanted


def test_the_first_step_that_is_good_enough_counts():
    curves = np.array([[0.9, 0.1, 0.1], [0.1, 0.5, 0.9], [0.1, 0.8, 0.2], [0.1, 0.2, 0.3]])
    found = reached(curves, 0.8)
    assert found.steps.tolist() == [0, 2, 1, 3]
    assert found.reached.tolist() == [True, True, True, False]
    assert found.most == 2


def with_steps(*steps):
    curve = np.zeros((len(steps), 10))
    for row, step in zip(curve, steps, strict=True):
        row[step:] = 1
    return reached(curve, 0.5)


def test_the_anamnesis_index():
    estimate, null = anamnesis_index(with_steps(1), with_steps(3, 5, 7))
    assert estimate.value == pytest.approx(2 / 6)
    deleted = [2 / 7, 2 / 6, 2 / 5]
    assert estimate.stderr == pytest.approx(np.sqrt(2 / 3 * np.sum((deleted - np.mean(deleted)) ** 2)))
    np.testing.assert_allclose(null.values, [4 / 7, 6 / 6, 8 / 5])
    assert null.low < 1 < null.high
    assert anamnesis_index(with_steps(0), with_steps(0, 0))[0].value == 1
    assert anamnesis_index(with_steps(10), with_steps(3, 5))[0].value == pytest.approx(11 / 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"on": "test"}, "`on` must be one of forget, retain, but is test"),
        ({"tolerance": 1.0}, r"`tolerance` must be in \[0, 1\)"),
        ({"steps": 0}, "`steps` must be >= 1"),
        ({"steps": 2.5}, "`steps` must be a whole number"),
        ({"learning_rate": 0.0}, "`learning_rate` must be > 0"),
        ({"params": np.zeros((2, 5))}, r"must have shape \(M, 6\) for this model, but have \(2, 5\)"),
        ({"params": np.zeros(6)}, r"must have shape \(M, 6\)"),
    ],
)
def test_unusable_requests_are_refused(change, message):
    given = {"params": np.zeros((1, 6)), "key": 0, **change}
    with untyped(), pytest.raises(InputError, match=message):
        relearn(problem(), given.pop("params"), **given)


def test_one_gold_model_has_no_index():
    with pytest.raises(InputError, match="at least 2 gold models"):
        anamnesis_index(with_steps(1), with_steps(3))
