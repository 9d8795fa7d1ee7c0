"""The engine that runs a fused program in JAX.

States are complex (B, N), or (1, N) until the first step that depends on the sample.
"""

from collections.abc import Iterable
from functools import reduce
from itertools import groupby

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Complex, Float

from qunlearn.circuit.circuit import Circuit
from qunlearn.circuit.families import factors, first_wire, phase_columns, reads_features
from qunlearn.circuit.fuse import fuse
from qunlearn.circuit.matrices import Angles, Matrices, angle_values, factor_matrices
from qunlearn.circuit.permute import permute
from qunlearn.circuit.plain import apply_gate
from qunlearn.circuit.precision import complex_dtype
from qunlearn.circuit.steps import Dense, Local, Permute, Phase, Step, parity, wires_of


def run_fused(
    lifted: Circuit, trainable: Float[Array, " T"], features: Float[Array, "B F"], start: Array | None
) -> Complex[Array, "B N"]:
    """Evolve `start` (B, N), or |0...0> for None, through the fused program of a lifted circuit."""
    program = fuse(lifted)
    dtype = complex_dtype(trainable)
    size, steps = 2**program.n_qubits, program.steps
    angles = angle_values(program, trainable, features)
    matrices = factor_matrices(program, angles, dtype)

    def evolve(states: Array, steps: Iterable[Step]) -> Array:
        return reduce(lambda s, step: _apply(step, s, angles, matrices), steps, states)

    if start is not None:
        states = jnp.asarray(start, dtype)
    elif steps and isinstance(steps[0], Local):
        states, steps = _product_state(steps[0], program.n_qubits, matrices), steps[1:]
    else:
        states = jnp.zeros((1, size), dtype).at[0, 0].set(1)
    for per_sample, block in groupby(steps, reads_features):
        block = tuple(block)
        if not per_sample and _pays_contracted(block, len(states), size):
            states = states @ evolve(
                jnp.eye(size, dtype=dtype), block
            )  # rows U|k⟩, so this is Uᵀ: (B, N) @ (N, N)
        else:
            states = evolve(states, block)
    return jnp.broadcast_to(states, (len(features), size))


def _pays_contracted(block: tuple[Step, ...], n_samples: int, size: int) -> bool:
    """Whether to multiply a block that all samples share out to one matrix.

    Measured on a CPU: per multiplication, small factors run at about half the speed of one large matrix.
    """
    multiplications = sum(2 ** len(factor) for step in block for factor in factors(step))
    return n_samples >= 2 * size and 2 * multiplications >= size


def _product_state(step: Local, n_qubits: int, matrices: Matrices) -> Array:
    """The first layer on |0...0>: every factor in the first column of its matrix, other wires in |0>."""
    columns = {first_wire(factor): matrices[factor][..., 0] for factor in factors(step)}
    states, wire = jnp.ones((1, 1), int), 0
    while wire < n_qubits:
        column = columns.get(wire, np.array([1, 0]))
        states = states[:, :, None] * column[..., None, :]  # Kronecker product, first wires most significant
        states = states.reshape(len(states), -1)
        wire += column.shape[-1].bit_length() - 1
    return states


def _apply(step: Step, states: Array, angles: Angles, matrices: Matrices) -> Array:
    if isinstance(step, Permute):
        return permute(states, step.index())
    if isinstance(step, Phase):
        return _apply_phase(step, states, angles)
    for factor in factors(step):
        if isinstance(step, Dense):
            states = apply_gate(states, matrices[factor], step.op.wires)
        else:
            states = _apply_factor(states, matrices[factor], first_wire(factor))
    return states


def _apply_factor(states: Array, matrix: Array, first: int) -> Array:
    """`matrix` (k, k) or (B, k, k) on neighbouring wires from `first` on."""
    size, rows = states.shape[1], matrix.shape[-1]
    if matrix.ndim == 3:
        states = jnp.broadcast_to(states, (len(matrix), size))
    tensor = states.reshape(len(states), 2**first, rows, -1)
    # matmul would do, but compiles to slower code on CPUs.
    equation = "bij,bpjq->bpiq" if matrix.ndim == 3 else "ij,bpjq->bpiq"
    return jnp.einsum(equation, matrix, tensor).reshape(-1, size)


def _apply_phase(step: Phase, states: Array, angles: Angles) -> Array:
    """Multiply by exp(i exponents), tabulated on the wires that matter and broadcast over the others."""
    n_qubits = states.shape[1].bit_length() - 1
    wires = wires_of(step.mask, n_qubits)
    local = np.arange(2 ** len(wires))
    basis = sum((local >> i & 1) << (n_qubits - 1 - w) for i, w in enumerate(reversed(wires)))
    exponents = jnp.zeros((), states.real.dtype)
    for column, rotations in phase_columns(step):
        table = [sum(c * (1 - 2.0 * parity(basis, mask)) for mask, c in r.parities) for r in rotations]
        exponents = exponents + angles[column] @ np.array(
            table, angles[column].dtype
        )  # (k,) or (B, k) @ (k, 2^wires)
    phases = jnp.cos(exponents) + 1j * jnp.sin(exponents)  # (2^wires,) or (B, 2^wires)
    axes = [(2 ** len(list(row)), inside) for inside, row in groupby(w in wires for w in range(n_qubits))]
    phases = phases.reshape(-1, *(length if inside else 1 for length, inside in axes))
    tensor = states.reshape(-1, *(length for length, _ in axes))
    return (tensor * phases).reshape(-1, states.shape[1])
