"""Run folders of earlier formats: their files with today's names.

`run.json` says its `format`; before there was one, it is 1. Format 2 keeps the test's word in `verdict` of
`summary.json` and the count of measures within the gold spread in `spread`, which stood in `verdict` too, and
names the keys of a plan otherwise (`qunlearn.audit.former_plans`). Files are never changed by reading them.
"""

from collections.abc import Mapping
from typing import Any

from qunlearn._errors import require
from qunlearn.audit.former_plans import with_todays_names

FORMAT = 2
"""What runs write now."""

_SPREAD, _VERDICT = ("sentence", "checks"), ("decision", "because")


def format_of(run: Mapping[str, Any]) -> int:
    """The format that `run.json` names; `InputError` for one that only a later version can read."""
    number = run.get("format", 1)
    require(
        type(number) is int and 1 <= number <= FORMAT,  # True is an int, too
        f"the run folder has format {number!r}, and this version reads formats 1 to {FORMAT}: install the "
        "version of qunlearn that wrote it (`versions` in its run.json)",
    )
    return number


def todays_summary(summary: dict[str, Any], format: int) -> dict[str, Any]:
    """`summary.json` as a run writes it now."""
    both = summary.get("verdict")
    if format > 1 or not isinstance(both, Mapping):
        return summary
    spoilt = "spread" in summary
    require(not spoilt, "summary.json is of format 2, but run.json says 1: restore them from a copy")
    parts = {
        name: {key: both[key] for key in keys if key in both}
        for name, keys in (("spread", _SPREAD), ("verdict", _VERDICT))
    }
    return {**summary, **parts}


def todays_verdict(verdict: dict[str, Any], format: int) -> dict[str, Any]:
    """`verdict.json` as a run writes it now, but for `plan_sha256`: it is of the plan as it was spelled."""
    if format > 1 or "plan" not in verdict:
        return verdict
    return {**verdict, "plan": with_todays_names(verdict["plan"])}
