"""Relearning: how fast does a model get back what it was made to forget?

A model in which the data left traces relearns them faster than a retrained one does. Two kinds: fine-tuning
on the forget rows (arXiv:2201.05629), and on retained rows only, after which nothing should come back
(arXiv:2505.22310).
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jaxtyping import Float, Int, PRNGKeyArray

from qunlearn._errors import require, require_at_least, require_one_of, require_positive, typed
from qunlearn.methods.base.problem import Problem
from qunlearn.metrics.estimate import Estimate
from qunlearn.metrics.evaluate import NULL_RANGE, Spread
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.keys import as_key

ON = {
    "forget": "fine-tuning on the forget rows themselves",
    "retain": "fine-tuning on retained rows only: what comes back was never gone",
}

ADAM = optax.scale_by_adam()


@dataclass(frozen=True, eq=False)
class Relearning:
    """How M models relearn. `accuracy` (M, steps + 1): on the forget rows, before and after every step.

    `steps` (M,): the first step at which it is at least `wanted`, 0 where it was from the start; where it
    never is, `most` + 1, and `reached` (M,) is False.
    """

    accuracy: Float[np.ndarray, "M S"]
    wanted: float
    steps: Int[np.ndarray, " M"]

    @property
    def most(self) -> int:
        """The number of steps that were tried."""
        return self.accuracy.shape[1] - 1

    @property
    def reached(self) -> np.ndarray:
        """Where the wanted accuracy was reached."""
        return self.steps <= self.most


def relearn(
    problem: Problem,
    params: Any,
    *,
    on: str = "forget",
    tolerance: float = 0.05,
    steps: int = 100,
    learning_rate: float = 0.01,
    key: PRNGKeyArray | int,
) -> Relearning:
    """Fine-tune models `params` (M, P) until they do on the forget rows what the original does, but for
    `tolerance`.

    Adam at a constant `learning_rate` with the mini-batches of the problem's training, the same for every
    model; `on` says which rows (`ON`). Accuracy is measured on all forget rows after every step. Raises
    `InputError` for parameters of another model and values outside their range.
    """
    require_one_of("on", on, ON)
    require(0 <= tolerance < 1, f"`tolerance` must be in [0, 1), but is {tolerance}")
    require_positive("learning_rate", typed("learning_rate", learning_rate, float))
    require_at_least("steps", typed("steps", steps, int), 1)
    params = jnp.asarray(params, float)
    n_params = problem.model.n_params
    require(
        params.ndim == 2 and params.shape[1] == n_params,
        f"`params` must have shape (M, {n_params}) for this model, but have {params.shape}",
    )
    rows = problem.forget if on == "forget" else problem.retain
    n = len(rows.y)
    batches = batch_indices(as_key(key), n, batch_size(problem.training.batch, n), steps)
    curves = _fine_tuned(problem.model, params, rows, problem.forget, batches, float(learning_rate))
    original = _accuracy(problem.model, jnp.asarray(problem.params), problem.forget)
    return reached(np.asarray(curves), float(original) - tolerance)


def reached(accuracy: Float[np.ndarray, "M S"], wanted: float) -> Relearning:
    """When curves of accuracy first are at least `wanted`, to within rounding."""
    above = accuracy >= wanted - 1e-9
    first = np.where(above.any(axis=1), above.argmax(axis=1), accuracy.shape[1])
    return Relearning(accuracy, wanted, first)


def anamnesis_index(unlearned: Relearning, gold: Relearning) -> tuple[Estimate, Spread]:
    """Anamnesis index (`ain`): (mean steps of unlearned + 1) / (mean steps of gold + 1), target 1.

    Below 1 the models relearn faster than retrained ones: traces are left. Above 1 they resist. The 1 on
    both sides, ours, keeps it finite where a model needs no step; a model that does not get there counts as
    one step more than were tried. The spread is that of each gold model against the others. arXiv:2201.05629.
    """
    own, others = unlearned.steps + 1.0, gold.steps + 1.0
    require(len(others) >= 2, f"`ain` needs at least 2 gold models, but there is {len(others)}")
    value = own.mean() / others.mean()
    left = (others.sum() - others) / (len(others) - 1)
    null = others / left
    deleted = own.mean() / left
    n = len(others)
    stderr = float(np.sqrt((n - 1) * np.var(deleted)))
    low, high = np.quantile(null, NULL_RANGE)
    centre = Estimate(float(null.mean()), float(null.std(ddof=1) / np.sqrt(n)), n, "models")
    spread = Spread(centre, float(low), float(high), tuple(null.tolist()))
    return Estimate(float(value), stderr, n, "models"), spread


def _accuracy(model: Classifier, params: Array, rows: Any) -> Array:
    return jnp.mean(jnp.argmax(model.logits(params, jnp.asarray(rows.x)), axis=1) == rows.y)


@partial(jax.jit, static_argnames="model")
def _fine_tuned(
    model: Classifier,
    params: Float[Array, "M P"],
    rows: Any,
    judged: Any,
    batches: Int[Array, "S b"],
    learning_rate: Any,
) -> Float[Array, "M T"]:
    """Accuracy on `judged` before and after every step."""
    accuracy = jax.vmap(lambda p: _accuracy(model, p, judged))
    loss = jax.vmap(lambda p, b: cross_entropy(model.logits(p, rows.x[b]), rows.y[b]), in_axes=(0, None))

    def step(carry: Any, batch: Any) -> Any:
        p, state = carry
        losses, pull_back = jax.vjp(lambda p: loss(p, batch), p)
        direction, state = jax.vmap(ADAM.update)(pull_back(jnp.ones_like(losses))[0], state)
        p = p - learning_rate * direction
        return (p, state), accuracy(p)

    _, curve = jax.lax.scan(step, (params, jax.vmap(ADAM.init)(params)), batches)
    return jnp.concatenate([accuracy(params)[None], curve]).T
