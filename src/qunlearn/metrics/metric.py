"""What a row of any table of metrics states: one family of dataclasses, `Metric` and its three kinds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np

from qunlearn.metrics.estimate import Scores

Target: TypeAlias = Literal["gold", "gold-gold", "diagnostic"] | float
Statistic: TypeAlias = Literal["mean", "median", "max"]
Summary: TypeAlias = Literal["mean", "median", "p95"]

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "labels": "Predicted labels",
        "probability": "Probability of the forgotten class",
        "divergence": "Distance from gold, sample by sample",
        "parameters": "Parameters",
        "roles": "Columns of published unlearning tables",
        "ensembles": "Many unlearned models against many gold models",
        "membership": "Membership attacks",
        "relearning": "Relearning",
        "states": "Quantum states",
        "published": "Tables of published experiments",
    }
)
"""The chapters of docs/metrics.md and the order of `qunlearn list metrics`."""

UNDEFINED: Mapping[str, str] = MappingProxyType(
    {
        "class request": "the request is not a class",
        "forgotten samples": "no sample belongs to the request",
        "class occurs": "the class never occurs",
        "every class": "a retained class never occurs",
        "two retained classes": "only one class is retained",
        "retained mass": "a model gives probability 0 to every retained class of some sample",
        "finite": "a model gives probability 0 where a gold model does not",
        "parameters": "no parameters were given",
        "unseen forgotten": "the request is a class of which there is no test or holdout sample",
        "unseen retained": "every test and holdout sample is of the forgotten class",
        "test samples": "there are no test samples",
        "untrained models": "no predictions of untrained models were given",
        "ensembles": "there are fewer than 8 unlearned or 8 gold models",
        "two gold models": "there are fewer than 2 gold models",
        "states": "there are fewer than 3 gold models, or more than 12 qubits",
    }
)
"""What a metric can need, and when it is therefore undefined."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number about a model, with everything a reader needs to judge it.

    `label` is what pages call it, `short` the head of a narrow column (the label, where there is none) and
    `meaning` one line that defines it. `family`, a key of `FAMILIES`, is its place in the docs.

    `target` is where a perfectly unlearned model lies: "gold" the mean over gold models of the same metric,
    "gold-gold" what gold models score against one another, a number, or "diagnostic" for nowhere in
    particular. `range` holds the least and the largest value. No metric has a better end: values beyond the
    target are as far from it as values short of it.

    `needs`, keys of `UNDEFINED`, says when there is no value. `role`: the role of the samples that it looks
    at, where `function` or a view does not choose them. `note`: what else a reader of its page must know.
    """

    id: str
    label: str
    function: Callable[..., object]
    target: Target
    unit: str
    range: tuple[float, float]
    source: str
    meaning: str
    family: str
    short: str = ""
    needs: tuple[str, ...] = ()
    role: str = ""
    note: str = ""
    compares: str = "model with gold"

    @property
    def title(self) -> str:
        """The label with a capital letter, but for symbols: "Recall of …", "p(forgotten) on …"."""
        return self.label[0].upper() + self.label[1:] if self.label[1].islower() else self.label

    @property
    def head(self) -> str:
        """The head of a column."""
        return self.short or self.label


@dataclass(frozen=True, kw_only=True)
class ModelMetric(Metric):
    """Looks at a model alone: `function(predictions) -> Scores`.

    With `per_class`, `function(predictions, label) -> Scores` and one number per class, named `id/label`.
    """

    function: Callable[..., Scores]
    target: Target = "gold"
    per_class: bool = False
    compares: Literal["model alone"] = "model alone"


@dataclass(frozen=True, kw_only=True)
class GoldMetric(Metric):
    """Compares models with gold models: `function(view(gold), view(models))` gives (M, G, n) numbers.

    `statistic` sums them up over all pairs of gold model and sample.
    """

    function: Callable[..., np.ndarray]
    view: Callable[..., np.ndarray]
    statistic: Statistic = "mean"
    target: Target = "gold-gold"
    compares: Literal["model with gold"] = "model with gold"


@dataclass(frozen=True, kw_only=True)
class EnsembleMetric(Metric):
    """Compares two ensembles: `function(scores (N, n), unlearned (B, N))` gives (B, n) numbers for the
    samples of role `role`; `summary` makes one of them all, after `transform`."""

    function: Callable[..., np.ndarray]
    summary: Summary
    transform: Callable[[np.ndarray], np.ndarray] = np.asarray
    role: str = "forget"
    needs: tuple[str, ...] = ("ensembles",)
    compares: Literal["ensembles"] = "ensembles"
