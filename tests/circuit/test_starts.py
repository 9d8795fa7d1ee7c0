"""However a circuit begins, from the ground state or from amplitudes, the engines follow the NumPy twin."""

from functools import partial

import jax
import numpy as np
import pytest

from circuit.random_circuits import gates_of, random_circuit, random_inputs
from qunlearn.circuit.circuit import Circuit, Const, Feature, Op, Param
from qunlearn.circuit.statevector import ENGINES, statevector
from reference import statevector as reference

engines = pytest.mark.parametrize("engine", ENGINES)


def assert_equals_twin(circuit, params, x, engine):
    states = jax.jit(partial(statevector, circuit, engine=engine))(params, x)
    expected = [reference.evolve(circuit.n_qubits, gates_of(circuit, params, row)) for row in x]
    assert states.shape == (len(x), 2**circuit.n_qubits)
    np.testing.assert_allclose(states, expected, atol=1e-12)


@engines
@pytest.mark.parametrize(
    "ops",
    [
        (Op("I", (1,)),),
        (Op("CX", (0, 2)), Op("H", (1,))),
        (Op("RZ", (0,), (Param(0),)), Op("RX", (0,), (Param(1),))),
        (Op("U3", (1,), (Param(0), Const(0.4), Feature((0,)))), Op("CX", (1, 0))),
        (Op("RY", (0,), (Feature((0,)),)), Op("H", (2,)), Op("RXX", (2, 0), (Param(1),))),
    ],
    ids=["identity", "entangler", "phase", "one_wire", "a_wire_left_out"],
)
def test_any_first_gate(ops, engine):
    circuit = Circuit(3, ops, n_params=2, n_features=1)
    assert_equals_twin(circuit, *random_inputs(np.random.default_rng(0), circuit, 2), engine)


@engines
@pytest.mark.parametrize("n_samples", [40, pytest.param(1, marks=pytest.mark.slow)])
def test_trainable_gates_between_data_gates_for_one_sample_and_for_many(n_samples, engine):
    """A block that reads no features may be multiplied out to one matrix where many samples share it."""
    rng = np.random.default_rng(7)
    block = random_circuit(rng, 3, repeats=2, names=("H", "SX", "CX", "CCX", "ISWAP", "CY")).ops
    trainable = tuple(Op("CRX", (w, (w + 1) % 3), (Param(w),)) for w in range(3))
    data = tuple(Op("RY", (w,), (Feature((w,)),)) for w in range(3))
    circuit = Circuit(3, data + trainable + block + data, n_params=5)
    assert_equals_twin(circuit, *random_inputs(rng, circuit, n_samples), engine)
