"""One line for every sample: how its answer by the unlearned models stands among the gold models' answers."""

from typing import NotRequired, TypedDict, cast

import numpy as np
from jaxtyping import Float

from qunlearn.attacks.ulira import ulira_accuracy
from qunlearn.audit.arrays import AuditArrays
from qunlearn.metrics.ensembles import LEAST_MODELS
from qunlearn.metrics.epsilon import epsilon_hat, epsilon_limits
from qunlearn.metrics.klom import klom
from qunlearn.metrics.log_odds import log_odds


class SampleRisk(TypedDict):
    """One sample; what the columns are says `sample_risks`."""

    id: int | str
    role: str
    label: int
    p_original: float
    p_unlearned: float
    p_gold: float
    deviation: float | None
    beyond: float
    epsilon_hat: NotRequired[float | None]
    epsilon_low: NotRequired[float | None]
    epsilon_high: NotRequired[float | None]
    klom: NotRequired[float | None]
    ulira: NotRequired[float | None]


def sample_risks(arrays: AuditArrays) -> list[SampleRisk]:
    """For every sample its id, role and label, the probability of the true label by the original, the
    unlearned (mean) and the gold models (mean), and

    `deviation`: (mean log-odds of the true label, unlearned − gold) / sd over gold models; None where gold
    models agree exactly. `beyond`: the fraction of gold models whose log-odds are at least as far from the
    gold mean. With 8 unlearned models and more also `epsilon_hat`, its limits `epsilon_low` and
    `epsilon_high` (None where unbounded), `klom`, and `ulira`, the accuracy of the attack on this sample.
    """
    gold, unlearned = (log_odds(one.p, one.y) for one in (arrays.gold, arrays.unlearned))
    columns = {
        "id": arrays.ids,
        "role": arrays.gold.roles,
        "label": arrays.gold.y,
        "p_original": _true(arrays.original.p, arrays.gold.y),
        "p_unlearned": _true(arrays.unlearned.p, arrays.gold.y),
        "p_gold": _true(arrays.gold.p, arrays.gold.y),
        **_against_gold(unlearned, gold),
    }
    if min(len(unlearned), len(gold)) >= LEAST_MODELS:
        columns |= _between_ensembles(unlearned, gold)
    plain = {name: _plain(values) for name, values in columns.items()}
    lines = (dict(zip(plain, line, strict=True)) for line in zip(*plain.values(), strict=True))
    return [cast(SampleRisk, line) for line in lines]


def _against_gold(
    unlearned: Float[np.ndarray, "U n"], gold: Float[np.ndarray, "G n"]
) -> dict[str, np.ndarray]:
    mean, sd = gold.mean(axis=0), gold.std(axis=0, ddof=1)
    shift = unlearned.mean(axis=0) - mean
    agree = sd < 1e-12
    deviation = np.where(agree, np.nan, shift / np.where(agree, 1, sd))
    return {"deviation": deviation, "beyond": (np.abs(gold - mean) >= np.abs(shift)).mean(axis=0)}


def _between_ensembles(
    unlearned: Float[np.ndarray, "U n"], gold: Float[np.ndarray, "G n"]
) -> dict[str, np.ndarray]:
    scores = np.concatenate([unlearned, gold])
    mask = np.arange(len(scores)) < len(unlearned)
    low, high = epsilon_limits(scores, mask)
    return {
        "epsilon_hat": epsilon_hat(scores, mask[None])[0],
        "epsilon_low": low,
        "epsilon_high": high,
        "klom": klom(scores, mask[None])[0],
        "ulira": ulira_accuracy(scores, mask[None])[0],
    }


def _true(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    return p[:, np.arange(len(y)), y].mean(axis=0)


def _plain(values: np.ndarray) -> list[float | int | str | None]:
    """A column as plain values; numbers that are not finite are missing."""
    if values.dtype.kind == "f":
        return [float(v) if np.isfinite(v) else None for v in values]
    return values.tolist() if values.dtype.kind in "iu" else [str(v) for v in values]
