"""Gauss-Newton steps on the rows that were read last, each linearised at the angles where it was read.

A row's measured values ⟨Z⟩ and their Jacobian J come from the same circuits as its gradient, so to keep them
costs nothing; at other angles φ, z + J (φ − φ_read) stands in for circuits. What is computed from measured
values without a circuit, such as a linear head, is not linearised but done again.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from qunlearn.methods.base.method import Scalar
from qunlearn.model.classifier import Classifier
from qunlearn.model.head import Parts, parts_of
from qunlearn.model.losses import soft_cross_entropy


class Replay(NamedTuple):
    """The last W rows: inputs x (W, d), measured values (W, M), Jacobians (W, M, A), targets (W, K) and the
    angles where they were read (W, A).

    `known` (W,) is 1 where a row was written and 0 before. A plain tuple of arrays: part of a loop's state.
    """

    x: Any
    measured: Any
    jacobian: Any
    target: Any
    read_at: Any
    known: Any

    @staticmethod
    def blank(window: int, model: Classifier) -> "Replay":
        """Room for `window` rows."""
        parts = parts_of(model)
        m, a = parts.n_measured, parts.n_angles
        shapes = ((model.n_features,), (m,), (m, a), (model.n_classes,), (a,), ())
        return Replay(*(jnp.zeros((window, *shape)) for shape in shapes))

    def measured_at(self, angles: Float[Array, " A"]) -> Float[Array, "W M"]:
        """The linearised measured values at other angles."""
        return self.measured + jnp.einsum("wma,wa->wm", self.jacobian, angles - self.read_at)


def read(
    replay: Replay,
    model: Classifier,
    params: Float[Array, " P"],
    x: Float[Array, "B d"],
    target: Float[Array, "B K"],
    count: Any,
) -> tuple[Replay, Any]:
    """Evaluate rows and write them over the oldest, and their mean cross-entropy with the targets.

    `count` is the number of rows that were read before; B may not exceed the window.
    """
    parts = parts_of(model)
    angles = params[: parts.n_angles]
    measured, jacobian = measured_and_jacobians(parts, angles, x)
    at = (count + jnp.arange(len(x))) % len(replay.known)
    rows = Replay(x, measured, jacobian, target, jnp.broadcast_to(angles, (len(x), len(angles))), 1.0)
    loss = soft_cross_entropy(parts.read(params, measured), target)
    return jax.tree.map(lambda kept, new: kept.at[at].set(new), replay, rows), loss


def refresh(replay: Replay, model: Classifier, params: Float[Array, " P"]) -> Replay:
    """Measure every row again at `params`, one circuit a row.

    Jacobians are kept but for Broyden's rank-one change, the least one with which the linearised values are
    those measured (Broyden, Mathematics of Computation 19, 1965).
    """
    parts = parts_of(model)
    angles = params[: parts.n_angles]
    known = replay.known[:, None] > 0  # amplitude encoding has no state for the zeros of rows not yet written
    measured = jnp.where(known, parts.measure(angles, replay.x), 0)
    step = angles - replay.read_at
    length = jnp.maximum(jnp.sum(step**2, axis=1), 1e-12)
    error = (measured - replay.measured_at(angles)) / length[:, None]
    jacobian = replay.jacobian + error[:, :, None] * step[:, None]
    return replay._replace(
        measured=measured, jacobian=jacobian, read_at=jnp.broadcast_to(angles, replay.read_at.shape)
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
        by_params, by_z = jax.jacrev(parts.read, argnums=(0, 1))(params, z[None])
        return parts.read(params, z[None])[0], by_params[0].at[:, : parts.n_angles].add(by_z[0, :, 0] @ j)

    return jax.vmap(one)(measured, jacobian)


def gauss_newton(
    replay: Replay,
    model: Classifier,
    params: Float[Array, " P"],
    reach: Scalar,
    damping: Scalar,
) -> tuple[Any, Float[Array, " P"]]:
    """Loss L of the replayed rows at `params`, and −(G + ρ I)⁻¹ ∇L with ρ = `damping`.

    L is the weighted mean cross-entropy of the rows' logits, G its Gauss-Newton matrix, which for a softmax
    is the Fisher information. A row that was read at angles at a distance of r has the weight
    exp(−r² / 2 `reach`²), relative to one read here.
    """
    parts = parts_of(model)
    angles = params[: parts.n_angles]
    far = jnp.sum((replay.read_at - angles) ** 2, axis=1)
    weight = replay.known * jnp.exp(-far / (2 * reach**2))
    weight = weight / weight.sum()
    logits, jacobian = _through_head(parts, params, replay.measured_at(angles), replay.jacobian)
    p = jax.nn.softmax(logits)
    gradient = jnp.einsum("w,wk,wkp->p", weight, p - replay.target, jacobian)
    centred = jacobian - jnp.einsum("wk,wkp->wp", p, jacobian)[:, None]
    columns = (jnp.sqrt(weight[:, None] * p)[:, :, None] * centred).reshape(-1, len(params))
    matrix = columns.T @ columns + damping * jnp.eye(len(params))
    loss = -jnp.sum(weight[:, None] * replay.target * jax.nn.log_softmax(logits))
    return loss, -jax.scipy.linalg.solve(matrix, gradient, assume_a="pos")
