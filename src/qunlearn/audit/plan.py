"""The plan of an audit: what will be judged, how, and with which seeds; fixed and hashed before any result.

A plan is made from labels and roles alone. Its hash stands in the verdict, so that nobody can choose metrics
or margins after having seen the numbers without the hash telling.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qunlearn._errors import fail, require, require_at_least, require_one_of, require_positive, typed
from qunlearn.attacks.membership import ATTACKS, MEMBERSHIP
from qunlearn.audit.former_plans import with_todays_names
from qunlearn.metrics import METRICS, ROLE_METRICS
from qunlearn.metrics.metric import GoldMetric, Metric, ModelMetric
from qunlearn.metrics.roles import UNSEEN, check_roles, requested_class
from qunlearn.records import parse_json

PARTS: Mapping[str, Mapping[str, Metric]] = {
    "train": METRICS,
    "unseen": METRICS,
    "roles": {**ROLE_METRICS, **MEMBERSHIP},
}
"""Which rows a criterion looks at, and the metrics that can be had there: forget and retain samples, rows
that no model was trained on, or all rows with their roles."""

MIN_MARGIN = {"fraction": 0.02, "probability": 0.01, "bits": 0.005, "nats": 0.005, "AUC": 0.02}
"""The least margin by unit: differences below it matter to nobody, however alike the gold models are."""

SD_MULTIPLE = {"model alone": 4.0, "model with gold": 6.0}
"""The margin in standard deviations of the gold models: one model drawn like them is within 4 of them nearly
always, and a distance between models, whose distribution has a long upper tail, within 6."""

LARGE_MEANS_REMEMBERED = (
    "forget_recall",
    "forget_accuracy",
    "forget_probability_forget",
    *(f"membership_{id}_forget" for id in ATTACKS if f"membership_{id}_forget" in MEMBERSHIP),
)
"""Metrics of which a larger value is what a model shows that still knows the data."""

ALPHA = 0.05


@dataclass(frozen=True)
class Criterion:
    """One metric on one part, and how far from gold is too far.

    The margin is `sd_multiple` standard deviations of the gold models, but not below `min_margin`, in the
    metric's unit. `large_means_remembered`: a larger value is what a model shows that still knows the data;
    a value beyond the margin on the other side is over-forgetting.
    """

    metric: str
    part: str
    sd_multiple: float
    min_margin: float
    large_means_remembered: bool = False

    def __post_init__(self) -> None:
        require_one_of("part", self.part, PARTS)
        require_one_of("metric", self.metric, PARTS[self.part])
        row = self.row
        usable = isinstance(row, ModelMetric | GoldMetric) and not getattr(row, "per_class", False)
        require(
            usable and getattr(row, "statistic", "mean") == "mean" and row.target != "diagnostic",
            f"metric {self.metric} cannot be a criterion: choose one with a single value that is a mean",
        )
        object.__setattr__(self, "sd_multiple", typed("sd_multiple", self.sd_multiple, float))
        object.__setattr__(self, "min_margin", typed("min_margin", self.min_margin, float))
        require_positive("sd_multiple", self.sd_multiple)
        require_positive("min_margin", self.min_margin)

    @property
    def row(self) -> Metric:
        """The metric's line in its table."""
        return PARTS[self.part][self.metric]

    @property
    def id(self) -> str:
        """`metric@part`."""
        return f"{self.metric}@{self.part}"


