"""What a classifier answers: class probabilities and logits of one parameter vector or of many."""

from functools import partial

import jax
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from qunlearn.model.classifier import Classifier


@partial(jax.jit, static_argnames="model")
def probabilities(
    model: Classifier, params: Float[Array, " P"], x: Float[Array, "n d"]
) -> Float[Array, "n K"]:
    """Class probabilities (n, K) of `model` at `params` (P,) for inputs x (n, d) in radians."""
    return jax.nn.softmax(model.logits(params, x))


@partial(jax.jit, static_argnames="model")
def logits(model: Classifier, params: Float[Array, " P"], x: Float[Array, "n d"]) -> Float[Array, "n K"]:
    """Logits (n, K) of `model` at `params` (P,) for inputs x (n, d) in radians."""
    return model.logits(params, x)


def predict(model: Classifier, params: np.ndarray, x: ArrayLike) -> np.ndarray:
    """Class probabilities as NumPy arrays: (n, K) at `params` (P,), (M, n, K) at those of M models (M, P).

    The models share one compiled function and run one after the other, so that memory does not grow with M.
    """
    if params.ndim == 1:
        return np.asarray(probabilities(model, params, x))
    return np.stack([predict(model, one, x) for one in params])
