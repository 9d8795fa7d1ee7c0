"""The table of derivative rules: they agree with each other, with the NumPy twin, and with closed forms."""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from circuit.random_circuits import gates_of, random_circuit, random_inputs
from qunlearn.circuit import gradients
from qunlearn.circuit.circuit import Circuit, Feature, Op, Param
from qunlearn.circuit.expectations import expectations
from qunlearn.circuit.gates import GATES
from qunlearn.circuit.gradients import GRADIENTS, shift_circuits
from qunlearn.circuit.shift import shift_rule
from qunlearn.model import paper_classifier
from reference import statevector as reference

TOLERANCE = {"reverse": 1e-12, "parameter_shift": 1e-10, "finite_difference": 1e-6}
WITH_ANGLES = [name for name in GATES if GATES[name].n_angles]
WIRES = (2, 0)
fused = partial(expectations, engine="fused")


@pytest.fixture(params=sorted(GRADIENTS))
def gradient(request):
    return request.param


def weighted(function, weights):
    """A scalar that gives every sample and wire a weight of its own."""
    return lambda params, x: (function(params, x) * weights).sum()


def both_derivatives(function, weights, params, x):
    return jax.jit(jax.grad(weighted(function, weights), (0, 1)))(params, x)


def twin_derivatives(circuit, wires, weights, params, x, step=1e-5):
    """Central differences of the NumPy twin, by every parameter and every feature of every sample."""

    def value(params, x):
        rows = [reference.evolve(circuit.n_qubits, gates_of(circuit, params, row)) for row in x]
        return sum(w @ reference.expectations(state, wires) for w, state in zip(weights, rows, strict=True))

    def slopes(at, point):
        moves = step * np.eye(point.size).reshape(-1, *point.shape)
        return np.reshape([(at(point + m) - at(point - m)) / (2 * step) for m in moves], point.shape)

    return slopes(lambda p: value(p, x), params), slopes(lambda f: value(params, f), x)


def problem(seed, names, **options):
    """A circuit on three qubits after a layer that leaves no symmetry, weights, parameters and features."""
    rng = np.random.default_rng(seed)
    first = [Op("U3", (w,), (Param(w), Param(w + 1), Param(w + 2))) for w in range(3)]
    last = [Op("RX", (w,), (Feature((w,), 0.7),)) for w in range(3)]
    middle = random_circuit(rng, 3, names=names, **options).ops
    circuit = Circuit(3, (*first, *middle, *last), n_params=5, n_features=3)
    return circuit, rng.normal(size=(2, len(WIRES))), *random_inputs(rng, circuit, 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "engine"),
    [
        ("parameter_shift", "fused"),
        pytest.param("reverse", "plain", marks=pytest.mark.slow),
        pytest.param("finite_difference", "fused", marks=pytest.mark.slow),
    ],
)
def test_every_rule_has_the_twins_derivative_for_every_gate_with_an_angle(rule, engine):
    circuit, *inputs = problem(0, [*WITH_ANGLES, "CX", "H"])
    expected = twin_derivatives(circuit, WIRES, *inputs)
    exact = both_derivatives(fused(circuit, WIRES), *inputs)
    found = both_derivatives(expectations(circuit, WIRES, gradient=rule, engine=engine), *inputs)
    for ours, twins, reverse in zip(found, expected, exact, strict=True):
        assert np.all(np.abs(twins) > 1e-3), "the test should see every derivative"
        np.testing.assert_allclose(ours, twins, atol=1e-6)
        np.testing.assert_allclose(ours, reverse, atol=TOLERANCE[rule])


