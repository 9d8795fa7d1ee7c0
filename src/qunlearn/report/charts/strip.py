"""A metric on its null: gold against gold as a band, gold's mean as a bar, the two models as points."""

from markupsafe import Markup

from qunlearn.report.charts.axes import numbers_below
from qunlearn.report.charts.scale import Scale, linear
from qunlearn.report.charts.svg import chart, percent, tag
from qunlearn.report.digits import fixed, interval
from qunlearn.report.metric_rows import MetricRow
from qunlearn.report.words import MODELS

HEIGHT = 44
_MIDDLE = 15
_AXIS = 28


def strip(name: str, row: MetricRow) -> Markup:
    """The picture of `row`; shares stand on an axis from 0 to 1, everything else on its own axis from 0."""
    scale = _scale(row)
    return chart(
        name,
        f"{row.quantity.label}: models and gold range",
        _describe(row),
        HEIGHT,
        *_axis(scale),
        *_gold(row, scale),
        *(_point(row, model, scale) for model in ("original", "unlearned")),
    )


def _scale(row: MetricRow) -> Scale:
    return Scale(0.0, 1.0) if row.is_share else linear(row.numbers, from_zero=True)


def _axis(scale: Scale) -> list[Markup]:
    upright = (percent(scale(tick)) for tick in scale.ticks())
    return [
        tag("line", class_="axis", x1="0%", x2="100%", y1=_AXIS, y2=_AXIS),
        *(tag("line", class_="grid", x1=x, x2=x, y1=2, y2=_AXIS) for x in upright),
        *numbers_below(scale.ticks(), lambda tick: percent(scale(tick)), _AXIS + 13),
    ]


def _gold(row: MetricRow, scale: Scale) -> list[Markup]:
    parts = []
    if row.null is not None:
        low, high = (scale(end) for end in row.null)
        text = f"Gold against gold: {_range(row)}"
        parts.append(
            tag(
                "line",
                tag("title", text),
                class_="band gold",
                x1=percent(low),
                x2=percent(high),
                y1=_MIDDLE,
                y2=_MIDDLE,
            )
        )
    if row.center is not None:
        at = percent(scale(row.center))
        text = f"Gold: {fixed(row.center, row.quantity.decimals)}"
        parts.append(
            tag("line", tag("title", text), class_="bar gold", x1=at, x2=at, y1=_MIDDLE - 10, y2=_MIDDLE + 10)
        )
    return parts


def _point(row: MetricRow, model: str, scale: Scale) -> Markup:
    value = row.value(model)
    if value is None:
        return Markup("")
    text = f"{MODELS[model]}: {fixed(value, row.quantity.decimals)}"
    radius = 6.5 if model == "original" else 5
    return tag(
        "circle", tag("title", text), class_=f"point {model}", cx=percent(scale(value)), cy=_MIDDLE, r=radius
    )


def _range(row: MetricRow) -> str:
    if row.null is None:
        return "no range"
    return f"{fixed(row.null[0], row.quantity.decimals)} to {fixed(row.null[1], row.quantity.decimals)}"


def _describe(row: MetricRow) -> str:
    values = (
        f"{label} {interval(row.value(model), row.stderr(model), row.quantity.decimals)}"
        for model, label in MODELS.items()
        if row.value(model) is not None and model != "gold_gold"
    )
    return f"{', '.join(values)}; gold against gold {_range(row)}."
