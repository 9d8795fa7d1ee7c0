"""A dataset, split and scaled: what models are trained on and judged by."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from qunlearn._errors import require
from qunlearn._types import Features, Inputs
from qunlearn.data.classes import Label, find_class
from qunlearn.data.dataset import Dataset
from qunlearn.data.preprocess import Preprocessor
from qunlearn.data.samples import Samples
from qunlearn.data.split import PARTS, Split

USUAL_FEATURES = 4


@dataclass(frozen=True, eq=False)
class Prepared:
    """Inputs (n, d) float64 in radians and labels (n,) int64 of the four parts; all but train may be empty.

    Row i of `x_train` is row `split.train[i]` of `dataset`, and so for the other parts. `fixed` holds model
    inputs that are constant in every part, as (input, radians). true_y_train (train,): the training labels
    before poisoning; marked (train,): the training samples that were poisoned; clients (train,): which
    participant holds a training sample, None where there are no participants.
    """

    x_train: Float[np.ndarray, "train d"]
    y_train: Int[np.ndarray, " train"]
    x_val: Float[np.ndarray, "val d"]
    y_val: Int[np.ndarray, " val"]
    x_test: Float[np.ndarray, "test d"]
    y_test: Int[np.ndarray, " test"]
    x_holdout: Float[np.ndarray, "holdout d"]
    y_holdout: Int[np.ndarray, " holdout"]
    preprocessor: Preprocessor
    dataset: Dataset
    split: Split
    true_y_train: Int[np.ndarray, " train"]
    marked: Bool[np.ndarray, " train"]
    clients: Int[np.ndarray, " train"] | None = None
    fixed: tuple[tuple[int, float], ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes as the user writes them, (K,)."""
        return self.dataset.class_names

    @property
    def n_classes(self) -> int:
        """K, the number of classes."""
        return len(self.class_names)

    @property
    def n_features(self) -> int:
        """d, the number of model inputs."""
        return self.preprocessor.n_features

    @property
    def train(self) -> Samples:
        """Training samples (x, y)."""
        return Samples(self.x_train, self.y_train)

    @property
    def val(self) -> Samples:
        """Validation samples (x, y)."""
        return Samples(self.x_val, self.y_val)

    @property
    def test(self) -> Samples:
        """Test samples (x, y)."""
        return Samples(self.x_test, self.y_test)

    def class_index(self, label: Label) -> int:
        """Index 0..K-1 of the class a user calls `label`; `InputError` if there is none."""
        return find_class(label, self.dataset.class_names, self.dataset.class_aliases)

    def keep(self, **masks: Bool[np.ndarray, " _"]) -> "Prepared":
        """The same data with the rows of some parts left out: `keep(train=mask, val=mask)`."""
        changes: dict[str, Any] = {}
        for part, mask in masks.items():
            changes |= {f"{a}_{part}": getattr(self, f"{a}_{part}")[mask] for a in "xy"}
        if "train" in masks:
            own = ("true_y_train", "marked", "clients")
            known = {name: getattr(self, name) for name in own if getattr(self, name) is not None}
            changes |= {name: value[masks["train"]] for name, value in known.items()}
        rows = {part: getattr(self.split, part)[mask] for part, mask in masks.items()}
        return replace(self, split=replace(self.split, **rows), **changes)

    def with_column(self, column: int, value: float) -> "Prepared":
        """The same data with raw column `column` set to `value` in every row of every part.

        The preprocessing stays as it was fitted.
        """
        x = self.dataset.x.copy()
        x[:, column] = value
        dataset = replace(self.dataset, x=x)
        return replace(self, dataset=dataset, **_inputs(dataset, self.split, self.preprocessor, self.fixed))

    def with_input(self, index: int, value: float) -> "Prepared":
        """The same data with model input `index` set to `value` radians in every row of every part."""
        fixed = (*self.fixed, (index, value))
        return replace(self, fixed=fixed, **_inputs(self.dataset, self.split, self.preprocessor, fixed))


def prepare(
    dataset: Dataset, split: Split, n_features: int | None = None, standardise: bool = True
) -> Prepared:
    """Fit the preprocessing on the training samples of `split` and apply it to every part.

    `n_features` is d; None takes 4, or all columns where there are fewer. All columns of a dataset of quantum
    states are left as they are. Raises `InputError` when the split
    belongs to a longer dataset, or `n_features` is not in 1..D.
    """
    last = int(split.rows().max(initial=-1))
    require(
        last < len(dataset.y),
        f"the split has row {last}, but dataset {dataset.name} has {len(dataset.y)} rows: split this dataset",
    )
    d = min(USUAL_FEATURES, dataset.x.shape[1]) if n_features is None else n_features
    if dataset.states and d == dataset.x.shape[1]:
        preprocessor = Preprocessor.plain(d)
    else:
        preprocessor = Preprocessor.fit(dataset.x[split.train], d, standardise)
    labels: dict[str, Any] = {f"y_{part}": dataset.y[getattr(split, part)] for part in PARTS}
    return Prepared(
        **_inputs(dataset, split, preprocessor, ()),
        **labels,
        preprocessor=preprocessor,
        dataset=dataset,
        split=split,
        true_y_train=labels["y_train"],
        marked=np.zeros(len(split.train), dtype=bool),
    )


def _inputs(
    dataset: Dataset, split: Split, preprocessor: Preprocessor, fixed: tuple[tuple[int, float], ...]
) -> dict[str, Any]:
    """`x_train`, `x_val`, ...: the model inputs of every part."""

    def transformed(raw: Features) -> Inputs:
        x = preprocessor.transform(raw)
        for index, value in fixed:
            x[:, index] = value
        return x

    return {f"x_{part}": transformed(dataset.x[getattr(split, part)]) for part in PARTS}
