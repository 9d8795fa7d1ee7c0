"""What a metric returns: a value with its standard error, or the reason why there is none."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float

from qunlearn._errors import require

Over: TypeAlias = Literal["samples", "models"]


class Undefined(Exception):
    """Raised by a metric that has no value on the given samples; the message says why."""


@dataclass(frozen=True)
class Estimate:
    """A number and how far to trust it.

    `value` is finite, or None with a `reason`. `stderr` is one standard error over `n` samples of the split
    or over `n` models, as `over` says; None where no standard error is defined (a median, a maximum, fewer
    than two units). A standard error of 0 says that all units agreed, not that the value is certain.
    """

    value: float | None
    stderr: float | None
    n: int
    over: Over
    reason: str | None = None

    def __post_init__(self) -> None:
        require(
            (self.value is None) == (self.reason is not None), "an estimate has either a value or a reason"
        )
        for name, number in (("value", self.value), ("stderr", self.stderr)):
            require(
                number is None or np.isfinite(number),
                f"`{name}` of an estimate must be finite, but is {number}",
            )


@dataclass(frozen=True)
class Scores:
    """One metric of M models alone, on m samples.

    `values` (M,). `influence` (M, m), in any order of samples: the derivative of each value with respect to
    the weight of one sample, at weight 1. It gives the standard error by the infinitesimal jackknife (L. A.
    Jaeckel, Bell Laboratories memorandum MM 72-1215-11, 1972); for a mean this is the usual sd / sqrt(m).
    """

    values: Float[np.ndarray, " M"]
    influence: Float[np.ndarray, "M m"]

    @property
    def n_samples(self) -> int:
        return self.influence.shape[1]

    def stderr(self, model: int) -> float | None:
        """Standard error over samples of one model's value; None with fewer than two samples."""
        m = self.n_samples
        return None if m < 2 else float(np.sqrt(m / (m - 1) * np.sum(self.influence[model] ** 2)))


def mean_over_samples(terms: Float[np.ndarray, "M m"]) -> Scores:
    """The mean over samples as a metric. `terms` holds at least one sample."""
    values = terms.mean(axis=1)
    return Scores(values, (terms - values[:, None]) / terms.shape[1])


def standard_error(values: Float[np.ndarray, " n"]) -> float | None:
    """Of the mean of independent values: sd / sqrt(n), with n − 1 in the variance; None for n < 2."""
    return None if len(values) < 2 else float(values.std(ddof=1) / np.sqrt(len(values)))


def missing(reason: Undefined, over: Over) -> Estimate:
    """The estimate of an undefined metric."""
    return Estimate(None, None, 0, over, str(reason))
