"""SISA: the result is training without the forgotten samples, bit by bit; what saw them is trained anew."""

from functools import cache

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.sisa import affected
from qunlearn.model.sharded import Sharded
from qunlearn.train import Cost, Training
from qunlearn.train.shards import Stage, fit_sharded, places
from toys import BATCH, Cosines, problem, rows

SISA = METHODS["sisa"]
MODEL = Sharded(Cosines(), shards=2, slices=2)
TRAINING = Training(steps=8, batch=BATCH)
TRAIN = rows(21, 3, 1)
KEY = jax.random.key(5)
WHERE = places(MODEL, TRAIN)
LATE = np.flatnonzero((WHERE == [1, 1]).all(axis=1))[:2]
"""Two samples of shard 1 that came in with its last slice."""


@cache
def original():
    return fit_sharded(MODEL, TRAIN, key=KEY, training=TRAINING).params


def posed(forget, **changes):
    mask = np.isin(np.arange(21), forget)
    return problem(
        MODEL,
        params=original(),
        forget=Samples(TRAIN.x[mask], TRAIN.y[mask]),
        retain=Samples(TRAIN.x[~mask], TRAIN.y[~mask]),
        training=TRAINING,
        forget_index=None,
        **changes,
    )


@pytest.mark.parametrize(
    "forget",
    [
        pytest.param(LATE, marks=pytest.mark.slow),
        pytest.param(np.arange(3), marks=pytest.mark.slow),
        np.flatnonzero(TRAIN.y == 1),
    ],
)
def test_equals_training_without_the_rows(forget):
    given = posed(forget)
    without = fit_sharded(MODEL, given.retain, key=KEY, training=TRAINING)
    np.testing.assert_allclose(SISA()(given, key=KEY).params, without.params, rtol=0, atol=1e-12)


def test_stages_that_never_saw_the_rows_are_kept_with_any_key():
    result = SISA()(posed(LATE), key=jax.random.key(99))
    same = np.all(MODEL.checkpoints(result.params) == MODEL.checkpoints(original()), axis=2)
    assert np.array_equal(same, [[True, True], [True, False]])


def test_cost_and_curve_are_those_of_the_stages_trained_anew():
    result = SISA()(posed(LATE), key=KEY)
    assert result.cost == Cost.of_gradients(4 * BATCH)
    assert result.trace["loss"].shape == (4,)
    assert result.steps_taken == 4


def test_every_stage_from_the_first_row_on_is_affected():
    for stage in ((0, 0), (0, 1), (1, 0), (1, 1)):
        row = np.flatnonzero((stage == WHERE).all(axis=1))[:1]
        assert affected(MODEL, posed(row)) == [Stage(stage[0], r) for r in range(stage[1], 2)]


def test_claims_exactness_and_says_what_it_rests_on():
    claim = SISA()(posed(LATE), key=KEY).claim
    assert claim.tier == "exact"
    assert claim.sentence.startswith("exact: 3 of 4 stages never saw a forgotten sample")
    assert "given that `fit_sharded` trained the original" in claim.sentence


def test_to_forget_a_feature_is_to_train_all_anew():
    """Samples that all came in with a last slice; without the feature they are others, elsewhere."""
    late = Samples(TRAIN.x[WHERE[:, 1] == 1], TRAIN.y[WHERE[:, 1] == 1])
    replaced = Samples(late.x * [1, 0] + [0, 0.5], late.y)
    options = {"forget": late, "retain": replaced, "training": TRAINING, "forget_index": None}
    given = problem(MODEL, params=original(), kind="feature", **options)
    found = SISA()(given, key=KEY).params
    assert np.array_equal(found, fit_sharded(MODEL, replaced, key=KEY, training=TRAINING).params)
    assert len(affected(MODEL, given)) == 4


def test_progress_and_the_refusal_of_a_shard_left_empty():
    told = []
    SISA()(posed(LATE), key=KEY, progress=lambda *words: told.append(words))
    assert [words[1:] for words in told] == [(0, 1), (1, 1)]
    with pytest.raises(InputError, match="shard 0 of 2 would have no rows: take fewer shards"):
        SISA()(posed(np.flatnonzero(WHERE[:, 0] == 0)), key=KEY)
