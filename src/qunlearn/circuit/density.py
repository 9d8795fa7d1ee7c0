"""Exact simulation with noise: density matrices, and channels between the gates and after them.

In NumPy and gate by gate, for audits: a density matrix of n qubits is a vector of 2n, rows first, so that a
gate U is U on the row's qubits and Ū on the column's. Twelve qubits take 268 MB for each sample.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

from qunlearn._errors import require
from qunlearn.circuit.channels import Channel
from qunlearn.circuit.circuit import Angle, Circuit, Const, Param
from qunlearn.circuit.gates import gate_named

MOST_QUBITS = 12


@dataclass(frozen=True)
class Noise:
    """After every gate each of `gate`'s channels acts on each of its wires, after the circuit each of
    `final`'s on every qubit (a bit flip there is symmetric read-out error).
    """

    gate: tuple[Channel, ...] = ()
    final: tuple[Channel, ...] = ()


NOISELESS = Noise()


def density_matrices(
    circuit: Circuit,
    params: Float[np.ndarray, " P"],
    x: Float[np.ndarray, "B d"],
    noise: Noise = NOISELESS,
) -> Complex[np.ndarray, "B N N"]:
    """The final states of `circuit` for B samples under `noise`; complex128, qubit 0 most significant.

    Raises `InputError` for shapes that do not fit the circuit and for more than 12 qubits.
    """
    n = circuit.n_qubits
    require(n <= MOST_QUBITS, f"density matrices are simulated up to {MOST_QUBITS} qubits, but there are {n}")
    params, x = np.asarray(params, float), np.asarray(x, float)
    require(
        params.shape == (circuit.n_params,) and x.shape[1:] == (circuit.n_features,),
        f"`params` and `x` must have shapes ({circuit.n_params},) and (B, {circuit.n_features}) for this "
        f"circuit, but have {params.shape} and {x.shape}",
    )
    states = _start(circuit, x)  # (B, N²), rows' qubits 0..n-1, columns' n..2n-1
    for op in circuit.ops:
        matrix = gate_named(op.gate).matrix(np, *(_value(angle, params, x) for angle in op.angles))
        states = _apply(states, matrix, op.wires)  # vec(U ρ U†) = (U ⊗ Ū) vec(ρ), read row by row
        states = _apply(states, np.conj(matrix), tuple(n + w for w in op.wires))
        states = _through(states, noise.gate, op.wires, n)
    states = _through(states, noise.final, tuple(range(n)), n)
    return states.reshape(len(x), 2**n, 2**n)


def apply_channels(
    states: Complex[np.ndarray, "B N N"], channels: tuple[Channel, ...]
) -> Complex[np.ndarray, "B N N"]:
    """Each of `channels` on every qubit of given density matrices."""
    n = states.shape[-1].bit_length() - 1
    flat = states.reshape(len(states), -1)  # (B, N²)
    return _through(flat, channels, tuple(range(n)), n).reshape(states.shape)


def mixed_z_expectations(
    states: Complex[np.ndarray, "B N N"], wires: tuple[int, ...]
) -> Float[np.ndarray, "B M"]:
    """⟨Z⟩ of each wire of density matrices."""
    n = states.shape[-1].bit_length() - 1
    bits = np.arange(2**n)[:, None] >> (n - 1 - np.array(wires)) & 1  # (N, M); Z is 1 - 2 bit
    return np.einsum("bii->bi", states).real @ (1 - 2 * bits)  # tr(Z ρ) = sum of signed populations


def _start(circuit: Circuit, x: np.ndarray) -> np.ndarray:
    size = 2**circuit.n_qubits
    psi = np.zeros((len(x), size), complex)
    if circuit.amplitude_encoding:
        psi[:, : x.shape[1]] = x / np.linalg.norm(x, axis=1, keepdims=True)
    else:
        psi[:, 0] = 1
    return (psi[:, :, None] * psi[:, None, :].conj()).reshape(len(x), -1)  # |ψ⟩⟨ψ|, (B, N²)


def _value(angle: Angle, params: np.ndarray, x: np.ndarray) -> np.ndarray:
    if isinstance(angle, Const):
        return np.asarray(angle.value)
    if isinstance(angle, Param):
        return np.asarray(angle.scale * params[angle.index])
    return angle.scale * np.prod(x[:, list(angle.indices)] - angle.offset, axis=1)


def _through(states: np.ndarray, channels: tuple[Channel, ...], wires: tuple[int, ...], n: int) -> np.ndarray:
    for channel in channels:
        for wire in wires:
            # Σ K ρ K† is Σ K ⊗ K̄ on the wire's row and column: a gate on two of the 2n qubits
            states = _apply(states, channel.superoperator, (wire, n + wire))
    return states


def _apply(states: np.ndarray, matrix: np.ndarray, wires: tuple[int, ...]) -> np.ndarray:
    """`matrix`, shared or one per sample, on `wires` of (B, N): axes to the front, multiply, axes back."""
    batch, size = states.shape
    front, axes = range(1, 1 + len(wires)), [1 + w for w in wires]
    tensor = np.moveaxis(states.reshape(batch, *[2] * (size.bit_length() - 1)), axes, front)
    moved = matrix @ tensor.reshape(batch, 2 ** len(wires), -1)  # (k, k) or (B, k, k) @ (B, k, N / k)
    return np.moveaxis(moved.reshape(tensor.shape), front, axes).reshape(batch, size)
