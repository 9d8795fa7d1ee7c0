"""Raw columns to circuit angles: standardise, PCA, min-max to [0, π]; fitted on training samples only."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float

from qunlearn._errors import fail, require
from qunlearn._types import Features, Inputs, JsonObject
from qunlearn.data.pca import principal_components

Row = Float[np.ndarray, " D"]

ROUNDING = 1000 * float(np.finfo(np.float64).eps)
"""A column whose range is below this share of its largest value is constant: its digits are spent."""


@dataclass(frozen=True, eq=False)
class Preprocessor:
    """Angles = clip(π (z - minimum) / (maximum - minimum), 0, π) with z = ((x - mean) / scale) · componentsᵀ.

    mean, scale (D,): centre and divisor of each raw column; without standardising, scale is 1. A column that
    is constant up to rounding has scale 0 and enters z as 0. components (d, D): orthonormal rows, the
    largest variance first, or None where the columns are taken as they are (d = D). minimum, maximum (d,):
    range of z over the training samples; where they are equal, the angle is 0. All in float64.
    """

    mean: Row
    scale: Row
    components: Float[np.ndarray, "d D"] | None
    minimum: Float[np.ndarray, " d"]
    maximum: Float[np.ndarray, " d"]

    @classmethod
    def fit(cls, x_train: Features, n_features: int = 4, standardise: bool = True) -> "Preprocessor":
        """Fit on the rows `x_train` (n, D); PCA takes place only when `n_features` < D.

        Raises `InputError` when there are no rows, or `n_features` is not in 1..D.
        """
        n, columns = x_train.shape
        require(n > 0, "preprocessing needs at least one training sample")
        require(
            1 <= n_features <= columns,
            f"`n_features` must be between 1 and {columns}, the number of columns, but is {n_features}",
        )
        rounding = ROUNDING * np.abs(x_train).max(axis=0)
        varies = np.ptp(x_train, axis=0) > rounding
        mean = x_train.mean(axis=0)
        scale = np.where(varies, x_train.std(axis=0) if standardise else 1.0, 0.0)
        centred = _scaled(x_train, mean, scale)
        components = principal_components(centred, n_features) if n_features < columns else None
        z = centred if components is None else centred @ components.T
        return cls(mean, scale, components, z.min(axis=0), z.max(axis=0))

    @classmethod
    def plain(cls, columns: int) -> "Preprocessor":
        """Take all `columns` as they are; values outside [0, π] are clipped."""
        zeros = np.zeros(columns)
        return cls(zeros, zeros + 1, None, zeros, zeros + np.pi)

    @property
    def n_features(self) -> int:
        """d, the number of model inputs."""
        return len(self.minimum)

    def transform(self, x: Features) -> Inputs:
        """Angles (n, d) in [0, π] of raw rows x (n, D); values beyond the training range are clipped."""
        columns = len(self.mean)
        require(
            x.shape[1] == columns, f"rows must have {columns} columns, as in training, but have {x.shape[1]}"
        )
        centred = _scaled(x, self.mean, self.scale)
        z = centred if self.components is None else centred @ self.components.T
        span = self.maximum - self.minimum
        unit = np.divide(z - self.minimum, span, out=np.zeros_like(z), where=span > 0)
        return np.pi * np.clip(unit, 0.0, 1.0)

    def to_dict(self) -> JsonObject:
        """Plain lists for JSON. Python writes floats so that reading them gives the same bits back."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: None if value is None else value.tolist() for name, value in values.items()}

    @classmethod
    def from_dict(cls, data: JsonObject) -> "Preprocessor":
        """The inverse of `to_dict`; `InputError` for missing values or sizes that disagree."""
        missing = [field.name for field in fields(cls) if field.name not in data]
        require(not missing, f"saved preprocessing lacks {', '.join(missing)}: it is damaged, fit it again")
        try:
            arrays = {field.name: _array(data[field.name]) for field in fields(cls)}
        except (TypeError, ValueError):
            fail("saved preprocessing holds values that are not numbers: it is damaged, fit it again")
        _check_sizes(arrays)
        return cls(**arrays)


def _scaled(x: Features, mean: Row, scale: Row) -> Features:
    return np.divide(x - mean, scale, out=np.zeros_like(x), where=scale > 0)


def _array(values: Any) -> Any:
    return None if values is None else np.array(values, dtype=np.float64)


def _check_sizes(arrays: JsonObject) -> None:
    columns, d = len(np.atleast_1d(arrays["mean"])), len(np.atleast_1d(arrays["minimum"]))
    shapes = {
        "mean": (columns,),
        "scale": (columns,),
        "components": (d, columns),
        "minimum": (d,),
        "maximum": (d,),
    }
    for name, shape in shapes.items():
        array = arrays[name]
        without = array is None and name == "components" and d == columns
        fits = without or (array is not None and array.shape == shape)
        require(fits, f"saved preprocessing has a `{name}` of the wrong size: it is damaged, fit it again")
