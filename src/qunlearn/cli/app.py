"""The commands, in the order of their use."""

from typing import Annotated

import typer

from qunlearn import __version__
from qunlearn.cli import inspect, reproduce, run

app = typer.Typer(
    name="qunlearn",
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (run.run, run.train, run.unlearn, run.audit, run.report):
    app.command()(command)
app.command()(reproduce.reproduce)
app.command("list")(inspect.list_)
app.command()(inspect.draw)
app.command()(inspect.cite)


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Train variational quantum classifiers, unlearn a class, and measure how close the result is to
    retraining.

    Start with `qunlearn run iris`.
    """
    if version:
        typer.echo(f"qunlearn {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
