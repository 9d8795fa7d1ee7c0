"""Every gate of the table: its row tells the truth, every engine runs it, and so does the kernel's way."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from circuit.lowered import lowered_unitary
from circuit.random_circuits import gates_of, random_circuit, random_inputs
from qunlearn._errors import InputError
from qunlearn.circuit.decompose import lowering_of_generator, lowering_of_matrix
from qunlearn.circuit.density import density_matrices, mixed_z_expectations
from qunlearn.circuit.expectations import expectations
from qunlearn.circuit.gate import Gate, exponential, fixed, phase
from qunlearn.circuit.gates import GATES, gate_named
from qunlearn.circuit.native import available
from qunlearn.circuit.native.lower import unlowered
from reference import statevector as reference

ANGLES = (0.7, -1.3, 2.1)
ONE_ANGLE = [gate for gate in GATES.values() if gate.n_angles == 1]
everything = pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
with_an_angle = pytest.mark.parametrize("gate", ONE_ANGLE, ids=lambda gate: gate.name)


def twin(gate: Gate, *angles: float) -> np.ndarray:
    return reference.MATRICES[gate.name](*(angles or ANGLES[: gate.n_angles]))


def twins_generator(gate: Gate) -> np.ndarray:
    """i dU/dt at 0, from the twin's matrix by central differences of fourth order."""
    stencil = ((-1 / 12, 2), (8 / 12, 1), (-8 / 12, -1), (1 / 12, -2))
    return 1j * sum(c * twin(gate, k * 1e-3) / 1e-3 for c, k in stencil)


def test_the_table_is_keyed_by_name_and_other_names_are_refused():
    assert all(name == gate.name for name, gate in GATES.items())
    with pytest.raises(InputError) as refusal:
        gate_named("RW")
    assert str(refusal.value) == f"`gate` must be one of {', '.join(GATES)}, but is RW"


@everything
def test_the_matrix_is_the_twins_and_unitary(gate):
    matrix = gate.matrix(np, *ANGLES[: gate.n_angles])
    assert matrix.shape == (2**gate.n_wires,) * 2
    np.testing.assert_allclose(matrix, twin(gate), atol=1e-15)
    np.testing.assert_allclose(matrix @ matrix.conj().T, np.eye(len(matrix)), atol=1e-14)


@with_an_angle
def test_the_generator_is_the_derivative_and_minus_the_angle_the_inverse(gate):
    np.testing.assert_allclose(gate.generator, twins_generator(gate), atol=1e-10)
    matrix = gate.matrix(np, 1.234)
    np.testing.assert_allclose(matrix, expm(-1.234j * gate.generator), atol=1e-14)
    np.testing.assert_allclose(gate.matrix(np, -1.234), matrix.conj().T, atol=1e-15)


def test_u3_is_three_euler_rotations():
    theta, phi, lam = ANGLES
    euler = (
        expm(-0.5j * phi * reference.Z) @ expm(-0.5j * theta * reference.Y) @ expm(-0.5j * lam * reference.Z)
    )
    np.testing.assert_allclose(GATES["U3"].matrix(np, *ANGLES), np.exp(0.5j * (phi + lam)) * euler)


@pytest.mark.slow
@everything
def test_matrices_broadcast_over_leading_axes_and_keep_the_precision(gate):
    for angle_type, matrix_type in ((np.float64, np.complex128), (np.float32, np.complex64)):
        angles = np.random.default_rng(1).normal(size=(gate.n_angles, 2, 3)).astype(angle_type)
        stacked = gate.matrix(jnp, *angles)
        if gate.n_angles == 0:
            assert stacked.shape == (2**gate.n_wires,) * 2
            continue
        assert stacked.shape == (2, 3, 2**gate.n_wires, 2**gate.n_wires)
        assert stacked.dtype == gate.matrix(np, *angles).dtype == matrix_type
        np.testing.assert_allclose(stacked[1, 2], gate.matrix(np, *angles[:, 1, 2]), atol=1e-6)


@with_an_angle
def test_frequencies_are_the_gaps_of_the_spectrum(gate):
    energies = np.linalg.eigvalsh(twins_generator(gate))
    gaps = set(np.round(np.abs(energies[:, None] - energies), 8).ravel()) - {0.0}
    assert set(gate.frequencies) == gaps
    assert sorted(gate.frequencies) == list(gate.frequencies)


@everything
def test_diagonal_gates_are_those_whose_exponents_are_multiples_of_the_angle(gate):
    """What the fuser relies on: exponents at angle 1 lie within (-pi, pi) and scale with the angle."""
    matrix = twin(gate)
    assert gate.diagonal == (gate.n_angles < 2 and np.allclose(matrix, np.diag(np.diag(matrix)), atol=1e-15))
    if gate.diagonal and gate.n_angles:
        exponents = np.angle(np.diag(twin(gate, 1.0)))
        np.testing.assert_allclose(np.diag(twin(gate, 5.3)), np.exp(5.3j * exponents), atol=1e-14)


