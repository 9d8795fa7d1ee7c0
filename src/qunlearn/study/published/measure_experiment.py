"""One seed of one task: trained, retrained, unlearned with every method, measured."""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from qunlearn._types import JsonObject
from qunlearn.methods.unlearn import make_method
from qunlearn.model.probabilities import predict
from qunlearn.run.problem_and_gold import problem_and_gold
from qunlearn.study.compare.budget import steps_within
from qunlearn.study.published.experiment import GOLD, ORIGINAL, PublishedTask
from qunlearn.study.published.experiment_measures import accuracy, against


def measure_cell(task: PublishedTask, seed: int, gold: int, budget: float) -> JsonObject:
    """{label: {measure: value}} for every line, the original and gold; costs as `circuits_over_retrain`."""
    start = problem_and_gold(replace(task.config, seed=seed), gold)
    setup, problem, ensemble = start.setup, start.problem, start.gold
    retrain = ensemble.cost.circuits(problem.model)
    parts = {"retain": problem.retain, "forget": problem.forget, "test": setup.samples("test")}
    gold_test = predict(problem.model, ensemble.params, parts["test"].x)

    def values(params: Float[np.ndarray, "M P"], circuits: int, itself: bool = False) -> dict[str, float]:
        p = {name: predict(problem.model, params, rows.x) for name, rows in parts.items()}
        found = {f"{name}_accuracy": accuracy(p[name], rows.y) for name, rows in parts.items()}
        cost = {"circuits_over_retrain": circuits / retrain}
        return {**found, **against(p["test"], gold_test, itself), **cost}

    cell = {
        ORIGINAL: values(np.asarray(problem.params)[None], 0),
        GOLD: values(ensemble.params, retrain, itself=True),
    }
    for line in task.lines:
        method: Any = make_method(line.method, line.hyper)
        method = replace(method, **steps_within(budget * retrain, method, problem, setup.key("unlearn")))
        result = method(problem, key=setup.key("unlearn"))
        params = np.asarray(result.params, np.float64)[None]
        cell[line.label] = values(params, result.cost.circuits(problem.model))
    return cell
