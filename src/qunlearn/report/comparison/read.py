"""`results.json` of a comparison."""

import json
from pathlib import Path
from typing import Any

from qunlearn._errors import fail, require
from qunlearn._former_names import under_current_names


def read_comparison(path: Path | str) -> dict[str, Any]:
    """The recorded comparison (`settings`, `rows`, `provenance`); refused where missing or damaged."""
    path = Path(path)
    require(path.is_file(), f"there is no comparison at {path}: make it with `qunlearn compare`")
    try:
        results = json.loads(under_current_names(path.read_text(encoding="utf-8")))
    except ValueError as error:
        fail(f"{path} is damaged ({error}): make it again with `qunlearn compare`")
    whole = isinstance(results, dict) and {"settings", "rows"} <= results.keys()
    require(whole, f"{path} does not hold the results of `qunlearn compare`")
    return results