@pytest.mark.parametrize("name", WITH_ANGLES)
def test_the_shift_rule_of_each_gate_is_exact_between_random_states_and_observables(name):
    """With the twin's matrices: f(t) = <psi| U(t)^dagger A U(t) |psi>, its derivative from dU/dt."""
    rng = np.random.default_rng(3)
    n_angles, size = GATES[name].n_angles, 2 ** GATES[name].n_wires
    angles, (psi, *columns) = rng.uniform(-3, 3, n_angles), rng.normal(size=(2 * size + 1, size, 2)) @ (1, 1j)
    observable = np.array(columns[:size]) + np.array(columns[:size]).conj().T

    def f(angles):
        state = reference.MATRICES[name](*angles) @ psi
        return np.vdot(state, observable @ state).real

    for unit in np.eye(n_angles):
        shifted = sum(c * f(angles + shift * unit) for shift, c in shift_rule(GATES[name].frequencies))
        stencil = ((-1 / 12, 2), (8 / 12, 1), (-8 / 12, -1), (1 / 12, -2))
        slope = sum(c * f(angles + 1e-3 * k * unit) / 1e-3 for c, k in stencil)
        assert abs(slope) > 1e-2
        assert shifted == pytest.approx(slope, abs=1e-9)


def test_one_rotation_has_the_derivative_of_the_cosine(gradient):
    theta, x = 0.37, np.array([[0.2], [1.9]])
    circuit = Circuit(1, (Op("RY", (0,), (Param(0, -2.0),)), Op("RY", (0,), (Feature((0, 0), 1.5, 0.4),))))
    function = fused(circuit, (0,), gradient=gradient)
    total = -2 * theta + 1.5 * (x - 0.4) ** 2
    np.testing.assert_allclose(function(jnp.array([theta]), jnp.asarray(x)), np.cos(total), atol=1e-15)
    by_param, by_x = both_derivatives(function, np.ones((2, 1)), jnp.array([theta]), jnp.asarray(x))
    np.testing.assert_allclose(by_param, [np.sum(2 * np.sin(total))], atol=TOLERANCE[gradient])
    np.testing.assert_allclose(by_x, -np.sin(total) * 3 * (x - 0.4), atol=TOLERANCE[gradient])


@pytest.mark.slow
def test_features_as_amplitudes_have_derivatives():
    rng = np.random.default_rng(2)
    ops = random_circuit(rng, 2, names=("RY", "CX", "CRX", "RX")).ops
    circuit = Circuit(2, ops, amplitude_encoding=True, n_features=3, n_params=5)
    weights, (params, x) = rng.normal(size=(2, 2)), random_inputs(rng, circuit, 2)
    found = {
        rule: both_derivatives(fused(circuit, (0, 1), gradient=rule), weights, params, x)
        for rule in GRADIENTS
    }
    assert all(np.max(np.abs(by)) > 1e-2 for by in found["reverse"])
    for rule, derivatives in found.items():
        for ours, reverse in zip(derivatives, found["reverse"], strict=True):
            np.testing.assert_allclose(ours, reverse, atol=TOLERANCE[rule], err_msg=rule)


@pytest.mark.slow
@pytest.mark.parametrize(("angle", "read"), [(Param(1), 0), (Feature((0,)), 1)])
def test_what_no_gate_reads_has_a_zero_derivative(angle, read, gradient):
    """Only parameter 1 is read, or only the feature; either way the angle is 1."""
    circuit = Circuit(2, (Op("RY", (0,), (angle,)), Op("CX", (0, 1))), n_params=2, n_features=1)
    function = fused(circuit, (1,), gradient=gradient)
    found = both_derivatives(function, np.ones((3, 1)), np.ones(2), np.ones((3, 1)))
    expected = [np.zeros(2), np.zeros((3, 1))]
    expected[read] = -np.sin(1) * (np.array([0, 3]) if read == 0 else np.ones((3, 1)))
    for ours, closed_form in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, closed_form, atol=TOLERANCE[gradient])


@cache
def small_derivatives(gradient):
    """Of the small problem in double precision, with weights of one."""
    circuit, params, x = small_problem()
    return both_derivatives(fused(circuit, (0, 1), gradient=gradient), np.ones((2, 2)), params, x)


