"""SalUn: which parameters are salient, and that no other moves."""

import numpy as np
import pytest

from methods.first_order import FORGET, KEY, LOGITS, PROBLEM, THETA_0
from qunlearn.methods import METHODS
from qunlearn.train import Cost
from reference import first_order as twin
from reference import training as slow
from toys import LIVELY

SalUn, RandomLabel = METHODS["salun"], METHODS["random_label"]
SLOPE = slow.shifted_gradient(LOGITS, THETA_0, FORGET.x, slow.one_hot(FORGET.y, 3))


@pytest.mark.parametrize(("fraction", "count"), [(0.5, 3), (0.01, 1), (0.34, 3), (0.33, 2), (1.0, 6)])
def test_salient_parameters_have_the_largest_forget_gradient(fraction, count):
    found = np.asarray(SalUn(fraction=fraction).movable(PROBLEM))
    assert np.array_equal(found, twin.largest(SLOPE, count))


@pytest.mark.slow
def test_only_salient_parameters_move():
    moved = np.asarray(SalUn(**LIVELY)(PROBLEM, key=KEY).params) != THETA_0
    assert np.array_equal(moved, twin.largest(SLOPE, 3))


@pytest.mark.slow
def test_with_every_parameter_it_is_random_label():
    first, second = (m(PROBLEM, key=KEY) for m in (SalUn(fraction=1.0, **LIVELY), RandomLabel(**LIVELY)))
    assert np.array_equal(first.params, second.params)
    assert first.cost == second.cost + Cost.of_gradients(len(FORGET.y))


def test_as_published_a_row_may_keep_its_label():
    targets = [
        np.asarray(SalUn(as_published=flag).draws(PROBLEM, KEY)["forget"]["target"]).argmax(1)
        for flag in (False, True)
    ]
    assert not np.any(targets[0] == FORGET.y)
    assert np.any(targets[1] == FORGET.y)
