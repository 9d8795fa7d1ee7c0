"""Every metric of every table on predictions with roles, as lines of `rows.parquet`."""

from collections.abc import Iterator, Mapping

from qunlearn.attacks.membership import MEMBERSHIP
from qunlearn.audit.arrays import AuditArrays
from qunlearn.metrics import (
    ENSEMBLE_METRICS,
    METRICS,
    ROLE_METRICS,
    Estimate,
    Predictions,
    RolePredictions,
    Spread,
    evaluate,
    evaluate_ensembles,
    evaluate_many,
    gap,
    gold_against_gold,
)
from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.metric import Metric
from qunlearn.records import Row

PLAIN = {id: row for id, row in METRICS.items() if id != "parameter_distance"}
"""What can be had without parameters."""

WITH_ROLES = {**ROLE_METRICS, **MEMBERSHIP}


def prediction_rows(arrays: AuditArrays, seed: int = 0) -> list[Row]:
    """The metrics of `METRICS` on the splits `train` and `unseen`; those that need roles, and those between
    ensembles, on the split `roles`. `seed` decides the permutations of the ensembles' null.
    """
    rows: list[Row] = []
    for part in ("train", "unseen"):
        try:
            views = [getattr(arrays, name).part(part) for name in ("original", "unlearned", "gold")]
        except Undefined:
            continue
        rows += rows_of(part, PLAIN, *views)
    rows += rows_of("roles", WITH_ROLES, arrays.original, arrays.unlearned, arrays.gold)
    return [*rows, *ensemble_rows(arrays.unlearned, arrays.gold, seed)]


def rows_of(
    split: str,
    metrics: Mapping[str, Metric],
    original: Predictions,
    unlearned: Predictions,
    gold: Predictions,
) -> Iterator[Row]:
    """The metrics of one model each, of original, unlearned and gold models; ensembles' are left out."""
    null = gold_against_gold(gold, metrics)
    several = evaluate_many if unlearned.n_models > 1 else evaluate
    found = {
        "original": evaluate(original, gold, metrics),
        "unlearned": several(unlearned, gold, metrics),
        "gold": {id: spread.estimate for id, spread in null.items()},
        "gold_gold": {id: spread.estimate for id, spread in null.items()},
    }
    for model, estimates in found.items():
        for id, estimate in estimates.items():
            yield metric_row(model, split, id, metrics[id.split("/")[0]], estimate, null[id])


def ensemble_rows(unlearned: RolePredictions, gold: RolePredictions, seed: int) -> Iterator[Row]:
    """The metrics between the two ensembles, and their null, whose permutations `seed` decides."""
    metrics = {**ENSEMBLE_METRICS, **MEMBERSHIP}
    for id, (estimate, null) in evaluate_ensembles(unlearned, gold, metrics, seed).items():
        yield metric_row("unlearned", "roles", id, metrics[id], estimate, null)
        yield metric_row("gold_gold", "roles", id, metrics[id], null.estimate, null)


def metric_row(model: str, split: str, id: str, metric: Metric, estimate: Estimate, null: Spread) -> Row:
    """One line: what `metric`, called `id`, is for a model, and for gold models (`null`)."""
    return Row(
        model=model,
        split=split,
        metric=id,
        value=estimate.value,
        stderr=estimate.stderr,
        n=estimate.n,
        gap=gap(estimate, null),
        null_low=null.low,
        null_high=null.high,
        target=str(metric.target),
        unit=metric.unit,
        source=metric.source,
        reason=estimate.reason,
    )
