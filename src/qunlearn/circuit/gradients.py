"""Derivative rules for expectation values: one forward value, three ways to differentiate it.

`reverse` is reverse-mode differentiation of the simulation. `parameter_shift` evaluates the circuit at
shifted angles, as hardware would, and is exact. `finite_difference` is the arbiter that knows nothing of
circuits.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from qunlearn.circuit.angles import lift, lifted_angles
from qunlearn.circuit.circuit import Circuit, Feature, Param
from qunlearn.circuit.gates import gate_named
from qunlearn.circuit.precision import real_dtype
from qunlearn.circuit.shift import shift_rule
from qunlearn.circuit.statevector import ENGINES, start_states, statevector, z_expectations

Values: TypeAlias = Callable[[Array, Array], Array]

_SHIFT_BYTES = 2**28  # of shifted states held at one time; larger gradients are evaluated in chunks


def reverse(circuit: Circuit, wires: tuple[int, ...], engine: str) -> Values:
    """Reverse-mode differentiation; can be differentiated again, forwards too."""

    def values(params: Array, x: Array) -> Array:
        return z_expectations(statevector(circuit, params, x, engine=engine), wires)

    return values


def parameter_shift(circuit: Circuit, wires: tuple[int, ...], engine: str) -> Values:
    """The parameter-shift rule, exact for every gate.

    Every occurrence of a parameter or feature is shifted alone by its gate's rule (two terms, or four for
    controlled rotations); parameters that occur several times, scales and products of features follow by the
    chain rule. The features of amplitude encoding are no angles: their derivative is taken in reverse mode.
    """
    lifted = lift(circuit)
    terms = {kind: _terms(lifted, kind) for kind in (Param, Feature)}

    def at(trainable: Array, features: Array, start: Array | None) -> Array:
        return z_expectations(ENGINES[engine](lifted, trainable, features, start), wires)

    def backward(saved: tuple[Array, Array, Array | None], cotangent: Array) -> tuple[Array | None, ...]:
        trainable, features, start = saved
        contract = partial(_contract, terms=terms[Param], cotangent=cotangent, n_qubits=circuit.n_qubits)
        by_trainable = contract(lambda t: at(t, features, start), trainable).sum(0)  # (B, T) to (T,)
        contract = partial(contract, terms=terms[Feature])
        by_feature = contract(lambda f: at(trainable, f, start), features)
        by_start = (
            jax.vjp(partial(at, trainable, features), start)[1](cotangent)[0] if start is not None else None
        )
        return by_trainable, by_feature, by_start

    shifted = jax.custom_vjp(at)
    shifted.defvjp(lambda *angles: (at(*angles), angles), backward)

    def values(params: Array, x: Array) -> Array:
        return shifted(*lifted_angles(circuit, params, x), start_states(circuit, x))

    return values


def finite_difference(circuit: Circuit, wires: tuple[int, ...], engine: str) -> Values:
    """Central differences in every parameter and feature; good to about eps^(2/3), 1e-10 in float64."""
    at = reverse(circuit, wires, engine)

    def backward(saved: tuple[Array, Array], cotangent: Array) -> tuple[Array, Array]:
        params, x = saved
        step = float(jnp.finfo(real_dtype(params, x)).eps) ** (1 / 3)
        contract = partial(_contract, cotangent=cotangent, n_qubits=circuit.n_qubits)
        by_param = contract(lambda p: at(p, x), params, terms=_central(len(params), step)).sum(0)
        by_feature = contract(lambda f: at(params, f), x, terms=_central(x.shape[1], step))
        return by_param.astype(params.dtype), by_feature.astype(x.dtype)

    values = jax.custom_vjp(at)
    values.defvjp(lambda params, x: (at(params, x), (params, x)), backward)
    return values


GRADIENTS: Mapping[str, Callable[[Circuit, tuple[int, ...], str], Values]] = MappingProxyType(
    {"reverse": reverse, "parameter_shift": parameter_shift, "finite_difference": finite_difference}
)


def shift_circuits(circuit: Circuit) -> int:
    """Circuits that one sample's gradient takes by the parameter-shift rule."""
    return len(_terms(lift(circuit), Param))


class Term(NamedTuple):
    """`coefficient * f(angles + shift * e_slot)`, one summand of the derivative by angle `slot`."""

    slot: int
    shift: float
    coefficient: float


def _terms(lifted: Circuit, kind: type[Param] | type[Feature]) -> list[Term]:
    gates = [gate_named(op.gate) for op in lifted.ops for angle in op.angles if isinstance(angle, kind)]
    return [Term(slot, *term) for slot, gate in enumerate(gates) for term in shift_rule(gate.frequencies)]


def _central(n_slots: int, step: float) -> list[Term]:
    return [Term(slot, sign * step, sign / (2 * step)) for slot in range(n_slots) for sign in (1, -1)]


def _contract(
    at: Callable[[Array], Array], angles: Array, terms: list[Term], cotangent: Array, n_qubits: int
) -> Array:
    """The vector-Jacobian product of `at` by `angles` (..., slots), for every sample apart: (B, slots)."""
    n_samples, n_slots = len(cotangent), angles.shape[-1]
    if not terms:
        return jnp.zeros((n_samples, n_slots), angles.dtype)
    slot, shift, coefficient = map(np.array, zip(*terms, strict=True))  # (terms,) each

    def evaluate(term: tuple[Array, Array]) -> Array:
        moved = angles + (jnp.arange(n_slots) == term[0]) * term[1].astype(angles.dtype)
        return (at(moved) * cotangent).sum(1)  # (B, M) to (B,)

    chunk = max(1, _SHIFT_BYTES // (16 * max(1, n_samples) * 2**n_qubits))
    products = jax.lax.map(evaluate, (slot, shift), batch_size=min(chunk, len(terms)))  # (terms, B)
    weighted = products * coefficient[:, None].astype(products.dtype)
    return jax.ops.segment_sum(weighted, slot, n_slots).T  # terms of one slot added: (B, slots)
