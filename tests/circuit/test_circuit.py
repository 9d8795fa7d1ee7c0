"""The description of a circuit: what it refuses, counts and can be compared by."""

import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.circuit import Circuit, Const, Feature, Op, Param, concatenate
from qunlearn.circuit.gates import GATES


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (Op("RW", (0,)), f"`gate` must be one of {', '.join(GATES)}, but is RW"),
        (Op("X", (0, 1)), "gate X takes 1 different wires, but got (0, 1)"),
        (Op("CX", (1, 1)), "gate CX takes 2 different wires, but got (1, 1)"),
        (Op("CCX", (0, 1)), "gate CCX takes 3 different wires, but got (0, 1)"),
        (Op("X", (3,)), "wires of gate X must be in 0..2, but are (3,)"),
        (Op("CX", (0, -1)), "wires of gate CX must be in 0..2, but are (0, -1)"),
        (Op("RX", (0,)), "gate RX takes 1 angles, but got 0"),
        (Op("U3", (0,), (Const(1.0),) * 2), "gate U3 takes 3 angles, but got 2"),
        (Op("H", (0,), (Const(1.0),)), "gate H takes 0 angles, but got 1"),
        (Op("RX", (0,), (Param(-1),)), "parameter and feature indices must be >= 0"),
        (Op("RX", (0,), (Feature((0, -2)),)), "parameter and feature indices must be >= 0"),
    ],
)
def test_a_gate_that_does_not_fit_is_refused_in_one_sentence(op, message):
    with pytest.raises(InputError) as refusal:
        Circuit(3, (Op("H", (0,)), op))
    assert str(refusal.value) == message


@pytest.mark.parametrize("n_qubits", [0, -1, 25])
def test_a_number_of_qubits_that_cannot_be_simulated_is_refused(n_qubits):
    with pytest.raises(InputError, match=f"`n_qubits` must be between 1 and 24, but is {n_qubits}"):
        Circuit(n_qubits, ())


@pytest.mark.parametrize("n_features", [0, 5])
def test_amplitude_encoding_takes_no_more_features_than_amplitudes(n_features):
    with pytest.raises(InputError, match=f"takes 1 to 4 features, but `n_features` is {n_features}"):
        Circuit(2, (), amplitude_encoding=True, n_features=n_features)
    assert Circuit(2, (), amplitude_encoding=True, n_features=4).n_features == 4


def test_parameters_and_features_are_counted_by_their_largest_index():
    ops = (Op("RX", (0,), (Param(4),)), Op("U3", (1,), (Param(1), Feature((2, 6)), Const(0.1))))
    circuit = Circuit(2, ops)
    assert (circuit.n_params, circuit.n_features) == (5, 7)
    wider = Circuit(2, ops, n_params=9, n_features=8)
    assert (wider.n_params, wider.n_features) == (9, 8)
    assert (Circuit(1, ()).n_params, Circuit(1, ()).n_features) == (0, 0)


def test_equal_descriptions_have_equal_hashes():
    def circuit(scale):
        return Circuit(2, (Op("RX", (0,), (Param(0, scale),)), Op("CX", (0, 1))))

    assert circuit(0.5) == circuit(0.5)
    assert hash(circuit(0.5)) == hash(circuit(0.5))
    assert circuit(0.5) != circuit(0.25)
    assert Circuit(2, (), n_params=1) != Circuit(2, ())


def test_parts_are_joined_in_order_of_time():
    parts = [[Op("H", (0,))], (), [Op("CX", (0, 1)), Op("X", (1,))]]
    assert concatenate(2, parts) == Circuit(2, (Op("H", (0,)), Op("CX", (0, 1)), Op("X", (1,))))
