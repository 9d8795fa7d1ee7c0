"""The gate table: matrices from their generators, flags that tell the truth, shift rules from spectra."""

import numpy as np
import pytest
from scipy.linalg import expm

from qunlearn.circuit.gates import GATES, Gate
from reference.statevector import MATRICES, X, Y, Z

I2 = np.eye(2)
P0, P1 = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
GENERATORS = {
    "RX": X / 2,
    "RY": Y / 2,
    "RZ": Z / 2,
    "P": -P1,
    "CP": -np.kron(P1, P1),
    "CRX": np.kron(P1, X) / 2,
    "CRY": np.kron(P1, Y) / 2,
    "CRZ": np.kron(P1, Z) / 2,
    "RXX": np.kron(X, X) / 2,
    "RYY": np.kron(Y, Y) / 2,
    "RZZ": np.kron(Z, Z) / 2,
    "RZX": np.kron(Z, X) / 2,
}
ONE_ANGLE = [gate for gate in GATES.values() if gate.n_angles == 1]
FIXED = [gate for gate in GATES.values() if gate.n_angles == 0]
everything = pytest.mark.parametrize("gate", GATES.values(), ids=GATES)


def angles_of(gate: Gate, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-7, 7, gate.n_angles)


def test_the_table_is_keyed_by_name_and_every_one_angle_gate_has_a_generator_here():
    assert all(name == gate.name for name, gate in GATES.items())
    assert {gate.name for gate in ONE_ANGLE} == set(GENERATORS)


@everything
def test_matrices_equal_the_independent_ones(gate):
    angles = angles_of(gate)
    assert np.allclose(gate.matrix(np, *angles), MATRICES[gate.name](*angles), atol=1e-15)


@pytest.mark.parametrize("gate", ONE_ANGLE, ids=lambda gate: gate.name)
def test_rotations_are_exponentials_of_their_generators(gate):
    assert np.allclose(gate.matrix(np, 1.234), expm(-1.234j * GENERATORS[gate.name]), atol=1e-15)


def test_u3_is_three_euler_rotations():
    theta, phi, lam = angles_of(GATES["U3"])
    euler = expm(-0.5j * phi * Z) @ expm(-0.5j * theta * Y) @ expm(-0.5j * lam * Z)
    assert np.allclose(GATES["U3"].matrix(np, theta, phi, lam), np.exp(0.5j * (phi + lam)) * euler)


@everything
def test_matrices_are_unitary(gate):
    matrix = gate.matrix(np, *angles_of(gate))
    assert np.allclose(matrix @ matrix.conj().T, np.eye(2**gate.n_wires), atol=1e-14)


@everything
def test_matrices_broadcast_over_leading_axes_and_keep_the_precision(gate):
    import jax.numpy as jnp

    for angle_type, matrix_type in ((np.float64, np.complex128), (np.float32, np.complex64)):
        angles = np.random.default_rng(1).normal(size=(gate.n_angles, 2, 3)).astype(angle_type)
        stacked = gate.matrix(jnp, *angles)
        if gate.n_angles == 0:
            assert stacked.shape == (2**gate.n_wires,) * 2
            continue
        assert stacked.shape == (2, 3, 2**gate.n_wires, 2**gate.n_wires)
        assert stacked.dtype == gate.matrix(np, *angles).dtype == matrix_type
        assert np.allclose(stacked[1, 2], gate.matrix(np, *angles[:, 1, 2]), atol=1e-6)


@everything
def test_flags_say_what_the_matrix_is(gate):
    matrix = gate.matrix(np, *angles_of(gate))
    assert gate.diagonal == np.allclose(matrix, np.diag(np.diag(matrix)), atol=1e-15)
    ones = np.isclose(matrix, 1).sum(0) == 1
    assert gate.permutation == (
        gate.n_angles == 0 and ones.all() and np.isclose(matrix, 0).sum() == len(matrix) ** 2 - len(matrix)
    )


@pytest.mark.parametrize("gate", ONE_ANGLE, ids=lambda gate: gate.name)
def test_the_shift_rule_covers_every_gap_of_the_spectrum(gate):
    """Two terms are exact for the frequency 1, four for 1/2 and 1; frequencies are gaps between energies."""
    energies = np.linalg.eigvalsh(GENERATORS[gate.name])
    gaps = set(np.round(np.abs(energies[:, None] - energies), 12).ravel()) - {0.0}
    assert gaps == ({1.0} if gate.shift == "two" else {0.5, 1.0})


@pytest.mark.parametrize("gate", [gate for gate in ONE_ANGLE if gate.diagonal], ids=lambda gate: gate.name)
def test_diagonal_gates_are_exponentials_of_multiples_of_their_angle(gate):
    """What the fuser relies on: exponents at angle 1 lie within (-pi, pi) and scale with the angle."""
    exponents = np.angle(np.diag(gate.matrix(np, 1.0)))
    assert np.max(np.abs(exponents)) <= 1
    assert np.allclose(np.diag(gate.matrix(np, 5.3)), np.exp(5.3j * exponents))
