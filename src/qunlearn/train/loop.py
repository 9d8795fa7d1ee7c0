"""The compiled training loop: many models side by side, which do not see each other."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias, cast

import jax
import jax.numpy as jnp
import optax
from jax import Array
from jaxtyping import Int, Key, PRNGKeyArray

from qunlearn.data.samples import Samples
from qunlearn.model.arrays import Number
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.rate import half_cosine

ADAM = optax.scale_by_adam()
AdamState: TypeAlias = optax.ScaleByAdamState

Keys: TypeAlias = Key[Array, " G"]


class TrainingState(NamedTuple):
    """The state of G runs after i updates; every field has G as its first axis."""

    params: Array  # (G, P)
    adam: AdamState
    best_params: Array  # (G, P)
    best_loss: Array  # (G,), infinite before the first look
    best_step: Array  # (G,)
    loss: Array  # (G, S), NaN from i on
    val_loss: Array  # (G, S), NaN where nobody looked


def adam_start(params: Array) -> AdamState:
    """Adam's moments before the first step."""
    return cast(AdamState, ADAM.init(params))


def adam_step(gradient: Array, state: AdamState) -> tuple[Array, AdamState]:
    """The direction that a learning rate is multiplied with, and the moments after it."""
    direction, after = ADAM.update(gradient, state)
    return cast(Array, direction), cast(AdamState, after)


@partial(jax.jit, static_argnames=("model", "batch", "steps"))
def start(
    model: Classifier, keys: Keys, batch: int, steps: int, train: Samples
) -> tuple[TrainingState, Int[Array, "G S b"]]:
    """Fresh parameters, and the row numbers of every mini-batch to come, for every key."""
    n = len(train.y)

    def one(key: PRNGKeyArray) -> tuple[TrainingState, Int[Array, "S b"]]:
        k_init, k_order = jax.random.split(key)
        params = model.init(k_init)
        curve = jnp.full(steps, jnp.nan, float)
        never = jnp.array(jnp.inf, float)
        state = TrainingState(params, adam_start(params), params, never, jnp.array(0, int), curve, curve)
        return state, batch_indices(k_order, n, batch_size(batch, n), steps)

    return jax.vmap(one)(keys)


@partial(jax.jit, static_argnames=("model", "val_every"), donate_argnames="carry")
def advance(
    model: Classifier,
    val_every: int,
    carry: TrainingState,
    batches: Int[Array, "G S b"],
    train: Samples,
    val: Samples,
    learning_rate: Number,
    low: Number,
    high: Number,
) -> TrainingState:
    """Steps low..high-1 of every model; the bounds are traced, so all pieces of a loop share one program."""
    steps = batches.shape[1]
    loss_of = jax.vmap(lambda p, rows: loss_on(model, p, Samples(train.x[rows], train.y[rows])))
    val_loss_of = jax.vmap(lambda p: loss_on(model, p, val))
    scaled = jax.vmap(adam_step)

    def step(i: Number, c: TrainingState) -> TrainingState:
        rate = half_cosine(learning_rate, i, steps)
        loss, gradient = value_and_gradient(loss_of, c.params, batches[:, i])  # (G,), (G, P)
        direction, adam = scaled(gradient, c.adam)
        params = c.params - rate * direction
        look = ((i + 1) % val_every == 0) | (i + 1 == steps)
        val_loss = jax.lax.cond(look, val_loss_of, lambda p: jnp.full(p.shape[0], jnp.nan), params)
        better = val_loss < c.best_loss  # (G,), False for the NaN of a step without a look
        return TrainingState(
            params,
            adam,
            jnp.where(better[:, None], params, c.best_params),
            jnp.where(better, val_loss, c.best_loss),
            jnp.where(better, i + 1, c.best_step),
            c.loss.at[:, i].set(loss),
            c.val_loss.at[:, i].set(val_loss),
        )

    return jax.lax.fori_loop(low, high, step, carry)


def value_and_gradient(
    loss_of: Callable[[Array, Array], Array], params: Array, batches: Array
) -> tuple[Array, Array]:
    """Losses (G,) and gradients (G, P) in one pull-back: ∂(Σ_h loss_h)/∂θ_g = ∂loss_g/∂θ_g, since no model's
    loss depends on another's parameters.
    """
    losses, pull_back = jax.vjp(lambda p: loss_of(p, batches), params)
    return losses, pull_back(jnp.ones_like(losses))[0]
