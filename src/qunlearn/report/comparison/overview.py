"""Recorded comparisons side by side: where every method stands, and the aims that our own reached."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from qunlearn._markdown import table
from qunlearn.report.comparison.columns import COLUMNS, cell, half_width, name, row_of
from qunlearn.report.comparison.costs import costs_table
from qunlearn.report.comparison.read import Comparison, ComparisonRow
from qunlearn.report.digits import MISSING
from qunlearn.report.markdown import escape

OURS, NOTHING = "gauss_newton_replay", "do_nothing"

KINDS = {
    "class": "A class",
    "instances": "Rows, drawn at random or poisoned",
    "feature": "A feature",
    "client": "A client of a federation",
}

KL_LIMIT, COST_LIMIT = 1.10, 0.2
GAP_LIMITS = {"gap_forget_probability_forget": 0.02, "gap_forget_probability_retain": 0.01}
"""The aims of `gauss_newton_replay`; retained accuracy besides, which is not to be below gold's by more than
one standard error.
"""

_DISTANCE = COLUMNS[0]


def overview(
    records: Mapping[str, Comparison], budgets: Mapping[str, Sequence[Comparison]] | None = None
) -> str:
    """The page; `records` are recorded comparisons by the name of their page, `budgets` those of the same
    request at several budgets.
    """
    parts = [
        "# Comparisons",
        "Every method under equal budgets, on three data sets and for every kind of request. Numbers in "
        f"the tables of methods are {_DISTANCE.head}, {_DISTANCE.meaning}: 1 is as near as retrained models "
        "are to each other. Means over seeds ± half a 95 % interval; methods are in the order of their mean "
        "over the table. Each column's page has the other measures, the settings tried and the picture.",
        "## What `gauss_newton_replay` aimed at",
        _aims(records),
    ]
    for kind, title in KINDS.items():
        shown = {name: r for name, r in records.items() if r["settings"]["kind"] == kind}
        if shown:
            parts += [f"## {title}", _methods(shown, _names(shown.values()))]
    for page, several in (budgets or {}).items():
        parts += [
            f"## Gap against cost: {_heading(several[-1])}",
            "The same at other budgets, which are the columns, in shares of retraining's circuits. A star "
            "marks a method that takes more than that at the least.",
            costs_table(several),
            f"![Distance to gold at several budgets](comparisons/{page}-costs.svg)",
        ]
    parts.append("Made by `qunlearn compare` and `python scripts/update_docs.py`.")
    return "\n\n".join(parts) + "\n"


def aims(record: Comparison) -> dict[str, bool]:
    """Which aims `gauss_newton_replay` reached in a comparison, by the name of the number; those without
    meaning for a request are left out.

    `closer` is whether it is nearer to gold than doing nothing, asked where the 95 % interval of doing
    nothing lies above 1.
    """
    ours, nothing = row_of(record, OURS), row_of(record, NOTHING)
    if ours is None or nothing is None:
        return {}
    found = {_DISTANCE.key: ours[_DISTANCE.key] <= KL_LIMIT}
    for gap, limit in GAP_LIMITS.items():
        if ours.get(gap) is not None:
            found[gap] = abs(ours[gap]) <= limit
    found["gap_retain_accuracy"] = ours["gap_retain_accuracy"] >= -ours["gap_retain_accuracy_stderr"]
    found["circuits_over_retrain"] = ours["circuits_over_retrain"] <= COST_LIMIT
    if nothing[_DISTANCE.key] - (half_width(nothing, _DISTANCE.key) or 0) > 1:
        found["closer"] = ours[_DISTANCE.key] < nothing[_DISTANCE.key]
    return found


def _aims(records: Mapping[str, Comparison]) -> str:
    columns = [c for c in COLUMNS if c.key in (_DISTANCE.key, *GAP_LIMITS, "gap_retain_accuracy")]
    columns += [c for c in COLUMNS if c.key == "circuits_over_retrain"]
    lines = []
    for page, record in records.items():
        reached, ours, nothing = aims(record), row_of(record, OURS), row_of(record, NOTHING)
        if not reached or ours is None or nothing is None:
            continue
        texts = [_said(cell(c, ours, interval=True), reached.get(c.key)) for c in columns]
        closer = _said(cell(_DISTANCE, nothing, interval=True), reached.get("closer"))
        lines.append([_link(page, record), *texts, closer])
    limits = ["≤ 1.10", "abs. ≤ 0.02", "abs. ≤ 0.01", "≥ − 1 s.e.", "≤ 0.2"]
    head = [f"{c.head} {limit}" for c, limit in zip(columns, limits, strict=True)]
    words = (
        "Δ is the mean over seeds of the model's value minus gold's. The last column is the distance of "
        "doing nothing, and whether `gauss_newton_replay` is nearer, which is asked where the interval of "
        "doing nothing lies above 1."
    )
    return f"{table(['comparison', *head, 'do nothing'], lines)}\n\n{words}"


def _said(text: str, reached: bool | None) -> str:
    return text if reached is None else f"{text} {'met' if reached else '**missed**'}"


def short_table(records: Mapping[str, Comparison], methods: Iterable[str], folder: str) -> str:
    """The distances of some methods after the request of a class, for a page from which the docs are in
    `folder`."""
    shown = {name: r for name, r in records.items() if r["settings"]["kind"] == "class"}
    return _methods(shown, [m for m in methods if m in _names(shown.values())], folder)


def _methods(records: Mapping[str, Comparison], methods: Iterable[str], folder: str = "") -> str:
    rows = [[row_of(record, m) for record in records.values()] for m in methods]
    lines = [
        [_title(found, folder), *(MISSING if r is None else cell(_DISTANCE, r, interval=True) for r in found)]
        for found in sorted(rows, key=_mean)
    ]
    return table(["method", *(_link(page, record, folder) for page, record in records.items())], lines)


def _names(records: Iterable[Comparison]) -> list[str]:
    """Every row that has a number somewhere; the original is left out: doing nothing is the same model."""
    known = {
        row["method"]
        for record in records
        for row in record["rows"]
        if row[_DISTANCE.key] is not None and row["method"] != "original"
    }
    return sorted(known)


def _mean(found: Sequence[ComparisonRow | None]) -> float:
    return fmean(row[_DISTANCE.key] for row in found if row is not None and row[_DISTANCE.key] is not None)


def _title(found: Sequence[ComparisonRow | None], folder: str) -> str:
    row = next(row for row in found if row is not None)
    plain = name({**row, "within_budget": True})
    return plain if row["baseline"] else f"[`{plain}`]({folder}methods/{plain}.md)"


def _link(page: str, record: Comparison, folder: str = "") -> str:
    return f"[{_heading(record)}]({folder}comparisons/{page}.md)"


def _heading(record: Comparison) -> str:
    said = record["settings"]
    return f"{escape(said['dataset'])} without {escape(said['request'])}"
