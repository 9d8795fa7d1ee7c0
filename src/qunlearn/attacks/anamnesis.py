"""How many steps models need to relearn, and what that says: the anamnesis index. Needs no JAX.

`relearning` does the fine-tuning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from types import MappingProxyType

import numpy as np
from jaxtyping import Float, Int

from qunlearn._errors import require
from qunlearn.metrics.estimate import Estimate
from qunlearn.metrics.evaluate import NULL_RANGE, Spread
from qunlearn.metrics.metric import Metric

ON = {
    "forget": "fine-tuning on the forget samples themselves",
    "retain": "fine-tuning on retained samples only: what comes back was never gone",
}


@dataclass(frozen=True, eq=False)
class Relearning:
    """How M models relearn. `accuracy` (M, steps + 1): on the forget samples, before and after every step.

    `steps` (M,): the first step at which it is at least `wanted`, 0 where it was from the start; where it
    never is, `most` + 1, and `reached` (M,) is False.
    """

    accuracy: Float[np.ndarray, "M S"]
    wanted: float
    steps: Int[np.ndarray, " M"]

    @property
    def most(self) -> int:
        """The number of steps that were tried."""
        return self.accuracy.shape[1] - 1

    @property
    def reached(self) -> np.ndarray:
        """Where the wanted accuracy was reached."""
        return self.steps <= self.most


def reached(accuracy: Float[np.ndarray, "M S"], wanted: float) -> Relearning:
    """When curves of accuracy first are at least `wanted`, to within rounding."""
    above = accuracy >= wanted - 1e-9
    first = np.where(above.any(axis=1), above.argmax(axis=1), accuracy.shape[1])
    return Relearning(accuracy, wanted, first)


def anamnesis_index(unlearned: Relearning, gold: Relearning) -> tuple[Estimate, Spread]:
    """Anamnesis index (`ain`): (mean steps of unlearned + 1) / (mean steps of gold + 1), target 1.

    Below 1 the models relearn faster than retrained ones: traces are left. Above 1 they resist. The 1 on
    both sides, ours, keeps it finite where a model needs no step; a model that does not get there counts as
    one step more than were tried. The spread is that of each gold model against the others. arXiv:2201.05629.
    """
    own, others = unlearned.steps + 1.0, gold.steps + 1.0
    require(len(others) >= 2, f"`ain` needs at least 2 gold models, but there is {len(others)}")
    value = own.mean() / others.mean()
    left = (others.sum() - others) / (len(others) - 1)
    null = others / left
    deleted = own.mean() / left
    n = len(others)
    stderr = float(np.sqrt((n - 1) * np.var(deleted)))
    low, high = np.quantile(null, NULL_RANGE)
    centre = Estimate(float(null.mean()), float(null.std(ddof=1) / np.sqrt(n)), n, "models")
    spread = Spread(centre, float(low), float(high), tuple(null.tolist()))
    return Estimate(float(value), stderr, n, "models"), spread


_ROWS = {"forget": "forgotten samples", "retain": "retained samples"}

RELEARNING: Mapping[str, Metric] = MappingProxyType(
    {
        f"ain_{on}": Metric(
            id=f"ain_{on}",
            label=f"relearning from {_ROWS[on]} (AIN)",
            function=anamnesis_index,
            family="relearning",
            role=on,
            target=1,
            unit="ratio",
            range=(0.0, inf),
            source="arXiv:2201.05629",
            meaning=f"steps until the request is known again over those of gold models, by {words}",
            needs=("two gold models",),
        )
        for on, words in ON.items()
    }
)
