"""Circuits as text and as a picture, and the fused program as a list of steps; no plotting library needed."""

from collections import Counter
from pathlib import Path
from xml.sax.saxutils import escape

from qunlearn._errors import require
from qunlearn.circuit.circuit import Angle, Circuit, Const, Feature, Op, Param
from qunlearn.circuit.fuse import Program
from qunlearn.circuit.gates import GATES
from qunlearn.circuit.steps import Dense, Local, Permute, Phase, Step, wires_of

_CONTROLS = {name: 2 if name == "CCX" else 1 for name in GATES if name.startswith("C")}
_COLUMN, _ROW, _BOX, _TOP = 26, 46, 30, 26


def text(circuit: Circuit, width: int = 0) -> str:
    """The circuit as text, time from left to right, one line per wire: `@` is a control, `x` a swapped wire.

    Angles read θ3 (parameter 3), x0 (feature 0), x0·x1 (their product), or a number in radians. With
    `width` > 0 it continues below, in blocks of at most so many characters (a single gate may be wider).
    """
    names = [f"q{wire}: " for wire in range(circuit.n_qubits)]
    start = "|x⟩─" if circuit.amplitude_encoding else ""
    margin = [name.rjust(max(map(len, names))) + start for name in names]
    blocks = [margin]
    for column in _columns(circuit):
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
        for wire, label in zip(op.wires, _labels(op), strict=True):
            cells[wire] = label
    width = max(map(len, cells))
    return [cell.center(width, "─") + "─" for cell in cells]


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
    blocks = _blocks(_columns(circuit), width - left - 16)
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
        wide = 8 + max(_width(label) for op in column for label in _labels(op))
        if blocks[-1] and sum(w for _, w in blocks[-1]) + wide > width:
            blocks.append([])
        blocks[-1].append((column, wide))
    return blocks


def fused_text(program: Program) -> str:
    """The steps of a fused program, one a line, with what each holds."""
    return "\n".join(
        f"{i + 1:>3}  {_describe(step, program.n_qubits)}" for i, step in enumerate(program.steps)
    )


def _describe(step: Step, n_qubits: int) -> str:
    match step:
        case Local():
            runs = (f"q{w}: {' '.join(map(_gate, run))}" for w, run in step.by_wire.items())
            return "local    " + " | ".join(runs)
        case Phase():
            wires = ", ".join(f"q{w}" for w in wires_of(step.mask, n_qubits))
            return f"phase    on {wires}: {', '.join(_angle(r.angle) for r in step.rotations)}"
        case Permute():
            moved = (
                f"q{w} = {' ⊕ '.join(f'q{v}' for v in wires_of(row, n_qubits))}"
                for w, row in enumerate(step.rows)
                if wires_of(row, n_qubits) != (w,)
            )
            return "permute  " + ", ".join(moved)
        case Dense():
            return f"dense    {_gate(step.op)} on {', '.join(f'q{w}' for w in step.op.wires)}"


def _gate(op: Op) -> str:
    return f"{op.gate}({', '.join(map(_angle, op.angles))})" if op.angles else op.gate


def _columns(circuit: Circuit) -> list[list[Op]]:
    """Gates packed to the left; a gate takes all wires between its own."""
    free = [0] * circuit.n_qubits
    columns: list[list[Op]] = []
    for op in circuit.ops:
        span = range(min(op.wires), max(op.wires) + 1)
        at = max(free[wire] for wire in span)
        columns += [[] for _ in range(at + 1 - len(columns))]
        columns[at].append(op)
        for wire in span:
            free[wire] = at + 1
    return columns


def _labels(op: Op) -> list[str]:
    """What stands on each wire of the gate, in the order of `op.wires`."""
    if op.gate == "SWAP":
        return ["x", "x"]
    n_controls = _CONTROLS.get(op.gate, 0)
    base = op.gate[n_controls:] if op.gate in _CONTROLS else op.gate
    label = f"{base}({','.join(map(_angle, op.angles))})" if op.angles else base
    return ["@"] * n_controls + [label] * (len(op.wires) - n_controls)


def _angle(angle: Angle) -> str:
    match angle:
        case Const(value):
            return f"{value:.4g}"
        case Param(index, scale):
            return _scaled(scale, f"θ{index}")
        case Feature(indices, scale, offset):
            powers = Counter(indices)
            shift = f"{-offset:+.4g}" if offset else ""
            factors = [f"(x{i}{shift})" if offset else f"x{i}" for i in powers.elements()]
            return _scaled(scale, "·".join(factors) or "1")


def _scaled(scale: float, word: str) -> str:
    return word if scale == 1 else f"-{word}" if scale == -1 else f"{scale:.4g}·{word}"


def _title(circuit: Circuit) -> str:
    return f"Circuit of {circuit.n_qubits} qubits, {len(circuit.ops)} gates, {circuit.n_params} parameters"


def _y(wire: int) -> int:
    return _TOP + _ROW * wire


def _width(label: str) -> int:
    return max(_COLUMN, 7 * len(label) + 12) if label not in "@x" else _COLUMN


def _marks(op: Op, x: int) -> list[str]:
    """The gate's symbols in the column centred at `x`."""
    marks = []
    if len(op.wires) > 1:
        marks.append(_line(x, _y(min(op.wires)), x, _y(max(op.wires))))
    for wire, label in zip(op.wires, _labels(op), strict=True):
        marks.append(_symbol(op.gate, label, x, _y(wire)))
    return marks


def _symbol(gate: str, label: str, x: int, y: int) -> str:
    if label == "@":
        return f'<circle cx="{x}" cy="{y}" r="4" fill="#1b1f24"/>'
    if label == "x":
        return _line(x - 6, y - 6, x + 6, y + 6) + _line(x - 6, y + 6, x + 6, y - 6)
    if gate in ("CX", "CCX"):
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
