"""Fixtures that several test folders share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tiny_run import SETTINGS


@pytest.fixture(autouse=True)
def gold_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of gold models for each test, so that no test sees models of another or of the user."""
    from qunlearn.run import stages

    cache = tmp_path_factory.mktemp("gold")
    monkeypatch.setattr(stages, "default_cache", lambda: cache)
    return cache


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A finished tiny run; copy it before changing it."""
    import qunlearn as qu
    from qunlearn.run import stages

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "default_cache", lambda: tmp_path_factory.mktemp("gold"))
        yield qu.run("iris", out=tmp_path_factory.mktemp("runs") / "tiny", **SETTINGS)
