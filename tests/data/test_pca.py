"""Principal components: order, rank, sign. Equality with scikit-learn is in test_preprocess.py."""

import numpy as np
import pytest

from qunlearn.data.pca import principal_components, with_fixed_signs


def centred(n: int, columns: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, columns)) @ rng.standard_normal((columns, columns))
    return x - x.mean(axis=0)


def test_axes_are_orthonormal_ordered_and_signed() -> None:
    x = centred(60, 8, 5)
    axes = principal_components(x, 5)
    np.testing.assert_allclose(axes @ axes.T, np.eye(5), atol=1e-12)
    assert (np.diff((x @ axes.T).std(axis=0)) < 0).all()
    assert (axes[np.arange(5), np.abs(axes).argmax(axis=1)] > 0).all()


def test_axes_are_eigenvectors_of_the_covariance() -> None:
    x = centred(60, 5, 2)
    covariance = x.T @ x
    largest = np.linalg.eigvalsh(covariance)[::-1]
    for axis, value in zip(principal_components(x, 3), largest, strict=False):
        np.testing.assert_allclose(covariance @ axis, value * axis, atol=1e-10 * largest[0])


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_axes_beyond_the_rank_are_zero_rather_than_noise_in_any_unit(unit: float) -> None:
    x = unit * centred(50, 2, 0) @ np.random.default_rng(1).standard_normal((2, 6))
    axes = principal_components(x, 4)
    np.testing.assert_array_equal(axes[2:], 0)
    np.testing.assert_allclose(np.linalg.norm(axes[:2], axis=1), 1)


def test_fewer_rows_than_axes() -> None:
    axes = principal_components(centred(3, 10, 0), 5)
    np.testing.assert_allclose(np.linalg.norm(axes, axis=1), [1, 1, 0, 0, 0], atol=1e-12)
    np.testing.assert_array_equal(principal_components(np.zeros((4, 3)), 2), 0)


def test_rounding_does_not_choose_the_sign_of_tied_entries() -> None:
    more = 1 + 1e-12
    tied = np.array([[1.0, -1.0], [more, -1.0], [1.0, -more], [-1.0, 1.0], [-more, 1.0], [-1.0, more]])
    np.testing.assert_allclose(with_fixed_signs(tied), [[1, -1]] * 6)
    np.testing.assert_array_equal(with_fixed_signs(np.array([[0.1, -3.0, 2.0]])), [[-0.1, 3.0, -2.0]])