def test_diagonal_gates_whose_exponents_wrap_around_are_not_moved():
    assert not exponential("FAST", np.diag([0, 4])).diagonal
    assert exponential("SLOW", np.diag([0, 3])).diagonal


@everything
def test_a_controlled_gate_does_nothing_where_a_control_is_0(gate):
    size = 2 ** (gate.n_wires - gate.n_controls)
    inside = np.zeros(2**gate.n_wires, bool)
    inside[-size:] = True
    matrix = twin(gate)
    np.testing.assert_array_equal(matrix[~inside], np.eye(len(matrix))[~inside])
    if gate.name[0] == "C":
        assert gate.n_controls == len(gate.name) - len(gate.name.lstrip("C"))


@everything
def test_the_kernels_way_is_the_gate_up_to_a_global_phase(gate):
    """The row's own lowering, and the one from the matrix where there is one."""
    derived = replace(gate, lower=None).lowering
    assert derived is not None or gate.n_wires > 2 or gate.n_angles > 1
    for lowering in (gate.lowering, derived):
        if lowering is not None:
            assert_same_up_to_phase(
                lowered_unitary(lowering, gate.n_wires, ANGLES[: gate.n_angles]), twin(gate)
            )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [2, 4])
def test_any_matrix_and_any_generator_on_one_or_two_wires_can_be_lowered(size, seed):
    parts = np.random.default_rng(seed).normal(size=(2, size, size))
    g = parts[0] + parts[0].T + 1j * (parts[1] - parts[1].T)
    u, n_wires = expm(-1j * g), size // 2
    assert_same_up_to_phase(lowered_unitary(lowering_of_matrix(u), n_wires, ()), u)
    assert_same_up_to_phase(lowered_unitary(lowering_of_generator(g), n_wires, (0.7,)), expm(-0.7j * g))


def assert_same_up_to_phase(found, expected):
    phase = np.vdot(expected, found) / len(expected)
    assert abs(phase) == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(found, phase * expected, atol=1e-12)


def test_three_wires_are_lowered_where_words_commute_and_else_not_at_all():
    ccz = np.diag([1, 1, 1, 1, 1, 1, 1, -1])
    assert_same_up_to_phase(lowered_unitary(fixed("CCZ", ccz).lowering, 3, ()), ccz)
    ccp = phase("CCP", 3)
    assert_same_up_to_phase(lowered_unitary(ccp.lowering, 3, (0.7,)), ccp.matrix(np, 0.7))
    assert fixed("CSWAP", np.eye(8)[[0, 1, 2, 3, 4, 6, 5, 7]]).lowering is None


def test_every_engine_runs_every_gate_as_the_twin_does():
    """One circuit with the whole table, nothing left out of any engine."""
    rng = np.random.default_rng(1)
    circuit = random_circuit(rng, 3)
    assert {op.gate for op in circuit.ops} == set(GATES)
    assert unlowered(circuit, shift=True) == ()
    params, x = random_inputs(rng, circuit, 2)
    states = [reference.evolve(3, gates_of(circuit, params, row)) for row in x]
    expected = [reference.expectations(state, (2, 0, 1)) for state in states]
    found = {"density": mixed_z_expectations(density_matrices(circuit, params, x), (2, 0, 1))}
    for engine in ("plain", "fused", "native") if available()[0] else ("plain", "fused"):
        found[engine] = expectations(circuit, (2, 0, 1), engine=engine)(params, x)
    for engine, values in found.items():
        np.testing.assert_allclose(values, expected, atol=1e-12, err_msg=engine)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: fixed("BAD", np.ones((2, 2))), "the matrix of gate BAD must be unitary"),
        (lambda: fixed("BAD", np.eye(3)), r"the matrix of a gate on n wires must have shape \(2\^n, 2\^n\)"),
        (lambda: exponential("BAD", np.array([[0, 1], [0, 0]])), "generator of gate BAD must be Hermitian"),
        (lambda: exponential("BAD", np.eye(2)), "gate BAD is a global phase"),
        (lambda: Gate("BAD", GATES["RX"].matrix, 1, 1), "gate BAD has 1 angles, so `frequencies` must name"),
        (lambda: Gate("BAD", GATES["X"].matrix, 1, 0, frequencies=(1.0,)), "0 angles, so .* must be empty"),
    ],
)
def test_rows_that_say_nonsense_are_refused(make, sentence):
    with pytest.raises(InputError, match=sentence):
        make()
