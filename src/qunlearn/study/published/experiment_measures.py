"""What the tables of published experiments hold, from class probabilities."""

from types import MappingProxyType

import numpy as np
from jaxtyping import Float, Int

MEASURES = MappingProxyType(
    {
        "retain_accuracy": "accuracy on retained rows",
        "forget_accuracy": "accuracy on forgotten rows",
        "test_accuracy": "accuracy on test rows",
        "kl_test": "KL(model‖retrained) on test rows, nats",
        "agreement_test": "agreement with retrained on test rows",
    }
)
"""In words. Retained and forgotten rows are training rows, with the labels that they were trained with."""

Models = Float[np.ndarray, "M n K"]


def accuracy(p: Models, y: Int[np.ndarray, " n"]) -> float:
    """Mean over models of the share of rows whose likeliest class is y."""
    return float((p.argmax(2) == y).mean())


def against(p: Models, gold: Float[np.ndarray, "G n K"], itself: bool = False) -> dict[str, float]:
    """`kl_test` and `agreement_test`: means over all pairs of a model and a gold model.

    itself: the models are the gold models, and none is compared with itself.
    """
    pairs = [(i, j) for i in range(len(p)) for j in range(len(gold)) if not (itself and i == j)]
    kl = [float((p[i] * (np.log(p[i]) - np.log(gold[j]))).sum(1).mean()) for i, j in pairs]
    same = [float((p[i].argmax(1) == gold[j].argmax(1)).mean()) for i, j in pairs]
    return {"kl_test": float(np.mean(kl)), "agreement_test": float(np.mean(same))}
