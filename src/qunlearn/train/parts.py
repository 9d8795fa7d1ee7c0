"""Many models in parts that fit the memory, each part side by side."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from qunlearn.train.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class Part:
    """Models number `index` of `total`; the last ones from `own` on are copies that only fill the part up."""

    index: np.ndarray
    own: int
    total: int

    def progress(self, tell: Progress) -> Progress:
        """`tell`, counting models of the whole where a part counts steps: half its steps are half of it."""
        if tell is silent or self.total == 1:
            return tell
        before = int(self.index[0])

        def told(what: str, done: int, total: int) -> None:
            if done > 0 or before == 0:
                tell(what, before + self.own * done // total, self.total)

        return told


def parts(n: int, bytes_of: Callable[[int], int], budget: int) -> list[Part]:
    """`n` >= 1 models in equal parts whose `bytes_of(models)` stays within `budget`.

    Parts are as large as the budget allows, at least one model; `bytes_of` is asked for the whole first.
    """
    length = n
    while length > 1 and (taken := bytes_of(length)) > budget:
        allowed = max(1, length * budget // taken)
        length = -(-n // -(-n // allowed))
    starts = range(0, n, length)
    return [Part(np.minimum(np.arange(low, low + length), n - 1), min(length, n - low), n) for low in starts]
