"""Exact batched simulation of a circuit in JAX: pure, differentiable any number of times, on any device.

An engine evolves a lifted circuit (`qunlearn.circuit.angles`): `plain` applies one gate after the other and
is the definition, `fused` runs a compiled program with the same meaning.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Complex, Float, Inexact

from qunlearn._errors import require_one_of
from qunlearn.circuit.angles import lift, lifted_angles
from qunlearn.circuit.circuit import Angle, Circuit, Const, Param
from qunlearn.circuit.gates import GATES
from qunlearn.circuit.precision import complex_dtype

AnyArray: TypeAlias = Array | np.ndarray


def statevector(
    circuit: Circuit,
    params: Float[AnyArray, " P"],
    x: Float[AnyArray, "B d"],
    *,
    engine: str = "plain",
) -> Complex[Array, "B N"]:
    """The final states of `circuit` for B samples; amplitude k belongs to the bits of k, qubit 0 first.

    `params` and features are in radians where they are angles. complex128, or complex64 where both are
    float32. Raises `InputError` when the shapes do not fit the circuit or the engine is unknown.
    """
    return evolve(circuit, params, x, start_states(circuit, jnp.asarray(x)), engine=engine)


def evolve(
    circuit: Circuit,
    params: Float[AnyArray, " P"],
    x: Float[AnyArray, "B d"],
    start: Inexact[AnyArray, "B N"] | None,
    *,
    engine: str = "plain",
) -> Complex[Array, "B N"]:
    """As `statevector`, from any vectors `start` in place of the circuit's own start (None: |0...0>)."""
    require_one_of("engine", engine, ENGINES)
    trainable, features = lifted_angles(circuit, jnp.asarray(params), jnp.asarray(x))
    start = None if start is None else jnp.asarray(start)
    return ENGINES[engine](lift(circuit), trainable, features, start)


def start_states(circuit: Circuit, x: Float[Array, "B d"]) -> Float[Array, "B N"] | None:
    """The states that amplitude encoding starts from (see `Circuit`); None stands for |0...0>."""
    if not circuit.amplitude_encoding:
        return None
    padded = jnp.pad(x, ((0, 0), (0, 2**circuit.n_qubits - x.shape[1])))
    return padded / jnp.linalg.norm(padded, axis=1, keepdims=True)


def z_expectations(states: Complex[Array, "B N"], wires: tuple[int, ...]) -> Float[Array, "B M"]:
    """<Z> of each wire."""
    n_qubits = states.shape[1].bit_length() - 1
    bits = np.arange(states.shape[1])[:, None] >> (n_qubits - 1 - np.array(wires)) & 1
    probabilities = states.real**2 + states.imag**2
    return probabilities @ (1 - 2 * bits).astype(probabilities.dtype)


def _plain(
    lifted: Circuit, trainable: Float[Array, " T"], features: Float[Array, "B F"], start: Array | None
) -> Complex[Array, "B N"]:
    def value(angle: Angle) -> Array:
        if isinstance(angle, Const):
            return jnp.asarray(angle.value, trainable.dtype)
        return trainable[angle.index] if isinstance(angle, Param) else features[:, angle.indices[0]]

    dtype = complex_dtype(trainable)
    if start is None:
        start = jnp.zeros((len(features), 2**lifted.n_qubits)).at[:, 0].set(1)
    states = jnp.asarray(start, dtype)
    for op in lifted.ops:
        matrix = GATES[op.gate].matrix(jnp, *map(value, op.angles))
        states = _apply(states, matrix.astype(dtype), op.wires)
    return states


def _apply(states: Array, matrix: Array, wires: tuple[int, ...]) -> Array:
    """One gate on `wires` of every state: bring its axes to the front, multiply, bring them back."""
    batch, size = states.shape
    front, axes = range(1, 1 + len(wires)), [1 + w for w in wires]
    tensor = jnp.moveaxis(states.reshape(batch, *[2] * (size.bit_length() - 1)), axes, front)
    moved = matrix @ tensor.reshape(batch, 2 ** len(wires), -1)
    return jnp.moveaxis(moved.reshape(tensor.shape), front, axes).reshape(batch, size)


Engine: TypeAlias = Callable[[Circuit, Array, Array, Array | None], Array]
ENGINES: Mapping[str, Engine] = MappingProxyType({"plain": _plain})
