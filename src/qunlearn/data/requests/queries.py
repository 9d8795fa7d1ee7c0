"""Requests that find their rows by a question: a random share, or the rows that a poison scenario marked."""

from dataclasses import dataclass

import numpy as np

from qunlearn._errors import require
from qunlearn.data.dataset import Dataset
from qunlearn.data.prepared import Prepared
from qunlearn.data.randomness import generator
from qunlearn.data.requests.cut import ForgetSplit
from qunlearn.data.requests.request import without_rows


@dataclass(frozen=True)
class ForgetRandom:
    """Forget a random `share` of the training samples, at least one; `seed` decides which."""

    share: float
    seed: int = 0

    def __post_init__(self) -> None:
        require(
            0 < self.share < 1,
            f"the share of rows to forget must be above 0 and below 1, but is {self.share}",
        )

    def resolve(self, data: Dataset | Prepared) -> None:
        """None: any data will do."""

    def apply(self, prepared: Prepared) -> ForgetSplit:
        """Forget them; `InputError` where a class would be left without a training sample."""
        n = len(prepared.y_train)
        drawn = generator(self.seed, "rows to forget").permutation(n)[: max(1, round(self.share * n))]
        return without_rows(prepared, np.isin(np.arange(n), drawn), "instances")


@dataclass(frozen=True)
class ForgetPoisoned:
    """Forget the training samples that were poisoned (`Prepared.marked`)."""

    def resolve(self, data: Dataset | Prepared) -> None:
        """None; `InputError` when no row was poisoned."""
        if isinstance(data, Prepared):
            require(
                data.marked.any(),
                "no training sample is poisoned: choose a scenario with `poison`, such as flip:0.1",
            )

    def apply(self, prepared: Prepared) -> ForgetSplit:
        """Forget them; `InputError` where there are none, or a class would be left without a row."""
        self.resolve(prepared)
        return without_rows(prepared, prepared.marked, "instances")
