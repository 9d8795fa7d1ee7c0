"""Exact removal: equal to a fit without the rows, one at a time or together."""

import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.model.kernel import KernelClassifier, fidelity_kernel
from qunlearn.model.kernel_ridge import compact, fitted_labels, kernel_ridge, remove

R = np.random.default_rng(5)
X, Y = R.uniform(0, np.pi, (30, 4)), R.integers(0, 3, 30)


def model_of(x, **options):
    return KernelClassifier(tuple(map(tuple, x.tolist())), 3, **{"ridge": 0.05, **options})


@pytest.fixture(scope="module")
def model():
    return model_of(X)


@pytest.fixture(scope="module")
def params(model):
    return kernel_ridge(model, Y)


@pytest.fixture(scope="module")
def refitted(model):
    """Parameters of a fit that never saw `rows`, from the other rows' kernel alone."""
    kernel = np.asarray(fidelity_kernel(model.encoder, X, X))

    def fit_without(rows):
        stay = np.setdiff1d(np.arange(len(X)), rows)
        inverse = np.linalg.inv(kernel[np.ix_(stay, stay)] + model.ridge * np.eye(len(stay)))
        return np.concatenate([(inverse @ np.eye(3)[Y[stay]]).ravel(), inverse.ravel()])

    return fit_without


def test_the_fit_is_the_inverse_and_the_head(params, refitted):
    np.testing.assert_allclose(params, refitted([]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("rows", [[7], [0, 29], list(range(2, 20)), list(range(29))])
def test_removal_equals_refitting(rows, model, params, refitted):
    small, fewer = compact(model, remove(model, params, np.array(rows)))
    assert small == model_of(np.delete(X, rows, axis=0))
    np.testing.assert_allclose(fewer, refitted(rows), rtol=0, atol=1e-10)


def test_requests_one_after_the_other_equal_refitting_once(model, params, refitted):
    for rows in ([3, 8], [8, 21], [0]):
        params = remove(model, params, np.array(rows))
    np.testing.assert_allclose(compact(model, params)[1], refitted([0, 3, 8, 21]), rtol=0, atol=1e-10)


def test_nothing_of_a_removed_row_is_left_in_the_parameters(model, params):
    alpha, inverse = model.split(remove(model, params, np.array([4, 11])))
    assert not np.any(alpha[[4, 11]])
    assert not np.any(inverse[[4, 11]])
    assert not np.any(inverse[:, [4, 11]])


def test_the_larger_model_with_zeros_answers_as_the_compact_one(model, params):
    params = remove(model, params, np.array([4, 11]))
    small, fewer = compact(model, params)
    x = jnp.asarray(X)
    found = small.logits(jnp.asarray(fewer), x)
    np.testing.assert_allclose(model.logits(jnp.asarray(params), x), found, rtol=0, atol=1e-13)


def test_labels_are_in_the_head(model, params):
    y, off = fitted_labels(model, params)
    assert np.array_equal(y, Y)
    assert off < 1e-12
    y, off = fitted_labels(model, remove(model, params, np.array([2])))
    assert np.array_equal(y, np.where(np.arange(30) == 2, -1, Y))
    assert fitted_labels(model, params * 1.01)[1] < 1e-12  # α and G scale together
    alpha, inverse = model.split(np.asarray(params))
    changed = np.concatenate([alpha.ravel() + 0.01, inverse.ravel()])
    assert fitted_labels(model, changed)[1] > 1e-3


@pytest.mark.parametrize(("rows", "words"), [([30], "numbers 0..29"), ([-1], "numbers 0..29")])
def test_rows_that_there_are_not_are_refused(rows, words, model, params):
    with pytest.raises(InputError, match=words):
        remove(model, params, np.array(rows))


def test_some_row_must_stay_and_every_row_needs_a_label(model, params):
    with pytest.raises(InputError, match="at least one training sample must stay"):
        remove(model, params, np.arange(30))
    with pytest.raises(InputError, match="one label for each of 30 training samples, but there are 29"):
        kernel_ridge(model, Y[1:])
