"""The learning rate of every loop that takes steps."""

import jax.numpy as jnp
from jax import Array

from qunlearn.model.arrays import Number


def half_cosine(learning_rate: Number, i: Number, steps: int) -> Array:
    """The rate of step i of 0..steps-1, from `learning_rate` towards 0; rate and step can be traced."""
    return learning_rate * 0.5 * (1 + jnp.cos(jnp.pi * i / steps))