@dataclass(frozen=True)
class Plan:
    """What an audit of `unlearned` models against `gold` models will judge.

    `alpha` is the level of the tests: of all criteria together for equivalence, and of calling a retrained
    model a failure. `permutations` random exchanges of models, decided by `seed`, test exchangeability where
    there is more than one unlearned model. `seeds` records other seeds of the audit by name. Raises
    `InputError` for values outside their range.
    """

    criteria: tuple[Criterion, ...]
    gold: int
    unlearned: int = 1
    alpha: float = ALPHA
    permutations: int = 999
    seed: int = 0
    seeds: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        require(len(self.criteria) > 0, "a plan must have at least one criterion")
        ids = [criterion.id for criterion in self.criteria]
        require(len(set(ids)) == len(ids), "a plan must have every criterion once")
        for name, low in (("gold", 3), ("unlearned", 1), ("permutations", 99), ("seed", 0)):
            require_at_least(name, typed(name, getattr(self, name), int), low)
        alpha = typed("alpha", self.alpha, float)
        require(0 < alpha < 0.5, f"`alpha` must be in (0, 0.5), but is {alpha}")

    def to_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {**asdict(self), "seeds": dict(self.seeds)}

    def canonical(self) -> str:
        """The plan as JSON without choices: sorted keys, no spaces."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)

    def sha256(self) -> str:
        """Hash of `canonical`."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @classmethod
    def from_dict(cls, data: object) -> "Plan":
        """The inverse of `to_dict`, earlier names of keys included; `InputError` for unknown or missing keys
        and values out of range."""
        plan = _checked(cls, with_todays_names(data), "a plan")
        require(isinstance(plan["criteria"], list | tuple), "`criteria` of a plan must be a list")
        criteria = tuple(Criterion(**_checked(Criterion, one, "a criterion")) for one in plan["criteria"])
        seeds = plan.get("seeds", {})
        require(isinstance(seeds, Mapping), "`seeds` of a plan must be a table of names and whole numbers")
        named = tuple((str(name), typed(f"seeds.{name}", value, int)) for name, value in seeds.items())
        others = {key: value for key, value in plan.items() if key not in ("criteria", "seeds")}
        return cls(criteria=criteria, seeds=named, **others)


def default_plan(
    y: ArrayLike, roles: ArrayLike, *, gold: int, unlearned: int = 1, seeds: Mapping[str, int] | None = None
) -> Plan:
    """The plan for labels (n,) and roles (n,), each criterion only where there are rows for it.

    For a class: is it still recognised, is its probability that of gold, do predictions agree with gold on
    forget, retain and unseen samples, are retained samples still classified, can forgotten and retained
    samples be told from unseen ones. For other requests the same with the accuracy of the forgotten samples.
    Which criteria there are does not depend on any prediction. `seeds` are recorded.
    """
    y, roles = np.asarray(y), check_roles(roles)
    c = requested_class(y, roles)
    unseen = np.isin(roles, UNSEEN)
    kept = unseen if c is None else unseen & (y != c)
    alike = unseen if c is None else unseen & (y == c)
    forgotten = ["forget_accuracy"] if c is None else ["forget_recall", "forget_probability_forget"]
    chosen = [(metric, "train") for metric in forgotten]
    chosen += [(metric, "train") for metric in ("tv_gold_forget", "retain_accuracy", "tv_gold_retain")]
    if kept.any():
        chosen += [("tv_gold_retain", "unseen"), ("membership_confidence_retain", "roles")]
    if alike.any():
        chosen.append(("membership_confidence_forget", "roles"))
    return Plan(tuple(criterion(*one) for one in chosen), gold, unlearned, seeds=tuple((seeds or {}).items()))


def criterion(metric: str, part: str) -> Criterion:
    """A criterion with the usual margin for its metric."""
    require_one_of("part", part, PARTS)
    require_one_of("metric", metric, PARTS[part])
    row = PARTS[part][metric]
    usual = SD_MULTIPLE["model with gold" if isinstance(row, GoldMetric) else "model alone"]
    return Criterion(
        metric,
        part,
        usual,
        MIN_MARGIN.get(row.unit, MIN_MARGIN["fraction"]),
        metric in LARGE_MEANS_REMEMBERED,
    )


def read_plan(text: str) -> Plan:
    """A plan from JSON; `InputError` where it is not one."""
    try:
        data = parse_json(text)
    except ValueError:
        fail("the plan is not JSON: write one with `Plan.canonical()`")
    return Plan.from_dict(data)


def _checked(cls: type, data: Any, what: str) -> dict[str, Any]:
    """`data` with the keys of `cls` and plain values of their types."""
    require(isinstance(data, Mapping), f"{what} must be a table of names and values")
    known = {field.name: field for field in fields(cls)}
    for key in data:
        require_one_of(f"key of {what}", key, known)
    missing = [name for name, field in known.items() if field.default is MISSING and name not in data]
    require(not missing, f"{what} lacks {', '.join(missing)}")
    kinds: dict[str, Any] = {key: known[key].type for key in data}
    return {
        key: typed(key, value, kinds[key]) if kinds[key] in (bool, int, float, str) else value
        for key, value in data.items()
    }
