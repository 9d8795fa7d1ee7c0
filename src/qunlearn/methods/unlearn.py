"""Unlearn with a method by its name: one case, or many side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, PRNGKeyArray

from qunlearn._errors import fail, require, require_one_of, typed
from qunlearn._former_names import current_name
from qunlearn.methods import METHODS
from qunlearn.methods.base.batched import unlearn_side_by_side
from qunlearn.methods.base.batched_cases import SeveralKeys
from qunlearn.methods.base.method import Method
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.train.keys import as_key
from qunlearn.train.progress import Progress, silent


def make_method(name: str, hyper: Mapping[str, Any] | None = None) -> Method:
    """The method `name` with its hyper-parameters.

    A name that the method had before is taken too. A float may also be an array that JAX traces. Raises
    `InputError` for names and types not allowed.
    """
    name = current_name(name)
    require_one_of("method", name, METHODS)
    static: tuple[type, ...] = (bool, int, str)
    kinds: dict[str, type] = {f.name: f.type if f.type in static else float for f in fields(METHODS[name])}
    for key in hyper or {}:
        if key not in kinds:
            fail(f"method {name} has no hyper-parameter {key}; it has {', '.join(kinds) or 'none'}")
    values = {k: v if isinstance(v, Array) else typed(k, v, kinds[k]) for k, v in (hyper or {}).items()}
    return METHODS[name](**values)


def unlearn(
    method: str | Method,
    problem: Problem,
    *,
    key: PRNGKeyArray | int,
    progress: Progress = silent,
    **hyper: Any,
) -> Unlearned:
    """Remove the influence of the forget set of `problem` from its model.

    Args:
        method: A name in `METHODS`, or a method object.
        problem: The trained model and the data to take out of it, from `make_problem`.
        key: A JAX key or an integer seed; it decides the order of the samples, and what a method draws.
        progress: Called with (what is being done, steps done, steps in all).
        hyper: Hyper-parameters of a method that is given by its name; the others keep their defaults.

    Returns:
        The new parameters with the curves of the method's terms, what it cost, and what it may claim.

    Raises:
        InputError: For a method or hyper-parameter that does not exist, a value outside its range,
            hyper-parameters beside an object, and a problem without what the method needs.

    Example:
        >>> import qunlearn as qu
        >>> data = qu.load_dataset("iris")
        >>> rows = qu.prepare(data, qu.split(data.y, seed=0))
        >>> model = qu.VQC(4, 3, n_qubits=4, uploads=1, repetitions=1)
        >>> fitted = qu.fit(model, rows.train, rows.val, key=0, training=qu.Training(steps=5))
        >>> problem = qu.make_problem(model, fitted, rows, qu.ForgetClass("virginica"))
        >>> qu.unlearn("finetune", problem, key=1, steps=5).params.shape
        (8,)
    """
    if not isinstance(method, str):
        require(not hyper, "a method object has its hyper-parameters already: set them there")
        return method(problem, key=as_key(key), progress=progress)
    return make_method(method, hyper)(problem, key=as_key(key), progress=progress)


def unlearn_many(
    method: str | Method,
    problem: Problem | Sequence[Problem],
    *,
    keys: SeveralKeys,
    params: ArrayLike | None = None,
    memory: int | None = None,
    progress: Progress = silent,
    **hyper: Any,
) -> list[Unlearned]:
    """As `unlearn`, over M cases side by side in one compiled call: a result for each, in order.

    What differs between cases has one entry for each: `keys` (M JAX keys or seeds; one of them is the key of
    all cases), `params` (M, P) in place of the problem's, floats in `hyper` (sequences or arrays (M,)), and
    `problem` (a sequence; those whose rows have equal numbers and whose other fields are equal run
    together). Beyond rounding, a case does not depend on its company; methods that cannot be traced, such as
    `retrain`, run one by one.

    `memory` in bytes bounds what runs at one time, as in `qunlearn.train.fit_many`. `progress` counts
    cases. Raises `InputError` as `unlearn` does, and where the numbers of cases differ.
    """
    if isinstance(method, str):
        method = make_method(method, {name: _numbers(value) for name, value in hyper.items()})
    else:
        require(not hyper, "a method object has its hyper-parameters already: set them there")
    return unlearn_side_by_side(method, problem, keys=keys, params=params, memory=memory, progress=progress)


def _numbers(value: object) -> object:
    """A sequence of numbers as an array; anything else as it is."""
    if isinstance(value, list | tuple | np.ndarray):
        value = np.asarray(value)
        return jnp.asarray(value, float) if value.dtype.kind in "iuf" else value.tolist()
    return value
