"""A study's folder: settings, and finished cells, so that the same command goes on after an interruption."""

import json
from collections.abc import Callable
from pathlib import Path

from qunlearn._errors import require
from qunlearn._types import JsonObject
from qunlearn.records import write_json


def claim(out: Path, what: str, settings: JsonObject, force: bool) -> None:
    """Make `out` the folder of a study with `settings`; `what` ("a reproduction") names it in refusals.

    Refuses a file, a folder with something else in it, and one with other settings unless `force`, which
    removes its cells.
    """
    require(not out.exists() or out.is_dir(), f"{out} is a file: choose another --out")
    marker = out / "settings.json"
    if out.is_dir() and any(out.iterdir()):
        noun = what.partition(" ")[2]
        require(marker.is_file(), f"{out} is not empty and holds no {noun}: choose another --out")
        same = json.loads(marker.read_text(encoding="utf-8")) == settings
        require(
            same or force,
            f"{out} holds {what} with other settings: add --force to replace it, or another --out",
        )
        if force:
            for cell in (out / "cells").glob("*.json"):
                cell.unlink()
    (out / "cells").mkdir(parents=True, exist_ok=True)
    write_json(marker, dict(settings))


def cell(
    path: Path, make: Callable[[], JsonObject], valid: Callable[[JsonObject], bool] | None = None
) -> JsonObject:
    """The recorded cell, or a new one where it is missing, damaged or not `valid`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if valid is None or valid(found):
            return found
    except (OSError, ValueError):
        pass
    made = make()
    write_json(path, made)
    return made
