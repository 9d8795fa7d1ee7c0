"""A dataset, split and scaled: what models are trained on and judged by."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from qunlearn._errors import require
from qunlearn.data.classes import Label, find_class
from qunlearn.data.dataset import Dataset
from qunlearn.data.preprocess import Preprocessor
from qunlearn.data.rows import Rows
from qunlearn.data.split import PARTS, Split

USUAL_FEATURES = 4


@dataclass(frozen=True, eq=False)
class Prepared:
    """Inputs (n, d) float64 in radians and labels (n,) int64 of the four parts; all but train may be empty.

    Row i of `x_train` is row `split.train[i]` of the dataset, and so for the other parts.
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
    class_names: tuple[str, ...]
    class_aliases: tuple[str, ...] = ()

    @property
    def n_classes(self) -> int:
        """K, the number of classes."""
        return len(self.class_names)

    @property
    def n_features(self) -> int:
        """d, the number of model inputs."""
        return self.preprocessor.n_features

    @property
    def train(self) -> Rows:
        """Training rows (x, y)."""
        return Rows(self.x_train, self.y_train)

    @property
    def val(self) -> Rows:
        """Validation rows (x, y)."""
        return Rows(self.x_val, self.y_val)

    @property
    def test(self) -> Rows:
        """Test rows (x, y)."""
        return Rows(self.x_test, self.y_test)

    def class_index(self, label: Label) -> int:
        """Index 0..K-1 of the class a user calls `label`; `InputError` if there is none."""
        return find_class(label, self.class_names, self.class_aliases)


def prepare(
    dataset: Dataset, split: Split, n_features: int | None = None, standardise: bool = True
) -> Prepared:
    """Fit the preprocessing on the training rows of `split` and apply it to every part.

    `n_features` is d; None takes 4, or all columns where there are fewer. Raises `InputError` when the split
    belongs to a longer dataset, or `n_features` is not in 1..D.
    """
    last = int(split.rows().max(initial=-1))
    require(
        last < len(dataset.y),
        f"the split has row {last}, but dataset {dataset.name} has {len(dataset.y)} rows: split this dataset",
    )
    d = min(USUAL_FEATURES, dataset.x.shape[1]) if n_features is None else n_features
    preprocessor = Preprocessor.fit(dataset.x[split.train], d, standardise)
    arrays = {}
    for part in PARTS:
        rows = getattr(split, part)
        arrays[f"x_{part}"] = preprocessor.transform(dataset.x[rows])
        arrays[f"y_{part}"] = dataset.y[rows]
    return Prepared(
        **arrays,
        preprocessor=preprocessor,
        class_names=dataset.class_names,
        class_aliases=dataset.class_aliases,
    )
