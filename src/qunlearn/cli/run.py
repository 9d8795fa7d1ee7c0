"""`run` and its steps: train, unlearn, audit, report."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from qunlearn._errors import require
from qunlearn.cli.flags import hyper_parameters, merge, with_flags
from qunlearn.cli.progress import progress_bar

DatasetArg = Annotated[
    str | None,
    typer.Argument(help="A dataset (`qunlearn list datasets`) or a CSV or Parquet file.", metavar="DATASET"),
]
FolderArg = Annotated[Path, typer.Argument(help="A run folder.", metavar="FOLDER")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Hyper-parameter of the method: --set beta=3. Repeatable.", rich_help_panel="Unlearning"),
]
Config = Annotated[Path | None, typer.Option("--config", help="TOML file; flags override it.")]
Out = Annotated[Path | None, typer.Option("--out", help="Run folder; a new one under runs/ by default.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
Resume = Annotated[bool, typer.Option("--resume", help="Finish an interrupted run.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar and no table.")]


@with_flags
def run(
    dataset: DatasetArg = None,
    *,
    set_: Set = None,
    config: Config = None,
    out: Out = None,
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    flags: Any = None,
) -> None:
    """Train, unlearn a class, audit against retrained models, report."""
    from qunlearn.pipeline import run as run_all

    chosen = _config(dataset, config, flags, set_)
    with progress_bar(quiet) as progress:
        folder = run_all(chosen, out=out, force=force, resume=resume, progress=progress)
    _show(folder, quiet)


@with_flags
def train(
    dataset: DatasetArg = None,
    *,
    set_: Set = None,
    config: Config = None,
    out: Out = None,
    force: Force = False,
    quiet: Quiet = False,
    flags: Any = None,
) -> None:
    """Train a classifier into a new run folder: the first step of `run`."""
    from qunlearn.audit import stages
    from qunlearn.audit.folder import check_free, claim
    from qunlearn.audit.setup import set_up
    from qunlearn.pipeline import default_out

    setup = set_up(_config(dataset, config, flags, set_))
    path = check_free(out or default_out(setup), force=force)
    folder = claim(path, setup.config, force=force)
    with progress_bar(quiet) as progress:
        stages.train(setup, folder, progress)
    typer.echo(f"trained model: {path}\nnext: qunlearn unlearn {path}")


def unlearn(
    folder: FolderArg,
    forget_class: Annotated[str | None, typer.Option("--forget-class", help="Label of the class to forget.")] = None,
    method: Annotated[str | None, typer.Option("--method", help="Unlearning method.")] = None,
    set_: Set = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Remove a class from the folder's trained model: the second step of `run`."""
    from qunlearn.audit import stages
    from qunlearn.audit.folder import RunFolder, open_folder
    from qunlearn.audit.setup import set_up

    old = open_folder(folder)
    old.require_done("train")
    require(force or not old.done("unlearn"), f"{folder} already holds an unlearned model: add --force to replace it")
    changes = {"forget_class": forget_class, "method": method, "hyper": hyper_parameters(set_ or []) or None}
    if method is not None and method != old.config.method:
        changes["hyper"] = changes["hyper"] or {}
    config = replace(old.config, **{k: v for k, v in changes.items() if v is not None})
    setup = set_up(config)
    now = RunFolder(folder, config)
    now.clear("report", "audit", "unlearn")
    now.write_config()
    with progress_bar(quiet) as progress:
        stages.unlearn(setup, now, progress)
    typer.echo(f"unlearned model: {folder}\nnext: qunlearn audit {folder}")


def audit(
    folder: FolderArg,
    gold: Annotated[int | None, typer.Option("--gold", help="Number of models retrained without the class.")] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Compare the folder's models with retrained ones: the third step of `run`."""
    from qunlearn import report as report_
    from qunlearn.audit import stages
    from qunlearn.audit.folder import RunFolder, open_folder
    from qunlearn.audit.setup import set_up
    from qunlearn.pipeline import command

    old = open_folder(folder)
    old.require_done("unlearn")
    require(force or not old.done("audit"), f"{folder} already holds an audit: add --force to replace it")
    config = replace(old.config, gold=old.config.gold if gold is None else gold)
    setup = set_up(config)
    now = RunFolder(folder, config)
    now.clear("report", "audit")
    now.write_config()
    with progress_bar(quiet) as progress:
        stages.audit(setup, now, progress, command=command(setup, folder))
    if not quiet:
        _print_table(report_.table(folder))
    typer.echo(f"audit: {folder / 'rows.parquet'}\nnext: qunlearn report {folder}")


def report(folder: FolderArg, quiet: Quiet = False) -> None:
    """Write the HTML report of an audited run: the last step of `run`."""
    from qunlearn import report as report_

    report_.write(folder)
    _show(folder, quiet)


def _config(dataset: str | None, file: Path | None, flags: dict[str, Any], pairs: list[str] | None) -> Any:
    from qunlearn.audit.config import from_dict, read_config

    base = read_config(file) if file is not None else {}
    named = base.get("dataset")
    require(
        dataset is not None or named is not None, "say what to run on: a dataset (`qunlearn list datasets`) or a file"
    )
    require(
        dataset is None or named in (None, dataset), f"{file} is about dataset {named}, but the command says {dataset}"
    )
    merged = merge({**base, "dataset": dataset or named}, flags)
    if "method" in flags and flags["method"] != base.get("method"):
        merged.pop("hyper", None)
    given = hyper_parameters(pairs or [])
    if given:
        merged["hyper"] = {**merged.get("hyper", {}), **given}
    return from_dict(merged)


def _show(folder: Path, quiet: bool) -> None:
    from qunlearn import report as report_

    if not quiet:
        _print_table(report_.table(folder))
    typer.echo(f"report: {folder / 'report.html'}")


def _print_table(table: Any) -> None:
    from rich.console import Console

    Console().print(table)
