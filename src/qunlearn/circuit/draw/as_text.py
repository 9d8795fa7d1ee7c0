"""A circuit as text."""

from qunlearn.circuit.circuit import Circuit, Op
from qunlearn.circuit.draw.symbols import columns, labels


def text(circuit: Circuit, width: int = 0) -> str:
    """The circuit as text, time from left to right, one line per wire: `@` is a control, `x` a swapped wire.

    Angles read θ3 (parameter 3), x0 (feature 0), x0·x1 (their product), or a number in radians. With
    `width` > 0 it continues below, in blocks of at most so many characters (a single gate may be wider).
    """
    names = [f"q{wire}: " for wire in range(circuit.n_qubits)]
    start = "|x⟩─" if circuit.amplitude_encoding else ""
    margin = [name.rjust(max(map(len, names))) + start for name in names]
    blocks = [margin]
    for column in columns(circuit):
        cells = _cells(column, circuit.n_qubits)
        if width and len(blocks[-1][0]) + len(cells[0]) > width and blocks[-1] != margin:
            blocks.append(margin)
        blocks[-1] = [line + cell for line, cell in zip(blocks[-1], cells, strict=True)]
    return "\n\n".join("\n".join(block) for block in blocks)


def _cells(column: list[Op], n_qubits: int) -> list[str]:
    """One column as text, a piece of equal length for every wire."""
    cells = ["─"] * n_qubits
    for op in column:
        for wire in range(min(op.wires), max(op.wires) + 1):
            cells[wire] = "│"
        for wire, label in zip(op.wires, labels(op), strict=True):
            cells[wire] = label
    width = max(map(len, cells))
    return [cell.center(width, "─") + "─" for cell in cells]
