"""Curves over steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qunlearn.report.charts.axes import level_lines, numbers_below
from qunlearn.report.charts.scale import Scale, linear
from qunlearn.report.charts.svg import chart, percent, plane, polyline, tag
from qunlearn.report.digits import fixed

_MOST_POINTS = 500
_BOTTOM = 22


@dataclass(frozen=True)
class Curve:
    """`points` are (step, value) in order of steps; `style` is the CSS classes of the line."""

    label: str
    points: Sequence[tuple[float, float]]
    style: str


def lines(name: str, title: str, curves: Sequence[Curve], height: int) -> Markup:
    """Curves on common axes. Every curve needs at least one point."""
    steps = [step for curve in curves for step, _ in curve.points]
    across = Scale(min(steps), max(*steps, min(steps) + 1))
    up = linear([value for curve in curves for _, value in curve.points])
    return chart(
        name,
        title,
        " ".join(_describe(curve) for curve in curves),
        height + _BOTTOM,
        *_grid(across, up, height),
        plane(height, *(_path(curve, across, up, height) for curve in curves)),
    )


def _path(curve: Curve, across: Scale, up: Scale, height: int) -> Markup:
    points = [(across(step), height * (1 - up(value))) for step, value in thin(curve.points)]
    return tag("path", class_=f"curve {curve.style}", d=polyline(points if len(points) > 1 else points * 2))


def thin(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """About `_MOST_POINTS` points at most: the lowest and highest of each stretch, so no spike is lost."""
    if len(points) <= _MOST_POINTS:
        return list(points)
    stretch = -(-2 * len(points) // _MOST_POINTS)
    kept: set[tuple[float, float]] = {points[0], points[-1]}
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        kept |= {min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])}
    return sorted(kept)


def _grid(across: Scale, up: Scale, height: int) -> list[Markup]:
    steps = (tick for tick in across.ticks() if tick.is_integer())
    return [
        *level_lines(up.ticks(), lambda tick: height * (1 - up(tick))),
        tag("line", class_="axis", x1="0%", x2="100%", y1=height, y2=height),
        *numbers_below(steps, lambda tick: percent(across(tick)), height + 16),
    ]


def _describe(curve: Curve) -> str:
    first, last = (
        f"{fixed(value)} at step {step:.0f}" for step, value in (curve.points[0], curve.points[-1])
    )
    return f"{curve.label}: from {first} to {last}."
