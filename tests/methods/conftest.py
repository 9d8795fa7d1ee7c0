"""These tests compile much and compute little."""

import pytest

from toys import light_compilation


@pytest.fixture(scope="module", autouse=True)
def _light():
    with light_compilation():
        yield
