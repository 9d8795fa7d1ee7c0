"""Engines against each other and the slow twin; shapes, precision, transformations, refusals."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from circuit.random_circuits import (
    N_FEATURES,
    N_PARAMS,
    gates_of,
    random_circuit,
    random_inputs,
    random_states,
)
from qunlearn._errors import InputError
from qunlearn.circuit.circuit import Circuit, Feature, Op, Param
from qunlearn.circuit.statevector import ENGINES, evolve, statevector, z_expectations
from reference import statevector as reference

engines = pytest.mark.parametrize("engine", ENGINES)


def draw(seed: int, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    return random_inputs(np.random.default_rng(seed), layers(3, 1), n_samples)


@engines
@pytest.mark.slow
@pytest.mark.parametrize("n_qubits", [2, 5])
@pytest.mark.usefixtures("optimised")
def test_engines_equal_the_twin_with_all_optimisations(engine, n_qubits):
    assert_equals_twin(engine, n_qubits, repeats=2)


@engines
@pytest.mark.parametrize("n_qubits", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_engines_equal_the_twin_on_every_gate_from_random_states(engine, n_qubits):
    assert_equals_twin(engine, n_qubits)


def assert_equals_twin(engine, n_qubits, repeats=1):
    rng = np.random.default_rng(n_qubits)
    circuit = random_circuit(rng, n_qubits, repeats=repeats)
    params, x = draw(n_qubits, 3)
    start = random_states(rng, 3, n_qubits)
    states = jax.jit(partial(evolve, circuit, engine=engine))(params, x, start)
    expected = [
        reference.evolve(n_qubits, gates_of(circuit, params, row), s) for row, s in zip(x, start, strict=True)
    ]
    assert np.max(np.abs(states - np.array(expected))) < 1e-12
    assert np.allclose(np.linalg.norm(states, axis=1), 1, atol=1e-12)


def layers(n_qubits: int, n_layers: int) -> Circuit:
    """Data on the first qubits, then layers of RY, RZ and a ring: what most models are made of."""
    ops = [Op("RY", (w,), (Feature((w,)),)) for w in range(N_FEATURES)]
    for layer in range(n_layers):
        for gate in ("RY", "RZ"):
            ops += [Op(gate, (w,), (Param((layer + w) % N_PARAMS, 1.0 + w),)) for w in range(n_qubits)]
        ops += [Op("CX", (w, (w + 1) % n_qubits)) for w in range(n_qubits)]
    return Circuit(n_qubits, tuple(ops), n_params=N_PARAMS, n_features=N_FEATURES)


@pytest.mark.slow
@pytest.mark.parametrize(("n_qubits", "n_samples", "n_layers"), [(3, 40, 2), (11, 1, 1)])
def test_engines_agree_on_layers_with_many_samples_and_many_qubits(n_qubits, n_samples, n_layers):
    """Forty samples of three qubits are enough for the fused engine to multiply shared layers out."""
    circuit = layers(n_qubits, n_layers)
    params, x = draw(n_qubits, n_samples)
    fused, plain = (jax.jit(partial(statevector, circuit, engine=e))(params, x) for e in ("fused", "plain"))
    assert np.max(np.abs(fused - plain)) < 1e-12
    if n_qubits == 3:
        expected = reference.evolve(3, gates_of(circuit, params, x[17]))
        assert np.max(np.abs(fused[17] - expected)) < 1e-12


def test_equal_gates_on_wires_that_are_no_neighbours_stay_apart():
    turns = [Op("RX", (w,), (Param(w),)) for w in (0, 1, 3)]
    circuit = Circuit(5, (*turns, Op("RXX", (1, 3), (Param(4),)), *turns))
    params = np.random.default_rng(3).normal(size=5)
    expected = reference.evolve(5, gates_of(circuit, params, np.zeros(0)))
    states = jax.jit(partial(statevector, circuit))(params, np.zeros((1, 0)))
    assert np.allclose(states, [expected], atol=1e-14)


@pytest.mark.slow
@engines
def test_single_precision_by_choice_and_double_when_mixed(engine):
    circuit = Circuit(2, (*layers(3, 1).ops[:2], Op("CRZ", (1, 0), (Param(0),)), Op("RX", (0,), (Param(1),))))
    evaluate = jax.jit(partial(statevector, circuit, engine=engine))
    params, x = np.array([0.3, -2.0]), np.array([[0.4, 1.7]])
    single = evaluate(params.astype(np.float32), x.astype(np.float32))
    double = evaluate(params, x)
    assert single.dtype == np.complex64
    assert double.dtype == evaluate(params, x.astype(np.float32)).dtype == complex
    assert 1e-12 < np.max(np.abs(single - double)) < 1e-6
    assert z_expectations(single, (0,)).dtype == np.float32


@engines
def test_no_gates_no_parameters_no_features(engine):
    empty = Circuit(2, (), n_features=0)
    states = jax.jit(partial(statevector, empty, engine=engine))(np.zeros(0), np.zeros((3, 0)))
    assert np.array_equal(states, np.eye(1, 4).repeat(3, 0))
    flipped = Circuit(2, (Op("X", (1,)),))
    states = jax.jit(partial(statevector, flipped, engine=engine))(np.zeros(0), np.zeros((1, 0)))
    assert np.array_equal(states, np.eye(4)[[1]])


@engines
def test_amplitude_encoding_starts_from_the_padded_normalised_features(engine):
    circuit = Circuit(2, (Op("CX", (0, 1)), Op("RY", (1,), (Param(0),))), True, n_features=3)
    x = np.array([[3.0, 0.0, 4.0], [-1.0, 2.0, 0.5], [0.0, 0.0, 0.0]])
    *states, no_state = jax.jit(partial(statevector, circuit, engine=engine))(np.array([0.7]), x)
    starts = np.pad(x[:2], ((0, 0), (0, 1))) / np.linalg.norm(x[:2], axis=1, keepdims=True)
    gates = gates_of(circuit, np.array([0.7]), x[0])
    assert np.allclose(states, [reference.evolve(2, gates, start) for start in starts], atol=1e-14)
    assert np.isnan(no_state).all()


def test_z_expectations_count_qubit_zero_as_the_most_significant_bit():
    (state,) = states = random_states(np.random.default_rng(0), 1, 3)
    expected = reference.expectations(state, (2, 0))
    assert np.allclose(z_expectations(jnp.asarray(states), (2, 0)), [expected], atol=1e-15)


@engines
def test_vmap_over_parameters_is_a_loop_over_parameters(engine):
    _, x = draw(0, 2)
    many = np.random.default_rng(1).normal(size=(4, N_PARAMS))
    circuit = layers(3, 1)
    mapped = jax.jit(jax.vmap(partial(statevector, circuit, x=x, engine=engine)))(many)
    looped = [[reference.evolve(3, gates_of(circuit, p, row)) for row in x] for p in many]
    assert np.allclose(mapped, looped, atol=1e-13)


def test_wrong_shapes_and_unknown_engines_are_refused():
    circuit, (params, x) = layers(3, 1), draw(0, 2)
    with pytest.raises(InputError, match=r"`params` must have shape \(5,\) for this circuit, but has \(4,\)"):
        statevector(circuit, params[1:], x)
    with pytest.raises(InputError, match=r"`x` must have shape \(B, 3\) for this circuit, but has \(2, 2\)"):
        statevector(circuit, params, x[:, 1:])
    with pytest.raises(
        InputError, match=r"`start` must have shape \(2, 8\) for this circuit, but has \(2, 4\)"
    ):
        evolve(circuit, params, x, np.ones((2, 4)))
    with pytest.raises(InputError, match="`engine` must be one of fused, plain"):
        statevector(circuit, params, x, engine="fast")
    encoded = Circuit(2, (), amplitude_encoding=True, n_features=3)
    with pytest.raises(InputError, match=r"`x` must have shape \(B, 3\)"):
        statevector(encoded, np.zeros(0), np.ones((1, 5)))
