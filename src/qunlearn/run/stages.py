"""The stages of a run, each from what the folder holds to what it writes: train, unlearn, audit.

A stage first reads and computes, and touches the folder only when its results are at hand.
"""

import time
from datetime import UTC, datetime
from typing import Any

import numpy as np

from qunlearn._errors import InputError, fail, require
from qunlearn.audit import contrast_table, of_models
from qunlearn.audit.contrast import Contrast
from qunlearn.records import write_json
from qunlearn.results.files import HISTORY
from qunlearn.run import extra_models, summary, write
from qunlearn.run.folder import RunFolder
from qunlearn.run.problem_and_gold import gold_of
from qunlearn.run.role_audit import audit_roles, judged_by
from qunlearn.run.setup import Setup
from qunlearn.train import Progress, load_model, save_model, silent
from qunlearn.train.history import History, load_history, save_history

REMEDY = "start anew with --force, or choose another --out"

TOLD = {"original": ("cost", "started"), "unlearned": ("cost", "method")}
"""What an audit takes from the descriptions of the saved models."""


def train(setup: Setup, folder: RunFolder, progress: Progress = silent) -> None:
    """Train the original model on all training samples."""
    started, clock = _now(), time.perf_counter()
    fitted, history = setup.train(progress)
    seconds = time.perf_counter() - clock
    extra = {
        "cost": summary.cost(fitted.cost, setup.model, seconds),
        "best_step": fitted.best_step,
        "data_sha256": setup.dataset.sha256(),
        "started": started,
    }
    folder.begin("train")
    _write_data(setup, folder)
    write.write_trace(folder.path, "train", {"loss": fitted.loss, "val_loss": fitted.val_loss})
    if history is not None:
        save_history(folder.path / HISTORY, history)
    save_model(folder.path / "original", setup.model, fitted.params, extra)


def adopt(setup: Setup, folder: RunFolder, before: RunFolder) -> None:
    """Take the unlearned model of `before` as the original: the next step of a sequence of requests.

    Its cost is that of training the model once, in the first step.
    """
    before.require_done("unlearn")
    _, params, _ = load_model(before.path / "unlearned")
    _, _, trained = load_model(before.path / "original")
    extra = {key: trained[key] for key in ("cost", "best_step", "data_sha256", "started")}
    folder.begin("train")
    _write_data(setup, folder)
    write.write_trace(folder.path, "train", {})
    save_model(folder.path / "original", setup.model, params, extra)


def unlearn(setup: Setup, folder: RunFolder, progress: Progress = silent) -> None:
    """Remove what the request names from the folder's original model."""
    params, _ = load_original(setup, folder)
    problem = setup.problem(params, load_rounds(setup, folder))
    clock = time.perf_counter()
    result = setup.method(problem, key=setup.key("unlearn"), progress=progress)
    new = np.asarray(result.params)
    seconds = time.perf_counter() - clock
    require(
        np.isfinite(new).all(),
        f"method {setup.method.id} diverged: its parameters are no longer finite; lower its learning_rate",
    )
    extra = {
        "cost": summary.cost(result.cost, setup.model, seconds),
        "method": {**summary.method(setup), **summary.claim(result.claim)},
        "steps_taken": int(result.steps_taken),
    }
    folder.begin("unlearn")
    write.write_trace(folder.path, "unlearn", {k: np.asarray(v) for k, v in result.trace.items()})
    save_model(folder.path / "unlearned", setup.model, new, extra)


def audit(setup: Setup, folder: RunFolder, progress: Progress = silent) -> Contrast:
    """Retrain the gold ensemble (or take it from the cache), measure, and write evidence, rows and
    summary.
    """
    original, trained = load_original(setup, folder)
    unlearned, changed = load_unlearned(setup, folder)
    problem = setup.problem(original)
    clock = time.perf_counter()
    gold = gold_of(setup, problem, progress=progress)
    retrained = time.perf_counter()
    progress("measuring", 0, 1)
    found = of_models.contrast_of_models(problem, unlearned, gold, setup.forget.evaluation)
    progress("measuring", 1, 2)
    models = {"original": original, "unlearned": unlearned, "gold": gold.params}
    others = extra_models.train(setup, problem, progress)
    deep = audit_roles(judged_by(setup), models, others.unlearned, others.references)
    again = extra_models.relearning(setup, problem, unlearned, gold.params, progress)
    progress("measuring", 2, 2)
    told = summary.summary(setup, found, deep.verdict, trained, changed)
    seconds = {
        "train": trained["cost"]["seconds"],
        "unlearn": changed["cost"]["seconds"],
        "gold": retrained - clock,
        "audit": time.perf_counter() - retrained,
    }
    folder.begin("audit")
    write.write_evidence(folder.path, setup.forget, models, found.p, deep)
    write.write_results(
        folder.path, [*contrast_table.rows(found), *deep.lines, *again], told, setup.model.circuit
    )
    write.write_role_audit(folder.path, deep)
    write.write_run(
        folder.path,
        command=summary.command(setup, folder.path),
        seeds=summary.seeds(setup),
        started=trained["started"],
        ended=_now(),
        seconds=seconds,
        gold={"digest": gold.digest, "from_cache": gold.cached},
        computed=summary.computed(setup),
    )
    return found


def load_original(setup: Setup, folder: RunFolder) -> tuple[np.ndarray, dict[str, Any]]:
    """Parameters (P,) and description of the trained model; refused where it belongs to other data or
    another model.
    """
    folder.require_done("train")
    params, description = _load(setup, folder, "original")
    same = description.get("data_sha256") == setup.dataset.sha256()
    require(
        same, f"the data of {setup.config.dataset} changed since {folder.path} was trained on them: {REMEDY}"
    )
    return params, description


def load_rounds(setup: Setup, folder: RunFolder) -> History | None:
    """The rounds of federated training; None for one owner, and from the second step of a sequence on."""
    if setup.prepared.clients is None or setup.config.after:
        return None
    return load_history(folder.path / HISTORY)


def load_unlearned(setup: Setup, folder: RunFolder) -> tuple[np.ndarray, dict[str, Any]]:
    """Parameters (P,) and description of the unlearned model."""
    folder.require_done("unlearn")
    return _load(setup, folder, "unlearned")


def _write_data(setup: Setup, folder: RunFolder) -> None:
    write_json(folder.path / "split.json", setup.split.to_dict())
    write_json(folder.path / "preprocess.json", setup.prepared.preprocessor.to_dict())


def _load(setup: Setup, folder: RunFolder, name: str) -> tuple[np.ndarray, dict[str, Any]]:
    try:
        model, params, description = load_model(folder.path / name)
    except InputError as error:
        fail(f"{error}; {REMEDY}")
    lacking = [key for key in TOLD[name] if key not in description]
    require(not lacking, f"{folder.path / name}.json lacks {', '.join(lacking)}: {REMEDY}")
    require(model == setup.model, f"the {name} model in {folder.path} has another architecture: {REMEDY}")
    return params, description


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
