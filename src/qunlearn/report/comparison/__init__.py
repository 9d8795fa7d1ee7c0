"""A comparison of methods from its `results.json`: Markdown, a picture, a table for the terminal."""

from pathlib import Path

from qunlearn.records import write_atomic
from qunlearn.report.comparison.comparison_terminal import terminal_table
from qunlearn.report.comparison.costs import costs_picture
from qunlearn.report.comparison.overview import overview, short_table
from qunlearn.report.comparison.picture import picture
from qunlearn.report.comparison.read import read_comparison
from qunlearn.report.comparison.text import document

__all__ = [
    "costs_picture",
    "document",
    "overview",
    "picture",
    "read_comparison",
    "short_table",
    "terminal_table",
    "write_comparison",
]


def write_comparison(folder: Path | str) -> None:
    """Write `comparison.md` and `comparison.svg` beside the `results.json` of `folder`."""
    folder = Path(folder)
    results = read_comparison(folder / "results.json")
    write_atomic(folder / "comparison.md", document(results, picture="comparison.svg"))
    write_atomic(folder / "comparison.svg", picture(results))
