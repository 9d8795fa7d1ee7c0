"""The NumPy twin, which all engines are held against, and (slow) the engines against PennyLane and Qiskit.

PennyLane has our order of bits, Qiskit the reverse.
"""

from functools import partial

import jax
import numpy as np
import pytest

from circuit.random_circuits import gates_of, random_circuit, random_inputs, random_states
from qunlearn.circuit.gates import GATES
from qunlearn.circuit.statevector import ENGINES, evolve
from reference import statevector as reference


def own(name, angles):
    """The matrix from the gate's own test; gates that the twin knows by itself are known elsewhere, too."""
    assert name not in reference.MATRICES, f"{name} must be found by its name elsewhere"
    return reference.MATRICES[name](*angles)


def in_pennylane(name, wires, angles):
    import pennylane as qml

    if name in ("SDG", "TDG"):
        return qml.adjoint(getattr(qml, name[0])(wires=wires))
    if name in ("RXX", "RYY", "RZZ", "RZX"):
        return qml.PauliRot(*angles, name[1:], wires=wires)
    renamed = {
        "I": "Identity",
        "X": "PauliX",
        "Y": "PauliY",
        "Z": "PauliZ",
        "H": "Hadamard",
        "P": "PhaseShift",
        "CX": "CNOT",
        "CP": "ControlledPhaseShift",
        "CCX": "Toffoli",
    }
    known = getattr(qml, renamed.get(name, name), None)
    return known(*angles, wires=wires) if known else qml.QubitUnitary(own(name, angles), wires=wires)


def pennylane_state(n_qubits, gates, start):
    import pennylane as qml

    @qml.qnode(qml.device("default.qubit", wires=n_qubits))
    def state():
        qml.StatePrep(start, wires=range(n_qubits))
        for gate in gates:
            in_pennylane(*gate)
        return qml.state()

    return state()


def in_qiskit(name, angles):
    from qiskit.circuit import library

    renamed = {"SDG": "Sdg", "TDG": "Tdg", "P": "Phase", "CP": "CPhase", "SWAP": "Swap", "ISWAP": "iSwap"}
    known = getattr(library, renamed.get(name, name) + "Gate", None)
    return known(*angles) if known else library.UnitaryGate(own(name, angles))


def qiskit_state(n_qubits, gates, start):
    """Qiskit's wire 0 is the least significant bit: number the wires from the other end."""
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import Statevector

    circuit = QuantumCircuit(n_qubits)
    for name, wires, angles in gates:
        circuit.append(in_qiskit(name, angles), [n_qubits - 1 - w for w in wires])
    return Statevector(start).evolve(circuit).data


@pytest.mark.slow
@pytest.mark.parametrize("rival", [pennylane_state, qiskit_state])
@pytest.mark.parametrize("n_qubits", [1, 2, 3, 5])
def test_random_complex_states_evolve_as_elsewhere(n_qubits, rival):
    circuit, params, x, start = problem(n_qubits)
    assert n_qubits < 3 or {op.gate for op in circuit.ops} == set(GATES)
    gates = gates_of(circuit, params, x[0])
    expected = rival(n_qubits, gates, start[0])
    np.testing.assert_allclose(reference.evolve(n_qubits, gates, start[0]), expected, atol=1e-12)


@pytest.mark.slow
@pytest.mark.usefixtures("optimised")
@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize("rival", [pennylane_state, qiskit_state])
def test_our_engines_evolve_as_elsewhere(rival, engine):
    circuit, params, x, start = problem(6)
    rows = zip(x, start, strict=True)
    expected = [rival(6, gates_of(circuit, params, row), s) for row, s in rows]
    states = jax.jit(partial(evolve, circuit, engine=engine))(params, x, start)
    np.testing.assert_allclose(states, expected, atol=1e-12)


def problem(n_qubits):
    """Every gate that fits, two samples, random start states."""
    rng = np.random.default_rng(n_qubits)
    circuit = random_circuit(rng, n_qubits)
    return circuit, *random_inputs(rng, circuit, 2), random_states(rng, 2, n_qubits)
