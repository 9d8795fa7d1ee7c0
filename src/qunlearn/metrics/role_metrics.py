"""The metrics of published unlearning tables: accuracies of a model on the rows of each role."""

import numpy as np
from jaxtyping import Bool, Float

from qunlearn.metrics.divergence import js_divergence
from qunlearn.metrics.estimate import Scores, Undefined, mean_over_samples
from qunlearn.metrics.log_odds import log_odds
from qunlearn.metrics.roles import RolePredictions


def _hits(predictions: RolePredictions, rows: Bool[np.ndarray, " n"]) -> Scores:
    return mean_over_samples((predictions.predicted == predictions.y)[:, rows].astype(float))


def ua(predictions: RolePredictions) -> Scores:
    """Unlearning accuracy: the fraction of forget samples that are predicted wrongly, 1 − accuracy."""
    hits = _hits(predictions, predictions.having("forget"))
    return Scores(1 - hits.values, -hits.influence)


def ra(predictions: RolePredictions) -> Scores:
    """Remaining accuracy: the fraction of retain samples predicted correctly."""
    return _hits(predictions, predictions.having("retain"))


def ta(predictions: RolePredictions) -> Scores:
    """Testing accuracy: the fraction of unseen samples predicted correctly, of retained classes only when the
    request is a class."""
    return _hits(predictions, predictions.non_members("retain"))


def mia(predictions: RolePredictions) -> Scores:
    """Membership-inference efficacy: the fraction of forget samples that an attacker takes for non-members.

    The attacker knows the model's confidence in the true label (as log-odds) of retain samples and of unseen
    samples, both without the forgotten class, and calls members whatever lies above the threshold of largest
    balanced accuracy between the two; the lowest of equally good ones. The published codes fit a support
    vector machine to the same number. The standard error takes the threshold as given.
    """
    members, others = predictions.having("retain"), predictions.non_members("retain")
    odds = log_odds(predictions.p, predictions.y)
    forget = odds[:, predictions.having("forget")]
    cut = np.array([_best_cut(row[members], row[others]) for row in odds])
    return mean_over_samples((forget <= cut[:, None]).astype(float))


def _best_cut(members: Float[np.ndarray, " m"], others: Float[np.ndarray, " k"]) -> float:
    """The threshold t of largest P(member > t) + P(other <= t), among all scores and minus infinity."""
    cuts = np.concatenate([[-np.inf], np.unique(np.concatenate([members, others]))])
    above = 1 - np.searchsorted(np.sort(members), cuts, side="right") / len(members)
    below = np.searchsorted(np.sort(others), cuts, side="right") / len(others)
    return float(cuts[np.argmax(above + below)])


def zrf(predictions: RolePredictions) -> Scores:
    """Zero-retrain forgetting: 1 − mean JS(model, untrained model) over forget samples and untrained models.

    With logarithms to base 2 it lies in [0, 1]. Where the model answers like an untrained one it is 1, which
    is not the target: gold models know the other classes and score less.
    """
    if predictions.untrained is None:
        raise Undefined("no predictions by untrained models were given")
    rows = predictions.having("forget")
    apart = js_divergence(predictions.untrained[:, rows], predictions.p[:, rows])
    return mean_over_samples(1 - apart.mean(axis=1))


def accuracies(predictions: RolePredictions) -> Float[np.ndarray, "M 1 3"]:
    """`ua`, `ra` and `ta` of every model, as one sample."""
    return _columns(ua(predictions), ra(predictions), ta(predictions))


def accuracies_and_mia(predictions: RolePredictions) -> Float[np.ndarray, "M 1 4"]:
    """`ua`, `ra`, `ta` and `mia` of every model, as one sample."""
    return _columns(ua(predictions), ra(predictions), ta(predictions), mia(predictions))


def _columns(*scores: Scores) -> np.ndarray:
    return np.stack([score.values for score in scores], axis=1)[:, None]


def tug_of_war(
    gold: Float[np.ndarray, "G 1 C"], model: Float[np.ndarray, "M 1 C"]
) -> Float[np.ndarray, "M G 1"]:
    """The product over accuracies of 1 − |model − gold|: 1 where all agree."""
    return np.prod(1 - np.abs(gold[:, 0] - model), axis=2)[:, :, None]


def average_gap(
    gold: Float[np.ndarray, "G 1 C"], model: Float[np.ndarray, "M 1 C"]
) -> Float[np.ndarray, "M G 1"]:
    """The mean of |model − gold| over the columns."""
    return np.abs(gold[:, 0] - model).mean(axis=2)[:, :, None]
