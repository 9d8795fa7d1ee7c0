import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import average_precision_score

from qunlearn.metrics import Predictions
from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.ranking import average_precision
from reference import metrics as slow
from reference.metrics import example

# Few distinct scores, so that ties are common.
SCORES = arrays(np.float64, st.integers(2, 12), elements=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 1.0]))


def of(*scores, positive):
    p = np.stack([np.stack([1 - np.asarray(s), np.asarray(s)], axis=1) for s in scores])
    y = np.asarray(positive).astype(int)
    return average_precision(Predictions(p, y, y == 1, 1))


def test_closed_forms():
    assert of([0.9, 0.8, 0.1], positive=[1, 1, 0]).values[0] == 1
    assert of([0.9, 0.8, 0.1], positive=[0, 0, 1]).values[0] == pytest.approx(1 / 3)
    assert of([0.9, 0.8, 0.1], positive=[1, 0, 1]).values[0] == pytest.approx((1 + 2 / 3) / 2)


def test_equal_scores_give_the_fraction_of_positives():
    assert of([0.3, 0.3, 0.3, 0.3], positive=[0, 1, 0, 0]).values[0] == 0.25


@settings(max_examples=50)
@given(SCORES, st.data())
def test_agrees_with_scikit_learn_and_loops(scores, data):
    positive = data.draw(arrays(bool, len(scores)))
    positive[0], positive[-1] = True, False
    value = of(scores, positive=positive).values[0]
    assert value == pytest.approx(average_precision_score(positive, scores))
    assert value == pytest.approx(slow.average_precision(scores.tolist(), positive.tolist()))


def test_models_do_not_mix():
    data = example(3)
    scores = average_precision(Predictions(**data, forget_index=1))
    for m in range(3):
        assert scores.values[m] == pytest.approx(average_precision_score(data["forget"], data["p"][m, :, 1]))


@pytest.mark.parametrize("digits", [1, 16])
def test_influence_is_the_derivative_by_sample_weight(digits):
    rng = np.random.default_rng(4)
    scores, positive = rng.uniform(size=25).round(digits), np.arange(25) % 3 == 0
    derivative = []
    for i in range(25):
        step = np.zeros(25)
        step[i] = 1e-5
        up, down = (average_precision_score(positive, scores, sample_weight=1 + s) for s in (step, -step))
        derivative.append((up - down) / 2e-5)
    found = of(scores, positive=positive).influence[0]
    np.testing.assert_allclose(np.sort(found), np.sort(derivative), atol=1e-9)


def test_standard_error_is_close_to_the_delete_one_jackknife():
    rng = np.random.default_rng(5)
    positive = np.arange(200) % 3 == 0
    scores = rng.uniform(size=200) + 0.3 * positive
    deleted = [average_precision_score(np.delete(positive, i), np.delete(scores, i)) for i in range(200)]
    jackknife = np.sqrt(199 / 200 * np.sum((deleted - np.mean(deleted)) ** 2))
    assert of(scores / 2, positive=positive).stderr(0) == pytest.approx(jackknife, rel=0.02)


def test_undefined_without_a_class_or_its_samples():
    p, y = np.full((2, 2), 0.5), np.zeros(2, int)
    with pytest.raises(Undefined, match="not a class"):
        average_precision(Predictions(p, y, y == 1))
    with pytest.raises(Undefined, match="class 1 never occurs"):
        average_precision(Predictions(p, y, y == 1, 1))
