"""The stages of a run, each from what the folder holds to what it writes: train, unlearn, audit."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from qunlearn.audit import measure
from qunlearn.audit.folder import RunFolder
from qunlearn.audit.setup import Setup
from qunlearn.circuit import draw
from qunlearn.gold import default_cache, gold_ensemble
from qunlearn.model.classifier import Classifier
from qunlearn.records import manifest, provenance, write_atomic, write_json, write_rows
from qunlearn.train import Cost, Progress, fit, load_model, save_model, silent
from qunlearn.unlearn import Unlearned


def train(setup: Setup, folder: RunFolder, progress: Progress = silent) -> None:
    """Train the original model on all training rows."""
    if folder.done("train"):
        return
    started = time.perf_counter()
    fitted = fit(
        setup.model,
        setup.rows("train"),
        setup.rows("val"),
        key=setup.key("train"),
        training=setup.config.training,
        progress=progress,
    )
    write_json(folder.path / "split.json", setup.split.to_dict())
    write_json(folder.path / "preprocess.json", setup.prepared.preprocessor.to_dict())
    _write_trace(folder, "train", {"loss": fitted.loss, "val_loss": fitted.val_loss})
    extra = {
        "cost": _cost(fitted.cost, setup.model, time.perf_counter() - started),
        "best_step": fitted.best_step,
        "data_sha256": setup.dataset.sha256(),
    }
    save_model(folder.path / "original", setup.model, fitted.params, extra)


def unlearn(setup: Setup, folder: RunFolder, progress: Progress = silent) -> None:
    """Remove the forgotten class from the folder's original model."""
    if folder.done("unlearn"):
        return
    folder.require_done("train")
    _, params, _ = load_model(folder.path / "original")
    started = time.perf_counter()
    result: Unlearned = setup.method(setup.problem(params), key=setup.key("unlearn"), progress=progress)
    new = np.asarray(result.params)
    seconds = time.perf_counter() - started
    _write_trace(folder, "unlearn", {k: np.asarray(v) for k, v in result.trace.items()})
    extra = {
        "cost": _cost(result.cost, setup.model, seconds),
        "method": describe_method(setup),
        "steps_taken": int(result.steps_taken),
    }
    save_model(folder.path / "unlearned", setup.model, new, extra)


def audit(setup: Setup, folder: RunFolder, progress: Progress = silent, *, command: str) -> measure.Audit:
    """Retrain the gold ensemble (or take it from the cache), measure, and write evidence, rows and summary."""
    folder.require_done("unlearn")
    folder.clear("report", "audit")
    _, original, trained = load_model(folder.path / "original")
    _, unlearned, changed = load_model(folder.path / "unlearned")
    problem = setup.problem(original)
    started = time.perf_counter()
    gold = gold_ensemble(
        problem, size=setup.config.gold, key=setup.key("gold"), cache=default_cache(), progress=progress
    )
    seconds = time.perf_counter() - started
    found = measure.audit(problem, unlearned, gold.params, setup.rows("test"))
    retrain = _cost(gold.cost, setup.model, seconds if gold.cached == 0 else None)
    cost = {"train": trained["cost"], "unlearn": changed["cost"], "retrain": retrain}
    summary = {**_identity(setup), **_results(setup, found), "cost": cost, "gold_size": len(gold.params)}
    models = {"original": original, "unlearned": unlearned, "gold": gold.params}
    _write_evidence(setup, folder, models, found.p)
    write_rows(folder.path / "rows.parquet", measure.rows(found))
    write_json(folder.path / "summary.json", summary)
    write_atomic(folder.path / "circuit.txt", draw.text(setup.model.circuit))
    draw.picture(setup.model.circuit, folder.path / "circuit.svg")
    gold_record = {"digest": gold.digest, "from_cache": gold.cached, "seconds": seconds}
    write_run(folder, command=command, seeds=_seeds(setup), gold=gold_record)
    return found


def write_run(folder: RunFolder, **record: Any) -> None:
    """Write `run.json`, the mark of a finished run: `record`, versions, and the hash of every other file."""
    hashes = {k: v for k, v in manifest(folder.path).items() if k != "run.json"}
    write_json(folder.path / "run.json", {**record, "provenance": provenance(), "sha256": hashes})


def describe_method(setup: Setup) -> dict[str, Any]:
    """The method's id, tier, source and every hyper-parameter."""
    method: Any = setup.method
    return {"id": method.id, "tier": method.tier, "source": method.source, **asdict(method)}


def _identity(setup: Setup) -> dict[str, Any]:
    return {
        "dataset": setup.dataset.name,
        "seed": setup.config.seed,
        "method": describe_method(setup),
        "forget_class": setup.dataset.class_names[setup.forget_class],
        "forget_index": setup.forget_class,
        "class_names": list(setup.dataset.class_names),
    }


def _results(setup: Setup, found: measure.Audit) -> dict[str, Any]:
    name = setup.dataset.class_names[setup.forget_class]
    return {
        **measure.headline(found),
        "confusion": found.confusion,
        "probability_range": found.probability_range,
        "verdict": {"sentence": measure.sentence(found, name), "checks": measure.checks(found)},
    }


def _cost(cost: Cost, model: Classifier, seconds: float | None) -> dict[str, Any]:
    return {**asdict(cost), "circuits": cost.circuits(model), "seconds": seconds}


def _seeds(setup: Setup) -> dict[str, int]:
    return {purpose: setup.config.seed_of(purpose) for purpose in ("data", "train", "unlearn", "gold")}


def _write_evidence(
    setup: Setup, folder: RunFolder, models: Mapping[str, np.ndarray], p: Mapping[str, np.ndarray]
) -> None:
    from safetensors.numpy import save

    arrays = {f"{a}_{part}": getattr(setup.prepared, f"{a}_{part}") for part in ("train", "val", "test") for a in "xy"}
    arrays |= {name: np.asarray(value, np.float64) for name, value in models.items()}
    arrays |= {f"p_{name}": value for name, value in p.items()}
    write_atomic(
        folder.path / "evidence.safetensors", save({k: np.ascontiguousarray(v) for k, v in arrays.items()})
    )


def _write_trace(folder: RunFolder, phase: str, curves: Mapping[str, np.ndarray]) -> None:
    """Add the curves of a phase to `trace.parquet` (phase, step, quantity, value), in place of older ones."""
    import pyarrow as pa
    from pyarrow import parquet

    path = folder.path / "trace.parquet"
    lines = [r for r in parquet.read_table(path).to_pylist() if r["phase"] != phase] if path.is_file() else []
    for quantity, values in curves.items():
        lines += [
            {"phase": phase, "step": i + 1, "quantity": quantity, "value": float(v)}
            for i, v in enumerate(values)
            if np.isfinite(v)
        ]
    schema = pa.schema(
        [("phase", pa.string()), ("step", pa.int64()), ("quantity", pa.string()), ("value", pa.float64())]
    )
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(lines, schema), sink)
    write_atomic(path, sink.getvalue().to_pybytes())


