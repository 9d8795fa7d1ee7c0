"""Original and unlearned model beside gold: every metric on the audited samples."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from qunlearn.data import Evaluation
from qunlearn.metrics import Estimate, Predictions, Spread, confusion, evaluate, gold_against_gold
from qunlearn.metrics import probability_range as softmax_range


@dataclass(frozen=True)
class Contrast:
    """What was measured on the audited samples (`Evaluation`), of which `forget` (n,) marks the request's.

    `original` and `unlearned` hold an estimate for every metric, `gold` what the G retrained models score,
    each alone or against the others. `p` holds class probabilities: original and unlearned (n, K), gold (G,
    n, K). `confusion` holds K x K counts (rows: true classes), for gold their mean. `probability_range` is
    what the model can reach at all. `kind` is the problem's.
    """

    original: dict[str, Estimate]
    unlearned: dict[str, Estimate]
    gold: dict[str, Spread]
    p: dict[str, Float[np.ndarray, "..."]]
    confusion: dict[str, list[list[float]]]
    probability_range: dict[str, float] | None
    kind: str
    forget: Bool[np.ndarray, " n"]

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


def contrast(
    p: Mapping[str, Float[np.ndarray, "..."]],
    params: Mapping[str, Float[np.ndarray, "..."]],
    samples: Evaluation,
    forget_index: int | None,
    kind: str,
    logit_range: tuple[float, float] | None,
) -> Contrast:
    """From class probabilities `p` and parameters: original and unlearned (n, K) and (P,), gold (G, n, K)
    and (G, P). `logit_range` is the smallest and the largest logit of the model, None where unbounded."""
    views = {name: Predictions(p[name], samples.y, samples.forget, forget_index, params[name]) for name in p}
    return Contrast(
        original=evaluate(views["original"], views["gold"]),
        unlearned=evaluate(views["unlearned"], views["gold"]),
        gold=gold_against_gold(views["gold"]),
        p=dict(p),
        confusion={name: confusion(views[name]).mean(0).tolist() for name in p},
        probability_range=_range(views["gold"].n_classes, logit_range),
        kind=kind,
        forget=samples.forget,
    )


def _range(n_classes: int, logit_range: tuple[float, float] | None) -> dict[str, float] | None:
    if logit_range is None:
        return None
    floor, ceiling = softmax_range(n_classes, *logit_range)
    return {"floor": floor, "ceiling": ceiling}
