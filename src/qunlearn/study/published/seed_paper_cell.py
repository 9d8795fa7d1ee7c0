"""One cell of a study: a dataset and a seed, trained, unlearned with every target, audited against gold."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from qunlearn._types import JsonObject
from qunlearn.audit import of_models
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.distribution_guided import DistributionGuided
from qunlearn.methods.unlearn import make_method
from qunlearn.metrics import Estimate
from qunlearn.model.probabilities import probabilities
from qunlearn.run.config import RunConfig
from qunlearn.run.problem_and_gold import problem_and_gold
from qunlearn.run.setup import Setup
from qunlearn.train import Progress, silent
from qunlearn.train.fit import Samples

TARGETS = ("similarity", "uniform")
LAMBDAS = tuple(float(v) for v in np.geomspace(0.01, 100, 13).round(6))


def measure_cell(config: RunConfig, progress: Progress = silent) -> JsonObject:
    """Every metric of the original, of the model unlearned with each target, of gold; the trade-off over λ.

    The result is plain data. `cost` counts circuits of unlearning over those of retraining.
    """
    start = problem_and_gold(config, progress=progress)
    setup, problem, gold = start.setup, start.problem, start.gold
    test = setup.samples("test")
    cell: dict[str, Any] = {"models": {}, "confusion": {}, "cost_over_retrain": {}}
    for target in TARGETS:
        method = make_method("distribution_guided", {**config.hyper, "target": target})
        result = method(problem, key=setup.key("unlearn"), progress=progress)
        audit = of_models.contrast_of_models(problem, np.asarray(result.params), gold.params, test)
        cell["models"][target] = _values(audit.unlearned)
        cell["confusion"][target] = audit.confusion["unlearned"]
        ratio = result.cost.circuits(setup.model) / gold.cost.circuits(setup.model)
        cell["cost_over_retrain"][target] = ratio
        cell["models"]["original"] = _values(audit.original)
        cell["models"]["gold"] = _values({id: null.estimate for id, null in audit.gold.items()})
        cell["confusion"] |= {name: audit.confusion[name] for name in ("original", "gold")}
    cell["trade_off"] = trade_off(problem, test, setup)
    return cell


def trade_off(problem: Problem, test: Samples, setup: Setup) -> dict[str, list[float]]:
    """Forgetting against preservation over λ: one mapped call unlearns with every λ of `LAMBDAS`."""
    method = make_method("distribution_guided", setup.config.hyper)
    assert isinstance(method, DistributionGuided)

    def unlearned(lam: Any) -> Any:
        return _with_lam(method, lam)(problem, key=setup.key("unlearn")).params

    params = jax.vmap(unlearned)(jnp.array(LAMBDAS))
    p = np.asarray(jax.vmap(partial(probabilities, problem.model), in_axes=(0, None))(params, test.x))
    c, y = setup.forget_index, np.asarray(test.y)
    forget = y == c
    return {
        "lam": list(LAMBDAS),
        "forget_probability_forget": p[:, forget, c].mean(1).tolist(),
        "forget_recall": (p[:, forget].argmax(2) == c).mean(1).tolist(),
        "retain_accuracy": (p[:, ~forget].argmax(2) == y[~forget]).mean(1).tolist(),
    }


def _with_lam(method: DistributionGuided, lam: Any) -> DistributionGuided:
    from dataclasses import replace

    return replace(method, lam=lam)


def _values(estimates: Mapping[str, Estimate]) -> dict[str, float]:
    return {id: e.value for id, e in estimates.items() if e.value is not None}
