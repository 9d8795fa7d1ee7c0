"""The compiler: the same unitary as gate by gate for any circuit, and few steps for those that matter."""

import itertools
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circuit.random_circuits import gates_of, random_circuit, random_inputs, value
from qunlearn.circuit.circuit import Circuit, Const, Op, Param
from qunlearn.circuit.fuse import fuse
from qunlearn.circuit.gates import GATES
from qunlearn.circuit.steps import (
    Dense,
    Local,
    Permute,
    Phase,
    Rotation,
    identity_rows,
    mask_of,
    rotations_of,
    wires_of,
)
from qunlearn.model import ANSATZE, paper_classifier
from reference import statevector as reference

NO_FEATURES = np.zeros(0)


def step_matrix(step, n_qubits, params, row):
    """What a step means, as a matrix."""
    if isinstance(step, Dense):
        return reference.operator(n_qubits, as_gate(step.op, params, row))
    if isinstance(step, Local):
        return reference.unitary(n_qubits, [as_gate(op, params, row) for run in step.runs for op in run])
    if isinstance(step, Permute):
        return np.array(
            [[bits(old, step.rows) == new for old in range(2**n_qubits)] for new in range(2**n_qubits)]
        )
    phases = np.ones(2**n_qubits, complex)
    for rotation in step.rotations:
        for mask, coefficient in rotation.parities:
            signs = np.array([(-1) ** (k & mask).bit_count() for k in range(2**n_qubits)])
            phases *= np.exp(1j * value(rotation.angle, params, row) * coefficient * signs)
    return np.diag(phases)


def bits(old, rows):
    """The basis state that a relabelling makes of `old`."""
    return int("".join(str((old & row).bit_count() % 2) for row in rows), 2)


def as_gate(op, params, row):
    return op.gate, op.wires, tuple(value(a, params, row) for a in op.angles)


def program_unitary(program, params, row):
    matrices = [step_matrix(step, program.n_qubits, params, row) for step in program.steps]
    return reduce(lambda u, m: m @ u, matrices, np.eye(2**program.n_qubits))


def assert_same_unitary(circuit, program, seed=0):
    params, x = random_inputs(np.random.default_rng(seed), circuit, 1)
    expected = reference.unitary(circuit.n_qubits, gates_of(circuit, params, x[0]))
    np.testing.assert_allclose(program_unitary(program, params, x[0]), expected, atol=1e-12)


@st.composite
def gates_and_wires(draw, names=tuple(GATES)):
    """A number of qubits, and gates with the wires they act on."""
    n_qubits = draw(st.integers(1, 4))
    fitting = [name for name in names if GATES[name].n_wires <= n_qubits]
    chosen = draw(st.lists(st.sampled_from(fitting), max_size=16))
    return n_qubits, [(name, draw(st.permutations(range(n_qubits)))) for name in chosen]


def circuit_with_a_parameter_for_every_angle(n_qubits, gates):
    numbers = itertools.count()
    ops = [
        Op(name, tuple(wires[: gate.n_wires]), tuple(Param(next(numbers)) for _ in range(gate.n_angles)))
        for name, wires in gates
        for gate in [GATES[name]]
    ]
    return Circuit(n_qubits, tuple(ops))


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(gates_and_wires())
def test_a_fused_program_means_what_the_gates_mean(drawn):
    circuit = circuit_with_a_parameter_for_every_angle(*drawn)
    assert_same_unitary(circuit, fuse(circuit))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(gates_and_wires(("CX", "SWAP", "RZ", "S", "CP", "RZZ", "CRZ", "RY", "H")))
def test_diagonal_gates_move_through_relabellings_with_the_same_meaning(drawn):
    circuit = circuit_with_a_parameter_for_every_angle(*drawn)
    assert_same_unitary(circuit, fuse(circuit))


@pytest.mark.parametrize("most", [2, 3])
def test_a_phase_stays_on_few_wires(most, monkeypatch):
    monkeypatch.setattr("qunlearn.circuit.fuse.MAX_PHASE_WIRES", most)
    for seed in range(10):
        names = ("CX", "SWAP", "RZ", "RZZ", "CZ", "RY")
        circuit = random_circuit(np.random.default_rng(seed), 5, repeats=4, names=names)
        program = fuse.__wrapped__(circuit)
        widths = [step.mask.bit_count() for step in program.steps if isinstance(step, Phase)]
        assert max(widths) <= most
        assert_same_unitary(circuit, program)


def kinds(program):
    return [type(step) for step in program.steps]


def test_neighbouring_gates_of_a_wire_are_one_run_and_runs_side_by_side_one_step():
    ops = (Op("RX", (0,), (Param(0),)), Op("H", (1,)), Op("T", (0,)), Op("RY", (0,), (Param(1),)))
    (step,) = fuse(Circuit(2, ops)).steps
    assert step == Local((ops[:1] + ops[2:], ops[1:2]))


def test_gates_meet_across_steps_that_they_do_not_touch():
    ops = (
        Op("RXX", (0, 1), (Param(0),)),
        Op("H", (0,)),
        Op("RXX", (1, 2), (Param(1),)),
        Op("RX", (0,), (Param(2),)),
    )
    assert fuse(Circuit(3, ops)).steps == (Dense(ops[0]), Dense(ops[2]), Local(((ops[1], ops[3]),)))
    late = (
        Op("H", (0,)),
        Op("CH", (0, 1)),
        Op("H", (2,)),
        Op("RXX", (0, 1), (Param(0),)),
        Op("RY", (2,), (Param(1),)),
    )
    assert fuse(Circuit(3, late)).steps[0] == Local((late[:1], (late[2], late[4])))


