"""The accountant of noisy fine-tuning, privacy amplification by iteration (Koloskova, arXiv 2506.06985).

Two runs start anywhere in a ball of radius C₀ and take the same T steps on rows without the forget set,

    θ ← θ − γ (clip(g, C₁) + λ θ) + N(0, σ² I).

Without noise they are at most 2C₀ρ^t + 2γC₁ Σ_j ρ^j apart after t steps, with ρ = 1 − γλ in [0, 1], whatever
the loss is. Spreading that over the steps' noise in the best way bounds the Rényi divergence of order α of
the two results by α · rate, for every α > 1:

    rate = [2C₀ ρ^T + 2γC₁ Σ_j ρ^j]² / (2σ² Σ_j ρ^2j),   j = 0 .. T − 1.

So the result is (ε, δ)-close to the same fine-tuning of *any* other start in the ball, one trained without
the forget set among them: (ε, δ)-unlearning in the paper's sense. At λ = 0 and small ε it agrees with the
paper's σ² = 9 log(1/δ) / (ε² T) · (C₀ + γC₁T)², with a little to spare. The published code, as we read it,
adds the rate to the conversion below without its order α, and at λ = 0 takes half of it; both would
understate ε, and neither is done here.
"""

import jax.numpy as jnp
from jax import Array

from qunlearn.methods.base.method import Scalar

ORDERS = jnp.concatenate([1 + jnp.logspace(-4, 0, 400)[:-1], jnp.logspace(jnp.log10(2.0), 6, 1200)])
"""Rényi orders α that the conversion tries; more of them only make ε tighter."""


def renyi_rate(
    sigma: Scalar, steps: int, learning_rate: Scalar, clip_start: Scalar, clip_gradient: Scalar, decay: Scalar
) -> Array:
    """The divergence of order α is at most α times this, for noise of standard deviation `sigma` a step.

    clip_start is C₀, clip_gradient C₁, decay λ with γλ <= 1; T >= 1 steps. Infinite without noise.
    """
    kept = (1 - learning_rate * decay) ** jnp.arange(steps)  # ρ^j
    apart = 2 * clip_start * (1 - learning_rate * decay) ** steps
    apart = apart + 2 * learning_rate * clip_gradient * jnp.sum(kept)
    return apart**2 / (2 * jnp.asarray(sigma) ** 2 * jnp.sum(kept**2))


def epsilon(rate: Scalar, delta: Scalar) -> Array:
    """The ε of (ε, δ) for divergences of at most α · rate; the best over `ORDERS`.

    ε = α rate + log((α − 1)/α) − (log δ + log α)/(α − 1) for any α > 1 (the conversion that the published
    code uses). Never negative.
    """
    with_order = ORDERS * jnp.asarray(rate)
    rest = jnp.log1p(-1 / ORDERS) - (jnp.log(delta) + jnp.log(ORDERS)) / (ORDERS - 1)
    return jnp.maximum(jnp.min(with_order + rest), 0)


def sigma_for(
    target: Scalar,
    delta: Scalar,
    steps: int,
    learning_rate: Scalar,
    clip_start: Scalar,
    clip_gradient: Scalar,
    decay: Scalar,
) -> Array:
    """The least noise a step that `epsilon` certifies as ε = `target` at `delta`.

    The rate is that of sigma = 1 over sigma², so the largest rate that every order allows says it all.
    """
    rest = jnp.log1p(-1 / ORDERS) - (jnp.log(delta) + jnp.log(ORDERS)) / (ORDERS - 1)
    allowed = jnp.max((target - rest) / ORDERS)
    unit = renyi_rate(1.0, steps, learning_rate, clip_start, clip_gradient, decay)
    return jnp.sqrt(unit / allowed)
