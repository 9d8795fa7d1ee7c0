"""The seed paper's constrained problem (arXiv 2601.04413, equation 9): tolerances in, multipliers out."""

from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer
from jaxtyping import PRNGKeyArray

from qunlearn._errors import fail, require, require_one_of
from qunlearn.methods.base.lagrangian import (
    Demand,
    LagrangianState,
    estimates,
    excess,
    improve,
    local_model,
    residual,
    violation,
)
from qunlearn.methods.base.method import Scalar, check_range, check_whole, method
from qunlearn.methods.base.pools import Draws, Pools, Terms, batch_at, draw, drawn_sizes
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.base.stepping import Loop, go_on, in_pieces
from qunlearn.methods.base.targets import TARGETS
from qunlearn.methods.base.traits import Traits
from qunlearn.methods.distribution_guided import DistributionGuided
from qunlearn.metrics import probability_range
from qunlearn.model.arrays import Number
from qunlearn.model.classifier import Classifier
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, silent

STATIONARY, FEASIBLE = 1e-5, 1e-4
UPDATE_EVERY = 8
BOUNDED = ("anchor_kl", "distance_squared", "forget_probability")
MULTIPLIERS = ("lam", "mu", "nu")


@method
class Constrained(Traits):
    """Maximise mean_F q·log p_θ subject to mean_A KL(r‖p_θ) <= ε, ‖θ − θ₀‖² <= δ and mean_F p_θ(c) <= τ.

    Equation 9 with the tolerances `epsilon` in nats and `delta` in radians²; q and r are those of
    `distribution_guided`. Where that takes weights λ and μ, this finds them: λ and μ of the solution are the
    multipliers, so the gradient of `distribution_guided`'s objective with them vanishes there (Theorem 1).
    `forget_at_most` τ is a demand of ours on the forgotten class c; 1 asks for nothing.

    Augmented Lagrangian: each step is a Levenberg-Marquardt step with the Gauss-Newton matrix, every eighth
    updates the multipliers. It ends where the gradient of the Lagrangian is at most 1e-5 and the conditions
    hold to 1e-4 of the tolerances, or after `steps`. The problem is not convex: the solution is a local one.
    θ₀ meets ε and δ, so only τ can be impossible; if it was not reached, the least probability within ε and
    δ is looked for, and an impossible τ refused with it.

    A step takes `batch` rows of F and of A (0: all, and the key decides nothing). All of them for many steps
    cost more than retraining: this is the method to learn from. Terms: `loss` −mean q·log p, what the
    tolerances bound (`anchor_kl`, `distance_squared`, `forget_probability`; 0 where there is no class), the
    multipliers `lam`, `mu` and `nu`, and `residual`; `solution` reads them.
    """

    id: ClassVar[str] = "constrained"
    source: ClassVar[str] = "arXiv 2601.04413, equation 9; Nocedal & Wright, Numerical Optimization, ch. 17"

    target: str = "similarity"
    beta: Scalar = 2.0
    epsilon: Scalar = 0.02
    delta: Scalar = 2.0
    forget_at_most: Scalar = 1.0
    steps: int = 100
    batch: int = 0

    def __post_init__(self) -> None:
        require_one_of("target", self.target, TARGETS)
        check_range("beta", self.beta, 0, open_low=True)
        check_range("epsilon", self.epsilon, 0, open_low=True)
        check_range("delta", self.delta, 0, open_low=True)
        check_range("forget_at_most", self.forget_at_most, 0, 1, open_low=True)
        check_whole("steps", self.steps, 1)
        check_whole("batch", self.batch, 0)

    @property
    def tolerances(self) -> Array:
        """ε, δ and τ."""
        return jnp.stack([jnp.asarray(v, float) for v in (self.epsilon, self.delta, self.forget_at_most)])

    def pools(self, problem: Problem) -> Pools:
        """As for `distribution_guided`: forget samples with targets, anchors with the original's answers."""
        return DistributionGuided(target=self.target, beta=self.beta).pools(problem)

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; see the class. Raises `InputError` for a demand on the forgotten class that the model, or
        ε and δ, do not allow; where JAX traces the numbers the latter is not looked for.
        """
        self.refuse(problem)
        asked = not isinstance(self.forget_at_most, Tracer) and bool(np.any(self.forget_at_most < 1))
        if asked:
            self._require_reachable(problem)
        pools = self.pools(problem)
        found = self._minimise(problem, pools, self.tolerances, 1.0, key, progress)
        rows = sum(drawn_sizes(pools, self.batch).values())
        step = Cost.of_gradients(rows) + Cost(forwards=rows)
        before = DistributionGuided(target=self.target, beta=self.beta).preparation(problem)
        if asked and not isinstance(found.stopped, Tracer):
            before = before + step * self._require_feasible(problem, pools, found, key)
        return Unlearned(found.state.params, found.trace, found.steps_taken, step, before)

    def _minimise(
        self,
        problem: Problem,
        pools: Pools,
        tolerances: Array,
        fit: float,
        key: PRNGKeyArray,
        progress: Progress,
    ) -> Loop:
        forgotten = jnp.zeros(problem.model.n_classes)
        if problem.forget_index is not None:
            forgotten = forgotten.at[problem.forget_index].set(1)
        demand = Demand(jnp.asarray(problem.params), tolerances, forgotten, jnp.asarray(fit))
        loop, batches = _start(self, demand, pools, key)
        advance = partial(_advance, self, problem.model, demand, pools, batches)
        return in_pieces(advance, loop, self.steps, progress, self.id)

    def _require_reachable(self, problem: Problem) -> None:
        """Refuse a demand below what the model's read-out can give."""
        problem.require_class("forget_at_most")
        if problem.model.logit_range is not None:
            floor = probability_range(problem.model.n_classes, *problem.model.logit_range)[0]
            require(
                float(self.forget_at_most) >= floor,
                f"`forget_at_most` must be >= {floor:.4f}, the least probability that this model can give a "
                f"class, but is {self.forget_at_most}",
            )

    def _require_feasible(self, problem: Problem, pools: Pools, found: Loop, key: PRNGKeyArray) -> int:
        """Refuse a demand that was missed and that a search for the least probability misses as well.

        The steps of that search; 0 where the demand was met. A search that does not come to its end refuses
        nothing.
        """
        if _last(found, "forget_probability") <= self.forget_at_most * (1 + FEASIBLE):
            return 0
        free = self.tolerances.at[2].set(1)
        least = self._minimise(problem, pools, free, 0.0, key, silent)
        level = _last(least, "forget_probability")
        if bool(least.stopped) and level > self.forget_at_most * (1 + FEASIBLE):
            fail(
                f"`forget_at_most` must be >= {level:.4f} for `epsilon` {float(self.epsilon):g} and `delta` "
                f"{float(self.delta):g}, the nearest that was found to be feasible, but is "
                f"{float(self.forget_at_most):g}: allow more, or raise `epsilon` or `delta`"
            )
        return int(least.steps_taken)


