"""From values to positions, with round tick values."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qunlearn.report.digits import fixed


@dataclass(frozen=True)
class Scale:
    """Maps [`low`, `high`] to [0, 1], linearly or by the logarithm; values outside land on the ends."""

    low: float
    high: float
    log: bool = False

    def __call__(self, value: float | int) -> float:
        return float(self.positions(np.array([value], dtype=float))[0])

    def positions(self, values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """The map for many values."""
        low, high = self.low, self.high
        if self.log:
            values, low, high = np.log10(np.maximum(values, low)), math.log10(low), math.log10(high)
        return np.clip((values - low) / (high - low), 0.0, 1.0)

    def ticks(self, wanted: int = 4) -> list[float]:
        """Round values: powers of ten, or about `wanted` multiples of 1, 2, 2.5 or 5 times these."""
        if self.log:
            powers = range(
                math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1
            )
            return [10.0**power for power in powers]
        step = _step((self.high - self.low) / wanted)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(index * step, 12) for index in range(first, last + 1)]


def linear(values: list[float], *, from_zero: bool = False) -> Scale:
    """A scale around `values` with a little room at the ends; one value alone gets room on both sides."""
    low, high = min([0.0, *values] if from_zero else values), max(values)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return Scale(low if from_zero and low == 0 else low - room, high + room)


def decades(values: list[float], most: int = 5) -> Scale:
    """A logarithmic scale over whole decades, `most` of them at most, that holds the largest value."""
    positive = [value for value in values if value > 0] or [1.0]
    high = math.ceil(math.log10(max(positive)) + 1e-9)
    low = max(math.floor(math.log10(min(positive))), high - most)
    return Scale(10.0 ** min(low, high - 1), 10.0**high, log=True)


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if rough <= power * factor * (1 + 1e-9))


def tick_text(value: float) -> str:
    """A tick's number, as short as it goes: powers of ten below a thousandth."""
    if 0 < abs(value) < 1e-3:
        return fixed(value, 0).replace("1.0×", "")
    return f"{value:.6g}".replace("-", "−")
