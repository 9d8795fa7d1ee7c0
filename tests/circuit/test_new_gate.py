"""A gate that is only a row: it runs on every engine with every derivative rule, and draws right."""

import logging

import jax
import numpy as np
import pytest
from numpy import cos, exp, sin

from circuit.native.native_circuits import needs_kernel
from circuit.random_circuits import gates_of
from qunlearn._errors import InputError
from qunlearn.circuit import engines, gates
from qunlearn.circuit.circuit import Circuit, Feature, Op, Param
from qunlearn.circuit.density import density_matrices, mixed_z_expectations
from qunlearn.circuit.draw import svg, text
from qunlearn.circuit.engines import chosen
from qunlearn.circuit.expectations import expectations
from qunlearn.circuit.gate import Gate, exponential, fixed
from qunlearn.circuit.native import native_expectations, native_shift_expectations
from qunlearn.circuit.pauli import pauli_word
from reference import statevector as reference
from reference.derivatives import slopes

FREDKIN = np.eye(8)[[0, 1, 2, 3, 4, 6, 5, 7]]
_C, _S = cos, lambda t: -1j * sin(t)
# Each a row, and next to it the twin's matrix, written from the definition.
NEW = {
    "SXDG": (
        fixed("SXDG", np.array([[1 - 1j, 1 + 1j], [1 + 1j, 1 - 1j]]) / 2),
        lambda: np.array([[1 - 1j, 1 + 1j], [1 + 1j, 1 - 1j]]) / 2,
    ),
    "CSX": (
        fixed("CSX", reference.controlled(np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2), n_controls=1),
        lambda: reference.controlled(np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2),
    ),
    "GIVENS": (  # frequencies 1/2 and 1
        exponential("GIVENS", (pauli_word("XX") + pauli_word("YY")) / 4),
        lambda t: np.array(
            [[1, 0, 0, 0], [0, _C(t / 2), _S(t / 2), 0], [0, _S(t / 2), _C(t / 2), 0], [0, 0, 0, 1]]
        ),
    ),
    "LOP": (  # words that do not commute, frequencies 0.2, 0.6 and 0.8: a rule of six terms
        exponential(
            "LOP", np.kron(np.diag([1, 0]), reference.X) * 0.1 + np.kron(np.diag([0, 1]), reference.H) * 0.3
        ),
        lambda t: np.block(
            [
                [cos(0.1 * t) * np.eye(2) - 1j * sin(0.1 * t) * reference.X, np.zeros((2, 2))],
                [np.zeros((2, 2)), cos(0.3 * t) * np.eye(2) - 1j * sin(0.3 * t) * reference.H],
            ]
        ),
    ),
    "PFAST": (  # diagonal, with exponents that wrap around at angle 1
        exponential("PFAST", np.diag([0, -4.0])),
        lambda t: np.diag([1, exp(4j * t)]),
    ),
    "CSWAP": (fixed("CSWAP", FREDKIN, n_controls=1), lambda: FREDKIN),
    "U2": (
        Gate(
            "U2",
            lambda xp, a, b: gates.GATES["U3"].matrix(xp, xp.pi / 2 + 0 * a, a, b),
            n_wires=1,
            n_angles=2,
            frequencies=(1.0,),
        ),
        lambda a, b: reference.u3(np.pi / 2, a, b),
    ),
}
NATIVE, NOT_BY_SHIFTS, NOT_NATIVE = ("SXDG", "CSX", "GIVENS"), ("LOP", "PFAST"), ("CSWAP", "U2")
assert {*NATIVE, *NOT_BY_SHIFTS, *NOT_NATIVE} == set(NEW)
WIRES = (2, 0)


@pytest.fixture(autouse=True)
def table(monkeypatch):
    """The table with the new rows, and the twin with their matrices."""
    rows = {name: row for name, (row, _) in NEW.items()}
    monkeypatch.setattr(gates, "GATES", {**gates.GATES, **rows})
    for name, (_, matrix) in NEW.items():
        monkeypatch.setitem(reference.MATRICES, name, matrix)
    engines._say_once.cache_clear()


