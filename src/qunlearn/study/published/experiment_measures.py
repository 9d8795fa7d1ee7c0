"""What the tables of published experiments hold, from class probabilities."""

from collections.abc import Mapping
from functools import partial
from math import inf
from types import MappingProxyType

import numpy as np
from jaxtyping import Float, Int

from qunlearn.metrics import METRICS
from qunlearn.metrics.metric import Metric

Models = Float[np.ndarray, "M n K"]


def accuracy(p: Models, y: Int[np.ndarray, " n"]) -> float:
    """Mean over models of the share of rows whose likeliest class is y."""
    return float((p.argmax(2) == y).mean())


def kl(p: Models, gold: Float[np.ndarray, "G n K"], itself: bool = False) -> float:
    """Mean KL(model‖retrained) over rows and all pairs of a model and a gold model, in nats.

    itself: the models are the gold models, and none is compared with itself.
    """
    found = [(p[i] * (np.log(p[i]) - np.log(gold[j]))).sum(1).mean() for i, j in _pairs(p, gold, itself)]
    return float(np.mean(found))


def agreement(p: Models, gold: Float[np.ndarray, "G n K"], itself: bool = False) -> float:
    """The share of rows on which a model and a gold model predict the same class, mean over pairs as `kl`."""
    found = [(p[i].argmax(1) == gold[j].argmax(1)).mean() for i, j in _pairs(p, gold, itself)]
    return float(np.mean(found))


def against(p: Models, gold: Float[np.ndarray, "G n K"], itself: bool = False) -> dict[str, float]:
    """`kl_test` and `agreement_test`."""
    return {"kl_test": kl(p, gold, itself), "agreement_test": agreement(p, gold, itself)}


def _pairs(p: np.ndarray, gold: np.ndarray, itself: bool) -> list[tuple[int, int]]:
    return [(i, j) for i in range(len(p)) for j in range(len(gold)) if not (itself and i == j)]


_own = partial(Metric, family="published", source="the published tables")

MEASURES: Mapping[str, Metric] = MappingProxyType(
    {
        "retain_accuracy": METRICS["retain_accuracy"],
        "forget_accuracy": METRICS["forget_accuracy"],
        "test_accuracy": _own(
            id="test_accuracy",
            label="accuracy on test samples",
            function=accuracy,
            target="gold",
            unit="fraction",
            range=(0.0, 1.0),
            meaning="test samples predicted correctly",
            compares="model alone",
        ),
        "kl_test": _own(
            id="kl_test",
            label="KL(model‖retrained) on test samples, nats",
            function=kl,
            target="gold-gold",
            unit="nats",
            range=(0.0, inf),
            meaning="mean KL(model‖retrained) on test samples: the direction of the published tables",
        ),
        "agreement_test": _own(
            id="agreement_test",
            label="agreement with retrained on test samples",
            function=agreement,
            target="gold-gold",
            unit="fraction",
            range=(0.0, 1.0),
            meaning="test samples on which model and retrained model predict the same class",
        ),
    }
)
"""Retained and forgotten samples are training samples, with the labels that they were trained with."""
