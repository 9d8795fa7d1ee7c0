"""The comparison itself: seeds, then one cell for every method, then rows."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qunlearn._errors import require, require_at_least, require_one_of, require_positive
from qunlearn._former_names import current_name
from qunlearn._types import JsonObject
from qunlearn._version import __version__
from qunlearn.data.dataset import Dataset
from qunlearn.methods import METHODS
from qunlearn.records import provenance, write_json
from qunlearn.report.comparison import write_comparison
from qunlearn.run.config import RunConfig, as_config
from qunlearn.run.folder import safe_name
from qunlearn.run.request_spec import RequestSpec, spec_of
from qunlearn.run.setup import load_data_and_model, set_up
from qunlearn.study.cells import cell, claim
from qunlearn.study.compare.comparison_rows import make_rows
from qunlearn.study.compare.grids import grid_of
from qunlearn.study.compare.measure_method import Trial, measure_cell
from qunlearn.study.compare.measures import MEASURES, among_gold, measured
from qunlearn.study.compare.seed_task import SeedTask, make_task
from qunlearn.study.compare.select import rule_of
from qunlearn.train import Progress, silent

ALL = "all"

RETRAINED = 4
"""Models a seed that the row `retrain` is a mean over."""


def compare(
    config: RunConfig | str,
    out: Path | str | None = None,
    *,
    methods: Sequence[str] = (ALL,),
    seeds: int = 20,
    gold: int = 16,
    budget: float = 0.2,
    force: bool = False,
    progress: Progress = silent,
    **settings: Any,
) -> Path:
    """Compare `methods` on the request of `config` at seeds config.seed, config.seed + 1, ...

    Every seed has a split, an original model and `gold` retrained ones of its own. Every setting of a
    method's grid may spend `budget` times the circuits of retraining; one setting a seed is chosen by a rule
    that looks at that seed's validation samples alone, and its test samples are measured. What choosing costs
    is not counted. `config.method` is not used. `out` then holds `comparison.json` (the rows, nearest to gold
    first; every number is a mean over seeds, `NAME_stderr` its standard error), `results.json` (rows,
    settings, rule, grids, versions), and `comparison.md` and `comparison.svg`, the same to read and to look
    at. `config` and `settings` are as for `qunlearn.run`; `out` defaults to
    `runs/compare-DATASET-forget-WHAT`. Finished methods are files in `out/cells`, so that the same command
    goes on where it stopped, and adds methods. Raises `InputError` for what cannot be used; a method that
    refuses the request or the model is a row with its sentence.
    """
    require_at_least("seeds", seeds, 2)
    require_at_least("gold", gold, 2)
    require_positive("budget", budget)
    config = as_config(config, settings)
    require(not config.then, "a comparison is about one request: leave `then` out")
    trials = [
        Trial("retrain", {}, None, RETRAINED),
        *(Trial(method, grid_of(method), budget) for method in listed(methods)),
    ]
    out = Path("runs") / folder_name(config) if out is None else Path(out)
    numbers = [config.seed + i for i in range(seeds)]
    fixed = _settings(config, numbers, gold, budget)
    set_up(replace(config, gold=gold))  # refuses what cannot be used before a folder is made
    claim(out, "a comparison", fixed, force)
    tasks, total = [], len(numbers) + len(trials)
    for seed in numbers:
        progress(f"training and retraining, seed {seed}", len(tasks), total)
        tasks.append(make_task(config, seed, gold, compiled=len(tasks) > 0))
    cells = {}
    for trial in trials:
        progress(f"comparing {trial.method}", len(tasks) + len(cells), total)
        cells[trial.method] = _cell(out, trial, tasks)
    _write(out, {**fixed, **_said(tasks[0], trials)}, make_rows(cells, [_seed(task) for task in tasks]))
    write_comparison(out)
    progress("comparing", total, total)
    return out


def listed(methods: Sequence[str]) -> list[str]:
    """Ids of methods, in the order of the table; `all` stands for every one but retraining, which is always
    there.
    """
    require(methods, f"name at least one method, or {ALL}")
    methods = [current_name(method) for method in methods]
    for method in methods:
        require_one_of("methods", method, (ALL, *METHODS))
    return [m for m in METHODS if m != "retrain" and (ALL in methods or m in methods)]


def folder_name(config: RunConfig) -> str:
    """`compare-DATASET-forget-REQUEST`, from the words of the configuration."""
    task = load_data_and_model(config)
    return f"compare-{_name(task.dataset, spec_of(config, task.dataset))}"


def _name(dataset: Dataset, spec: RequestSpec) -> str:
    return safe_name([dataset.name, "forget", spec.to_file_name()])


def _settings(config: RunConfig, seeds: Sequence[int], gold: int, budget: float) -> JsonObject:
    """What the numbers of a comparison depend on, methods left out."""
    left_out = ("method", "hyper", "seed", "gold", "audit")
    asked = {key: value for key, value in config.to_dict().items() if key not in left_out}
    plain = json.loads(json.dumps(asked))
    return {"config": plain, "seeds": list(seeds), "gold": gold, "budget": budget, "version": __version__}


def _said(task: SeedTask, trials: Sequence[Trial]) -> JsonObject:
    """What a reader must know beside the settings."""
    return {
        "dataset": task.setup.dataset.name,
        "kind": task.problem.kind,
        "name": _name(task.setup.dataset, task.setup.request_spec),
        "request": task.setup.request_spec.describe(task.setup.forget),
        "rule": rule_of(task.problem.kind or "").sentence,
        "grids": {trial.method: trial.to_dict()["grid"] for trial in trials},
        "retrain_circuits": task.retrain_circuits,
    }


def _cell(out: Path, trial: Trial, tasks: Sequence[SeedTask]) -> JsonObject:
    def same(found: JsonObject) -> bool:
        return found["trial"] == trial.to_dict()

    return cell(out / "cells" / f"{trial.method}.json", lambda: measure_cell(trial, tasks), same)


def _seed(task: SeedTask) -> JsonObject:
    """What is known at a seed without any method."""
    original = task.predictions(task.problem.params[None])
    return {
        "original": {metric: measured(original, task.gold, metric)[0] for metric in MEASURES},
        "gold": {metric: among_gold(task.gold, metric) for metric in MEASURES},
        "circuits_over_retrain": task.train_circuits / task.retrain_circuits,
        "seconds": task.seconds,
    }


def _write(out: Path, settings: JsonObject, rows: Sequence[JsonObject]) -> None:
    write_json(out / "comparison.json", rows)
    write_json(out / "results.json", {"settings": settings, "rows": rows, "provenance": provenance()})
