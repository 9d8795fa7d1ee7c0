"""The quantum Fisher information of a circuit: how fast its states move when the parameters do."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Complex, Float

from qunlearn._errors import require
from qunlearn.circuit.chunks import chunk_length, mean_in_chunks
from qunlearn.circuit.circuit import Circuit
from qunlearn.circuit.statevector import AnyArray, statevector


def circuit_fisher(
    circuit: Circuit, params: Float[AnyArray, " P"], x: Float[AnyArray, "B d"]
) -> Float[Array, "P P"]:
    """The mean over samples of F_ij = 4 Re[⟨∂_i ψ|∂_j ψ⟩ − ⟨∂_i ψ|ψ⟩⟨ψ|∂_j ψ⟩], in 1 / radian².

    That is four times the Fubini-Study metric tensor (Stokes et al., arXiv 1909.02108), which makes it the
    largest classical Fisher information that a measurement of one parameter can have. Symmetric and positive
    semi-definite. Samples are taken in chunks; a single one needs 16 P 2^n bytes for its derivatives. Raises
    `InputError` for no samples and for shapes that do not fit the circuit.
    """
    require(len(x) > 0, "the Fisher information is a mean over samples, but there are none")
    return _mean(circuit, jnp.asarray(params), jnp.asarray(x))


@partial(jax.jit, static_argnames="circuit")
def _mean(circuit: Circuit, params: Array, x: Array) -> Array:
    def weighted_sum(x: Array, weights: Array) -> Array:
        states, slopes = _states_and_slopes(circuit, params, x)  # (B, N), (B, P, N)
        overlaps = jnp.einsum("bn,bpn->bp", states.conj(), slopes)  # ⟨ψ|∂_p ψ⟩
        # With |v_p⟩ = |∂_p ψ⟩ − |ψ⟩⟨ψ|∂_p ψ⟩ the formula is 4 Re⟨v_i|v_j⟩: one real product of real and
        # imaginary parts side by side, so symmetric and positive. A weight is 0 or 1.
        moved = (slopes - overlaps[:, :, None] * states[:, None]) * jnp.sqrt(weights)[:, None, None]
        columns = jnp.concatenate([moved.real, moved.imag], axis=2)  # (B, P, 2N)
        return 4 * jnp.einsum("bin,bjn->ij", columns, columns)

    return mean_in_chunks(weighted_sum, x, chunk_length(16 * circuit.n_params * 2**circuit.n_qubits))


def _states_and_slopes(
    circuit: Circuit, params: Array, x: Array
) -> tuple[Complex[Array, "B N"], Complex[Array, "B P N"]]:
    """The states, and their derivatives by every parameter (forward mode)."""
    states, push_forward = jax.linearize(lambda p: statevector(circuit, p, x), params)
    return states, jax.vmap(push_forward, out_axes=1)(jnp.eye(len(params), dtype=params.dtype))
