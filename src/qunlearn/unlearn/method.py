"""What every unlearning method is: a frozen dataclass of hyper-parameters, called with a problem and a key."""

import math
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, Protocol, TypeAlias, TypeVar, dataclass_transform

import jax
from jaxtyping import PRNGKeyArray

from qunlearn._errors import require
from qunlearn.train.progress import Progress, silent
from qunlearn.unlearn.problem import Problem, Unlearned

Tier: TypeAlias = Literal["exact", "certified", "certified-local", "empirical"]
C = TypeVar("C", bound=type)


class Method(Protocol):
    """Called as `method(problem, key=key)`; a pure function of both."""

    id: ClassVar[str]
    source: ClassVar[str]
    tier: ClassVar[Tier]

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Parameters with the request's influence removed, from `problem` alone."""
        ...


@dataclass_transform(frozen_default=True)
def method(cls: C) -> C:
    """Make `cls` a frozen dataclass whose floats are traced and whose other fields are compiled in.

    So a float can change without compiling again, and `jax.vmap` over one gives a trade-off curve in one call.
    """
    cls = dataclass(frozen=True)(cls)
    floats = [f.name for f in fields(cls) if f.type is float]
    rest = [f.name for f in fields(cls) if f.type is not float]
    return jax.tree_util.register_dataclass(cls, data_fields=floats, meta_fields=rest)


def check_range(name: str, value: Any, low: float, high: float = math.inf, *, open_low: bool = False) -> None:
    """Refuse a hyper-parameter outside its range; values that JAX is tracing pass."""
    if not isinstance(value, (int, float)):
        return
    inside = (low < value if open_low else low <= value) and value <= high and math.isfinite(value)
    sign = ">" if open_low else ">="
    upper = "" if high == math.inf else f" and <= {high:g}"
    require(inside, f"`{name}` must be {sign} {low:g}{upper}, but is {value}")
