"""Comparisons of one request at several budgets: how the gap to gold closes with cost, method by method."""

from collections.abc import Sequence

from markupsafe import Markup

from qunlearn._markdown import table
from qunlearn.report.charts.axes import Plane
from qunlearn.report.charts.scale import Scale
from qunlearn.report.charts.svg import file, number, tag
from qunlearn.report.comparison.columns import COLUMNS, cell, name, row_of
from qunlearn.report.comparison.picture import AXES, BOTTOM, LEFT, LINE, STYLE, TOP, WIDTH, distances, spread
from qunlearn.report.comparison.read import Comparison, ComparisonRow
from qunlearn.report.digits import MISSING, fixed

HEIGHT, RIGHT = 560, 600
OURS = "gauss_newton_replay"


def costs_table(records: Sequence[Comparison]) -> str:
    """KL ÷ floor of every method, a column for each budget; `records` by rising budget."""
    found = {m: [row_of(record, m) for record in records] for m in _methods(records)}
    lines = [
        [
            name({**_last(rows), "within_budget": True}) if _last(rows)["baseline"] else f"`{method}`",
            *(MISSING if row is None else _value(row) for row in rows),
        ]
        for method, rows in found.items()
    ]
    budgets = [f"{record['settings']['budget']:g}" for record in records]
    return table(["method", *budgets], lines)


def costs_picture(records: Sequence[Comparison]) -> str:
    """An SVG: circuits over retraining to the right, KL over the floor upwards, both logarithmic, a line for
    each method and a dashed one for doing nothing.
    """
    lines = {m: [r for r in (row_of(record, m) for record in records) if r] for m in _methods(records)}
    lines = {m: rows for m, rows in lines.items() if not rows[0]["baseline"]}
    nothing = row_of(records[-1], "do_nothing")
    level = 1.0 if nothing is None else nothing["kl_over_floor"]
    values = [row["kl_over_floor"] for rows in lines.values() for row in rows] + [1.0, level]
    costs = [row["circuits_over_retrain"] for rows in lines.values() for row in rows]
    up = Scale(min(values) / 1.05, max(values) * 1.05, log=True)
    across = Scale(min(costs) / 1.1, max(costs) * 1.1, log=True)
    plane = Plane(across, up, HEIGHT, LEFT, RIGHT, TOP, HEIGHT - BOTTOM)

    def at(row: ComparisonRow) -> tuple[float, float]:
        return plane.x(row["circuits_over_retrain"]), plane.y(row["kl_over_floor"])

    ends = [at(rows[-1]) for rows in lines.values()]
    labels = spread([y for _, y in ends], LINE - 2, TOP - 10, HEIGHT - BOTTOM)
    body = [
        part
        for (method, rows), end, label in zip(lines.items(), ends, labels, strict=True)
        for part in _line(method, [at(row) for row in rows], end, label, rows[-1])
    ]
    said = records[-1]["settings"]
    return file(
        f"{said['dataset']} without {said['request']}: distance to gold at several budgets",
        " ".join(_told(method, rows) for method, rows in lines.items()),
        STYLE + ".line { stroke: var(--c); fill: none; }",
        (WIDTH, HEIGHT),
        *_axes(plane, level),
        *body,
    )


def _methods(records: Sequence[Comparison]) -> list[str]:
    """Rows with a number at some budget, by their distance at the largest one that they have."""
    known = {
        row["method"]
        for record in records
        for row in record["rows"]
        if row["kl_over_floor"] and row["method"] != "original"
    }
    return sorted(known, key=lambda m: _last([row_of(record, m) for record in records])["kl_over_floor"])


def _last(rows: Sequence[ComparisonRow | None]) -> ComparisonRow:
    return next(row for row in reversed(rows) if row is not None)


def _value(row: ComparisonRow) -> str:
    """The distance; a star where the method cost more than the budget."""
    return cell(COLUMNS[0], row, interval=True) + (r" \*" if row["within_budget"] is False else "")


def _line(
    method: str,
    points: Sequence[tuple[float, float]],
    end: tuple[float, float],
    label: float,
    row: ComparisonRow,
) -> list[Markup]:
    colour, width = ("base", 2.6) if method == OURS else ("method", 1.2)
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    lead = f"M{number(end[0])} {number(end[1])}L{RIGHT + 14} {number(label)}L{RIGHT + 22} {number(label)}"
    text = f"{method}  {fixed(row['kl_over_floor'], 2)}"
    return [
        tag("path", class_="leader", d=lead),
        tag("path", class_=f"line {colour}", d=path, stroke_width=width),
        *(tag("circle", class_=f"dot {colour}", cx=number(x), cy=number(y), r=2.5) for x, y in points),
        tag("text", text, x=RIGHT + 27, y=number(label), dominant_baseline="central"),
    ]


def _axes(plane: Plane, level: float) -> list[Markup]:
    """Both axes, and a dashed line for doing nothing."""
    y = number(plane.y(level))
    ticks, style = distances(plane.up)
    shares = [
        share for share in (0.01, 0.02, 0.05, 0.1, 0.2, 0.4) if plane.across.low <= share <= plane.across.high
    ]
    return [
        *plane.axes(AXES, (shares, ticks), style),
        tag("path", class_="leader", d=f"M{LEFT} {y}H{RIGHT}", stroke_dasharray="3 3"),
        tag("text", "do nothing", class_="tick", x=LEFT + 4, y=float(y) - 5),
    ]


def _told(method: str, rows: Sequence[ComparisonRow]) -> str:
    said = ", ".join(
        f"{fixed(row['kl_over_floor'], 2)} at {fixed(row['circuits_over_retrain'], 2)}" for row in rows
    )
    return f"{method}: {said}."
