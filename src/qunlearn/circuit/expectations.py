"""<Z> of chosen qubits as a function of parameters and features, with a derivative rule of choice."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

from jax import Array

from qunlearn._errors import require, require_one_of
from qunlearn.circuit.circuit import Circuit
from qunlearn.circuit.engines import EXPECTATION_ENGINES
from qunlearn.circuit.gradients import GRADIENTS

Expectations: TypeAlias = Callable[[Array, Array], Array]


def expectations(
    circuit: Circuit, wires: Sequence[int], *, gradient: str = "reverse", engine: str = "auto"
) -> Expectations:
    """A compiled function `(params (P,), x (B, d)) -> (B, M)`: <Z> of each of the M `wires`, in [-1, 1].

    `gradient` names the rule by which its derivatives are taken (`GRADIENTS`), `engine` who evaluates
    (`EXPECTATION_ENGINES`); the values depend on neither beyond rounding. The function works inside jit, scan
    and vmap (over parameters: an ensemble). Equal calls return the same function, so nothing is compiled
    twice. Raises `InputError` for wires that the circuit does not have and unknown names.
    """
    wires = tuple(wires)
    require_one_of("gradient", gradient, GRADIENTS)
    require_one_of("engine", engine, EXPECTATION_ENGINES)
    require(
        len(wires) > 0 and set(wires) <= set(range(circuit.n_qubits)),
        f"`wires` must be one or more of 0..{circuit.n_qubits - 1}, but are {wires}",
    )
    return _compiled(circuit, wires, gradient, engine)


@lru_cache(maxsize=64)
def _compiled(circuit: Circuit, wires: tuple[int, ...], gradient: str, engine: str) -> Expectations:
    return EXPECTATION_ENGINES[engine].build(circuit, wires, gradient)