def circuit_of(*names):
    """Each gate twice, on other wires, with parameters and features, where no symmetry hides it."""
    ops = [Op("U3", (w,), (Param(0), Param(1, 0.7 + w), Feature((w,)))) for w in range(3)]
    for name in names:
        n_wires, n_angles = NEW[name][0].n_wires, NEW[name][0].n_angles
        ops += [
            Op(name, (2, 0, 1)[:n_wires], (Param(2, 1.1), Param(1))[:n_angles]),
            Op("RX", (1,), (Param(2),)),
            Op(name, (1, 2, 0)[:n_wires], (Feature((0,), 0.8), Param(2))[:n_angles]),
            Op("RX", (0,), (Param(0),)),
        ]
    return Circuit(3, tuple(ops))


PARAMS, X = np.array([0.4, -1.2, 0.9]), np.array([[0.3, 1.1, -0.8]])


def check(circuit, *rules):
    """Values and derivatives of each (engine, rule), and the density matrices, are the twin's."""

    def value(params):
        return reference.expectations(reference.evolve(3, gates_of(circuit, params, X[0])), WIRES)

    expected, slope = value(PARAMS), slopes(value, PARAMS).sum(1)
    assert np.abs(slope).min() > 1e-3
    found = mixed_z_expectations(density_matrices(circuit, PARAMS, X), WIRES)
    np.testing.assert_allclose(found[0], expected, atol=1e-12)
    for engine, gradient in rules:
        f = expectations(circuit, WIRES, engine=engine, gradient=gradient)
        found, by_params = jax.jit(lambda p, f=f: (f(p, X), jax.grad(lambda q: f(q, X).sum())(p)))(PARAMS)
        np.testing.assert_allclose(found[0], expected, atol=1e-12, err_msg=engine)
        np.testing.assert_allclose(by_params, slope, atol=1e-8, err_msg=f"{engine} {gradient}")


@pytest.mark.slow
def test_all_together_in_jax_and_as_density_matrices():
    check(circuit_of(*NEW), ("plain", "reverse"), ("fused", "reverse"), ("fused", "parameter_shift"))


@needs_kernel
def test_on_the_kernel_all_that_it_can_do(caplog):
    with caplog.at_level(logging.WARNING):
        check(circuit_of(*NATIVE), ("native", "reverse"), ("native", "parameter_shift"))
        check(circuit_of(*NOT_BY_SHIFTS), ("native", "reverse"))
    assert caplog.text == ""


@pytest.mark.slow
@needs_kernel
def test_what_the_kernel_cannot_do_is_done_by_the_fused_engine(caplog):
    with caplog.at_level(logging.WARNING):
        check(circuit_of(NOT_NATIVE[0]), ("native", "reverse"))
    assert "engine fused is used" in caplog.text


@needs_kernel
def test_what_the_kernel_cannot_do_is_said_once(caplog):
    circuit = circuit_of("CSWAP")
    for _ in range(2):
        for engine in ("auto", "native"):
            assert chosen(engine, "reverse", circuit) == "fused"
            engines.EXPECTATION_ENGINES[engine].build(circuit, (0,), "reverse")
    (record,) = caplog.records
    sentence = "engine native has no way to run gate CSWAP with gradient reverse; engine fused is used"
    assert record.message == sentence + ", which is slower"
    assert chosen("auto", "reverse", circuit_of("LOP")) == "native"
    assert chosen("auto", "parameter_shift", circuit_of("LOP")) == "fused"
    with pytest.raises(InputError, match=r"^engine native cannot run gate U2: take engine fused$"):
        native_expectations(circuit_of("U2"), (0,))
    with pytest.raises(InputError, match=r"^engine native cannot run gate LOP: take engine fused$"):
        native_shift_expectations(circuit_of("LOP"), (0,))


def test_controls_and_swaps_are_drawn_from_the_row():
    ops = (Op("CSX", (2, 0)), Op("CSWAP", (0, 1, 2)), Op("GIVENS", (1, 2), (Param(0),)), Op("SXDG", (0,)))
    assert text(Circuit(3, ops)) == "\n".join(
        [
            "q0: SX─@────SXDG────",
            "q1: │──x─GIVENS(θ0)─",
            "q2: @──x─GIVENS(θ0)─",
        ]
    )
    assert svg(Circuit(3, ops)).count("<circle") == 2
