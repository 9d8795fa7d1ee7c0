"""Keys and a finished run to sign."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from qunlearn.record import new_key
from report import synthetic_run

pytest.importorskip("cryptography")


@pytest.fixture(scope="session")
def signable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with everything that a record names."""
    folder = synthetic_run.build(tmp_path_factory.mktemp("signable") / "run", models=3)
    arrays = load_file(folder / "evidence.safetensors")
    arrays["forget_mask"] = arrays["y_train"] == 2
    save_file(arrays, folder / "evidence.safetensors")
    for name in ("original", "unlearned"):
        save_file({"params": np.asarray(arrays[name])}, folder / f"{name}.safetensors")
    n = len(arrays["y_train"])
    parts = {part: list(range(i * n, (i + 1) * n)) for i, part in enumerate(("train", "val", "test"))}
    (folder / "split.json").write_text(json.dumps({**parts, "holdout": [3 * n, 3 * n + 1]}))
    synthetic_run.seal(folder)
    return folder


@pytest.fixture
def run(signable: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(signable, tmp_path / "run"))


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    new_key(path)
    return path


@pytest.fixture(scope="session")
def public(key: Path) -> Path:
    return Path(f"{key}.pub")
