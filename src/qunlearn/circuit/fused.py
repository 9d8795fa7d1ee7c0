"""The engine that runs a fused program in JAX.

States are complex (B, N), or (1, N) until the first step that depends on the sample. All matrices of one kind
are computed in one call, whatever step they belong to, so that a circuit of a hundred gates compiles as a few
dozen operations.
"""

from collections.abc import Iterable
from functools import reduce
from itertools import groupby, pairwise

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Complex, Float

from qunlearn.circuit.circuit import Circuit, Feature
from qunlearn.circuit.fuse import fuse
from qunlearn.circuit.matrices import Angles, Matrices, angle_values, columns_of, phase_columns, run_matrices
from qunlearn.circuit.permute import permute
from qunlearn.circuit.plain import apply_gate
from qunlearn.circuit.precision import complex_dtype
from qunlearn.circuit.steps import Dense, Local, Permute, Phase, Run, Step, parity, wires_of

# Wires whose 2x2 matrices are multiplied out to one matrix, by measurement: a matrix of its own for every
# sample costs more to make than it saves.
SHARED_FACTOR_WIRES, SAMPLE_FACTOR_WIRES = 4, 2
CONTRACT_FROM = 2  # samples per amplitude from which a sample-free block is multiplied out to one matrix


def run_fused(
    lifted: Circuit, trainable: Float[Array, " T"], features: Float[Array, "B F"], start: Array | None
) -> Complex[Array, "B N"]:
    """Evolve `start` (B, N), or |0...0> for None, through the fused program of a lifted circuit."""
    program = fuse(lifted)
    dtype = complex_dtype(trainable)
    size, steps = 2**program.n_qubits, program.steps
    angles = angle_values(columns_of(program), trainable, features)
    matrices = run_matrices(program, angles, dtype)

    def evolve(states: Array, steps: Iterable[Step]) -> Array:
        return reduce(lambda s, step: _apply(step, s, angles, matrices), steps, states)

    if start is not None:
        states = jnp.asarray(start, dtype)
    elif steps and isinstance(steps[0], Local):
        states, steps = _product_state(steps[0], program.n_qubits, matrices), steps[1:]
    else:
        states = jnp.zeros((1, size), dtype).at[0, 0].set(1)
    for per_sample, block in groupby(steps, _per_sample):
        if per_sample or len(states) < CONTRACT_FROM * size:
            states = evolve(states, block)
        else:
            states = states @ evolve(jnp.eye(size, dtype=dtype), block)
    return jnp.broadcast_to(states, (len(features), size))


def _per_sample(step: Step) -> bool:
    if isinstance(step, Phase):
        return any(isinstance(rotation.angle, Feature) for rotation in step.rotations)
    runs = step.runs if isinstance(step, Local) else [(step.op,)] if isinstance(step, Dense) else []
    return any(map(_reads_features, runs))


def _reads_features(run: Run) -> bool:
    return any(isinstance(angle, Feature) for op in run for angle in op.angles)


def _apply(step: Step, states: Array, angles: Angles, matrices: Matrices) -> Array:
    if isinstance(step, Permute):
        return permute(states, step.index())
    if isinstance(step, Dense):
        return apply_gate(states, matrices[(step.op,)], step.op.wires)
    if isinstance(step, Phase):
        return _apply_phase(step, states, angles)
    for runs in factors(step):
        states = _apply_factor(states, reduce(_kron, (matrices[run] for run in runs)), runs[0][0].wires[0])
    return states


def factors(step: Local) -> list[tuple[Run, ...]]:
    """The runs whose 2x2 matrices are multiplied out to one: equal parts of each row of like neighbours."""

    def row(numbered: tuple[int, Run]) -> tuple[int, bool]:
        position, run = numbered
        return run[0].wires[0] - position, _reads_features(run)

    parts = []
    for (_, per_sample), members in groupby(enumerate(step.runs), row):
        runs = [run for _, run in members]
        n_parts = -(-len(runs) // (SAMPLE_FACTOR_WIRES if per_sample else SHARED_FACTOR_WIRES))
        cuts = [round(i * len(runs) / n_parts) for i in range(n_parts + 1)]
        parts += [tuple(runs[a:b]) for a, b in pairwise(cuts)]
    return parts


def _kron(a: Array, b: Array) -> Array:
    product = a[..., :, None, :, None] * b[..., None, :, None, :]
    return product.reshape(*product.shape[:-4], 2 * a.shape[-1], 2 * a.shape[-1])


def _apply_factor(states: Array, matrix: Array, first: int) -> Array:
    """`matrix` (k, k) or (B, k, k) on the wires from `first` on."""
    batch, size = states.shape
    tensor = states.reshape(batch, 2**first, matrix.shape[-1], -1)
    return (matrix[..., None, :, :] @ tensor).reshape(-1, size)


def _product_state(step: Local, n_qubits: int, matrices: Matrices) -> Array:
    """The first layer on |0...0>: every wire in the first column of its matrix."""
    states = jnp.ones((1, 1))
    for wire in range(n_qubits):
        column = matrices[step.by_wire[wire]][..., 0] if wire in step.by_wire else np.array([1, 0])
        states = states[:, :, None] * column[..., None, :]
        states = states.reshape(len(states), -1)
    return states


def _apply_phase(step: Phase, states: Array, angles: Angles) -> Array:
    batch, size = states.shape
    n_qubits = size.bit_length() - 1
    wires = wires_of(step.mask, n_qubits)
    local = np.arange(2 ** len(wires))
    basis = sum((local >> i & 1) << (n_qubits - 1 - w) for i, w in enumerate(reversed(wires)))
    exponents = 0.0
    for column, rotations in phase_columns(step).items():
        table = np.array([sum(c * (1 - 2.0 * parity(basis, m)) for m, c in r.parities) for r in rotations])
        exponents = exponents + angles[column] @ table.astype(angles[column].dtype)
    phases = jnp.cos(exponents) + 1j * jnp.sin(exponents)
    axes = [(len(list(row)), inside) for inside, row in groupby(w in wires for w in range(n_qubits))]
    tensor = states.reshape(batch, *[2**length for length, _ in axes])
    phases = phases.reshape(-1, *[2**length if inside else 1 for length, inside in axes])
    return (tensor * phases).reshape(-1, size)
