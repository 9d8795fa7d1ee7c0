"""The programs of `scripts/`, as modules."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent


def load(script: str) -> ModuleType:
    """`scripts/SCRIPT.py`, run as an import does."""
    spec = importlib.util.spec_from_file_location(script, ROOT / f"scripts/{script}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
