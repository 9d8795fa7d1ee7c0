"""The augmented Lagrangian of problem (9) and its minimisation by Levenberg-Marquardt steps.

Minimise f(θ) subject to c_i(θ) <= 0, i = anchor KL, distance, mean probability of the forgotten class, each
relative to its tolerance: c = value / tolerance − 1. Nocedal & Wright, Numerical Optimization (2006), section
17.3 (augmented Lagrangian; inequalities by their slacks, 17.4) and 10.3 (Levenberg-Marquardt).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from qunlearn.methods.base.pools import Pools
from qunlearn.methods.base.replay import logits_and_jacobians
from qunlearn.model.classifier import Classifier

SUFFICIENT, GOOD, BAD = 1e-4, 0.75, 0.25
PENALTY, DAMPING, LEAST_DAMPING, MOST_DAMPING = 0.1, 0.1, 1e-8, 1e6


class Demand(NamedTuple):
    """What is asked for: θ₀ (P,), the tolerances (3,), the forgotten class, and the goal.

    The goal is `fit` · (mean cross-entropy of the forget samples with their targets) + (1 − `fit`) · (mean
    probability of the forgotten class on them). `forgotten` (K,) is 1 at that class, all 0 where there is
    none.
    """

    start: Array  # (P,)
    tolerance: Array  # (3,)
    forgotten: Array  # (K,)
    fit: Array  # ()


class Values(NamedTuple):
    """Goal f, cross-entropy of the forget samples, and what the tolerances bound (3,)."""

    goal: Array  # ()
    loss: Array  # ()
    bounded: Array  # (3,)


class LagrangianState(NamedTuple):
    """Parameters, multipliers m (3,) of c, penalty weight, damping, and the violation at the last update."""

    params: Array  # (P,)
    multipliers: Array  # (3,)
    penalty: Array  # ()
    damping: Array  # ()
    violation: Array  # ()

    @staticmethod
    def begin(params: Array) -> "LagrangianState":
        """No multipliers yet."""
        return LagrangianState(
            params, jnp.zeros(3), jnp.array(PENALTY), jnp.array(DAMPING), jnp.array(jnp.inf)
        )


class LocalModel(NamedTuple):
    """The problem to second order at some parameters: values, slopes of f and c, curvatures of f and c.

    The curvatures are Gauss-Newton matrices; the probability takes the Fisher information of its rows.
    """

    values: Values
    slope: Array  # (P,), of f
    slopes: Array  # (3, P), of c
    curvature: Array  # (4, P, P), of f, then of c


def values_of(demand: Demand, params: Array, forget: Array, anchors: Array, batch: Pools) -> Values:
    """From the logits (B, K) of the forget samples and of the anchors."""
    reference = batch["anchors"]["reference"]
    fit = -jnp.mean(jnp.sum(batch["forget"]["target"] * jax.nn.log_softmax(forget), axis=1))
    known = jnp.where(reference > 0, reference, 1)
    drift = jnp.mean(jnp.sum(reference * (jnp.log(known) - jax.nn.log_softmax(anchors)), axis=1))
    distance = jnp.sum((params - demand.start) ** 2)
    left = jnp.mean(jax.nn.softmax(forget) @ demand.forgotten)
    goal = demand.fit * fit + (1 - demand.fit) * left
    return Values(goal, fit, jnp.stack([drift, distance, left]))


def excess(demand: Demand, values: Values) -> Float[Array, "3"]:
    """The constraints c, at most 0 where they hold."""
    return values.bounded / demand.tolerance - 1


def local_model(model: Classifier, demand: Demand, params: Array, batch: Pools) -> LocalModel:
    """Everything about `params` that one gradient of every sample tells."""
    forget, by_forget = logits_and_jacobians(model, params, batch["forget"]["x"])
    anchors, by_anchors = logits_and_jacobians(model, params, batch["anchors"]["x"])
    p = jax.nn.softmax(forget)  # (B, K)
    fit, fisher = _slope_and_curvature(forget, by_forget, batch["forget"]["target"])
    drift, kept = _slope_and_curvature(anchors, by_anchors, batch["anchors"]["reference"])
    # the mean of p_c has the slope Σ_k p_c (δ_kc − p_k) ∂logit_k; `forgotten` picks c, or nothing
    by_logit = p * (demand.forgotten - (p @ demand.forgotten)[:, None])  # (B, K)
    left = jnp.einsum("bk,bkp->p", by_logit, by_forget) / len(p)
    slopes = jnp.stack([drift, 2 * (params - demand.start), left])  # (3, P)
    identity = jnp.eye(len(params))
    bounded = jnp.stack([kept, 2 * identity, fisher]) / demand.tolerance[:, None, None]  # (3, P, P)
    return LocalModel(
        values_of(demand, params, forget, anchors, batch),
        demand.fit * fit + (1 - demand.fit) * left,
        slopes / demand.tolerance[:, None],
        jnp.concatenate([fisher[None], bounded]),
    )


def _slope_and_curvature(logits: Array, jacobian: Array, target: Array) -> tuple[Array, Array]:
    """Gradient (P,) and Gauss-Newton matrix (P, P) of the mean soft cross-entropy."""
    # Jᵀ(diag p − p pᵀ)J = Σ_k p_k (J_k − J̄)(J_k − J̄)ᵀ with J̄ = Σ_k p_k J_k: a sum of squares, never negative
    n, p = len(logits), jax.nn.softmax(logits)
    centred = jacobian - jnp.einsum("bk,bkp->bp", p, jacobian)[:, None]  # (B, K, P)
    columns = (jnp.sqrt(p / n)[:, :, None] * centred).reshape(-1, jacobian.shape[2])  # (B·K, P)
    return jnp.einsum("bk,bkp->p", p - target, jacobian) / n, columns.T @ columns


def estimates(state: LagrangianState, constraints: Array) -> Float[Array, "3"]:
    """The first-order estimate of the multipliers, max(0, m + ϱ c)."""
    return jnp.maximum(0, state.multipliers + state.penalty * constraints)


def violation(state: LagrangianState, constraints: Array) -> Array:
    """How far the point is from c <= 0, m >= 0, m c = 0: the largest |max(c, −m / ϱ)|."""
    return jnp.max(jnp.abs(jnp.maximum(constraints, -state.multipliers / state.penalty)))


def residual(found: LocalModel, multipliers: Array) -> Array:
    """‖∇f + Σ m_i ∇c_i‖, zero at a stationary point of the Lagrangian."""
    return jnp.linalg.norm(found.slope + multipliers @ found.slopes)


def _augmented(state: LagrangianState, demand: Demand, values: Values) -> Array:
    m, push = state.multipliers, estimates(state, excess(demand, values))
    return values.goal + jnp.sum(push**2 - m**2) / (2 * state.penalty)


def improve(
    model: Classifier, demand: Demand, state: LagrangianState, found: LocalModel, batch: Pools, update: Array
) -> LagrangianState:
    """One Levenberg-Marquardt step on the augmented Lagrangian, kept if it goes down; new multipliers where
    `update` says so, and a larger penalty where the violation did not fall to a quarter.
    """
    # of f + Σ ((max(0, m + ϱ c))² − m²) / 2ϱ: slope ∇f + Σ push ∇c, curvature ∇²f + Σ push ∇²c + ϱ ∇c ∇cᵀ
    push = estimates(state, excess(demand, found.values))  # (3,)
    slope = found.slope + push @ found.slopes  # (P,)
    active = jnp.where(push > 0, state.penalty, 0)  # (3,)
    curvature = jnp.einsum("c,cpq->pq", jnp.concatenate([jnp.ones(1), push]), found.curvature)
    curvature = curvature + (found.slopes * active[:, None]).T @ found.slopes  # (P, P)
    damped = curvature + state.damping * jnp.eye(len(slope))
    move = -jax.scipy.linalg.solve(damped, slope, assume_a="pos")
    trial = state.params + move
    tried = values_of(
        demand,
        trial,
        model.logits(trial, batch["forget"]["x"]),
        model.logits(trial, batch["anchors"]["x"]),
        batch,
    )
    gain = _augmented(state, demand, found.values) - _augmented(state, demand, tried)
    # of the decrease that the quadratic model promises, −(s·d + ½ d·C d), what came true
    ratio = gain / -(slope @ move + 0.5 * move @ curvature @ move)
    better = ratio > SUFFICIENT
    factor = jnp.where(ratio > GOOD, 1 / 3, jnp.where(ratio < BAD, 4, 1))
    now = excess(demand, jax.tree.map(lambda new, old: jnp.where(better, new, old), tried, found.values))
    left = violation(state, now)
    slow = update & (left > state.violation / 4)
    return LagrangianState(
        jnp.where(better, trial, state.params),
        jnp.where(update, estimates(state, now), state.multipliers),
        jnp.where(slow, 2 * state.penalty, state.penalty),
        jnp.clip(state.damping * factor, LEAST_DAMPING, MOST_DAMPING),
        jnp.where(update, left, state.violation),
    )
