"""Federated averaging: participants train on their own samples and average parameters, round by round."""

from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Float, Int, PRNGKeyArray

from qunlearn._errors import require, require_at_least
from qunlearn.data.samples import Samples
from qunlearn.model.classifier import Classifier
from qunlearn.train.batches import batch_size
from qunlearn.train.check import checked_rows
from qunlearn.train.cost import Cost
from qunlearn.train.fit import Fitted, Training
from qunlearn.train.history import History
from qunlearn.train.keys import as_key
from qunlearn.train.loop import Keys
from qunlearn.train.progress import Progress, pieces, silent
from qunlearn.train.rounds import FederationState, advance, local_batches, start


@dataclass(frozen=True, eq=False)
class Federation:
    """Who holds which training sample, and how long everybody trains alone: `local_steps` between averages.

    clients (n,): the participant of every row, whole numbers >= 0 with or without gaps. A participant
    without rows takes no part.
    """

    clients: Int[np.ndarray, " n"]
    local_steps: int = 10

    def __post_init__(self) -> None:
        require_at_least("local_steps", self.local_steps, 1)
        require((self.clients >= 0).all(), "clients must be whole numbers >= 0")

    @property
    def present(self) -> Int[np.ndarray, " C"]:
        """The participants that have rows."""
        return np.unique(self.clients)

    @property
    def weights(self) -> Float[np.ndarray, " C"]:
        """The share of the rows that each of `present` holds."""
        return np.unique(self.clients, return_counts=True)[1] / len(self.clients)

    def rounds(self, training: Training) -> int:
        """How often the parameters are averaged; `InputError` unless the steps are whole rounds."""
        require(
            training.steps % self.local_steps == 0,
            f"`steps` must be a multiple of `local_steps` ({self.local_steps}), but is {training.steps}",
        )
        return training.steps // self.local_steps

    def costs(self, training: Training, n_val: int) -> tuple[Cost, Cost]:
        """What one local step of all participants costs, and all looks at the validation samples together."""
        sizes = [batch_size(training.batch, int(n)) for n in np.bincount(self.clients) if n]
        return Cost.of_gradients(sum(sizes)), Cost(forwards=self.rounds(training) * n_val)


def fit_federated(
    model: Classifier,
    train: Samples,
    val: Samples,
    federation: Federation,
    *,
    key: PRNGKeyArray | int,
    training: Training | None = None,
    progress: Progress = silent,
) -> tuple[Fitted, History]:
    """Train `model` by federated averaging (FedAvg, arXiv 1602.05629, algorithm 1; every client every round).

    In each round every participant starts from the common parameters and takes `local_steps` steps on
    mini-batches of its own samples; the results are averaged, weighted by the number of rows. The local steps
    are those of `fit`: Adam, whose moments each participant keeps between rounds, and a learning rate that
    falls along half a cosine over all `training.steps`. So one participant alone trains as `fit` does. After
    each round (`val_every` is not used) the averaged model is looked at on the validation samples, and the
    best is kept.

    `loss` (steps,) is the weighted mean of the participants' mini-batch losses. Raises `InputError` as `fit`
    does, where clients and rows do not fit each other, and where `steps` is no multiple of `local_steps`.
    """
    run = _run(model, train, val, federation, as_key(key)[None], training, progress, keep=True)
    (fitted,), (start, updates) = run
    history = History(start[0], updates[0], federation.weights, federation.present.astype(np.int64))
    return fitted, history


def fit_federated_many(
    model: Classifier,
    train: Samples,
    val: Samples,
    federation: Federation,
    *,
    keys: Keys,
    training: Training | None = None,
    progress: Progress = silent,
) -> list[Fitted]:
    """As `fit_federated`, one federation for every key (G,), side by side in one compiled call."""
    require(len(keys) > 0, "there must be at least one key to train a model for")
    return _run(model, train, val, federation, keys, training, progress, keep=False)[0]


def _run(
    model: Classifier,
    train: Samples,
    val: Samples,
    federation: Federation,
    keys: Keys,
    training: Training | None,
    progress: Progress,
    keep: bool,
) -> tuple[list[Fitted], tuple[np.ndarray, np.ndarray]]:
    training = training or Training()
    train, val = checked_rows(model, train, "training"), checked_rows(model, val, "validation")
    n, clients = len(train.y), federation.clients
    require(
        len(clients) == n, f"there must be one client for each of {n} training samples, not {len(clients)}"
    )
    rounds = federation.rounds(training)
    split = jax.vmap(jax.random.split)(keys)
    batches = local_batches(clients, split[:, 1], training.batch, training.steps)
    carry = start(model, split[:, 0], len(federation.present), training.steps, rounds, keep)
    what = f"federated training of {len(keys)} model{'s'[: len(keys) > 1]}"
    for low, high in pieces(rounds, progress, what):
        carry = advance(
            model, federation.local_steps, carry, batches, train, val, training.learning_rate, low, high
        )
        jax.block_until_ready(carry)
    return _fitted(carry, training, federation, len(val.y)), (
        np.asarray(carry.start),
        np.asarray(carry.updates),
    )


def _fitted(carry: FederationState, training: Training, federation: Federation, n_val: int) -> list[Fitted]:
    best, best_loss, best_round, loss, looks = map(
        np.asarray, (carry.best_params, carry.best_loss, carry.best_round, carry.loss, carry.val_loss)
    )
    require(
        np.isfinite(loss).all() and np.isfinite(best_loss).all(),
        "the loss did not stay finite: look for rows that the encoding has no state for, such as all zeros "
        "with amplitude encoding",
    )
    step, looking = federation.costs(training, n_val)
    cost, every = step * training.steps + looking, federation.local_steps
    val_loss = np.full(loss.shape, np.nan)
    val_loss[:, every - 1 :: every] = looks
    each = zip(best, loss, val_loss, (best_round * every).tolist(), strict=True)
    return [Fitted(*one, cost, training) for one in each]
