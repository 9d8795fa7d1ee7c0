"""Models in parts: within the budget, in order, each once; what a part takes, and what is told."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.train import Training, fit_many, memory
from qunlearn.train.memory import SHARE, available_bytes, memory_budget, program_bytes
from qunlearn.train.parts import Part, parts
from qunlearn.train.progress import silent
from toys import Cosines, rows, untyped

TRAINING = Training(steps=12, batch=4, learning_rate=0.3)
TRAIN, VAL, KEYS = rows(14, 3, 0), rows(8, 3, 1), jax.random.split(jax.random.key(9), 5)


@pytest.mark.parametrize(("n", "at_once"), [(1, 9), (7, 7), (7, 100), (7, 6), (7, 1), (12, 5), (5, 0)])
def test_parts_are_equal_and_hold_every_model_once(n, at_once):
    found = parts(n, lambda models: 10 * models, 10 * at_once)
    assert [i for part in found for i in part.index[: part.own]] == list(range(n))
    (length,) = {len(part.index) for part in found}
    assert length <= max(at_once, 1) or n == 1
    assert all(part.index.max() < n and part.total == n for part in found)


def test_parts_are_cut_again_where_memory_does_not_grow_evenly():
    """A program of half the models may take more than half."""
    found = parts(16, lambda models: 100 + models, 110)
    assert max(len(part.index) for part in found) == 1 + 7


def test_a_part_tells_models_of_the_whole():
    told = []
    part = Part(np.array([4, 5, 6, 6]), 3, 7)
    tell = part.progress(lambda *words: told.append(words))
    for done in (0, 5, 10):
        tell("training 7 models", done, 10)
    assert told == [("training 7 models", 5, 7), ("training 7 models", 7, 7)]
    assert part.progress(silent) is silent


@pytest.fixture(scope="module")
def whole():
    return fit_many(MODEL, TRAIN, VAL, keys=KEYS, training=TRAINING)


MODEL = Cosines()


@pytest.mark.slow
def test_parts_do_not_change_a_model(whole):
    told = []
    few = fit_many(
        MODEL, TRAIN, VAL, keys=KEYS, training=TRAINING, memory=1, progress=lambda *words: told.append(words)
    )
    for one, same in zip(whole, few, strict=True):
        np.testing.assert_allclose(one.params, same.params, rtol=0, atol=1e-12)
        np.testing.assert_allclose(one.val_loss, same.val_loss, rtol=0, atol=1e-12)
        assert one.best_step == same.best_step
    counts = [done for _, done, _ in told]
    assert counts == sorted(counts)
    assert (told[0], told[-1]) == (("training 5 models (compiling)", 0, 5), ("training 5 models", 5, 5))
    assert {what for what, _, _ in told[1:]} == {"training 5 models"}


@pytest.mark.slow
def test_a_budget_decides_the_parts(monkeypatch, whole):
    """Three models fit where the compiler's account of three does."""
    lengths, module = [], sys.modules[fit_many.__module__]
    original = module._side_by_side
    monkeypatch.setattr(module, "_side_by_side", lambda *a: lengths.append(len(a[4])) or original(*a))
    three = module._bytes(MODEL, TRAIN, VAL, TRAINING, KEYS, 3)
    assert three > 3 * 8 * (4 * 6 + 2 * 12)  # four vectors and two curves at least
    found = fit_many(MODEL, TRAIN, VAL, keys=KEYS, training=TRAINING, memory=three)
    assert lengths == [3, 3]
    assert len(found) == 5
    np.testing.assert_allclose(found[4].params, whole[4].params, rtol=0, atol=1e-12)


def test_a_program_takes_its_arguments_results_and_working_memory():
    def outer(v):
        return jnp.cos(jnp.outer(v, v))

    argument, table = 100 * 8, 100 * 100 * 8
    assert program_bytes(jax.jit(outer).lower(jnp.ones(100))) == argument + table
    least = jax.jit(lambda v: jnp.sort(outer(v), axis=0)[0])
    assert table <= program_bytes(least.lower(jnp.ones(100))) - 2 * argument < 4 * table


def test_a_result_in_the_place_of_an_argument_is_counted_once():
    assert program_bytes(jax.jit(lambda v: v + 1, donate_argnums=0).lower(jnp.ones(100))) == 100 * 8


def test_the_default_budget_is_a_share_of_what_is_free(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    assert memory_budget(None) == int(SHARE * 1000)
    assert memory_budget(7) == 7


def test_a_container_may_use_no_more_than_its_limit(monkeypatch, tmp_path):
    free = available_bytes()
    assert 2**20 < free < 2**50
    (tmp_path / "max").write_text("1000000\n")
    (tmp_path / "used").write_text("400000\n")
    monkeypatch.setattr(memory, "_LIMITS", {str(tmp_path / "max"): str(tmp_path / "used")})
    assert available_bytes() == 600000
    (tmp_path / "max").write_text("max\n")
    assert available_bytes() > 600000


@pytest.mark.parametrize("wrong", [0, -5, 2.5])
def test_a_budget_is_a_number_of_bytes(wrong):
    with untyped(), pytest.raises(InputError, match=r"^`memory` must be (>= 1|a whole number)"):
        memory_budget(wrong)
