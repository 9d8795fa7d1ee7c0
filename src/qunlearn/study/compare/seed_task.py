"""What every method of a comparison is given at one seed, and what it is measured against."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, PRNGKeyArray

from qunlearn.data.samples import Samples
from qunlearn.methods.base.problem import Problem
from qunlearn.metrics import Predictions
from qunlearn.model.probabilities import predict
from qunlearn.run.config import RunConfig
from qunlearn.run.problem_and_gold import problem_and_gold
from qunlearn.run.setup import Setup


@dataclass(frozen=True, eq=False)
class SeedTask:
    """One seed: the problem, the gold models' predictions on the rows of the audit, and costs in circuits.

    `validation` are the rows that hyper-parameters are chosen on. `seconds` is the time of training the
    original.
    """

    setup: Setup
    problem: Problem
    gold: Predictions
    validation: Samples
    train_circuits: int
    retrain_circuits: int
    seconds: float

    @property
    def key(self) -> PRNGKeyArray:
        """The key of every method's call: methods that draw from equal pools draw the same rows."""
        return self.setup.key("unlearn")

    def predictions(self, params: Float[np.ndarray, "M P"]) -> Predictions:
        """What models say about the rows of the audit."""
        rows = self.setup.forget.evaluation
        p = predict(self.problem.model, params, rows.x)
        return Predictions(p, rows.y, rows.forget, self.problem.forget_index)


def make_task(config: RunConfig, seed: int, gold: int, *, compiled: bool = True) -> SeedTask:
    """Train the original model of `seed` and retrain its gold models (or take them from the cache).

    Where training is not compiled yet it is done twice, so that compiling does not count as its time.
    """
    start = problem_and_gold(replace(config, seed=seed, gold=gold), compiled=compiled)
    setup, problem, ensemble = start.setup, start.problem, start.gold
    rows = setup.forget.evaluation
    p = predict(problem.model, ensemble.params, rows.x)
    return SeedTask(
        setup,
        problem,
        Predictions(p, rows.y, rows.forget, problem.forget_index),
        validation_rows(setup, problem),
        start.original.cost.circuits(problem.model),
        ensemble.cost.circuits(problem.model),
        start.seconds,
    )


def validation_rows(setup: Setup, problem: Problem) -> Samples:
    """For a class all validation samples, its own among them; else those that the request leaves."""
    if problem.kind == "class":
        return setup.samples("val")
    return problem.val
