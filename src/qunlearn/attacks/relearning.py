"""Relearning: how fast does a model get back what it was made to forget?

A model in which the data left traces relearns them faster than a retrained one does. Two kinds: fine-tuning
on the forget samples (arXiv:2201.05629), and on retained samples only, after which nothing should come back
(arXiv:2505.22310).
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jaxtyping import ArrayLike, Float, Int, PRNGKeyArray

from qunlearn._errors import require, require_at_least, require_one_of, require_positive, typed
from qunlearn.attacks.anamnesis import ON, Relearning, reached
from qunlearn.data.samples import Samples
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.keys import as_key

ADAM = optax.scale_by_adam()


def relearn(
    problem: Problem,
    params: ArrayLike,
    *,
    on: str = "forget",
    tolerance: float = 0.05,
    steps: int = 100,
    learning_rate: float = 0.01,
    key: PRNGKeyArray | int,
) -> Relearning:
    """Fine-tune models `params` (M, P) until they do on the forget samples what the original does, but for
    `tolerance`.

    Adam at a constant `learning_rate` with the mini-batches of the problem's training, the same for every
    model; `on` says which rows (`ON`). Accuracy is measured on all forget samples after every step. Raises
    `InputError` for parameters of another model and values outside their range.
    """
    require_one_of("on", on, ON)
    require(0 <= tolerance < 1, f"`tolerance` must be in [0, 1), but is {tolerance}")
    require_positive("learning_rate", typed("learning_rate", learning_rate, float))
    require_at_least("steps", typed("steps", steps, int), 1)
    start = jnp.asarray(params, float)
    n_params = problem.model.n_params
    require(
        start.ndim == 2 and start.shape[1] == n_params,
        f"`params` must have shape (M, {n_params}) for this model, but have {start.shape}",
    )
    rows = problem.forget if on == "forget" else problem.retain
    n = len(rows.y)
    batches = batch_indices(as_key(key), n, batch_size(problem.training.batch, n), steps)
    curves = _fine_tuned(problem.model, start, rows, problem.forget, batches, float(learning_rate))
    original = _accuracy(problem.model, jnp.asarray(problem.params), problem.forget)
    return reached(np.asarray(curves), float(original) - tolerance)


def _accuracy(model: Classifier, params: Array, rows: Samples) -> Array:
    return jnp.mean(jnp.argmax(model.logits(params, jnp.asarray(rows.x)), axis=1) == rows.y)


@partial(jax.jit, static_argnames="model")
def _fine_tuned(
    model: Classifier,
    params: Float[Array, "M P"],
    rows: Samples,
    judged: Samples,
    batches: Int[Array, "S b"],
    learning_rate: Any,
) -> Float[Array, "M T"]:
    """Accuracy on `judged` before and after every step."""
    accuracy = jax.vmap(lambda p: _accuracy(model, p, judged))
    loss = jax.vmap(lambda p, b: cross_entropy(model.logits(p, rows.x[b]), rows.y[b]), in_axes=(0, None))

    def step(carry: tuple[Array, Any], batch: Int[Array, " b"]) -> tuple[tuple[Array, Any], Array]:
        p, state = carry
        losses, pull_back = jax.vjp(lambda p: loss(p, batch), p)
        direction, state = jax.vmap(ADAM.update)(pull_back(jnp.ones_like(losses))[0], state)
        p = p - learning_rate * direction
        return (p, state), accuracy(p)

    _, curve = jax.lax.scan(step, (params, jax.vmap(ADAM.init)(params)), batches)
    return jnp.concatenate([accuracy(params)[None], curve]).T
