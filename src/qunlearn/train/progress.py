"""Progress of long loops, told from outside the compiled code between its pieces."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with (what is being done, steps done, steps in all); first before anything is compiled."""


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def pieces(steps: int, progress: Progress, what: str, count: int = 20) -> Iterator[tuple[int, int]]:
    """Cut `range(steps)` into (low, high) pieces and report after each; one piece when nobody listens."""
    count = 1 if progress is silent else min(count, steps)
    bounds = [steps * i // count for i in range(count + 1)]
    progress(f"{what} (compiling)", 0, steps)
    for low, high in pairwise(bounds):
        yield low, high
        progress(what, high, steps)
