"""What people hand over is taken whole or refused by name: no number is cut, no hole overlooked."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from jaxtyping import config

from qunlearn.data import Dataset, ForgetInstances, Split

X = np.arange(8.0).reshape(4, 2)
Y = np.array([0, 1, 0, 1])
HIDDEN = np.ma.masked_array


@pytest.fixture(autouse=True)
def unchecked() -> Iterator[None]:
    """As people run it: the tests' checks of types would refuse before our own sentence."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


def made(**changes: Any) -> Dataset:
    return Dataset(
        **{"name": "t", "x": X, "y": Y, "feature_names": ("a", "b"), "class_names": ("n", "p"), **changes}
    )


@pytest.mark.parametrize(
    "y",
    [
        Y.tolist(),
        Y.astype(float),
        Y.astype(np.uint8),
        Y.astype(bool),
        Y.astype(object),
        np.array([0.0, 1, 0, True], dtype=object),
        HIDDEN(Y, [False] * 4),
    ],
)
def test_labels_that_are_whole_numbers_are_taken(y: Any) -> None:
    assert made(y=y).y.tolist() == [0, 1, 0, 1]


WHOLE = "must be whole numbers"
BAD = {
    "cut labels": ({"y": [0.2, 1.0, 0, 1]}, f"`y` {WHOLE} of 64 bits, but hold 0.2 at index 0"),
    "nan": ({"y": [0, np.nan, 0, 1]}, f"`y` {WHOLE} of 64 bits, but hold nan at index 1"),
    "huge": ({"y": [0, 1, 0, 1e300]}, f"`y` {WHOLE} of 64 bits, but hold 1e+300 at index 3"),
    "unsigned": (
        {"ids": np.array([0, 1, 2, 2**63], np.uint64)},
        f"`ids` {WHOLE} of 64 bits, but hold 9223372036854775808 at index 3",
    ),
    "cut ids": ({"ids": [0, 1, 2.5, 3]}, f"`ids` {WHOLE} of 64 bits, but hold 2.5 at index 2"),
    "text": (
        {"y": ["n", "p", "n", "p"]},
        f"`y` {WHOLE}, but holds the text 'n': number the classes with "
        "`class_names, y = np.unique(labels, return_inverse=True)`",
    ),
    "text ids": ({"ids": list("abcd")}, f"`ids` {WHOLE}, but holds the text 'a'"),
    "none": ({"y": [0, None, 0, 1]}, "`y` must be numbers, but hold None: encode it or leave its rows out"),
    "decimals": (
        {"y": [Decimal("0.5"), 1, 0, 1]},
        "`y` must be numbers, but hold Decimal('0.5'): encode it or leave its rows out",
    ),
    "one-hot": ({"y": np.eye(4)}, "`y` must be one list of whole numbers, but has the shape (4, 4)"),
    "complex labels": ({"y": Y + 1j}, f"`y` {WHOLE}, but are of type complex128"),
    "mask as ids": (
        {"ids": Y == 1},
        f"`ids` {WHOLE}, but is a mask: give np.flatnonzero(mask), or the ids",
    ),
    "masked labels": (
        {"y": HIDDEN(Y, [True, False, False, False])},
        "`y` has masked values: fill them or leave their rows out",
    ),
    "masked features": ({"x": HIDDEN(X, X > 6)}, "`x` has masked values: fill them or leave their rows out"),
    "complex features": (
        {"x": X + 1j},
        "`x` must be real numbers, but are of type complex128: encode or drop the others",
    ),
    "one dimension": (
        {"x": X[:, 0]},
        "`x` must be a table of rows and columns, but has the shape (4,): one column is x.reshape(-1, 1)",
    ),
    "ragged": ({"x": [[1, 2], [3], [4, 5], [6, 7]]}, "`x` must be an array, but its rows differ in length"),
    "names": (
        {"class_names": (0, 1)},
        "`class_names` must be text, but hold 0: write tuple(map(str, class_names))",
    ),
    "one name": (
        {"feature_names": "ab"},
        "`feature_names` must be a sequence of names, but is the one text 'ab'",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_nothing_is_cut_or_overlooked(case: str, refused: Callable) -> None:
    changes, message = BAD[case]
    with refused(message):
        made(**changes)


def test_words_among_features_are_refused(refused: Callable) -> None:
    with refused("`x` must be numbers, but hold 'red': encode it or leave its rows out"):
        made(x=np.array([[1, "red"], [2, 3], [4, 5], [6, 7]], dtype=object))


@pytest.mark.parametrize("ids", [[5.9], np.array([5.9]), (5.9,)])
def test_ids_to_forget_are_not_cut(ids: Any, refused: Callable) -> None:
    with refused(f"`ids` {WHOLE} of 64 bits, but hold 5.9 at index 0"):
        ForgetInstances(ids)
    assert ForgetInstances([5.0]).ids == (5,)


@pytest.mark.parametrize("mask", [Y == 1, (Y == 1).tolist()])
def test_a_mask_is_not_a_list_of_rows(mask: Any, refused: Callable) -> None:
    with refused(f"`ids` {WHOLE}, but is a mask: give np.flatnonzero(mask), or the ids"):
        ForgetInstances(mask)
    with refused(f"`train` {WHOLE}, but is a mask: give np.flatnonzero(mask), or the ids"):
        Split(mask, np.array([], int), np.array([], int), np.array([], int))
