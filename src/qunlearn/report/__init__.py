"""Reports from a finished run folder: an HTML page, a terminal table, Markdown. Needs no simulator."""

from qunlearn.report.markdown import markdown
from qunlearn.report.page.html_page import write
from qunlearn.report.terminal import table

__all__ = ["markdown", "table", "write"]
