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

from qunlearn._errors import require, require_one_of
from qunlearn.circuit.angles import lift, lifted_angles, require_features
from qunlearn.circuit.circuit import Circuit
from qunlearn.circuit.fused import run_fused
from qunlearn.circuit.plain import run_plain

AnyArray: TypeAlias = Array | np.ndarray


def statevector(
    circuit: Circuit,
    params: Float[AnyArray, " P"],
    x: Float[AnyArray, "B d"],
    *,
    engine: str = "fused",
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
    engine: str = "fused",
) -> Complex[Array, "B N"]:
    """As `statevector`, from any vectors `start` in place of the circuit's own start (None: |0...0>)."""
    require_one_of("engine", engine, ENGINES)
    trainable, features = lifted_angles(circuit, jnp.asarray(params), jnp.asarray(x))
    if start is not None:
        size = 2**circuit.n_qubits
        require(
            start.shape == (len(x), size),
            f"`start` must have shape ({len(x)}, {size}) for this circuit, but has {start.shape}",
        )
        start = jnp.asarray(start)
    return ENGINES[engine](lift(circuit), trainable, features, start)


def start_states(circuit: Circuit, x: Float[Array, "B d"]) -> Float[Array, "B N"] | None:
    """The states that amplitude encoding starts from (see `Circuit`); None stands for |0...0>."""
    if not circuit.amplitude_encoding:
        return None
    require_features(circuit, x)
    padded = jnp.pad(x, ((0, 0), (0, 2**circuit.n_qubits - x.shape[1])))
    return padded / jnp.linalg.norm(padded, axis=1, keepdims=True)


def z_expectations(states: Complex[Array, "B N"], wires: tuple[int, ...]) -> Float[Array, "B M"]:
    """<Z> of each wire."""
    n_qubits = states.shape[1].bit_length() - 1
    bits = np.arange(states.shape[1])[:, None] >> (n_qubits - 1 - np.array(wires)) & 1
    probabilities = states.real**2 + states.imag**2
    return probabilities @ (1 - 2 * bits).astype(probabilities.dtype)


Engine: TypeAlias = Callable[[Circuit, Array, Array, Array | None], Array]
ENGINES: Mapping[str, Engine] = MappingProxyType({"fused": run_fused, "plain": run_plain})
