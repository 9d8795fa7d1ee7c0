"""The columns of a comparison's table, for Markdown and terminal, and how a cell looks."""

from collections.abc import Sequence
from dataclasses import dataclass

from qunlearn.metrics import METRICS
from qunlearn.report.comparison.read import Comparison, ComparisonRow
from qunlearn.report.digits import MISSING, seconds


@dataclass(frozen=True)
class Column:
    """`key` of a row under `head`; `kinds` are the requests it has a meaning for (none: all of them).

    The first column of numbers comes with its 95 % interval everywhere, the others in Markdown only.
    """

    head: str
    key: str
    meaning: str
    decimals: int = 3
    gap: bool = False
    kinds: tuple[str, ...] = ()


_CLASS, _ROWS = ("class",), ("instances", "client", "feature")
_FLOOR = "over that of gold models from each other"


def _gap(metric: str, kinds: tuple[str, ...] = ()) -> Column:
    """The model's value minus gold's."""
    row = METRICS[metric]
    return Column(f"Δ {row.head}", f"gap_{metric}", row.label, 3, True, kinds)


def _over_floor(metric: str, key: str, what: str, kinds: tuple[str, ...] = ()) -> Column:
    """The distance from gold in units of the distance that retraining itself leaves."""
    return Column(f"{METRICS[metric].head} ÷ floor", key, f"{what} {_FLOOR}", 2, kinds=kinds)


COLUMNS = (
    _over_floor("kl_gold_mean", "kl_over_floor", "mean KL(gold‖model)"),
    _gap("forget_probability_forget", _CLASS),
    _gap("forget_probability_retain", _CLASS),
    _over_floor(
        "js_gold_forget",
        "js_forget_over_floor",
        "Jensen–Shannon divergence from gold on the request's samples",
        _ROWS,
    ),
    _gap("forget_accuracy", _ROWS),
    _gap("retain_accuracy"),
    Column(METRICS["forget_recall"].head, "forget_recall", METRICS["forget_recall"].label, 3, kinds=_CLASS),
    Column("circuits", "circuits_over_retrain", "circuits over those of retraining", 2),
    Column("time", "seconds", "computing time of one call"),
)


def columns_for(kind: str) -> list[Column]:
    """The columns that have a meaning for a kind of request."""
    return [column for column in COLUMNS if not column.kinds or kind in column.kinds]


def half_width(row: ComparisonRow, key: str) -> float | None:
    """Half of the 95 % Student t interval of a mean over seeds; None where there is no standard error."""
    from scipy.special import stdtrit

    stderr = row.get(f"{key}_stderr")
    return None if stderr is None else float(stdtrit(row["n_seeds"] - 1, 0.975)) * stderr


def cell(column: Column, row: ComparisonRow, *, interval: bool) -> str:
    """The text of a cell, `mean ± half a 95 % interval` where wanted and known."""
    value = row.get(column.key)
    if value is None:
        return MISSING
    if column.key == "seconds":
        return seconds(value)
    plain = f"{value:+.{column.decimals}f}" if column.gap else f"{value:.{column.decimals}f}"
    text = plain.replace("-", "−")
    half = half_width(row, column.key) if interval else None
    return text if not half else f"{text} ± {half:.{column.decimals}f}"


def shown(rows: Sequence[ComparisonRow]) -> tuple[list[ComparisonRow], list[ComparisonRow]]:
    """Rows with numbers, and rows of methods that refused."""
    return [r for r in rows if r["reason"] is None], [r for r in rows if r["reason"] is not None]


def row_of(results: Comparison, method: str) -> ComparisonRow | None:
    """The row of a method that has numbers; None where it was not compared or refused."""
    return next((r for r in results["rows"] if r["method"] == method and r["reason"] is None), None)


def name(row: ComparisonRow) -> str:
    """The method's id as words; a star where its cost is above the budget."""
    star = "" if row["within_budget"] in (True, None) else " *"
    return (row["method"].replace("_", " ") if row["baseline"] else row["method"]) + star
