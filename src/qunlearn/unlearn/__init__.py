"""Unlearning methods: the table, and what they are given and give back."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from jaxtyping import PRNGKeyArray

from qunlearn._errors import fail, require_one_of
from qunlearn.unlearn.distribution_guided import DistributionGuided
from qunlearn.unlearn.finetune import Finetune
from qunlearn.unlearn.gradient_ascent import GradientAscent
from qunlearn.unlearn.method import Method
from qunlearn.unlearn.neggrad_plus import NegGradPlus
from qunlearn.unlearn.problem import Problem, Unlearned, probabilities
from qunlearn.unlearn.retrain import Retrain

METHODS: Mapping[str, type[Any]] = MappingProxyType(
    {m.id: m for m in (DistributionGuided, Finetune, GradientAscent, NegGradPlus, Retrain)}
)


def make_method(name: str, hyper: Mapping[str, Any] | None = None) -> Method:
    """The method `name` with its hyper-parameters; unknown ones are refused with the allowed names."""
    from dataclasses import fields

    require_one_of("method", name, METHODS)
    allowed = [f.name for f in fields(METHODS[name])]
    for key in hyper or {}:
        if key not in allowed:
            fail(f"method {name} has no hyper-parameter {key}; it has {', '.join(allowed) or 'none'}")
    return METHODS[name](**(hyper or {}))


def unlearn(method: str | Method, problem: Problem, *, key: PRNGKeyArray, **hyper: Any) -> Unlearned:
    """Remove the forget set of `problem` with a method, given as an object or by its name and hyper-parameters."""
    chosen = make_method(method, hyper) if isinstance(method, str) else method
    return chosen(problem, key=key)


__all__ = ["METHODS", "Method", "Problem", "Unlearned", "make_method", "probabilities", "unlearn"]
