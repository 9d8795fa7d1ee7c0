"""Scales and ticks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qunlearn.report.charts.scale import Scale, decades, linear, tick_text

reals = st.floats(-1e6, 1e6, allow_subnormal=False)


def test_linear_scale_maps_ends_and_cuts_off_what_is_outside() -> None:
    scale = Scale(2.0, 6.0)
    assert [scale(value) for value in (2.0, 3.0, 6.0, 0.0, 9.0)] == [0.0, 0.25, 1.0, 0.0, 1.0]


def test_logarithmic_scale() -> None:
    scale = Scale(1e-4, 1.0, log=True)
    positions = scale.positions(np.array([1e-4, 1e-3, 1.0, 0.0, 1e-9, 10.0]))
    np.testing.assert_allclose(positions, [0, 0.25, 1, 0, 0, 1], atol=1e-12)


@given(st.lists(reals, min_size=1, max_size=5))
def test_every_value_has_room_on_a_linear_scale(values: list[float]) -> None:
    scale = linear(values)
    assert scale.low < min(values)
    assert max(values) < scale.high


@given(st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=5))
def test_scale_from_zero_starts_there(values: list[float]) -> None:
    scale = linear(values, from_zero=True)
    assert scale.low == 0
    assert scale.high > max(values)


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_ticks_are_round_evenly_spaced_and_inside(low: float, width: float) -> None:
    scale = Scale(low, low + width)
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 5
    slack = 1e-6 * width
    assert all(scale.low - slack <= tick <= scale.high + slack for tick in ticks)
    if len(ticks) > 1:
        steps = np.diff(ticks)
        np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
        lead = steps[0] / 10 ** math.floor(math.log10(steps[0] * (1 + 1e-9)))
        assert min(abs(lead - factor) for factor in (1, 2, 2.5, 5)) < 1e-6


def test_ticks_of_a_share() -> None:
    assert Scale(0.0, 1.0).ticks() == [0, 0.25, 0.5, 0.75, 1]


def test_decades_hold_the_largest_value_and_not_too_many_powers() -> None:
    scale = decades([3e-12, 0.02, 0.3])
    assert (scale.low, scale.high) == pytest.approx((1e-5, 1.0))
    assert scale.ticks() == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0])


def test_decades_without_a_positive_value() -> None:
    scale = decades([0.0])
    assert scale.low < scale.high


def test_tick_texts() -> None:
    assert [tick_text(value) for value in (0.0, 0.25, -2.0, 1e-3, 1e-4, 2e-5)] == [
        "0",
        "0.25",
        "−2",
        "0.001",
        "10⁻⁴",
        "2.0×10⁻⁵",
    ]
