"""Pools: the named sample sets that a method's steps draw mini-batches from."""

import zlib
from collections.abc import Mapping
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Int, PRNGKeyArray

from qunlearn.data.samples import Samples
from qunlearn.model.arrays import AnyArray, Number
from qunlearn.train.batches import batch_indices, batch_size

Pool: TypeAlias = dict[str, Array]
"""Arrays whose first axis are the samples: inputs `x`, and what goes with each: labels `y`, a `target`."""

Pools: TypeAlias = dict[str, Pool]
"""Pools by their names, or a mini-batch of each."""

Terms: TypeAlias = dict[str, Array]
"""Named numbers of one step, or their curves over the steps."""

Draws: TypeAlias = dict[str, Int[Array, "S b"]]
"""Which samples every mini-batch to come takes, by pool."""


def inputs(x: AnyArray, **own: Array) -> Pool:
    """A pool of inputs `x` (n, d) and other arrays that belong to them."""
    return {"x": jnp.asarray(x), **own}


def labelled(samples: Samples, **own: Array) -> Pool:
    """A pool of inputs `x`, labels `y` and other arrays that belong to them."""
    return inputs(samples.x, y=jnp.asarray(samples.y), **own)


def named_key(key: PRNGKeyArray, name: str) -> PRNGKeyArray:
    """A key of its own for every use."""
    return jax.random.fold_in(key, zlib.crc32(name.encode()))


def draw(pools: Mapping[str, Pool], key: PRNGKeyArray, batch: int, steps: int) -> Draws:
    """Numbers (steps, b) of the samples of every mini-batch to come, by pool; `batch` 0 takes all of them.

    With the same key, pools of the same name and size are drawn in the same order.
    """
    sizes = {name: pool_size(pool) for name, pool in pools.items()}
    return {
        name: batch_indices(named_key(key, name), n, batch_size(batch, n), steps) for name, n in sizes.items()
    }


def drawn_sizes(pools: Mapping[str, Pool], batch: int) -> dict[str, int]:
    """How many samples one step takes of every pool."""
    return {name: batch_size(batch, pool_size(pool)) for name, pool in pools.items()}


def batch_at(pools: Pools, batches: Draws, i: Number) -> Pools:
    """Mini-batch i of every pool."""
    return {
        name: jax.tree.map(lambda a, taken=batches[name][i]: a[taken], pool) for name, pool in pools.items()
    }


def pool_size(pool: Pool) -> int:
    """The number of samples, which is the first axis of every array of a pool."""
    return jax.tree.leaves(pool)[0].shape[0]
