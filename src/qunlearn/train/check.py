"""What labelled samples must be before a model is trained on them."""

import numpy as np
from jaxtyping import Float

from qunlearn._errors import require
from qunlearn.data.samples import Samples
from qunlearn.model.classifier import Classifier


def checked_rows(model: Classifier, rows: Samples, what: str) -> Samples:
    """`rows` as float64 x (n, d) and int64 y (n,), at least one; `what` names them in the refusal.

    Raises `InputError` when there are none, when x is not finite or not of the model's width, and when y are
    not class indices 0..K-1.
    """
    x, y = checked_inputs(model, rows.x, what), np.asarray(rows.y)
    require(
        y.shape == (len(x),) and np.issubdtype(y.dtype, np.integer),
        f"{what} labels must be {len(x)} whole numbers, one a row, but are {y.dtype} of shape {y.shape}",
    )
    require(
        y.min() >= 0 and y.max() < model.n_classes,
        f"{what} labels must be in 0..{model.n_classes - 1}, but reach from {y.min()} to {y.max()}",
    )
    return Samples(x, y.astype(np.int64))


def checked_inputs(model: Classifier, x: object, what: str) -> Float[np.ndarray, "n d"]:
    """`x` as float64 (n, d), at least one row; refused as `checked_rows` says."""
    x = np.asarray(x)
    require(x.size > 0 and len(x) > 0, f"there are no {what} samples")
    require(
        x.ndim == 2 and x.shape[1] == model.n_features,
        f"{what} inputs must have shape (n, {model.n_features}) for this model, but have {x.shape}",
    )
    require(
        x.dtype.kind in "iuf" and np.isfinite(x).all(),
        f"{what} inputs must be finite numbers: drop or fill the missing ones",
    )
    return x.astype(np.float64)
