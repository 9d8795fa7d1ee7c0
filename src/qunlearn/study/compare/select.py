"""The rule by which a method's hyper-parameters are chosen: on the seed's validation samples alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int

Probabilities: TypeAlias = Float[np.ndarray, "n K"]
Labels: TypeAlias = Int[np.ndarray, " n"]


@dataclass(frozen=True)
class Rule:
    """`score(p, y, forget_index)` of a model's probabilities on validation samples; the lowest wins, the
    first of equal ones. `sentence` says so in words.
    """

    sentence: str
    score: Callable[[Probabilities, Labels, int | None], tuple[float, ...]]


def cross_entropy(p: Probabilities, y: Labels) -> float:
    """Mean −log p(y), in nats; infinite where p(y) is 0, and infinite for NaN."""
    with np.errstate(divide="ignore"):
        loss = -np.log(p[np.arange(len(y)), y]).mean()
    return float(loss) if np.isfinite(loss) else float("inf")


def _class(p: Probabilities, y: Labels, forget_index: int | None) -> tuple[float, ...]:
    of_class = y == forget_index
    recall = float((p[of_class].argmax(1) == forget_index).mean()) if of_class.any() else 0.0
    return max(0.0, recall - 1 / p.shape[1]), cross_entropy(p[~of_class], y[~of_class])


def _rows(p: Probabilities, y: Labels, forget_index: int | None) -> tuple[float, ...]:
    return (cross_entropy(p, y),)


_LEAST_LOSS = "the lowest cross-entropy on the validation samples"

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "class": Rule(
            f"{_LEAST_LOSS} of retained classes, among the settings that recognise at most 1 in K (the "
            "number of classes) of the validation samples of the forgotten class; where there is none, "
            "the one "
            "that recognises the fewest",
            _class,
        ),
        "feature": Rule(f"{_LEAST_LOSS}, with the feature replaced", _rows),
    }
)

_OTHER = Rule(_LEAST_LOSS, _rows)


def rule_of(kind: str) -> Rule:
    """The rule for a kind of request: its line in `RULES`, or the lowest validation loss."""
    return RULES.get(kind, _OTHER)
