"""The inter-class confusion test: after unlearning mislabelled rows, are the two classes still confused?

Samples of classes a and b get each other's label before training (`data.poison`: "flip:0.1:a>b,b>a"), and are
then forgotten (a request for marked rows). What is left of them shows twice: the forgotten samples are still
given their wrong labels (memorisation), and unseen samples of the two classes are still confused (what was
learnt from the wrong labels). arXiv:2201.06640.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from qunlearn._errors import require
from qunlearn.metrics.estimate import Estimate, Scores, mean_over_samples
from qunlearn.metrics.evaluate import NULL_RANGE, Spread


@dataclass(frozen=True)
class Confusion:
    """The share of rows of the two classes that are predicted as the other one: of original, unlearned and
    gold models. `gold` is its spread over gold models, the null."""

    original: Estimate
    unlearned: Estimate
    gold: Spread


def interclass_confusion(
    p: Float[np.ndarray, "M n K"], y: Int[np.ndarray, " n"], classes: tuple[int, int]
) -> Scores:
    """The fraction of rows truly of class a or b that are predicted as the other of the two, for M models.

    y: true labels, those before poisoning. Samples of other classes are left out. Raises `InputError` when
    there is none of either, or a and b are the same or no classes.
    """
    a, b = classes
    k = p.shape[2]
    require(
        a != b and min(a, b) >= 0 and max(a, b) < k, f"`classes` must be two of 0..{k - 1}, but are {classes}"
    )
    rows = (y == a) | (y == b)
    require(rows.any(), f"there is no row of class {a} or {b} to confuse")
    other = np.where(y[rows] == a, b, a)
    return mean_over_samples((p[:, rows].argmax(axis=2) == other).astype(float))


def confusion_test(
    original: Float[np.ndarray, "n K"],
    unlearned: Float[np.ndarray, "n K"],
    gold: Float[np.ndarray, "G n K"],
    y: Int[np.ndarray, " n"],
    classes: tuple[int, int],
) -> Confusion:
    """`interclass_confusion` of all models on the same rows: once on the forgotten samples with their true
    labels, once on unseen samples. G >= 2."""
    require(len(gold) >= 2, f"`gold` must be at least 2 models, but there is {len(gold)}")
    scores = interclass_confusion(np.concatenate([original[None], unlearned[None], gold]), y, classes)
    one, two = (
        Estimate(float(scores.values[m]), scores.stderr(m), scores.n_samples, "samples") for m in (0, 1)
    )
    values = scores.values[2:]
    low, high = np.quantile(values, NULL_RANGE)
    stderr = float(values.std(ddof=1) / np.sqrt(len(values)))
    centre = Estimate(float(values.mean()), stderr, len(values), "models")
    return Confusion(one, two, Spread(centre, float(low), float(high), tuple(values.tolist())))
