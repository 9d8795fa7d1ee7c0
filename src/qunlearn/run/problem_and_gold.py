"""Where every measurement begins: the original trained, the request posed as a problem, gold retrained."""

import time
from dataclasses import dataclass

from qunlearn.gold import Gold, default_cache, gold_ensemble
from qunlearn.methods.base.problem import Problem
from qunlearn.run.config import RunConfig
from qunlearn.run.setup import Setup, set_up
from qunlearn.train import Fitted, Progress, silent


@dataclass(frozen=True, eq=False)
class ProblemAndGold:
    """The set-up of a configuration, its trained original (in `seconds`), its problem and its gold models."""

    setup: Setup
    original: Fitted
    seconds: float
    problem: Problem
    gold: Gold


def problem_and_gold(
    config: RunConfig, gold: int | None = None, *, compiled: bool = True, progress: Progress = silent
) -> ProblemAndGold:
    """Set up and train what `config` says, and retrain `gold` models, by default the configuration's number.

    Where training is not compiled yet it is done twice, so that compiling does not count in `seconds`.
    """
    setup = set_up(config)
    if not compiled:
        setup.train()
    clock = time.perf_counter()
    fitted, history = setup.train(progress)
    seconds = time.perf_counter() - clock
    problem = setup.problem(fitted.params, history)
    return ProblemAndGold(setup, fitted, seconds, problem, gold_of(setup, problem, gold, progress))


def gold_of(setup: Setup, problem: Problem, size: int | None = None, progress: Progress = silent) -> Gold:
    """The gold models of a problem by the configuration's seed, or those that the user's cache has."""
    size = setup.gold if size is None else size
    return gold_ensemble(problem, size=size, key=setup.key("gold"), cache=default_cache(), progress=progress)
