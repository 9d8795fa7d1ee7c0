"""`reproduce`: published experiments over many seeds."""

from pathlib import Path
from typing import Annotated

import typer

from qunlearn._errors import require_one_of
from qunlearn.cli.progress_bar import progress_bar

EXPERIMENTS = ("paper", "hqml", "chen-zhang", "dew-p")


def reproduce(
    what: Annotated[str, typer.Argument(help=f"Which experiment: {', '.join(EXPERIMENTS)}.")],
    seeds: Annotated[int, typer.Option("--seeds", help="Number of seeds, from 0.")] = 20,
    gold: Annotated[int, typer.Option("--gold", help="Retrained models per seed.")] = 16,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of the results.", show_default="runs/reproduce-WHAT")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Start anew instead of continuing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Repeat a published experiment over seeds, beside its published figures; goes on where it was
    interrupted.
    """
    require_one_of("experiment", what, EXPERIMENTS)
    place = out or Path(f"runs/reproduce-{what}")
    with progress_bar(quiet) as progress:
        if what == "paper":
            from qunlearn.study.published.seed_paper import reproduce_paper

            reproduce_paper(place, seeds=seeds, gold=gold, force=force, progress=progress)
        else:
            from qunlearn.study.published import PEERS, reproduce_peer

            reproduce_peer(PEERS[what], place, seeds=seeds, gold=gold, force=force, progress=progress)
    typer.echo(f"tables: {place / f'{what}.md'}")
    if what == "paper":
        typer.echo(f"pictures: {place / 'figures'}")
