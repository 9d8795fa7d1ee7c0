"""`reproduce`: published experiments over many seeds."""

from pathlib import Path
from typing import Annotated

import typer

from qunlearn._errors import require_one_of
from qunlearn.cli.progress import progress_bar

EXPERIMENTS = ("paper",)


def reproduce(
    what: Annotated[str, typer.Argument(help=f"Which experiment: {', '.join(EXPERIMENTS)}.")],
    seeds: Annotated[int, typer.Option("--seeds", help="Number of seeds, from 0.")] = 20,
    gold: Annotated[int, typer.Option("--gold", help="Retrained models per seed.")] = 16,
    out: Annotated[Path, typer.Option("--out", help="Folder of the results.")] = Path("runs/reproduce-paper"),
    force: Annotated[bool, typer.Option("--force", help="Start anew instead of continuing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Repeat a published experiment over seeds, beside its published figures; goes on where it was
    interrupted.
    """
    require_one_of("experiment", what, EXPERIMENTS)
    from qunlearn.study.reproduce import reproduce_paper

    with progress_bar(quiet) as progress:
        folder = reproduce_paper(out, seeds=seeds, gold=gold, force=force, progress=progress)
    typer.echo(f"tables: {folder / 'paper.md'}\npictures: {folder / 'figures'}")
