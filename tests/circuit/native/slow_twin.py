"""Values and derivatives gate by gate with dense matrices: slow, obvious, and no JAX.

Derivatives need no rule of the package: as a function of one angle, a value is a trigonometric polynomial
with frequencies 0, 1/2 and 1 (the gaps of the gates' generators), so five points on its period of 4 pi
determine it.
"""

from math import pi, prod

import numpy as np

from qunlearn.circuit.circuit import Circuit, Const, Feature, Param
from qunlearn.circuit.gates import GATES

_ORDERS = np.arange(-2, 3)
_POINTS = 4 * pi * np.arange(5) / 5
_WEIGHTS = np.array([(0.5j * _ORDERS * np.exp(-0.5j * _ORDERS * t)).sum().real / 5 for t in _POINTS])


def angle_values(circuit: Circuit, params: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The angles of all gates, in order of time: (B, A)."""
    columns = []
    for op in circuit.ops:
        for a in op.angles:
            if isinstance(a, Const):
                value = a.value
            elif isinstance(a, Param):
                value = a.scale * params[a.index]
            else:
                value = a.scale * prod((x[:, i] - a.offset for i in a.indices), start=np.ones(len(x)))
            columns.append(np.broadcast_to(value, len(x)))
    return np.stack(columns, 1) if columns else np.zeros((len(x), 0))


def evolve(circuit: Circuit, angles: np.ndarray, state: np.ndarray) -> np.ndarray:
    """(R, A) angles and (R, 2^n) states at the start to the states at the end."""
    rows, n, used = len(state), circuit.n_qubits, 0
    for op in circuit.ops:
        own = angles[:, used : used + len(op.angles)]
        used += len(op.angles)
        axes = [1 + w for w in op.wires]
        front = np.moveaxis(state.reshape((rows, *[2] * n)), axes, range(1, 1 + len(axes)))
        matrix = GATES[op.gate].matrix(np, *own.T)
        product = matrix @ front.reshape(rows, 2 ** len(axes), 2 ** (n - len(axes)))
        state = np.moveaxis(product.reshape(front.shape), range(1, 1 + len(axes)), axes).reshape(rows, 2**n)
    return state


def signs(circuit: Circuit, wires: tuple[int, ...]) -> np.ndarray:
    """Eigenvalues of Z on each wire: (2^n, M)."""
    index = np.arange(2**circuit.n_qubits)
    return np.stack([1 - 2 * (index >> (circuit.n_qubits - 1 - w) & 1) for w in wires], 1)


def starts(circuit: Circuit, x: np.ndarray) -> np.ndarray:
    state = np.zeros((len(x), 2**circuit.n_qubits), complex)
    if circuit.amplitude_encoding:
        state[:, : x.shape[1]] = x / np.linalg.norm(x, axis=1, keepdims=True)
    else:
        state[:, 0] = 1
    return state


def products(
    circuit: Circuit, wires: tuple[int, ...], params: np.ndarray, x: np.ndarray, cotangent: np.ndarray
) -> list[np.ndarray]:
    """Values (B, M), and the vector-Jacobian products by parameters and features."""
    angles, start, z = angle_values(circuit, params, x), starts(circuit, x), signs(circuit, wires)
    values = np.abs(evolve(circuit, angles, start)) ** 2 @ z
    n_angles = angles.shape[1]
    moves = np.einsum("t,ij->itj", _POINTS, np.eye(n_angles)).reshape(5 * n_angles, n_angles)
    many = (angles[None] + moves[:, None]).reshape(len(moves) * len(x), n_angles)
    states = evolve(circuit, many, np.tile(start, (len(moves), 1)))
    weighted = ((np.abs(states) ** 2 @ z).reshape(len(moves), *values.shape) * cotangent).sum(2)
    by_angle = np.einsum("t,itb->bi", _WEIGHTS, weighted.reshape(n_angles, 5, len(x)))
    by_params, by_x = _chain(circuit, by_angle, x)
    if circuit.amplitude_encoding:
        by_x += _by_amplitudes(circuit, angles, x, z, cotangent)
    return [values, by_params, by_x]


def _chain(circuit: Circuit, by_angle: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    by_params, by_x = np.zeros(circuit.n_params), np.zeros_like(x)
    for column, a in enumerate(a for op in circuit.ops for a in op.angles):
        if isinstance(a, Param):
            by_params[a.index] += a.scale * by_angle[:, column].sum()
        if isinstance(a, Feature):
            for k, i in enumerate(a.indices):
                others = prod(
                    (x[:, j] - a.offset for m, j in enumerate(a.indices) if m != k), start=np.ones(len(x))
                )
                by_x[:, i] += a.scale * others * by_angle[:, column]
    return by_params, by_x


def _by_amplitudes(
    circuit: Circuit, angles: np.ndarray, x: np.ndarray, z: np.ndarray, cotangent: np.ndarray
) -> np.ndarray:
    """f = x H x / x x has the gradient 2 (H x - f x) / x x."""
    result = np.zeros_like(x)
    for b in range(len(x)):
        basis = np.eye(2**circuit.n_qubits, dtype=complex)[: x.shape[1]]
        columns = evolve(circuit, np.tile(angles[b], (len(basis), 1)), basis)
        h = ((columns.conj() * (z @ cotangent[b])) @ columns.T).real
        square = x[b] @ x[b]
        result[b] = 2 * (h @ x[b] - (x[b] @ h @ x[b]) / square * x[b]) / square
    return result
