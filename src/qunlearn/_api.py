"""The functions that share their name with a package: `qunlearn.run` and `qunlearn.audit`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from qunlearn.audit.of_models import Ensemble, Params
    from qunlearn.audit.of_predictions import PlanOrFile
    from qunlearn.audit.result import Audit
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
    """Do everything that a configuration says: train, unlearn, audit against gold, report.

    Input is checked before anything is written. Requests that follow (`then` in the configuration) make the
    run a sequence, one step after the other in `step-1`, `step-2`, ... of its folder.

    Args:
        config: a `RunConfig`, or the name or file of a dataset with `settings`.
        out: the run folder; by default `runs/DATASET-forget-WHAT-METHOD-seed-N`.
        force: replace a run that is in the folder already. Files that a run does not write are left alone.
        resume: finish the run that is in the folder, stage by stage, with the same configuration.
        progress: called as `progress(what, done, total)`; silent by default.
        **settings: the keys of a configuration (`RunConfig`); tables are dictionaries.

    Returns:
        The run folder. `report.html` in it is the page to read, `summary.json` the numbers.

    Raises:
        InputError: for whatever cannot be used: an unknown key or value, data that do not fit the model or
            the request, a folder that holds something else.

    Example:
        >>> import qunlearn as qu
        >>> folder = qu.run("iris", forget_class="virginica", gold=32, training={"steps": 100})
    """
    from qunlearn.run import pipeline
    from qunlearn.run.config import as_config
    from qunlearn.train.progress import silent

    return pipeline.run(
        as_config(config, settings), out=out, force=force, resume=resume, progress=progress or silent
    )


def audit(
    problem: "Problem",
    unlearned: "Unlearned | Params",
    gold: "Gold | Ensemble",
    test: "Samples | Evaluation",
    plan: "PlanOrFile | None" = None,
) -> "Audit":
    """Judge how close an unlearned model is to models retrained without the forgotten data.

    The verdict looks at the problem's forget and retain samples and at `test`, which no model was trained
    on, by a plan made before any prediction. Beside it, every metric of `METRICS` is computed on the test
    samples for the original, the unlearned and, as the reference distribution, each gold model against the
    others: that is the table which the result prints. For models of any other kind see `audit_models` and
    `audit_predictions`.

    Args:
        problem: the trained model, and the samples to forget and to retain.
        unlearned: what a method returned, or parameters (P,).
        gold: what `gold_ensemble` returned, or parameters (G, P) with G >= 3. A verdict other than
            INCONCLUSIVE needs 19 models at the default level.
        test: labelled samples, x (n, d) in radians and y (n,) class indices. To forget a class, those of the
            class count as the request's; otherwise the problem's forget samples are added to the table, with
            the labels that they have there. An `Evaluation` marks itself which samples are the request's
            (`ForgetSplit.evaluation`: poisoned samples with their true labels).
        plan: a `Plan` or its file; by default `default_plan` of these labels and roles.

    Returns:
        An `Audit`: `verdict`, `plan`, `rows` of every metric, `risks` of every sample; it prints the table
        and the verdict's sentence.

    Raises:
        InputError: where the test samples hold nothing of the request or nothing else, for parameters of
            another model, for fewer than 3 gold models, and for a plan of other numbers of models.

    Example:
        >>> unlearned = qu.unlearn("distribution_guided", problem, key=1)  # doctest: +SKIP
        >>> gold = qu.gold_ensemble(problem, size=32, key=2)  # doctest: +SKIP
        >>> found = qu.audit(problem, unlearned, gold, rows.test)  # doctest: +SKIP
        >>> found.verdict.verdict  # doctest: +SKIP
        'PASS'
    """
    from qunlearn.audit import of_models

    return of_models.audit(problem, unlearned, gold, test, plan)
