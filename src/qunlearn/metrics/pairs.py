"""Many models against many gold models, in blocks of models so that memory stays bounded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.metric import Statistic

Blocks: TypeAlias = Callable[[], Iterable[np.ndarray]]

BLOCK = 2**16  # numbers in one block: stays in the processor's cache
HELD = 2**25  # numbers kept for the median of all of them (256 MiB)
MEDIAN_MODELS = 64
"""Gold models that a median over gold against gold is taken over, where all of them are too many to keep."""


@dataclass(frozen=True)
class Comparison:
    """`function` between gold (G, n, F) and models (M, n, F).

    With `leave_one_out` the models are the gold models, and each is compared with the other G − 1.
    """

    function: Callable[..., np.ndarray]
    gold: Float[np.ndarray, "G n F"]
    models: Float[np.ndarray, "M n F"]
    leave_one_out: bool = False

    def blocks(self) -> Iterator[Float[np.ndarray, "m H n"]]:
        """Some models at a time, each against its H gold models on n samples."""
        n_gold, n = self.gold.shape[:2]
        step = max(1, BLOCK // (n_gold * n))
        for start in range(0, len(self.models), step):
            block = self.function(self.gold, self.models[start : start + step])  # (m, G, n)
            if self.leave_one_out:  # H = G − 1: drop the pair of a model with itself
                candidates = np.arange(start, start + len(block))[:, None]
                block = block[candidates != np.arange(n_gold)].reshape(len(block), n_gold - 1, n)
            if not np.isfinite(block).all():
                raise Undefined("infinite, since a model gives probability 0 where a gold model does not")
            yield block

    @property
    def size(self) -> int:
        """How many numbers all blocks hold."""
        n_gold, n = self.gold.shape[:2]
        return len(self.models) * (n_gold - self.leave_one_out) * n

    def few(self) -> "Comparison":
        """With at most `HELD` numbers: all models, else as many of the first 64 on either side as fit."""
        found, count = self, MEDIAN_MODELS
        while found.size > HELD and count >= 2:
            found = replace(self, gold=self.gold[:count], models=self.models[:count])
            count -= 1
        return found


def _mean(block: np.ndarray) -> np.ndarray:
    return block.mean(axis=2)  # (m, H)


def _median(block: np.ndarray) -> np.ndarray:
    return np.median(block.reshape(len(block), -1), axis=1, keepdims=True)  # (m, 1)


def _max(block: np.ndarray) -> np.ndarray:
    return block.max(axis=(1, 2))[:, None]  # (m, 1)


STATISTICS = MappingProxyType({"mean": _mean, "median": _median, "max": _max})


@dataclass(frozen=True)
class Compared:
    """One statistic of a comparison.

    `by_model` (M, H): means over samples of each pair; (M, 1) for medians and maxima over all pairs of a
    model. `few()` gives the blocks that the median of all is taken over.
    """

    statistic: Statistic
    by_model: Float[np.ndarray, "M H"]
    few: Blocks

    @property
    def values(self) -> Float[np.ndarray, " M"]:
        """The statistic of each model over its pairs and samples."""
        return self.by_model.mean(axis=1)

    def pooled(self) -> float:
        """The statistic over all models, pairs and samples together.

        A median over more than 2²⁵ numbers is taken over the first 64 models of either side, or fewer where
        these are too many numbers still.
        """
        if self.statistic == "median":
            return float(np.median(np.concatenate([block.ravel() for block in self.few()])))
        return float(self.by_model.max() if self.statistic == "max" else self.by_model.mean())


def compare(comparison: Comparison, statistics: Sequence[Statistic]) -> dict[Statistic, Compared]:
    """Several statistics of one comparison from one pass."""
    few = comparison.few()
    kept = comparison.leave_one_out and "median" in statistics and few is comparison
    blocks = list(comparison.blocks()) if kept else comparison.blocks()  # kept: for `pooled`
    parts = [[STATISTICS[name](block) for name in statistics] for block in blocks]
    columns = zip(statistics, zip(*parts, strict=True), strict=True)
    again = (lambda: blocks) if kept else few.blocks
    return {name: Compared(name, np.concatenate(column), again) for name, column in columns}


def jackknife(pair_means: Float[np.ndarray, "G H"]) -> float | None:
    """Standard error of a mean over ordered distinct pairs, each model deleted in turn from both sides.

    `pair_means[i]` holds candidate i of G models against the H = G − 1 others, in order. Pairs that share a
    model are dependent, so sd / sqrt(number of pairs) would be far too small. None for G < 3.
    """
    n_gold = len(pair_means)
    if n_gold < 3:
        return None
    square = np.zeros((n_gold, n_gold))
    square[~np.eye(n_gold, dtype=bool)] = pair_means.ravel()  # back to (G, G), zeros on the diagonal
    # without model i: the sum of all pairs less its row and its column, over the (G − 1)(G − 2) pairs left
    deleted = (square.sum() - square.sum(axis=0) - square.sum(axis=1)) / ((n_gold - 1) * (n_gold - 2))
    return float(np.sqrt((n_gold - 1) / n_gold * np.sum((deleted - deleted.mean()) ** 2)))
