"""Gauss-Newton steps on a replay buffer: the samples measured last, linearised at the angles of that time.

A sample's measured values z = ⟨Z⟩ and their Jacobian J come from the circuits of its gradient, so keeping
them costs nothing; at other angles φ, z + J (φ − φ_kept) stands in for circuits. What is computed from
measured values without a circuit, such as a linear head, is evaluated exactly and not linearised.

Letters in shapes: W samples of the buffer, B of a mini-batch, M measured values, A angles, K classes, P
parameters.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from qunlearn.methods.base.method import Scalar
from qunlearn.model.arrays import Number
from qunlearn.model.classifier import Classifier
from qunlearn.model.head import Parts, parts_of
from qunlearn.model.losses import soft_cross_entropy


class Replay(NamedTuple):
    """The last W samples. A plain tuple of arrays: part of a loop's state."""

    x: Array  # (W, d)
    measured: Array  # (W, M)
    jacobian: Array  # (W, M, A)
    target: Array  # (W, K)
    kept_at: Array  # (W, A), the angles of `measured` and `jacobian`
    known: Array  # (W,), 1 where a sample was written and 0 before

    @staticmethod
    def blank(window: int, model: Classifier) -> "Replay":
        """Room for `window` samples."""
        parts = parts_of(model)
        m, a = parts.n_measured, parts.n_angles
        shapes = ((model.n_features,), (m,), (m, a), (model.n_classes,), (a,), ())
        return Replay(*(jnp.zeros((window, *shape)) for shape in shapes))

    def measured_at(self, angles: Float[Array, " A"]) -> Float[Array, "W M"]:
        """The linearised measured values at other angles."""
        return self.measured + jnp.einsum("wma,wa->wm", self.jacobian, angles - self.kept_at)


def measure(
    replay: Replay,
    model: Classifier,
    params: Float[Array, " P"],
    x: Float[Array, "B d"],
    target: Float[Array, "B K"],
    count: Number,
) -> tuple[Replay, Array]:
    """The buffer with samples measured at `params` written over the oldest, and their mean cross-entropy.

    `count` is the number of samples that were measured before; B may not exceed the window.
    """
    parts = parts_of(model)
    angles = params[: parts.n_angles]
    measured, jacobian = measured_and_jacobians(parts, angles, x)
    at = (count + jnp.arange(len(x))) % len(replay.known)  # (B,), places in the ring
    where = jnp.broadcast_to(angles, (len(x), len(angles)))
    new = Replay(x, measured, jacobian, target, where, jnp.ones(len(x)))
    loss = soft_cross_entropy(parts.read(params, measured), target)
    return jax.tree.map(lambda kept, new: kept.at[at].set(new), replay, new), loss


def refresh(replay: Replay, model: Classifier, params: Float[Array, " P"]) -> Replay:
    """Measure every sample again at `params`, one circuit each.

    Jacobians are kept but for Broyden's rank-one change J + (z − ẑ) sᵀ / sᵀs, where s = φ − φ_kept and ẑ =
    z_kept + J s: the least one with which the linearised values are those measured (Broyden, Mathematics of
    Computation 19, 1965).
    """
    parts = parts_of(model)
    angles = params[: parts.n_angles]
    known = replay.known[:, None] > 0  # amplitude encoding has no state for the zeros of unwritten places
    measured = jnp.where(known, parts.measure(angles, replay.x), 0)  # (W, M)
    step = angles - replay.kept_at  # (W, A)
    length = jnp.maximum(jnp.sum(step**2, axis=1), 1e-12)  # (W,), sᵀs
    error = (measured - replay.measured_at(angles)) / length[:, None]  # (W, M)
    jacobian = replay.jacobian + error[:, :, None] * step[:, None]  # (W, M, A)
    return replay._replace(
        measured=measured, jacobian=jacobian, kept_at=jnp.broadcast_to(angles, replay.kept_at.shape)
    )


def measured_and_jacobians(
    parts: Parts, angles: Float[Array, " A"], x: Float[Array, "B d"]
) -> tuple[Float[Array, "B M"], Float[Array, "B M A"]]:
    """Measured values, and their derivatives by every angle, sample by sample.

    On hardware a shifted circuit gives the shifted values of all M at once, so the cost is that of one
    gradient a sample.
    """

    def one(row: Array) -> tuple[Array, Array]:
        measured, pull_back = jax.vjp(lambda a: parts.measure(a, row[None])[0], angles)
        return measured, jax.vmap(pull_back)(jnp.eye(len(measured), dtype=measured.dtype))[0]

    return jax.vmap(one)(x)


def logits_and_jacobians(
    model: Classifier, params: Float[Array, " P"], x: Float[Array, "B d"]
) -> tuple[Float[Array, "B K"], Float[Array, "B K P"]]:
    """Logits, and their derivatives by every parameter, sample by sample; a gradient each is the cost."""
    parts = parts_of(model)
    return _through_head(parts, params, *measured_and_jacobians(parts, params[: parts.n_angles], x))


def _through_head(
    parts: Parts, params: Float[Array, " P"], measured: Float[Array, "W M"], jacobian: Float[Array, "W M A"]
) -> tuple[Float[Array, "W K"], Float[Array, "W K P"]]:
    """Logits and their derivatives by all parameters, from those of measured values by the angles."""

    def one(z: Array, j: Array) -> tuple[Array, Array]:
        by_params, by_z = jax.jacrev(parts.read, argnums=(0, 1))(params, z[None])  # (1, K, P), (1, K, 1, M)
        # chain rule: the read-out's own derivative, and through the measured values for the angles
        return parts.read(params, z[None])[0], by_params[0].at[:, : parts.n_angles].add(by_z[0, :, 0] @ j)

    return jax.vmap(one)(measured, jacobian)


def gauss_newton(
    replay: Replay,
    model: Classifier,
    params: Float[Array, " P"],
    reach: Scalar,
    damping: Scalar,
) -> tuple[Array, Float[Array, " P"]]:
    """Loss L of the buffer at `params`, and −(G + ρ I)⁻¹ ∇L with ρ = `damping`.

    L is the weighted mean cross-entropy of the samples' logits, G its Gauss-Newton matrix, which for a
    softmax is the Fisher information. A sample that was measured at angles at a distance of r has the weight
    exp(−r² / 2 `reach`²), relative to one measured here.
    """
    parts = parts_of(model)
    angles = params[: parts.n_angles]
    far = jnp.sum((replay.kept_at - angles) ** 2, axis=1)  # (W,), r²
    weight = replay.known * jnp.exp(-far / (2 * reach**2))
    weight = weight / weight.sum()
    logits, jacobian = _through_head(parts, params, replay.measured_at(angles), replay.jacobian)
    p = jax.nn.softmax(logits)  # (W, K)
    gradient = jnp.einsum("w,wk,wkp->p", weight, p - replay.target, jacobian)
    # Jᵀ(diag p − p pᵀ)J = Σ_k p_k (J_k − J̄)(J_k − J̄)ᵀ with J̄ = Σ_k p_k J_k: a sum of squares, never negative
    centred = jacobian - jnp.einsum("wk,wkp->wp", p, jacobian)[:, None]  # (W, K, P)
    columns = (jnp.sqrt(weight[:, None] * p)[:, :, None] * centred).reshape(-1, len(params))  # (W·K, P)
    matrix = columns.T @ columns + damping * jnp.eye(len(params))
    loss = -jnp.sum(weight[:, None] * replay.target * jax.nn.log_softmax(logits))
    return loss, -jax.scipy.linalg.solve(matrix, gradient, assume_a="pos")
