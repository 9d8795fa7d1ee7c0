"""Random keys, given as a JAX key or as an integer seed."""

import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from qunlearn._errors import require, typed


def as_key(key: PRNGKeyArray | int) -> PRNGKeyArray:
    """`key` as one typed JAX key; an integer seed in 0..2^32-1 stands for `jax.random.key(seed)`.

    The uint32 arrays of `jax.random.PRNGKey` are taken too. Raises `InputError` for anything else.
    """
    if isinstance(key, jax.Array) and key.shape == () and jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        return key
    if isinstance(key, jax.Array) and key.shape == (2,) and key.dtype == jnp.uint32:
        return jax.random.wrap_key_data(key)
    require(
        not isinstance(key, jax.Array), "`key` must be one JAX random key or a seed, but is another array"
    )
    seed = typed("key", key, int)
    require(0 <= seed < 2**32, f"`key` must be a JAX random key or a seed in 0..{2**32 - 1}, but is {seed}")
    return jax.random.key(seed)
