"""Stratified, seeded, disjoint splits, kept as row indices with a hash."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import index

import numpy as np
from jaxtyping import Int

from qunlearn._errors import fail, require
from qunlearn._types import Indices, JsonObject, Labels
from qunlearn.data.arrays import row_numbers
from qunlearn.data.dataset import read_only
from qunlearn.data.randomness import generator

PARTS = ("train", "val", "test", "holdout")
LEAST_TRAIN_ROWS = 2


@dataclass(frozen=True, eq=False)
class Split:
    """Row indices into one dataset: four sorted, disjoint int64 arrays; val, test and holdout may be empty.

    Raises `InputError` for indices that are negative, unsorted, repeated, or in two parts.
    """

    train: Int[np.ndarray, " train"]
    val: Int[np.ndarray, " val"]
    test: Int[np.ndarray, " test"]
    holdout: Int[np.ndarray, " holdout"]

    def __post_init__(self) -> None:
        for part in PARTS:
            rows = read_only(row_numbers(part, getattr(self, part)), np.int64)
            require((np.diff(rows) > 0).all(), f"split part {part} must have sorted row indices, each once")
            object.__setattr__(self, part, rows)
        every = self.rows()
        require((every >= 0).all(), "row indices of a split must be >= 0")
        require(len(np.unique(every)) == len(every), "the parts of a split must not share rows")

    def rows(self) -> Indices:
        """The indices of all parts, one part after the other."""
        return np.concatenate([getattr(self, part) for part in PARTS])

    def sha256(self) -> str:
        """Hash of the four parts."""
        digest = hashlib.sha256()
        for part in PARTS:
            rows = getattr(self, part)
            digest.update(f"{part}:{len(rows)}:".encode())
            digest.update(rows.astype("<i8", copy=False).tobytes())
        return digest.hexdigest()

    def to_dict(self) -> JsonObject:
        """Plain lists for JSON, with the hash."""
        return {part: getattr(self, part).tolist() for part in PARTS} | {"sha256": self.sha256()}

    @classmethod
    def from_dict(cls, data: JsonObject) -> "Split":
        """The inverse of `to_dict`; `InputError` when a part is missing or the hash does not fit."""
        missing = [key for key in (*PARTS, "sha256") if key not in data]
        require(not missing, f"saved split lacks {', '.join(missing)}: it is damaged, split again")
        try:
            parts = [np.array([index(row) for row in data[part]], dtype=np.int64) for part in PARTS]
        except (TypeError, OverflowError):
            fail("saved split holds something else than lists of row indices: it is damaged, split again")
        split = cls(*parts)
        same = split.sha256() == data["sha256"]
        require(same, "saved split does not fit its own sha256: it is damaged, split again")
        return split


def split(
    y: Labels,
    *,
    test: float = 0.2,
    val: float = 0.2,
    holdout: float = 0.0,
    seed: int,
    class_names: Sequence[str] | None = None,
) -> Split:
    """Split the rows of every class of `y` (n,) by itself.

    test: fraction of a class; val and holdout: fractions of what is left after test; 0 leaves a part empty,
    and any other fraction takes at least one row of every class. The rest is train. The test samples depend
    on `seed` and `test` only, and a larger holdout takes its rows from train. `class_names` serve the
    messages.

    Raises `InputError` for fractions outside [0, 1), val + holdout >= 1, a negative seed, and a class with
    too few rows (two are needed in train).
    """
    fractions = {"test": test, "val": val, "holdout": holdout}
    for name, fraction in fractions.items():
        require(0 <= fraction < 1, f"`{name}` must be a fraction in [0, 1), but is {fraction}")
    require(
        val + holdout < 1, f"`val` + `holdout` must be < 1 to leave training samples, but is {val + holdout}"
    )
    require(len(y) > 0, "there are no rows to split")
    parts: dict[str, list[np.ndarray]] = {part: [] for part in PARTS}
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        sizes = _sizes(len(rows), fractions)
        name = str(label) if class_names is None else class_names[int(label)]
        _check_sizes(name, len(rows), sizes)
        drawn = generator(seed, f"split of class {label}").permutation(rows)
        for part, chosen in _cut(drawn, sizes).items():
            parts[part].append(chosen)
    return Split(**{part: np.sort(np.concatenate(chosen)) for part, chosen in parts.items()})


def _sizes(n: int, fractions: Mapping[str, float]) -> dict[str, int]:
    """Samples of one class of `n` in test, val and holdout."""
    test = _share(n, fractions["test"])
    return {"test": test} | {part: _share(n - test, fractions[part]) for part in ("val", "holdout")}


def _share(n: int, fraction: float) -> int:
    return max(1, round(fraction * n)) if fraction > 0 else 0


def _check_sizes(name: str, n: int, sizes: Mapping[str, int]) -> None:
    needs = ", ".join(f"{size} for {part}" for part, size in sizes.items() if size)
    require(
        n - sum(sizes.values()) >= LEAST_TRAIN_ROWS,
        f"class {name} has {n} rows, too few for the split: it needs {LEAST_TRAIN_ROWS} for training"
        + (f" besides {needs}" if needs else ""),
    )


def _cut(rows: np.ndarray, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Test first and holdout last, so that a holdout moves no other rows than those it takes from train."""
    ends = np.cumsum([sizes["test"], sizes["val"], len(rows) - sum(sizes.values())])
    test, val, train, holdout = np.split(rows, ends)
    return {"train": train, "val": val, "test": test, "holdout": holdout}
