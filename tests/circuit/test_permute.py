"""Reordering: values, batches, and derivatives of any order and mode."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.circuit.permute import permute

INDEX = np.array([2, 0, 3, 1])
ARRAY = np.random.default_rng(0).normal(size=(4, 3, 4))


@pytest.mark.parametrize("axis", [0, 2, -1])
def test_entries_come_from_the_index(axis):
    expected = np.take(ARRAY, INDEX, axis)
    assert np.array_equal(permute(jnp.asarray(ARRAY), INDEX, axis), expected)
    assert np.array_equal(jax.jit(lambda array: permute(array, INDEX, axis))(ARRAY), expected)


@pytest.mark.parametrize("mapped", [0, 1, 2])
@pytest.mark.parametrize("axis", [0, 1])
def test_vmap_over_any_axis(mapped, axis):
    rows = np.random.default_rng(1).normal(size=(4, 4, 4))
    slices = [np.take(piece, INDEX, axis) for piece in np.moveaxis(rows, mapped, 0)]
    assert np.array_equal(jax.vmap(lambda a: permute(a, INDEX, axis), in_axes=mapped)(rows), slices)


@pytest.mark.slow
def test_derivatives_forwards_backwards_and_twice():
    weights = jnp.arange(1.0, 5.0)

    def cubic(vector):
        return (weights * permute(vector, INDEX) ** 3).sum()

    at = jnp.array([0.3, -1.0, 2.0, 0.7])
    own = weights[np.argsort(INDEX)]
    assert np.allclose(jax.grad(cubic)(at), 3 * own * at**2)
    assert np.allclose(jax.jvp(cubic, (at,), (jnp.eye(4)[1],))[1], 3 * own[1] * at[1] ** 2)
    assert np.allclose(jax.hessian(cubic)(at), np.diag(6 * own * at))
    assert np.allclose(jax.jacrev(jax.jacrev(cubic))(at), np.diag(6 * own * at))
