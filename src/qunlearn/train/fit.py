"""Training: one compiled loop, for one model or many side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jaxtyping import Float, Int, PRNGKeyArray

from qunlearn._errors import require, require_at_least, require_positive
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, pieces, silent

ADAM = optax.scale_by_adam()


@dataclass(frozen=True)
class Training:
    """How a classifier is trained (defaults: the seed paper, section 4; the learning rate is our choice).

    `steps` Adam updates on mini-batches of `batch` rows (0: all rows) drawn without replacement; the learning rate falls
    from `learning_rate` to 0 along half a cosine. Every `val_every` steps and after the last one the loss on the validation
    rows is measured, and the parameters with the lowest one are kept.
    """

    steps: int = 300
    batch: int = 10
    learning_rate: float = 0.1
    val_every: int = 1

    def __post_init__(self) -> None:
        require_at_least("steps", self.steps, 1)
        require_at_least("batch", self.batch, 0)
        require_at_least("val_every", self.val_every, 1)
        require_positive("learning_rate", self.learning_rate)


class Rows(NamedTuple):
    """Labelled model inputs: x (n, d) in radians, y (n,) class indices."""

    x: Any
    y: Any


@dataclass(frozen=True)
class Fitted:
    """A trained model: parameters (P,), the curves, and what it cost.

    `loss` (steps,) is the mini-batch loss before each update, `val_loss` (steps,) the validation loss after it (NaN where it
    was not measured), `best_step` the number of updates after which the kept parameters stood.
    """

    params: Float[np.ndarray, " P"]
    loss: Float[np.ndarray, " S"]
    val_loss: Float[np.ndarray, " S"]
    best_step: int
    cost: Cost


class _Carry(NamedTuple):
    params: Any
    adam: Any
    best_params: Any
    best_loss: Any
    best_step: Any
    loss: Any
    val_loss: Any


Keys: TypeAlias = PRNGKeyArray


def fit(
    model: Classifier,
    train: Rows,
    val: Rows,
    *,
    key: PRNGKeyArray,
    training: Training | None = None,
    progress: Progress = silent,
) -> Fitted:
    """Train `model` on `train` from a fresh initialisation; the same key gives the same result.

    The key decides the initial parameters and the order of the data. Raises `InputError` when there are no training or
    validation rows, or their width is not the model's.
    """
    return fit_many(model, train, val, keys=key[None], training=training, progress=progress)[0]


def fit_many(
    model: Classifier,
    train: Rows,
    val: Rows,
    *,
    keys: Keys,
    training: Training | None = None,
    progress: Progress = silent,
) -> list[Fitted]:
    """Train one model for every key (G,), side by side in one compiled call; results do not depend on their company
    beyond rounding."""
    training = training or Training()
    train, val = _checked(model, train, "training"), _checked(model, val, "validation")
    carry, batches = _start(model, keys, training.batch, training.steps, train)
    for low, high in pieces(training.steps, progress, f"training {len(keys)} model{'s'[: len(keys) > 1]}"):
        carry = _advance(
            model, training.val_every, carry, batches, train, val, training.learning_rate, low, high
        )
        jax.block_until_ready(carry)
    cost = training_cost(training, len(train.y), len(val.y))
    best, best_step, loss, val_loss = map(
        np.asarray, (carry.best_params, carry.best_step, carry.loss, carry.val_loss)
    )
    return [Fitted(best[g], loss[g], val_loss[g], int(best_step[g]), cost) for g in range(len(keys))]


def training_cost(training: Training, n_train: int, n_val: int) -> Cost:
    """What one training run costs: its gradients, and the validation rows each time they are looked at."""
    looks = training.steps // training.val_every + (training.steps % training.val_every > 0)
    gradients = Cost.of_gradients(training.steps * batch_size(training.batch, n_train))
    return gradients + Cost(forwards=looks * n_val)


def _checked(model: Classifier, rows: Rows, what: str) -> Rows:
    x, y = np.asarray(rows.x), np.asarray(rows.y)
    require(len(y) > 0, f"there are no {what} rows")
    require(
        x.shape == (len(y), model.n_features),
        f"{what} inputs must have shape ({len(y)}, {model.n_features}), but have {x.shape}",
    )
    require(
        y.min() >= 0 and y.max() < model.n_classes,
        f"{what} labels must be in 0..{model.n_classes - 1}, but reach from {y.min()} to {y.max()}",
    )
    return Rows(x, y)


@partial(jax.jit, static_argnames=("model", "batch", "steps"))
def _start(
    model: Classifier, keys: Keys, batch: int, steps: int, train: Rows
) -> tuple[_Carry, Int[Array, "G S b"]]:
    def one(key: PRNGKeyArray) -> tuple[_Carry, Int[Array, "S b"]]:
        k_init, k_order = jax.random.split(key)
        params = model.init(k_init)
        n = len(train.y)
        curve = jnp.full(steps, jnp.nan)
        carry = _Carry(params, ADAM.init(params), params, jnp.inf, 0, curve, curve)
        return carry, batch_indices(k_order, n, batch_size(batch, n), steps)

    return jax.vmap(one)(keys)


@partial(jax.jit, static_argnames=("model", "val_every"), donate_argnames="carry")
def _advance(
    model: Classifier,
    val_every: int,
    carry: _Carry,
    batches: Int[Array, "G S b"],
    train: Rows,
    val: Rows,
    learning_rate: Any,
    low: Any,
    high: Any,
) -> _Carry:
    """Steps low..high-1 of every model. The bounds are traced, so all pieces of the loop share one compilation."""
    steps = batches.shape[1]
    loss_of = jax.vmap(lambda p, idx: _loss(model, p, train, idx))
    val_loss_of = jax.vmap(lambda p: cross_entropy(model.logits(p, val.x), val.y))
    scaled = jax.vmap(ADAM.update)

    def step(i: Any, c: _Carry) -> _Carry:
        rate = learning_rate * 0.5 * (1 + jnp.cos(jnp.pi * i / steps))
        loss, gradient = _value_and_gradient(loss_of, c.params, batches[:, i])
        direction, adam = scaled(gradient, c.adam)
        params = c.params - rate * direction
        look = ((i + 1) % val_every == 0) | (i + 1 == steps)
        val_loss = jax.lax.cond(look, val_loss_of, lambda p: jnp.full(p.shape[0], jnp.nan), params)
        better = val_loss < c.best_loss
        return _Carry(
            params,
            adam,
            jnp.where(better[:, None], params, c.best_params),
            jnp.where(better, val_loss, c.best_loss),
            jnp.where(better, i + 1, c.best_step),
            c.loss.at[:, i].set(loss),
            c.val_loss.at[:, i].set(val_loss),
        )

    return jax.lax.fori_loop(low, high, step, carry)


def _loss(model: Classifier, params: Any, train: Rows, idx: Any) -> Any:
    return cross_entropy(model.logits(params, train.x[idx]), train.y[idx])


def _value_and_gradient(loss_of: Callable[..., Any], params: Any, batches: Any) -> tuple[Any, Any]:
    """Losses (G,) and gradients (G, P): the models do not interact, so one pull-back gives all gradients."""
    losses, pull_back = jax.vjp(lambda p: loss_of(p, batches), params)
    return losses, pull_back(jnp.ones_like(losses))[0]
