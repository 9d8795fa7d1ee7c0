"""Metrics of predicted labels: the class of largest probability, the lowest among equals."""

import numpy as np
from jaxtyping import Bool, Int

from qunlearn.metrics.estimate import Scores, Undefined, mean_over_samples
from qunlearn.metrics.predictions import Predictions


def confusion(predictions: Predictions) -> Int[np.ndarray, "M K K"]:
    """Counts of samples of each model: rows true class, columns predicted class."""
    models, classes = predictions.n_models, predictions.n_classes
    cell = predictions.y * classes + predictions.predicted
    cell = cell + np.arange(models)[:, None] * classes**2
    return np.bincount(cell.ravel(), minlength=models * classes**2).reshape(models, classes, classes)


def _hits(predictions: Predictions, rows: Bool[np.ndarray, " n"], nobody: str) -> Scores:
    if not rows.any():
        raise Undefined(nobody)
    return mean_over_samples((predictions.predicted == predictions.y)[:, rows].astype(float))


def recall(predictions: Predictions, label: int) -> Scores:
    """Fraction of all samples of class `label` that are predicted as it."""
    return _hits(predictions, predictions.y == label, f"class {label} never occurs")


def forget_recall(predictions: Predictions) -> Scores:
    """Recall of the forgotten class."""
    if predictions.forget_index is None:
        raise Undefined("the request is not a class")
    return recall(predictions, predictions.forget_index)


def accuracy(predictions: Predictions) -> Scores:
    """Fraction of all samples predicted correctly."""
    return _hits(predictions, np.ones(len(predictions.y), dtype=bool), "there are no samples")


def retain_accuracy(predictions: Predictions) -> Scores:
    """Fraction of retained samples predicted correctly."""
    return _hits(predictions, predictions.retain, "there are no retained samples")


def forget_accuracy(predictions: Predictions) -> Scores:
    """Fraction of the request's samples predicted correctly; for a class request this is `forget_recall`."""
    return _hits(predictions, predictions.forget, "no sample belongs to the request")


def f1_retain(predictions: Predictions) -> Scores:
    """Macro F1 of the retained classes on the retained samples.

    The plain mean over retained classes k of 2 TP_k / (2 TP_k + FP_k + FN_k), counted on retained samples
    only. The model may predict any class: a retained sample predicted as the forgotten class is a miss (FN)
    of its own class and a false alarm of none. Equals scikit-learn's `f1_score(labels=retained classes,
    average="macro")` on these samples. Undefined where a retained class has no sample.
    """
    y, predicted = predictions.y[predictions.retain], predictions.predicted[:, predictions.retain]
    values = np.zeros(len(predicted))
    influence = np.zeros(predicted.shape)
    for label in predictions.retained_classes:
        true, claimed = y == label, predicted == label
        if not true.any():
            raise Undefined(f"class {label} never occurs")
        doubled = 2.0 * (true & claimed)
        involved = true.astype(float) + claimed
        total = involved.sum(axis=1, keepdims=True)
        f1 = doubled.sum(axis=1, keepdims=True) / total
        values += f1[:, 0]
        influence += (doubled - f1 * involved) / total
    return Scores(values / len(predictions.retained_classes), influence / len(predictions.retained_classes))
