"""Random circuits for the kernel's tests: every kind of angle, gates drawn from the whole table."""

from collections.abc import Iterable

import numpy as np
import pytest

from qunlearn.circuit.circuit import Angle, Circuit, Const, Feature, Op, Param
from qunlearn.circuit.gates import GATES
from qunlearn.circuit.native import available

N_PARAMS, N_FEATURES = 5, 4
needs_kernel = pytest.mark.skipif(not available()[0], reason=f"native engine: {available()[1]}")


def random_angle(rng: np.random.Generator) -> Angle:
    kind = rng.integers(4)
    scale = float(rng.normal())
    if kind == 0:
        return Const(scale)
    if kind == 1:
        return Param(int(rng.integers(N_PARAMS)), scale)
    indices = tuple(int(i) for i in rng.integers(N_FEATURES, size=kind - 1))
    return Feature(indices, scale, offset=0.3)


def random_op(rng: np.random.Generator, name: str, n_qubits: int) -> Op:
    gate = GATES[name]
    wires = tuple(int(w) for w in rng.permutation(n_qubits)[: gate.n_wires])
    return Op(name, wires, tuple(random_angle(rng) for _ in range(gate.n_angles)))


def random_circuit(
    seed: int, n_qubits: int, depth: int, *, amplitude: bool = False, names: Iterable[str] = GATES
) -> Circuit:
    rng = np.random.default_rng(seed)
    fitting = [name for name in names if GATES[name].n_wires <= n_qubits]
    drawn = [*rng.permutation(fitting), *rng.choice(fitting, max(0, depth - len(fitting)))][:depth]
    ops = tuple(random_op(rng, str(name), n_qubits) for name in drawn)
    return Circuit(n_qubits, ops, amplitude_encoding=amplitude, n_features=N_FEATURES, n_params=N_PARAMS)


def random_inputs(circuit: Circuit, n_samples: int, n_measured: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Parameters, features and a cotangent of the values."""
    rng = np.random.default_rng(seed)
    shapes = ((circuit.n_params,), (n_samples, circuit.n_features), (n_samples, n_measured))
    return tuple(rng.normal(size=shape) for shape in shapes)
