"""The kernel's program for a circuit: one array of int64, floating-point numbers kept by their bits.

Layout (read by kernel/program.cpp, which checks it again):
header: version, qubits, parameters, features, amplitude encoding, slots, angles, passes, readouts;
slot: four-term flag, kind, then 0 value | 1 index scale | 2 scale offset count indices...;
angle: number of terms, then (slot, coefficient) each;
pass: number of rotations, (flip, parity, angle) each, number of phases, (parity, angle) each;
readout: flip, parity, sign.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Int64

from qunlearn.circuit.circuit import Circuit, Const, Param
from qunlearn.circuit.frame import Rotation, Slot
from qunlearn.circuit.native.lower import Readout, lower
from qunlearn.circuit.native.passes import Pass, schedule

VERSION = 1


@lru_cache(maxsize=256)
def program(circuit: Circuit, wires: tuple[int, ...]) -> Int64[np.ndarray, " L"]:
    """The encoded program that gives <Z> of the (different) `wires`."""
    slots, rotations, readouts = lower(circuit, wires)
    code = encode(circuit, slots, schedule(rotations), readouts)
    code.setflags(write=False)
    return code


def encode(
    circuit: Circuit, slots: Sequence[Slot], passes: Sequence[Pass], readouts: Sequence[Readout]
) -> Int64[np.ndarray, " L"]:
    """The parts in the layout of this module's docstring."""
    angles: list[Rotation] = [r for step in passes for r in (*step.rotations, *step.phases)]
    head = [circuit.n_qubits, circuit.n_params, circuit.n_features, int(circuit.amplitude_encoding)]
    words: list[int] = [VERSION, *head, len(slots), len(angles), len(passes), len(readouts)]
    for slot in slots:
        words += _slot(slot)
    for angle in angles:
        words += [len(angle.terms), *(w for slot, c in angle.terms for w in (slot, _bits(c)))]
    number = iter(range(len(angles)))
    for step in passes:
        words.append(len(step.rotations))
        words += [w for r in step.rotations for w in (r.flip, r.parity, next(number))]
        words.append(len(step.phases))
        words += [w for z in step.phases for w in (z.parity, next(number))]
    words += [w for r in readouts for w in (r.flip, r.parity, r.sign)]
    return np.array(words, np.int64)


def _slot(slot: Slot) -> list[int]:
    angle, four = slot.angle, int(slot.four_term)
    if isinstance(angle, Const):
        return [four, 0, _bits(angle.value)]
    if isinstance(angle, Param):
        return [four, 1, angle.index, _bits(angle.scale)]
    return [four, 2, _bits(angle.scale), _bits(angle.offset), len(angle.indices), *angle.indices]


def _bits(value: float) -> int:
    return int(np.float64(value).view(np.int64))
