"""The gold ensemble: its members, and a cache that never gives back anything else."""

import os
import threading
import time
from dataclasses import replace

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from qunlearn import gold as module
from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.gold import default_cache, gold_ensemble
from qunlearn.train import fit, training_cost
from qunlearn.train.federated import Federation, fit_federated
from qunlearn.train.history import History
from toys import Cosines, problem, untyped

PROBLEM = problem()
KEY = jax.random.key(21)


@pytest.fixture
def no_training(monkeypatch):
    """From here on nothing may be trained."""

    def refuse(*_, **__):
        raise AssertionError("a model was trained")

    return lambda: monkeypatch.setattr(module, "retrain_many", refuse)


def ensemble(size=2, key=KEY, posed=PROBLEM, **more):
    return gold_ensemble(posed, size=size, key=key, **more)


def entry(folder):
    (file,) = folder.glob("*.safetensors")
    return file


def test_members_are_trained_on_the_retained_rows_with_keys_of_their_own():
    gold = ensemble(3)
    assert gold.params.shape == (3, 6)
    for g in range(3):
        own = jax.random.fold_in(KEY, g)
        alone = fit(PROBLEM.model, PROBLEM.retain, PROBLEM.val, key=own, training=PROBLEM.training)
        np.testing.assert_allclose(gold.params[g], alone.params, rtol=0, atol=1e-12)
    assert not np.allclose(gold.params[0], gold.params[1])
    assert gold.cost == training_cost(PROBLEM.training, len(PROBLEM.retain.y), len(PROBLEM.val.y))
    assert gold.cached == 0


@pytest.mark.slow
def test_forgotten_rows_original_parameters_and_anchors_do_not_matter(tmp_path, no_training):
    gold = ensemble(cache=tmp_path)
    no_training()
    forget = Samples(PROBLEM.forget.x * 0.5, PROBLEM.forget.y)
    other = problem(forget=forget, params=np.ones(6), anchors=PROBLEM.anchors[:2])
    assert np.array_equal(ensemble(posed=other, cache=tmp_path).params, gold.params)


def test_a_seed_stands_for_its_key():
    assert ensemble(key=21).digest == ensemble().digest


def test_memory_bounds_what_is_trained_at_one_time_and_changes_no_model():
    np.testing.assert_allclose(ensemble(3, memory=1).params, ensemble(3).params, rtol=0, atol=1e-12)


def test_a_larger_ensemble_starts_with_the_smaller_one(tmp_path):
    small, large = ensemble(2), ensemble(3)
    np.testing.assert_allclose(large.params[:2], small.params, rtol=0, atol=1e-12)
    ensemble(2, cache=tmp_path)
    grown = ensemble(3, cache=tmp_path)
    assert grown.cached == 2
    assert np.array_equal(grown.params[:2], small.params)
    np.testing.assert_allclose(grown.params, large.params, rtol=0, atol=1e-12)


def test_what_was_kept_is_not_trained_again(tmp_path, no_training):
    first = ensemble(3, cache=tmp_path / "new" / "folder")
    no_training()
    for size in (3, 2):
        again = ensemble(size, cache=tmp_path / "new" / "folder")
        assert np.array_equal(again.params, first.params[:size])
        assert again.params.dtype == np.float64
        assert (again.cached, again.cost, again.digest) == (size, first.cost, first.digest)


def test_nothing_is_kept_without_a_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ensemble()
    assert not list(tmp_path.iterdir())
    if os.name == "posix":
        assert default_cache().name == "gold"


CHANGES = {
    "retained input": lambda p: replace(p, retain=Samples(p.retain.x * (1 + 1e-12), p.retain.y)),
    "retained label": lambda p: replace(p, retain=Samples(p.retain.x, np.roll(p.retain.y, 1))),
    "order of rows": lambda p: replace(p, retain=Samples(p.retain.x[::-1], p.retain.y[::-1])),
    "validation samples": lambda p: replace(p, val=Samples(p.val.x[1:], p.val.y[1:])),
    "steps": lambda p: replace(p, training=replace(p.training, steps=5)),
    "batch": lambda p: replace(p, training=replace(p.training, batch=0)),
    "learning rate": lambda p: replace(p, training=replace(p.training, learning_rate=0.1000001)),
    "val_every": lambda p: replace(p, training=replace(p.training, val_every=2)),
    "architecture": lambda p: problem(Cosines(4)),
    "federation": lambda p: replace(p, federation=dealt(p, 2)),
}


def dealt(posed, local_steps, seed=0):
    """The retained samples dealt out to three clients."""
    clients = np.random.default_rng(seed).permutation(np.arange(len(posed.retain.y)) % 3)
    return Federation(clients, local_steps)


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_changes_the_digest(what):
    assert module._digest(CHANGES[what](PROBLEM), KEY) != module._digest(PROBLEM, KEY)


def test_clients_and_local_steps_change_the_digest():
    federations = [dealt(PROBLEM, 2), dealt(PROBLEM, 1), dealt(PROBLEM, 2, seed=1)]
    digests = [module._digest(replace(PROBLEM, federation=f), KEY) for f in federations]
    assert len(set(digests)) == 3
    history = History(np.zeros((1, 6)), np.zeros((1, 1, 6)), np.ones(1), np.zeros(1, int))
    told = replace(PROBLEM, federation=federations[0], history=history)
    assert module._digest(told, KEY) == digests[0]  # gold models never saw the removed client's rounds


