"""These tests compile much and compute little."""

import pytest

from run_fixtures import finished_run, gold_cache
from toys import light_compilation

__all__ = ["finished_run", "gold_cache"]


@pytest.fixture(scope="module", autouse=True)
def _light():
    with light_compilation():
        yield
