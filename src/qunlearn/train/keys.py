"""Random keys, given as a JAX key or as an integer seed."""

import jax
from jaxtyping import PRNGKeyArray

from qunlearn._errors import require, typed


def as_key(key: PRNGKeyArray | int) -> PRNGKeyArray:
    """`key` itself, or `jax.random.key(seed)` for an integer seed in 0..2^32-1."""
    if isinstance(key, jax.Array):
        return key
    seed = typed("key", key, int)
    require(0 <= seed < 2**32, f"`key` must be a JAX random key or a seed in 0..{2**32 - 1}, but is {seed}")
    return jax.random.key(seed)
