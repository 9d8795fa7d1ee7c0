"""What there is to choose from, what a circuit looks like, and how to cite."""

from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated, Any

import typer

from qunlearn._errors import require_one_of
from qunlearn.cli.options import merge, with_flags


def list_(
    what: Annotated[str, typer.Argument(help="Which table; without it, the tables there are.")] = "",
) -> None:
    """Print one of the tables: datasets, methods, metrics, gates, ..."""
    if not what:
        typer.echo("\n".join(TABLES))
        return
    require_one_of("table", what, TABLES)
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns, lines = TABLES[what]()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column not in (MEANING, STATE))
    for line in lines:
        table.add_row(*(Text(str(cell)) for cell in line))
    Console().print(table)


@with_flags(("Data", "Model"))
def draw(
    dataset: Annotated[str, typer.Argument(help="Draw the circuit that `run DATASET` trains.")] = "iris",
    *,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save a picture, FILE.svg.")
    ] = None,
    fused: Annotated[
        bool, typer.Option("--fused", help="Print the steps that the fused engine runs.")
    ] = False,
    flags: Any = None,
) -> None:
    """Print the circuit as text, and save a picture of it."""
    from qunlearn.circuit import draw as drawing
    from qunlearn.circuit.fuse import fuse
    from qunlearn.run.config import from_dict
    from qunlearn.run.setup import load_data_and_model

    circuit = load_data_and_model(from_dict(merge({"dataset": dataset}, flags))).model.circuit
    if out is not None:
        drawing.picture(circuit, out)
    width = get_terminal_size().columns
    typer.echo(drawing.fused_text(fuse(circuit)) if fused else drawing.text(circuit, width))
    if out is not None:
        typer.echo(f"picture: {out}")


def cite() -> None:
    """Print what to cite: this software and the method's paper."""
    from importlib.resources import files

    typer.echo(files("qunlearn").joinpath("citation.bib").read_text(encoding="utf-8").strip())


MEANING, STATE = "meaning", "here"
"""The columns that may wrap."""

Lines = tuple[tuple[str, ...], list[tuple[Any, ...]]]


def _meanings(table: Mapping[str, Any]) -> Lines:
    return ("id", MEANING), [(id, row.meaning) for id, row in table.items()]


def _first_line(thing: Any) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def _datasets() -> Lines:
    from qunlearn.data import DATASETS

    lines = [(id, s.description, ",".join(s.defaults.classes), s.licence) for id, s in DATASETS.items()]
    return ("id", MEANING, "classes", "licence"), lines


def _methods() -> Lines:
    from qunlearn.methods import METHODS

    def meaning(m: type[Any]) -> str:
        needs = m.needs()
        return f"{_first_line(m)}\n" + (f"Needs {'; '.join(needs)}.\n" if needs else "") + f"[{m.source}]"

    return ("id", MEANING, "tier"), [(id, meaning(m), m.tier) for id, m in METHODS.items()]


def _metrics() -> Lines:
    from qunlearn.audit.every_metric import EVERY_METRIC
    from qunlearn.metrics import FAMILIES

    lines = [
        (id, f"{m.meaning}\n[{FAMILIES[m.family]}; {m.source}]", m.target, m.unit)
        for id, m in EVERY_METRIC.items()
    ]
    return ("id", MEANING, "target", "unit"), lines


def _gates() -> Lines:
    from qunlearn.circuit.gates import GATES

    words = {0: "-", 1: "two-term", 2: "four-term"}
    lines = [
        (id, g.n_wires, g.n_angles, words.get(n := len(g.frequencies), f"{2 * n}-term"))
        for id, g in GATES.items()
    ]
    return ("id", "wires", "angles", "parameter shift"), lines


def _encodings() -> Lines:
    from qunlearn.model import ENCODINGS

    return _meanings(ENCODINGS)


def _ansatze() -> Lines:
    from qunlearn.model import ANSATZE

    return _meanings(ANSATZE)


def _gradients() -> Lines:
    from qunlearn.circuit.gradients import GRADIENTS

    return ("id", MEANING), [(id, _first_line(g)) for id, g in GRADIENTS.items()]


def _engines() -> Lines:
    from qunlearn.circuit.engines import EXPECTATION_ENGINES

    def state(usable: bool, reason: str) -> str:
        return "available" if usable else f"not available: {reason}"

    lines = [(id, e.meaning, state(*e.available())) for id, e in EXPECTATION_ENGINES.items()]
    return ("id", MEANING, STATE), lines


def _audits() -> Lines:
    from qunlearn.run.levels import LEVELS

    return _meanings(LEVELS)


def _attacks() -> Lines:
    from qunlearn.attacks import ATTACKS

    return _meanings(ATTACKS)


def _targets() -> Lines:
    from qunlearn.methods.base.targets import TARGETS

    return ("id", MEANING), [(id, _first_line(t)) for id, t in TARGETS.items()]


def _poisons() -> Lines:
    from qunlearn.data import POISONS

    return ("id", MEANING), [(id, _first_line(p)) for id, p in POISONS.items()]


def _requests() -> Lines:
    from qunlearn.data import REQUESTS

    return _meanings(REQUESTS)


TABLES: Mapping[str, Callable[[], Lines]] = {
    "datasets": _datasets,
    "requests": _requests,
    "poisons": _poisons,
    "methods": _methods,
    "targets": _targets,
    "metrics": _metrics,
    "gates": _gates,
    "encodings": _encodings,
    "ansatze": _ansatze,
    "gradients": _gradients,
    "engines": _engines,
    "audits": _audits,
    "attacks": _attacks,
}
