"""Encodings and ansätze gate by gate: wrapping around, rings of two and one, PennyLane's template."""

import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.circuit.circuit import Circuit, Feature, Param
from qunlearn.model import ANSATZE, ENCODINGS, VQC
from reference import statevector


def gates(ops):
    return [(op.gate, op.wires) for op in ops]


def test_features_beyond_the_qubits_wrap_around_with_the_other_rotation():
    ops = ENCODINGS["angle"].ops(2, 5)
    assert gates(ops) == [("RY", (0,)), ("RY", (1,)), ("RZ", (0,)), ("RZ", (1,)), ("RY", (0,))]
    assert [op.angles for op in ops] == [(Feature((i,)),) for i in range(5)]
    both = ENCODINGS["angle_ry_rz"].ops(1, 2)
    assert gates(both) == [("RY", (0,)), ("RZ", (0,)), ("RZ", (0,)), ("RY", (0,))]
    three = ENCODINGS["angle_rx_ry_rz"].ops(1, 2)
    assert gates(three)[3:] == [("RX", (0,)), ("RZ", (0,)), ("RY", (0,))]


def test_wrapped_features_do_not_only_count_as_their_sum():
    vqc = VQC(4, 2, n_qubits=2, uploads=1, repetitions=1, head=True)
    params = np.random.default_rng(0).uniform(-2, 2, vqc.n_params)
    x = jnp.array([[0.3, 0.5, 0.9, 0.2], [0.9, 0.2, 0.3, 0.5]])
    first, second = vqc.logits(jnp.asarray(params), x)
    assert np.max(np.abs(first - second)) > 0.01


def test_interactions_multiply_neighbouring_features():
    ops = ENCODINGS["pairwise"].ops(3, 5)[5:]
    triples = [("CX", (0, 1)), ("RZ", (1,)), ("CX", (0, 1)), ("CX", (1, 2)), ("RZ", (2,)), ("CX", (1, 2))]
    assert gates(ops) == triples
    assert [op.angles for op in ops if op.angles] == [(Feature((0, 1)),), (Feature((1, 2)),)]


@pytest.mark.parametrize("name", ANSATZE)
@pytest.mark.parametrize("n_qubits", [1, 2, 3, 4])
def test_a_block_reads_each_of_its_parameters_once_from_the_first_on(name, n_qubits):
    ansatz = ANSATZE[name]
    ops = ansatz.ops(n_qubits, 3, 7)
    read = [a.index for op in ops for a in op.angles if isinstance(a, Param)]
    assert sorted(read) == list(range(7, 7 + 3 * ansatz.params_per_qubit * n_qubits))
    links = [op.wires for op in ops if len(op.wires) == 2]
    both = name == "rx_ry_rx_rzz_ring"  # an angle for every qubit's link, so a ring of two has two
    assert len(links) == 3 * {1: 0, 2: 1 + both, 3: 3, 4: 4}[n_qubits]
    Circuit(n_qubits, ops)


@pytest.mark.slow
def test_strongly_entangling_equals_pennylanes_template():
    import pennylane as qml

    n_qubits, repetitions = 4, 4
    params = np.random.default_rng(1).uniform(-np.pi, np.pi, repetitions * 3 * n_qubits)
    circuit = Circuit(n_qubits, ANSATZE["strongly_entangling"].ops(n_qubits, repetitions, 0))

    @qml.qnode(qml.device("default.qubit", wires=n_qubits))
    def template(weights):
        qml.StronglyEntanglingLayers(weights, wires=range(n_qubits))
        return qml.state()

    theirs = template(params.reshape(repetitions, 3, n_qubits).transpose(0, 2, 1))
    gates = [(op.gate, op.wires, tuple(params[angle.index] for angle in op.angles)) for op in circuit.ops]
    ours = statevector.evolve(n_qubits, gates)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


def test_tables_say_what_they_hold():
    for table in (ENCODINGS, ANSATZE):
        assert all(row.meaning for row in table.values())
    assert [name for name, row in ENCODINGS.items() if row.amplitude] == ["amplitude"]
