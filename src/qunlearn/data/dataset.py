"""A labelled table, before any splitting or scaling."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from qunlearn._errors import fail, require
from qunlearn._types import Features, Labels
from qunlearn.data.arrays import feature_table, more_than_once, row_numbers, whole_numbers
from qunlearn.data.classes import Label, find_class

LABELS_AS_TEXT = "number the classes with `class_names, y = np.unique(labels, return_inverse=True)`"


@dataclass(frozen=True, eq=False)
class Dataset:
    """`n` rows of `D` raw numeric columns, each row of one of `K` classes.

    x (n, D) float64, finite; y (n,) int64 class indices 0..K-1; feature_names (D,); class_names (K,) as the
    user writes them; class_aliases (K,) a second accepted spelling of each class, or empty. source, licence
    and citation say where the data come from. ids (n,) int64 name the rows: None numbers them from 0, and
    selecting classes or drawing rows leaves every row its id; id_name is the column of a file that they were
    read from, and then belongs to the content. states: the rows are amplitudes of quantum
    states in 0..1, which preprocessing leaves alone when all columns are taken. The arrays are read-only.

    Raises `InputError` when sizes disagree, a name or an id is repeated, a value of `x` is not finite, `y`
    leaves 0..K-1, or there are fewer than two classes; and for labels and ids that are not whole numbers,
    masked values, complex numbers, and names that are not text.
    """

    name: str
    x: Features
    y: Labels
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    class_aliases: tuple[str, ...] = ()
    source: str = ""
    licence: str = ""
    citation: str = ""
    ids: Any = None
    states: bool = False
    id_name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", read_only(feature_table("x", self.x), np.float64))
        object.__setattr__(self, "y", read_only(whole_numbers("y", self.y, LABELS_AS_TEXT), np.int64))
        ids = np.arange(len(self.y)) if self.ids is None else row_numbers("ids", self.ids)
        object.__setattr__(self, "ids", read_only(ids, np.int64))
        for name in ("feature_names", "class_names", "class_aliases"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        _check_names(self)
        _check_rows(self)

    @property
    def n_classes(self) -> int:
        """K, the number of classes."""
        return len(self.class_names)

    def class_index(self, label: Label) -> int:
        """Index 0..K-1 of the class called `label` (7, "7", "Virginica"); `InputError` if there is none."""
        return find_class(label, self.class_names, self.class_aliases)

    def sha256(self) -> str:
        """Hash of values, labels and names of features and classes, and of ids that were read from a column;
        not of the dataset's own name, nor of ids that count its rows.
        """
        names = json.dumps([self.feature_names, self.class_names, self.x.shape])
        digest = hashlib.sha256(names.encode())
        digest.update(self.x.astype("<f8", copy=False).tobytes())
        digest.update(self.y.astype("<i8", copy=False).tobytes())
        if self.id_name:
            digest.update(self.id_name.encode() + self.ids.astype("<i8", copy=False).tobytes())
        return digest.hexdigest()


def read_only(array: np.ndarray, dtype: Any) -> np.ndarray:
    """A contiguous view (a copy where `dtype` or layout differ) that cannot be written to."""
    view = np.ascontiguousarray(array, dtype=dtype).view()
    view.flags.writeable = False
    return view


def _names(name: str, names: Any) -> tuple[str, ...]:
    one = isinstance(names, str)
    require(not one, f"`{name}` must be a sequence of names, but is the one text {names!r}")
    found = tuple(names)
    strange = [n for n in found if not isinstance(n, str)]
    require(
        not strange,
        f"`{name}` must be text, but hold {strange[0]!r}: write tuple(map(str, {name}))" if strange else "",
    )
    return tuple(map(str, found))


def _check_names(data: Dataset) -> None:
    columns = data.x.shape[1]
    require(
        len(data.feature_names) == columns,
        f"dataset {data.name} has {columns} columns, but {len(data.feature_names)} feature names",
    )
    require(
        data.n_classes >= 2, f"dataset {data.name} must have at least two classes, but has {data.n_classes}"
    )
    for what, names in (("feature", data.feature_names), ("class", data.class_names)):
        repeated = more_than_once(names)
        require(
            not repeated, f"dataset {data.name} has the {what} name {' '.join(repeated[:1])!r} more than once"
        )
    require(
        len(data.class_aliases) in (0, data.n_classes),
        f"dataset {data.name} has {data.n_classes} classes, but {len(data.class_aliases)} class aliases",
    )


def _check_rows(data: Dataset) -> None:
    n = len(data.x)
    require(n == len(data.y), f"dataset {data.name} has {n} rows, but {len(data.y)} labels")
    require(n > 0, f"dataset {data.name} has no rows")
    same = len(data.ids) == n == len(np.unique(data.ids))
    require(same, f"dataset {data.name} must have one id for each of its {n} rows, none twice")
    finite = np.isfinite(data.x)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        value = data.x[row, column]
        name = data.feature_names[column]
        fail(f"feature `{name}` of dataset {data.name} must be finite, but is {value} at index {row}")
    low, high = data.y.min(), data.y.max()
    require(
        low >= 0 and high < data.n_classes,
        f"labels of dataset {data.name} must be in 0..{data.n_classes - 1}, but run from {low} to {high}",
    )
