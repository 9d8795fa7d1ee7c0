"""Mini-batches without replacement, drawn inside compiled code."""

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Int, PRNGKeyArray


def batch_size(requested: int, n: int) -> int:
    """Samples in a batch: `requested`, or all `n` when it is 0 or larger than `n`."""
    return n if requested == 0 else min(requested, n)


def batch_indices(key: PRNGKeyArray, n: int, batch: int, steps: int) -> Int[Array, "S b"]:
    """Row numbers (steps, batch) for 1 <= batch <= n: every epoch is a fresh permutation of the n rows.

    No row comes twice within a batch or within an epoch; an epoch's incomplete last batch is dropped, so that
    every batch has the same size. With batch = n every batch is 0..n-1 in this order.
    """
    if batch == n:
        return jnp.broadcast_to(jnp.arange(n), (steps, n))
    per_epoch = n // batch
    epochs = -(-steps // per_epoch)
    order = jax.vmap(lambda k: jax.random.permutation(k, n))(jax.random.split(key, epochs))
    return order[:, : per_epoch * batch].reshape(epochs * per_epoch, batch)[:steps]
