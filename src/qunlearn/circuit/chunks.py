"""Functions over many samples in chunks, so that memory does not grow with the number of samples."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

CHUNK_BYTES = 2**26
"""What one chunk's largest array may take; smaller chunks vectorise worse, larger ones leave the caches."""

Tree = TypeVar("Tree")  # an array, or a tree of arrays
OfSamples: TypeAlias = Callable[[Tree], Array]
WeightedSum: TypeAlias = Callable[[Tree, Array], Array]


def chunk_length(bytes_per_sample: int) -> int:
    """Samples in a chunk of at most `CHUNK_BYTES`, at least one."""
    return max(1, CHUNK_BYTES // max(1, bytes_per_sample))


def map_in_chunks(of_samples: OfSamples[Tree], samples: Tree, chunk: int) -> Float[Array, "n ..."]:
    """`of_samples(samples)`, a row for each of n >= 1 samples, from at most `chunk` of them at once.

    `samples` is an array, or a tree of arrays, with the samples as first axis. Chunks have equal lengths, so
    that one is compiled: the last one is filled up with copies of the first sample, whose rows are dropped.
    """
    n = len(jax.tree.leaves(samples)[0])
    parts = jax.lax.map(lambda rows: of_samples(_pick(samples, rows)), _chunks(n, chunk)[0])
    return parts.reshape(-1, *parts.shape[2:])[:n]


def mean_in_chunks(weighted_sum: WeightedSum[Tree], samples: Tree, chunk: int) -> Float[Array, "..."]:
    """The mean over n >= 1 samples, from `weighted_sum(samples, weights)` of at most `chunk` of them at once.

    The copies that fill up the last chunk (see `map_in_chunks`) have weight 0, all others 1.
    """
    first = jax.tree.leaves(samples)[0]
    rows, weights = _chunks(len(first), chunk)

    def part(i: int | Array) -> Array:
        return weighted_sum(_pick(samples, rows[i]), weights[i].astype(first.dtype))

    total = jax.eval_shape(part, 0)
    zero = jnp.zeros(total.shape, total.dtype)
    return jax.lax.fori_loop(0, len(rows), lambda i, sum_: sum_ + part(i), zero) / len(first)


def _chunks(n: int, chunk: int) -> tuple[Array, Array]:
    """Row numbers (chunks, length), and whether each is a row of its own and not filling."""
    count = -(-n // chunk)
    index = jnp.arange(count * -(-n // count)).reshape(count, -1)
    return jnp.where(index < n, index, 0), index < n


def _pick(samples: Tree, rows: Array) -> Tree:
    return jax.tree.map(lambda a: jnp.asarray(a)[rows], samples)
