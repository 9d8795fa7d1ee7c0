"""One unlearning method over many cases, in one compiled program where it can be traced."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import jax
import numpy as np
from jaxtyping import ArrayLike, PyTree

from qunlearn.methods.base.batched_cases import Cases, Fixed, SeveralKeys, gather, hashable
from qunlearn.methods.base.method import Method
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.train.memory import memory_budget, program_bytes
from qunlearn.train.parts import parts
from qunlearn.train.progress import Progress, silent

_NEEDS_VALUES = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
"""What JAX raises for a method that looks at numbers while it is traced."""

Found = dict[int, Unlearned]


@jax.tree_util.register_pytree_node_class
@dataclass(frozen=True, eq=False)
class _Flat:
    """A result taken apart: JAX rebuilds its outputs with placeholders, and those are no `Unlearned`."""

    leaves: list[PyTree]
    structure: PyTree

    def tree_flatten(self) -> tuple[list[PyTree], PyTree]:
        return self.leaves, self.structure

    @classmethod
    def tree_unflatten(cls, structure: PyTree, leaves: Iterable[PyTree]) -> "_Flat":
        return cls([*leaves], structure)

    def case(self, j: int) -> Unlearned:
        """Result j of many, in NumPy arrays."""
        return jax.tree.unflatten(self.structure, [np.asarray(leaf[j]) for leaf in self.leaves])


def unlearn_side_by_side(
    method: Method,
    problem: Problem | Sequence[Problem],
    *,
    keys: SeveralKeys,
    params: ArrayLike | None = None,
    memory: int | None = None,
    progress: Progress = silent,
) -> list[Unlearned]:
    """As `qunlearn.methods.unlearn.unlearn_many`, with a method object."""
    cases, budget = gather(method, problem, params, keys), memory_budget(memory)
    what = f"unlearning {cases.count} case{'s'[: cases.count > 1]} ({method.id})"
    found: Found = {}
    progress(f"{what} (compiling)", 0, cases.count)
    for group in cases.groups():
        for some in _together(cases, group, budget) or _one_by_one(cases, group):
            found |= some
            progress(what, len(found), cases.count)
    return [found[i] for i in range(cases.count)]


def _one_by_one(cases: Cases, group: list[int]) -> Iterator[Found]:
    for i in group:
        yield {i: _plain(cases.method_of(i)(cases.problem(i), key=cases.keys[i]))}


def _together(cases: Cases, group: list[int], budget: int) -> Iterator[Found] | None:
    """A group in one program; None where there is nothing to join, or the method cannot be traced."""
    own, shared, fixed = cases.arguments(group)
    if len(group) == 1 or not hashable(fixed):
        return None

    def bytes_of(n: int) -> int:
        return program_bytes(_mapped.lower(_shaped(own, n), shared, fixed))

    try:
        _mapped.trace(own, shared, fixed)
    except _NEEDS_VALUES:
        return None
    plan = parts(len(group), bytes_of, budget)
    return (_run(group, part.index, own, shared, fixed) for part in plan)


def _run(group: list[int], index: np.ndarray, own: PyTree, shared: PyTree, fixed: Fixed) -> Found:
    """The results of the cases at `index` in the group; copies among them come to the same."""
    batch = jax.device_get(_mapped(jax.tree.map(lambda a: a[index], own), shared, fixed))
    return {group[i]: _plain(batch.case(j)) for j, i in enumerate(index)}


@partial(jax.jit, static_argnames="fixed")
def _mapped(own: PyTree, shared: PyTree, fixed: Fixed) -> _Flat:
    def one(own: PyTree) -> _Flat:
        problem = object.__new__(Problem)  # not __init__: rows were checked, and here they are placeholders
        for name, value in (*fixed, *shared.items(), *own["arrays"].items()):
            object.__setattr__(problem, name, value)
        return _Flat(*jax.tree.flatten(own["method"](problem, key=own["key"])))

    return jax.vmap(one)(own)


def _shaped(own: PyTree, n: int) -> PyTree:
    return jax.tree.map(lambda a: jax.ShapeDtypeStruct((n, *a.shape[1:]), a.dtype), own)


def _plain(result: Unlearned) -> Unlearned:
    """NumPy arrays, and a plain number of steps."""
    result = jax.device_get(result)
    return replace(result, steps_taken=int(result.steps_taken))
