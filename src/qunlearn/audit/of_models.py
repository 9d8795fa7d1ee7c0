"""Audits of models of this package, from their parameters: the test samples beside gold, and the verdict."""

from typing import TypeAlias

import numpy as np
from jax import Array
from jaxtyping import Float

from qunlearn._errors import require
from qunlearn.audit.arrays import AuditArrays
from qunlearn.audit.contrast import Contrast, contrast
from qunlearn.audit.contrast_table import rows as contrast_rows
from qunlearn.audit.of_predictions import PlanOrFile, audit_arrays
from qunlearn.audit.result import Audit
from qunlearn.data import Evaluation
from qunlearn.data.samples import Samples
from qunlearn.gold import Gold
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.model.probabilities import predict

Params: TypeAlias = Float[np.ndarray | Array, " P"]
Ensemble: TypeAlias = Float[np.ndarray | Array, "G P"]


def audit(
    problem: Problem,
    unlearned: Unlearned | Params,
    gold: Gold | Ensemble,
    test: Samples | Evaluation,
    plan: PlanOrFile | None = None,
) -> Audit:
    """As `qunlearn.audit` says, which is this function."""
    found = contrast_of_models(problem, unlearned, gold, test)
    samples, roles = _with_roles(problem, test)
    params = _params_of(problem, unlearned, gold)
    p = {name: predict(problem.model, values, samples.x) for name, values in params.items()}
    arrays = AuditArrays(samples.y, roles, p["original"], p["unlearned"], p["gold"])
    return audit_arrays(arrays, plan).with_contrast(found, contrast_rows(found))


def contrast_of_models(
    problem: Problem, unlearned: Unlearned | Params, gold: Gold | Ensemble, test: Samples | Evaluation
) -> Contrast:
    """Every metric of `METRICS` on `test` for the original and the unlearned model and, as the reference
    distribution, for each gold model against the others; `test` as for `qunlearn.audit`.

    Raises `InputError` when the samples hold nothing of the request or nothing else, for parameters of
    another model, and for G < 2.
    """
    samples = _evaluation(problem, test)
    params = _params_of(problem, unlearned, gold)
    p = {name: predict(problem.model, values, samples.x) for name, values in params.items()}
    return contrast(p, params, samples, problem.forget_index, problem.kind or "", problem.model.logit_range)


def _evaluation(problem: Problem, test: Samples | Evaluation) -> Evaluation:
    x, y, c = np.asarray(test.x), np.asarray(test.y), problem.forget_index
    if isinstance(test, Evaluation):
        forget = test.forget
    elif c is not None:
        forget = y == c
    else:
        forget = np.repeat([False, True], [len(y), len(problem.forget.y)])
        x, y = np.concatenate([x, problem.forget.x]), np.concatenate([y, problem.forget.y])
    wanted = "the forgotten class and at least one other" if c is not None else "at least one row"
    require(forget.any() and not forget.all(), f"the test samples must hold {wanted}")
    return Evaluation(x, y, forget)


def _with_roles(problem: Problem, test: Samples | Evaluation) -> tuple[Samples, np.ndarray]:
    """All samples of the verdict (n, d) and their roles (n,): forget and retain as the problem has them, and
    those of `test` that no model was trained on."""
    x, y = np.asarray(test.x), np.asarray(test.y)
    if isinstance(test, Evaluation) and problem.forget_index is None:
        x, y = x[~test.forget], y[~test.forget]
    parts = {"forget": problem.forget, "retain": problem.retain, "test": Samples(x, y)}
    roles = np.concatenate([np.full(len(part.y), role) for role, part in parts.items()])
    xs, ys = (np.concatenate([np.asarray(part[i]) for part in parts.values()]) for i in (0, 1))
    return Samples(xs, ys), roles


def _params_of(
    problem: Problem, unlearned: Unlearned | Params, gold: Gold | Ensemble
) -> dict[str, Float[np.ndarray, "..."]]:
    found = {
        "original": problem.params,
        "unlearned": unlearned.params if isinstance(unlearned, Unlearned) else unlearned,
        "gold": gold.params if isinstance(gold, Gold) else gold,
    }
    params = {name: np.asarray(values, np.float64) for name, values in found.items()}
    _check_shapes(problem.model.n_params, params["unlearned"].shape, params["gold"].shape)
    return params


def _check_shapes(n: int, unlearned: tuple[int, ...], gold: tuple[int, ...]) -> None:
    require(
        unlearned == (n,), f"`unlearned` must be the {n} parameters of one model, but has shape {unlearned}"
    )
    require(
        len(gold) == 2 and gold[0] >= 2 and gold[1] == n,
        f"`gold` must hold {n} parameters of each of at least 2 models, but has shape {gold}",
    )
