"""A circuit as a picture: a standalone SVG document with a light background."""

from pathlib import Path
from xml.sax.saxutils import escape

from qunlearn._errors import require
from qunlearn.circuit.circuit import Circuit, Op
from qunlearn.circuit.draw.symbols import CONTROL, FLIPPED, SWAPPED, columns, labels

_COLUMN, _ROW, _BOX, _TOP = 26, 46, 30, 26  # pixels


def picture(circuit: Circuit, path: Path | str) -> None:
    """Save the circuit as an SVG picture with a light background; the same circuit gives the same bytes.

    Raises `InputError` for another ending than .svg, or where the file cannot be written.
    """
    path = Path(path)
    require(
        path.suffix.lower() == ".svg",
        f"the picture is an SVG file: give a name ending in .svg, not {path.name}",
    )
    require(path.parent.is_dir(), f"there is no folder {path.parent} to write {path.name} to")
    path.write_text(svg(circuit), encoding="utf-8")


def svg(circuit: Circuit, width: int = 1240) -> str:
    """The circuit as a standalone SVG document, continued below where it is wider than `width` pixels."""
    left = 64 if circuit.amplitude_encoding else 40
    blocks = _blocks(columns(circuit), width - left - 16)
    widest = left + 16 + max((sum(w for _, w in block) for block in blocks), default=0)
    block_height = 2 * _TOP + _ROW * (circuit.n_qubits - 1)
    height = block_height * len(blocks)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {widest} {height}" '
        f'width="{widest}" height="{height}" role="img" font-family="monospace" font-size="11">',
        f"<title>{escape(_title(circuit))}</title>",
        f'<rect width="{widest}" height="{height}" fill="#ffffff"/>',
    ]
    for i, block in enumerate(blocks):
        parts.append(f'<g transform="translate(0 {i * block_height})">')
        end = left + sum(w for _, w in block)
        for wire in range(circuit.n_qubits):
            name = f"|x⟩ q{wire}" if circuit.amplitude_encoding and i == 0 else f"q{wire}"
            parts.append(_line(left - 12, _y(wire), end, _y(wire)))
            parts.append(f'<text x="6" y="{_y(wire) + 4}" fill="#1b1f24">{name}</text>')
        x = left
        for column, column_width in block:
            parts += [mark for op in column for mark in _marks(op, x + column_width // 2)]
            x += column_width
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _blocks(columns: list[list[Op]], width: int) -> list[list[tuple[list[Op], int]]]:
    """Columns with their widths, cut into blocks of at most `width` pixels; always at least one block."""
    blocks: list[list[tuple[list[Op], int]]] = [[]]
    for column in columns:
        wide = 8 + max(_width(label) for op in column for label in labels(op))
        if blocks[-1] and sum(w for _, w in blocks[-1]) + wide > width:
            blocks.append([])
        blocks[-1].append((column, wide))
    return blocks


def _title(circuit: Circuit) -> str:
    return f"Circuit of {circuit.n_qubits} qubits, {len(circuit.ops)} gates, {circuit.n_params} parameters"


def _y(wire: int) -> int:
    return _TOP + _ROW * wire


def _width(label: str) -> int:
    return max(_COLUMN, 7 * len(label) + 12) if label not in (CONTROL, SWAPPED) else _COLUMN


def _marks(op: Op, x: int) -> list[str]:
    """The gate's symbols in the column centred at `x`."""
    marks = []
    if len(op.wires) > 1:
        marks.append(_line(x, _y(min(op.wires)), x, _y(max(op.wires))))
    for wire, label in zip(op.wires, labels(op), strict=True):
        marks.append(_symbol(label, x, _y(wire), controlled=CONTROL in labels(op)))
    return marks


def _symbol(label: str, x: int, y: int, controlled: bool) -> str:
    if label == CONTROL:
        return f'<circle cx="{x}" cy="{y}" r="4" fill="#1b1f24"/>'
    if label == SWAPPED:
        return _line(x - 6, y - 6, x + 6, y + 6) + _line(x - 6, y + 6, x + 6, y - 6)
    if label == FLIPPED and controlled:
        ring = f'<circle cx="{x}" cy="{y}" r="9" fill="#ffffff" stroke="#1b1f24"/>'
        return ring + _line(x - 9, y, x + 9, y) + _line(x, y - 9, x, y + 9)
    width = _width(label) - 4
    box = (
        f'<rect x="{x - width // 2}" y="{y - _BOX // 2}" width="{width}" height="{_BOX}" rx="3" '
        f'fill="{_fill(label)}" stroke="#1b1f24"/>'
    )
    return box + f'<text x="{x}" y="{y + 4}" text-anchor="middle" fill="#1b1f24">{escape(label)}</text>'


def _fill(label: str) -> str:
    """Trainable gates blue, data gates orange, fixed ones white."""
    return "#dbe9f6" if "θ" in label else "#fde3cc" if "x" in label else "#ffffff"


def _line(x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#1b1f24"/>'
