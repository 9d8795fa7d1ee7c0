"""Row pools: the named row sets that a method's steps draw mini-batches from."""

import zlib
from collections.abc import Mapping
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from qunlearn.data.samples import Samples
from qunlearn.train.batches import batch_indices, batch_size

Pool: TypeAlias = dict[str, Any]
Terms: TypeAlias = dict[str, Any]


def labelled(rows: Samples) -> Pool:
    """A pool of inputs `x` and labels `y`."""
    return {"x": jnp.asarray(rows.x), "y": jnp.asarray(rows.y)}


def named_key(key: PRNGKeyArray, name: str) -> PRNGKeyArray:
    """A key of its own for every use."""
    return jax.random.fold_in(key, zlib.crc32(name.encode()))


def draw(pools: Mapping[str, Pool], key: PRNGKeyArray, batch: int, steps: int) -> dict[str, Any]:
    """Row numbers (steps, b) of every mini-batch to come, by pool; `batch` 0 takes all rows.

    With the same key, pools of the same name and size are drawn in the same order.
    """
    sizes = {name: pool_size(pool) for name, pool in pools.items()}
    return {
        name: batch_indices(named_key(key, name), n, batch_size(batch, n), steps) for name, n in sizes.items()
    }


def drawn_sizes(pools: Mapping[str, Pool], batch: int) -> dict[str, int]:
    """How many rows one step takes of every pool."""
    return {name: batch_size(batch, pool_size(pool)) for name, pool in pools.items()}


def rows_at(pools: Mapping[str, Pool], batches: Mapping[str, Any], i: Any) -> dict[str, Pool]:
    """The rows of mini-batch i of every pool."""
    return {
        name: jax.tree.map(lambda a, rows=batches[name][i]: a[rows], pool) for name, pool in pools.items()
    }


def pool_size(pool: Pool) -> int:
    """The number of rows, which is the first axis of every array of a pool."""
    return jax.tree.leaves(pool)[0].shape[0]
