"""How much memory there is, and how much a compiled program takes."""

import os
from pathlib import Path

import jax

from qunlearn._errors import require_at_least, typed

SHARE = 0.5
"""The part of the available memory that models side by side may take when nothing else is said."""

_UNKNOWN = 4 * 2**30  # where the system does not tell
_LIMITS = {  # of a container: control groups, version 2 and 1
    "/sys/fs/cgroup/memory.max": "/sys/fs/cgroup/memory.current",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "/sys/fs/cgroup/memory/memory.usage_in_bytes",
}


def memory_budget(memory: int | None) -> int:
    """`memory` in bytes, or for None the share `SHARE` of what is available now.

    Raises `InputError` for what is no whole number above zero.
    """
    if memory is None:
        return int(SHARE * available_bytes())
    budget = typed("memory", memory, int)
    require_at_least("memory", budget, 1)
    return budget


def available_bytes() -> int:
    """Free memory of JAX's first device; with a CPU, of the machine or its container."""
    stats = jax.local_devices()[0].memory_stats()
    if jax.default_backend() != "cpu" and stats:
        return stats["bytes_limit"] - stats["bytes_in_use"]
    free = _meminfo()
    for limit, used in _LIMITS.items():
        most, now = _number(limit), _number(used)
        if most is not None and now is not None:
            free = min(free, max(0, most - now))
    return free


def program_bytes(lowered: jax.stages.Lowered) -> int:
    """What a lowered program takes while it runs: arguments, results and working memory.

    The compiler's own account; what the native kernel takes beside it does not grow with the models.
    """
    stats = lowered.compile().memory_analysis()
    if stats is None:  # some backends do not tell
        return 0
    taken = stats.argument_size_in_bytes + stats.output_size_in_bytes - stats.alias_size_in_bytes
    return taken + stats.temp_size_in_bytes


def _meminfo() -> int:
    try:
        words = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
        return next(int(kilobytes) * 1024 for name, kilobytes, *_ in words if name == "MemAvailable:")
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN


def _number(file: str) -> int | None:
    """The number in `file`; None where there is no file or it says "max"."""
    try:
        return int(Path(file).read_text())
    except (OSError, ValueError):
        return None
