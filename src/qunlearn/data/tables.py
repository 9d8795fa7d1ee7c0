"""CSV and Parquet files as datasets: numeric feature columns and one label column.

Rows are counted from 1, without the header and without blank lines.
"""

import bisect
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qunlearn._errors import fail, require
from qunlearn._types import Labels
from qunlearn.data.arrays import more_than_once
from qunlearn.data.classes import MISSING, distinct_spellings, in_order, is_number, spelling
from qunlearn.data.dataset import Dataset
from qunlearn.data.readers import TEXT_KINDS, kind_of, read_columns
from qunlearn.data.user_files import one_line

if TYPE_CHECKING:
    import pyarrow as pa


def read_table(
    path: Path, label: str | None, id_column: str | None = None, drop: Sequence[str] = ()
) -> Dataset:
    """The rows of a CSV or Parquet file; column `label` holds the classes, `id_column` whole numbers that
    name the rows, `drop` are left out, and all others are features.

    Classes are numbered by value when all labels are numbers, by the alphabet otherwise.

    Raises `InputError` when the file is missing, unreadable, empty or of an unknown kind; when a column name
    is repeated or a named column missing; when a feature holds text or a hole, or the label a hole; for
    one class only; and for a column called id of which nothing is said.
    """
    columns = read_columns(path)
    names = [name for name, _ in columns]
    if kind_of(path) in TEXT_KINDS:
        _refuse_data_as_header([name for name in names if name != label], label in names, path.name)
    repeated = more_than_once(names)
    require(not repeated, f"column `{''.join(repeated[:1])}` occurs more than once in {path.name}")
    require(columns and len(columns[0][1]), f"file {path.name} has no rows of data")
    if label is None:
        fail(f"`label` must name the label column of {path.name}, one of {_shown(names)}")
    require(label in names, f"{path.name} has no label column `{label}`, only {_shown(names)}")
    for name in (*drop, *([] if id_column is None else [id_column])):
        require(name in names, f"{path.name} has no column `{name}`, only {_shown(names)}")
    given = [label, *drop, *([] if id_column is None else [id_column])]
    twice = more_than_once(given)
    require(not twice, f"column `{''.join(twice[:1])}` can be one thing only: the label, the id, or dropped")
    features = {name: column for name, column in columns if name not in given}
    _refuse_silent_id(list(features), path.name, id_column)
    _refuse_row_numbers(features, path.name)
    require(features, f"{path.name} has no column besides the label `{label}`, so there are no features")
    values = dict(columns)
    y, class_names = _labels(values[label], f"label column `{label}` of {path.name}")
    return Dataset(
        name=path.name,
        x=np.column_stack([_numbers(c, f"column `{n}` of {path.name}") for n, c in features.items()]),
        y=y,
        feature_names=tuple(features),
        class_names=class_names,
        source=f"file {path.name}",
        ids=None if id_column is None else _ids(values[id_column], f"column `{id_column}` of {path.name}"),
        id_name=id_column or "",
    )


def _refuse_silent_id(features: list[str], file: str, id_column: str | None) -> None:
    """A key is not a feature: a model would learn it by heart, and requests would mean something else."""
    for name in features:
        if name.strip().casefold() == "id":
            key = f"`id` (--id {name}) names samples by it, " if id_column is None else ""
            out = f"`drop` (--drop {name}) leaves it out"
            fail(f"{file} has a column `{name}`, which is not a feature: {key}{out}")


def _refuse_data_as_header(names: list[str], labelled: bool, file: str) -> None:
    """A first line of numbers is a row that would be lost, and every id would be one too small.

    Where the label is not among the names, one of them may be the class of that row.
    """
    numbers = [name for name in names if is_number(name)]
    if numbers and len(numbers) >= len(names) - (not labelled):
        fail(
            f"the first line of {file} looks like data, not like names ({_shown(names, 5)}): add a line of "
            "names, none of them a number"
        )


LEAST_ROW_NUMBERS = 8
"""A shorter column may well happen to be 1, 2, 3."""

ROW_NUMBERS = (
    "",
    "index",
    "idx",
    "row",
    "rowid",
    "rowindex",
    "rownr",
    "rowno",
    "rownum",
    "rownumber",
    "nr",
    "no",
)
"""Names of such a column that say what it is; one of another name is used, with a warning."""


