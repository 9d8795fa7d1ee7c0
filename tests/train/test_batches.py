"""Mini-batches: shapes, no row twice, everything covered."""

import jax
import numpy as np
import pytest

from qunlearn.train.batches import batch_indices, batch_size


@pytest.mark.parametrize(
    ("requested", "n", "expected"), [(10, 7, 7), (0, 7, 7), (3, 7, 3), (7, 7, 7), (1, 1, 1)]
)
def test_batch_size(requested, n, expected):
    assert batch_size(requested, n) == expected


@pytest.mark.parametrize(("n", "batch", "steps"), [(7, 3, 11), (6, 3, 4), (5, 4, 1)])
def test_every_epoch_is_a_permutation_without_its_incomplete_batch(n, batch, steps):
    drawn = np.asarray(batch_indices(jax.random.key(0), n, batch, steps))
    assert drawn.shape == (steps, batch)
    per_epoch = n // batch
    for first in range(0, steps, per_epoch):
        epoch = drawn[first : first + per_epoch].ravel()
        assert len(set(epoch)) == len(epoch)
        assert set(epoch) <= set(range(n))
    if n % batch == 0 and steps >= per_epoch:
        assert sorted(drawn[:per_epoch].ravel()) == list(range(n))


def test_epochs_and_keys_differ():
    drawn = np.asarray(batch_indices(jax.random.key(0), 30, 10, 6))
    assert not np.array_equal(drawn[:3], drawn[3:])
    assert not np.array_equal(drawn, batch_indices(jax.random.key(1), 30, 10, 6))


def test_dropped_rows_differ_between_epochs():
    drawn = np.asarray(batch_indices(jax.random.key(0), 5, 4, 40))
    assert set(drawn.ravel()) == set(range(5))


def test_full_batch_is_every_row_in_order():
    assert np.array_equal(batch_indices(jax.random.key(0), 4, 4, 3), np.tile(np.arange(4), (3, 1)))
