"""Rows of `comparison.json` from cells: means over seeds with standard errors, nearest to gold first."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf, sqrt
from statistics import fmean, stdev
from typing import TypeAlias, get_args

from qunlearn._types import JsonObject
from qunlearn.methods import METHODS
from qunlearn.methods.base.claim import Tier
from qunlearn.metrics import METRICS
from qunlearn.metrics.metric import ModelMetric
from qunlearn.study.compare.measures import MEASURES

BASELINES = ("gold_against_gold", "retrain", "original", "do_nothing")
"""Rows that every comparison has: gold models among each other, retrained models apart from them, the
original as trained (with the cost of training it), and the original given back as if it were an answer.
"""

OVER_FLOOR = {
    "kl_over_floor": "kl_gold_mean",
    "kl_full_over_floor": "kl_gold_full_mean",
    "js_forget_over_floor": "js_gold_forget",
}
"""Distances from gold, divided at every seed by that of gold models from each other."""

Values: TypeAlias = Mapping[str, float | None]
Cell: TypeAlias = JsonObject


def make_rows(cells: Mapping[str, Cell], seeds: Sequence[Cell]) -> list[JsonObject]:
    """One row for every baseline and every cell, by `kl_over_floor`; methods that refused come last.

    cells: by method, as `measure_cell` gives them. seeds: for every seed the `values` of `original` and
    `gold`, and the cost of the original.
    """
    golds = [seed["gold"] for seed in seeds]
    found = {
        "gold_against_gold": [{"values": gold, "circuits_over_retrain": 1.0} for gold in golds],
        "original": [{**seed, "values": seed["original"]} for seed in seeds],
        "do_nothing": [
            {"values": seed["original"], "circuits_over_retrain": 0.0, "seconds": 0.0} for seed in seeds
        ],
        **{method: cell["seeds"] for method, cell in cells.items()},
    }
    rows = []
    for method, per_seed in found.items():
        cell = cells.get(method, {})
        row = {"method": method, **_identity(method), "n_seeds": len(per_seed), "reason": cell.get("refused")}
        rows.append({**row, **_choices(per_seed), **summary(map(quantities, per_seed, golds))})
    return sorted(rows, key=lambda row: inf if row["kl_over_floor"] is None else row["kl_over_floor"])


def quantities(found: Cell, gold: Values) -> dict[str, float | None]:
    """All numbers of a row at one seed: measures, gaps to gold, distances over the floor, cost."""
    values: Values = found["values"]
    numbers = {metric: values[metric] for metric in MEASURES}
    for metric in MEASURES:
        if isinstance(METRICS[metric], ModelMetric):
            gap = _both(values[metric], gold[metric], lambda a, b: a - b)
            numbers |= {f"gap_{metric}": gap, f"abs_gap_{metric}": None if gap is None else abs(gap)}
    for name, metric in OVER_FLOOR.items():
        numbers[name] = _both(values[metric], gold[metric], lambda a, b: a / b if b > 0 else None)
    return {
        **numbers,
        "circuits_over_retrain": found["circuits_over_retrain"],
        "seconds": found.get("seconds"),
    }


def summary(per_seed: Iterable[Values]) -> dict[str, float | None]:
    """Every number's mean over seeds, and its standard error as `NAME_stderr`; None if a seed has none."""
    listed = list(per_seed)
    found: dict[str, float | None] = {}
    for name in listed[0] if listed else NUMBERS:
        values = [numbers[name] for numbers in listed]
        known = [value for value in values if value is not None]
        whole = len(known) == len(values) > 0
        found[name] = fmean(known) if whole else None
        found[f"{name}_stderr"] = stdev(known) / sqrt(len(known)) if whole and len(known) > 1 else None
    return found


def _both(a: float | None, b: float | None, function: Callable[[float, float], float | None]) -> float | None:
    return None if a is None or b is None else function(a, b)


_NOTHING: Values = dict.fromkeys(MEASURES)
NUMBERS = tuple(quantities({"values": _NOTHING, "circuits_over_retrain": None}, _NOTHING))
"""The names of a row's numbers."""


def _identity(method: str) -> JsonObject:
    known = METHODS.get(method)
    baseline = {"tier": "exact" if method == "gold_against_gold" else None, "source": None}
    own = {"tier": known.tier, "source": known.source} if known else baseline
    return {"baseline": method in BASELINES, **own}


def _choices(per_seed: Sequence[Cell]) -> JsonObject:
    """The chosen settings, the most frequent first; whether every seed kept the budget; the weakest claim."""
    chosen = Counter(json.dumps(found["hyper"]) for found in per_seed if found.get("hyper"))
    order = list(get_args(Tier))
    claims = [(order.index(found["tier"]), found["claim"]) for found in per_seed if found.get("tier")]
    weakest = max(claims, key=lambda claim: claim[0], default=None)
    return {
        "hyper": [{"setting": json.loads(text), "seeds": n} for text, n in chosen.most_common()],
        "within_budget": all(found.get("within_budget", True) for found in per_seed) if per_seed else None,
        "tier_reached": None if weakest is None else order[weakest[0]],
        "claim": None if weakest is None else weakest[1],
    }
