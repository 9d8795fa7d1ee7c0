"""How far apart quantum states are: closed formulas on arrays of state vectors or density matrices.

Fidelity is squared (Uhlmann and Jozsa): ⟨ψ|φ⟩ enters as |⟨ψ|φ⟩|². Leading axes broadcast everywhere.
"""

from typing import TypeAlias

import numpy as np
from jaxtyping import Complex, Float

Values: TypeAlias = np.ndarray | np.floating
"""Float array over the leading axes; a NumPy number where there are none."""


def reduced(psi: Complex[np.ndarray, "*b N"], wires: tuple[int, ...]) -> Complex[np.ndarray, "*b R R"]:
    """The density matrices (…, 2^m, 2^m) of m `wires`, in their order, all other qubits traced out."""
    n, lead = psi.shape[-1].bit_length() - 1, psi.shape[:-1]
    tensor = psi.reshape(-1, *[2] * n)
    moved = np.moveaxis(tensor, [1 + w for w in wires], range(1, 1 + len(wires)))
    kept = moved.reshape(len(tensor), 2 ** len(wires), -1)
    return (kept @ kept.conj().swapaxes(1, 2)).reshape(*lead, 2 ** len(wires), 2 ** len(wires))


def pure_fidelity(psi: Complex[np.ndarray, "*b N"], phi: Complex[np.ndarray, "*c N"]) -> Values:
    """|⟨ψ|φ⟩|² of normalised vectors."""
    return np.abs(np.sum(psi.conj() * phi, axis=-1)) ** 2


def trace_distance(rho: Complex[np.ndarray, "*b N N"], sigma: Complex[np.ndarray, "*c N N"]) -> Values:
    """½ ‖ρ − σ‖₁, in [0, 1].

    Helstrom: no measurement of one copy tells ρ from σ, given with equal chances, with probability above
    ½ (1 + T).
    """
    return 0.5 * np.abs(np.linalg.eigvalsh(rho - sigma)).sum(axis=-1)


def fidelity(rho: Complex[np.ndarray, "*b N N"], sigma: Complex[np.ndarray, "*c N N"]) -> Values:
    """(Tr √(√ρ σ √ρ))², in [0, 1] (Uhlmann, Jozsa)."""
    return fidelity_of_roots(root(rho), root(sigma))


def fidelity_of_roots(a: Complex[np.ndarray, "*b N N"], b: Complex[np.ndarray, "*c N N"]) -> Values:
    """As `fidelity`, from √ρ and √σ: the squared nuclear norm of √ρ √σ."""
    return np.minimum(np.linalg.svd(a @ b, compute_uv=False).sum(axis=-1) ** 2, 1.0)


def bures(squared_fidelity: Values) -> Values:
    """The Bures distance √(2 (1 − √F)), in [0, √2], from squared fidelities."""
    return np.sqrt(2 * (1 - np.sqrt(np.clip(squared_fidelity, 0, 1))))


def root(rho: Complex[np.ndarray, "*b N N"]) -> Complex[np.ndarray, "*b N N"]:
    """√ρ of positive semi-definite matrices."""
    values, vectors = np.linalg.eigh(rho)
    scaled = vectors * np.sqrt(np.clip(values, 0, None))[..., None, :]
    return scaled @ vectors.conj().swapaxes(-1, -2)


def principal_plane(
    rho: Complex[np.ndarray, "M n R R"], centre: Complex[np.ndarray, "n R R"]
) -> tuple[Float[np.ndarray, "M 2"], Float[np.ndarray, " 2"]]:
    """Coordinates of M models in the plane that holds most of their spread around `centre`, and its shares.

    Models are as far apart as their states are on average: √(mean over rows of ‖ρ − σ‖²_HS), a Euclidean
    distance, so that the best plane is that of the two largest singular values. The first model that is not
    at 0 on an axis is on its positive side.
    """
    flat = (rho - centre).reshape(len(rho), -1) / np.sqrt(rho.shape[1])
    u, size, _ = np.linalg.svd(np.concatenate([flat.real, flat.imag], axis=1), full_matrices=False)
    found = (u * size)[:, :2]
    found = np.pad(found, ((0, 0), (0, 2 - found.shape[1])))
    first = np.abs(found) > 1e-9
    found = found * np.where(first.any(axis=0), np.sign(found[first.argmax(axis=0), [0, 1]]), 1)
    total = float(np.sum(size**2)) or 1.0
    return found, np.sum(found**2, axis=0) / total


def outcome_probabilities(
    psi: Complex[np.ndarray, "*b N"], wires: tuple[int, ...]
) -> Float[np.ndarray, "*b O"]:
    """Probabilities of the 2^m bit strings that measuring `wires` in the Z basis gives, first wire first."""
    n, lead = psi.shape[-1].bit_length() - 1, psi.shape[:-1]
    tensor = (np.abs(psi) ** 2).reshape(-1, *[2] * n)
    moved = np.moveaxis(tensor, [1 + w for w in wires], range(1, 1 + len(wires)))
    return moved.reshape(*lead, 2 ** len(wires), -1).sum(axis=-1)


def shots_advantage(
    p: Float[np.ndarray, "*b O"], q: Float[np.ndarray, "*c O"], shots: int
) -> tuple[Values, Values]:
    """Lower and upper bound of the total variation distance of `shots` independent outcomes of p and of q.

    With the Bhattacharyya coefficient B = Σ √(p q) of one shot: 1 − B^N ≤ TV ≤ √(1 − B^(2N)). The best test
    of the two known models from N shots succeeds with probability ½ (1 + TV).
    """
    overlap = np.clip(np.sum(np.sqrt(p * q), axis=-1), 0, 1)
    return 1 - overlap**shots, np.sqrt(1 - overlap ** (2 * shots))
