"""Cases that a method unlearns side by side: what is common to them, and what each has of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, PyTree

from qunlearn._errors import require
from qunlearn.methods.base.method import Method, Scalar
from qunlearn.methods.base.problem import Problem
from qunlearn.train.keys import as_key

ARRAYS = ("params", "forget", "retain", "val", "anchors", "calibration")
"""The fields of a problem that are arrays, and may differ within one compiled program."""

Fixed: TypeAlias = tuple[tuple[str, object], ...]
"""The other fields with their values, which are static."""

SeveralKeys: TypeAlias = Array | np.ndarray | Sequence[Array | int] | int
"""One key or seed for all cases, or one for each."""


@dataclass(frozen=True, eq=False)
class Cases:
    """`count` cases, M. `numbers` are the method's traced hyper-parameters, (M,) each, and `keys` is (M,).

    `problems` has one entry for all cases or one for each; `params` (M, P), where given, replaces theirs.
    """

    count: int
    method: Method
    numbers: Mapping[str, Array]
    keys: Array
    problems: Sequence[Problem]
    params: Array | None

    def problem(self, i: int) -> Problem:
        """The problem of case i."""
        own = self.problems[i if len(self.problems) > 1 else 0]
        return own if self.params is None else replace(own, params=self.params[i])

    def method_of(self, i: int) -> Method:
        """The method with the numbers of case i."""
        return replace(cast(Any, self.method), **{name: float(v[i]) for name, v in self.numbers.items()})

    def groups(self) -> list[list[int]]:
        """Numbers of the cases whose problems differ by the values of `ARRAYS` only."""
        if len(self.problems) == 1:
            return [[*range(self.count)]]
        groups: dict[object, list[int]] = {}
        for i, problem in enumerate(self.problems):
            shapes = tuple((jnp.shape(a), jnp.result_type(a)) for a in jax.tree.leaves(_arrays(problem)))
            fixed = tuple((name, value if hashable(value) else id(value)) for name, value in _fixed(problem))
            groups.setdefault((shapes, fixed), []).append(i)
        return [*groups.values()]

    def arguments(self, group: list[int]) -> tuple[PyTree, dict[str, PyTree], Fixed]:
        """What each case of a group has of its own (cases as first axis), what they share, what is fixed."""
        index = np.array(group)
        problems = [self.problems[i] for i in group] if len(self.problems) > 1 else [self.problems[0]]
        each = [_arrays(problem) for problem in problems]
        shared = {name: value for name, value in each[0].items() if _equal([one[name] for one in each])}
        own = {name: jax.tree.map(_stack, *(a[name] for a in each)) for name in ARRAYS if name not in shared}
        if self.params is not None:
            own["params"] = self.params[index]
        numbers = {name: values[index] for name, values in self.numbers.items()}
        method = replace(cast(Any, self.method), **numbers)
        return {"method": method, "key": self.keys[index], "arrays": own}, shared, _fixed(problems[0])


def gather(
    method: Method, problem: Problem | Sequence[Problem], params: ArrayLike | None, keys: SeveralKeys
) -> Cases:
    """The cases that these arguments of `unlearn_many` spell.

    Raises `InputError` where they have different numbers of cases, and for parameters of a wrong shape.
    """
    problems = [problem] if isinstance(problem, Problem) else list(problem)
    keys = _keys(keys)
    scalars = [f.name for f in fields(cast(Any, method)) if f.type == Scalar]
    traced = {name: jnp.asarray(getattr(method, name), float) for name in scalars}
    given = {name: len(values) for name, values in traced.items() if values.ndim}
    given |= {"keys": len(keys)} if keys.ndim else {}
    given |= {} if isinstance(problem, Problem) else {"problem": len(problems)}
    if params is not None:
        params = jnp.asarray(params, float)
        shape = (len(params) if params.ndim else 1, problems[0].model.n_params)
        words = f"`params` must have shape (M, {shape[1]}), one row for each case, but have {params.shape}"
        require(params.shape == shape, words)
        given |= {"params": len(params)}
    count = _count(given)
    numbers = {name: jnp.broadcast_to(values, (count,)) for name, values in traced.items()}
    return Cases(count, method, numbers, jnp.broadcast_to(keys, (count,)), problems, params)


def hashable(value: object) -> bool:
    """Whether `value` can be a static argument."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _count(given: dict[str, int]) -> int:
    counts = set(given.values()) or {1}
    words = ", ".join(f"{name} has {n}" for name, n in given.items())
    require(len(counts) == 1, f"what differs between cases must have one entry for each of them, but {words}")
    (count,) = counts
    require(count > 0, f"there must be at least one case, but {words}")
    return count


def _keys(keys: SeveralKeys) -> Array:
    """One key () for all cases, or one for each (M,): JAX keys or seeds."""
    if isinstance(keys, Array) and jnp.issubdtype(keys.dtype, jax.dtypes.prng_key):
        return keys
    if isinstance(keys, list | tuple | np.ndarray) and len(keys) > 0:
        return jnp.stack([as_key(key if isinstance(key, Array) else int(key)) for key in keys])
    return as_key(cast(int, keys))


def _arrays(problem: Problem) -> dict[str, PyTree]:
    return {name: getattr(problem, name) for name in ARRAYS}


def _fixed(problem: Problem) -> Fixed:
    return tuple((f.name, getattr(problem, f.name)) for f in fields(problem) if f.name not in ARRAYS)


def _stack(*arrays: ArrayLike) -> Array:
    return jnp.stack([jnp.asarray(a) for a in arrays])


def _equal(values: list[PyTree]) -> bool:
    first = jax.tree.leaves(values[0])
    rest = (jax.tree.leaves(value) for value in values[1:])
    return all(a is b or np.array_equal(a, b) for other in rest for a, b in zip(first, other, strict=True))
