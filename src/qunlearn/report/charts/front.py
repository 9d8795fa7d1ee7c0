"""A trade-off (`qunlearn.methods.analysis.tradeoff`) as an SVG file of its own."""

from collections.abc import Sequence

from markupsafe import Markup

from qunlearn._types import JsonObject
from qunlearn.report.charts.axes import Plane
from qunlearn.report.charts.scale import linear
from qunlearn.report.charts.svg import file, number, tag
from qunlearn.report.digits import fixed

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 380, 60, 24, 34, 48
AXES = (
    "mean KL from the original on the anchors, nats",
    "cross-entropy of forget samples with their target",
)
NAMES = {"epsilon": "ε", "lam": "λ"}
STYLE = """
svg { --ink: #1a1d22; --muted: #5a616b; --grid: #e3e1da; --dot: #0067a5; --knee: #b3261e; background: #fff; }
@media (prefers-color-scheme: dark) {
  svg {
    --ink: #e9e7e2; --muted: #a2a9b3; --grid: #2c323a; --dot: #5fb2ee; --knee: #ff8f85;
    background: #13161a;
  }
}
text { font: 12px -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
.tick { fill: var(--muted); }
.grid { stroke: var(--grid); }
.curve { stroke: var(--dot); fill: none; opacity: .5; }
.dot { fill: var(--dot); stroke: var(--dot); }
.beaten { fill: none; stroke: var(--dot); }
.knee { fill: none; stroke: var(--knee); stroke-width: 2; }
"""


def picture(front: JsonObject) -> str:
    """The SVG of `Front.to_dict()`: drift to the right, forgetting loss upwards, so good is low and left.

    Points are joined in the order of the varied number; those that others beat in everything are hollow, the
    knee has a ring and its number.
    """
    scales = linear(front["drift"], from_zero=True), linear(front["forgetting"])
    plane = Plane(*scales, HEIGHT, LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM)
    points = [(plane.x(x), plane.y(y)) for x, y in zip(front["drift"], front["forgetting"], strict=True)]
    order = sorted(range(len(points)), key=lambda i: front["values"][i])
    path = "M" + "L".join(f"{number(points[i][0])} {number(points[i][1])}" for i in order)
    return file(
        "Forgetting against drift from the original model",
        " ".join(_words(front, i) for i in order),
        STYLE,
        (WIDTH, HEIGHT),
        *plane.axes(AXES),
        tag("path", class_="curve", d=path),
        *(_dot(point, kept) for point, kept in zip(points, front["pareto"], strict=True)),
        *_label(front, points, order),
    )


def _words(front: JsonObject, i: int) -> str:
    values = (front[name][i] for name in ("values", "forgetting", "drift"))
    value, forgetting, drift = (fixed(v, 4) for v in values)
    return f"{NAMES[front['varied']]} = {value}: forgetting loss {forgetting}, drift {drift}."


def _dot(point: tuple[float, float], kept: bool) -> Markup:
    return tag("circle", class_="dot" if kept else "beaten", cx=number(point[0]), cy=number(point[1]), r=4)


def _label(front: JsonObject, points: Sequence[tuple[float, float]], order: Sequence[int]) -> list[Markup]:
    """The number at the knee and at both ends of the curve."""
    x, y = points[front["knee"]]
    parts = [tag("circle", class_="knee", cx=number(x), cy=number(y), r=8)]
    for i in dict.fromkeys((order[0], order[-1], front["knee"])):
        x, y = points[i]
        right = x > WIDTH - 130
        text = f"{NAMES[front['varied']]} = {front['values'][i]:.3g}" + (
            ", knee" if i == front["knee"] else ""
        )
        place = {"x": number(x - 12 if right else x + 12), "text_anchor": "end" if right else "start"}
        parts.append(tag("text", text, y=number(y - 8), **place))
    return parts