def test_a_run_joins_the_step_that_has_its_wire_rather_than_a_later_one():
    swap = Op("SWAP", (1, 2))
    h, rxx, x, ry = Op("H", (2,)), Op("RXX", (0, 1), (Param(0),)), Op("X", (0,)), Op("RY", (2,), (Param(1),))
    steps = fuse(Circuit(3, (h, swap, swap, rxx, x, ry))).steps
    assert steps == (Local(((h, ry),)), Dense(rxx), Local(((x,),)))


def test_cx_rz_cx_is_one_phase_on_the_parity_of_both_wires():
    ops = (Op("CX", (0, 2)), Op("RZ", (2,), (Param(0),)), Op("CX", (0, 2)))
    (step,) = fuse(Circuit(3, ops)).steps
    assert isinstance(step, Phase)
    (rotation,) = step.rotations
    assert rotation.angle == Param(0)
    ((mask, coefficient),) = rotation.parities
    assert wires_of(mask, 3) == (0, 2)
    assert coefficient == pytest.approx(-0.5)


def test_a_ring_of_cnots_is_one_permutation():
    n_qubits = 6
    ring = Circuit(n_qubits, tuple(Op("CX", (q, (q + 1) % n_qubits)) for q in range(n_qubits)))
    assert kinds(fuse(ring)) == [Permute]
    assert_same_unitary(ring, fuse(ring))


def test_swaps_that_cancel_leave_nothing():
    assert fuse(Circuit(3, (Op("SWAP", (0, 2)), Op("I", (1,)), Op("SWAP", (2, 0))))).steps == ()


def test_diagonal_gates_gather_in_one_phase():
    ops = (
        Op("CZ", (0, 1)),
        Op("CX", (2, 1)),
        Op("RZ", (1,), (Param(0),)),
        Op("RZZ", (0, 2), (Param(1),)),
        Op("SWAP", (0, 1)),
        Op("CP", (0, 2), (Param(2),)),
    )
    assert kinds(fuse(Circuit(3, ops))) == [Phase, Permute]


def test_a_diagonal_gate_does_not_pass_a_gate_it_does_not_commute_with():
    ops = (Op("RXX", (0, 1), (Param(0),)), Op("CZ", (1, 2)), Op("RY", (2,), (Param(1),)), Op("CZ", (1, 2)))
    assert kinds(fuse(Circuit(3, ops))) == [Dense, Phase, Local, Phase]


def test_the_seed_papers_circuit_takes_sixteen_steps():
    circuit = paper_classifier().circuit
    assert len(circuit.ops) == 134
    program = fuse(circuit)
    assert len(program.steps) == 16
    assert Dense not in kinds(program)


@pytest.mark.parametrize("name", sorted(ANSATZE))
def test_ansatze_fuse_to_at_most_three_steps_a_repetition(name):
    program = fuse(Circuit(6, ANSATZE[name].ops(6, 3, 0)))
    assert len(program.steps) <= 9
    assert Dense not in kinds(program)


@pytest.mark.parametrize("name", sorted(name for name in GATES if GATES[name].diagonal))
def test_a_diagonal_gate_as_a_rotation_has_its_exponents(name):
    n_angles = GATES[name].n_angles
    wires = (2, 0)[: GATES[name].n_wires]
    op = Op(name, wires, (Const(0.83),) * n_angles)
    matrix = step_matrix(Phase((rotations_of(op, 3),)), 3, NO_FEATURES, NO_FEATURES)
    np.testing.assert_allclose(
        matrix, reference.operator(3, as_gate(op, NO_FEATURES, NO_FEATURES)), atol=1e-14
    )


def random_permutation(seed, n_qubits=4):
    rng = np.random.default_rng(seed)
    ops = random_circuit(rng, n_qubits, repeats=4, names=("CX", "SWAP")).ops
    return ops, reduce(Permute.followed_by, ops, Permute(identity_rows(n_qubits)))


@pytest.mark.parametrize("seed", range(4))
def test_relabellings_compose_and_name_where_each_amplitude_comes_from(seed):
    ops, permute = random_permutation(seed)
    expected = reference.unitary(4, [as_gate(op, NO_FEATURES, NO_FEATURES) for op in ops])
    np.testing.assert_array_equal(step_matrix(permute, 4, NO_FEATURES, NO_FEATURES), expected)
    amplitudes = np.arange(16.0)
    np.testing.assert_array_equal(amplitudes[permute.index()], expected @ amplitudes)


@pytest.mark.parametrize("seed", range(4))
def test_a_rotation_pulled_back_does_before_a_relabelling_what_it_did_after_it(seed):
    _, permute = random_permutation(seed)
    rotation = Rotation(Const(0.7), ((mask_of((0, 3), 4), 0.9), (mask_of((1,), 4), -0.4), (0, 0.2)))
    relabel, after, before = (
        step_matrix(step, 4, NO_FEATURES, NO_FEATURES)
        for step in (permute, Phase((rotation,)), Phase((permute.pull_back(rotation),)))
    )
    np.testing.assert_allclose(after @ relabel, relabel @ before, atol=1e-14)


def test_the_mask_of_a_relabelling_holds_every_wire_that_it_reads_or_writes():
    permute = Permute(identity_rows(4)).followed_by(Op("CX", (0, 2)))
    assert wires_of(permute.mask, 4) == (0, 2)
    assert Permute(identity_rows(4)).mask == 0
