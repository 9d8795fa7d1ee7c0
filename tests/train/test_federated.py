"""Federated averaging against a slow twin and against plain training, and what its history says."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.model import cross_entropy
from qunlearn.train import Training, fit
from qunlearn.train.batches import batch_indices
from qunlearn.train.federated import Federation, fit_federated, fit_federated_many
from qunlearn.train.history import History, load_history, save_history
from qunlearn.train.rounds import local_batches
from reference.federated import federated_averaging
from toys import Cosines, cosines_numpy, rows

MODEL = Cosines()
TRAIN, VAL = rows(14, 3, 0), rows(8, 3, 1)
CLIENTS = np.array([3, 0, 0, 3, 1, 0, 3, 0, 0, 1, 0, 3, 0, 0])  # 8, 2 and 4 rows; nobody is client 2
TRAINING = Training(steps=6, batch=3, learning_rate=0.3)
FEDERATION = Federation(CLIENTS, local_steps=3)
KEY = jax.random.key(5)


@pytest.fixture(scope="module")
def trained():
    return fit_federated(MODEL, TRAIN, VAL, FEDERATION, key=KEY, training=TRAINING)


def drawn(client, steps):
    """The mini-batches that the key deals to a client."""
    held = np.flatnonzero(client == CLIENTS)
    own = jax.random.fold_in(jax.random.split(KEY)[1], client)
    return [held[i].tolist() for i in np.asarray(batch_indices(own, len(held), min(3, len(held)), steps))]


def test_equals_a_slow_twin(trained):
    fitted, history = trained
    start = np.asarray(MODEL.init(jax.random.split(KEY)[0]))
    sizes = {0: 8, 1: 2, 3: 4}
    batches = {c: drawn(c, 6) for c in sizes}
    twin = federated_averaging(cosines_numpy(3), start, TRAIN, batches, sizes, 3, 0.3)
    np.testing.assert_allclose(history.start, twin["starts"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(history.updates, twin["updates"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(history.final, twin["last"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(fitted.loss, twin["loss"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(history.weights, [8 / 14, 2 / 14, 4 / 14], rtol=1e-15)
    assert history.clients.tolist() == [0, 1, 3]


def test_the_best_round_is_kept(trained):
    fitted, history = trained
    after = [history.start[1], history.final]
    losses = [float(cross_entropy(MODEL.logits(p, VAL.x), jnp.asarray(VAL.y))) for p in after]
    assert np.isnan(fitted.val_loss[[0, 1, 3, 4]]).all()
    np.testing.assert_allclose(fitted.val_loss[[2, 5]], losses, rtol=1e-12)
    best = int(np.argmin(losses))
    assert fitted.best_step == 3 * (best + 1)
    np.testing.assert_array_equal(fitted.params, after[best])


@pytest.mark.slow
def test_one_client_alone_trains_as_fit_does():
    """With all rows in a batch the order does not matter, so the same key gives the same run."""
    training = replace(TRAINING, batch=0, val_every=2)
    alone = Federation(np.full(14, 4), 2)
    fitted, history = fit_federated(MODEL, TRAIN, VAL, alone, key=KEY, training=training)
    plain = fit(MODEL, TRAIN, VAL, key=KEY, training=training)
    np.testing.assert_allclose(fitted.params, plain.params, rtol=0, atol=1e-12)
    np.testing.assert_allclose(fitted.loss, plain.loss, rtol=0, atol=1e-12)
    np.testing.assert_allclose(fitted.val_loss, plain.val_loss, rtol=0, atol=1e-12)
    assert (fitted.best_step, fitted.cost) == (plain.best_step, plain.cost)
    assert len(history.start) == 3


@pytest.mark.slow
def test_models_do_not_depend_on_their_company(trained):
    keys = jax.random.split(jax.random.key(1), 3)
    together = fit_federated_many(MODEL, TRAIN, VAL, FEDERATION, keys=keys, training=TRAINING)
    alone, _ = fit_federated(MODEL, TRAIN, VAL, FEDERATION, key=keys[1], training=TRAINING)
    np.testing.assert_allclose(together[1].params, alone.params, rtol=0, atol=1e-12)
    assert not np.allclose(together[0].params, together[2].params)


def test_a_client_keeps_its_rows_and_order_when_another_leaves():
    """So a gold federation differs from the original by the removed client alone."""
    left = np.flatnonzero(CLIENTS != 1)
    keys = jax.random.key(2)[None]
    full = local_batches(CLIENTS, keys, 3, 6)
    rest = local_batches(CLIENTS[left], keys, 3, 6)
    np.testing.assert_array_equal(left[np.asarray(rest.rows)], np.asarray(full.rows)[:, :, [0, 2]])
    np.testing.assert_allclose(rest.clients, [8 / 12, 4 / 12])


def test_cost_is_that_of_all_clients_without_padding(trained):
    step, looks = FEDERATION.costs(TRAINING, 8)
    assert (step.gradients, step.forwards, looks.forwards) == (3 + 2 + 3, 8, 16)
    assert trained[0].cost == step * 6 + looks


def test_progress_is_told_and_changes_nothing(trained):
    told = []
    watched, _ = fit_federated(
        MODEL,
        TRAIN,
        VAL,
        FEDERATION,
        key=KEY,
        training=TRAINING,
        progress=lambda *words: told.append(words),
    )
    assert told[0] == ("federated training of 1 model (compiling)", 0, 2)
    assert told[-1] == ("federated training of 1 model", 2, 2)
    np.testing.assert_array_equal(watched.params, trained[0].params)


def test_history_is_read_back(trained, tmp_path):
    _, history = trained
    save_history(tmp_path / "history.safetensors", history)
    again = load_history(tmp_path / "history.safetensors")
    for name in ("start", "updates", "weights", "clients"):
        assert np.array_equal(getattr(again, name), getattr(history, name))
    (tmp_path / "history.safetensors").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="is damaged: train again"):
        load_history(tmp_path / "history.safetensors")
    with pytest.raises(InputError, match="there is no history of the federated training"):
        load_history(tmp_path / "none")


@pytest.mark.parametrize(
    ("federation", "sentence"),
    [
        (Federation(CLIENTS, 4), "`steps` must be a multiple of `local_steps` (4), but is 6"),
        (Federation(CLIENTS[:9], 3), "there must be one client for each of 14 training samples, not 9"),
    ],
)
def test_refused(federation, sentence):
    with pytest.raises(InputError) as refused:
        fit_federated(MODEL, TRAIN, VAL, federation, key=0, training=TRAINING)
    assert str(refused.value) == sentence


def test_a_federation_is_checked_when_it_is_made():
    with pytest.raises(InputError, match="`local_steps` must be >= 1, but is 0"):
        Federation(CLIENTS, 0)
    with pytest.raises(InputError, match="clients must be whole numbers >= 0"):
        Federation(CLIENTS - 1)
    assert isinstance(History(np.zeros((1, 2)), np.zeros((1, 1, 2)), np.ones(1), np.zeros(1, int)), History)
