import numpy as np
import pytest
import sklearn.metrics as sk

from qunlearn.metrics import Predictions, classification, confusion
from qunlearn.metrics.estimate import Undefined
from reference import metrics as slow
from reference.metrics import example

DATA = example(3)
PREDICTIONS = Predictions(**DATA, forget_index=1)


def single(p, y, forget_index=None):
    p, y = np.asarray(p, float), np.asarray(y)
    forget = np.zeros(len(y), bool) if forget_index is None else y == forget_index
    return Predictions(p, y, forget, forget_index)


def one_hot(predicted, classes=3):
    return np.eye(classes)[predicted]


def test_confusion_has_true_classes_in_rows():
    counts = confusion(single(one_hot([1, 1, 2]), [0, 0, 2]))
    assert counts[0].tolist() == [[0, 2, 0], [0, 0, 0], [0, 0, 1]]


def test_confusion_agrees_with_loops_and_scikit_learn():
    counts = confusion(PREDICTIONS)
    for m in range(3):
        assert counts[m].tolist() == slow.confusion(DATA["p"][m], DATA["y"], 4)
        predicted = DATA["p"][m].argmax(axis=1)
        assert counts[m].tolist() == sk.confusion_matrix(DATA["y"], predicted, labels=range(4)).tolist()


def test_recall_is_the_diagonal_share_of_a_confusion_row():
    counts = confusion(PREDICTIONS)
    for label in range(4):
        expected = counts[:, label, label] / counts[:, label].sum(axis=1)
        np.testing.assert_allclose(classification.recall(PREDICTIONS, label).values, expected)


@pytest.mark.parametrize(
    ("function", "rows"),
    [
        (classification.accuracy, range(30)),
        (classification.retain_accuracy, np.flatnonzero(~DATA["forget"])),
        (classification.forget_accuracy, np.flatnonzero(DATA["forget"])),
        (classification.forget_recall, np.flatnonzero(DATA["y"] == 1)),
    ],
)
def test_fractions_of_hits_agree_with_loops(function, rows):
    scores = function(PREDICTIONS)
    assert scores.n_samples == len(rows)
    for m in range(3):
        assert scores.values[m] == pytest.approx(slow.accuracy(DATA["p"][m], DATA["y"], rows))


def test_standard_error_of_a_fraction_is_binomial():
    scores = classification.accuracy(single(one_hot([0, 0, 0, 1]), [0, 0, 0, 0]))
    assert scores.stderr(0) == pytest.approx(np.sqrt(0.75 * 0.25 / 3))


def test_one_sample_has_no_standard_error():
    assert classification.accuracy(single(one_hot([0]), [0])).stderr(0) is None


def test_equal_probabilities_go_to_the_lowest_index():
    tied = single([[0.2, 0.4, 0.4], [0.5, 0.5, 0.0]], [1, 0])
    assert classification.accuracy(tied).values[0] == 1


def test_f1_agrees_with_loops_and_scikit_learn():
    values = classification.f1_retain(PREDICTIONS).values
    rows = np.flatnonzero(~DATA["forget"])
    for m in range(3):
        predicted = DATA["p"][m].argmax(axis=1)
        assert (
            predicted[rows] == 1
        ).any()  # the example does predict the forgotten class on retained samples
        assert values[m] == pytest.approx(slow.f1_macro(DATA["p"][m], DATA["y"], rows, [0, 2, 3]))
        assert values[m] == pytest.approx(
            sk.f1_score(DATA["y"][rows], predicted[rows], labels=[0, 2, 3], average="macro")
        )


def test_f1_of_a_model_that_only_says_the_forgotten_class_is_zero():
    y = np.array([0, 1, 2, 2])
    assert classification.f1_retain(single(one_hot([2, 2, 2, 2]), y, forget_index=2)).values[0] == 0


def test_f1_ignores_what_happens_on_forget_samples():
    y = np.array([0, 0, 1, 2, 2])
    good, bad = one_hot([0, 1, 1, 2, 2]), one_hot([0, 1, 1, 0, 1])
    both = [classification.f1_retain(single(p, y, forget_index=2)).values[0] for p in (good, bad)]
    assert both[0] == both[1] == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_influence_of_f1_is_the_derivative_by_sample_weight():
    rows = np.flatnonzero(~DATA["forget"])
    y, predicted = DATA["y"][rows], DATA["p"][0].argmax(axis=1)[rows]
    expected = []
    for i in range(len(rows)):
        step = np.zeros(len(rows))
        step[i] = 1e-5
        up, down = (
            sk.f1_score(y, predicted, labels=[0, 2, 3], average="macro", sample_weight=1 + s)
            for s in (step, -step)
        )
        expected.append((up - down) / 2e-5)
    np.testing.assert_allclose(classification.f1_retain(PREDICTIONS).influence[0], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda p: classification.recall(p, 2), "class 2 never occurs"),
        (classification.forget_recall, "not a class"),
        (classification.forget_accuracy, "no sample belongs"),
        (classification.f1_retain, "class 2 never occurs"),
    ],
)
def test_undefined_values_say_why(function, message):
    with pytest.raises(Undefined, match=message):
        function(single(one_hot([0, 1]), [0, 1]))
