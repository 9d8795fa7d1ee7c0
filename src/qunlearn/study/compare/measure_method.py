"""One method at every seed: all settings of its grid within the budget, one chosen, measured against gold."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from jaxtyping import PRNGKeyArray

from qunlearn._errors import InputError, fail
from qunlearn._types import JsonObject
from qunlearn.methods.base.method import Method
from qunlearn.methods.base.problem import Unlearned
from qunlearn.methods.unlearn import make_method
from qunlearn.model.probabilities import predict
from qunlearn.study.compare.budget import steps_within
from qunlearn.study.compare.grids import settings
from qunlearn.study.compare.measures import MEASURES, mean, measured
from qunlearn.study.compare.seed_task import SeedTask
from qunlearn.study.compare.select import rule_of


@dataclass(frozen=True)
class Trial:
    """A method and the grid of what is tried of it.

    `budget` is in retraining's circuits, None for no limit. What is chosen is run `repeats` times, with keys
    of its own, and a seed's numbers are means over these runs.
    """

    method: str
    grid: Mapping[str, Sequence[object]]
    budget: float | None
    repeats: int = 1

    def to_dict(self) -> JsonObject:
        """Plain data, by which a recorded cell is known to be of this trial."""
        grid = {name: list(values) for name, values in self.grid.items()}
        return {"method": self.method, "grid": grid, "budget": self.budget, "repeats": self.repeats}


def measure_cell(trial: Trial, tasks: Sequence[SeedTask]) -> JsonObject:
    """What `trial` comes to at every seed, as plain data; the sentence where the method refuses."""
    cell: dict[str, Any] = {"trial": trial.to_dict(), "refused": None, "seeds": []}
    try:
        methods = _methods(trial, tasks[0])
        for method in methods:
            _timed(method, tasks[0], tasks[0].key)  # compiles, which is not to count as the method's time
        return {**cell, "seeds": [_seed(trial, methods, task) for task in tasks]}
    except InputError as refusal:
        return {**cell, "refused": str(refusal)}


def _methods(trial: Trial, task: SeedTask) -> list[Method]:
    """Every setting of the grid, with the steps that the budget allows; these depend on no traced number."""
    tried = [make_method(trial.method, hyper) for hyper in settings(trial.grid)]
    if trial.budget is None:
        return tried
    circuits, steps = trial.budget * task.retrain_circuits, {}
    for method in tried:
        compiled_in = jax.tree.structure(method)
        if compiled_in not in steps:
            steps[compiled_in] = steps_within(circuits, method, task.problem, task.key)
    return [replace(method, **steps[jax.tree.structure(method)]) for method in tried]  # type: ignore[type-var]


def _seed(trial: Trial, methods: Sequence[Method], task: SeedTask) -> JsonObject:
    """Run every setting, choose one on the validation samples, measure it."""
    results, seconds = zip(*(_timed(method, task, task.key) for method in methods), strict=True)
    params = np.stack([np.asarray(result.params, np.float64) for result in results])
    best = _choose(params, task)
    if not np.isfinite(params[best]).all():
        fail(f"method {trial.method} diverged at seed {task.setup.config.seed} with every setting")
    models = task.predictions(_repeated(trial, methods[best], params[best], task))
    circuits = results[best].cost.circuits(task.problem.model)
    limit = None if trial.budget is None else trial.budget * task.retrain_circuits
    claim = results[best].claim
    return {
        "values": {metric: mean(measured(models, task.gold, metric)) for metric in MEASURES},
        "hyper": _spelled(trial, methods[best]),
        "circuits_over_retrain": circuits / task.retrain_circuits,
        "within_budget": limit is None or circuits <= limit,
        "seconds": float(np.mean(seconds)),
        "tier": methods[best].tier if claim is None else claim.tier,
        "claim": None if claim is None else claim.sentence,
    }


def _repeated(trial: Trial, method: Method, first: np.ndarray, task: SeedTask) -> np.ndarray:
    """Parameters (repeats, P): those of the run that is there, and of further ones."""
    keys = [jax.random.fold_in(task.key, i) for i in range(1, trial.repeats)]
    return np.stack([first, *(np.asarray(_timed(method, task, key)[0].params) for key in keys)])


def _timed(method: Method, task: SeedTask, key: PRNGKeyArray) -> tuple[Unlearned, float]:
    clock = time.perf_counter()
    found = method(task.problem, key=key)
    jax.block_until_ready(found.params)
    return found, time.perf_counter() - clock


def _choose(params: np.ndarray, task: SeedTask) -> int:
    """The setting that the rule prefers; one that diverged only where all did."""
    if len(params) == 1:
        return 0
    rows, rule = task.validation, rule_of(task.problem.kind or "")
    p = predict(task.problem.model, params, rows.x)
    scores = [
        (not np.isfinite(one).all(), *rule.score(p_one, rows.y, task.problem.forget_index))
        for one, p_one in zip(params, p, strict=True)
    ]
    return scores.index(min(scores))


def _spelled(trial: Trial, method: Method) -> JsonObject:
    """What was varied, and the steps that the budget gave."""
    names = [*trial.grid, *(["steps"] if trial.budget is not None and hasattr(method, "steps") else [])]
    return {name: getattr(method, name) for name in names}
