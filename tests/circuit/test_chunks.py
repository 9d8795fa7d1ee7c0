"""Chunks: neither their length nor their filling changes a result."""

import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.circuit import chunks
from qunlearn.circuit.chunks import chunk_length, map_in_chunks, mean_in_chunks

X, Y = np.random.default_rng(0).normal(size=(7, 2)), np.arange(7)


@pytest.mark.parametrize("chunk", [3, *(pytest.param(c, marks=pytest.mark.slow) for c in (1, 7, 20))])
def test_mean_and_map_do_not_depend_on_the_chunk(chunk):
    longest = []

    def each(samples):
        longest.append(len(samples[1]))
        return samples[0] * samples[1][:, None]

    mean = mean_in_chunks(lambda samples, w: (each(samples) * w[:, None]).sum(0), (X, Y), chunk)
    np.testing.assert_allclose(mean, (X * Y[:, None]).mean(0), rtol=1e-14)
    np.testing.assert_array_equal(map_in_chunks(each, (X, Y), chunk), X * Y[:, None])
    assert max(longest) <= chunk


def test_a_chunk_is_as_long_as_its_bytes_allow():
    assert chunk_length(chunks.CHUNK_BYTES // 3) == 3
    assert chunk_length(2 * chunks.CHUNK_BYTES) == 1


def test_filling_never_meets_a_row_that_is_not_there():
    """An inverse of the rows: a filling of zeros would give NaN."""
    mean = mean_in_chunks(lambda x, w: (w / x).sum(), jnp.arange(1.0, 6.0), 3)
    np.testing.assert_allclose(mean, np.mean(1 / np.arange(1, 6)))
