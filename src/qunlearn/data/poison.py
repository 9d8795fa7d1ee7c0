"""Poisoned training samples: which rows are spoilt and how, with the marks of what is then to be forgotten.

Only training samples are touched; validation, test and holdout samples stay clean, and the true labels are
kept for judging. One class and one line in `POISONS` for each scenario.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Bool, Int

from qunlearn._errors import fail, require, require_one_of
from qunlearn._types import Features, Indices, Labels
from qunlearn.data.dataset import Dataset
from qunlearn.data.prepared import Prepared, prepare
from qunlearn.data.randomness import generator
from qunlearn.data.split import Split

Spoilt: TypeAlias = tuple[Features, Labels, Int[np.ndarray, " spoilt"]]


@runtime_checkable
class Poison(Protocol):
    """A way to spoil training samples; the seed decides which and how."""

    def apply(self, dataset: Dataset, train: Indices, seed: int) -> Spoilt:
        """All rows and labels of the dataset with some rows of `train` spoilt, and which."""
        ...


@dataclass(frozen=True)
class LabelFlips:
    """A share of the training samples gets another label.

    Without `pairs` any row can be drawn, and each gets one of the other labels with equal chance. A pair
    (a, b) of labels turns rows of class a into class b; then the share is one of the rows of the classes to
    turn, and nothing else is touched.
    """

    share: float
    pairs: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        _check_share(self.share)
        from_ = [a for a, _ in self.pairs]
        require(len(set(from_)) == len(from_), "a class can be flipped to one other class only")

    def apply(self, dataset: Dataset, train: Indices, seed: int) -> Spoilt:
        """As `Poison.apply` says; the values of the rows stay."""
        rng = generator(seed, "label flips")
        turned = {dataset.class_index(a): dataset.class_index(b) for a, b in self.pairs}
        require(all(a != b for a, b in turned.items()), "a flip must lead to another class")
        eligible = train[np.isin(dataset.y[train], list(turned))] if turned else train
        rows = _drawn(eligible, self.share, rng)
        y = dataset.y.copy()
        shift = rng.integers(1, dataset.n_classes, len(rows))
        others = (y[rows] + shift) % dataset.n_classes
        y[rows] = [turned[c] for c in y[rows].tolist()] if turned else others
        return dataset.x, y, rows


@dataclass(frozen=True)
class RandomFeatures:
    """A share of the training samples gets values that belong to other rows, and keeps its label.

    Every column of such a row is drawn by itself, with replacement, from the training samples: each column
    keeps its distribution, and what columns tell together is lost.
    """

    share: float

    def __post_init__(self) -> None:
        _check_share(self.share)

    def apply(self, dataset: Dataset, train: Indices, seed: int) -> Spoilt:
        """As `Poison.apply` says; the labels stay."""
        rng = generator(seed, "random features")
        rows = _drawn(train, self.share, rng)
        x, columns = dataset.x.copy(), np.arange(dataset.x.shape[1])
        donors = rng.choice(train, (len(rows), len(columns)))
        x[rows] = dataset.x[donors, columns]
        return x, dataset.y, rows


POISONS: Mapping[str, Callable[..., Poison]] = MappingProxyType(
    {"flip": LabelFlips, "random_features": RandomFeatures}
)


def parse_poison(text: str) -> Poison:
    """The scenario that `text` spells: "flip:0.1", "flip:0.1:3>5,5>3" or "random_features:0.2"."""
    kind, _, rest = text.partition(":")
    require_one_of("poison", kind, POISONS)
    share, _, pairs = rest.partition(":")
    try:
        number = float(share)
    except ValueError:
        fail(f"`poison` must be {kind}:SHARE, such as {kind}:0.1, but is {text}")
    if not pairs:
        return POISONS[kind](number)
    require(kind == "flip", f"class pairs belong to flip, but `poison` is {text}")
    parts = [tuple(label.strip() for label in pair.split(">")) for pair in pairs.split(",")]
    require(
        all(len(part) == 2 and all(part) for part in parts),
        f"class pairs of `poison` must be FROM>TO, such as 3>5, but are {pairs}",
    )
    return LabelFlips(number, tuple((a, b) for a, b in parts))


def prepare_poisoned(
    dataset: Dataset,
    split: Split,
    poison: Poison,
    *,
    seed: int,
    n_features: int | None = None,
    standardise: bool = True,
) -> Prepared:
    """As `prepare`, on training samples that `poison` has spoilt; the preprocessing is fitted on these.

    `marked` says which rows were spoilt, `true_y_train` what their labels were. Raises `InputError` for a
    share that takes no row and a class that there is not.
    """
    x, y, rows = poison.apply(dataset, split.train, seed)
    spoilt = prepare(replace(dataset, x=x, y=y), split, n_features, standardise)
    marked: Bool[np.ndarray, " train"] = np.isin(split.train, rows)
    return replace(spoilt, true_y_train=dataset.y[split.train], marked=marked)


def _check_share(share: float) -> None:
    require(0 < share < 1, f"the share of poisoned samples must be above 0 and below 1, but is {share}")


def _drawn(rows: Indices, share: float, rng: np.random.Generator) -> Int[np.ndarray, " spoilt"]:
    n = round(share * len(rows))
    require(
        n > 0, f"a share of {share:g} poisons none of the {len(rows)} training samples: take a larger one"
    )
    return np.sort(rng.permutation(rows)[:n])
