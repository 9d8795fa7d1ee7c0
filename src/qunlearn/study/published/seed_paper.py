"""`reproduce paper`: the seed paper's two tasks over many seeds, beside its published figures."""

import json
from functools import partial
from pathlib import Path

from qunlearn._errors import fail, require, require_at_least
from qunlearn._former_names import under_current_names
from qunlearn._types import JsonObject
from qunlearn._version import __version__
from qunlearn.audit import LEAST_GOLD
from qunlearn.records import provenance, write_atomic, write_json
from qunlearn.run.config import RunConfig
from qunlearn.study.cells import cell, claim
from qunlearn.study.published.seed_paper_cell import LAMBDAS, TARGETS, measure_cell
from qunlearn.study.published.seed_paper_figures import write_figures
from qunlearn.study.published.seed_paper_page import document
from qunlearn.study.published.seed_paper_values import DATASETS
from qunlearn.train import Progress, silent


def reproduce_paper(
    out: Path | str, *, seeds: int = 20, gold: int = 16, force: bool = False, progress: Progress = silent
) -> Path:
    """Run Iris (forget 2) and Covertype 3/5/7 (forget 7) with both targets, for seeds 0 to `seeds` - 1.

    Every finished cell (dataset, seed) is a file in `out/cells`, so the same command goes on where an
    interrupted one stopped. At the end `out` holds `results.json`, `paper.md` and `figures/`. A folder with
    other settings or without a reproduction is refused; `force` replaces its cells.
    """
    require_at_least("seeds", seeds, 2)
    require_at_least("gold", gold, LEAST_GOLD)
    out = Path(out)
    settings = {
        "seeds": seeds,
        "gold": gold,
        "version": __version__,
        "lambdas": list(LAMBDAS),
        "targets": list(TARGETS),
    }
    claim(out, "a reproduction", settings, force)
    jobs = [(dataset, seed) for seed in range(seeds) for dataset in DATASETS]
    cells: dict[str, list[JsonObject]] = {dataset: [] for dataset in DATASETS}
    for done, (dataset, seed) in enumerate(jobs):
        progress(f"{dataset}, seed {seed}", done, len(jobs))
        measure = partial(measure_cell, RunConfig(dataset, seed=seed, gold=gold))
        cells[dataset].append(cell(out / "cells" / f"{dataset}-{seed}.json", measure))
    progress("tables and pictures", len(jobs), len(jobs))
    results = {"settings": settings, "cells": cells, "provenance": provenance()}
    write_json(out / "results.json", results)
    write_pages(results, out)
    return out


def write_pages(results: JsonObject, out: Path) -> None:
    """`paper.md` and `figures/` from recorded results."""
    write_figures(results["cells"], out / "figures")
    write_atomic(out / "paper.md", document(results["cells"], results["settings"]))


def read_results(path: Path | str) -> JsonObject:
    """`results.json` of a reproduction; refused where missing or damaged."""
    path = Path(path)
    require(path.is_file(), f"there are no results at {path}: make them with `qunlearn reproduce paper`")
    try:
        results = json.loads(under_current_names(path.read_text(encoding="utf-8")))
    except ValueError as error:
        fail(f"{path} is damaged ({error}): make it again with `qunlearn reproduce paper`")
    require(
        isinstance(results, dict) and {"settings", "cells"} <= results.keys(),
        f"{path} does not hold the results of `qunlearn reproduce paper`",
    )
    return results
