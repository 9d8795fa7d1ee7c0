"""A comparison in the terminal."""

from typing import TYPE_CHECKING

from qunlearn.report.comparison.columns import cell, columns_for, name, shown
from qunlearn.report.comparison.read import Comparison, ComparisonRow, ComparisonSettings

if TYPE_CHECKING:
    from rich.table import Table


def terminal_table(results: Comparison) -> "Table":
    """The table for rich: nearest to gold first, baselines dim, notes below; 80 columns are enough."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    said, (rows, refused) = results["settings"], shown(results["rows"])
    columns = columns_for(said["kind"])
    made = Table(
        title=Text(f"{said['dataset']} without {said['request']} · {len(said['seeds'])} seeds"),
        caption=Text("\n".join(_notes(said, rows, refused))),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=0,
    )
    made.add_column("method", no_wrap=True)
    for column in columns:
        made.add_column(column.head.replace(" ", "\n"), justify="right", no_wrap=True)
    for row in rows:
        texts = (cell(column, row, interval=i == 0) for i, column in enumerate(columns))
        made.add_row(Text(name(row)), *texts, style="dim" if row["baseline"] else None)
    return made


def _notes(said: ComparisonSettings, rows: list[ComparisonRow], refused: list[ComparisonRow]) -> list[str]:
    notes = [
        f"Δ: model minus gold. Budget {said['budget']:g} of retraining's circuits for every setting; chosen "
        f"per seed: {said['rule']}."
    ]
    if any(row["within_budget"] is False for row in rows):
        notes.append("* above the budget: one step, or the method's one formula, costs more.")
    return [*notes, *(f"{row['method']}: {row['reason']}" for row in refused)]
