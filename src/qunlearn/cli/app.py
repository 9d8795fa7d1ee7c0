"""The commands, in the order of their use."""

import typer

from qunlearn import __version__
from qunlearn.cli import inspect, reproduce, run

app = typer.Typer(
    name="qunlearn",
    help="Train variational quantum classifiers, unlearn data, and measure how close the result is to retraining.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)
for command in (run.run, run.train, run.unlearn, run.audit, run.report):
    app.command()(command)
app.command()(reproduce.reproduce)
app.command("list")(inspect.list_)
app.command()(inspect.draw)
app.command()(inspect.cite)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"qunlearn {__version__}")
        raise typer.Exit


@app.callback()
def root(version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version.")) -> None:
    """Train variational quantum classifiers, unlearn data, and measure how close the result is to retraining."""
