"""The audit itself: original and unlearned model against gold, on test rows and on the request's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jax import Array
from jaxtyping import Bool, Float

from qunlearn._errors import require
from qunlearn.data import Evaluation
from qunlearn.gold import Gold
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.metrics import Estimate, Predictions, Spread, confusion, evaluate, gold_against_gold
from qunlearn.metrics import probability_range as softmax_range
from qunlearn.model.probabilities import predict
from qunlearn.train.fit import Samples

Params: TypeAlias = Float[np.ndarray | Array, " P"]
Ensemble: TypeAlias = Float[np.ndarray | Array, "G P"]


@dataclass(frozen=True)
class Audit:
    """What was measured on the audited rows (`Evaluation`), of which `forget` (n,) marks the request's.

    `original` and `unlearned` hold an estimate for every metric, `gold` what the G retrained models score,
    each alone or against the others. `p` holds class probabilities: original and unlearned (n, K), gold (G,
    n, K). `confusion` holds K x K counts (rows: true classes), for gold their mean. `probability_range` is
    what the model can reach at all. `kind` is the problem's.
    """

    original: dict[str, Estimate]
    unlearned: dict[str, Estimate]
    gold: dict[str, Spread]
    p: dict[str, np.ndarray]
    confusion: dict[str, Any]
    probability_range: dict[str, float] | None
    kind: str
    forget: Bool[np.ndarray, " n"]

    def value(self, model: str, metric: str) -> Estimate:
        """The estimate of `metric` for original, unlearned, gold or gold_gold."""
        if model in ("gold", "gold_gold"):
            return self.gold[metric].estimate
        return {"original": self.original, "unlearned": self.unlearned}[model][metric]

    def __str__(self) -> str:
        """The headline values as a small table, and the verdict."""
        from qunlearn.audit.findings import text_table

        return text_table(self)

    def inside(self, metric: str) -> bool:
        """Whether the unlearned model lies within the middle 95 % of what gold models score."""
        value, null = self.unlearned[metric].value, self.gold[metric]
        if value is None or null.low is None or null.high is None:
            return False
        return null.low <= value <= null.high


def audit(
    problem: Problem, unlearned: Unlearned | Params, gold: Gold | Ensemble, test: Samples | Evaluation
) -> Audit:
    """Measure how close an unlearned model is to retrained ones, on test rows that no model was trained on.

    `unlearned` is a method's result or parameters (P,), `gold` the ensemble or its parameters (G, P). `test`
    holds labelled rows; to forget a class, those of the class are the request's rows, otherwise the
    problem's forget rows are added to them, with the labels that they have there. An `Evaluation` says
    itself which rows are the request's (`ForgetSplit.evaluation`: poisoned rows with their true labels).

    Every metric of `METRICS` is computed for the original and the unlearned model and, as the null, for each
    gold model against the others. Raises `InputError` when the rows hold nothing of the request or nothing
    else, for parameters of another model, and for G < 2.
    """
    x, y, forget = _rows(problem, test)
    params = {
        "original": _params(problem.params),
        "unlearned": _params(unlearned.params if isinstance(unlearned, Unlearned) else unlearned),
        "gold": _params(gold.params if isinstance(gold, Gold) else gold),
    }
    _check_shapes(problem.model.n_params, params["unlearned"].shape, params["gold"].shape)
    p = {name: predict(problem.model, values, x) for name, values in params.items()}
    rows = Evaluation(x, y, forget)
    return measured(p, params, rows, problem.forget_index, problem.kind or "", problem.model.logit_range)


def measured(
    p: Mapping[str, np.ndarray],
    params: Mapping[str, np.ndarray],
    rows: Evaluation,
    forget_index: int | None,
    kind: str,
    logit_range: tuple[float, float] | None,
) -> Audit:
    """The audit from class probabilities `p` alone: original and unlearned (n, K), gold (G, n, K)."""
    views = {name: Predictions(p[name], rows.y, rows.forget, forget_index, params[name]) for name in p}
    return Audit(
        original=evaluate(views["original"], views["gold"]),
        unlearned=evaluate(views["unlearned"], views["gold"]),
        gold=gold_against_gold(views["gold"]),
        p=dict(p),
        confusion={name: confusion(views[name]).mean(0).tolist() for name in p},
        probability_range=_range(views["gold"].n_classes, logit_range),
        kind=kind,
        forget=rows.forget,
    )


def _rows(problem: Problem, test: Samples | Evaluation) -> Evaluation:
    x, y, c = np.asarray(test.x), np.asarray(test.y), problem.forget_index
    if isinstance(test, Evaluation):
        forget = test.forget
    elif c is not None:
        forget = y == c
    else:
        forget = np.repeat([False, True], [len(y), len(problem.forget.y)])
        x, y = np.concatenate([x, problem.forget.x]), np.concatenate([y, problem.forget.y])
    wanted = "the forgotten class and at least one other" if c is not None else "at least one row"
    require(forget.any() and not forget.all(), f"the test rows must hold {wanted}")
    return Evaluation(x, y, forget)


def _check_shapes(n: int, unlearned: tuple[int, ...], gold: tuple[int, ...]) -> None:
    require(
        unlearned == (n,), f"`unlearned` must be the {n} parameters of one model, but has shape {unlearned}"
    )
    require(
        len(gold) == 2 and gold[0] >= 2 and gold[1] == n,
        f"`gold` must hold {n} parameters of each of at least 2 models, but has shape {gold}",
    )


def _params(values: Any) -> np.ndarray:
    return np.asarray(values, np.float64)


def _range(n_classes: int, logit_range: tuple[float, float] | None) -> dict[str, float] | None:
    if logit_range is None:
        return None
    floor, ceiling = softmax_range(n_classes, *logit_range)
    return {"floor": floor, "ceiling": ceiling}
