"""EU-k: fresh last layers, trained alone."""

import zlib

import jax
import numpy as np
import pytest

from methods.first_order import KEY, PROBLEM, RETAIN, THETA_0, batches, gradient
from qunlearn.methods import METHODS
from reference import first_order as twin
from reference import training as slow
from toys import LIVELY, STEPS, problem

EUk, Finetune = METHODS["eu_k"], METHODS["finetune"]
FRESH = np.asarray(PROBLEM.model.init(jax.random.fold_in(KEY, zlib.crc32(b"begin"))))


@pytest.mark.parametrize("as_published", [False, True])
def test_steps_equal_a_slow_twin(as_published):
    target, drawn = slow.one_hot(RETAIN.y, 3), batches("retain", len(RETAIN.y))
    last = np.arange(6) >= 4
    begin = np.where(last, FRESH, THETA_0)
    movable = np.ones(6, dtype=bool) if as_published else last
    path = twin.descend(
        begin, lambda step, p: gradient(p, RETAIN.x, target, drawn[step]), STEPS, 0.3, movable
    )
    found = np.asarray(EUk(as_published=as_published, **LIVELY)(PROBLEM, key=KEY).params)
    np.testing.assert_allclose(found, path[-1], rtol=0, atol=1e-8)
    assert np.array_equal(found[~movable], THETA_0[~movable])


def test_all_layers_are_training_from_scratch():
    scratch = problem(params=FRESH)
    first, second = EUk(k=3, **LIVELY)(PROBLEM, key=KEY), Finetune(**LIVELY)(scratch, key=KEY)
    assert np.array_equal(first.params, second.params)


def test_the_key_decides_what_is_fresh():
    first, second = (EUk().begin(PROBLEM, jax.random.key(k)) for k in (1, 2))
    assert np.array_equal(first[:4], second[:4])
    assert np.all(np.asarray(first[4:]) != np.asarray(second[4:]))
