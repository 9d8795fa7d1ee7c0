"""The main job in one call, and its four steps: train, unlearn, audit against gold, report."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qunlearn import report as pages
from qunlearn._errors import require
from qunlearn.run import stages
from qunlearn.run.config import RunConfig
from qunlearn.run.folder import RunFolder, check_free, check_same, holds_run, open_run, safe_name
from qunlearn.run.request_spec import with_request
from qunlearn.run.sequence import run_sequence
from qunlearn.run.setup import Setup, set_up
from qunlearn.run.write import seal_report
from qunlearn.train import Progress, silent

STEPS = {"train": stages.train, "unlearn": stages.unlearn, "audit": stages.audit}


def run(
    config: RunConfig,
    *,
    out: Path | str | None = None,
    force: bool = False,
    resume: bool = False,
    progress: Progress = silent,
) -> Path:
    """Every step of `config`, as `qunlearn.run` says."""
    setup, folder = _prepare(config, out, force=force, resume=resume)
    if setup.config.then:
        return run_sequence(setup, folder.path, resume=resume, progress=progress)
    continues = resume and holds_run(folder.path)
    if continues:
        check_same(folder.path, setup.config)
        if folder.done("audit"):
            folder.verify()
    for stage, work in STEPS.items():
        if not (continues and folder.done(stage)):
            work(setup, folder, progress)
    return report(folder.path)


def train(
    config: RunConfig, *, out: Path | str | None = None, force: bool = False, progress: Progress = silent
) -> Path:
    """The first step of `run`: train a classifier into a new run folder."""
    require(not config.then, "`then` lists requests that follow: give it to `qunlearn run`")
    setup, folder = _prepare(config, out, force=force)
    stages.train(setup, folder, progress)
    return folder.path


def unlearn(
    folder: Path | str,
    *,
    method: str | None = None,
    hyper: Mapping[str, Any] | None = None,
    force: bool = False,
    progress: Progress = silent,
    **request: Any,
) -> Path:
    """The second step: take data out of the folder's trained model.

    `request` is one of the keys `forget_...` of a configuration, such as `forget_class="7"`. What is not
    given is as the folder's configuration has it. An unlearned model that is already there is replaced with
    `force` only.
    """
    old = open_run(folder)
    old.require_done("train")
    require(
        force or not old.done("unlearn"), f"{folder} already holds an unlearned model: --force replaces it"
    )
    kept = old.config.hyper if method in (None, old.config.method) else {}
    config = replace(
        with_request(old.config, request),
        method=old.config.method if method is None else method,
        hyper={**kept, **(hyper or {})},
    )
    return _step("unlearn", old, config, progress)


def audit(
    folder: Path | str, *, gold: int | None = None, force: bool = False, progress: Progress = silent
) -> Path:
    """The third step: compare the folder's models with `gold` retrained ones; `force` replaces an older
    audit.
    """
    old = open_run(folder)
    old.require_done("unlearn")
    require(force or not old.done("audit"), f"{folder} already holds an audit: --force replaces it")
    return _step("audit", old, replace(old.config, gold=old.config.gold if gold is None else gold), progress)


def report(folder: Path | str) -> Path:
    """The last step: write `report.html` of an audited run, and its hash into `run.json`."""
    pages.write(folder)
    seal_report(Path(folder))
    return Path(folder)


def default_out(setup: Setup) -> Path:
    """`runs/DATASET-forget-WHAT-METHOD-seed-N`, from the words of the configuration."""
    words = [setup.dataset.name, "forget", setup.request_spec.to_file_name(), setup.config.method]
    words += [f"and-{len(setup.config.then)}-more"] if setup.config.then else []
    words += ["seed", str(setup.config.seed)]
    return Path("runs") / safe_name(words)


def _prepare(
    config: RunConfig, out: Path | str | None, *, force: bool, resume: bool = False
) -> tuple[Setup, RunFolder]:
    """Check everything that can be checked before any work: first the place, then data, model, request
    and method.
    """
    require(
        not config.after,
        "`after` belongs to one step of a sequence: run the whole sequence, from the folder above",
    )
    if out is not None:
        out = check_free(out, force=force, resume=resume)
    setup = set_up(config)
    path = check_free(default_out(setup), force=force, resume=resume) if out is None else Path(out)
    return setup, RunFolder(path, setup.config)


def _step(stage: str, old: RunFolder, config: RunConfig, progress: Progress) -> Path:
    setup = set_up(config)
    STEPS[stage](setup, RunFolder(old.path, setup.config), progress)
    return old.path
