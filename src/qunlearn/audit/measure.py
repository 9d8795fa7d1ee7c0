"""The audit itself: original and unlearned model against the gold ensemble on test rows."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Float

from qunlearn._errors import require
from qunlearn.metrics import Estimate, Predictions, Spread, confusion, evaluate, gap, gold_against_gold, metric_of
from qunlearn.metrics import probability_range as softmax_range
from qunlearn.model.classifier import Classifier
from qunlearn.records import Row
from qunlearn.train.fit import Rows
from qunlearn.unlearn.problem import Problem, probabilities

HEADLINE = (
    "forget_recall",
    "retain_accuracy",
    "forget_probability_forget",
    "forget_probability_retain",
    "kl_gold_mean",
    "kl_gold_median",
    "kl_gold_max",
)
"""The values that `summary.json` repeats for every model."""

CHECKED = (
    "forget_recall",
    "retain_accuracy",
    "forget_probability_forget",
    "forget_probability_retain",
    "kl_gold_mean",
    "kl_gold_full_mean",
)
"""The measures that the verdict sentence counts."""


@dataclass(frozen=True)
class Audit:
    """What was measured. `p` holds class probabilities on the test rows: original and unlearned (n, K), gold (G, n, K)."""

    original: dict[str, Estimate]
    unlearned: dict[str, Estimate]
    gold: dict[str, Spread]
    p: dict[str, np.ndarray]
    confusion: dict[str, Any]
    probability_range: dict[str, float] | None

    def value(self, model: str, metric: str) -> Estimate:
        """The estimate of `metric` for original, unlearned, gold or gold_gold."""
        if model in ("gold", "gold_gold"):
            return self.gold[metric].estimate
        return {"original": self.original, "unlearned": self.unlearned}[model][metric]

    def inside(self, metric: str) -> bool:
        """Whether the unlearned model lies within the middle 95 % of what gold models score."""
        value, null = self.unlearned[metric].value, self.gold[metric]
        if value is None or null.low is None or null.high is None:
            return False
        return null.low <= value <= null.high


def audit(
    problem: Problem, unlearned: Float[np.ndarray, " P"], gold: Float[np.ndarray, "G P"], test: Rows
) -> Audit:
    """Measure how close `unlearned` (P,) is to the retrained models `gold` (G, P) on labelled test rows.

    Every metric of `METRICS` is computed for the original and the unlearned model and, as the null, for each gold model
    against the others. Raises `InputError` when the test rows hold nothing of the request or nothing else, or G < 2.
    """
    c = problem.require_class("audit")
    forget = np.asarray(test.y) == c
    require(forget.any() and not forget.all(), "the test rows must hold the forgotten class and at least one other")
    p = {
        "original": np.asarray(probabilities(problem.model, problem.params, test.x)),
        "unlearned": np.asarray(probabilities(problem.model, unlearned, test.x)),
        "gold": np.asarray(ensemble_probabilities(problem.model, gold, test.x)),
    }
    params = {"original": problem.params, "unlearned": unlearned, "gold": gold}
    views = {
        name: Predictions(p[name], test.y, forget, c, np.asarray(params[name], np.float64)) for name in p
    }
    return Audit(
        original=evaluate(views["original"], views["gold"]),
        unlearned=evaluate(views["unlearned"], views["gold"]),
        gold=gold_against_gold(views["gold"]),
        p=p,
        confusion={name: confusion(views[name]).mean(0).tolist() for name in p},
        probability_range=_range(problem.model),
    )


@partial(jax.jit, static_argnames="model")
def ensemble_probabilities(model: Classifier, params: Any, x: Any) -> Any:
    """Class probabilities (G, n, K) of many models at once."""
    return jax.vmap(lambda p: jax.nn.softmax(model.logits(p, x)))(params)


def rows(audit: Audit) -> list[Row]:
    """The audit as the lines of `rows.parquet`: original and unlearned, gold (each alone) and gold_gold (as candidates)."""
    lines = []
    for model in ("original", "unlearned", "gold", "gold_gold"):
        for id, null in audit.gold.items():
            metric, estimate = metric_of(id), audit.value(model, id)
            lines.append(
                Row(
                    model=model,
                    split="test",
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
            )
    return lines


def headline(audit: Audit) -> dict[str, dict[str, float]]:
    """The headline values of every model, with `_stderr` where a value is a mean over models."""
    table: dict[str, dict[str, float]] = {}
    for model in ("original", "unlearned", "gold", "gold_gold"):
        values = table.setdefault(model, {})
        for metric in HEADLINE:
            estimate = audit.value(model, metric)
            if estimate.value is not None:
                values[metric] = estimate.value
            if estimate.stderr is not None and estimate.over == "models":
                values[f"{metric}_stderr"] = estimate.stderr
    return table


def checks(audit: Audit) -> list[dict[str, Any]]:
    """The verdict's measures: value of the unlearned model, gap to gold, the null's range, and whether it lies inside."""
    return [
        {
            "metric": id,
            "value": audit.unlearned[id].value,
            "gap": gap(audit.unlearned[id], audit.gold[id]),
            "null_low": audit.gold[id].low,
            "null_high": audit.gold[id].high,
            "inside": audit.inside(id),
        }
        for id in CHECKED
        if audit.unlearned[id].value is not None
    ]


def sentence(audit: Audit, class_name: str) -> str:
    """The verdict line in words. It counts measures within the gold spread; it is no equivalence test."""
    before, after = audit.original["forget_recall"].value, audit.unlearned["forget_recall"].value
    gold = audit.gold["forget_recall"].estimate
    found = checks(audit)
    inside = sum(check["inside"] for check in found)
    spread = f" ± {gold.stderr:.1%}" if gold.stderr is not None else ""
    return (
        f"Of the test rows of class {class_name}, {after:.1%} are still recognised "
        f"({before:.1%} before, {gold.value:.1%}{spread} by models retrained without it); {inside} of {len(found)} "
        f"measures lie within the spread of {gold.n} retrained models."
    )


def _range(model: Classifier) -> dict[str, float] | None:
    if model.logit_range is None:
        return None
    floor, ceiling = softmax_range(model.n_classes, *model.logit_range)
    return {"floor": floor, "ceiling": ceiling}
