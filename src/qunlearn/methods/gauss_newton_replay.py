"""Our own method: as near to retraining as retraining is to itself, for a fifth of its circuits."""

from functools import partial
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.method import Scalar, check_range, check_whole, method
from qunlearn.methods.base.pools import Terms
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.base.refit_head import refit_head
from qunlearn.methods.base.replay import Replay, gauss_newton, measure, refresh
from qunlearn.methods.base.stepping import Loop, go_on, in_pieces
from qunlearn.methods.base.traits import Traits
from qunlearn.model.arrays import Number
from qunlearn.model.classifier import Classifier
from qunlearn.model.head import parts_of
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, silent
from qunlearn.train.rate import half_cosine


class _State(NamedTuple):
    params: Array  # (P,)
    replay: Replay


class _BufferSettings(NamedTuple):
    """What is different with a head; `refresh` 0 is never."""

    damping: Scalar
    reach: Scalar
    window: int
    refresh: int
    taught: Scalar


@method
class GaussNewtonReplay(Traits):
    """From fresh parameters, damped Gauss-Newton steps on CE(retain) over a replay buffer of recent samples.

    Step i measures `batch` retained samples and moves by −η_i (G + ρ I)⁻¹ ∇L, where L is the cross-entropy of
    a replay buffer of the last `window` samples, G its Gauss-Newton matrix and ρ = `damping`. Samples of
    earlier steps enter by their measured values, linearised at the angles of that step
    (`qunlearn.methods.base.replay`), with the weight exp(−r² / 2 `reach`²) where those angles are a distance
    r away. η falls from `learning_rate` to 0 along half a cosine. Where `refresh` is not 0, every so many
    steps the buffer is measured again, one circuit a sample.

    A sample's target is its label, mixed with the original's answer (renormalised without a forgotten class)
    by the distillation weight `taught`: 0 is the label alone.

    A model with a linear head has `head_damping`, `head_reach`, `head_window`, `head_refresh` and
    `head_taught` instead: the head is evaluated exactly and not linearised, so samples stay useful longer.
    Its logits have no bound, and second-order steps would make it overconfident beside models of the usual
    training; distillation prevents that. At the end every retained sample is measured once and the head refit
    to all of them (`qunlearn.methods.base.refit_head`), with a Gaussian of precision `head_prior` around what
    it was.

    So it does not descend from θ₀: near it the retain loss has basins that hold the forgotten class, which no
    optimiser we tried leaves at this cost, second-order ones least (docs/gauss-newton-replay.md). Without a
    head and with `taught` = 0 neither θ₀ nor the forget set is looked at, so nothing of them can be left, and
    every kind of request is alike. No gold model is looked at either. It is not retraining: the distribution
    of its results is another, if a close one, hence the tier.

    Terms: `loss` of the mini-batch, `replayed` L. At the defaults it takes a fifth of the default training's
    gradients. The key decides initial parameters and the order of the samples. Its former
    name, `gold_matched`, is still taken.
    """

    id: ClassVar[str] = "gauss_newton_replay"
    source: ClassVar[str] = (
        "this project; damped Gauss-Newton: Nocedal & Wright, Numerical Optimization, ch. 10"
    )

    steps: int = 300
    batch: int = 2
    learning_rate: Scalar = 0.1
    damping: Scalar = 0.01
    reach: Scalar = 0.3
    window: int = 30
    refresh: int = 0
    taught: float = 0.0
    head_damping: Scalar = 0.01
    head_reach: Scalar = 0.5
    head_window: int = 60
    head_refresh: int = 5
    head_taught: Scalar = 0.5
    head_prior: Scalar = 1.0

    def __post_init__(self) -> None:
        check_whole("steps", self.steps, 1)
        check_whole("batch", self.batch, 0)
        for name in ("window", "head_window"):
            check_whole(name, getattr(self, name), 1)
        for name in ("refresh", "head_refresh"):
            check_whole(name, getattr(self, name), 0)
        for name in ("learning_rate", "damping", "reach", "head_damping", "head_reach", "head_prior"):
            check_range(name, getattr(self, name), 0, open_low=True)
        for name in ("taught", "head_taught"):
            check_range(name, getattr(self, name), 0, 1)

    def begin(self, problem: Problem, key: PRNGKeyArray) -> Array:
        """The parameters (P,) before the first step: fresh ones."""
        return problem.model.init(key)

    def targets(self, problem: Problem) -> tuple[Array, int]:
        """Targets (n, K) of the retained samples, and on how many of them the original was evaluated."""
        labels = jax.nn.one_hot(jnp.asarray(problem.retain.y), problem.model.n_classes)
        taught = self.settings(problem.model).taught
        if not _has_head(problem.model) and not taught:
            return labels, 0
        answers = problem.logits(problem.retain.x)
        if problem.forget_index is not None:
            answers = answers.at[:, problem.forget_index].set(-jnp.inf)
        return (1 - taught) * labels + taught * jax.nn.softmax(answers), len(labels)

    def settings(self, model: Classifier) -> _BufferSettings:
        """The settings of a model with a head, or of one without."""
        if _has_head(model):
            return _BufferSettings(
                self.head_damping, self.head_reach, self.head_window, self.head_refresh, self.head_taught
            )
        return _BufferSettings(self.damping, self.reach, self.window, self.refresh, self.taught)

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; see the class."""
        self.refuse(problem)
        k_begin, k_order = jax.random.split(key)
        x, (target, asked) = jnp.asarray(problem.retain.x), self.targets(problem)
        begin = self.begin(problem, k_begin)
        loop, batches = _start(self, problem.model, begin, len(target), k_order)
        advance = partial(_advance, self, problem.model, x, target, batches)
        loop = in_pieces(advance, loop, self.steps, progress, self.id)
        params, refit = loop.state.params, 0
        if _has_head(problem.model):
            params, refit = refit_head(problem.model, params, x, target, self.head_prior), len(target)
        cost = self._costs(problem.model, batch_size(self.batch, len(target)))
        return Unlearned(params, loop.trace, loop.steps_taken, cost, Cost(forwards=asked + refit))

    def _costs(self, model: Classifier, rows: int) -> tuple[Cost, ...]:
        """Of every step: its gradients, and before them the samples of the buffer that are measured again."""
        settings = self.settings(model)
        window, every = max(settings.window, rows), settings.refresh
        again = [min(window, i * rows) if every and i % every == 0 else 0 for i in range(self.steps)]
        return tuple(Cost.of_gradients(rows) + Cost(forwards=n) for n in again)


def _has_head(model: Classifier) -> bool:
    return parts_of(model).n_angles < model.n_params


@partial(jax.jit, static_argnames=("model", "n"))
def _start(
    self: GaussNewtonReplay, model: Classifier, begin: Array, n: int, key: PRNGKeyArray
) -> tuple[Loop, Array]:
    """The loop before the first step, and the samples (steps, b) of every mini-batch to come."""
    size = batch_size(self.batch, n)
    replay = Replay.blank(max(self.settings(model).window, size), model)
    loop = Loop.begin(_State(begin, replay), ("loss", "replayed"), self.steps)
    return loop, batch_indices(key, n, size, self.steps)


@partial(jax.jit, static_argnames="model")
def _advance(
    self: GaussNewtonReplay,
    model: Classifier,
    x: Array,
    target: Array,
    batches: Array,
    loop: Loop,
    high: Number,
) -> Loop:
    """Go on until `high` steps are taken; `high` is traced."""
    settings = self.settings(model)

    def step(s: _State, i: Array) -> tuple[_State, Array, Terms]:
        chosen, replay = batches[i], s.replay
        if settings.refresh:
            due = i % settings.refresh == 0
            replay = jax.lax.cond(due, lambda: refresh(replay, model, s.params), lambda: replay)
        replay, loss = measure(replay, model, s.params, x[chosen], target[chosen], i * len(chosen))
        replayed, direction = gauss_newton(replay, model, s.params, settings.reach, settings.damping)
        rate = half_cosine(self.learning_rate, i, self.steps)
        after = _State(s.params + rate * direction, replay)
        return after, jnp.array(False), {"loss": loss, "replayed": replayed}

    return go_on(step, loop, high)
