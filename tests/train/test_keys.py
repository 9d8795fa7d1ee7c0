"""What counts as a random key."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.train import as_key
from toys import untyped


@pytest.mark.parametrize("given", [jax.random.key(7), 7, np.int64(7), jax.random.PRNGKey(7)])
def test_all_spellings_of_one_key(given):
    with untyped():
        key = as_key(given)
    assert jax.random.normal(key) == jax.random.normal(jax.random.key(7))
    assert key.shape == ()


@pytest.mark.parametrize(
    "given", [-1, 2**32, 1.5, True, "7", jnp.arange(3), jax.random.split(jax.random.key(0), 2)]
)
def test_refused(given):
    with untyped(), pytest.raises(InputError, match=r"^`key` must be "):
        as_key(given)
