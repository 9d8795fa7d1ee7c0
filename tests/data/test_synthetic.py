"""The synthetic rows: where their clouds lie, and how well they can be told apart."""

import numpy as np
import pytest

from qunlearn.data.load import load_dataset
from qunlearn.data.synthetic import synthetic


def test_clouds_lie_where_they_should() -> None:
    """Means of 125 rows, each with a standard error of 0.09; covariance is that of independent columns."""
    data = load_dataset("synthetic")
    assert data.x.shape == (500, 4)
    assert np.bincount(data.y).tolist() == [250, 250]
    clouds = data.x.reshape(4, 125, 4)
    centres = [[1.5, 0, 0.75, 0], [0, 1.5, 0, 0.75], [-1.5, 0, -0.75, 0], [0, -1.5, 0, -0.75]]
    np.testing.assert_allclose(clouds.mean(1), centres, atol=0.3)
    noise = (clouds - np.array(centres)[:, None]).reshape(-1, 4)
    np.testing.assert_allclose(np.cov(noise.T), np.eye(4), atol=0.2)


def test_the_plane_is_right_as_often_as_said() -> None:
    """Φ(1.186) = 0.882, with a standard error of 0.014 over 500 rows."""
    data = synthetic()
    right = (data.x @ [2, 2, 1, 1] < 0) == data.y
    assert np.mean(right) == pytest.approx(0.882, abs=0.045)


def test_rows_are_always_the_same() -> None:
    assert synthetic().sha256() == synthetic().sha256()
    assert not np.array_equal(synthetic().x[0], synthetic().x[1])
