"""All rows of an audit with the roles they played in training."""

from dataclasses import dataclass

import numpy as np

from qunlearn.data.requests import ForgetSplit


@dataclass(frozen=True, eq=False)
class RoleSamples:
    """All rows of an audit with their roles: x (n, d), labels as trained on y (n,), roles (n,)."""

    x: np.ndarray
    y: np.ndarray
    roles: np.ndarray


def role_samples(request: ForgetSplit) -> RoleSamples:
    """Forgotten samples as the original was trained on them, retained samples, and rows nobody was trained
    on.

    Validation samples are in none of these roles, because they selected parameters.
    """
    whole = request.prepared if request.forget_index is not None else request.remaining
    parts = {
        "forget": (request.x_forget, request.y_forget),
        "retain": (request.x_retain, request.y_retain),
        "test": (whole.x_test, whole.y_test),
        "holdout": (whole.x_holdout, whole.y_holdout),
    }
    roles = np.concatenate([np.full(len(y), role) for role, (_, y) in parts.items()])
    x, y = (np.concatenate(arrays) for arrays in zip(*parts.values(), strict=True))
    return RoleSamples(x, y, roles)
