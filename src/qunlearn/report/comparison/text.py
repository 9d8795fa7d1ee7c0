"""A comparison as Markdown."""

from qunlearn._markdown import table
from qunlearn.report.comparison.columns import cell, columns_for, name, shown
from qunlearn.report.comparison.read import Comparison, ComparisonRow, ComparisonSettings
from qunlearn.report.markdown import escape


def document(results: Comparison, *, picture: str | None = None) -> str:
    """The whole page: what was compared and how, the table, what refused, what was tried."""
    said, (rows, refused) = results["settings"], shown(results["rows"])
    parts = [
        f"# {escape(said['dataset'])} without {escape(said['request'])}: every method at equal budgets",
        introduction(said),
        comparison_table(results),
        *([f"![Distance to gold against cost]({picture})"] if picture else []),
        *(["## Not compared", _refusals(refused)] if refused else []),
        "## What was tried",
        f"Chosen at every seed: {escape(said['rule'])}. The most frequent choice and its number of seeds:",
        _tried(said, [row for row in rows if row["hyper"]]),
        *_claims(rows),
    ]
    return "\n\n".join(parts) + "\n"


def introduction(said: ComparisonSettings) -> str:
    """How the numbers came about, in a paragraph."""
    return (
        f"{len(said['seeds'])} seeds, each with its own split, original model and {said['gold']} gold "
        f"models. Every setting may spend {said['budget']:g} of retraining's circuits; choosing among them "
        "is not counted. Means over seeds ± half a 95 % Student t interval; Δ is the model's value minus "
        "gold's. Nearest to gold is best; beyond gold is as far off as short of it. Times are one call's "
        f"on the machine that made the record, compiling left out. qunlearn {said['version']}."
    )


def comparison_table(results: Comparison) -> str:
    """The rows with numbers, nearest to gold first, and what the columns mean."""
    rows, _ = shown(results["rows"])
    columns = columns_for(results["settings"]["kind"])
    lines = [[_name(row), *(cell(c, row, interval=True) for c in columns)] for row in rows]
    meanings = "; ".join(f"*{column.head}*: {column.meaning}" for column in columns)
    star = " \\* costs more than the budget." if any(r["within_budget"] is False for r in rows) else ""
    return f"{table(['method', *(c.head for c in columns)], lines)}\n\n{meanings}.{star}"


def _name(row: ComparisonRow) -> str:
    return name(row).replace("*", r"\*") if row["baseline"] else f"`{name(row)}`"


def _refusals(refused: list[ComparisonRow]) -> str:
    return "\n".join(f"- `{row['method']}`: {escape(row['reason'])}" for row in refused)


def _tried(said: ComparisonSettings, rows: list[ComparisonRow]) -> str:
    lines = []
    for row in rows:
        grid = ", ".join(f"{k} {' '.join(map(str, v))}" for k, v in said["grids"][row["method"]].items())
        first = row["hyper"][0]
        chosen = ", ".join(f"{k} {v}" for k, v in first["setting"].items())
        lines.append(
            [f"`{row['method']}`", escape(grid) or "its defaults", escape(chosen), str(first["seeds"])]
        )
    return table(["method", "tried", "most frequent choice", "seeds"], lines)


def _claims(rows: list[ComparisonRow]) -> list[str]:
    said = [f"- `{row['method']}`: {escape(row['claim'])}" for row in rows if row["claim"]]
    return ["## Claims", "The weakest over seeds.", "\n".join(said)] if said else []