def _last(found: Loop, term: str) -> float:
    return float(found.trace[term][found.steps_taken - 1])


@jax.jit
def _start(self: Constrained, demand: Demand, pools: Pools, key: PRNGKeyArray) -> tuple[Loop, Draws]:
    batches = draw(pools, key, self.batch, self.steps)
    curves = ("loss", *BOUNDED, *MULTIPLIERS, "residual")
    return Loop.begin(LagrangianState.begin(demand.start), curves, self.steps), batches


@partial(jax.jit, static_argnames="model")
def _advance(
    self: Constrained,
    model: Classifier,
    demand: Demand,
    pools: Pools,
    batches: Draws,
    loop: Loop,
    high: Number,
) -> Loop:
    """Go on until `high` steps are taken or the conditions hold; `high` is traced."""

    def step(state: LagrangianState, i: Array) -> tuple[LagrangianState, Array, Terms]:
        batch = batch_at(pools, batches, i)
        found = local_model(model, demand, state.params, batch)
        constraints = excess(demand, found.values)  # (3,), at most 0 where they hold
        multipliers = estimates(state, constraints)  # (3,), of constraints relative to their tolerance
        left = residual(found, multipliers)
        stopped = (left <= STATIONARY) & (violation(state, constraints) <= FEASIBLE)
        new = improve(model, demand, state, found, batch, (i + 1) % UPDATE_EVERY == 0)
        new = jax.tree.map(lambda old, new: jnp.where(stopped, old, new), state, new)
        values = {
            "loss": found.values.loss,
            **dict(zip(BOUNDED, found.values.bounded, strict=True)),
            # m (b / tol − 1) = (m / tol)(b − tol): the multiplier of the tolerance itself is m / tol
            **dict(zip(MULTIPLIERS, multipliers / demand.tolerance, strict=True)),
            "residual": left,
        }
        return new, stopped, values

    return go_on(step, loop, high)
