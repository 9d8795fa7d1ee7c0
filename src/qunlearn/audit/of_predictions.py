"""Audit anything: class probabilities of original, unlearned and gold models in, rows and a verdict out.

The models may be of any kind and trained by anything. Nothing here needs JAX.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

from qunlearn._errors import fail, require
from qunlearn.audit.array_files import read_arrays
from qunlearn.audit.arrays import AuditArrays
from qunlearn.audit.plan import Plan, default_plan, read_plan
from qunlearn.audit.prediction_rows import prediction_rows
from qunlearn.audit.result import Audit, check_place
from qunlearn.audit.sample_risks import sample_risks
from qunlearn.audit.verdict import decide

PlanOrFile: TypeAlias = Plan | Path | str
ModelT = TypeVar("ModelT")
InputsT = TypeVar("InputsT")


def audit_predictions(
    labels: ArrayLike,
    roles: ArrayLike,
    original: ArrayLike,
    unlearned: ArrayLike,
    gold: ArrayLike,
    *,
    untrained: ArrayLike | None = None,
    ids: ArrayLike | None = None,
    plan: PlanOrFile | None = None,
) -> Audit:
    """Audit models by their class probabilities on the same n samples.

    labels: (n,) class indices 0..K-1. roles: (n,) words: `forget` and `retain` rows were trained on, `test`
    and `holdout` rows by no model. original: (n, K). unlearned: (U, n, K) or (n, K). gold: (G, n, K), models
    retrained without the forget samples from independent seeds, G >= 3; a verdict other than INCONCLUSIVE
    needs 19, the default of a run is 64. untrained: (I, n, K), optional, for `zrf`. ids: (n,), optional.
    plan: a `Plan` or its file, by default `default_plan` of these labels and roles.

    Where all forget samples have one label that no retain sample has, the request is taken to be that class.
    Raises `InputError` for whatever cannot be used.
    """
    arrays = AuditArrays(labels, roles, original, unlearned, gold, untrained=untrained, ids=ids)
    return audit_arrays(arrays, plan)


def audit_arrays(arrays: AuditArrays, plan: PlanOrFile | None = None) -> Audit:
    """As `audit_predictions`, of arrays that were read or checked before."""
    chosen = _plan(plan, arrays)
    return Audit(
        decide(chosen, arrays.unlearned, arrays.gold),
        chosen,
        prediction_rows(arrays, chosen.seed),
        sample_risks(arrays),
        arrays.sha256(),
    )


def audit_folder(path: Path | str, out: Path | str | None = None, plan: PlanOrFile | None = None) -> Audit:
    """Read the arrays of `path` (layouts: `qunlearn.audit.array_files`), audit them and write the results to
    `out`, by default beside them."""
    path = Path(path)
    arrays = read_arrays(path)
    place = Path(out) if out is not None else path if path.is_dir() else path.parent
    check_place(place)
    found = audit_arrays(arrays, plan)
    found.write(place)
    return found


def audit_models(
    predict: Callable[[ModelT, InputsT], ArrayLike],
    *,
    x: InputsT,
    labels: ArrayLike,
    roles: ArrayLike,
    original: ModelT,
    unlearned: ModelT | Sequence[ModelT],
    gold: Sequence[ModelT],
    untrained: Sequence[ModelT] | None = None,
    ids: ArrayLike | None = None,
    plan: PlanOrFile | None = None,
) -> Audit:
    """Audit models that `predict(model, x)` turns into class probabilities (n, K), such as

    `lambda model, x: model.predict_proba(x)`. `unlearned` is a model or a list of them, `gold` and
    `untrained` are lists; the rest as for `audit_predictions`.
    """
    require(callable(predict), "`predict` must be a function of a model and inputs")
    several = cast("Sequence[ModelT]", unlearned if isinstance(unlearned, list | tuple) else [unlearned])
    require(len(several) > 0, "`unlearned` must be at least one model")
    require(len(gold) > 0, "`gold` must be a list of models")

    def of(models: Sequence[ModelT]) -> np.ndarray:
        answers = [np.asarray(predict(model, x)) for model in models]
        shapes = {answer.shape for answer in answers}
        require(len(shapes) == 1, f"`predict` must give one shape for all models, but gives {sorted(shapes)}")
        return np.stack(answers)

    return audit_predictions(
        labels,
        roles,
        of([original])[0],
        of(several),
        of(gold),
        untrained=None if untrained is None else of(untrained),
        ids=ids,
        plan=plan,
    )


def _plan(plan: PlanOrFile | None, arrays: AuditArrays) -> Plan:
    if isinstance(plan, Plan):
        return plan
    if plan is not None:
        file = Path(plan)
        require(file.is_file(), f"there is no plan {file}")
        try:
            return read_plan(file.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            fail(f"{file} is not text: give the JSON of a plan")
    gold, counts = arrays.gold, (arrays.gold.n_models, arrays.unlearned.n_models)
    return default_plan(gold.y, gold.roles, gold=counts[0], unlearned=counts[1])
