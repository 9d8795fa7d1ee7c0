"""The commands, in the order of their use."""

from typing import Annotated

import typer

from qunlearn import __version__
from qunlearn.cli import compare, inspect, proof, reproduce, run

app = typer.Typer(
    name="qunlearn",
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (run.run, run.train, run.unlearn, run.audit, run.report):
    app.command()(command)
for command in (proof.verify, proof.certify):
    app.command()(command)
app.command("new-key")(proof.new_key)
app.command()(compare.compare)
app.command()(reproduce.reproduce)
app.command("list")(inspect.list_)
app.command()(inspect.draw)
app.command()(inspect.cite)


def _print_version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"qunlearn {__version__}")
        raise typer.Exit
    return wanted


Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
]


@app.callback()
def root(version: Version = False) -> None:
    """Train variational quantum classifiers, unlearn data, measure how close the result is to retraining.

    Start with `qunlearn run iris`.
    """
