"""The engines table: who evaluates expectation values. All of them give the same numbers up to rounding."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

import jax

from qunlearn._errors import require
from qunlearn.circuit.circuit import Circuit
from qunlearn.circuit.gradients import GRADIENTS, Values
from qunlearn.circuit.native import available, native_expectations, native_shift_expectations
from qunlearn.circuit.native.lower import unlowered

Build: TypeAlias = Callable[[Circuit, tuple[int, ...], str], Values]

_NATIVE = {"reverse": native_expectations, "parameter_shift": native_shift_expectations}


@dataclass(frozen=True)
class ExpectationEngine:
    """One line of the table: `build(circuit, wires, gradient)` is ⟨Z⟩ of `wires` with that derivative rule.

    `available()` says whether it can be used in this process, and if not, why.
    """

    build: Build
    meaning: str
    available: Callable[[], tuple[bool, str]] = lambda: (True, "")


def _in_jax(name: str) -> Build:
    def build(circuit: Circuit, wires: tuple[int, ...], gradient: str) -> Values:
        return jax.jit(GRADIENTS[gradient](circuit, wires, name))

    return build


def _native(circuit: Circuit, wires: tuple[int, ...], gradient: str) -> Values:
    rules = " or ".join(_NATIVE)
    require(
        gradient in _NATIVE, f"engine native differentiates by {rules}, not by {gradient}: take engine fused"
    )
    missing = _missing(circuit, gradient)
    if missing:
        _say_once(
            f"engine native has no way to run gate {', '.join(missing)} with gradient {gradient}; "
            "engine fused is used, which is slower"
        )
        return _in_jax("fused")(circuit, wires, gradient)
    return _NATIVE[gradient](circuit, wires)


def _missing(circuit: Circuit, gradient: str) -> tuple[str, ...]:
    return unlowered(circuit, shift=gradient == "parameter_shift")


def chosen(engine: str, gradient: str, circuit: Circuit) -> str:
    """The line of the table that does the work of `engine` for this derivative rule and circuit.

    `auto` takes the native engine where it is available and has the rule; where the circuit has a gate that
    the native engine cannot run, the fused engine does its work.
    """
    if engine == "auto":
        engine = "native" if available()[0] and gradient in _NATIVE else "fused"
    return "fused" if engine == "native" and _missing(circuit, gradient) else engine


def _auto(circuit: Circuit, wires: tuple[int, ...], gradient: str) -> Values:
    usable, reason = available()
    if not usable and jax.default_backend() == "cpu":  # elsewhere the fused engine is the fast one
        _say_once(f"engine native is not available ({reason}); engine fused is used, which is slower")
    if usable and gradient in _NATIVE:
        return _native(circuit, wires, gradient)
    return _in_jax("fused")(circuit, wires, gradient)


@lru_cache
def _say_once(message: str) -> None:
    logging.getLogger("qunlearn").warning(message)


EXPECTATION_ENGINES: Mapping[str, ExpectationEngine] = MappingProxyType(
    {
        "auto": ExpectationEngine(
            _auto, "native on the CPU where it is available and has the derivative rule, else fused"
        ),
        "native": ExpectationEngine(_native, "compiled kernel on the CPU", available),
        "fused": ExpectationEngine(_in_jax("fused"), "few large steps in JAX; any device, any derivative"),
        "plain": ExpectationEngine(_in_jax("plain"), "gate by gate in JAX; the definition of the others"),
    }
)
