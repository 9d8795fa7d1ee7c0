"""Requests to forget, over the table where possible."""

from collections.abc import Callable

import numpy as np
import pytest

from qunlearn.data import (
    REQUESTS,
    Dataset,
    ForgetClass,
    ForgetSplit,
    Prepared,
    Request,
    Split,
    prepare,
    split,
)

ARGUMENTS = {"class": ("7",)}


def table(classes: int = 3) -> Dataset:
    rng = np.random.default_rng(2)
    y = rng.permutation(np.repeat(np.arange(classes), 20))
    names = ("3", "5", "7", "8")[:classes]
    return Dataset("t", rng.standard_normal((len(y), 3)), y, ("a", "b", "c"), names)


def prepared(classes: int = 3) -> Prepared:
    data = table(classes)
    return prepare(data, split(data.y, seed=0))


def test_the_arguments_of_every_request_are_known_to_this_file() -> None:
    assert set(ARGUMENTS) == set(REQUESTS)


@pytest.mark.parametrize("kind", REQUESTS)
def test_every_request_cuts_the_training_rows_in_two(kind: str) -> None:
    request, data = REQUESTS[kind].make(*ARGUMENTS[kind]), prepared()
    assert isinstance(request, Request)
    cut = request.apply(data)
    assert REQUESTS[kind].meaning
    np.testing.assert_array_equal(cut.retain_mask, ~cut.forget_mask)
    np.testing.assert_array_equal(cut.x_forget, data.x_train[cut.forget_rows])
    np.testing.assert_array_equal(cut.y_forget, data.y_train[cut.forget_mask])
    np.testing.assert_array_equal(cut.x_retain, data.x_train[cut.retain_mask])
    np.testing.assert_array_equal(cut.y_retain, data.y_train[cut.retain_mask])
    assert len(cut.y_forget) + len(cut.y_retain) == len(data.y_train)
    assert min(len(cut.y_forget), len(cut.y_retain)) > 0
    assert cut.forget_class == request.resolve(data) == request.resolve(table())


@pytest.mark.parametrize("label", ["3", 5, "7.0"])
def test_a_class_is_gone_from_training_and_validation_rows(label: str | int) -> None:
    data = prepared()
    cut: ForgetSplit = ForgetClass(label).apply(data)
    index = ("3", "5", "7").index(str(label).removesuffix(".0"))
    assert cut.forget_class == index
    assert set(cut.y_forget) == {index}
    assert set(cut.y_retain) == set(cut.y_val_retain) == {0, 1, 2} - {index}
    np.testing.assert_array_equal(cut.x_val_retain, data.x_val[data.y_val != index])
    np.testing.assert_array_equal(cut.y_val_retain, data.y_val[data.y_val != index])


def test_an_unknown_class_is_refused(refused: Callable) -> None:
    for data in (table(), prepared()):
        with refused("there is no class '9': it must be one of 3, 5, 7"):
            ForgetClass(9).resolve(data)


def test_two_classes_must_be_left(refused: Callable) -> None:
    message = (
        "forgetting class 3 would leave 5 only, but at least 2 classes must be retained: "
        "choose data with more classes"
    )
    with refused(message):
        ForgetClass(3).resolve(table(2))
    with refused(message):
        ForgetClass(3).apply(prepared(2))
    assert ForgetClass(3).resolve(table(3)) == 0


def test_a_class_without_training_rows_is_refused(refused: Callable) -> None:
    data = table(4)
    without = np.flatnonzero(data.y != 3)
    empty = without[:0]
    with refused("there are no training rows of class 8 to forget"):
        ForgetClass(8).apply(prepare(data, Split(without, empty, empty, empty)))
