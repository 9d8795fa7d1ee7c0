import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qunlearn._errors import InputError
from qunlearn.metrics import Predictions, probability, probability_range
from qunlearn.metrics.estimate import Undefined
from reference.metrics import example, mean, standard_error

DATA = example(3)
PREDICTIONS = Predictions(**DATA, forget_index=1)


def test_forget_probability_on_both_sets():
    for function, wanted in (
        (probability.forget_probability_forget, True),
        (probability.forget_probability_retain, False),
    ):
        scores = function(PREDICTIONS)
        for m in range(3):
            column = [DATA["p"][m][i][1] for i in range(30) if (DATA["y"][i] == 1) == wanted]
            assert scores.values[m] == pytest.approx(mean(column))
            assert scores.stderr(m) == pytest.approx(standard_error(column))


def test_forget_probability_needs_a_class_and_samples_of_it():
    record = Predictions(DATA["p"], DATA["y"], DATA["forget"])
    with pytest.raises(Undefined, match="not a class"):
        probability.forget_probability_retain(record)
    rows = ~DATA["forget"]
    nobody = Predictions(DATA["p"][:, rows], DATA["y"][rows], np.zeros(rows.sum(), bool), 1)
    with pytest.raises(Undefined, match="no sample"):
        probability.forget_probability_forget(nobody)


def test_range_of_the_papers_classifier():
    floor, ceiling = probability_range(3, -1.0, 1.0)
    assert (round(floor, 4), round(ceiling, 4)) == (0.0634, 0.7870)
    assert floor == pytest.approx(math.exp(-1) / (math.exp(-1) + 2 * math.e), rel=1e-14)
    assert ceiling == pytest.approx(math.e / (math.e + 2 * math.exp(-1)), rel=1e-14)


def test_range_is_reached_at_a_corner_and_never_left():
    low, high = -0.7, 1.9
    floor, ceiling = probability_range(4, low, high)
    corners = [
        math.exp(logits[0]) / sum(map(math.exp, logits))
        for logits in itertools.product((low, high), repeat=4)
    ]
    assert min(corners) == pytest.approx(floor)
    assert max(corners) == pytest.approx(ceiling)


@settings(max_examples=40)
@given(st.integers(2, 20), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_range_holds_the_uniform_distribution(classes, low, width):
    floor, ceiling = probability_range(classes, low, low + width)
    assert 0 <= floor <= 1 / classes + 1e-12
    assert 1 / classes - 1e-12 <= ceiling <= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, -1.0, 1.0), "`n_classes` must be >= 2"),
        ((3, 1.0, -1.0), "`logit_low` must be <="),
        ((3, 0.0, math.inf), "finite"),
    ],
)
def test_bad_ranges_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        probability_range(*arguments)
