"""The compiled training loop: many models side by side, which do not see each other."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import optax
from jax import Array
from jaxtyping import Int, Key, PRNGKeyArray

from qunlearn.data.samples import Samples
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.rate import half_cosine

ADAM = optax.scale_by_adam()

Keys: TypeAlias = Key[Array, " G"]


class Carry(NamedTuple):
    """The state of G runs after i updates; every field has G as its first axis."""

    params: Any
    adam: Any
    best_params: Any
    best_loss: Any
    best_step: Any
    loss: Any
    val_loss: Any


@partial(jax.jit, static_argnames=("model", "batch", "steps"))
def start(
    model: Classifier, keys: Keys, batch: int, steps: int, train: Samples
) -> tuple[Carry, Int[Array, "G S b"]]:
    """Fresh parameters, and the row numbers of every mini-batch to come, for every key."""
    n = len(train.y)

    def one(key: PRNGKeyArray) -> tuple[Carry, Int[Array, "S b"]]:
        k_init, k_order = jax.random.split(key)
        params = model.init(k_init)
        curve = jnp.full(steps, jnp.nan, float)
        carry = Carry(
            params, ADAM.init(params), params, jnp.array(jnp.inf, float), jnp.array(0, int), curve, curve
        )
        return carry, batch_indices(k_order, n, batch_size(batch, n), steps)

    return jax.vmap(one)(keys)


@partial(jax.jit, static_argnames=("model", "val_every"), donate_argnames="carry")
def advance(
    model: Classifier,
    val_every: int,
    carry: Carry,
    batches: Int[Array, "G S b"],
    train: Samples,
    val: Samples,
    learning_rate: Any,
    low: Any,
    high: Any,
) -> Carry:
    """Steps low..high-1 of every model. The bounds are traced: all pieces of a loop share one compilation."""
    steps = batches.shape[1]
    loss_of = jax.vmap(lambda p, rows: cross_entropy(model.logits(p, train.x[rows]), train.y[rows]))
    val_loss_of = jax.vmap(lambda p: cross_entropy(model.logits(p, val.x), val.y))
    scaled = jax.vmap(ADAM.update)

    def step(i: Any, c: Carry) -> Carry:
        rate = half_cosine(learning_rate, i, steps)
        loss, gradient = value_and_gradient(loss_of, c.params, batches[:, i])
        direction, adam = scaled(gradient, c.adam)
        params = c.params - rate * direction
        look = ((i + 1) % val_every == 0) | (i + 1 == steps)
        val_loss = jax.lax.cond(look, val_loss_of, lambda p: jnp.full(p.shape[0], jnp.nan), params)
        better = val_loss < c.best_loss
        return Carry(
            params,
            adam,
            jnp.where(better[:, None], params, c.best_params),
            jnp.where(better, val_loss, c.best_loss),
            jnp.where(better, i + 1, c.best_step),
            c.loss.at[:, i].set(loss),
            c.val_loss.at[:, i].set(val_loss),
        )

    return jax.lax.fori_loop(low, high, step, carry)


def value_and_gradient(loss_of: Callable[..., Any], params: Any, batches: Any) -> tuple[Any, Any]:
    """Losses (G,) and gradients (G, P): the models do not interact, so one pull-back gives all gradients."""
    losses, pull_back = jax.vjp(lambda p: loss_of(p, batches), params)
    return losses, pull_back(jnp.ones_like(losses))[0]
