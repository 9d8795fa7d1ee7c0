"""Distance between parameter vectors: a diagnostic, since different parameters can make the same model."""

import numpy as np
from jaxtyping import Float


def angle_distance(
    gold: Float[np.ndarray, "G 1 P"], model: Float[np.ndarray, "M 1 P"]
) -> Float[np.ndarray, "M G 1"]:
    """Root mean square over parameters of the shorter arc between two angles, in [0, π] radians.

    Angles count modulo 2π, because R_P(t + 2π) = −R_P(t) changes a state by a global sign only. For
    controlled rotations (period 4π) and classical weights (no period) it is a lower bound of the plain
    distance.
    """
    total = np.zeros((len(model), len(gold), 1))
    for i in range(gold.shape[2]):
        difference = gold[:, :, i] - model[:, None, :, i]
        difference -= 2 * np.pi * np.rint(difference / (2 * np.pi))
        total += difference**2
    return np.sqrt(total / gold.shape[2])
