"""FedEraser: the rounds of a federation again without a client, from stored updates with new directions."""

from functools import partial
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, PRNGKeyArray

from qunlearn._errors import require
from qunlearn.data.samples import Samples
from qunlearn.methods.base.method import Scalar, check_range, check_whole, method
from qunlearn.methods.base.pools import Terms
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.base.stepping import Loop, go_on, in_pieces
from qunlearn.methods.base.traits import Traits
from qunlearn.model.arrays import AnyArray, Number
from qunlearn.model.classifier import Classifier
from qunlearn.train.batches import batch_size
from qunlearn.train.cost import Cost
from qunlearn.train.federated import Federation
from qunlearn.train.history import History
from qunlearn.train.loop import AdamState, adam_start, adam_step, value_and_gradient
from qunlearn.train.progress import Progress, silent
from qunlearn.train.rounds import LocalBatches, LocalState, local_batches, weighted_loss


class _State(NamedTuple):
    """Parameters (P,), the moments of C clients, and the losses of all local steps."""

    params: Array
    adam: AdamState
    loss: Array


@method
class FedEraser(Traits):
    """Rebuild a federated model from its rounds without a client: stored updates keep length, not direction.

    Of the R rounds every `interval`-th one is used, ⌊R / interval⌋ in all. The first needs no circuit: its
    start, which no client had seen, plus the stored updates of the retained clients. In each later one every
    retained client c takes `steps` local steps from the parameters θ so far, to θ + Û_c, and
    θ ← θ + Σ_c w_c ‖U_c‖ Û_c / ‖Û_c‖, where U_c is its stored update of that round and w_c its share of the
    retained samples. Local steps are Adam's with a constant learning rate; each client keeps its moments. θ₀
    and the forget samples are not used; the last θ is the result.

    Needs the `history` of a federation and a request to forget a client of it. The paper finds half of the
    local steps and every second round enough. As printed, its mean is divided by the number of retained
    clients once more than a weighted mean is; its words, the mean of the federation, are taken here. `loss`
    has an entry for each local step, the weighted mean of the clients' mini-batch losses.
    """

    id: ClassVar[str] = "fed_eraser"
    source: ClassVar[str] = "Liu, Ma, Yang, Wang and Liu, IWQoS 2021 (FedEraser)"
    needs_federation: ClassVar[bool] = True

    interval: int = 2
    steps: int = 5
    batch: int = 5
    learning_rate: Scalar = 0.05

    def __post_init__(self) -> None:
        check_whole("interval", self.interval, 1)
        check_whole("steps", self.steps, 1)
        check_whole("batch", self.batch, 0)
        check_range("learning_rate", self.learning_rate, 0, open_low=True)

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; the key decides the order of the rows in local steps."""
        federation, history = _recorded(problem)
        first, lengths = self._kept(federation, history)
        rounds = len(lengths)
        total = rounds * self.steps
        drawn = local_batches(federation.clients, key[None], self.batch, total)
        adam = jax.vmap(adam_start)(jnp.zeros((len(federation.present), len(first))))
        begin = _State(jnp.asarray(first), adam, jnp.full(total, jnp.nan, float))
        advance = partial(_rebuild, self, problem.model, drawn, problem.retain, lengths)
        state = in_pieces(advance, Loop.begin(begin, (), rounds), rounds, progress, self.id).state
        sizes = [batch_size(self.batch, int(n)) for n in np.bincount(federation.clients) if n]
        return Unlearned(state.params, {"loss": state.loss}, total, Cost.of_gradients(sum(sizes)), Cost())

    def _kept(
        self, federation: Federation, history: History
    ) -> tuple[Float[np.ndarray, " P"], Float[np.ndarray, "T C"]]:
        """Parameters after the first round without the client, and the lengths ‖U_c‖ of the later ones."""
        rounds = len(history.start)
        kept = np.arange(rounds // self.interval) * self.interval
        require(
            len(kept) > 1,
            f"`interval` must be <= {rounds // 2}, half of the federation's {rounds} rounds, or no round is "
            f"left to repeat, but is {self.interval}",
        )
        updates = history.updates[:, _places(federation, history)]
        first = history.start[0] + federation.weights @ updates[0]
        return first, np.linalg.norm(updates[kept[1:]], axis=2)


@partial(jax.jit, static_argnames="model")
def _rebuild(
    self: FedEraser,
    model: Classifier,
    drawn: LocalBatches,
    retain: Samples,
    lengths: Float[AnyArray, "T C"],
    loop: Loop,
    high: Number,
) -> Loop:
    """Rounds after the first, until `high` of them are done; `high` is traced."""

    def loss_of(params: Array, rows: Array) -> Array:
        return jax.vmap(partial(weighted_loss, model, retain))(params, rows, drawn.places)

    def local(i: Array, state: LocalState) -> LocalState:
        params, adam, curve = state  # (C, P), moments, (S,)
        losses, gradient = value_and_gradient(loss_of, params, drawn.rows[0, i])
        directions, adam = jax.vmap(adam_step)(gradient, adam)
        return params - self.learning_rate * directions, adam, curve.at[i].set(drawn.clients @ losses)

    def one_round(s: _State, t: Array) -> tuple[_State, Array, Terms]:
        begin = jnp.broadcast_to(s.params, (lengths.shape[1], *s.params.shape))
        bounds = (t * self.steps, (t + 1) * self.steps)
        params, adam, loss = jax.lax.fori_loop(*bounds, local, (begin, s.adam, s.loss))
        params = s.params + drawn.clients @ calibrated(params - begin, lengths[t])
        return _State(params, adam, loss), jnp.array(False), {}

    return go_on(one_round, loop, high)


def calibrated(update: Float[Array, "C P"], length: Float[AnyArray, " C"]) -> Float[Array, "C P"]:
    """Each client's update with a new length and its own direction; an update of zeros has none and stays."""
    own = jnp.linalg.norm(update, axis=1)
    return jnp.where(own > 0, length / jnp.where(own > 0, own, 1), 0)[:, None] * update


def _recorded(problem: Problem) -> tuple[Federation, History]:
    """The federation and its rounds; refused unless their updates without the client can be used."""
    require(
        problem.kind == "client",
        "method fed_eraser takes a client out of a federation's rounds, but this request is of the kind "
        f"{problem.kind}: ask to forget a client, or choose another method",
    )
    federation, history = problem.require_history("fed_eraser")
    rounds, n_params = len(history.start), problem.model.n_params
    shape = (rounds, len(history.clients), n_params)
    require(
        history.updates.shape == shape and history.start.shape == (rounds, n_params),
        f"the history's updates must have shape {shape} for this model, but have {history.updates.shape}: "
        "take the history of the federation that trained it",
    )
    require(rounds > 1, "method fed_eraser repeats rounds after the first, but the federation had only one")
    unknown = np.setdiff1d(federation.present, history.clients).tolist()
    require(not unknown, f"the history has no updates of the clients {unknown}: take that of this federation")
    shares = history.weights[_places(federation, history)]
    require(
        np.allclose(shares / shares.sum(), federation.weights),
        "method fed_eraser uses the stored updates of retained clients, but some of their rows were taken "
        "out since: train again, or choose another method",
    )
    return federation, history


def _places(federation: Federation, history: History) -> list[int]:
    """Where the history has the retained clients, in the order of `federation.present`."""
    return [history.clients.tolist().index(client) for client in federation.present]