@pytest.mark.slow
def test_gold_of_a_federation_is_a_federation():
    posed = replace(PROBLEM, federation=dealt(PROBLEM, 2))
    gold = ensemble(posed=posed)
    key, training = jax.random.fold_in(KEY, 1), PROBLEM.training
    one, _ = fit_federated(posed.model, posed.retain, posed.val, posed.federation, key=key, training=training)
    np.testing.assert_allclose(gold.params[1], one.params, rtol=0, atol=1e-12)
    assert gold.cost == one.cost


def test_key_versions_class_and_code_change_the_digest(monkeypatch):
    class Other(Cosines):
        pass

    digests = [module._digest(PROBLEM, KEY), module._digest(PROBLEM, jax.random.key(22))]
    digests += [module._digest(PROBLEM, jax.random.key(21, impl=rule)) for rule in ("rbg", "unsafe_rbg")]
    digests.append(module._digest(problem(Other()), KEY))
    with monkeypatch.context() as patch:
        patch.setattr(module.metadata, "version", lambda name: "0.0")
        digests.append(module._digest(PROBLEM, KEY))
    with monkeypatch.context() as patch:
        patch.setattr(module, "_code", lambda: {**CODE, "train/loop.py": "0" * 64})
        digests.append(module._digest(PROBLEM, KEY))
    assert len(set(digests)) == len(digests)
    assert module._digest(PROBLEM, KEY) == digests[0]


CODE = module._code()


def test_code_that_trains_a_model_is_part_of_the_digest():
    assert {"gold.py", "methods/base/retraining.py", "train/loop.py"} <= set(CODE)
    assert {"train/batches.py", "model/vqc.py", "circuit/fused.py"} <= set(CODE)


def damage_byte(file):
    whole = bytearray(file.read_bytes())
    whole[-5] ^= 1
    file.write_bytes(bytes(whole))


def damage_cut(file):
    file.write_bytes(file.read_bytes()[:-9])


def damage_empty(file):
    file.write_bytes(b"")


def damage_shape(file):
    save_file({"gold": load_file(file)["gold"][:, :-1]}, file, metadata={"sha256": "0"})


def damage_name(file):
    save_file({"silver": load_file(file)["gold"]}, file, metadata={"sha256": "0"})


def damage_no_hash(file):
    save_file(load_file(file), file)


def damage_order(file):
    """Whole rows, but not those that were hashed."""
    params = load_file(file)["gold"]
    text = file.read_bytes()
    file.write_bytes(text[: -params.nbytes] + params[::-1].tobytes())


@pytest.mark.parametrize(
    "damage",
    [damage_byte, damage_cut, damage_empty, damage_shape, damage_name, damage_no_hash, damage_order],
)
def test_a_damaged_entry_is_trained_anew_and_replaced(tmp_path, damage, no_training):
    first = ensemble(cache=tmp_path)
    damage(entry(tmp_path))
    again = ensemble(cache=tmp_path)
    assert again.cached == 0
    assert np.array_equal(again.params, first.params)
    no_training()
    assert np.array_equal(ensemble(cache=tmp_path).params, first.params)


def test_an_intact_entry_under_another_digest_is_not_used(tmp_path):
    """A file that was copied or renamed: whole, of the right shape, and wrong."""
    one = ensemble(cache=tmp_path)
    stale = entry(tmp_path)
    two = ensemble(key=jax.random.key(5))
    stale.rename(tmp_path / f"gold-{two.digest}.safetensors")
    found = ensemble(key=jax.random.key(5), cache=tmp_path)
    assert found.cached == 0
    assert np.array_equal(found.params, two.params)
    assert not np.allclose(found.params, one.params)


@pytest.mark.slow
def test_readers_and_writers_at_once_see_whole_entries_or_none(tmp_path):
    """Writers of different sizes in threads; every read is one of the two ensembles, never a part of one."""
    params = np.random.default_rng(0).normal(size=(40, 6))
    file, stop, seen = tmp_path / "gold-d.safetensors", time.monotonic() + 1.0, set()

    module._write(file, "d", params[:10])

    def write(size):
        while time.monotonic() < stop:
            module._write(file, "d", params[:size])

    writers = [threading.Thread(target=write, args=(size,)) for size in (10, 40)]
    for writer in writers:
        writer.start()
    while time.monotonic() < stop:
        found = module._read(file, "d", 6)
        assert np.array_equal(found, params[: len(found)])
        seen.add(len(found))
    for writer in writers:
        writer.join()
    assert seen == {10, 40}
    assert [f.name for f in tmp_path.iterdir()] == [file.name]


def test_a_cache_that_cannot_be_written_is_a_warning(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.warns(UserWarning, match="the gold ensemble is not kept for the next run"):
        gold = ensemble(cache=tmp_path / "file")
    assert np.array_equal(gold.params, ensemble().params)


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        (1, "`size` must be >= 2, but is 1"),
        (0, "`size` must be >= 2"),
        (2.5, "`size` must be a whole number"),
    ],
)
def test_fewer_than_two_models_are_refused(size, sentence):
    with untyped(), pytest.raises(InputError) as refused:
        ensemble(size)
    assert str(refused.value).startswith(sentence)


def test_progress_is_told_unless_everything_was_kept(tmp_path):
    told = []
    for _ in range(2):
        told.append([])
        ensemble(cache=tmp_path, progress=lambda *words: told[-1].append(words))
    assert told[0][0] == ("training 2 models (compiling)", 0, 2)
    assert told[1] == []


def test_models_without_validation_rows_are_refused():
    with pytest.raises(InputError, match="there are no validation samples"):
        ensemble(posed=problem(val=Samples(PROBLEM.val.x[:0], PROBLEM.val.y[:0])))
