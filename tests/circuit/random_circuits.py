"""Random circuits without symmetry, and their gates with numbers for angles, as the reference reads them."""

from collections.abc import Iterable

import numpy as np
from numpy.random import Generator

from qunlearn.circuit.circuit import Angle, Circuit, Const, Feature, Op, Param
from qunlearn.circuit.gates import GATES

N_PARAMS, N_FEATURES = 5, 3


def random_circuit(
    rng: Generator, n_qubits: int, *, repeats: int = 1, names: Iterable[str] = GATES, constants: bool = True
) -> Circuit:
    """Every gate of `names` that fits, `repeats` times, in random order on random wires.

    Parameters and features are shared between gates, scaled, shifted by offsets and multiplied.
    """
    fitting = [name for name in names if GATES[name].n_wires <= n_qubits] * repeats
    ops = tuple(_random_op(rng, name, n_qubits, constants) for name in rng.permutation(fitting))
    return Circuit(n_qubits, ops, n_params=N_PARAMS, n_features=N_FEATURES)


def _random_op(rng: Generator, name: str, n_qubits: int, constants: bool) -> Op:
    gate = GATES[name]
    wires = rng.permutation(n_qubits)[: gate.n_wires]
    return Op(
        str(name), tuple(map(int, wires)), tuple(_random_angle(rng, constants) for _ in range(gate.n_angles))
    )


def _random_angle(rng: Generator, constants: bool) -> Angle:
    scale, offset = rng.uniform(-2, 2, 2)
    kind = rng.integers(0 if constants else 1, 5)
    if kind == 0:
        return Const(float(scale))
    if kind <= 2:
        return Param(int(rng.integers(N_PARAMS)), float(scale))
    indices = rng.integers(N_FEATURES, size=kind - 2)
    return Feature(tuple(map(int, indices)), float(scale), float(offset))


def random_inputs(rng: Generator, circuit: Circuit, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and features, in radians."""
    return rng.uniform(-3, 3, circuit.n_params), rng.uniform(-3, 3, (n_samples, circuit.n_features))


def random_states(rng: Generator, n_samples: int, n_qubits: int) -> np.ndarray:
    """Normalised vectors, every amplitude with a phase of its own."""
    parts = rng.normal(size=(2, n_samples, 2**n_qubits))
    states = parts[0] + 1j * parts[1]
    return states / np.linalg.norm(states, axis=1, keepdims=True)


def value(angle: Angle, params: np.ndarray, row: np.ndarray) -> float:
    """The angle as a number, for one sample."""
    if isinstance(angle, Const):
        return angle.value
    if isinstance(angle, Param):
        return angle.scale * float(params[angle.index])
    product = angle.scale
    for i in angle.indices:
        product *= float(row[i]) - angle.offset
    return product


def gates_of(circuit: Circuit, params: np.ndarray, row: np.ndarray) -> list:
    """The gates for one sample: (name, wires, angles)."""
    return [(op.gate, op.wires, tuple(value(a, params, row) for a in op.angles)) for op in circuit.ops]
