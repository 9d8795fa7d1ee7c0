"""Many unlearned models against many gold models: a number per sample, its summary, and its null.

The null is what the same number is when unlearned and gold models are drawn alike: the labels "unlearned" and
"gold" are dealt anew among all models, which keeps the dependence between samples. At finite numbers of
models it is above what perfect unlearning would score with infinitely many.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

from qunlearn.metrics.estimate import Estimate, Undefined, missing
from qunlearn.metrics.evaluate import NULL_RANGE, Spread, Table
from qunlearn.metrics.log_odds import log_odds
from qunlearn.metrics.metric import EnsembleMetric
from qunlearn.metrics.predictions import require_comparable
from qunlearn.metrics.roles import RolePredictions

LEAST_MODELS = 8
DEALS = 200
"""How often the labels are dealt anew for a null."""

_SUMMARIES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda values: values.mean(axis=1),
    "median": lambda values: np.median(values, axis=1),
    "p95": lambda values: np.quantile(values, 0.95, axis=1),
}


def evaluate_ensembles(
    unlearned: RolePredictions, gold: RolePredictions, metrics: Table, seed: int = 0
) -> dict[str, tuple[Estimate, Spread]]:
    """Every ensemble metric of `metrics` with its null, whose 200 deals `seed` decides.

    No standard error is given: the spread of the null is the yardstick. Undefined with fewer than 8 models on
    either side. Raises `InputError` unless both are about the same samples.
    """
    require_comparable(unlearned, gold)
    deals = _deals(unlearned.n_models, gold.n_models, seed)
    found: dict[tuple[object, str], np.ndarray | Undefined] = {}
    result: dict[str, tuple[Estimate, Spread]] = {}
    for id, metric in metrics.items():
        if isinstance(metric, EnsembleMetric):
            key = (metric.function, metric.role)
            if key not in found:
                found[key] = _per_sample(*key, unlearned, gold, deals)
            result[id] = _summed_up(metric, found[key], deals.shape[1])
    return result


def pooled_scores(unlearned: RolePredictions, gold: RolePredictions, role: str) -> Float[np.ndarray, "N n"]:
    """Log-odds of the true label by all models, the unlearned ones first, on the samples of role `role`."""
    rows = gold.having(role)
    p = np.concatenate([unlearned.p[:, rows], gold.p[:, rows]])  # (N, n, K) with N = U + G
    return log_odds(p, gold.y[rows])


def _per_sample(
    function: Callable[..., np.ndarray],
    role: str,
    unlearned: RolePredictions,
    gold: RolePredictions,
    deals: Bool[np.ndarray, "B N"],
) -> Float[np.ndarray, "B n"] | Undefined:
    if min(unlearned.n_models, gold.n_models) < LEAST_MODELS:
        return Undefined(f"needs at least {LEAST_MODELS} unlearned and {LEAST_MODELS} gold models")
    if not gold.having(role).any():
        return Undefined(f"there are no {role} samples")
    return function(pooled_scores(unlearned, gold, role), deals)


def _summed_up(
    metric: EnsembleMetric, found: Float[np.ndarray, "B n"] | Undefined, n_models: int
) -> tuple[Estimate, Spread]:
    """The value of the true deal, and the spread of the others."""
    if isinstance(found, Undefined):
        nothing = missing(found, "models")
        return nothing, Spread(nothing, None, None, ())
    # row 0 of (B, n) is the truth, the others are random permutations of the labels
    value, *null = _SUMMARIES[metric.summary](metric.transform(found)).tolist()
    low, high = np.quantile(null, NULL_RANGE)
    centre = Estimate(float(np.mean(null)), None, n_models, "models")
    return Estimate(value, None, n_models, "models"), Spread(centre, float(low), float(high), tuple(null))


def _deals(n_unlearned: int, n_gold: int, seed: int) -> Bool[np.ndarray, "B N"]:
    """Who is called unlearned: first the truth, then `DEALS` random deals."""
    truth = np.arange(n_unlearned + n_gold) < n_unlearned  # (N,)
    rng = np.random.default_rng(seed)
    return np.stack([truth, *(rng.permutation(truth) for _ in range(DEALS))])
