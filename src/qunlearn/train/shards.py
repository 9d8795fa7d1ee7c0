"""SISA training: rows in isolated shards and slices, so that one can be taken out exactly (1912.03817).

A row's shard and slice follow from the row's own numbers, so no row's place depends on another row. Every
stage (shard, slice) has a key of its own and continues from the stage before it on the rows of its shard up
to its slice. So a stage depends on no row outside, and the stages before a removed row's slice are what they
would have been without it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, Int, PRNGKeyArray

from qunlearn._errors import require
from qunlearn.data.samples import Samples
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on
from qunlearn.model.sharded import Sharded
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.check import checked_rows
from qunlearn.train.cost import Cost
from qunlearn.train.fit import Training
from qunlearn.train.keys import as_key
from qunlearn.train.loop import AdamState, adam_start, adam_step
from qunlearn.train.progress import Progress, silent
from qunlearn.train.rate import half_cosine


class Stage(NamedTuple):
    """One part of training: a shard on its rows up to a slice."""

    shard: int
    slice: int


@dataclass(frozen=True, eq=False)
class FittedShards:
    """Parameters (P,) of a `Sharded` model, the mini-batch losses of its stages in order, the cost."""

    params: Array
    loss: Array
    cost: Cost


def places(model: Sharded, rows: Samples) -> Int[np.ndarray, "n 2"]:
    """(shard, slice) of every row, from a hash of its inputs and label; equal rows share a place."""
    found = np.empty((len(rows.y), 2), int)
    for i, (x, y) in enumerate(zip(rows.x, rows.y, strict=True)):
        content = np.ascontiguousarray(x, np.float64).tobytes() + int(y).to_bytes(8, "little")
        digest = int.from_bytes(hashlib.sha256(content).digest()[:8], "little")
        found[i] = digest % model.shards, digest // model.shards % model.slices
    return found


def fit_sharded(
    model: Sharded,
    train: Samples,
    *,
    key: PRNGKeyArray | int,
    training: Training | None = None,
    progress: Progress = silent,
) -> FittedShards:
    """Train every stage: each takes `training.steps // slices` steps (at least one), the rate falling anew.

    The last parameters of a stage are kept. Validation samples are not used: a choice made with their help
    would carry what a request takes away. Raises `InputError` for bad rows, and where a shard would have
    none.
    """
    train, key = checked_rows(model, train, "training"), as_key(key)
    stages = [Stage(s, r) for s in range(model.shards) for r in range(model.slices)]
    return retrain_stages(model, model.init(key), train, stages, key, training or Training(), progress)


def retrain_stages(
    model: Sharded,
    params: Float[Array, " P"],
    rows: Samples,
    stages: Iterable[Stage],
    key: PRNGKeyArray,
    training: Training,
    progress: Progress = silent,
) -> FittedShards:
    """Train `stages` anew on `rows`; the other stages keep `params`. A first slice starts from fresh ones."""
    where, stages = places(model, rows), sorted(stages)
    for s in range(model.shards):
        filled = (where[:, 0] == s).any()
        require(filled, f"shard {s} of {model.shards} would have no rows: take fewer shards")
    kept, fresh = model.checkpoints(params), model.checkpoints(model.init(key))
    losses, cost, label = [jnp.zeros(0)], Cost(), f"training {len(stages)} stages of {model.shards} shards"
    for done, (s, r) in enumerate(stages):
        progress(label, done, len(stages))
        mine = (where[:, 0] == s) & (where[:, 1] <= r)
        begin, own = kept[s, r - 1] if r > 0 else fresh[s, 0], _stage_key(key, model, s, r)
        after, loss, spent = _train_stage(model, training, begin, Samples(rows.x[mine], rows.y[mine]), own)
        kept, losses, cost = kept.at[s, r].set(after), [*losses, loss], cost + spent
    progress(label, len(stages), len(stages))
    return FittedShards(kept.ravel(), jnp.concatenate(losses), cost)


def _stage_key(key: PRNGKeyArray, model: Sharded, shard: int, slice_: int) -> PRNGKeyArray:
    """For the order of the rows; the first `model.shards` numbers belong to the initial parameters."""
    return jax.random.fold_in(jax.random.fold_in(key, model.shards + shard), slice_)


def _train_stage(
    model: Sharded, training: Training, params: Array, rows: Samples, key: PRNGKeyArray
) -> tuple[Array, Array, Cost]:
    """Parameters, losses and cost of one stage; a stage whose rows are all still to come changes nothing."""
    n = len(rows.y)
    if n == 0:
        return params, jnp.zeros(0), Cost()
    steps, size = max(1, training.steps // model.slices), batch_size(training.batch, n)
    order = batch_indices(key, n, size, steps)
    batches = Samples(jnp.asarray(rows.x)[order], jnp.asarray(rows.y)[order])
    params, loss = _descend(model.base, params, batches, training.learning_rate)
    return params, loss, Cost.of_gradients(steps * size)


@partial(jax.jit, static_argnames="model")
def _descend(
    model: Classifier, params: Array, batches: Samples, learning_rate: float | Array
) -> tuple[Array, Array]:
    """Adam along mini-batches (steps, b, ...), with half a cosine of learning rates as in `fit`."""
    steps = len(batches.y)

    def step(
        carry: tuple[Array, AdamState], given: tuple[Array, Samples]
    ) -> tuple[tuple[Array, AdamState], Array]:
        (params, adam), (i, batch) = carry, given
        loss, gradient = jax.value_and_grad(loss_on, argnums=1)(model, params, batch)
        direction, adam = adam_step(gradient, adam)
        rate = half_cosine(learning_rate, i, steps)
        return (params - rate * direction, adam), loss

    (params, _), losses = jax.lax.scan(step, (params, adam_start(params)), (jnp.arange(steps), batches))
    return params, losses
