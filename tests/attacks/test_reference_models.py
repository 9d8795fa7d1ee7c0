"""Models that an attacker trains on random halves, side by side."""

import importlib

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.attacks import references
from qunlearn.attacks.references import random_halves, train_references
from qunlearn.train import Training, loop
from qunlearn.train.fit import fit_many, training_cost
from reference import training as slow
from toys import BATCH, STEPS, Cosines, cosines_numpy, rows, untyped

TRAINING = Training(steps=STEPS, batch=BATCH)
ROWS, VAL = rows(21, 3, 1), rows(9, 3, 2)


@pytest.mark.parametrize("n", [pytest.param(20, marks=pytest.mark.slow), 21])
def test_every_row_is_in_half_of_the_models(n):
    halves = random_halves(jax.random.key(1), n, 10)
    assert halves.shape == (10, n // 2)
    for one, other in zip(halves[:5], halves[5:], strict=True):
        assert len(np.union1d(one, other)) == 2 * (n // 2)
    counts = np.bincount(halves.ravel(), minlength=n)
    assert counts.max() == 5
    assert counts.sum() == 10 * (n // 2)
    assert len({tuple(np.sort(half)) for half in halves}) == 10


@pytest.mark.slow
def test_references_are_models_trained_on_their_half_alone(monkeypatch):
    """All models of one compiled program against a NumPy twin that is given the rows of one half."""
    fitted = []
    training = importlib.import_module("qunlearn.train.fit")
    monkeypatch.setattr(training, "_bytes", lambda *_: 1)  # which would trace everything once more
    monkeypatch.setattr(
        references, "fit_many", lambda *args, **named: fitted.extend(fit_many(*args, **named)) or fitted
    )
    found = train_references(Cosines(), ROWS, VAL, size=8, key=5, training=TRAINING)
    k_halves, k_models = jax.random.split(jax.random.key(5))
    halves, keys = random_halves(k_halves, 21, 8), jax.random.split(k_models, 8)
    assert found.member.sum(axis=1).tolist() == [10] * 8
    shown = type(ROWS)(ROWS.x[:10], ROWS.y[:10])
    carry, batches = loop.start(Cosines(), keys, BATCH, STEPS, shown)
    logits = cosines_numpy(3)
    for r, half in enumerate(halves):
        assert np.flatnonzero(found.member[r]).tolist() == sorted(half)
        own = ROWS.x[half], ROWS.y[half]
        twin = slow.train(logits, np.asarray(carry.params[r]), own, VAL, np.asarray(batches[r]), 0.1, 1)
        np.testing.assert_allclose(fitted[r].params, twin["params"], rtol=0, atol=1e-8)
        expected = np.exp(slow.log_probabilities(logits(twin["params"], ROWS.x)))
        np.testing.assert_allclose(found.p[r], expected, rtol=0, atol=1e-8)
        assert fitted[r].cost == training_cost(TRAINING, 10, 9)


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
