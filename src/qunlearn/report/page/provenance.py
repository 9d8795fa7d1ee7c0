"""How a run was made and how to repeat it, out of `run.json` and `summary.json`."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from qunlearn._types import JsonObject
from qunlearn.report.words import spell
from qunlearn.results.run_results import RunResults

_SHOWN_APART = ("command", "sha256", "seal")
_ITSELF = "report.html"  # a page cannot hold its own hash


@dataclass(frozen=True)
class Provenance:
    """`command` to repeat the run, tables of name and text by heading, and SHA-256 by file name."""

    command: str
    tables: dict[str, dict[str, str]]
    hashes: dict[str, str]


def provenance(run: RunResults) -> Provenance:
    """Everything that `run.json` records, whatever a later version adds to it."""
    command = run.run.get("command", "")
    record = {key: value for key, value in run.run.items() if key not in _SHOWN_APART}
    return Provenance(
        command=command if isinstance(command, str) else shlex.join(command),
        tables={**tables("Method", run.summary["method"]), **tables("Run", record)},
        hashes={name: str(value) for name, value in sorted(run.run["sha256"].items()) if name != _ITSELF},
    )


def tables(heading: str, content: JsonObject) -> dict[str, dict[str, str]]:
    """`content` as flat tables by heading: its own values first, then a table for each mapping inside it."""
    flat = {str(key): _text(value) for key, value in content.items() if not isinstance(value, Mapping)}
    made = {heading: flat} if flat else {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            made |= tables(spell(str(key)), value)
    return made


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
