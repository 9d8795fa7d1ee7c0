"""Requests one after the other on one model, each audited against gold without all data removed so far."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from qunlearn import report as pages
from qunlearn._markdown import table as markdown_table
from qunlearn.audit.contrast import contrast
from qunlearn.metrics import METRICS
from qunlearn.model.probabilities import predict
from qunlearn.records import read_rows, write_atomic, write_json
from qunlearn.results.run_results import read_summary
from qunlearn.run import stages
from qunlearn.run.config import RunConfig
from qunlearn.run.folder import RunFolder, check_same, holds_run
from qunlearn.run.request_spec import RequestSpec, spec_of, with_spec
from qunlearn.run.setup import Setup, set_up
from qunlearn.run.write import seal_report
from qunlearn.train import Progress, silent

COLUMNS = ("forget_accuracy", "retain_accuracy", "kl_gold_mean")
"""The metrics of a step's line."""


@dataclass(frozen=True)
class Step:
    """One request of a sequence: its set-up, whose data lack what earlier steps took out, and its folder."""

    number: int
    setup: Setup
    folder: RunFolder


def run_sequence(setup: Setup, path: Path, *, resume: bool = False, progress: Progress = silent) -> Path:
    """Do the request of `setup` and those of its `then`, one after the other, and return `path`.

    Each is a whole run in `step-1`, `step-2`, ...: its original is the model that the step before unlearned
    (at first, the trained one), its gold models are retrained on what is then left. `sequence.json` and
    `sequence.md` sum up, with a look back: are the rows of earlier requests still as unknown to the model as
    to the last gold models?
    """
    root = RunFolder(path, setup.config)
    if resume and holds_run(path):
        check_same(path, setup.config)
    else:
        resume = False
        root.begin("train")
        _clear(root)
    done: list[Step] = []
    for step in _steps(setup.config, path):
        _finish(step, done[-1].folder if done else None, resume, progress)
        done.append(step)
    summary = {
        "dataset": setup.dataset.name,
        "seed": setup.config.seed,
        "method": setup.config.method,
        "steps": [_line(step, done[: step.number - 1]) for step in done],
    }
    write_json(path / "sequence.json", summary)
    write_atomic(path / "sequence.md", table(summary))
    return path


def table(summary: dict[str, Any]) -> str:
    """The lines of `sequence.json` as Markdown: unlearned model / gold ± standard error."""
    measures = [METRICS[id].label for id in COLUMNS]
    head = ["Step", "Forgotten", *measures, "accuracy on rows forgotten earlier", "cost"]
    lines: list[list[str]] = []
    for step in summary["steps"]:
        earlier = [f"{e['what']}: {_against_gold(e['forget_accuracy'])}" for e in step["earlier"]]
        numbers = [_against_gold(step[id]) for id in COLUMNS]
        cost = f"{step['circuits_over_retrain']:.3g}"
        lines.append([str(step["step"]), step["what"], *numbers, "; ".join(earlier) or "–", cost])
    body = markdown_table(head, lines, left=None)
    return (
        f"# {summary['dataset']}: {len(summary['steps'])} requests one after the other · "
        f"{summary['method']}\n\n{body}\n\nEach number: unlearned model / gold models ± standard error, "
        "where gold models are retrained without all data removed so far; for the KL gold against gold. "
        "Cost: circuits of the step's unlearning over those of retraining once.\n"
    )


def _steps(config: RunConfig, path: Path) -> Iterator[Step]:
    """Each step's set-up; `config` spells its requests as the data do."""
    first = spec_of(config, set_up(replace(config, then=())).dataset)
    texts = (first.to_text(), *config.then)
    for i, text in enumerate(texts):
        own = with_spec(replace(config, then=(), after=texts[:i]), RequestSpec.from_text(text))
        setup = set_up(own)
        yield Step(i + 1, setup, RunFolder(path / f"step-{i + 1}", setup.config))


def _clear(root: RunFolder) -> None:
    """Delete what an earlier sequence left in the folder."""
    for name in ("sequence.json", "sequence.md"):
        (root.path / name).unlink(missing_ok=True)
    for folder in filter(holds_run, root.path.glob("step-*")):
        RunFolder(folder, root.config).clear()


def _finish(step: Step, before: RunFolder | None, resume: bool, progress: Progress) -> None:
    """Every stage of a step; with `resume`, those that are missing."""
    setup, folder = step.setup, step.folder
    if resume and holds_run(folder.path):
        check_same(folder.path, setup.config)
    if not (resume and folder.done("train")):
        if before is None:
            stages.train(setup, folder, progress)
        else:
            stages.adopt(setup, folder, before)
    for name, work in (("unlearn", stages.unlearn), ("audit", stages.audit)):
        if not (resume and folder.done(name)):
            work(setup, folder, progress)
    pages.write(folder.path)
    seal_report(folder.path)


def _line(step: Step, earlier: list[Step]) -> dict[str, Any]:
    rows = {(r.model, r.metric): r for r in read_rows(step.folder.path / "rows.parquet")}
    summary = read_summary(step.folder.path)
    cost = {name: summary["cost"][name]["circuits"] for name in ("unlearn", "retrain")}
    return {
        "step": step.number,
        "folder": step.folder.path.name,
        "what": summary["request"]["what"],
        **{
            id: {
                "unlearned": rows["unlearned", id].value,
                "gold": rows["gold_gold", id].value,
                "gold_stderr": rows["gold_gold", id].stderr,
            }
            for id in COLUMNS
        },
        "earlier": [_look_back(step, old) for old in earlier],
        "circuits_over_retrain": cost["unlearn"] / cost["retrain"],
    }


def _look_back(step: Step, old: Step) -> dict[str, Any]:
    """The rows of an earlier request, seen by the models of `step`."""
    from safetensors.numpy import load_file

    arrays = load_file(step.folder.path / "evidence.safetensors")
    params = {name: arrays[name] for name in ("original", "unlearned", "gold")}
    rows, model = old.setup.forget.evaluation, step.setup.model
    p = {name: np.asarray(predict(model, values, rows.x)) for name, values in params.items()}
    found = contrast(p, params, rows, None, "instances", model.logit_range)
    return {
        "step": old.number,
        "what": old.setup.request_spec.describe(old.setup.forget),
        **{
            id: {
                "unlearned": found.unlearned[id].value,
                "gold": found.gold[id].estimate.value,
                "gold_stderr": found.gold[id].estimate.stderr,
            }
            for id in ("forget_accuracy", "tv_gold_forget")
        },
    }


def _against_gold(values: dict[str, float | None]) -> str:
    def text(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    error = "" if values["gold_stderr"] is None else f" ± {values['gold_stderr']:.3f}"
    return f"{text(values['unlearned'])} / {text(values['gold'])}{error}"
