"""`results.json` of a comparison."""

import json
from pathlib import Path
from typing import TypeAlias, TypedDict, cast

from qunlearn._errors import fail, require
from qunlearn._former_names import under_current_names
from qunlearn._types import JsonObject

ComparisonRow: TypeAlias = JsonObject
"""A method's line: its id, `reason` for having no numbers, and numbers by the keys of `columns`."""


class ComparisonSettings(TypedDict):
    """What was compared. `kind` is that of the request; `grids` what was tried of each method."""

    dataset: str
    request: str
    kind: str
    name: str
    seeds: list[int]
    gold: int
    budget: float
    rule: str
    grids: dict[str, dict[str, list[object]]]
    version: str


class Comparison(TypedDict):
    """The file; rows are in order of their distance to gold."""

    settings: ComparisonSettings
    rows: list[ComparisonRow]


def read_comparison(path: Path | str) -> Comparison:
    """The recorded comparison (`settings`, `rows`, `provenance`); refused where missing or damaged."""
    path = Path(path)
    require(path.is_file(), f"there is no comparison at {path}: make it with `qunlearn compare`")
    try:
        results = json.loads(under_current_names(path.read_text(encoding="utf-8")))
    except ValueError as error:
        fail(f"{path} is damaged ({error}): make it again with `qunlearn compare`")
    whole = isinstance(results, dict) and {"settings", "rows"} <= results.keys()
    require(whole, f"{path} does not hold the results of `qunlearn compare`")
    return cast(Comparison, results)
