"""Fine-tuning against a slow twin; the forget set is not looked at."""

import zlib

import jax
import numpy as np

from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.train.batches import batch_indices
from reference import training as slow
from toys import BATCH, LIVELY, STEPS, cosines_numpy, problem

Finetune = METHODS["finetune"]
PROBLEM = problem()
KEY = jax.random.key(2)


def test_equals_a_slow_twin():
    """Adam with a constant rate on the batches that the loop says it draws."""
    logits, (x, y) = cosines_numpy(3), PROBLEM.retain
    own = jax.random.fold_in(KEY, zlib.crc32(b"retain"))
    params, adam, losses = np.array(PROBLEM.params), slow.Adam(6), []
    for batch in np.asarray(batch_indices(own, len(y), BATCH, STEPS)):
        losses.append(slow.cross_entropy(logits(params, x[batch]), y[batch]))
        gradient = slow.shifted_gradient(logits, params, x[batch], slow.one_hot(y[batch], 3))
        params = params - 0.3 * adam.direction(gradient)
    result = Finetune(**LIVELY)(PROBLEM, key=KEY)
    np.testing.assert_allclose(result.params, params, rtol=0, atol=1e-8)
    np.testing.assert_allclose(result.trace["loss"], losses, rtol=0, atol=1e-8)


def test_forget_rows_change_nothing():
    other = problem(forget=Samples(PROBLEM.forget.x * 0.5, PROBLEM.forget.y))
    pair = [Finetune(**LIVELY)(p, key=KEY).params for p in (PROBLEM, other)]
    assert np.array_equal(*pair)
