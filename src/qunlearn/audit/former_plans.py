"""Plans as files spelled them before format 2 of a run folder: read by today's names, hashed by theirs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import cast

from qunlearn._types import JsonObject

PLAN = {"deals": "permutations"}
CRITERION = {"multiple": "sd_multiple", "least": "min_margin", "remembers": "large_means_remembered"}
"""The former name of a key, and today's."""


def with_todays_names(plan: object) -> object:
    """The content of a plan's file with today's names; what is not a plan is left for others to refuse."""
    if not isinstance(plan, Mapping):
        return plan
    named = _renamed(cast(JsonObject, plan), PLAN)
    criteria = named.get("criteria")
    if isinstance(criteria, list | tuple):
        every = cast(Sequence[object], criteria)
        named["criteria"] = [
            _renamed(cast(JsonObject, one), CRITERION) if isinstance(one, Mapping) else one for one in every
        ]
    return named


def former_sha256(plan: JsonObject) -> str:
    """The hash that a plan had in its former spelling; `plan` is its content (`Plan.to_dict`)."""
    spelled = _renamed(plan, _inverse(PLAN))
    spelled["criteria"] = [_renamed(one, _inverse(CRITERION)) for one in plan["criteria"]]
    text = json.dumps(spelled, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _renamed(data: JsonObject, names: Mapping[str, str]) -> dict[str, object]:
    return {names.get(key, key): value for key, value in data.items()}


def _inverse(names: Mapping[str, str]) -> dict[str, str]:
    return {value: key for key, value in names.items()}
