"""The compiled loop of federated averaging: many federations side by side, which do not see each other."""

from functools import partial
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from qunlearn.data.samples import Samples
from qunlearn.model.arrays import Number
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.loop import AdamState, Keys, adam_start, adam_step, value_and_gradient
from qunlearn.train.rate import half_cosine

LocalState: TypeAlias = tuple[Array, AdamState, Array]
"""Every client's parameters and moments between two averages, and the curves of the losses."""


class FederationState(NamedTuple):
    """The state of G federations of C clients after some of R rounds; S local steps in all."""

    params: Array  # (G, P), common
    adam: AdamState  # (G·C, P), every client's
    best_params: Array  # (G, P)
    best_loss: Array  # (G,), infinite before the first look
    best_round: Array  # (G,)
    loss: Array  # (G, S)
    val_loss: Array  # (G, R)
    start: Array  # (G, R, P), or without rounds (G, 0, P)
    updates: Array  # (G, R, C, P), or without rounds (G, 0, C, P)


class LocalBatches(NamedTuple):
    """The mini-batches of every client to come, and how they are averaged."""

    rows: Array  # (G, S, C, b), the numbers of samples
    places: Array  # (C, b), the weight of each place, 0 where a client's mini-batch is smaller
    clients: Array  # (C,), each client's weight in the average


def local_batches(clients: Int[np.ndarray, " n"], keys: Keys, batch: int, steps: int) -> LocalBatches:
    """The mini-batches of the clients (n,) that hold the samples: each epoch of a client's own comes in a
    fresh order, drawn with the federation's key into which the client's number is folded.
    """
    present, counts = np.unique(clients, return_counts=True)
    held = [np.flatnonzero(clients == c) for c in present]
    sizes = [batch_size(batch, len(rows)) for rows in held]
    width = max(sizes)
    drawn = []
    for client, rows, size in zip(present.tolist(), held, sizes, strict=True):
        own = jax.vmap(lambda key, c=client: jax.random.fold_in(key, c))(keys)
        order = np.asarray(_drawn(own, len(rows), size, steps))
        drawn.append(np.pad(rows[order], [(0, 0), (0, 0), (0, width - size)], mode="edge"))
    places = np.array([[(j < size) / size for j in range(width)] for size in sizes])
    weights = counts / len(clients)
    return LocalBatches(jnp.asarray(np.stack(drawn, axis=2)), jnp.asarray(places), jnp.asarray(weights))


@partial(jax.jit, static_argnums=(1, 2, 3))
def _drawn(keys: Keys, n: int, size: int, steps: int) -> Int[Array, "G S b"]:
    return jax.vmap(lambda key: batch_indices(key, n, size, steps))(keys)


@partial(jax.jit, static_argnums=(0, 2, 3, 4, 5))
def start(
    model: Classifier, keys: Keys, n_clients: int, steps: int, rounds: int, keep: bool
) -> FederationState:
    """Fresh parameters, as `fit` makes them of the same keys; without `keep` the history has no room."""
    params = jax.vmap(model.init)(keys)
    models, kept = len(keys), rounds if keep else 0
    return FederationState(
        params,
        jax.vmap(adam_start)(jnp.repeat(params, n_clients, axis=0)),
        params,
        jnp.full(models, jnp.inf, float),
        jnp.zeros(models, int),
        jnp.full((models, steps), jnp.nan, float),
        jnp.full((models, rounds), jnp.nan, float),
        jnp.zeros((models, kept, params.shape[1])),
        jnp.zeros((models, kept, n_clients, params.shape[1])),
    )


@partial(jax.jit, static_argnames=("model", "local_steps"), donate_argnames="carry")
def advance(
    model: Classifier,
    local_steps: int,
    carry: FederationState,
    batches: LocalBatches,
    train: Samples,
    val: Samples,
    learning_rate: Number,
    low: Number,
    high: Number,
) -> FederationState:
    """Rounds low..high-1 of every federation; the bounds are traced."""
    models, steps, n_clients, _ = batches.rows.shape
    places = jnp.tile(batches.places, (models, 1))  # (G·C, b)
    scaled = jax.vmap(adam_step)

    def loss_of(params: Array, rows: Array) -> Array:
        """Mini-batch loss (G·C,) of every client of every federation."""

        return jax.vmap(partial(weighted_loss, model, train))(params, rows, places)

    def local(first: Array, c: LocalState, j: Number) -> LocalState:
        params, adam, curve = c
        i = first + j
        rows = batches.rows[:, i].reshape(models * n_clients, -1)  # (G·C, b)
        losses, gradient = value_and_gradient(loss_of, params, rows)  # (G·C,), (G·C, P)
        direction, adam = scaled(gradient, adam)
        rate = half_cosine(learning_rate, i, steps)
        mean = losses.reshape(models, n_clients) @ batches.clients  # (G,)
        return params - rate * direction, adam, curve.at[:, i].set(mean)

    def one_round(t: Array, c: FederationState) -> FederationState:
        begin = (jnp.repeat(c.params, n_clients, axis=0), c.adam, c.loss)
        params, adam, loss = jax.lax.fori_loop(
            0, local_steps, lambda j, state: local(t * local_steps, state, j), begin
        )
        updates = params.reshape(models, n_clients, -1) - c.params[:, None]  # (G, C, P)
        # Σ_c w_c θ_c = θ + Σ_c w_c (θ_c − θ), as the weights sum to 1: the average by way of the updates kept
        mean = c.params + jnp.einsum("c,gcp->gp", batches.clients, updates)
        val_loss = jax.vmap(lambda p: loss_on(model, p, val))(mean)
        better = val_loss < c.best_loss
        return FederationState(
            mean,
            adam,
            jnp.where(better[:, None], mean, c.best_params),
            jnp.where(better, val_loss, c.best_loss),
            jnp.where(better, t + 1, c.best_round),
            loss,
            c.val_loss.at[:, t].set(val_loss),
            _kept(c.start, t, c.params),
            _kept(c.updates, t, updates),
        )

    return jax.lax.fori_loop(low, high, one_round, carry)


def weighted_loss(
    model: Classifier, data: Samples, params: Array, rows: Int[Array, " b"], weight: Float[Array, " b"]
) -> Array:
    """−Σ `weight` log p(label) over the rows of these numbers: a mean where some places hold no row."""
    log_p = jax.nn.log_softmax(model.logits(params, data.x[rows]))
    return -jnp.sum(weight * jnp.take_along_axis(log_p, data.y[rows][:, None], axis=1)[:, 0])


def _kept(history: Array, t: Number, value: Array) -> Array:
    """`history` with `value` as its round t, where there is room for rounds."""
    return history.at[:, t].set(value) if history.shape[1] else history
