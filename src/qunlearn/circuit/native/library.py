"""The compiled kernel: found, loaded, registered with JAX once, or the reason why it cannot be."""

import ctypes
import os
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import jax

from qunlearn._errors import require

FORWARD, GRADIENT = "qunlearn_forward", "qunlearn_gradient"
_THREADS = "QUNLEARN_THREADS"
_INTERFACE = 2  # what this package and the kernel say to each other; raised in kernel/ffi.cpp with it


def available() -> tuple[bool, str]:
    """Whether the native engine can be used in this process, and if not, why."""
    reason = _load()[1]
    return reason == "", reason


def set_threads(count: int) -> None:
    """Threads of large calls; 0 is all cores. The environment variable QUNLEARN_THREADS does the same.

    Results do not depend on it.
    """
    require(count >= 0, f"`count` must be 0 (all cores) or a number of threads, but is {count}")
    library().qunlearn_set_threads(count)


def threads() -> int:
    """The number of threads that large calls use."""
    return library().qunlearn_threads()


def instruction_set() -> str:
    """The instruction set that the kernel uses on this machine."""
    return ("baseline", "AVX2", "AVX-512")[library().qunlearn_level()]


def library() -> ctypes.CDLL:
    """The loaded library. Raises `InputError` with the reason where there is none."""
    loaded, reason = _load()
    require(loaded is not None, f"the native engine is not available: {reason}; use the `jax` engine")
    assert loaded is not None
    return loaded


@lru_cache(maxsize=1)
def _load() -> tuple[ctypes.CDLL | None, str]:
    path = _find()
    if path is None:
        return None, "it was not built, because no C++ compiler or no XLA headers were found at installation"
    if jax.default_backend() != "cpu":
        return None, f"it runs on the CPU, and JAX uses {jax.default_backend()}"
    try:
        loaded = ctypes.CDLL(str(path))
        if loaded.qunlearn_interface() != _INTERFACE:
            return None, f"the kernel at {path} was built from other sources: install qunlearn again"
        for name in (FORWARD, GRADIENT):
            jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(getattr(loaded, name)), platform="cpu")
    except Exception as error:  # a foreign library may fail in any way; the other engine still works
        return None, f"the kernel at {path} cannot be loaded by this JAX ({jax.__version__}): {error}"
    wanted = os.environ.get(_THREADS, "0")
    require(wanted.isdecimal(), f"{_THREADS} must be a number of threads or 0, but is {wanted!r}")
    loaded.qunlearn_set_threads(int(wanted))
    return loaded, ""


def _find() -> Path | None:
    # An editable installation keeps the built file apart from the sources, where the distribution's other
    # files are.
    folders = [Path(__file__).parent]
    with suppress(PackageNotFoundError):
        folders.append(Path(str(distribution("qunlearn").locate_file("qunlearn/circuit/native"))))
    return next((folder / "_kernel.so" for folder in folders if (folder / "_kernel.so").exists()), None)
