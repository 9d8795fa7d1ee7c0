"""The seed paper's trade-off as a picture: forgetting against retained accuracy over λ."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from qunlearn._types import JsonObject
from qunlearn.report.charts.axes import Plane
from qunlearn.report.charts.scale import linear
from qunlearn.report.charts.svg import file, number, tag
from qunlearn.report.digits import fixed
from qunlearn.study.published.seed_paper_values import DATASETS

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 420, 60, 24, 34, 48
AXES = ("mean probability of the forgotten class on its own samples", "accuracy on retained classes")
STYLE = """
svg {
  --ink: #1a1d22; --muted: #5a616b; --grid: #e3e1da; --blue: #0067a5; --orange: #b3541e; background: #fff;
}
@media (prefers-color-scheme: dark) {
  svg {
    --ink: #e9e7e2; --muted: #a2a9b3; --grid: #2c323a; --blue: #5fb2ee; --orange: #f0a070;
    background: #13161a;
  }
}
text { font: 12px -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
.heading { font-weight: 600; }
.tick, .faint { fill: var(--muted); }
.strong { font-weight: 600; }
.grid { stroke: var(--grid); }
.cell { fill: var(--blue); }
.iris { --c: var(--blue); }
.covertype { --c: var(--orange); }
.area { fill: var(--c); fill-opacity: .15; }
.curve { fill: none; stroke: var(--c); stroke-width: 1.6; }
.dot { fill: var(--c); }
.gold { fill: var(--c); stroke: var(--ink); }
"""

Cells = Mapping[str, Sequence[JsonObject]]
Points = Sequence[tuple[float, float]]


class TradeOffCurve(NamedTuple):
    """A dataset's trade-off: `points` are means over seeds, one for each of `lam`; `error` is half of a 95 %
    normal interval of the mean of y; `gold` is the mean of retrained models.
    """

    dataset: str
    lam: Sequence[float]
    points: Points
    error: Sequence[float]
    gold: tuple[float, float]

    @property
    def band(self) -> Points:
        """The outline of points ± error."""
        ends = [
            [(x, y + sign * e) for (x, y), e in zip(self.points, self.error, strict=True)] for sign in (1, -1)
        ]
        return ends[0] + ends[1][::-1]


def trade_off(cells: Cells) -> str:
    """Mean over seeds with a 95 % normal band of the mean; every point is one λ."""
    curves = [_curve(cells, dataset) for dataset in DATASETS]
    x, y = zip(*(p for c in curves for p in (*c.points, *c.band, c.gold)), strict=True)
    plane = Plane(linear([*x]), linear([*y]), HEIGHT, LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM)
    return file(
        "Forgetting against retained accuracy over λ",
        " ".join(_told(curve) for curve in curves),
        STYLE,
        (WIDTH, HEIGHT),
        *plane.axes(AXES, (plane.across.ticks(8), plane.up.ticks(8))),
        *(part for curve in curves for part in _drawn(curve, plane)),
        *(part for i, curve in enumerate(curves) for part in _legend(curve, HEIGHT - BOTTOM - 84 + 36 * i)),
    )


def _curve(cells: Cells, dataset: str) -> TradeOffCurve:
    names = ("forget_probability_forget", "retain_accuracy")
    curves = [cell["trade_off"] for cell in cells[dataset]]
    forgotten, retained = (np.array([c[name] for c in curves]) for name in names)
    error = 1.96 * retained.std(0, ddof=1) / np.sqrt(len(curves))
    x, y = (np.mean([cell["models"]["gold"][name] for cell in cells[dataset]]) for name in names)
    points = list(zip(forgotten.mean(0).tolist(), retained.mean(0).tolist(), strict=True))
    return TradeOffCurve(dataset, curves[0]["lam"], points, error.tolist(), (float(x), float(y)))


def _drawn(curve: TradeOffCurve, plane: Plane) -> list[Markup]:
    at = [(plane.x(x), plane.y(y)) for x, y in curve.points]
    band = _path([(plane.x(x), plane.y(y)) for x, y in curve.band])
    named = [(i, at[i]) for i in dict.fromkeys((0, len(at) // 2, len(at) - 1))]
    return [
        tag("path", class_=f"area {curve.dataset}", d=band + "Z"),
        tag("path", class_=f"curve {curve.dataset}", d=_path(at)),
        *(tag("circle", class_=f"dot {curve.dataset}", cx=number(x), cy=number(y), r=3) for x, y in at),
        *(tag("text", f"λ = {curve.lam[i]:g}", x=number(x + 5), y=number(y - 7)) for i, (x, y) in named),
        _star(curve.dataset, plane.x(curve.gold[0]), plane.y(curve.gold[1])),
    ]


def _legend(curve: TradeOffCurve, y: float) -> list[Markup]:
    title, x = DATASETS[curve.dataset][0], WIDTH - RIGHT - 240
    return [
        tag("path", class_=f"curve {curve.dataset}", d=f"M{x} {y}H{x + 22}"),
        tag("circle", class_=f"dot {curve.dataset}", cx=x + 11, cy=y, r=3),
        tag("text", title, x=x + 30, y=y, dominant_baseline="central"),
        _star(curve.dataset, x + 11, y + 18),
        tag("text", f"{title}: retrained", x=x + 30, y=y + 18, dominant_baseline="central"),
    ]


def _star(dataset: str, x: float, y: float) -> Markup:
    """A star of five points, 8 pixels from its middle to a point."""
    angles = np.pi * (np.arange(10) / 5 - 0.5)
    reach = np.where(np.arange(10) % 2, 3.2, 8.0)
    points = list(zip(x + reach * np.cos(angles), y + reach * np.sin(angles), strict=True))
    return tag("path", class_=f"gold {dataset}", d=_path(points) + "Z")


def _path(points: Points) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def _told(curve: TradeOffCurve) -> str:
    said = "; ".join(
        f"λ = {lam:g}: {fixed(x)}, {fixed(y)}" for lam, (x, y) in zip(curve.lam, curve.points, strict=True)
    )
    x, y = curve.gold
    return f"{DATASETS[curve.dataset][0]}. {said}; retrained: {fixed(x)}, {fixed(y)}."
