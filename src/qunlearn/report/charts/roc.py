"""ROC curves on logarithmic axes, where the confident mistakes are: gold as a band, the models as lines."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from qunlearn.report.charts.axes import level_lines, numbers_below
from qunlearn.report.charts.scale import Scale
from qunlearn.report.charts.svg import chart, percent, plane, polyline, tag
from qunlearn.report.digits import fixed

LOW = 1e-3
_HEIGHT = 240
_BOTTOM = 36

Curves = Mapping[str, Mapping[str, Sequence[float]]]


def roc(name: str, title: str, false: Sequence[float], curves: Curves) -> Markup:
    """True against false positive rates. `curves` holds `rate` at the rates `false` for original, unlearned
    and gold, for gold also the `low` and `high` end of its band. Rates below 0.001 are drawn at its left
    and lower end.
    """
    axis = Scale(LOW, 1.0, log=True)

    def points(rates: Sequence[float]) -> list[tuple[float, float]]:
        return [(axis(x), _HEIGHT * (1 - axis(y))) for x, y in zip(false, rates, strict=True) if x > 0]

    gold = curves["gold"]
    band = points(gold["high"]) + points(gold["low"])[::-1]
    return chart(
        name,
        title,
        " ".join(_describe(model, false, curves[model]["rate"]) for model in curves),
        _HEIGHT + _BOTTOM,
        *_grid(axis),
        plane(
            _HEIGHT,
            tag("path", class_="area gold", d=polyline(band) + "Z"),
            tag("path", class_="curve faint", d=polyline([(0.0, float(_HEIGHT)), (1.0, 0.0)])),
            *(
                tag("path", class_=f"curve {model}", d=polyline(points(curves[model]["rate"])))
                for model in ("original", "unlearned")
            ),
        ),
    )


def _grid(axis: Scale) -> list[Markup]:
    upright = (percent(axis(tick)) for tick in axis.ticks())
    middle = {"class_": "tick", "x": "50%", "text_anchor": "middle"}
    return [
        *level_lines(axis.ticks(), lambda tick: _HEIGHT * (1 - axis(tick))),
        *(tag("line", class_="grid", x1=x, x2=x, y1=0, y2=_HEIGHT) for x in upright),
        *numbers_below(axis.ticks(), lambda tick: percent(axis(tick)), _HEIGHT + 16),
        tag("text", "false positive rate", **middle, y=_HEIGHT + 32),
    ]


def _describe(model: str, false: Sequence[float], rates: Sequence[float]) -> str:
    at = min(range(len(false)), key=lambda i: abs(false[i] - 0.01))
    return f"{model.capitalize()}: true positive rate {fixed(rates[at])} at a false positive rate of 0.01."
