"""A run small enough for tests (three qubits, few steps, three gold models), and what a folder holds."""

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "iris --forget-class 2 --features 3 --qubits 3 --uploads 1 --repetitions 1 --steps 6 --learning-rate 0.3 "
    "--gold 3 --set steps=4 --set beta=3"
)
SETTINGS: dict[str, Any] = {
    "forget_class": "virginica",
    "gold": 3,
    "hyper": {"steps": 4, "beta": 3},
    "data": {"n_features": 3},
    "model": {"n_qubits": 3, "uploads": 1, "repetitions": 1},
    "training": {"steps": 6, "learning_rate": 0.3},
}
"""The same for `qunlearn.run("iris", **SETTINGS)`."""


def invoke(words: str | list[str]) -> int:
    """Run the command line in this process and return its exit code."""
    from qunlearn.cli import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["qunlearn", *(shlex.split(words) if isinstance(words, str) else words)])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below `folder`, with the bytes of files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
