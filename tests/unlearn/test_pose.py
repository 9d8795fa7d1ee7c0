"""From a trained model and a request to a problem."""

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data import ForgetClass, load_dataset, prepare, split
from qunlearn.train import Cost, Fitted, Training
from qunlearn.unlearn.pose import problem
from toys import Cosines

MODEL = Cosines(3, 4)
PARAMS = np.linspace(-1, 1, MODEL.n_params)
TRAINING = Training(steps=7)


@pytest.fixture(scope="module")
def prepared():
    iris = load_dataset("iris")
    return prepare(iris, split(iris.y, seed=0))


def test_training_rows_are_divided_and_validation_rows_lose_the_class(prepared):
    posed = problem(MODEL, PARAMS, prepared, ForgetClass("versicolor"), TRAINING)
    assert posed.forget_class == 1
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
    assert problem(MODEL, fitted, prepared, request).training == TRAINING
    assert problem(MODEL, fitted, prepared, request, Training(steps=2)).training == Training(steps=2)
    assert problem(MODEL, PARAMS, prepared, request).training == Training()


def test_a_class_that_is_not_there(prepared):
    with pytest.raises(InputError, match="rose"):
        problem(MODEL, PARAMS, prepared, ForgetClass("rose"))
