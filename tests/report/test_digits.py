"""Numbers as text."""

import pytest

from qunlearn.report.digits import count, fixed, interval, ratio, seconds, signed


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0666, 3, "0.067"),
        (-0.0123, 3, "−0.012"),
        (0.0, 3, "0.000"),
        (0, 2, "0.00"),
        (0.00032, 3, "3.2×10⁻⁴"),
        (-0.00032, 3, "−3.2×10⁻⁴"),
        (None, 3, "–"),
        (float("nan"), 3, "–"),
        (float("-inf"), 3, "−∞"),
    ],
)
def test_fixed(value: float | None, decimals: int, text: str) -> None:
    assert fixed(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "stderr", "text"),
    [
        (0.195, 0.0061, "0.195 ± 0.006"),
        (0.1861, 0.00099, "0.1861 ± 0.0010"),
        (0.5, 0.0, "0.500 ± 0.000"),
        (0.5, None, "0.500"),
        (None, 0.1, "–"),
        (12.0, 3.0, "12.000 ± 3.000"),
    ],
)
def test_interval_shows_the_first_digit_of_the_error(value: float, stderr: float, text: str) -> None:
    assert interval(value, stderr) == text


def test_sign_of_a_difference() -> None:
    assert [signed(value, 2) for value in (0.5, -0.5, 0.0, None)] == ["+0.50", "−0.50", "0.00", "–"]


def test_counts() -> None:
    assert [count(value) for value in (0, 432_000, 25.4, 3.0, 1234.5, None)] == [
        "0",
        "432\u202f000",
        "25.4",
        "3",
        "1\u202f234",
        "–",
    ]


def test_durations() -> None:
    assert [seconds(value) for value in (0.0123, 0.1, 9.96, 125.9, None)] == [
        "12.3 ms",
        "0.1 s",
        "10.0 s",
        "2 min 5 s",
        "–",
    ]


def test_ratios() -> None:
    assert [ratio(value) for value in (1.92, 0.2, 14.26, None)] == ["1.92×", "0.20×", "14.3×", "–"]
