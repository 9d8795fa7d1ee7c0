"""Audit anything: class probabilities of original, unlearned and gold models in, rows and a verdict out.

The models may be of any kind and trained by anything. Nothing here needs JAX.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np

from qunlearn._errors import fail, require
from qunlearn.audit.array_files import read_arrays
from qunlearn.audit.arrays import AuditArrays
from qunlearn.audit.plan import Plan, default_plan, read_plan
from qunlearn.audit.prediction_rows import prediction_rows
from qunlearn.audit.sample_risks import sample_risks
from qunlearn.audit.verdict import Verdict, decide
from qunlearn.records import Row, provenance, write_atomic, write_json, write_parquet, write_rows


@dataclass(frozen=True, eq=False)
class PredictionAudit:
    """What was found: `verdict`, the `rows` of every metric, and `risks`, one dictionary for every sample."""

    verdict: Verdict
    rows: list[Row]
    risks: list[dict[str, Any]]
    plan: Plan
    arrays_sha256: str

    def __str__(self) -> str:
        """The verdict and its criteria in Markdown."""
        from qunlearn.audit.prediction_page import markdown

        return markdown(self)

    def write(self, folder: Path | str) -> Path:
        """Write `plan.json`, `rows.parquet`, `samples.parquet`, `audit.md` and `verdict.json` into `folder`,
        which is made if need be; files of these names are replaced."""
        folder = Path(folder)
        check_place(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "plan.json", self.plan.to_dict())
        write_rows(folder / "rows.parquet", self.rows)
        write_parquet(folder / "samples.parquet", self.risks)
        write_atomic(folder / "audit.md", str(self) + "\n")
        found = {"plan": self.plan.to_dict(), "data_sha256": self.arrays_sha256, "made": provenance()}
        write_json(folder / "verdict.json", {**self.verdict.to_dict(), **found})
        return folder


def audit_predictions(
    labels: Any,
    roles: Any,
    original: Any,
    unlearned: Any,
    gold: Any,
    *,
    untrained: Any = None,
    ids: Any = None,
    plan: Plan | Path | str | None = None,
) -> PredictionAudit:
    """Audit models by their class probabilities on the same n samples.

    labels: (n,) class indices 0..K-1. roles: (n,) words: `forget` and `retain` rows were trained on, `test`
    and `holdout` rows by no model. original: (n, K). unlearned: (U, n, K) or (n, K). gold: (G, n, K), models
    retrained without the forget rows from independent seeds, G >= 3; a verdict other than INCONCLUSIVE needs
    19, the default of a run is 64. untrained: (I, n, K), optional, for `zrf`. ids: (n,), optional. plan: a
    `Plan` or its file, by default `default_plan` of these labels and roles.

    Where all forget rows have one label that no retain row has, the request is taken to be that class.
    Raises `InputError` for whatever cannot be used.
    """
    arrays = AuditArrays(labels, roles, original, unlearned, gold, untrained=untrained, ids=ids)
    return audit_arrays(arrays, plan)


def audit_arrays(arrays: AuditArrays, plan: Plan | Path | str | None = None) -> PredictionAudit:
    """As `audit_predictions`, of arrays that were read or checked before."""
    chosen = _plan(plan, arrays)
    return PredictionAudit(
        decide(chosen, arrays.unlearned, arrays.gold),
        prediction_rows(arrays, chosen.seed),
        sample_risks(arrays),
        chosen,
        arrays.sha256(),
    )


def audit_folder(
    path: Path | str, out: Path | str | None = None, plan: Plan | Path | str | None = None
) -> PredictionAudit:
    """Read the arrays of `path` (layouts: `qunlearn.audit.array_files`), audit them and write the results to
    `out`, by default beside them."""
    path = Path(path)
    arrays = read_arrays(path)
    place = Path(out) if out is not None else path if path.is_dir() else path.parent
    check_place(place)
    found = audit_arrays(arrays, plan)
    found.write(place)
    return found


def check_place(folder: Path) -> None:
    """Refuse a place for results that is no folder, cannot be written to or holds a run, whose evidence they
    would replace."""
    place = folder.absolute()
    try:
        ground = next(p for p in (place, *place.parents) if p.exists())
        TemporaryFile(dir=ground).close()
    except OSError as error:
        fail(f"{folder} cannot be written to ({error.strerror}): choose another --out")
    sealed = (folder / "run.json").exists() or (folder / "config.toml").exists()
    require(not sealed, f"{folder} holds a run, whose evidence is never replaced: choose another --out")


def audit_models(
    predict: Callable[[Any, Any], Any],
    *,
    x: Any,
    labels: Any,
    roles: Any,
    original: Any,
    unlearned: Any,
    gold: Sequence[Any],
    untrained: Sequence[Any] | None = None,
    ids: Any = None,
    plan: Plan | Path | str | None = None,
) -> PredictionAudit:
    """Audit models that `predict(model, x)` turns into class probabilities (n, K), such as

    `lambda model, x: model.predict_proba(x)`. `unlearned` is a model or a list of them, `gold` and
    `untrained` are lists; the rest as for `audit_predictions`.
    """
    require(callable(predict), "`predict` must be a function of a model and inputs")
    several = unlearned if isinstance(unlearned, list | tuple) else [unlearned]
    require(len(several) > 0, "`unlearned` must be at least one model")
    require(len(gold) > 0, "`gold` must be a list of models")

    def of(models: Sequence[Any]) -> np.ndarray:
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


def _plan(plan: Plan | Path | str | None, arrays: AuditArrays) -> Plan:
    if isinstance(plan, Plan):
        return plan
    if plan is not None:
        file = Path(plan)
        require(file.is_file(), f"there is no plan {file}")
        try:
            return read_plan(file.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            fail(f"{file} is no text: give the JSON of a plan")
    gold, counts = arrays.gold, (arrays.gold.n_models, arrays.unlearned.n_models)
    return default_plan(gold.y, gold.roles, gold=counts[0], unlearned=counts[1])
