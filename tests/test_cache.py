"""Compiled programs outlive the process, other settings of JAX win, and a bad folder is no error."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from qunlearn._cache import cache_folder, keep_compiled

NAMES = (
    "JAX_COMPILATION_CACHE_DIR",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES",
)


@pytest.fixture
def before_jax(monkeypatch):
    """A process that has not imported JAX and says nothing about caches."""
    monkeypatch.delitem(sys.modules, "jax")
    for name in (*NAMES, "JAX_ENABLE_COMPILATION_CACHE", "QUNLEARN_CACHE_DIR"):
        monkeypatch.setenv(name, "")  # so that whatever is set later is undone
        monkeypatch.delenv(name)
    return monkeypatch


def test_before_jax_is_imported_the_environment_is_set(before_jax, tmp_path):
    folder = keep_compiled(tmp_path)
    assert folder is not None
    assert folder.parent == tmp_path
    assert [os.environ[name] for name in NAMES] == [str(folder), "0", "-1"]


def test_an_imported_jax_is_configured(before_jax, tmp_path):
    config = SimpleNamespace(jax_compilation_cache_dir=None)
    config.update = lambda name, value: setattr(config, name, value)
    before_jax.setitem(sys.modules, "jax", SimpleNamespace(config=config))
    folder = keep_compiled(tmp_path)
    assert config.jax_compilation_cache_dir == str(folder)
    assert config.jax_persistent_cache_min_compile_time_secs == 0
    assert not any(name in os.environ for name in NAMES)
    assert keep_compiled(tmp_path / "other") is None, "what is set stays"


@pytest.mark.parametrize(
    ("name", "value"), [(NAMES[0], "/elsewhere"), ("JAX_ENABLE_COMPILATION_CACHE", "false")]
)
def test_settings_of_jax_win(before_jax, tmp_path, name, value):
    before_jax.setenv(name, value)
    assert keep_compiled(tmp_path) is None
    assert not list(tmp_path.iterdir())
    assert os.environ.get(NAMES[0]) == (value if name == NAMES[0] else None)


def test_a_threshold_that_is_set_stays(before_jax, tmp_path):
    before_jax.setenv(NAMES[1], "2.5")
    assert keep_compiled(tmp_path) is not None
    assert os.environ[NAMES[1]] == "2.5"


def test_a_folder_that_cannot_be_used_is_no_error(before_jax, tmp_path):
    (tmp_path / "file").touch()
    assert keep_compiled(tmp_path / "file") is None
    assert NAMES[0] not in os.environ


def test_the_cache_folder_can_be_moved(before_jax, tmp_path):
    assert cache_folder("gold").parts[-2:] == ("qunlearn", "gold")
    before_jax.setenv("QUNLEARN_CACHE_DIR", str(tmp_path))
    assert cache_folder("gold") == tmp_path / "gold"


TRAIN = """
import sys
from qunlearn.cli import _keep_compiled
_keep_compiled()
import numpy as np, jax
from qunlearn import fit, Samples, Training, VQC
rng = np.random.default_rng(0)
rows = Samples(rng.uniform(0, 3, (8, 2)), np.resize([0, 1], 8))
model = VQC(2, 2, n_qubits=2, uploads=1, repetitions=1, engine=sys.argv[1])
print(fit(model, rows, rows, key=0, training=Training(steps=3)).params.tolist())
"""


@pytest.mark.slow
def test_a_second_process_compiles_nothing_and_finds_the_same_numbers(tmp_path):
    """Native where there is a kernel: its calls are stored by name and found again."""

    def process(cache: str) -> str:
        env = {name: value for name, value in os.environ.items() if name not in NAMES}
        env |= {"QUNLEARN_CACHE_DIR": str(tmp_path / cache), "PYTHONPATH": ""}
        done = subprocess.run(
            [sys.executable, "-c", TRAIN, "auto"], capture_output=True, text=True, env=env, check=True
        )
        assert done.stderr.count("Error") == 0, done.stderr
        return done.stdout

    def files() -> dict[Path, int]:
        return {p: p.stat().st_mtime_ns for p in (tmp_path / "a").rglob("*") if p.is_file()}

    first, made = process("a"), files()
    assert len(made) > 2
    assert (process("a"), files()) == (first, made)
    (tmp_path / "blocked").touch()
    assert process("blocked") == first
