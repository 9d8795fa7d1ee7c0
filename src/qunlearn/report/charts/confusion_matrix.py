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
class ConfusionMatrix:
    """`counts` (K, K) of one model, whole numbers or means of such. `model` is its CSS class.

    `forget_index` is the class whose row is outlined, None for no outline. `shares`: cells show the share of
    their row instead of the count.
    """

    model: str
    title: str
    counts: np.ndarray
    classes: Sequence[str]
    forget_index: int | None
    shares: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return _LEFT + self.side + 4, _TOP + self.side + (64 if self.slanted else 24)

    @property
    def slanted(self) -> bool:
        """Whether the names of many columns are slanted, so that they find place."""
        return len(self.classes) > 3

    @property
    def side(self) -> int:
        return min(max(_SMALLEST_SIDE, _ROOMY_CELL * len(self.classes)), _LARGEST_SIDE)

    @property
    def cell(self) -> float:
        return self.side / len(self.classes)

    def text(self, i: int, j: int) -> str:
        """The count, with a decimal if any count of the matrix has one, or the share of the row."""
        if self.shares:
            return fixed(self.share(i, j), 2)
        whole = bool(np.all(self.counts == np.round(self.counts)))
        return count(self.counts[i, j]) if whole else fixed(self.counts[i, j], 1)

    def share(self, i: int, j: int) -> float:
        """Of the samples of class i, the share that is named j; 0 where there are none."""
        total = float(self.counts[i].sum())
        return float(self.counts[i, j]) / total if total else 0.0


def confusion(name: str, matrix: ConfusionMatrix) -> Markup:
    """The picture of `matrix`; the forgotten class's row is outlined. Small cells go without their count."""
    width, height = matrix.size
    return chart(
        name,
        f"Confusion matrix: {matrix.title}",
        describe(matrix),
        height,
        *parts(matrix),
        viewBox=f"0 0 {width} {height}",
        width=width,
    )


def parts(matrix: ConfusionMatrix) -> list[Markup]:
    """The elements of the picture, to be put into a larger one."""
    classes = range(len(matrix.classes))
    return [
        tag("text", matrix.title, class_="heading", x=_LEFT, y=12),
        *(_cell(matrix, i, j) for i in classes for j in classes),
        _outline(matrix),
        *(_row_label(matrix, i) for i in classes),
        *(_column_label(matrix, j) for j in classes),
    ]


def _outline(matrix: ConfusionMatrix) -> Markup:
    if matrix.forget_index is None:
        return Markup("")
    y = number(_TOP + matrix.forget_index * matrix.cell)
    return tag("rect", class_="outline", x=_LEFT, y=y, width=matrix.side, height=number(matrix.cell))


def _cell(matrix: ConfusionMatrix, i: int, j: int) -> Markup:
    cell, share = matrix.cell, matrix.share(i, j)
    x, y = _LEFT + j * cell, _TOP + i * cell
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


def _row_label(matrix: ConfusionMatrix, i: int) -> Markup:
    style = "label forgotten" if i == matrix.forget_index else "label"
    y = number(_TOP + (i + 0.5) * matrix.cell)
    name = _name(matrix.classes[i])
    return tag("text", *name, class_=style, x=_LEFT - 8, y=y, text_anchor="end", dominant_baseline="central")


def _column_label(matrix: ConfusionMatrix, j: int) -> Markup:
    x, y = number(_LEFT + (j + 0.5) * matrix.cell), _TOP + matrix.side + 16
    turn = f"rotate(-45 {x} {y})" if matrix.slanted else None
    anchor = "end" if matrix.slanted else "middle"
    return tag(
        "text", *_name(matrix.classes[j]), class_="label", x=x, y=y, text_anchor=anchor, transform=turn
    )


def _name(text: str) -> tuple[object, ...]:
    """A label short enough for its place; the whole name shows under the pointer."""
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…", tag("title", text)


def describe(matrix: ConfusionMatrix) -> str:
    """In words: of every class, how often it was named what."""
    classes = range(len(matrix.classes))
    rows = (
        f"{matrix.classes[i]}: "
        + ", ".join(f"{matrix.text(i, j)} named {matrix.classes[j]}" for j in classes if matrix.counts[i, j])
        for i in classes
    )
    return "True class, and how often it was named what. " + "; ".join(rows) + "."
