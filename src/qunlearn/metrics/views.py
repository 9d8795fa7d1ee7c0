"""What a comparison with gold looks at: samples, classes, renormalised or not. Each gives (M, n', F)."""

import numpy as np
from jaxtyping import Float

from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.predictions import Predictions


def retained_samples(predictions: Predictions) -> Float[np.ndarray, "M r K"]:
    """Probabilities of all classes on retained samples."""
    return predictions.p[:, predictions.retain]


def forget_samples(predictions: Predictions) -> Float[np.ndarray, "M f K"]:
    """Probabilities of all classes on the request's samples."""
    if not predictions.forget.any():
        raise Undefined("no sample belongs to the request")
    return predictions.p[:, predictions.forget]


def retained_samples_and_classes(predictions: Predictions) -> Float[np.ndarray, "M r R"]:
    """Probabilities of the retained classes on retained samples, divided by their sum.

    Renormalising hides how much probability stays on the forgotten class, so a metric on this view is
    reported beside the same one on `retained_samples`.
    """
    if len(predictions.retained_classes) < 2:
        raise Undefined("only one class is retained, so its renormalised probability is always 1")
    kept = predictions.p[:, predictions.retain][:, :, predictions.retained_classes]
    mass = kept.sum(axis=2, keepdims=True)
    if not mass.all():
        raise Undefined("a model gives probability 0 to every retained class of some sample")
    return kept / mass


def parameters(predictions: Predictions) -> Float[np.ndarray, "M 1 P"]:
    """Parameters of the models, as one sample."""
    if predictions.params is None:
        raise Undefined("no parameters were given")
    return predictions.params[:, None]