def small_problem():
    circuit = Circuit(
        2, (Op("RX", (0,), (Feature((0,)),)), Op("CRY", (0, 1), (Param(0),)), Op("RX", (1,), (Param(1),)))
    )
    return circuit, np.array([0.4, -1.1]), np.array([[0.9], [2.3]])


@pytest.mark.slow
def test_rules_map_over_parameters_and_run_in_compiled_loops(gradient):
    """An ensemble trained by gradient descent inside `fori_loop`, against the same steps one by one."""
    circuit, params, x = small_problem()
    function = weighted(fused(circuit, (0, 1), gradient=gradient), np.array([[1.0, 0.5], [-0.3, 2.0]]))
    slope = jax.jit(jax.grad(function))
    starts = np.stack([params, -params, 2 * params])

    def descend(p):
        return jax.lax.fori_loop(0, 3, lambda _, p: p - 0.1 * slope(p, x), p)

    expected = []
    for p in starts:
        for _ in range(3):
            p = p - 0.1 * slope(p, x)
        expected.append(p)
    np.testing.assert_allclose(jax.jit(jax.vmap(descend))(starts), expected, atol=1e-12)


def test_reverse_can_be_differentiated_twice_and_forwards():
    theta = jnp.array([0.8])
    function = fused(Circuit(1, (Op("RY", (0,), (Param(0),)),)), (0,))
    x = jnp.zeros((1, 0))
    second = jax.jit(jax.hessian(lambda p: function(p, x)[0, 0]))(theta)
    np.testing.assert_allclose(second, [[-np.cos(0.8)]], atol=1e-12)


@pytest.mark.slow
def test_single_precision_stays_single(gradient):
    circuit, params, x = small_problem()
    single = [a.astype("float32") for a in (params, x)]
    function, weights = fused(circuit, (0, 1), gradient=gradient), np.ones((2, 2), "float32")
    tolerance = 1e-2 if gradient == "finite_difference" else 1e-5
    found = both_derivatives(function, weights, *single)
    for ours, double in zip(found, small_derivatives(gradient), strict=True):
        assert ours.dtype == "float32"
        np.testing.assert_allclose(ours, double, atol=tolerance)


@pytest.mark.parametrize(
    ("budget", "chunk"),
    [
        (3 * 2 * 16 * 4, 3),
        pytest.param(1, 1, marks=pytest.mark.slow),
        pytest.param(2**28, 6, marks=pytest.mark.slow),
    ],
)
def test_shifts_are_evaluated_in_chunks_that_fit_the_memory_budget(budget, chunk, monkeypatch):
    circuit, params, x = small_problem()
    whole = small_derivatives("reverse")
    seen, plain_map = [], jax.lax.map

    def spy(function, terms, *, batch_size):
        seen.append((len(terms[0]), batch_size))
        return plain_map(function, terms, batch_size=batch_size)

    monkeypatch.setattr(gradients, "_SHIFT_BYTES", budget)
    monkeypatch.setattr(jax.lax, "map", spy)
    function = GRADIENTS["parameter_shift"](circuit, (0, 1), "fused")
    chunked = both_derivatives(function, np.ones((2, 2)), jnp.asarray(params), jnp.asarray(x))
    assert seen == [(6, chunk), (2, min(chunk, 2))]
    np.testing.assert_allclose(chunked[0], whole[0], atol=1e-14)
    np.testing.assert_allclose(chunked[1], whole[1], atol=1e-14)


def test_circuits_of_a_shift_gradient_are_counted_by_occurrence_and_rule():
    assert shift_circuits(paper_classifier().circuit) == 144
    assert shift_circuits(Circuit(2, (Op("CRX", (0, 1), (Param(0),)),))) == 4
    assert shift_circuits(Circuit(1, (Op("U3", (0,), (Param(0), Param(0), Feature((0,)))),))) == 4
    assert shift_circuits(Circuit(1, (Op("RX", (0,), (Feature((0,)),)),))) == 0
