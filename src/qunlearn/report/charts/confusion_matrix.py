"""A confusion matrix: rows true class, columns named class, shaded by the share of the row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from qunlearn.report.charts.svg import chart, number, tag
from qunlearn.report.digits import count, fixed

_LEFT, _TOP = 84, 22
_SMALLEST_SIDE, _LARGEST_SIDE, _ROOMY_CELL, _SMALLEST_CELL_WITH_COUNT = 204, 480, 34, 26
_LETTERS = 11


@dataclass(frozen=True, eq=False)
class Confusion:
    """`counts` (K, K) of one model, whole numbers or means of such. `model` is its CSS class.

    `forget_index` is the class whose row is outlined, None for no outline.
    """

    model: str
    title: str
    counts: np.ndarray
    classes: Sequence[str]
    forget_index: int | None

    @property
    def side(self) -> int:
        return min(max(_SMALLEST_SIDE, _ROOMY_CELL * len(self.classes)), _LARGEST_SIDE)

    @property
    def cell(self) -> float:
        return self.side / len(self.classes)

    def text(self, i: int, j: int) -> str:
        """The count, with a decimal if any count of the matrix has one."""
        whole = bool(np.all(self.counts == np.round(self.counts)))
        return count(self.counts[i, j]) if whole else fixed(self.counts[i, j], 1)


def confusion(name: str, matrix: Confusion) -> Markup:
    """The picture of `matrix`; the forgotten class's row is outlined. Small cells go without their count."""
    side, classes = matrix.side, matrix.classes
    slanted = len(classes) > 3
    width, height = _LEFT + side + 4, _TOP + side + (64 if slanted else 24)
    return chart(
        name,
        f"Confusion matrix: {matrix.title}",
        _describe(matrix),
        height,
        tag("text", matrix.title, class_="heading", x=_LEFT, y=12),
        *(_cell(matrix, i, j) for i in range(len(classes)) for j in range(len(classes))),
        _outline(matrix),
        *(_row_label(matrix, i) for i in range(len(classes))),
        *(_column_label(matrix, j, slanted) for j in range(len(classes))),
        viewBox=f"0 0 {width} {height}",
        width=width,
    )


def _outline(matrix: Confusion) -> Markup:
    if matrix.forget_index is None:
        return Markup("")
    y = number(_TOP + matrix.forget_index * matrix.cell)
    return tag("rect", class_="outline", x=_LEFT, y=y, width=matrix.side, height=number(matrix.cell))


def _cell(matrix: Confusion, i: int, j: int) -> Markup:
    cell, total = matrix.cell, float(matrix.counts[i].sum())
    x, y = _LEFT + j * cell, _TOP + i * cell
    share = float(matrix.counts[i, j]) / total if total else 0.0
    inner = number(cell - 2)
    box = tag(
        "rect", class_=f"cell {matrix.model}", x=number(x + 1), y=number(y + 1), width=inner, height=inner,
        fill_opacity=number(0.05 + 0.5 * share, 2),
    )  # fmt: skip
    if cell < _SMALLEST_CELL_WITH_COUNT:
        return box
    style = "strong" if share > 0.5 else "faint" if share == 0 else None
    size = f"font-size:{number(min(15.0, 0.36 * cell))}px"
    return box + tag(
        "text", matrix.text(i, j), class_=style, style=size, x=number(x + cell / 2), y=number(y + cell / 2),
        text_anchor="middle", dominant_baseline="central",
    )  # fmt: skip


def _row_label(matrix: Confusion, i: int) -> Markup:
    style = "label forgotten" if i == matrix.forget_index else "label"
    y = number(_TOP + (i + 0.5) * matrix.cell)
    name = _name(matrix.classes[i])
    return tag("text", *name, class_=style, x=_LEFT - 8, y=y, text_anchor="end", dominant_baseline="central")


def _column_label(matrix: Confusion, j: int, slanted: bool) -> Markup:
    x, y = number(_LEFT + (j + 0.5) * matrix.cell), _TOP + matrix.side + 16
    turn = f"rotate(-45 {x} {y})" if slanted else None
    anchor = "end" if slanted else "middle"
    return tag(
        "text", *_name(matrix.classes[j]), class_="label", x=x, y=y, text_anchor=anchor, transform=turn
    )


def _name(text: str) -> tuple[object, ...]:
    """A label short enough for its place; the whole name shows under the pointer."""
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…", tag("title", text)


def _describe(matrix: Confusion) -> str:
    classes = range(len(matrix.classes))
    rows = (
        f"{matrix.classes[i]}: "
        + ", ".join(f"{matrix.text(i, j)} named {matrix.classes[j]}" for j in classes if matrix.counts[i, j])
        for i in classes
    )
    return "True class, and how often it was named what. " + "; ".join(rows) + "."
