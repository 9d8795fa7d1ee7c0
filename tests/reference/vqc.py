"""Variational classifiers, slowly: one 2^n x 2^n matrix per gate. Qubit 0 is the most significant bit."""

from functools import reduce
from math import cos, sin

import numpy as np

Gate = tuple[str, tuple[int, ...], tuple[float, ...]]

X = np.array([[0, 1], [1, 0]], complex)
Z = np.diag([1, -1]).astype(complex)


def _one_qubit(name: str, angles: tuple[float, ...]) -> np.ndarray:
    if name == "RX":
        c, s = cos(angles[0] / 2), sin(angles[0] / 2)
        return np.array([[c, -1j * s], [-1j * s, c]])
    if name == "RY":
        c, s = cos(angles[0] / 2), sin(angles[0] / 2)
        return np.array([[c, -s], [s, c]], complex)
    if name == "RZ":
        return np.diag([np.exp(-0.5j * angles[0]), np.exp(0.5j * angles[0])])
    theta, phi, lam = angles
    return np.array(
        [
            [cos(theta / 2), -np.exp(1j * lam) * sin(theta / 2)],
            [np.exp(1j * phi) * sin(theta / 2), np.exp(1j * (phi + lam)) * cos(theta / 2)],
        ]
    )


def _on(n_qubits: int, placed: dict[int, np.ndarray]) -> np.ndarray:
    return reduce(np.kron, [placed.get(q, np.eye(2)) for q in range(n_qubits)])


def matrix(n_qubits: int, gate: Gate) -> np.ndarray:
    """The gate on the whole register."""
    name, wires, angles = gate
    if len(wires) == 1:
        return _on(n_qubits, {wires[0]: _one_qubit(name, angles)})
    control, target = wires
    zero, one = np.diag([1, 0]), np.diag([0, 1])
    flipped = {"CX": X, "CZ": Z}[name]
    return _on(n_qubits, {control: zero}) + _on(n_qubits, {control: one, target: flipped})


def expectations(
    n_qubits: int, gates: list[Gate], wires: tuple[int, ...], start: np.ndarray | None = None
) -> list[float]:
    """<Z> of each wire after the gates, from |0...0> or a start vector."""
    state = np.zeros(2**n_qubits, complex)
    state[0] = 1
    if start is not None:
        state[:] = 0
        state[: len(start)] = start / np.linalg.norm(start)
    for gate in gates:
        state = matrix(n_qubits, gate) @ state
    return [float(np.real(state.conj() @ _on(n_qubits, {w: Z}) @ state)) for w in wires]


def encoding(name: str, n_qubits: int, x: np.ndarray) -> list[Gate]:
    """A row of features as gates, for at most as many features as qubits."""
    gates: list[Gate] = []
    for q, value in enumerate(x):
        gates.append(("RY", (q,), (value,)))
        if name.endswith("ry_rz"):
            gates.append(("RZ", (q,), (value,)))
    if name.startswith("pairwise"):
        for a in range(min(len(x), n_qubits) - 1):
            gates += [("CX", (a, a + 1), ()), ("RZ", (a + 1,), (x[a] * x[a + 1],)), ("CX", (a, a + 1), ())]
    return gates


def _ring(gate: str, n_qubits: int, stride: int = 1) -> list[Gate]:
    """For three qubits and more."""
    return [(gate, (q, (q + stride) % n_qubits), ()) for q in range(n_qubits)]


def ansatz(name: str, n_qubits: int, repetitions: int, params: np.ndarray) -> list[Gate]:
    """One block; `params` in order repetition, rotation, qubit."""
    layers = {
        "ry_rz_cnot_ring": ("RY", "RZ"),
        "rx_ry_rz_cz_ring": ("RX", "RY", "RZ"),
        "u3_cnot_ring": ("theta", "phi", "lambda"),
        "strongly_entangling": ("RZ", "RY", "RZ"),
    }[name]
    angles = np.asarray(params).reshape(repetitions, len(layers), n_qubits)
    gates: list[Gate] = []
    for r in range(repetitions):
        if name == "u3_cnot_ring":
            gates += [("U3", (q,), tuple(angles[r, :, q])) for q in range(n_qubits)]
        else:
            for layer, rotation in enumerate(layers):
                gates += [(rotation, (q,), (angles[r, layer, q],)) for q in range(n_qubits)]
        stride = 1 + r % (n_qubits - 1) if name == "strongly_entangling" else 1
        gates += _ring("CZ" if name == "rx_ry_rz_cz_ring" else "CX", n_qubits, stride)
    return gates


def paper_logits(params: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The seed paper's classifier: (B, 3) from 72 parameters and (B, 4) inputs."""
    blocks = np.asarray(params).reshape(2, 36)
    out = []
    for row in x:
        gates: list[Gate] = []
        for block in blocks:
            gates += encoding("pairwise", 6, row) + ansatz("ry_rz_cnot_ring", 6, 3, block)
        out.append(expectations(6, gates, (3, 4, 5)))
    return np.array(out)
