"""Many models in parts that fit the memory, each part side by side and spread over JAX's devices."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

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

    Parts are as large as the budget allows, at least one model for each device; `bytes_of` is asked for
    the whole first.
    """
    devices = len(_devices(n))
    length = _rounded(n, devices)
    while length > devices and (taken := bytes_of(length)) > budget:
        allowed = max(devices, length * budget // taken // devices * devices)
        length = _rounded(-(-n // -(-n // allowed)), devices)
    starts = range(0, n, length)
    return [Part(np.minimum(np.arange(low, low + length), n - 1), min(length, n - low), n) for low in starts]


def spread(models: Any, n: int) -> Any:
    """Arrays of `n` models (first axis) divided over the devices; where there is one device, unchanged."""
    sharding = sharding_of(n)
    return models if sharding is None else jax.device_put(models, sharding)


def sharding_of(n: int) -> NamedSharding | None:
    """How arrays of `n` models are divided over the devices; None for one device."""
    devices = _devices(n)
    return None if len(devices) == 1 else NamedSharding(Mesh(devices, ("models",)), PartitionSpec("models"))


def _devices(n: int) -> np.ndarray:
    """A single model needs one device; more take them all."""
    return np.array(jax.local_devices()[: None if n > 1 else 1])


def _rounded(n: int, devices: int) -> int:
    return -(-n // devices) * devices
