"""Preprocessing: angles in [0, π], fitted on training samples only, equal to scikit-learn's up to sign."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from qunlearn.data import Preprocessor

NO_NUMBERS = "saved preprocessing holds values that are not numbers"


def correlated(n: int, columns: int, seed: int) -> np.ndarray:
    """Samples with columns of very different means and spreads, all correlated."""
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((columns, columns)) * 10.0 ** rng.integers(-3, 4, columns)
    return rng.standard_normal((n, columns)) @ mixing + rng.uniform(-100, 100, columns)


tables = arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 6)),
    elements=st.floats(-1e6, 1e6, allow_subnormal=False),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(x=tables, data=st.data())
def test_angles_are_finite_and_in_range_even_for_unseen_rows(x: np.ndarray, data: st.DataObject) -> None:
    n_features = data.draw(st.integers(1, x.shape[1]))
    standardise = data.draw(st.booleans())
    fitted = Preprocessor.fit(x, n_features, standardise)
    for rows in (x, 3.0 * x - 7.0):
        angles = fitted.transform(rows)
        assert angles.shape == (len(rows), n_features)
        assert ((angles >= 0) & (angles <= np.pi)).all()


@pytest.mark.parametrize("standardise", [True, False])
@pytest.mark.parametrize(("columns", "n_features"), [(4, 4), (7, 4), (6, 1), (20, 5)])
def test_equals_scikit_learn_up_to_the_sign_of_components(
    columns: int, n_features: int, standardise: bool
) -> None:
    x, fresh = correlated(40, columns, 1), correlated(15, columns, 2)
    fitted = Preprocessor.fit(x, n_features, standardise)
    scaler = StandardScaler(with_std=standardise).fit(x)
    z, z_fresh = scaler.transform(x), scaler.transform(fresh)
    if n_features < columns:
        pca = PCA(n_features, svd_solver="full").fit(z)
        assert fitted.components is not None
        signs = np.sign((fitted.components * pca.components_).sum(axis=1))
        z, z_fresh = pca.transform(z) * signs, pca.transform(z_fresh) * signs
    to_angles = MinMaxScaler((0.0, np.pi), clip=True).fit(z)
    np.testing.assert_allclose(fitted.transform(x), to_angles.transform(z), atol=1e-9)
    np.testing.assert_allclose(fitted.transform(fresh), to_angles.transform(z_fresh), atol=1e-9)


def test_training_rows_fill_the_interval_and_others_are_clipped() -> None:
    x = np.array([[1.0, 10.0], [3.0, 10.5], [2.0, 11.0]])
    fitted = Preprocessor.fit(x, 2)
    np.testing.assert_allclose(
        fitted.transform(x), np.pi * np.array([[0, 0], [1, 0.5], [0.5, 1]]), atol=1e-14
    )
    np.testing.assert_array_equal(fitted.transform(np.array([[9.0, -9.0]])), [[np.pi, 0.0]])


@pytest.mark.parametrize("standardise", [True, False])
@pytest.mark.parametrize("n_features", [2, 3])
def test_constant_columns_become_zero_without_a_warning(n_features: int, standardise: bool) -> None:
    """0.1 has no exact mean in floating point: a naive standard deviation of it is not 0."""
    x = np.column_stack([np.full(96, 0.1), np.linspace(-1, 1, 96) ** 3, np.full(96, 1e9)])
    fitted = Preprocessor.fit(x, n_features, standardise)
    other = x + 1.0
    for rows in (x, other):
        angles = fitted.transform(rows)
        varying = np.ptp(fitted.transform(x), axis=0) > 0
        assert varying.sum() == 1
        assert (angles[:, ~varying] == 0).all()


def test_a_constant_column_takes_no_part_in_pca() -> None:
    constant = np.full((96, 1), 0.1)
    assert constant.std() > 0, "rounding gives a constant column a spread, which must not count"
    x = correlated(96, 5, 4)
    expected = Preprocessor.fit(x, 3).transform(x)
    wide = np.column_stack([x, constant])
    np.testing.assert_allclose(Preprocessor.fit(wide, 3).transform(wide), expected, atol=1e-9)


def test_inputs_beyond_the_rank_are_zero_rather_than_noise() -> None:
    x = correlated(50, 2, 0) @ np.random.default_rng(1).standard_normal((2, 6))
    angles = Preprocessor.fit(x, 4).transform(x)
    np.testing.assert_allclose(np.ptp(angles, axis=0), [np.pi, np.pi, 0, 0], atol=1e-14)


def test_fewer_rows_than_components() -> None:
    fitted = Preprocessor.fit(correlated(3, 10, 0), 5)
    assert fitted.transform(correlated(4, 10, 1)).shape == (4, 5)
    np.testing.assert_array_equal(Preprocessor.fit(np.ones((1, 3)), 2).transform(np.ones((2, 3))), 0)


@pytest.mark.parametrize("n_features", [3, 5])
def test_json_round_trip_is_exact(n_features: int) -> None:
    x = correlated(30, 5, 8)
    fitted = Preprocessor.fit(x, n_features)
    back = Preprocessor.from_dict(json.loads(json.dumps(fitted.to_dict())))
    for name, value in vars(fitted).items():
        np.testing.assert_array_equal(getattr(back, name), value)
    np.testing.assert_array_equal(back.transform(x), fitted.transform(x))
    assert back.n_features == n_features


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": None}, "saved preprocessing has a `mean` of the wrong size"),
        ({"scale": [1.0]}, "saved preprocessing has a `scale` of the wrong size"),
        ({"components": None}, "saved preprocessing has a `components` of the wrong size"),
        ({"maximum": [[1.0, 2.0]]}, "saved preprocessing has a `maximum` of the wrong size"),
        ({"minimum": ["x"]}, NO_NUMBERS),
        ({"components": [[1.0], [1.0, 2.0]]}, NO_NUMBERS),
    ],
)
def test_a_damaged_file_is_refused(change: dict, message: str, refused: Callable) -> None:
    saved = Preprocessor.fit(correlated(9, 3, 0), 2).to_dict()
    with refused(f"{message}: it is damaged, fit it again"):
        Preprocessor.from_dict(saved | change)
    del saved["mean"], saved["maximum"]
    with refused("saved preprocessing lacks mean, maximum: it is damaged, fit it again"):
        Preprocessor.from_dict(saved)


def test_refusals(refused: Callable) -> None:
    x = np.zeros((3, 2))
    for n_features in (0, 3):
        message = f"`n_features` must be between 1 and 2, the number of columns, but is {n_features}"
        with refused(message):
            Preprocessor.fit(x, n_features)
    with refused("preprocessing needs at least one training sample"):
        Preprocessor.fit(np.zeros((0, 2)), 2)
    with refused("rows must have 2 columns, as in training, but have 3"):
        Preprocessor.fit(x, 2).transform(np.zeros((1, 3)))


@pytest.mark.parametrize("offset", [0.3, -1e9, 1e-300])
def test_a_column_that_is_constant_up_to_rounding_is_constant(offset: float) -> None:
    """0.3 and 0.1 + 0.2 differ in the last bit only; to blow that up would make a feature of it."""
    wobble = np.where(np.arange(40) % 2, offset, np.nextafter(offset, np.inf))
    x = np.column_stack([wobble, np.arange(40.0), np.sin(np.arange(40.0))])
    for standardise in (True, False):
        fitted = Preprocessor.fit(x, 3, standardise)
        assert fitted.scale[0] == 0
        np.testing.assert_array_equal(fitted.transform(x)[:, 0], 0)
