"""The learning rate of every loop that takes steps."""

from typing import Any

import jax.numpy as jnp


def half_cosine(learning_rate: Any, i: Any, steps: int) -> Any:
    """The rate of step i of 0..steps-1, from `learning_rate` towards 0; rate and step can be traced."""
    return learning_rate * 0.5 * (1 + jnp.cos(jnp.pi * i / steps))
