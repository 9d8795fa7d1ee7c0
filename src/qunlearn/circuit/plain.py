"""The engine that applies one gate after the other: the definition that other engines are held against."""

import jax.numpy as jnp
from jax import Array
from jaxtyping import Complex, Float

from qunlearn.circuit.circuit import Angle, Circuit, Const, Param
from qunlearn.circuit.gates import gate_named
from qunlearn.circuit.precision import complex_dtype


def run_plain(
    lifted: Circuit, trainable: Float[Array, " T"], features: Float[Array, "B F"], start: Array | None
) -> Complex[Array, "B N"]:
    """Evolve `start` (B, N), or |0...0> for None, through a lifted circuit."""

    def value(angle: Angle) -> Array:
        if isinstance(angle, Const):
            return jnp.asarray(angle.value, trainable.dtype)
        return trainable[angle.index] if isinstance(angle, Param) else features[:, angle.indices[0]]

    dtype = complex_dtype(trainable)
    if start is None:
        start = jnp.zeros((len(features), 2**lifted.n_qubits)).at[:, 0].set(1)
    states = jnp.asarray(start, dtype)
    for op in lifted.ops:
        matrix = gate_named(op.gate).matrix(jnp, *map(value, op.angles))
        states = apply_gate(states, matrix.astype(dtype), op.wires)
    return states


def apply_gate(states: Array, matrix: Array, wires: tuple[int, ...]) -> Array:
    """`matrix`, shared or one per sample, on `wires` of (B, N): axes to the front, multiply, axes back."""
    batch, size = states.shape
    front, axes = range(1, 1 + len(wires)), [1 + w for w in wires]
    tensor = jnp.moveaxis(states.reshape(batch, *[2] * (size.bit_length() - 1)), axes, front)
    moved = matrix @ tensor.reshape(batch, 2 ** len(wires), -1)  # (k, k) or (B, k, k) @ (B, k, N / k)
    return jnp.moveaxis(moved.reshape(-1, *tensor.shape[1:]), front, axes).reshape(-1, size)
