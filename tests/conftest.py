"""What holds for every test: types are checked, programs compile quickly, no test sees another's files."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

from tiny_run import SETTINGS

_hook = install_import_hook("qunlearn", "typechecker.check")
_number = count()


def _environment() -> None:
    """For this process and those that it starts; read when JAX and NumPy are imported."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line has it
    # the tests compile much and compute little
    os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
    if (
        "PYTEST_XDIST_WORKER" not in os.environ
    ):  # a program is compiled once a run of the tests, and then forgotten
        folder = tempfile.mkdtemp(prefix="qunlearn-compiled-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["JAX_COMPILATION_CACHE_DIR"] = folder
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"


_environment()


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test sees what the user keeps, or leaves something there."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("QUNLEARN_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _own_gold_models(_own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees gold models of another."""
    monkeypatch.setenv("QUNLEARN_CACHE_DIR", str(_own_cache / str(next(_number))))


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A finished tiny run; copy it before changing it."""
    import qunlearn as qu

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUNLEARN_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield qu.run("iris", out=tmp_path_factory.mktemp("runs") / "tiny", **SETTINGS)
