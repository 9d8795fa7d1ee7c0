"""The kernel against a slow twin and the `plain` JAX engine, on each instruction set."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.circuit import Circuit, Const, Feature, Op, Param
from qunlearn.circuit.gates import GATES
from qunlearn.circuit.gradients import GRADIENTS
from qunlearn.circuit.native import (
    library,
    native_expectations,
    native_shift_expectations,
    set_threads,
    threads,
)

from . import slow_twin
from .native_circuits import needs_kernel, random_circuit, random_inputs

pytestmark = needs_kernel
RULES = (native_expectations, native_shift_expectations)
# qubits, gates, amplitude encoding
SHAPES = ((1, 14, False), (2, 40, True), (3, 45, False), (4, 40, True), (6, 40, False), (8, 25, False))


def products(values: Callable[..., Any], params: Any, x: Any, cotangent: Any) -> list[np.ndarray]:
    """Values and the vector-Jacobian products by parameters and features."""
    return [np.asarray(a) for a in compiled_products(values)(params, x, cotangent)]


@cache
def compiled_products(values: Callable[..., Any]) -> Callable[..., Any]:
    def both(params: Any, x: Any, cotangent: Any) -> Any:
        measured, pull = jax.vjp(values, params, x)
        return measured, *pull(cotangent)

    return jax.jit(both)


def plain(circuit: Circuit, wires: tuple[int, ...]) -> Callable[..., Any]:
    return GRADIENTS["reverse"](circuit, wires, "plain")


@cache
def reference(shape: tuple[int, int, bool]) -> tuple[Circuit, tuple[int, ...], tuple[np.ndarray, ...], list]:
    n, depth, amplitude = shape
    circuit = random_circuit(n, n, depth, amplitude=amplitude)
    wires = tuple(range(n))[::-1]
    inputs = random_inputs(circuit, 11, n)
    return circuit, wires, inputs, slow_twin.products(circuit, wires, *inputs)


def test_shapes_cover_the_gate_table() -> None:
    used = {op.gate for shape in SHAPES for op in reference(shape)[0].ops}
    assert used == set(GATES)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", SHAPES)
def test_agrees_in_double_precision(shape: tuple[int, int, bool], rule: Callable[..., Any]) -> None:
    circuit, wires, inputs, expected = reference(shape)
    for ours, theirs in zip(products(rule(circuit, wires), *inputs), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", SHAPES)
def test_agrees_in_single_precision(shape: tuple[int, int, bool], rule: Callable[..., Any]) -> None:
    circuit, wires, inputs, expected = reference(shape)
    single = [a.astype(np.float32) for a in inputs]
    for ours, theirs in zip(products(rule(circuit, wires), *single), expected, strict=True):
        assert ours.dtype == np.float32
        assert np.abs(ours - theirs).max() <= 1e-5 * max(1, np.abs(theirs).max())


@pytest.fixture(params=[0, 1])
def level(request: pytest.FixtureRequest) -> Iterator[int]:
    """Every instruction set below the widest one that there is."""
    kernel = library.library()
    kernel.qunlearn_set_level(request.param)
    yield request.param
    kernel.qunlearn_set_level(2)


@pytest.mark.usefixtures("level")
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", SHAPES)
def test_narrower_instruction_sets_agree(shape: tuple[int, int, bool], rule: Callable[..., Any]) -> None:
    circuit, wires, inputs, expected = reference(shape)
    for ours, theirs in zip(products(rule(circuit, wires), *inputs), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("amplitude", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_states_too_large_to_store_are_recomputed(amplitude: bool) -> None:
    names = ("RY", "RX", "CRZ", "CX", "RZZ", "U3", "SWAP", "H")
    circuit = random_circuit(1, 12, 22, amplitude=amplitude, names=names)
    inputs = random_inputs(circuit, 2, 2)
    expected = slow_twin.products(circuit, (0, 7), *inputs)
    for ours, theirs in zip(products(native_expectations(circuit, (0, 7)), *inputs), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12, rtol=1e-12)


def test_long_runs_of_rotations_keep_their_scale_in_single_precision() -> None:
    ops = [Op("RY", (q,), (Param(q, 1.5),)) for _ in range(40) for q in range(3)]
    ops = [op for i in range(0, 120, 3) for op in (*ops[i : i + 3], Op("CX", (0, 1)), Op("CX", (1, 2)))]
    circuit = Circuit(3, tuple(ops))
    inputs = random_inputs(circuit, 1, 3)
    inputs = (inputs[0], np.zeros((1, 0)), inputs[2])
    exact = products(native_expectations(circuit, (0, 1, 2)), *inputs)
    single = products(native_expectations(circuit, (0, 1, 2)), *(a.astype(np.float32) for a in inputs))
    expected = slow_twin.products(circuit, (0, 1, 2), *inputs)
    for ours, rough, theirs in zip(exact, single, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12, rtol=1e-12)
        np.testing.assert_allclose(rough, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("n_samples", [0, 1, 2, 3, 7, 17, 130])
def test_any_number_of_samples(n_samples: int) -> None:
    circuit = random_circuit(3, 4, 30)
    params, x, cotangent = random_inputs(circuit, 130, 4)
    f = native_expectations(circuit, range(4))
    some = products(f, params, x[:n_samples], cotangent[:n_samples])
    cotangent[n_samples:] = 0
    every = products(f, params, x, cotangent)
    np.testing.assert_allclose(some[0], every[0][:n_samples], atol=1e-13)
    np.testing.assert_allclose(some[1], every[1], atol=1e-12)
    np.testing.assert_allclose(some[2], every[2][:n_samples], atol=1e-13)


@cache
def loss_and_gradients(values: Callable[..., Any]) -> Callable[..., Any]:
    return jax.jit(jax.value_and_grad(lambda p, x: jnp.sum(jnp.sin(values(p, x) + 0.3)), (0, 1)))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "axes", [(0, 0), *(pytest.param(axes, marks=pytest.mark.slow) for axes in ((0, None), (None, 0), (1, 2)))]
)
def test_vmap_is_a_loop_over_models(axes: tuple[int | None, int | None], rule: Callable[..., Any]) -> None:
    circuit = random_circuit(3, 4, 30)
    rng = np.random.default_rng(1)
    size = {0: (3, 5), 1: (5, 3)}
    params = rng.normal(size=size.get(axes[0], (5,)))  # type: ignore[arg-type]
    x = rng.normal(size={None: (7, 4), 0: (3, 7, 4), 2: (7, 4, 3)}[axes[1]])
    loss = loss_and_gradients(rule(circuit, (0, 2)))
    mapped = jax.jit(jax.vmap(loss, axes))(params, x)
    for i in range(3):
        one = [a if axis is None else np.take(a, i, axis) for a, axis in zip((params, x), axes, strict=True)]
        single = loss(*one)
        jax.tree.map(lambda m, s, i=i: np.testing.assert_allclose(m[i], s, atol=1e-12), mapped, single)


@pytest.mark.slow
def test_nested_vmap_and_jacobian() -> None:
    circuit = random_circuit(3, 3, 8)
    params, x, _ = map(jnp.asarray, random_inputs(circuit, 6, 2))
    f = native_expectations(circuit, (0, 2))
    many = jnp.stack([params, params + 0.1])
    grid = jax.jit(jax.vmap(jax.vmap(f, (0, None)), (None, 0)))(many, jnp.stack([x, 2 * x, x - 1]))
    assert grid.shape == (3, 2, 6, 2)
    np.testing.assert_allclose(grid[2, 1], f(params + 0.1, x - 1), atol=1e-13)
    expected = jax.jit(jax.jacrev(plain(circuit, (0, 2))))(params, x)
    np.testing.assert_allclose(jax.jit(jax.jacrev(f))(params, x), expected, atol=1e-12)


def test_per_sample_gradients() -> None:
    circuit = random_circuit(3, 4, 30)
    params, x, _ = map(jnp.asarray, random_inputs(circuit, 9, 2))
    f = native_expectations(circuit, (0, 2))
    apart = jax.vmap(jax.grad(lambda p, row: f(p, row[None])[0, 1]), (None, 0))
    apart, together = jax.jit(lambda p, x: (apart(p, x), jax.jacrev(f)(p, x)[:, 1]))(params, x)
    np.testing.assert_allclose(apart, together, atol=1e-12)


def second_derivatives(values: Callable[..., Any], params: Any, x: Any) -> list[np.ndarray]:
    """Hessian, forward and reverse over reverse, and the mixed derivative by parameters and x."""

    def loss(params: Any, x: Any) -> Any:
        return jnp.sum(jnp.sin(2 * values(params, x)))

    rules = (
        jax.hessian(loss),
        jax.jacrev(jax.jacrev(loss)),
        jax.jacfwd(jax.grad(loss, argnums=1)),
    )
    return [np.asarray(rule(params, x)) for rule in rules]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.slow
def test_second_derivatives_are_exact(rule: Callable[..., Any]) -> None:
    gates = (
        Op("RY", (0,), (Feature((0,)),)),
        Op("CRX", (0, 1), (Param(0, 0.7),)),
        Op("U3", (1,), (Param(1), Param(0), Param(2))),
        Op("RZZ", (0, 1), (Feature((0, 1)),)),
        Op("RX", (0,), (Param(1, -1.3),)),
    )
    circuit = Circuit(2, gates)
    params, x = jnp.array([0.4, -1.1, 2.3]), jnp.array([[0.3, 1.7], [2.1, -0.6], [0.9, 0.2]])
    ours = second_derivatives(rule(circuit, (0, 1)), params, x)
    for found, expected in zip(ours, second_derivatives(plain(circuit, (0, 1)), params, x), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_inside_jit_and_scan() -> None:
    circuit = random_circuit(3, 3, 8)
    params, x, _ = map(jnp.asarray, random_inputs(circuit, 6, 2))

    f = native_expectations(circuit, (0, 2))
    gradient = jax.jit(jax.grad(lambda p: jnp.sum(f(p, x) ** 2)))
    inside = jax.jit(
        lambda p: jax.lax.scan(lambda p, _: (p - 0.05 * gradient(p), None), p, None, length=20)[0]
    )
    one_by_one = params
    for _ in range(20):
        one_by_one = one_by_one - 0.05 * gradient(one_by_one)
    np.testing.assert_allclose(inside(params), one_by_one, atol=1e-13)


@pytest.mark.parametrize("n_samples", [6, 100])
def test_states_kept_for_the_gradient_are_those_of_its_arguments(n_samples: int) -> None:
    circuit = random_circuit(3, 4, 30)
    first, second = (random_inputs(circuit, n_samples, 2, seed=seed) for seed in (1, 2))
    f = native_expectations(circuit, (0, 2))
    fresh = [products(f, *inputs) for inputs in (first, second)]
    for inputs in (first, (first[0], *second[1:]), (second[0], *first[1:])):
        pull = jax.vjp(f, *first[:2])[1]
        jax.block_until_ready(jax.vjp(f, *inputs[:2])[0])
        for ours, theirs in zip(pull(jnp.asarray(first[2])), fresh[0][1:], strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_repeated_wires_are_read_once_and_returned_as_asked() -> None:
    circuit = random_circuit(3, 4, 30)
    inputs = random_inputs(circuit, 6, 3)
    twice = products(native_expectations(circuit, (2, 0, 2)), *inputs)
    expected = slow_twin.products(circuit, (2, 0, 2), *inputs)
    for ours, theirs in zip(twice, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_threads_do_not_change_a_bit() -> None:
    circuit = random_circuit(3, 6, 40)
    inputs = random_inputs(circuit, 700, 6)
    f = native_expectations(circuit, range(6))
    before = threads()
    try:
        results = []
        for count in (1, 2, 5):
            set_threads(count)
            assert threads() == count
            results.append(products(f, *inputs))
    finally:
        set_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_row_of_zeros_is_no_state() -> None:
    circuit = random_circuit(2, 3, 20, amplitude=True)
    params, x, _ = random_inputs(circuit, 4, 1)
    x[2] = 0
    values = native_expectations(circuit, (1,))(params, x)
    np.testing.assert_array_equal(np.isnan(values[:, 0]), [False, False, True, False])


def test_huge_angles_are_reduced_exactly() -> None:
    circuit = Circuit(1, (Op("RY", (0,), (Param(0),)), Op("RY", (0,), (Const(0.5),))))
    x = np.zeros((1, 0))
    for angle in (0.0, 1e-9, 3.0, 1e4, -2.5e5, 1e12):
        value = native_expectations(circuit, (0,))(np.array([angle]), x)
        np.testing.assert_allclose(value[0, 0], np.cos(angle + 0.5), atol=1e-3 if angle > 1e10 else 1e-10)


@pytest.mark.parametrize("wires", [(), (4,), (-1,)])
def test_refuses_wires_that_are_not_there(wires: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"`wires` must be one or more of 0\.\.3"):
        native_expectations(random_circuit(3, 4, 5), wires)


@pytest.mark.parametrize(("params", "x"), [((4,), (6, 4)), ((1, 5), (6, 4)), ((5,), (6, 3)), ((5,), (4,))])
def test_refuses_arguments_of_another_size(params: tuple[int, ...], x: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="must have shape"):
        native_expectations(random_circuit(3, 4, 5), (0,))(jnp.zeros(params), jnp.zeros(x))
