"""What stands on each wire of a gate, and which gates stand in one column: the same in text and picture."""

from collections import Counter

from qunlearn.circuit.circuit import Angle, Circuit, Const, Feature, Op, Param
from qunlearn.circuit.gates import gate_named

CONTROL, SWAPPED, FLIPPED = "@", "x", "X"


def columns(circuit: Circuit) -> list[list[Op]]:
    """Gates packed to the left; a gate takes all wires between its own."""
    free = [0] * circuit.n_qubits
    found: list[list[Op]] = []
    for op in circuit.ops:
        span = range(min(op.wires), max(op.wires) + 1)
        at = max(free[wire] for wire in span)
        found += [[] for _ in range(at + 1 - len(found))]
        found[at].append(op)
        for wire in span:
            free[wire] = at + 1
    return found


def labels(op: Op) -> list[str]:
    """What stands on each wire of the gate, in the order of `op.wires`."""
    n_controls = gate_named(op.gate).n_controls
    base = op.gate.removeprefix("C" * n_controls)
    label = SWAPPED if base == "SWAP" else base + _in_brackets(op, ",")
    return [CONTROL] * n_controls + [label] * (len(op.wires) - n_controls)


def gate_text(op: Op) -> str:
    """The gate with its angles, RX(θ3)."""
    return op.gate + _in_brackets(op, ", ")


def angle_text(angle: Angle) -> str:
    """θ3 is parameter 3, x0 feature 0, x0·x1 their product; numbers are radians."""
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


def _in_brackets(op: Op, comma: str) -> str:
    return f"({comma.join(map(angle_text, op.angles))})" if op.angles else ""


def _scaled(scale: float, word: str) -> str:
    return word if scale == 1 else f"-{word}" if scale == -1 else f"{scale:.4g}·{word}"
