"""Losses on logits; every one is a mean over samples, in nats."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int

from qunlearn.data.samples import Samples
from qunlearn.model.classifier import Classifier


def cross_entropy(logits: Float[Array, "B K"], labels: Int[Array, " B"]) -> Float[Array, ""]:
    """Mean of -log p(label); labels are class indices 0..K-1. NaN for no samples."""
    log_p = jax.nn.log_softmax(logits)
    return -jnp.mean(jnp.take_along_axis(log_p, labels[:, None], axis=1))


def soft_cross_entropy(
    logits: Float[Array, "B K"], target: Float[Array, "B K"] | Float[Array, " K"]
) -> Float[Array, ""]:
    """Mean of -sum_k target_k log p_k; `target` is one distribution for all samples or one each.

    It differs from mean KL(target || p) only by the entropy of the target, so both have the same gradient.
    """
    return -jnp.mean(jnp.sum(target * jax.nn.log_softmax(logits), axis=-1))


def divergence(logits: Float[Array, "B K"], reference: Float[Array, "B K"]) -> Float[Array, ""]:
    """Mean of KL(softmax(reference) || softmax(logits)); both are logits, so that nothing is divided by 0."""
    log_r, log_p = jax.nn.log_softmax(reference), jax.nn.log_softmax(logits)
    return jnp.mean(jnp.sum(jnp.exp(log_r) * (log_r - log_p), axis=-1))


def loss_on(
    model: Classifier, params: Float[Array, " P"], samples: Samples | Mapping[str, Array]
) -> Float[Array, ""]:
    """The cross-entropy of `model` at `params` on labelled samples, or on a pool of arrays `x` and `y`."""
    x, y = samples if isinstance(samples, Samples) else (samples["x"], samples["y"])
    return cross_entropy(model.logits(params, x), y)
