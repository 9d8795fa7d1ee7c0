"""Principal components with a fixed sign. (Importing scikit-learn for them would cost a second.)"""

import numpy as np
from jaxtyping import Float

from qunlearn._types import Features


def principal_components(centred: Features, d: int) -> Float[np.ndarray, "d D"]:
    """The first `d` principal axes (rows) of centred data (n, D), signs as in `with_fixed_signs`.

    Axes beyond the numerical rank of the data carry rounding noise only; they are 0, so that min-max scaling
    does not blow the noise up.
    """
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    axes = np.where((singular > _rounding(centred, singular))[:, None], axes, 0.0)
    chosen = np.zeros((d, centred.shape[1]))
    chosen[: len(axes)] = axes[:d]
    return with_fixed_signs(chosen)


def with_fixed_signs(axes: Float[np.ndarray, "d D"]) -> Float[np.ndarray, "d D"]:
    """The rows of `axes`, each with the sign that makes its largest entry positive.

    Of entries that are within 1e-6 the largest, the first decides: rounding must not choose between the equal
    entries of (1, -1), which two standardised columns always have.
    """
    size = np.abs(axes)
    leading = (size >= (1 - 1e-6) * size.max(axis=1, keepdims=True)).argmax(axis=1)
    return axes * np.where(axes[np.arange(len(axes)), leading] < 0, -1.0, 1.0)[:, None]


def _rounding(centred: Features, singular: Float[np.ndarray, " r"]) -> float:
    """Singular values below this are zero up to rounding (the rule of `numpy.linalg.matrix_rank`)."""
    return float(singular.max() * max(centred.shape) * np.finfo(np.float64).eps)
