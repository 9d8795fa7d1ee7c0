"""SISA training: places that depend on nothing else, stages that continue one another, one twin."""

from functools import cache

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.model.sharded import Sharded
from qunlearn.train import Cost, Training
from qunlearn.train.batches import batch_indices
from qunlearn.train.shards import Stage, fit_sharded, places, retrain_stages
from reference import training as slow
from toys import BATCH, Cosines, cosines_numpy, rows

MODEL = Sharded(Cosines(), shards=2, slices=2)
TRAINING = Training(steps=8, batch=BATCH)
TRAIN = rows(21, 3, 1)
KEY = jax.random.key(5)
WHERE = places(MODEL, TRAIN)


@cache
def fitted():
    return fit_sharded(MODEL, TRAIN, key=KEY, training=TRAINING)


def rows_of(shard, slice_):
    mine = (WHERE[:, 0] == shard) & (WHERE[:, 1] <= slice_)
    return Samples(TRAIN.x[mine], TRAIN.y[mine])


def test_every_place_is_taken_and_within_bounds():
    assert {tuple(w) for w in WHERE.tolist()} == {(s, r) for s in range(2) for r in range(2)}


def test_a_rows_place_depends_on_no_other_row():
    order = np.random.default_rng(0).permutation(21)[:9]
    assert np.array_equal(places(MODEL, Samples(TRAIN.x[order], TRAIN.y[order])), WHERE[order])


def test_many_rows_fill_shards_evenly():
    where = places(Sharded(Cosines(), shards=4, slices=3), rows(2400, 3, 9))
    counts = np.bincount(where[:, 0] * 3 + where[:, 1], minlength=12)
    assert np.all(np.abs(counts - 200) < 5 * np.sqrt(200))


def test_a_stage_equals_a_slow_twin_that_continues_the_stage_before():
    """Adam with half a cosine, four steps a stage, on the rows of the shard up to the slice."""
    logits, shard = cosines_numpy(3), 1
    params = np.asarray(Cosines().init(jax.random.fold_in(KEY, shard)))
    for slice_ in range(2):
        data, adam = rows_of(shard, slice_), slow.Adam(6)
        own = jax.random.fold_in(jax.random.fold_in(KEY, 2 + shard), slice_)
        for i, batch in enumerate(np.asarray(batch_indices(own, len(data.y), BATCH, 4))):
            target = slow.one_hot(data.y[batch], 3)
            gradient = slow.shifted_gradient(logits, params, data.x[batch], target)
            params = params - 0.05 * (1 + np.cos(np.pi * i / 4)) * adam.direction(gradient)
        found = MODEL.checkpoints(fitted().params)[shard, slice_]
        np.testing.assert_allclose(found, params, rtol=0, atol=1e-8)


def test_cost_and_losses_are_those_of_every_stage():
    sizes = [min(BATCH, len(rows_of(s, r).y)) for s in range(2) for r in range(2)]
    assert fitted().cost == Cost.of_gradients(4 * sum(sizes))
    assert fitted().loss.shape == (16,)
    assert np.all(np.isfinite(fitted().loss))


def test_only_the_named_stages_change():
    other = Samples(TRAIN.x, (TRAIN.y + 1) % 3)  # other rows in other places; stage (0, 0) alone is trained
    found = retrain_stages(MODEL, fitted().params, other, [Stage(0, 0)], KEY, TRAINING)
    same = np.all(MODEL.checkpoints(found.params) == MODEL.checkpoints(fitted().params), axis=2)
    assert np.array_equal(same, [[False, True], [True, True]])


def test_a_slice_whose_rows_are_still_to_come_changes_nothing():
    late = WHERE[:, 1] == 1
    fitted = fit_sharded(MODEL, Samples(TRAIN.x[late], TRAIN.y[late]), key=KEY, training=TRAINING)
    first = MODEL.checkpoints(fitted.params)[:, 0]
    assert np.array_equal(first, MODEL.checkpoints(MODEL.init(KEY))[:, 0])


def test_progress_counts_stages():
    told = []
    fit_sharded(MODEL, TRAIN, key=KEY, training=TRAINING, progress=lambda *words: told.append(words))
    assert [words[1:] for words in told] == [(i, 4) for i in range(5)]


def test_a_shard_without_rows_is_refused():
    one = WHERE[:, 0] == 0
    with pytest.raises(InputError, match="shard 1 of 2 would have no rows: take fewer shards"):
        fit_sharded(MODEL, Samples(TRAIN.x[one], TRAIN.y[one]), key=1, training=TRAINING)
