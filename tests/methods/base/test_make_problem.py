"""From a trained model and a request to a problem."""

from dataclasses import replace

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data import (
    ForgetClass,
    ForgetClient,
    ForgetFeature,
    ForgetInstances,
    assign_clients,
    load_dataset,
    prepare,
    split,
)
from qunlearn.methods.base.make_problem import make_problem, problem_of
from qunlearn.train import Cost, Fitted, Training
from qunlearn.train.federated import Federation
from qunlearn.train.history import History
from toys import Cosines

MODEL = Cosines(3, 4)
PARAMS = np.linspace(-1, 1, MODEL.n_params)
TRAINING = Training(steps=7)


@pytest.fixture(scope="module")
def prepared():
    iris = load_dataset("iris")
    return prepare(iris, split(iris.y, seed=0))


def test_training_rows_are_divided_and_validation_rows_lose_the_class(prepared):
    posed = make_problem(MODEL, PARAMS, prepared, ForgetClass("versicolor"), TRAINING)
    assert posed.forget_index == 1
    assert np.array_equal(posed.forget.x, prepared.x_train[prepared.y_train == 1])
    assert np.array_equal(posed.retain.x, prepared.x_train[prepared.y_train != 1])
    assert np.array_equal(posed.retain.y, prepared.y_train[prepared.y_train != 1])
    assert np.array_equal(posed.val.x, prepared.x_val[prepared.y_val != 1])
    assert set(posed.forget.y) == {1}
    assert posed.training == TRAINING
    assert np.array_equal(posed.params, PARAMS)


def test_what_fit_returned_brings_its_training(prepared):
    curve = np.zeros(7)
    fitted = Fitted(PARAMS, curve, curve, 3, Cost(), TRAINING)
    request = ForgetClass(0)
    assert make_problem(MODEL, fitted, prepared, request).training == TRAINING
    assert make_problem(MODEL, fitted, prepared, request, Training(steps=2)).training == Training(steps=2)
    assert make_problem(MODEL, PARAMS, prepared, request).training == Training()


def test_rows_of_other_requests(prepared):
    ids = prepared.dataset.ids[prepared.split.train[[2, 5]]].tolist()
    posed = make_problem(MODEL, PARAMS, prepared, ForgetInstances(ids), TRAINING)
    assert (posed.kind, posed.forget_index) == ("instances", None)
    assert np.array_equal(posed.forget.x, prepared.x_train[[2, 5]])
    assert len(posed.retain.y) == len(prepared.y_train) - 2
    feature = make_problem(MODEL, PARAMS, prepared, ForgetFeature(0), TRAINING)
    assert feature.kind == "feature"
    assert np.array_equal(feature.forget.x, prepared.x_train)
    assert np.ptp(feature.retain.x[:, 0]) == np.ptp(feature.val.x[:, 0]) == 0
    assert np.array_equal(feature.retain.x[:, 1:], prepared.x_train[:, 1:])


def test_a_federation_comes_with_the_rows_that_remain(prepared):
    cut = ForgetClient(1, 4).apply(prepared)
    history = History(np.zeros((1, 12)), np.zeros((1, 4, 12)), np.full(4, 0.25), np.arange(4))
    posed = problem_of(MODEL, PARAMS, cut, TRAINING, local_steps=7, history=history)
    assert posed.kind == "client"
    assert set(posed.federation.clients) == {0, 2, 3}
    assert posed.federation.local_steps == 7
    assert posed.history is history
    assert problem_of(MODEL, PARAMS, cut, TRAINING).federation is None
    with pytest.raises(InputError, match="there must be one client for each"):
        replace(posed, federation=Federation(np.zeros(3, int)))


def test_what_fit_federated_returned_brings_its_federation(prepared):
    dealt = replace(prepared, clients=assign_clients(prepared.y_train, 4, seed=1))
    curve = np.zeros(12)
    fitted = Fitted(PARAMS, curve, curve, 3, Cost(), Training(steps=12))
    history = History(np.zeros((3, 12)), np.zeros((3, 4, 12)), np.full(4, 0.25), np.arange(4))
    posed = make_problem(MODEL, (fitted, history), dealt, ForgetClient(2, 4))
    assert posed.federation.local_steps == 4
    assert np.array_equal(posed.federation.clients, dealt.clients[dealt.clients != 2])
    assert (posed.history, posed.training) == (history, fitted.training)
    with pytest.raises(InputError, match="`rows` must say its `clients`"):
        make_problem(MODEL, (fitted, history), prepared, ForgetClient(2, 4))


def test_a_class_that_is_not_there(prepared):
    with pytest.raises(InputError, match="rose"):
        make_problem(MODEL, PARAMS, prepared, ForgetClass("rose"))
