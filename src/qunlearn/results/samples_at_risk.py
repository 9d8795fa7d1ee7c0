"""Single samples at risk: where the unlearned model answers unlike any retrained model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from qunlearn.metrics.log_odds import log_odds
from qunlearn.metrics.roles import roles_of

SHOWN = 20

TENSORS = ("roles", "y_roles", "forget_mask", "roles_p_original", "roles_p_unlearned", "roles_p_gold")
"""What `risks` needs of `evidence.safetensors`."""


@dataclass(frozen=True)
class Risk:
    """One training sample: its number in the dataset, its role, p(true label) of the models, and by how many
    standard deviations of the gold models its log-odds lie from their mean."""

    row: int
    role: str
    label: str
    original: float
    unlearned: float
    gold: float
    deviation: float


def risks(
    arrays: Mapping[str, np.ndarray], split: Mapping[str, Any], class_names: list[str]
) -> tuple[Risk, ...]:
    """The training samples that deviate most, largest first; at most `SHOWN` of them."""
    roles = roles_of(arrays["roles"])
    trained = np.isin(roles, ("forget", "retain"))
    y = arrays["y_roles"][trained]
    p = {name: arrays[f"roles_p_{name}"][..., trained, :] for name in ("original", "unlearned", "gold")}
    gold = log_odds(p["gold"], y)
    spread = np.maximum(gold.std(axis=0, ddof=1), 1e-9)
    deviation = (log_odds(p["unlearned"][None], y)[0] - gold.mean(axis=0)) / spread
    numbers = _numbers(arrays["forget_mask"], np.asarray(split["train"]), roles[trained])
    at = np.arange(len(y))
    return tuple(
        Risk(
            row=int(numbers[i]),
            role=str(roles[trained][i]),
            label=class_names[y[i]],
            original=float(p["original"][at, y][i]),
            unlearned=float(p["unlearned"][at, y][i]),
            gold=float(p["gold"][:, at, y].mean(axis=0)[i]),
            deviation=float(deviation[i]),
        )
        for i in np.argsort(-np.abs(deviation), kind="stable")[:SHOWN]
    )


def _numbers(forget: np.ndarray, train: np.ndarray, roles: np.ndarray) -> np.ndarray:
    """Dataset row numbers of forgotten and retained samples; for a feature both are all training samples."""
    retained = ~forget if (roles == "retain").sum() == (~forget).sum() else np.ones_like(forget)
    return np.concatenate([train[forget], train[retained]])
