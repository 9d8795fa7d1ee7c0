"""Principal components with a fixed sign. (Importing scikit-learn for them would cost a second.)"""

import numpy as np
from jaxtyping import Float

from qunlearn._types import Features


def principal_components(centred: Features, d: int) -> Float[np.ndarray, "d D"]:
    """The first `d` principal axes (rows) of centred data (n, D).

    Sign: the first entry that is (within 1e-6) the largest of its row is positive, so that equal entries of
    opposite sign do not leave the choice to rounding. Axes beyond the numerical rank of the data carry
    rounding noise only; they are 0, so that min-max scaling does not blow the noise up.
    """
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    axes = np.where((singular > _rounding(centred, singular))[:, None], axes, 0.0)
    chosen = np.zeros((d, centred.shape[1]))
    chosen[: len(axes)] = axes[:d]
    size = np.abs(chosen)
    leading = (size >= (1 - 1e-6) * size.max(axis=1, keepdims=True)).argmax(axis=1)
    return chosen * np.where(chosen[np.arange(d), leading] < 0, -1.0, 1.0)[:, None]


def _rounding(centred: Features, singular: Float[np.ndarray, " r"]) -> float:
    """Singular values below this are zero up to rounding (the rule of `numpy.linalg.matrix_rank`)."""
    return float(singular.max() * max(centred.shape) * np.finfo(np.float64).eps)
