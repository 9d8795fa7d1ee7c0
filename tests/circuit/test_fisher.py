"""Quantum Fisher information: explicit states, closed forms, the bound on measurements."""

import jax.numpy as jnp
import numpy as np
import pytest

from circuit.random_circuits import gates_of, random_circuit, random_inputs
from qunlearn._errors import InputError
from qunlearn.circuit import fisher
from qunlearn.circuit.circuit import Circuit, Feature, Op, Param
from qunlearn.circuit.fisher import circuit_fisher
from reference import derivatives, statevector

RY_RZ = Circuit(1, (Op("RY", (0,), (Feature((0,)),)), Op("RZ", (0,), (Param(0),))))


@pytest.fixture(scope="module")
def tangled():
    """A circuit with shared, scaled and controlled angles: its Fisher information, and the twin's states."""
    rng = np.random.default_rng(4)
    first = tuple(Op("U3", (w,), (Param(w), Param(w + 1), Param(2, 0.5))) for w in range(2))
    middle = random_circuit(rng, 2, names=["RX", "CRY", "RZZ", "U3", "CX"]).ops
    circuit = Circuit(2, (*first, *middle, Op("RX", (0,), (Param(4),))), n_params=5, n_features=2)
    params, x = random_inputs(rng, circuit, 3)
    states = [lambda p, row=row: statevector.evolve(2, gates_of(circuit, p, row)) for row in x]
    return circuit_fisher(circuit, params, x), params, states


def test_it_is_the_mean_of_explicit_states(tangled):
    found, params, states = tangled
    expected = np.mean([derivatives.quantum_fisher(state, params) for state in states], axis=0)
    assert np.abs(expected).min() < 1 < np.abs(expected).max()
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_no_measurement_tells_more(tangled):
    found, params, states = tangled
    measured = np.mean([derivatives.measured_fisher(state, params) for state in states], axis=0)
    gaps = np.linalg.eigvalsh(found - measured)
    assert gaps.min() > -1e-8
    assert gaps.max() > 0.1


def test_one_rotation_of_the_ground_state():
    """RY moves it at unit speed, whatever the angle; RZ gives it a global phase, which is no information."""
    for gate, expected in (("RY", 1), ("RZ", 0)):
        circuit = Circuit(1, (Op(gate, (0,), (Param(0),)),))
        np.testing.assert_allclose(
            circuit_fisher(circuit, np.array([0.3]), np.ones((2, 0))), [[expected]], atol=1e-15
        )


def test_rz_has_the_variance_of_z_and_chunks_are_averaged(monkeypatch):
    monkeypatch.setattr(fisher, "chunk_length", lambda _: 2)
    x = np.array([[0.2], [1.1], [2.9], [0.7], [1.9]])
    found = circuit_fisher(RY_RZ, np.array([0.4]), x)
    np.testing.assert_allclose(found, [[np.mean(np.sin(x) ** 2)]], rtol=1e-13)


def test_single_precision_stays_single():
    found = circuit_fisher(RY_RZ, jnp.array([0.4], "float32"), jnp.array([[1.0]], "float32"))
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(found, [[np.sin(1) ** 2]], rtol=1e-6)


def test_no_samples_are_refused():
    with pytest.raises(InputError, match="mean over samples, but there are none"):
        circuit_fisher(RY_RZ, np.array([0.4]), np.ones((0, 1)))
