"""The axes of every chart: grid lines with their numbers at the left, numbers below, the names of both."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from qunlearn.report.charts.scale import Scale, tick_text
from qunlearn.report.charts.svg import number, tag

FLUID = ("0%", "100%")
"""The ends of a line across a chart whose width is not known."""


def level_lines(
    ticks: Iterable[float],
    y: Callable[[float], float],
    ends: tuple[object, object] = FLUID,
    at: float = -8,
    style: Callable[[float], str] = lambda tick: "grid",
) -> list[Markup]:
    """A line from end to end for every tick, in the CSS class of `style`; its number ends at `at`."""
    return [part for tick in ticks for part in _level_line(tick, number(y(tick)), ends, at, style(tick))]


def numbers_below(ticks: Iterable[float], x: Callable[[float], str], y: float) -> list[Markup]:
    """The numbers of an axis to the right, at height `y`."""
    return [
        tag("text", tick_text(tick), class_="tick", x=x(tick), y=y, text_anchor="middle") for tick in ticks
    ]


def _level_line(tick: float, y: str, ends: tuple[object, object], at: float, style: str) -> list[Markup]:
    text = {"x": at, "y": y, "text_anchor": "end", "dominant_baseline": "central"}
    return [
        tag("line", class_=style, x1=ends[0], x2=ends[1], y1=y, y2=y),
        tag("text", tick_text(tick), class_="tick", **text),
    ]


@dataclass(frozen=True)
class Plane:
    """Two scales on a rectangle of a picture `height` pixels high; its four sides are positions in pixels."""

    across: Scale
    up: Scale
    height: float
    left: float
    right: float
    top: float
    bottom: float

    def x(self, value: float) -> float:
        return self.left + (self.right - self.left) * self.across(value)

    def y(self, value: float) -> float:
        return self.top + (self.bottom - self.top) * (1 - self.up(value))

    def axes(
        self,
        names: tuple[str, str],
        ticks: tuple[Iterable[float], Iterable[float]] | None = None,
        style: Callable[[float], str] = lambda tick: "grid",
    ) -> list[Markup]:
        """Both axes with their `names`; `ticks` to the right and upwards, by default round ones.

        `style` is as for `level_lines`.
        """
        across, up = ticks or (self.across.ticks(), self.up.ticks())
        middle = {"x": (self.left + self.right) / 2, "y": self.height - 8, "text_anchor": "middle"}
        return [
            tag("text", names[1], class_="tick", x=self.left, y=self.top - 14),
            *level_lines(up, self.y, (self.left, self.right), self.left - 8, style),
            *numbers_below(across, lambda tick: number(self.x(tick)), self.bottom + 17),
            tag("text", names[0], class_="tick", **middle),
        ]
