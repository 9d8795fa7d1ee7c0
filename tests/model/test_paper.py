"""The seed paper's classifier against its own words, a NumPy twin, PennyLane and Qiskit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.circuit import Param
from qunlearn.metrics import probability_range
from qunlearn.model import paper_classifier, seed_like_classifier
from qunlearn.train import Training, training_cost
from reference.vqc import paper_logits

R = np.random.default_rng(0)
PARAMS, X = R.uniform(-np.pi, np.pi, 72), R.uniform(0, np.pi, (2, 4))


@pytest.fixture(scope="module")
def logits():
    return np.asarray(paper_classifier().logits(jnp.asarray(PARAMS), jnp.asarray(X)))


def test_counts_of_the_paper():
    model = paper_classifier()
    assert (model.n_params, model.n_features, model.n_classes, model.n_qubits) == (72, 4, 3, 6)
    assert model.readout == (3, 4, 5)
    assert model.circuits_per_gradient == 144
    assert training_cost(Training(), 90, 0).gradients * model.circuits_per_gradient == 432_000


def test_parameters_are_ordered_block_repetition_rotation_qubit():
    trainable = [op for op in paper_classifier().circuit.ops if op.angles and isinstance(op.angles[0], Param)]
    found = [(op.angles[0].index, op.gate, op.wires[0]) for op in trainable]
    names = [(g, q) for _ in range(2) for _ in range(3) for g in ("RY", "RZ") for q in range(6)]
    assert found == [(i, gate, qubit) for i, (gate, qubit) in enumerate(names)]


def test_order_of_gates():
    names = [op.gate for op in paper_classifier().circuit.ops]
    feature_map = ["RY"] * 4 + ["CX", "RZ", "CX"] * 3
    repetition = ["RY"] * 6 + ["RZ"] * 6 + ["CX"] * 6
    assert names == (feature_map + repetition * 3) * 2


def test_logits_equal_a_numpy_twin(logits):
    np.testing.assert_allclose(logits, paper_logits(PARAMS, X), rtol=0, atol=1e-12)


@pytest.mark.slow
def test_logits_equal_pennylane(logits):
    import pennylane as qml

    @qml.qnode(qml.device("default.qubit", wires=6))
    def circuit(params, x):
        for block in params.reshape(2, 3, 2, 6):
            qml.AngleEmbedding(x, wires=range(4), rotation="Y")
            for a in range(3):
                qml.CNOT([a, a + 1])
                qml.RZ(x[a] * x[a + 1], a + 1)
                qml.CNOT([a, a + 1])
            for ry, rz in block:
                for q in range(6):
                    qml.RY(ry[q], q)
                    qml.RZ(rz[q], q)
                for q in range(6):
                    qml.CNOT([q, (q + 1) % 6])
        return [qml.expval(qml.PauliZ(q)) for q in (3, 4, 5)]

    theirs = [[float(v) for v in circuit(PARAMS, x)] for x in X]
    np.testing.assert_allclose(logits, theirs, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_logits_equal_qiskit(logits):
    """Qiskit's qubit 0 is the least significant bit: labels are read from the right."""
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import Pauli, Statevector

    def z(x, q):
        circuit = QuantumCircuit(6)
        for block in PARAMS.reshape(2, 3, 2, 6):
            for i, value in enumerate(x):
                circuit.ry(value, i)
            for a in range(3):
                circuit.cx(a, a + 1)
                circuit.rz(x[a] * x[a + 1], a + 1)
                circuit.cx(a, a + 1)
            for ry, rz in block:
                for i in range(6):
                    circuit.ry(ry[i], i)
                    circuit.rz(rz[i], i)
                for i in range(6):
                    circuit.cx(i, (i + 1) % 6)
        label = "".join("Z" if i == q else "I" for i in reversed(range(6)))
        return Statevector(circuit).expectation_value(Pauli(label)).real

    theirs = [[z(x, q) for q in (3, 4, 5)] for x in X]
    np.testing.assert_allclose(logits, theirs, rtol=0, atol=1e-12)


def test_options():
    other = paper_classifier(rotations=("ry", "rz"), logit_scale=2.5, init_sd=0.3, gradient="parameter_shift")
    assert (other.encoding, other.logit_scale, other.init_sd) == ("pairwise_ry_rz", 2.5, 0.3)
    assert other.gradient == "parameter_shift"
    assert other.n_params == 72
    with pytest.raises(InputError, match=r"^`rotations` must be one of \('ry',\), \('ry', 'rz'\), but is"):
        paper_classifier(rotations=("rz",))


def test_probabilities_have_a_floor_and_a_ceiling(logits):
    low, high = paper_classifier().logit_range
    assert (low, high) == (-1, 1)
    assert np.all(np.abs(logits) <= 1)
    floor = np.exp(jax.nn.log_softmax(jnp.array([low, high, high])))[0]
    ceiling = np.exp(jax.nn.log_softmax(jnp.array([high, low, low])))[0]
    assert (round(float(floor), 4), round(float(ceiling), 4)) == (0.0634, 0.7870)
    np.testing.assert_allclose(probability_range(3, low, high), (floor, ceiling), rtol=1e-12)


def test_initial_parameters_are_small_and_gaussian():
    many = np.concatenate([paper_classifier().init(jax.random.key(s)) for s in range(50)])
    assert abs(many.std() - 0.1) < 4 * 0.1 / np.sqrt(2 * len(many))
    assert abs(many.mean()) < 4 * 0.1 / np.sqrt(len(many))


def test_the_circuit_for_any_task_is_the_papers_own_for_its_task():
    assert seed_like_classifier(4, 3) == paper_classifier()
    shapes = {
        (f, k): seed_like_classifier(f, k) for f, k in ((1, 2), (4, 6), (4, 7), (9, 8), (13, 10), (64, 11))
    }
    assert {task: (m.n_qubits, m.head) for task, m in shapes.items()} == {
        (1, 2): (6, False),
        (4, 6): (6, False),
        (4, 7): (6, True),
        (9, 8): (9, False),
        (13, 10): (10, False),
        (64, 11): (10, True),
    }
    assert all((m.n_features, m.n_classes) == task for task, m in shapes.items())
