"""A number over seeds: mean, 95 % interval of the mean, and range."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev


@dataclass(frozen=True)
class OverSeeds:
    """`mean` ± `half`: 95 % Student t interval of the mean over `n` seeds; `low` and `high`: the extremes."""

    mean: float
    half: float
    low: float
    high: float
    n: int

    def contains(self, value: float, tolerance: float = 5e-4) -> bool:
        """Whether `value` (rounded to three or four places in print) lies within the range of the seeds."""
        return self.low - tolerance <= value <= self.high + tolerance

    def __str__(self) -> str:
        digits = 4 if self.high < 0.1 else 3
        return f"{self.mean:.{digits}f} ± {self.half:.{digits}f}"


def over_seeds(values: Sequence[float]) -> OverSeeds:
    """Summary of at least two values, one per seed."""
    from scipy.special import stdtrit  # scipy.stats takes much longer to import

    n = len(values)
    half = float(stdtrit(n - 1, 0.975)) * stdev(values) / sqrt(n)
    return OverSeeds(fmean(values), half, min(values), max(values), n)
