"""`run` and its steps: train, unlearn, audit, report."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qunlearn._errors import fail, require
from qunlearn.cli.audit_predictions import audit_probabilities
from qunlearn.cli.options import merge, with_flags
from qunlearn.cli.progress_bar import progress_bar
from qunlearn.run.flags import parse_hyper

if TYPE_CHECKING:
    from qunlearn.run.config import RunConfig

DatasetArg = Annotated[
    str | None,
    typer.Argument(help="A dataset (`qunlearn list datasets`) or a CSV or Parquet file.", metavar="DATASET"),
]
FolderArg = Annotated[Path, typer.Argument(help="A run folder.", metavar="FOLDER")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Hyper-parameter of the method: --set beta=3. Repeatable.",
        rich_help_panel="Unlearning",
        show_default=False,
    ),
]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="TOML file; flags override it.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Run folder; else a new one under runs/.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace what is there.")]
Resume = Annotated[bool, typer.Option("--resume", help="Finish an interrupted run.")]
AsMarkdown = Annotated[
    bool, typer.Option("--markdown", help="Print it as Markdown instead; nothing is written.")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar and no table.")]


@with_flags()
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
    """Train, unlearn, audit against retrained models, report.

    `qunlearn run iris`, `qunlearn run my.csv --label species --forget-class cat`, `--forget-random 0.02`
    """
    from qunlearn.run import pipeline

    chosen = _config(dataset, config, flags, set_)
    with progress_bar(quiet) as progress:
        folder = pipeline.run(chosen, out=out, force=force, resume=resume, progress=progress)
    _show(folder, quiet)


@with_flags()
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
    from qunlearn.run import pipeline

    chosen = _config(dataset, config, flags, set_)
    with progress_bar(quiet) as progress:
        folder = pipeline.train(chosen, out=out, force=force, progress=progress)
    typer.echo(f"trained model: {folder}\nnext: qunlearn unlearn {folder}")


@with_flags(("Request",))
def unlearn(
    folder: FolderArg,
    *,
    method: Annotated[
        str | None, typer.Option("--method", help="Unlearning method (`qunlearn list methods`).")
    ] = None,
    set_: Set = None,
    force: Force = False,
    quiet: Quiet = False,
    flags: Any = None,
) -> None:
    """Take data out of the folder's trained model: the second step of `run`."""
    from qunlearn.run import pipeline

    hyper = parse_hyper(set_ or [])
    with progress_bar(quiet) as progress:
        pipeline.unlearn(folder, method=method, hyper=hyper, force=force, progress=progress, **flags)
    typer.echo(f"unlearned model: {folder}\nnext: qunlearn audit {folder}")


def audit(
    folder: Annotated[Path | None, typer.Argument(help="A run folder.", metavar="FOLDER")] = None,
    gold: Annotated[
        int | None, typer.Option("--gold", help="Number of models retrained without the data.")
    ] = None,
    probabilities: Annotated[
        Path | None,
        typer.Option(
            "--probabilities",
            metavar="FOLDER",
            help="Audit any models from their class probabilities: .npy files or safetensors.",
        ),
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="With --probabilities: a plan made before.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="With --probabilities: for the results; else beside them."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Compare the folder's models with retrained ones: the third step of `run`.

    `qunlearn audit runs/mine`, `qunlearn audit --probabilities answers/`
    """
    if probabilities is not None:
        alone = folder is None and gold is None
        require(alone, "--probabilities takes no run folder and no --gold: give one or the other")
        return audit_probabilities(probabilities, plan, out, quiet)
    require(plan is None and out is None, "--plan and --out belong to --probabilities")
    if folder is None:
        fail("say what to audit: a run folder, or --probabilities FOLDER")
    from qunlearn.run import pipeline

    with progress_bar(quiet) as progress:
        pipeline.audit(folder, gold=gold, force=force, progress=progress)
    _table(folder, quiet)
    typer.echo(f"audit: {folder / 'rows.parquet'}\nnext: qunlearn report {folder}")


def report(folder: FolderArg, quiet: Quiet = False, markdown: AsMarkdown = False) -> None:
    """Write the HTML report of an audited run: the last step of `run`."""
    from qunlearn import report as pages
    from qunlearn.run.write import seal_report

    if markdown:
        typer.echo(pages.markdown(folder), nl=False)
        return
    pages.write(folder)
    seal_report(folder)
    _show(folder, quiet)


def _config(
    dataset: str | None, file: Path | None, flags: Mapping[str, Any], pairs: list[str] | None
) -> "RunConfig":
    """One configuration from the file, the flags and the dataset that the command names."""
    from qunlearn.run.config import RunConfig, from_dict
    from qunlearn.run.toml import read_toml

    hyper = parse_hyper(pairs or [])
    base = read_toml(file) if file is not None else {}
    named = base.get("dataset")
    require(
        named or dataset, "say what to run on: a dataset (`qunlearn list datasets`), or a CSV or Parquet file"
    )
    require(
        dataset is None or named in (None, dataset),
        f"{file} is about {named}, but the command says {dataset}",
    )
    if any(key.startswith("forget_") for key in flags):
        base = {key: value for key, value in base.items() if not key.startswith("forget_")}
    merged = merge({**base, "dataset": dataset or named}, flags)
    if flags.get("method", base.get("method")) not in (None, base.get("method", RunConfig.method)):
        merged.pop("hyper", None)
    return from_dict(merge(merged, {f"hyper.{name}": value for name, value in hyper.items()}))


def _show(folder: Path, quiet: bool) -> None:
    if (folder / "sequence.md").is_file():
        from rich.console import Console
        from rich.markdown import Markdown

        if not quiet:
            Console().print(Markdown((folder / "sequence.md").read_text(encoding="utf-8")))
        typer.echo(f"steps: {folder / 'step-1'}, ...\ntable: {folder / 'sequence.md'}")
        return
    _table(folder, quiet)
    typer.echo(f"report: {folder / 'report.html'}")


def _table(folder: Path, quiet: bool) -> None:
    if quiet:
        return
    from rich.console import Console

    from qunlearn import report as pages

    Console().print(pages.table(folder))
