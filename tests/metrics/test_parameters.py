import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qunlearn.metrics.parameters import angle_distance
from reference import metrics as slow
from reference.metrics import example

GOLD, MODEL = example(4, seed=1)["params"], example(2, seed=2)["params"]


def test_agrees_with_chords_of_the_unit_circle():
    found = angle_distance(GOLD[:, None], MODEL[:, None])
    expected = [[[slow.angle_distance(g, m)] for g in GOLD] for m in MODEL]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_opposite_angles_are_the_farthest():
    assert angle_distance(np.zeros((1, 1, 3)), np.full((1, 1, 3), np.pi)).item() == pytest.approx(np.pi)
    assert angle_distance(np.zeros((1, 1, 2)), np.array([[[0.3, 2 * np.pi - 0.4]]])).item() == pytest.approx(
        np.sqrt((0.09 + 0.16) / 2)
    )


@settings(max_examples=40)
@given(arrays(np.int64, (2, 1, 5), elements=st.integers(-100, 100)))
def test_whole_turns_do_not_count(turns):
    moved = MODEL[:, None] + 2 * np.pi * turns
    np.testing.assert_allclose(
        angle_distance(GOLD[:, None], moved), angle_distance(GOLD[:, None], MODEL[:, None]), atol=1e-10
    )
