"""The exact median of more numbers than fit in memory."""

from collections.abc import Callable, Iterable

import numpy as np

DIGIT_BITS = 16


def exact_median(blocks: Callable[[], Iterable[np.ndarray]]) -> float:
    """Median of all numbers of all blocks; `blocks()` starts a new pass over them.

    The numbers are finite and not negative (nor −0.0), so their bit patterns are ordered like themselves.
    """
    count = sum(block.size for block in blocks())
    low = _order_statistic(blocks, (count - 1) // 2)
    return low if count % 2 else (low + _order_statistic(blocks, count // 2)) / 2


def _order_statistic(blocks: Callable[[], Iterable[np.ndarray]], rank: int) -> float:
    """The number with `rank` numbers before it in sorted order: radix selection, four passes of 16 bits."""
    prefix = 0
    for shift in range(64 - DIGIT_BITS, -1, -DIGIT_BITS):
        counts = np.zeros(2**DIGIT_BITS, dtype=np.int64)
        for block in blocks():
            bits = block.ravel().view(np.uint64) >> np.uint64(shift)
            digits = bits ^ np.uint64(prefix << DIGIT_BITS)
            counts += np.bincount(digits[digits < 2**DIGIT_BITS].astype(np.int64), minlength=2**DIGIT_BITS)
        up_to = np.cumsum(counts)
        digit = int(np.searchsorted(up_to, rank, side="right"))
        rank -= int(up_to[digit] - counts[digit])
        prefix = prefix << DIGIT_BITS | digit
    return float(np.uint64(prefix).view(np.float64))
