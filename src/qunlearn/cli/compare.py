"""`compare`: every method on one request, under equal budgets."""

from pathlib import Path
from typing import Annotated, Any

import typer

from qunlearn.cli.options import merge, with_flags
from qunlearn.cli.progress_bar import progress_bar


@with_flags(("Request", "Data", "Model", "Training"))
def compare(
    dataset: Annotated[str, typer.Argument(help="A dataset or a file, as for `run`.", metavar="DATASET")],
    *,
    methods: Annotated[
        str, typer.Option("--methods", help="`all`, or ids (`qunlearn list methods`): finetune,scrub.")
    ] = "all",
    seeds: Annotated[int, typer.Option("--seeds", help="Number of seeds, from --seed on.")] = 20,
    gold: Annotated[int, typer.Option("--gold", help="Retrained models per seed.")] = 16,
    budget: Annotated[
        float, typer.Option("--budget", help="Share of retraining's circuits that a method may spend.")
    ] = 0.2,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the results; else one under runs/.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no table.")] = False,
    flags: Any = None,
) -> None:
    """Compare methods with gold, with retraining and with doing nothing; goes on where it was interrupted.

    `qunlearn compare covertype --methods all --seeds 20`
    """
    from qunlearn.run.config import from_dict
    from qunlearn.study.compare import compare as compare_methods

    config = from_dict(merge({"dataset": dataset}, flags))
    names = [name.strip() for name in methods.split(",") if name.strip()]
    with progress_bar(quiet) as progress:
        folder = compare_methods(
            config,
            out=out,
            methods=names,
            seeds=seeds,
            gold=gold,
            budget=budget,
            force=force,
            progress=progress,
        )
    if not quiet:
        _show(folder)
    typer.echo(f"table: {folder / 'comparison.md'}\npicture: {folder / 'comparison.svg'}")


def _show(folder: Path) -> None:
    from rich.console import Console

    from qunlearn.report.comparison import read_comparison, terminal_table

    Console().print(terminal_table(read_comparison(folder / "results.json")))
