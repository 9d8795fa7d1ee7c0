"""The one writer of Markdown tables."""

import re
from collections.abc import Iterable, Sequence

_BARE_PIPE = re.compile(r"(?<!\\)((?:\\\\)*)\|")
"""A pipe that no backslash escapes: an even number of them stands before it."""


def table(
    header: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    left: int | None = 1,
    rule: tuple[str, str] = ("---", "---:"),
) -> str:
    """A Markdown table; the `left` first columns are words, the others numbers (None: all are words).

    rule: the marks under a column of words and one of numbers. Cells become text on one line, and a pipe in
    them does not end the cell; other Markdown stays as it is (`qunlearn.report.markdown.escape`).
    """
    words = len(header) if left is None else left
    marks = [rule[0]] * words + [rule[1]] * (len(header) - words)
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in (header, marks, *rows))


def _cell(content: object) -> str:
    return _BARE_PIPE.sub(r"\1\\|", " ".join(str(content).splitlines()))
