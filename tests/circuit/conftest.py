"""What tests of circuits share."""

from collections.abc import Iterator

import jax
import pytest

import qunlearn.circuit.precision  # noqa: F401  # double precision, whichever test comes first


@pytest.fixture
def optimised() -> Iterator[None]:
    """With all of XLA's optimisations, which other tests do without."""
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", before)
