"""Density matrices and channels: closed forms, slow twins, and PennyLane's mixed-state simulator."""

import numpy as np
import pytest

from circuit.random_circuits import random_circuit, random_inputs, random_states
from circuit.test_pennylane_qiskit import gates_of, in_pennylane
from qunlearn._errors import InputError
from qunlearn.circuit.channels import CHANNELS, Channel
from qunlearn.circuit.circuit import Circuit, Const, Op
from qunlearn.circuit.density import Noise, apply_channels, density_matrices, mixed_z_expectations
from reference import statevector as state_vector
from reference.noise import after_channel

RNG = np.random.default_rng(3)
ALL = tuple(Channel(kind, 0.3) for kind in CHANNELS)


@pytest.fixture(scope="module")
def mixed() -> np.ndarray:
    """Density matrices (2, 8, 8) without symmetry."""
    states = random_states(RNG, 6, 3).reshape(2, 3, 8)
    weights = np.array([0.5, 0.3, 0.2])
    return np.einsum("k,bki,bkj->bij", weights, states, states.conj())


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_channels_keep_the_trace(kind: str, p: float) -> None:
    kraus = Channel(kind, p).kraus
    np.testing.assert_allclose(np.einsum("kji,kjl->il", kraus.conj(), kraus), np.eye(2), atol=1e-15)


@pytest.mark.parametrize("kind", CHANNELS)
def test_strength_zero_does_nothing(kind: str, mixed: np.ndarray) -> None:
    np.testing.assert_allclose(apply_channels(mixed, (Channel(kind, 0.0),)), mixed, atol=1e-15)


def test_closed_forms_on_one_qubit() -> None:
    rho = np.array([[[0.7, 0.2 - 0.1j], [0.2 + 0.1j, 0.3]]])
    expected = {
        "depolarising": 0.6 * rho[0] + 0.4 * np.eye(2) / 2,
        "amplitude_damping": [
            [0.7 + 0.4 * 0.3, np.sqrt(0.6) * rho[0, 0, 1]],
            [np.sqrt(0.6) * rho[0, 1, 0], 0.18],
        ],
        "phase_damping": [[0.7, np.sqrt(0.6) * rho[0, 0, 1]], [np.sqrt(0.6) * rho[0, 1, 0], 0.3]],
        "bit_flip": 0.6 * rho[0] + 0.4 * rho[0, ::-1, ::-1],
    }
    assert expected.keys() == CHANNELS.keys()
    for kind, value in expected.items():
        np.testing.assert_allclose(apply_channels(rho, (Channel(kind, 0.4),))[0], value, atol=1e-15)


@pytest.mark.parametrize("channel", ALL, ids=lambda c: c.kind)
def test_channels_on_every_qubit_agree_with_the_slow_twin(channel: Channel, mixed: np.ndarray) -> None:
    for before, after in zip(mixed, apply_channels(mixed, (channel,)), strict=True):
        for wire in range(3):
            before = after_channel(before, channel.kraus, wire)
        np.testing.assert_allclose(after, before, atol=1e-14)


def test_without_noise_it_is_the_state_vector_simulation() -> None:
    circuit = random_circuit(RNG, 3, names=("RY", "RZ", "CX", "U3", "CRX"))
    params, x = random_inputs(RNG, circuit, 2)
    psi = np.array([state_vector.evolve(3, gates_of(circuit, params, row)) for row in x])
    rho = density_matrices(circuit, params, x)
    np.testing.assert_allclose(rho, psi[:, :, None] * psi[:, None].conj(), atol=1e-13)
    z = [state_vector.expectations(state, (2, 0)) for state in psi]
    np.testing.assert_allclose(mixed_z_expectations(rho, (2, 0)), z, atol=1e-13)


def test_amplitude_encoding_starts_from_the_features() -> None:
    circuit = Circuit(2, (), amplitude_encoding=True, n_features=3)
    rho = density_matrices(circuit, np.zeros(0), np.array([[3.0, 0.0, 4.0]]))
    expected = np.array([0.6, 0, 0.8, 0])
    np.testing.assert_allclose(rho[0], np.outer(expected, expected), atol=1e-15)


@pytest.mark.slow
def test_agrees_with_pennylane_with_noise_after_gates_and_at_the_end() -> None:
    import pennylane as qml

    circuit = random_circuit(RNG, 3, names=("RX", "U3", "CX", "CRY", "RZX", "T", "ISWAP"))
    params, x = random_inputs(RNG, circuit, 1)
    device = qml.device("default.mixed", wires=3)

    def noisy(wires: tuple[int, ...]) -> None:
        for wire in wires:  # PennyLane's p is the chance of a Pauli error, three quarters of ours
            qml.DepolarizingChannel(0.75 * 0.1, wires=wire)
        for wire in wires:
            qml.AmplitudeDamping(0.05, wires=wire)

    @qml.qnode(device)
    def state():
        for gate in gates_of(circuit, params, x[0]):
            in_pennylane(*gate)
            noisy(gate[1])
        for wire in range(3):
            qml.BitFlip(0.02, wires=wire)
        return qml.density_matrix(wires=range(3))

    noise = Noise(
        (Channel("depolarising", 0.1), Channel("amplitude_damping", 0.05)), (Channel("bit_flip", 0.02),)
    )
    np.testing.assert_allclose(density_matrices(circuit, params, x, noise)[0], state(), atol=1e-12)


def test_readout_error_shrinks_z_by_one_minus_twice_its_rate() -> None:
    circuit = Circuit(1, (Op("RY", (0,), (Const(0.8),)),), n_features=1)
    rho = density_matrices(circuit, np.zeros(0), np.zeros((1, 1)), Noise(final=(Channel("bit_flip", 0.1),)))
    np.testing.assert_allclose(mixed_z_expectations(rho, (0,)), [[0.8 * np.cos(0.8)]], atol=1e-15)


def test_refusals() -> None:
    with pytest.raises(InputError, match="`channel` must be one of depolarising"):
        Channel("cosmic", 0.1)
    with pytest.raises(InputError, match=r"must be in 0\.\.1, but is 1\.5"):
        Channel("bit_flip", 1.5)
    with pytest.raises(InputError, match="up to 12 qubits"):
        density_matrices(Circuit(13, ()), np.zeros(0), np.zeros((1, 0)))
    with pytest.raises(InputError, match="must have shapes"):
        density_matrices(Circuit(2, (), n_features=2), np.zeros(0), np.zeros((1, 3)))
