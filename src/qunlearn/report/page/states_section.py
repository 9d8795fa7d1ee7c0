"""The quantum section of a page, from `quantum.json`: how well states tell the models apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from qunlearn._types import JsonObject
from qunlearn.report.charts.cloud import cloud
from qunlearn.report.charts.lines import Curve, lines
from qunlearn.report.digits import fixed

_HEIGHT = 160
_PARTS = {"forget": "samples of the request", "retain": "retained samples"}


@dataclass(frozen=True)
class Cloud:
    """Models in the plane of their states, on the samples that `title` names."""

    title: str
    share: str
    picture: Markup


@dataclass(frozen=True)
class StatesSection:
    """Sentences, tables of texts (heading cells first) and pictures."""

    helstrom: str
    shots: list[list[str]]
    contraction: list[list[str]]
    holds: bool
    directions: str
    spectrum: Markup
    clouds: tuple[Cloud, ...]


def states(quantum: JsonObject) -> StatesSection:
    """The section's content."""
    return StatesSection(
        helstrom=_helstrom(quantum),
        shots=_shots(quantum["shots"]),
        contraction=[_channel(line) for line in quantum["contraction"]],
        holds=all(line["holds"] for line in quantum["contraction"]),
        directions=_directions(quantum["fisher"]),
        spectrum=_spectrum(quantum["fisher"]),
        clouds=tuple(_cloud(part, found) for part, found in quantum["plane"].items()),
    )


def _cloud(part: str, found: JsonObject) -> Cloud:
    title = _PARTS[part].capitalize()
    points = {model: found[model] for model in ("original", "unlearned", "gold")}
    return Cloud(
        title,
        f"{sum(found['shares']):.0%}",
        cloud(f"fig-plane-{part}", f"Models by their states: {_PARTS[part]}", points),
    )


def _helstrom(quantum: JsonObject) -> str:
    model, gold = (np.asarray(quantum[name]) for name in ("helstrom", "helstrom_gold"))
    worst = int(model.argmax())
    return (
        f"Given one copy of the read-out state, no measurement names the unlearned or a gold model rightly "
        f"more often than {model.mean():.1%} of the time on average ({gold.mean():.1%} between two gold "
        f"models; chance is 50 %). The row that tells most is row {worst}: {model[worst]:.1%}, where gold "
        f"models differ by {gold[worst]:.1%}."
    )


def _shots(lines: Sequence[JsonObject]) -> list[list[str]]:
    present = [part for part in _PARTS if f"unlearned_{part}" in lines[0]]
    head = ["Shots"]
    head += [f"{who}, {_PARTS[part]}" for part in present for who in ("Unlearned", "Gold")]
    body = [
        [f"{line['shots']:,}"]
        + [_between(line[f"{who}_{part}"]) for part in present for who in ("unlearned", "gold")]
        for line in lines
    ]
    return [head, *body]


def _between(bounds: Sequence[float]) -> str:
    """Bounds of a success probability ½ (1 + TV) from bounds of TV."""
    low, high = (0.5 * (1 + bound) for bound in bounds)
    return f"{low:.1%} to {high:.1%}"


def _channel(line: JsonObject) -> list[str]:
    found = "holds on every row" if line["holds"] else f"violated by {line['worst_violation']:.1e}"
    name = f"{line['channel'].replace('_', ' ')}, p = {line['p']:g}"
    return [name, fixed(line["before"], 4), fixed(line["after"], 4), found]


def _directions(fisher: JsonObject) -> str:
    count, flat = len(fisher["eigenvalues"]), fisher["flat_directions"]
    return (
        f"Unlearning moved the parameters by {fisher['distance']:.3g} rad. Of {count} directions {flat} are "
        "flat (less than a thousandth of the largest quantum Fisher information): moves along them leave the "
        f"states as they are. They took {fisher['share_in_flat']:.1%} of the squared distance."
    )


def _spectrum(fisher: JsonObject) -> Markup:
    values, moved = np.array(fisher["eigenvalues"]), np.array(fisher["displacement"])

    def cumulated(shares: np.ndarray) -> list[tuple[float, float]]:
        return [(0.0, 0.0), *((i + 1.0, float(v)) for i, v in enumerate(np.cumsum(shares)))]

    total = values.sum() or 1.0
    curves = [
        Curve("Quantum Fisher information, cumulated share", cumulated(values / total), "gold"),
        Curve("Squared distance moved, cumulated share", cumulated(moved), "unlearned"),
    ]
    return lines("fig-fisher", "Where unlearning moved, most sensitive direction first", curves, _HEIGHT)
