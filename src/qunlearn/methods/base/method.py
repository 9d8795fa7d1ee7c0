"""What every unlearning method is: a frozen dataclass of hyper-parameters, called on a problem and a key."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import (
    ClassVar,
    Protocol,
    TypeAlias,
    TypeVar,
    dataclass_transform,
    runtime_checkable,
)

import jax
import numpy as np
from jax import Array
from jax.core import Tracer
from jaxtyping import PRNGKeyArray, PyTree

from qunlearn._errors import require, typed
from qunlearn.methods.base.claim import Tier
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.train.progress import Progress, silent

Scalar: TypeAlias = float | Array
"""The annotation of a differentiable hyper-parameter: a number, or an array where JAX maps over it."""

C = TypeVar("C", bound=type)


@runtime_checkable
class Method(Protocol):
    """Called as `method(problem, key=key)`; a pure function of both.

    `tier` is the strength of the claim, `source` where the method comes from.
    """

    id: ClassVar[str]
    source: ClassVar[str]
    tier: ClassVar[Tier]

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Parameters with the request's influence removed, from `problem` alone."""
        ...


@dataclass_transform(frozen_default=True)
def method(cls: C) -> C:
    """Make `cls` a frozen dataclass whose `Scalar` fields are differentiable and whose others are static.

    So a number can change without compiling again, and `jax.vmap` over one gives a trade-off curve in one
    call.
    """
    cls = dataclass(frozen=True)(cls)
    traced = [f.name for f in fields(cls) if f.type == Scalar]
    static = [f.name for f in fields(cls) if f.type != Scalar]

    def flatten(instance: object) -> tuple[tuple[PyTree, ...], tuple[object, ...]]:
        return tuple(getattr(instance, n) for n in traced), tuple(getattr(instance, n) for n in static)

    def unflatten(fixed: tuple[object, ...], leaves: Iterable[PyTree]) -> object:
        instance = object.__new__(cls)  # not __init__: JAX rebuilds with placeholders, which are no numbers
        for name, value in zip([*static, *traced], [*fixed, *leaves], strict=True):
            object.__setattr__(instance, name, value)
        return instance

    jax.tree_util.register_pytree_node(cls, flatten, unflatten)
    return cls


def check_whole(name: str, value: object, low: int) -> None:
    """Refuse a hyper-parameter that is no whole number, or one below `low`."""
    whole = typed(name, value, int)
    require(whole >= low, f"`{name}` must be >= {low}, but is {whole}")


def check_range(
    name: str, value: object, low: float | int, high: float | int = math.inf, *, open_low: bool = False
) -> None:
    """Refuse a hyper-parameter that is no finite number or outside its range; what JAX traces passes."""
    if isinstance(value, Tracer):
        return
    numbers = np.asarray(value if isinstance(value, jax.Array | np.ndarray) else typed(name, value, float))
    inside = (low < numbers if open_low else low <= numbers) & (numbers <= high) & np.isfinite(numbers)
    sign = ">" if open_low else ">="
    upper = "" if high == math.inf else f" and <= {high:g}"
    require(inside.all(), f"`{name}` must be {sign} {low:g}{upper}, but is {value}")
