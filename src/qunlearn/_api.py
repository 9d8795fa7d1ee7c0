"""The functions that share their name with a package: `qunlearn.run` and `qunlearn.audit`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from qunlearn.audit.of_models import Audit
    from qunlearn.data.requests import Evaluation
    from qunlearn.data.samples import Samples
    from qunlearn.gold import Gold
    from qunlearn.methods.base.problem import Problem, Unlearned
    from qunlearn.run.config import RunConfig
    from qunlearn.train.progress import Progress


def run(
    config: "RunConfig | str",
    *,
    out: "Path | str | None" = None,
    force: bool = False,
    resume: bool = False,
    progress: "Progress | None" = None,
    **settings: Any,
) -> "Path":
    """Do everything that `config` says and return the run folder.

    `config` is a `RunConfig`, or a dataset with `settings`, the keys of a configuration: `run("iris",
    gold=4, training={"steps": 100})`. `out` defaults to `runs/DATASET-forget-WHAT-METHOD-seed-N`. Input is
    checked before anything is written. A folder that already holds a run is refused unless `force` replaces
    it or `resume` finishes it, stage by stage; both leave files alone that a run does not write. Requests
    that follow (`then`) make it a sequence: see `qunlearn.run.sequence`. Raises `InputError` for whatever
    cannot be used.
    """
    from qunlearn.run import pipeline
    from qunlearn.run.config import as_config
    from qunlearn.train.progress import silent

    return pipeline.run(
        as_config(config, settings), out=out, force=force, resume=resume, progress=progress or silent
    )


def audit(
    problem: "Problem", unlearned: "Unlearned | Any", gold: "Gold | Any", test: "Samples | Evaluation"
) -> "Audit":
    """Measure how close `unlearned` is to models retrained without the forgotten data.

    See `qunlearn.audit.of_models.audit`; `audit_models` and `audit_predictions` audit models of any kind.
    """
    from qunlearn.audit import of_models

    return of_models.audit(problem, unlearned, gold, test)
