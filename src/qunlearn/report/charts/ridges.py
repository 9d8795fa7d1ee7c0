"""Histograms one above the other on one axis, one for each model, with the means marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from markupsafe import Markup

from qunlearn.report.charts.axes import numbers_below
from qunlearn.report.charts.scale import Scale
from qunlearn.report.charts.svg import chart, percent, plane, polyline, tag
from qunlearn.report.digits import count, fixed
from qunlearn.report.words import MODELS

BINS = 40
_HEIGHT, _TEXT, _GUIDES, _AXIS = 56, 30, 14, 22
_ROW = _HEIGHT + _TEXT


@dataclass(frozen=True)
class Guide:
    """A value marked by a dashed line through every histogram; its label starts or ends there (`anchor`)."""

    value: float
    label: str
    anchor: str


@dataclass(frozen=True)
class Axis:
    """What all histograms of a picture share; `decimals` is for the printed means."""

    scale: Scale
    guides: Sequence[Guide] = ()
    decimals: int = 3

    def mean_and_median(self, values: Float[np.ndarray, " n"]) -> tuple[str, str]:
        return fixed(float(values.mean()), self.decimals), fixed(float(np.median(values)), self.decimals)


def ridges(name: str, title: str, what: str, groups: Mapping[str, np.ndarray], axis: Axis) -> Markup:
    """Histograms of `groups` (model id to values), heights on one scale; `what` names the values."""
    shares = {model: histogram(values, axis.scale) for model, values in groups.items()}
    peak = max(share.max() for share in shares.values())
    start = _GUIDES if axis.guides else 0
    bottom = start + _ROW * len(groups)
    return chart(
        name,
        title,
        f"Histograms of {what}. " + " ".join(_describe(model, groups[model], axis) for model in groups),
        bottom + _AXIS,
        *(_guide_label(guide, axis.scale) for guide in axis.guides),
        *(
            part
            for i, model in enumerate(groups)
            for part in _ridge(model, groups[model], shares[model] / peak, axis, start + _ROW * i)
        ),
        *numbers_below(axis.scale.ticks(), lambda tick: percent(axis.scale(tick)), bottom + 16),
    )


def histogram(values: Float[np.ndarray, " n"], scale: Scale) -> Float[np.ndarray, " bins"]:
    """Share of `values` in each of `BINS` bins of equal width on `scale`; those outside count at the ends."""
    bins = np.minimum((scale.positions(values) * BINS).astype(int), BINS - 1)
    return np.bincount(bins, minlength=BINS) / len(values)


def _ridge(model: str, values: np.ndarray, heights: np.ndarray, axis: Axis, top: int) -> list[Markup]:
    """A line of text, and below it the histogram on its baseline; `heights` are fractions of the space."""
    base, colour = top + _ROW, "gold" if model == "gold_gold" else model
    y = base - _HEIGHT
    mean = percent(axis.scale(float(values.mean())))
    text = "mean {} · median {}".format(*axis.mean_and_median(values))
    area = plane(_HEIGHT, tag("path", class_=f"area {colour}", d=_outline(heights)))
    return [
        tag("text", MODELS[model], class_="label strong", x=0, y=top + 22),
        tag("text", text, class_="tick", x="100%", y=top + 22, text_anchor="end"),
        *(_guide_line(guide, axis.scale, y, base) for guide in axis.guides),
        tag("svg", area, y=y, height=_HEIGHT, width="100%", aria_hidden="true"),
        tag("line", class_="axis", x1="0%", x2="100%", y1=base, y2=base),
        tag("line", class_=f"bar {colour}", x1=mean, x2=mean, y1=y, y2=base),
    ]


def _outline(heights: np.ndarray) -> str:
    """The steps of a histogram, closed at the baseline."""
    points = [(0.0, float(_HEIGHT))]
    for i, height in enumerate(heights):
        y = float(_HEIGHT * (1 - 0.97 * height))
        points += [(i / BINS, y), ((i + 1) / BINS, y)]
    return polyline([*points, (1.0, float(_HEIGHT))])


def _guide_label(guide: Guide, scale: Scale) -> Markup:
    at = percent(scale(guide.value))
    return tag("text", guide.label, class_="tick", x=at, y=10, text_anchor=guide.anchor)


def _guide_line(guide: Guide, scale: Scale, top: int, base: int) -> Markup:
    at = percent(scale(guide.value))
    return tag("line", class_="guide", x1=at, x2=at, y1=top, y2=base)


def _describe(model: str, values: np.ndarray, axis: Axis) -> str:
    low, high = (fixed(float(value), axis.decimals) for value in np.quantile(values, (0.05, 0.95)))
    mean, _ = axis.mean_and_median(values)
    return f"{MODELS[model]}: mean {mean}, 90 % of {count(len(values))} values between {low} and {high}."
