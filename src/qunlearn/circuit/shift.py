"""Parameter-shift rules: the derivative of a trigonometric polynomial from its values at shifted angles."""

from collections.abc import Mapping
from functools import lru_cache
from math import pi, sqrt
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

ShiftRule: TypeAlias = tuple[tuple[float, float], ...]
"""(shift of the angle, coefficient): df/dt = sum of coefficient * f(t + shift)."""

_PLUS, _MINUS = (sqrt(2) + 1) / (4 * sqrt(2)), (sqrt(2) - 1) / (4 * sqrt(2))
TWO_TERMS, FOUR_TERMS = (1.0,), (0.5, 1.0)
"""Frequencies of Pauli rotations and phase gates, and of controlled rotations."""
SHIFT_RULES: Mapping[tuple[float, ...], ShiftRule] = MappingProxyType(
    {
        TWO_TERMS: ((pi / 2, 1 / 2), (-pi / 2, -1 / 2)),
        FOUR_TERMS: ((pi / 2, _PLUS), (-pi / 2, -_PLUS), (3 * pi / 2, -_MINUS), (-3 * pi / 2, _MINUS)),
    }
)
"""The rules that the native kernel has, too."""


@lru_cache(maxsize=64)
def shift_rule(frequencies: tuple[float, ...]) -> ShiftRule:
    """The rule for an angle whose expectation values have these frequencies, two terms for each.

    Others than the two of the table are solved for (Wierichs et al., arXiv 2107.12390): f(t + s) - f(t - s)
    sees a frequency w with the factor 2 sin(w s), the derivative with w.
    """
    if frequencies in SHIFT_RULES:
        return SHIFT_RULES[frequencies]
    w = np.array(frequencies)  # (R,)
    shifts = (2 * np.arange(len(w)) + 1) * pi / (2 * len(w) * w.min())  # (R,)
    coefficients = np.linalg.solve(2 * np.sin(np.outer(w, shifts)), w)
    terms = zip(shifts.tolist(), coefficients.tolist(), strict=True)
    return tuple((sign * s, sign * c) for s, c in terms for sign in (1, -1))
