"""Distance to gold against cost, one point a method, as an SVG file of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qunlearn.report.charts.axes import Plane
from qunlearn.report.charts.scale import Scale
from qunlearn.report.charts.svg import file, number, tag
from qunlearn.report.comparison.columns import half_width, name, shown
from qunlearn.report.comparison.read import Comparison, ComparisonRow
from qunlearn.report.digits import fixed

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 860, 56, 520, 34, 44
LINE = 17
TICKS = (0.2, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0)
AXES = ("circuits over those of retraining", "KL(gold‖model) over gold against gold")
DEAREST = 1.1
"""Costs above it are drawn at the edge, with the number beside the name."""

STYLE = """
svg {
  --ink: #1a1d22; --muted: #5a616b; --grid: #e3e1da; --method: #0067a5; --base: #b37a00;
  background: #ffffff;
}
@media (prefers-color-scheme: dark) {
  svg {
    --ink: #e9e7e2; --muted: #a2a9b3; --grid: #2c323a; --method: #5fb2ee; --base: #e2a92f;
    background: #13161a;
  }
}
text { font: 12px -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
.tick { fill: var(--muted); }
.grid { stroke: var(--grid); }
.floor { stroke: var(--base); stroke-dasharray: 5 4; }
.leader { stroke: var(--muted); stroke-width: .6; opacity: .55; fill: none; }
.bar { stroke: var(--c); stroke-width: 1.2; opacity: .6; }
.dot { fill: var(--c); }
.above { fill: none; stroke: var(--c); }
.method { --c: var(--method); }
.base { --c: var(--base); }
"""


@dataclass(frozen=True)
class Point:
    """A row of the table in pixels: its point, the ends of its interval, and where its name stands."""

    row: ComparisonRow
    x: float
    y: float
    ends: tuple[float, float]
    label: float


def picture(results: Comparison) -> str:
    """The SVG: KL over the floor upwards (logarithmic), circuits over retraining to the right."""
    rows = [row for row in shown(results["rows"])[0] if row["kl_over_floor"]]
    height = max(380, TOP + BOTTOM + LINE * (len(rows) + 1))
    plane = Plane(Scale(-0.03, DEAREST), _scale(rows), height, LEFT, RIGHT, TOP, height - BOTTOM)
    points, (ticks, style) = _points(rows, plane), distances(plane.up)
    said = results["settings"]
    title = f"{said['dataset']} without {said['request']}: distance to gold against cost"
    axes = plane.axes(AXES, ((0, 0.2, 0.4, 0.6, 0.8, 1.0), ticks), style)
    body = [*axes, *(part for point in points for part in _mark(point))]
    return file(title, " ".join(_words(row) for row in rows), STYLE, (WIDTH, height), *body)


def _scale(rows: Sequence[ComparisonRow]) -> Scale:
    values = [row["kl_over_floor"] for row in rows] + [1.0]
    return Scale(min(values) / 1.25, max(values) * 1.15, log=True)


def _points(rows: Sequence[ComparisonRow], plane: Plane) -> list[Point]:
    at = [plane.y(row["kl_over_floor"]) for row in rows]
    points = []
    for row, y, label in zip(rows, at, spread(at, LINE, TOP, plane.bottom), strict=True):
        half, value = half_width(row, "kl_over_floor") or 0.0, row["kl_over_floor"]
        ends = plane.y(value - half), plane.y(value + half)
        points.append(Point(row, plane.x(row["circuits_over_retrain"]), y, ends, label))
    return points


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart in the order of `wanted`, near it and, as far as they fit, in
    [low, high].
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    found, last = list(wanted), low - gap
    for i in order:
        last = found[i] = max(wanted[i], last + gap)
    limit = high + gap
    for i in reversed(order):
        limit = found[i] = min(found[i], limit - gap)
    return found


def distances(up: Scale) -> tuple[list[float], Callable[[float], str]]:
    """Round distances on the axis, and how each line looks: that of gold from itself is dashed."""
    ticks = [value for value in TICKS if up.low <= value <= up.high]
    return ticks, lambda value: "floor" if value == 1 else "grid"


def _mark(point: Point) -> list[Markup]:
    row, x, y = point.row, number(point.x), number(point.y)
    colour = "base" if row["baseline"] else "method"
    hollow = row["within_budget"] is False or row["circuits_over_retrain"] > DEAREST
    bend, label = RIGHT + 14, number(point.label)
    low, high = map(number, point.ends)
    return [
        tag("path", class_="leader", d=f"M{x} {y}L{bend} {label}L{bend + 8} {label}"),
        tag("line", class_=f"bar {colour}", x1=x, x2=x, y1=low, y2=high),
        tag("circle", class_=f"{'above' if hollow else 'dot'} {colour}", cx=x, cy=y, r=4),
        tag("text", _words(row), x=bend + 13, y=label, dominant_baseline="central"),
    ]


def _words(row: ComparisonRow) -> str:
    half = half_width(row, "kl_over_floor")
    value = fixed(row["kl_over_floor"], 2) + (f" ± {fixed(half, 2)}" if half else "")
    cost = row["circuits_over_retrain"]
    dear = f", {fixed(cost, 1)}× the circuits" if cost > DEAREST else ""
    return f"{name(row)}  {value}{dear}"
