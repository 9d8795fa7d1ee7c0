"""`reproduce hqml`, `chen-zhang`, `dew-p`: a published experiment over seeds."""

import json
from dataclasses import asdict
from pathlib import Path

from qunlearn._errors import require_at_least
from qunlearn._types import JsonObject
from qunlearn._version import __version__
from qunlearn.records import provenance, write_atomic, write_json
from qunlearn.study.cells import cell, claim
from qunlearn.study.published.experiment import Experiment, PublishedTask
from qunlearn.study.published.experiment_page import document
from qunlearn.study.published.measure_experiment import measure_cell
from qunlearn.train import Progress, silent


def reproduce_peer(
    experiment: Experiment,
    out: Path | str,
    *,
    seeds: int = 20,
    gold: int = 16,
    force: bool = False,
    progress: Progress = silent,
) -> Path:
    """Run every task of `experiment` for seeds 0 to `seeds` - 1 with `gold` retrained models each.

    Every finished cell (task, seed) is a file in `out/cells`, so the same command goes on where an
    interrupted one stopped. At the end `out` holds `results.json` and the page `ID.md`. Raises `InputError`
    for fewer than two seeds or gold models, and for a folder with something else in it.
    """
    require_at_least("seeds", seeds, 2)
    require_at_least("gold", gold, 2)
    out = Path(out)
    settings = _settings(experiment, seeds, gold)
    claim(out, "a reproduction", settings, force)
    jobs = [(name, seed) for seed in range(seeds) for name in experiment.tasks]
    cells: dict[str, list[JsonObject]] = {name: [] for name in experiment.tasks}
    for done, (name, seed) in enumerate(jobs):
        progress(f"{name}, seed {seed}", done, len(jobs))
        task = experiment.tasks[name]

        def make(task: PublishedTask = task, seed: int = seed) -> JsonObject:
            return measure_cell(task, seed, gold, experiment.budget)

        cells[name].append(cell(out / "cells" / f"{name}-{seed}.json", make))
    progress("tables", len(jobs), len(jobs))
    results = {"settings": settings, "cells": cells, "provenance": provenance()}
    write_json(out / "results.json", results)
    write_atomic(out / f"{experiment.id}.md", document(experiment, cells, settings))
    return out


def _settings(experiment: Experiment, seeds: int, gold: int) -> JsonObject:
    """What the numbers depend on, as JSON gives it back."""
    tasks = {
        name: {"config": task.config.to_dict(), "lines": [asdict(line) for line in task.lines]}
        for name, task in experiment.tasks.items()
    }
    settings = {
        "experiment": experiment.id,
        "seeds": seeds,
        "gold": gold,
        "budget": experiment.budget,
        "version": __version__,
        "tasks": tasks,
    }
    return json.loads(json.dumps(settings))
