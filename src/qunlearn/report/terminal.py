"""The three-way contrast in the terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from qunlearn._types import JsonObject
from qunlearn.report.digits import fixed
from qunlearn.report.page.contrast_section import ContrastRow, contrast
from qunlearn.results.request_words import request_words
from qunlearn.results.run_results import read_summary

if TYPE_CHECKING:
    from rich.table import Table

_STYLES = {"original": "dim", "unlearned": "bold", "gold": "yellow", "gold_gold": "yellow"}
_HEADINGS = {"gold_gold": "gold–gold"}


def table(folder_or_summary: Path | str | JsonObject) -> "Table":
    """The page's three-way table for rich, from a run folder or a loaded `summary.json`, verdict below.

    It fits a terminal of 80 columns. Raises `InputError` where the folder or its summary is missing or
    damaged.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    given = folder_or_summary
    summary = given if isinstance(given, Mapping) else read_summary(given)
    made = Table(
        title=Text(f"{summary['dataset']} without {request_words(summary).what} · {summary['method']['id']}"),
        caption=Text(summary["spread"]["sentence"]),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    made.add_column("test split" if summary["forget_index"] is not None else "audited samples")
    for model, style in _STYLES.items():
        made.add_column(_HEADINGS.get(model, model), justify="right", style=style)
    for row in contrast(summary):
        made.add_row(row.quantity.label, *_texts(row))
    return made


def _texts(row: ContrastRow) -> list[str]:
    """Only gold's number with its error: the page has the others."""
    original, unlearned, gold, between = row.cells
    places = row.quantity.decimals
    return [
        fixed(original.value, places),
        fixed(unlearned.value, places),
        gold.text,
        fixed(between.value, places),
    ]
