"""Training: one compiled loop, for one model or many side by side."""

from dataclasses import dataclass, field
from functools import partial

import jax
import numpy as np
from jax import Array
from jaxtyping import Float, Int, PRNGKeyArray

from qunlearn._errors import require, require_at_least, require_positive, typed
from qunlearn.data.samples import Samples
from qunlearn.model.classifier import Classifier
from qunlearn.train import loop
from qunlearn.train.batches import batch_size
from qunlearn.train.check import checked_rows
from qunlearn.train.cost import Cost
from qunlearn.train.keys import as_key
from qunlearn.train.memory import memory_budget, program_bytes
from qunlearn.train.parts import parts
from qunlearn.train.progress import Progress, pieces, silent


@dataclass(frozen=True)
class Training:
    """How a classifier is trained (defaults: the seed paper, section 4; the learning rate is our choice).

    `steps` Adam updates on mini-batches of `batch` rows (0: all rows) drawn without replacement; the learning
    rate falls from `learning_rate` to 0 along half a cosine. Every `val_every` steps and after the last one
    the loss on the validation samples is measured, and the parameters with the lowest one are kept. Raises
    `InputError` for values outside their range.
    """

    steps: int = 300
    batch: int = 10
    learning_rate: float = 0.1
    val_every: int = 1

    def __post_init__(self) -> None:
        for name, low in (("steps", 1), ("batch", 0), ("val_every", 1)):
            value = typed(name, getattr(self, name), int)
            require_at_least(name, value, low)
            object.__setattr__(self, name, value)
        rate = typed("learning_rate", self.learning_rate, float)
        require_positive("learning_rate", rate)
        object.__setattr__(self, "learning_rate", rate)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained model: parameters (P,), the curves, and what it cost.

    `loss` (steps,) is the mini-batch loss before each update, `val_loss` (steps,) the validation loss after
    it (NaN where it was not measured), `best_step` the number of updates after which the kept parameters
    stood, `training` how it was trained.
    """

    params: Float[np.ndarray, " P"]
    loss: Float[np.ndarray, " S"]
    val_loss: Float[np.ndarray, " S"]
    best_step: int
    cost: Cost
    training: Training = field(default_factory=Training)


def fit(
    model: Classifier,
    train: Samples,
    val: Samples,
    *,
    key: PRNGKeyArray | int,
    training: Training | None = None,
    progress: Progress = silent,
) -> Fitted:
    """Train `model` from a fresh initialisation; the same key gives the same result.

    Args:
        model: The classifier.
        train: Labelled samples: x (n, d) in radians, y (n,) class indices.
        val: Samples by which the best parameters of the path are chosen.
        key: A JAX key or an integer seed; it decides the initial parameters and the order of the samples.
        training: Steps, batch size and learning rate; None takes the defaults of `Training`.
        progress: Called with (what is being done, steps done, steps in all).

    Returns:
        The parameters with the lowest validation loss, the curves, and what training cost.

    Raises:
        InputError: When samples are missing, not finite, not of the model's width or labelled with other than
            class indices, and when the loss does not stay finite.

    Example:
        >>> import numpy as np
        >>> from qunlearn.model import VQC
        >>> x = np.random.default_rng(0).uniform(0, np.pi, (12, 2))
        >>> samples = Samples(x, (x[:, 0] > 1.5).astype(int))
        >>> model = VQC(2, 2, n_qubits=2, uploads=1, repetitions=1)
        >>> fit(model, samples, samples, key=0, training=Training(steps=3)).loss.shape
        (3,)
    """
    return fit_many(model, train, val, keys=as_key(key)[None], training=training, progress=progress)[0]


def fit_many(
    model: Classifier,
    train: Samples,
    val: Samples,
    *,
    keys: loop.Keys,
    training: Training | None = None,
    subsets: Int[np.ndarray, "G m"] | None = None,
    memory: int | None = None,
    progress: Progress = silent,
) -> list[Fitted]:
    """As `fit`, one model for every key (G,), side by side in one compiled call.

    `subsets` holds row numbers: model g is trained on the rows `subsets[g]` of `train`; default all.

    `memory` in bytes (default: `qunlearn.train.memory.SHARE` of what is available) bounds what runs side by
    side: more models are trained in equal parts, one after the other. Beyond rounding, a model does not
    depend on it. `progress` counts models, of which half are done after half of the steps; with one model it
    counts steps.
    """
    training = training or Training()
    require(len(keys) > 0, "there must be at least one key to train a model for")
    budget = memory_budget(memory)
    train, val = checked_rows(model, train, "training"), checked_rows(model, val, "validation")
    if subsets is not None:
        _check_subsets(subsets, len(keys), len(train.y))
    side_by_side = partial(_side_by_side, model, train, val, training)
    fitted: list[Fitted] = []
    for part in parts(len(keys), partial(_bytes, model, train, val, training, keys), budget):
        own = None if subsets is None else subsets[part.index]
        fitted += side_by_side(keys[part.index], own, part.progress(progress), part.total)[: part.own]
    return fitted


def _check_subsets(subsets: np.ndarray, models: int, n: int) -> None:
    require(
        subsets.ndim == 2 and len(subsets) == models and subsets.shape[1] > 0,
        f"`subsets` must hold row numbers for each of the {models} keys, but has shape {subsets.shape}",
    )
    require(
        subsets.min() >= 0 and subsets.max() < n,
        f"`subsets` must hold row numbers in 0..{n - 1}, but reach from {subsets.min()} to {subsets.max()}",
    )


def _side_by_side(
    model: Classifier,
    train: Samples,
    val: Samples,
    training: Training,
    keys: loop.Keys,
    subsets: Int[np.ndarray, "G m"] | None,
    progress: Progress,
    n: int,
) -> list[Fitted]:
    """One part of `n` models."""
    used = len(train.y) if subsets is None else subsets.shape[1]
    shown = Samples(train.x[:used], train.y[:used])
    state, batches = loop.start(model, keys, training.batch, training.steps, shown)
    if subsets is not None:
        batches = jax.vmap(lambda own, chosen: own[chosen])(jax.numpy.asarray(subsets), batches)
    for low, high in pieces(training.steps, progress, f"training {n} model{'s'[: n > 1]}"):
        state = loop.advance(
            model, training.val_every, state, batches, train, val, training.learning_rate, low, high
        )
        jax.block_until_ready(state)
    cost = training_cost(training, used, len(val.y))
    best, best_loss, best_step, loss, val_loss = map(
        np.asarray, (state.best_params, state.best_loss, state.best_step, state.loss, state.val_loss)
    )
    require(
        np.isfinite(loss).all() and np.isfinite(best_loss).all(),
        "the loss did not stay finite: look for rows that the encoding has no state for, such as all zeros "
        "with amplitude encoding",
    )
    each = zip(best, loss, val_loss, best_step.tolist(), strict=True)
    return [Fitted(*one, cost, training) for one in each]


def _bytes(
    model: Classifier, train: Samples, val: Samples, training: Training, keys: loop.Keys, n: int
) -> int:
    """What `n` models side by side take. The programs asked are those that run then."""

    def shaped(array: Array | jax.ShapeDtypeStruct) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct((n, *array.shape[1:]), array.dtype)

    start = loop.start.lower(model, shaped(keys), training.batch, training.steps, train)
    state, batches = jax.tree.map(shaped, start.out_info)
    rate, steps = training.learning_rate, training.steps
    advance = loop.advance.lower(model, training.val_every, state, batches, train, val, rate, 0, steps)
    return max(program_bytes(start), program_bytes(advance))


def training_cost(training: Training, n_train: int, n_val: int) -> Cost:
    """What one training run costs: its gradients, and the validation samples each time they are looked at."""
    gradients = Cost.of_gradients(training.steps * batch_size(training.batch, n_train))
    return gradients + validation_cost(training, n_val)


def validation_cost(training: Training, n_val: int) -> Cost:
    """The part of `training_cost` that selecting the best parameters takes."""
    looks = training.steps // training.val_every + (training.steps % training.val_every > 0)
    return Cost(forwards=looks * n_val)
