"""Forget what one feature contributed."""

from dataclasses import dataclass

import numpy as np

from qunlearn._errors import fail
from qunlearn.data.classes import is_number
from qunlearn.data.dataset import Dataset
from qunlearn.data.prepared import Prepared
from qunlearn.data.requests.cut import ForgetSplit

MODEL_INPUT = "input:"


@dataclass(frozen=True)
class ForgetFeature:
    """Forget what `feature` contributed: every row stays, with that feature replaced by its training mean.

    `feature` is a raw column by name or by index from 0, replaced before the preprocessing, which stays as it
    was fitted; or, as "input:J", model input J, replaced after it (with PCA that is a principal component).
    Validation and test samples are replaced too: that is how the model is used from then on.
    """

    feature: str | int

    def resolve(self, data: Dataset | Prepared) -> None:
        """None; `InputError` when there is no such column, or no such model input."""
        names = data.dataset.feature_names if isinstance(data, Prepared) else data.feature_names
        if self._input is None:
            self._column(names)
        elif isinstance(data, Prepared):
            self._checked_input(data.n_features)

    def apply(self, prepared: Prepared) -> ForgetSplit:
        """Every training sample as it was, and all data with the feature replaced."""
        self.resolve(prepared)
        if self._input is None:
            column = self._column(prepared.dataset.feature_names)
            mean = float(prepared.dataset.x[prepared.split.train, column].mean())
            remaining = prepared.with_column(column, mean)
        else:
            index = self._checked_input(prepared.n_features)
            remaining = prepared.with_input(index, float(prepared.x_train[:, index].mean()))
        if np.allclose(remaining.x_train, prepared.x_train, rtol=0, atol=1e-9):
            fail(f"feature {self.feature} is the same in every training sample: there is nothing to forget")
        every = np.ones(len(prepared.y_train), dtype=bool)
        return ForgetSplit(prepared, remaining, every, None, "feature")

    def name(self, data: Dataset | Prepared) -> str:
        """The column's name, or "input:J"; `InputError` when there is no such column."""
        names = data.dataset.feature_names if isinstance(data, Prepared) else data.feature_names
        return names[self._column(names)] if self._input is None else str(self.feature)

    @property
    def _input(self) -> str | None:
        """What follows "input:", None where the feature is a raw column."""
        text = str(self.feature)
        return text.removeprefix(MODEL_INPUT) if text.startswith(MODEL_INPUT) else None

    def _checked_input(self, n_features: int) -> int:
        text = self._input or ""
        if not text.isdecimal() or int(text) >= n_features:
            fail(
                f"there is no model input {self.feature}: it must be one of {MODEL_INPUT}0 to "
                f"{MODEL_INPUT}{n_features - 1}"
            )
        return int(text)

    def _column(self, names: tuple[str, ...]) -> int:
        """Index of the column: a number counts from 0; text is a name first, and may be such a number where
        no column is named by a number.
        """
        text = str(self.feature).strip()
        shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        if isinstance(self.feature, str) and text in names:
            return names.index(text)
        if isinstance(self.feature, str) and is_number(text) and any(map(is_number, names)):
            fail(f"there is no feature {text!r}, and names of others are numbers: it must be one of {shown}")
        if not text.isdecimal() or int(text) >= len(names):
            fail(
                f"there is no feature {text!r}: it must be one of {shown}, an index from 0 to "
                f"{len(names) - 1}, or {MODEL_INPUT}J for model input J"
            )
        return int(text)
