"""Arrays that people hand over (lists, NumPy arrays, columns of data frames), without losing anything."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np

from qunlearn._errors import fail, require
from qunlearn._types import Features, Labels

_LIMIT = 2.0**63

T = TypeVar("T")


def whole_numbers(name: str, values: Any, remedy: str = "") -> Labels:
    """`values` (n,) as int64; `InputError` naming `name` unless every one is a whole number.

    remedy: what to do instead of text.
    """
    array = _plain(name, values)
    require(array.ndim == 1, f"`{name}` must be one list of whole numbers, but has the shape {array.shape}")
    if array.dtype.kind in "OSU":
        text = next((v for v in array.tolist() if isinstance(v, (str, bytes))), None)
        if text is not None:
            fail(f"`{name}` must be whole numbers, but holds the text {text!r}{remedy and ': '}{remedy}")
        array = _numbers(name, array)
    require(array.dtype.kind in "buif", f"`{name}` must be whole numbers, but are of type {array.dtype}")
    whole = np.ones(len(array), dtype=bool)
    if array.dtype.kind == "f":
        whole = np.isfinite(array) & (array == np.trunc(array)) & (np.abs(array) < _LIMIT)
    elif array.dtype.kind == "u":
        whole = array <= np.iinfo(np.int64).max
    if not whole.all():
        index = int(whole.argmin())
        fail(f"`{name}` must be whole numbers of 64 bits, but hold {array[index].item()} at index {index}")
    return array.astype(np.int64)


def row_numbers(name: str, values: Any) -> Labels:
    """As `whole_numbers`, but a mask is refused: its truth values would be taken for the numbers 0 and 1."""
    masked = getattr(values, "dtype", None) == np.bool_ or (
        isinstance(values, (list, tuple)) and any(isinstance(v, (bool, np.bool_)) for v in values)
    )
    require(
        not masked, f"`{name}` must be whole numbers, but is a mask: give np.flatnonzero(mask), or the ids"
    )
    return whole_numbers(name, values)


def feature_table(name: str, values: Any) -> Features:
    """`values` (n, D) as float64; `InputError` naming `name` where they are not a table of real numbers."""
    array = _plain(name, values)
    if array.dtype.kind == "O":
        array = _numbers(name, array)
    require(
        array.dtype.kind in "buif",
        f"`{name}` must be real numbers, but are of type {array.dtype}: encode or drop the others",
    )
    require(
        array.ndim == 2,
        f"`{name}` must be a table of rows and columns, but has the shape {array.shape}: one column is "
        f"{name}.reshape(-1, 1)",
    )
    return array.astype(np.float64, copy=False)


def more_than_once(values: Iterable[T]) -> list[T]:
    """What occurs more than once, in the order of `values`; linear in their number."""
    return [value for value, times in Counter(values).items() if times > 1]


def _plain(name: str, values: Any) -> np.ndarray:
    """`values` as an array; masked values are holes and refused."""
    if np.ma.is_masked(values):
        fail(f"`{name}` has masked values: fill them or leave their rows out")
    try:
        return np.asarray(values)
    except (TypeError, ValueError):
        fail(f"`{name}` must be an array, but its rows differ in length")


def _numbers(name: str, array: np.ndarray) -> np.ndarray:
    """An array of objects as one of numbers."""
    flat = array.ravel().tolist()
    bad = [v for v in flat if not isinstance(v, (int, float, np.number, np.bool_)) or isinstance(v, complex)]
    if bad:
        fail(f"`{name}` must be numbers, but hold {bad[0]!r}: encode it or leave its rows out")
    integers = all(isinstance(v, (int, np.integer)) for v in flat)
    try:
        return np.array(flat, dtype=np.int64 if integers else np.float64).reshape(array.shape)
    except OverflowError:
        fail(f"`{name}` hold a number that is too large")
