"""The compiled loop of federated averaging: many federations side by side, which do not see each other."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from qunlearn.data.samples import Samples
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.loop import ADAM, Keys, value_and_gradient
from qunlearn.train.rate import half_cosine


class Carry(NamedTuple):
    """The state of G federations after some rounds; every field has G as its first axis, `adam` G·C."""

    params: Any
    adam: Any
    best_params: Any
    best_loss: Any
    best_round: Any
    loss: Any
    val_loss: Any
    start: Any
    updates: Any


class Plan(NamedTuple):
    """What the clients will do: rows (G, S, C, b) of every mini-batch; the weight of each of its places
    (C, b), 0 where a client's mini-batch is smaller; each client's weight in the average (C,).
    """

    rows: Any
    places: Any
    clients: Any


def plan(clients: Int[np.ndarray, " n"], keys: Keys, batch: int, steps: int) -> Plan:
    """What the clients (n,) that hold the rows will do: each epoch of a client's own rows comes in a fresh
    order, drawn with the federation's key into which the client's number is folded.
    """
    present, counts = np.unique(clients, return_counts=True)
    held = [np.flatnonzero(clients == c) for c in present]
    sizes = [batch_size(batch, len(rows)) for rows in held]
    width = max(sizes)
    batches = []
    for client, rows, size in zip(present.tolist(), held, sizes, strict=True):
        own = jax.vmap(lambda key, c=client: jax.random.fold_in(key, c))(keys)
        drawn = np.asarray(_drawn(own, len(rows), size, steps))
        batches.append(np.pad(rows[drawn], [(0, 0), (0, 0), (0, width - size)], mode="edge"))
    places = np.array([[(j < size) / size for j in range(width)] for size in sizes])
    weights = counts / len(clients)
    return Plan(jnp.asarray(np.stack(batches, axis=2)), jnp.asarray(places), jnp.asarray(weights))


@partial(jax.jit, static_argnums=(1, 2, 3))
def _drawn(keys: Keys, n: int, size: int, steps: int) -> Int[Array, "G S b"]:
    return jax.vmap(lambda key: batch_indices(key, n, size, steps))(keys)


@partial(jax.jit, static_argnums=(0, 2, 3, 4, 5))
def start(model: Classifier, keys: Keys, n_clients: int, steps: int, rounds: int, keep: bool) -> Carry:
    """Fresh parameters, as `fit` makes them of the same keys; without `keep` the history has no room."""
    params = jax.vmap(model.init)(keys)
    models, kept = len(keys), rounds if keep else 0
    return Carry(
        params,
        jax.vmap(ADAM.init)(jnp.repeat(params, n_clients, axis=0)),
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
    carry: Carry,
    plan: Plan,
    train: Samples,
    val: Samples,
    learning_rate: Any,
    low: Any,
    high: Any,
) -> Carry:
    """Rounds low..high-1 of every federation; the bounds are traced."""
    models, steps, n_clients, _ = plan.rows.shape
    places = jnp.tile(plan.places, (models, 1))
    scaled = jax.vmap(ADAM.update)

    def loss_of(params: Array, rows: Array) -> Array:
        """Mini-batch loss (G·C,) of every client of every federation."""

        return jax.vmap(partial(weighted_loss, model, train))(params, rows, places)

    def local(first: Any, c: tuple[Any, Any, Any], j: Any) -> tuple[Any, Any, Any]:
        params, adam, curve = c
        i = first + j
        rows = plan.rows[:, i].reshape(models * n_clients, -1)
        losses, gradient = value_and_gradient(loss_of, params, rows)
        direction, adam = scaled(gradient, adam)
        rate = half_cosine(learning_rate, i, steps)
        mean = losses.reshape(models, n_clients) @ plan.clients
        return params - rate * direction, adam, curve.at[:, i].set(mean)

    def one_round(t: Any, c: Carry) -> Carry:
        begin = (jnp.repeat(c.params, n_clients, axis=0), c.adam, c.loss)
        params, adam, loss = jax.lax.fori_loop(
            0, local_steps, lambda j, state: local(t * local_steps, state, j), begin
        )
        updates = params.reshape(models, n_clients, -1) - c.params[:, None]
        mean = c.params + jnp.einsum("c,gcp->gp", plan.clients, updates)
        val_loss = jax.vmap(lambda p: cross_entropy(model.logits(p, val.x), val.y))(mean)
        better = val_loss < c.best_loss
        return Carry(
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


def _kept(history: Array, t: Any, value: Array) -> Array:
    """`history` with `value` as its round t, where there is room for rounds."""
    return history.at[:, t].set(value) if history.shape[1] else history
