"""Every function of the package is shape- and type-checked while the tests run (jaxtyping + beartype)."""

import os
from collections.abc import Iterator

import pytest
from jaxtyping import install_import_hook

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line has it; read when NumPy is imported

_hook = install_import_hook("qunlearn", "typechecker.check")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees what the user keeps, or leaves something there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUNLEARN_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield
