"""Equal budgets: what a method would cost, found without running it, and as many steps as fit."""

from dataclasses import dataclass, replace
from math import inf
from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.method import Method
from qunlearn.methods.base.problem import Problem


@dataclass(frozen=True)
class PlannedCost:
    """Circuits of a call that takes all its steps: those of each step, and those spent beside them."""

    steps: tuple[int, ...]
    beside: int

    @property
    def circuits(self) -> int:
        """All of them."""
        return self.beside + sum(self.steps)


def steps_within(circuits: float, method: Method, problem: Problem, key: PRNGKeyArray) -> dict[str, int]:
    """`{"steps": n}`, the most steps of `method` that cost at most `circuits`; {} where it has no steps.

    At least one step is taken, so the cost may be higher; where the method stops by itself it is lower.
    Raises `InputError` where the method refuses the problem.
    """
    steps = getattr(method, "steps", None)
    if steps is None:
        return {}
    fits, too_many = 0, inf
    while too_many - fits > 1:
        plan = planned(replace(method, steps=steps), problem, key)  # type: ignore[type-var]
        left = circuits - plan.circuits
        fits, too_many = (steps, too_many) if left >= 0 else (fits, steps)
        a_step = sum(plan.steps) / steps
        if 0 <= left < min(plan.steps) or a_step == 0:
            break
        guess = steps + int(left // a_step)
        steps = int(min(max(guess, fits + 1), too_many - 1))
    return {"steps": max(fits, 1)}


def planned(method: Method, problem: Problem, key: PRNGKeyArray) -> PlannedCost:
    """What a call would cost. The method is traced, not run; one that JAX cannot trace is run."""
    plans: list[PlannedCost] = []

    def call(params: Any) -> Any:
        found = method(replace(problem, params=params), key=key)
        steps = max((curve.shape[0] for curve in found.trace.values()), default=1)
        each = found.step_cost if isinstance(found.step_cost, tuple) else (found.step_cost,) * steps
        circuits = tuple(cost.circuits(problem.model) for cost in each)
        plans.append(PlannedCost(circuits, found.preparation.circuits(problem.model)))
        return found.params

    try:
        jax.eval_shape(call, problem.params)
    except (jax.errors.JAXTypeError, jax.errors.JAXIndexError):
        call(problem.params)
    return plans[-1]
