"""The gate table: one row a gate, and nothing else has to know it.

A row says the name, the matrix or the generator of its angle (see `gate`), the number of controls, and how
the native kernel runs it (`lowerings`). A row without a lowering gets one from its matrix where that is
possible; a circuit with a gate that has none is run by the fused engine.
"""

from collections.abc import Mapping
from math import sqrt
from types import MappingProxyType

import numpy as np

from qunlearn._errors import require_one_of
from qunlearn.circuit import lowerings as low
from qunlearn.circuit.gate import (
    Gate,
    controlled,
    controlled_rotation,
    fixed,
    phase,
    rotation,
    u3_matrix,
)
from qunlearn.circuit.pauli import PAULI

_I, _X, _Y, _Z = PAULI.values()
_H = (_X + _Z) / sqrt(2)
_S, _T = np.diag([1, 1j]), np.diag([1, (1 + 1j) / sqrt(2)])
_SX = ((1 + 1j) * _I + (1 - 1j) * _X) / 2
_SWAP = np.eye(4)[[0, 2, 1, 3]]
_ISWAP = np.diag([1, 1j, 1j, 1]) @ _SWAP

_ROWS = (
    fixed("I", _I, lower=low.nothing),
    fixed("X", _X, lower=low.x),
    fixed("Y", _Y, lower=low.y),
    fixed("Z", _Z, lower=low.z_by(np.pi)),
    fixed("H", _H, lower=low.h),
    fixed("S", _S, lower=low.z_by(np.pi / 2)),
    fixed("SDG", _S.conj(), lower=low.z_by(-np.pi / 2)),
    fixed("T", _T, lower=low.z_by(np.pi / 4)),
    fixed("TDG", _T.conj(), lower=low.z_by(-np.pi / 4)),
    fixed("SX", _SX, lower=low.sx),
    rotation("RX", "X", low.rx),
    rotation("RY", "Y", low.ry),
    rotation("RZ", "Z", low.rz),
    phase("P", 1, low.rz),
    Gate("U3", u3_matrix, n_wires=1, n_angles=3, frequencies=(1.0,), lower=low.u3),
    fixed("CX", controlled(_X), n_controls=1, lower=low.cx),
    fixed("CY", controlled(_Y), n_controls=1, lower=low.cy),
    fixed("CZ", controlled(_Z), n_controls=1, lower=low.cz),
    fixed("CH", controlled(_H), n_controls=1, lower=low.ch),
    fixed("SWAP", _SWAP, lower=low.swap),
    fixed("ISWAP", _ISWAP, lower=low.iswap),
    phase("CP", 2, low.cp),
    controlled_rotation("CRX", "X", low.crx),
    controlled_rotation("CRY", "Y", low.cry),
    controlled_rotation("CRZ", "Z", low.crz),
    rotation("RXX", "XX", low.rxx),
    rotation("RYY", "YY", low.ryy),
    rotation("RZZ", "ZZ", low.rzz),
    rotation("RZX", "ZX", low.rzx),
    fixed("CCX", controlled(controlled(_X)), n_controls=2, lower=low.ccx),
)

GATES: Mapping[str, Gate] = MappingProxyType({gate.name: gate for gate in _ROWS})


def gate_named(name: str) -> Gate:
    """The row of a gate. Raises `InputError` with the names that there are for another one."""
    require_one_of("gate", name, GATES)
    return GATES[name]
