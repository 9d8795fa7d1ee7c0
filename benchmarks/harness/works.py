"""What is timed. A work is a few numbers, from which every process makes its own circuit and inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from harness.circuits import Model, hardware_efficient, paper

TRAINING_STEPS, TRAINING_ROWS = 300, 288


@dataclass(frozen=True)
class Work:
    """One thing to compute; `kind` is a row of `KINDS`.

    `batch` samples for each of `models` parameter vectors; `steps` of an iteration; `n_qubits` above 0 is the
    hardware-efficient circuit of that size instead of the paper's.
    """

    kind: str
    batch: int = 10
    models: int = 1
    steps: int = 1
    n_qubits: int = 0

    @property
    def model(self) -> Model:
        """The circuit."""
        return hardware_efficient(self.n_qubits) if self.n_qubits else paper()

    @property
    def units(self) -> int:
        """How much of the one quantity there is that a slow implementation may be given less of."""
        return getattr(self, KINDS[self.kind].divisible) if KINDS[self.kind].divisible else 1

    def with_units(self, units: int) -> "Work":
        """The same work with less of that quantity."""
        return replace(self, **{KINDS[self.kind].divisible: units})


class Kind(NamedTuple):
    """`divisible`: the field in which the time is linear; `tolerance`: of deviations from the reference."""

    meaning: str
    divisible: str
    tolerance: float


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "forward": Kind("logits of a batch", "batch", 1e-9),
        "gradient": Kind("gradient of the mean cross-entropy", "batch", 1e-9),
        "shift": Kind("the same gradient by the parameter-shift rule", "batch", 1e-9),
        "models": Kind("gradients of many models, each on its own batch", "models", 1e-9),
        "train": Kind("Adam with a cosine schedule on mini-batches of 10", "steps", 1e-6),
        "scaling": Kind(
            "gradient of <Z> of the last qubit, one sample, hardware-efficient circuit", "", 1e-9
        ),
        "descent": Kind("gradient steps inside one compiled loop, one thread", "steps", 1e-8),
        "gold": Kind("gold models retrained on Covertype, 300 iterations each", "models", np.inf),
    }
)


def inputs(work: Work) -> dict[str, np.ndarray]:
    """The arrays of a work, in the order in which its computation takes them.

    Parameters and features in radians; the same numbers in every process.
    """
    rng, model = np.random.default_rng(2601), work.model
    if work.kind == "train":
        return _training(rng, model, work)
    lead = (work.models,) if work.kind == "models" else ()
    params = rng.uniform(-np.pi, np.pi, (*lead, model.n_params))
    x = rng.uniform(0, np.pi, (*lead, work.batch, model.n_features))
    if work.kind in ("forward", "scaling"):
        return {"params": params, "x": x}
    return {"params": params, "x": x, "y": rng.integers(0, 3, (*lead, work.batch))}


def _training(rng: np.random.Generator, model: Model, work: Work) -> dict[str, np.ndarray]:
    x = rng.uniform(0, np.pi, (TRAINING_ROWS, model.n_features))
    orders = [rng.permutation(TRAINING_ROWS) for _ in range(TRAINING_STEPS)]
    return {
        "params": 0.1 * rng.normal(size=model.n_params),
        "x": x,
        "y": np.digitize(x.sum(axis=1), np.quantile(x.sum(axis=1), [1 / 3, 2 / 3])),
        "batches": np.stack(orders)[: work.steps, : work.batch],
        "rates": 0.05 * (1 + np.cos(np.pi * np.arange(TRAINING_STEPS) / TRAINING_STEPS))[: work.steps],
    }
