"""Models as points in a plane: the gold cloud, the original and the unlearned one."""

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from qunlearn.report.charts.svg import chart, number, tag
from qunlearn.report.digits import fixed

SIDE, EDGE = 300, 14

Point = Sequence[float]


def cloud(name: str, title: str, points: Mapping[str, Sequence[Point]]) -> Markup:
    """Points (x, y) of `gold`, `original` and `unlearned`; both axes on one scale, (0, 0) in the middle."""
    every = np.array([point for group in points.values() for point in group], float)
    reach = float(np.abs(every).max()) or 1.0

    def at(point: Point) -> tuple[str, str]:
        unit = (SIDE / 2 - EDGE) / reach
        return number(SIDE / 2 + unit * point[0]), number(SIDE / 2 - unit * point[1])

    dots = []
    for model, radius in (("gold", 3.5), ("original", 6), ("unlearned", 5)):
        for point in points[model]:
            x, y = at(point)
            dots.append(tag("circle", class_=f"point {model}", cx=x, cy=y, r=radius))
    middle = {"class_": "grid"}
    return chart(
        name,
        title,
        _describe(points),
        SIDE,
        tag("line", **middle, x1=0, x2=SIDE, y1=SIDE / 2, y2=SIDE / 2),
        tag("line", **middle, x1=SIDE / 2, x2=SIDE / 2, y1=0, y2=SIDE),
        *dots,
        viewBox=f"0 0 {SIDE} {SIDE}",
    )


def _describe(points: Mapping[str, Sequence[Point]]) -> str:
    far = {model: np.hypot(*np.array(group, float).T) for model, group in points.items()}
    gold = far["gold"]
    return (
        f"From the centre of the gold models the original is {fixed(far['original'][0])} away, the unlearned "
        f"model {fixed(far['unlearned'][0])}, gold models {fixed(gold.min())} to {fixed(gold.max())}."
    )
