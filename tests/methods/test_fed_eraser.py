"""FedEraser: a slow twin, closed forms of rounds repeated from memory, what it looks at, refusals."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.fed_eraser import calibrated
from qunlearn.methods.unlearn import unlearn_many
from qunlearn.train import Cost
from qunlearn.train.batches import batch_indices
from qunlearn.train.federated import Federation
from qunlearn.train.history import History
from reference.federated import fed_eraser
from toys import cosines_numpy, federated_problem, problem

FedEraser = METHODS["fed_eraser"]
KEY = jax.random.key(5)
GIVEN = federated_problem()
METHOD = FedEraser(interval=2, steps=3, batch=4, learning_rate=0.2)


@pytest.fixture(scope="module")
def found():
    return METHOD(GIVEN, key=KEY)


def changed(**arrays):
    """The problem with another history."""
    return replace(GIVEN, history=replace(GIVEN.history, **arrays))


def drawn(client, steps):
    """The mini-batches that the key deals to a retained client."""
    held = np.flatnonzero(GIVEN.federation.clients == client)
    size = min(4, len(held))
    return [
        held[i].tolist()
        for i in np.asarray(batch_indices(jax.random.fold_in(KEY, client), len(held), size, steps))
    ]


def after_the_first_round():
    """Client 0 holds 6 rows, client 3 holds 12."""
    first = GIVEN.history.updates[0]
    return GIVEN.history.start[0] + (first[0] + 2 * first[2]) / 3


@pytest.mark.parametrize(("interval", "steps"), [(1, 2), pytest.param(2, 3, marks=pytest.mark.slow)])
def test_equals_a_slow_twin(interval, steps):
    method = replace(METHOD, interval=interval, steps=steps)
    result = method(GIVEN, key=KEY)
    total = steps * (5 // interval - 1)
    history = GIVEN.history
    params, loss = fed_eraser(
        cosines_numpy(3),
        history.start[0],
        {0: list(history.updates[:, 0]), 3: list(history.updates[:, 2])},
        (GIVEN.retain.x, GIVEN.retain.y),
        {c: drawn(c, total) for c in (0, 3)},
        {0: 6, 3: 12},
        interval,
        steps,
        0.2,
    )
    np.testing.assert_allclose(result.params, params, rtol=0, atol=1e-8)
    np.testing.assert_allclose(result.trace["loss"], loss, rtol=0, atol=1e-8)


def test_rounds_without_length_leave_the_first_one(found):
    """Whatever direction is found, an update of length 0 does nothing."""
    updates = GIVEN.history.updates.copy()
    updates[2] = 0
    still = METHOD(changed(updates=updates), key=KEY)
    np.testing.assert_allclose(still.params, after_the_first_round(), rtol=0, atol=1e-14)
    assert not np.allclose(found.params, still.params, atol=1e-3)


@pytest.mark.slow
def test_one_client_that_is_left_moves_by_the_length_of_its_update():
    """And by twice as much, the same way, where that was twice as long; rounds in between do not count."""
    clients = np.zeros(18, int)
    history = History(
        GIVEN.history.start, GIVEN.history.updates[:, :2], np.array([18, 3]) / 21, np.array([0, 1])
    )
    alone = replace(GIVEN, federation=Federation(clients, 2), history=history)
    first = history.start[0] + history.updates[0, 0]
    moved = np.asarray(METHOD(alone, key=KEY).params) - first
    np.testing.assert_allclose(np.linalg.norm(moved), np.linalg.norm(history.updates[2, 0]), rtol=1e-12)
    updates = history.updates * np.array([1, 7, 2, 7, 7])[:, None, None]
    twice = METHOD(replace(alone, history=replace(history, updates=updates)), key=KEY).params
    np.testing.assert_allclose(np.asarray(twice) - first, 2 * moved, rtol=0, atol=1e-12)


def test_a_client_that_does_not_move_has_no_direction():
    update = jnp.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(calibrated(update, jnp.array([2.5, 9.0])), [[1.5, 2.0], [0, 0]], rtol=1e-15)


def test_nothing_of_the_client_is_looked_at(found):
    """Neither its rows nor its updates, nor the model that it helped to train."""
    updates = GIVEN.history.updates.copy()
    updates[:, 1] = 1e3
    other = replace(
        changed(updates=updates),
        params=np.ones(6),
        forget=Samples(GIVEN.forget.x + 1, (GIVEN.forget.y + 1) % 3),
    )
    np.testing.assert_array_equal(METHOD(other, key=KEY).params, found.params)


def test_the_order_of_the_history_does_not_matter(found):
    order = [2, 0, 1]
    other = changed(
        updates=GIVEN.history.updates[:, order],
        weights=GIVEN.history.weights[order],
        clients=GIVEN.history.clients[order],
    )
    np.testing.assert_allclose(METHOD(other, key=KEY).params, found.params, rtol=0, atol=1e-14)


def test_cost_is_that_of_the_local_steps(found):
    assert found.steps_taken == 3
    assert found.cost == Cost.of_gradients(3 * (4 + 4))


def test_small_clients_cost_what_they_hold():
    assert replace(METHOD, batch=8)(GIVEN, key=KEY).step_cost == Cost.of_gradients(6 + 8)


def test_progress_counts_rounds_and_changes_nothing(found):
    told = []
    watched = METHOD(GIVEN, key=KEY, progress=lambda *words: told.append(words))
    assert told == [("unlearning (fed_eraser) (compiling)", 0, 1), ("unlearning (fed_eraser)", 1, 1)]
    np.testing.assert_array_equal(watched.params, found.params)


def test_cases_are_run_one_after_the_other(found):
    both = unlearn_many(METHOD, GIVEN, keys=[5, 6])
    np.testing.assert_array_equal(both[0].params, found.params)
    assert not np.allclose(both[1].params, found.params)


HISTORY = GIVEN.history
ONLY_ONE = History(HISTORY.start[:1], HISTORY.updates[:1], HISTORY.weights, HISTORY.clients)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (problem(), "takes a client out of a federation's rounds, but this request is of the kind class: "),
        (problem(forget_index=None, kind="client"), "a federation, but no federation trained this model: "),
        (replace(GIVEN, history=None), "a federation, but no rounds of its training are there: give"),
        (
            changed(start=HISTORY.start[:, :4], updates=HISTORY.updates[..., :4]),
            r"updates must have shape \(5, 3, 6\) for this model, but",
        ),
        (replace(GIVEN, history=ONLY_ONE), "after the first, but the federation had only one"),
        (changed(clients=np.array([0, 1, 2])), r"has no updates of the clients \[3\]: take that of this"),
        (changed(weights=np.array([0.5, 0.2, 0.3])), "but some of their rows were taken out since: train"),
    ],
)
def test_refused_in_one_sentence(given, sentence):
    with pytest.raises(InputError, match=sentence) as refused:
        METHOD(given, key=KEY)
    assert "\n" not in str(refused.value)


def test_at_least_one_round_is_repeated():
    with pytest.raises(InputError, match="`interval` must be <= 2, half of the federation's 5 rounds, or no"):
        FedEraser(interval=3)(GIVEN, key=KEY)
