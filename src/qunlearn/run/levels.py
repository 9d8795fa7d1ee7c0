"""How deep an audit goes, as data: what is measured beside the metrics, and on how many models."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Level:
    """One line of the table.

    `gold`: retrained models where the user says nothing. `deep`: membership attacks and the comparison of
    quantum states. `unlearned`: models trained and unlearned anew from other seeds, for what takes two
    ensembles (ε̂, KLoM, U-LiRA). `references`: models that attackers train on random halves (LiRA, RMIA).
    """

    gold: int
    deep: bool
    unlearned: int
    references: int
    meaning: str


LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        "quick": Level(32, False, 0, 0, "metrics on their null, and the verdict"),
        "standard": Level(64, True, 0, 0, "the same, membership attacks by thresholds, quantum states"),
        "full": Level(512, True, 512, 128, "the same, ε̂, KLoM, U-LiRA, LiRA and RMIA, relearning"),
    }
)
