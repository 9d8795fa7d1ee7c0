"""Integer seeds to generators, one independent stream for each purpose."""

from zlib import crc32

import numpy as np

from qunlearn._errors import require


def generator(seed: int, purpose: str) -> np.random.Generator:
    """The generator of `seed` (>= 0) for `purpose`; different purposes are independent of one another."""
    require(seed >= 0, f"`seed` must be a whole number >= 0, but is {seed}")
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(purpose.encode())]))