def _refuse_row_numbers(features: "dict[str, pa.ChunkedArray]", file: str) -> None:
    """The number of a row is not a feature: in a sorted file it tells the class."""
    for name, column in features.items():
        out = f"leave it out with `drop` (--drop '{name}')"
        if not name.strip() or re.fullmatch(r"Unnamed: \d+", name):
            fail(f"{file} has a column without a name, as row numbers are saved: give it a name, or {out}")
        if len(column) >= LEAST_ROW_NUMBERS and _counts(column):
            told = f"column `{name}` of {file} only counts the rows, which is not a feature: {out}"
            if re.sub(r"[\W_]", "", name).casefold() in ROW_NUMBERS:
                fail(told)
            logging.getLogger("qunlearn").warning(told)


def _counts(column: "pa.ChunkedArray") -> bool:
    """Whether the values are 0, 1, 2, ... or 1, 2, 3, ..."""
    first = _whole(column[0].as_py())
    if first not in (0, 1) or _whole(column[1].as_py()) != first + 1:
        return False
    return [_whole(value) for value in column.to_pylist()] == list(range(first, first + len(column)))


def _ids(column: "pa.ChunkedArray", where: str) -> Labels:
    """Whole numbers, each once."""
    _refuse_first(column.is_null().to_numpy(), f"{where} has no value", "every row needs an id")
    found = []
    for row, value in enumerate(column.to_pylist(), 1):
        text = _whole(value)
        if text is None:
            fail(f"{where} holds {value!r} at row {row}, but ids must be whole numbers of 64 bits")
        found.append(text)
    repeated = more_than_once(found)
    require(not repeated, f"{where} holds the id {''.join(map(str, repeated[:1]))} more than once")
    return np.array(found, dtype=np.int64)


def _whole(value: object) -> int | None:
    """The whole number that `value` is, in a typed column or as text; None where it is none of 64 bits."""
    text = str(value).strip()
    whole = re.fullmatch(r"-?\d{1,19}" if isinstance(value, str) else r"-?\d{1,19}(\.0)?", text, re.ASCII)
    number = int(text.removesuffix(".0")) if whole else None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _shown(names: list[str], most: int = 20) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def _labels(column: "pa.ChunkedArray", where: str) -> tuple[Labels, tuple[str, ...]]:
    remedy = "every row needs a class"
    _refuse_first(column.is_null().to_numpy(), f"{where} has no value", remedy)
    values = _label_values(column, where)
    _refuse_first(np.array([spelling(v) == "" or v != v for v in values]), f"{where} has no value", remedy)
    spelled = distinct_spellings(values, where)
    names = in_order(spelled)
    words = [name for name in names if name.casefold() in MISSING]
    among_numbers = words if all(name in words or is_number(name) for name in names) else []
    _refuse_first(np.isin(spelled, among_numbers), f"{where} has no value", remedy)
    require(len(names) > 1, f"{where} has the one class {names[0]!r} only, but training needs at least two")
    index = {name: i for i, name in enumerate(names)}
    return np.array([index[s] for s in spelled], dtype=np.int64), tuple(names)


def _label_values(column: "pa.ChunkedArray", where: str) -> list[object]:
    """Values that tell classes apart: text, numbers and truth values as they are, bytes and dates as text."""
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind):
        fail(f"{where} holds {column[0].as_py()!r} at row 1, but a class must be text or a number")
    if pa.types.is_temporal(kind) or "binary" in str(kind):
        try:
            column = column.cast(kind).cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            fail(f"{where} cannot be read as text: {one_line(error)}")
    return column.to_pylist()


def _numbers(column: "pa.ChunkedArray", where: str) -> np.ndarray:
    import pyarrow as pa
    from pyarrow.compute import SetLookupOptions, call_function

    text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    if text:
        column = call_function("utf8_trim_whitespace", [column])
    castable = _castable(column)
    if column.null_count or not castable:
        holes = column.is_null().to_numpy()
        if text:
            small = call_function("utf8_lower", [column])
            holes |= call_function("is_in", [small], SetLookupOptions(pa.array([*MISSING, ""]))).to_numpy()
        _refuse_first(holes, f"{where} has no value", "fill the hole or leave the row out")
    if not castable:
        row = bisect.bisect_left(range(1, len(column) + 1), True, key=lambda n: not _castable(column[:n]))
        value = column[row].as_py()
        fail(f"{where} holds {value!r} at row {row + 1}, but features must be numbers: encode or drop it")
    values = column.cast("float64", safe=False).to_numpy()
    _refuse_first(np.isnan(values), f"{where} has no value (NaN)", "fill the hole or leave the row out")
    _refuse_first(np.isinf(values), f"{where} is infinite", "features must be finite")
    return values


def _castable(column: "pa.ChunkedArray") -> bool:
    import pyarrow as pa

    try:
        column.cast("float64", safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True


def _refuse_first(bad: np.ndarray, what: str, remedy: str) -> None:
    if bad.any():
        fail(f"{what} at row {int(bad.argmax()) + 1}: {remedy}")
