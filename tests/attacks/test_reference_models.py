"""Models that an attacker trains on random halves, side by side."""

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.attacks.references import random_halves, train_references
from qunlearn.model.probabilities import probabilities
from qunlearn.train import Training, fit
from qunlearn.train.fit import fit_many
from toys import BATCH, STEPS, Cosines, rows, untyped

TRAINING = Training(steps=STEPS, batch=BATCH)
ROWS, VAL = rows(21, 3, 1), rows(9, 3, 2)


@pytest.mark.parametrize("n", [20, 21])
def test_every_row_is_in_half_of_the_models(n):
    halves = random_halves(jax.random.key(1), n, 10)
    assert halves.shape == (10, n // 2)
    for one, other in zip(halves[:5], halves[5:], strict=True):
        assert len(np.union1d(one, other)) == 2 * (n // 2)
    counts = np.bincount(halves.ravel(), minlength=n)
    assert counts.max() == 5
    assert counts.sum() == 10 * (n // 2)
    assert len({tuple(np.sort(half)) for half in halves}) == 10


def test_a_model_on_a_subset_is_the_model_trained_on_these_rows_alone():
    keys = jax.random.split(jax.random.key(3), 2)
    subsets = np.array([[4, 1, 19, 7, 11], [20, 0, 3, 2, 9]])
    many = fit_many(Cosines(), ROWS, VAL, keys=keys, training=TRAINING, subsets=subsets)
    for key, subset, fitted in zip(keys, subsets, many, strict=True):
        own = type(ROWS)(ROWS.x[subset], ROWS.y[subset])
        alone = fit(Cosines(), own, VAL, key=key, training=TRAINING)
        np.testing.assert_allclose(fitted.params, alone.params, rtol=1e-10)
        assert fitted.cost == alone.cost


def test_references_hold_what_the_models_answer():
    found = train_references(Cosines(), ROWS, VAL, size=10, key=5, training=TRAINING)
    k_halves, k_models = jax.random.split(jax.random.key(5))
    halves = random_halves(k_halves, 21, 10)
    assert found.member.sum(axis=1).tolist() == [10] * 10
    assert np.flatnonzero(found.member[7]).tolist() == sorted(halves[7])
    own = type(ROWS)(ROWS.x[halves[7]], ROWS.y[halves[7]])
    alone = fit(Cosines(), own, VAL, key=jax.random.split(k_models, 10)[7], training=TRAINING)
    np.testing.assert_allclose(found.p[7], probabilities(Cosines(), alone.params, ROWS.x), rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 7}, "`size` must be even and >= 8, but is 7"),
        ({"size": 9}, "`size` must be even"),
        ({"size": 8.5}, "`size` must be a whole number"),
        ({"rows": rows(1, 1, 1)}, "half of the rows, but there is 1"),
    ],
)
def test_unusable_requests_are_refused(change, message):
    given = {"rows": ROWS, "val": VAL, "size": 8, "key": 0, **change}
    with untyped(), pytest.raises(InputError, match=message):
        train_references(Cosines(), **given)


@pytest.mark.parametrize(
    ("subsets", "message"),
    [
        (np.zeros((3, 4), int), "for each of the 2 keys"),
        (np.zeros((2, 0), int), "for each of the 2 keys"),
        (np.full((2, 4), 21), r"row numbers in 0..20"),
        (np.full((2, 4), -1), r"row numbers in 0..20"),
    ],
)
def test_unusable_subsets_are_refused(subsets, message):
    keys = jax.random.split(jax.random.key(0), 2)
    with untyped(), pytest.raises(InputError, match=message):
        fit_many(Cosines(), ROWS, VAL, keys=keys, training=TRAINING, subsets=subsets)
