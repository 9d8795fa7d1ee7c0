"""Expectation values and their derivatives by the compiled kernel, inside jit, scan and vmap."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import TypeAlias

import jax
import numpy as np
from jax import Array
from jax.custom_derivatives import CustomVJPPrimal, SymbolicZero

from qunlearn._errors import require
from qunlearn.circuit.circuit import Circuit
from qunlearn.circuit.gradients import reverse
from qunlearn.circuit.native.library import FORWARD, GRADIENT, library
from qunlearn.circuit.native.lower import unlowered
from qunlearn.circuit.native.program import program
from qunlearn.circuit.precision import real_dtype

Values: TypeAlias = Callable[[Array, Array], Array]
_Arrays: TypeAlias = tuple[Array, ...]
_Evaluate: TypeAlias = Callable[[Array, Array, int], Array]
_Gradient: TypeAlias = Callable[[Array, Array, Array, bool], tuple[Array, Array]]


def native_expectations(circuit: Circuit, wires: Sequence[int]) -> Values:
    """A function `(params (P,), x (B, d)) -> (B, M)`: <Z> of the M `wires`, in the arguments' precision.

    Works inside jit, scan and vmap (over either argument or both: one call of the kernel for all models and
    samples). Its gradient is the adjoint method (Jones and Gacon, arXiv 2009.02823). Derivatives of the
    gradient (Hessians, Hessian-vector products) are exact and computed by the fused engine; forward mode of
    the values alone is not offered. Raises `InputError` where
    the kernel is not available, for wires that the circuit does not have, and for arguments of another size
    than the circuit reads.
    """
    return _expectations(circuit, tuple(wires), False)


def native_shift_expectations(circuit: Circuit, wires: Sequence[int]) -> Values:
    """The same values as `native_expectations`, differentiated by the exact parameter-shift rule.

    Every occurrence of a parameter or feature is shifted alone, twice or, for controlled rotations, four
    times. The features of amplitude encoding are no angles: their derivative is taken by the adjoint method.
    """
    return _expectations(circuit, tuple(wires), True)


@lru_cache(maxsize=256)
def _expectations(circuit: Circuit, wires: tuple[int, ...], shift: bool) -> Values:
    require(
        len(wires) > 0 and set(wires) <= set(range(circuit.n_qubits)),
        f"`wires` must be one or more of 0..{circuit.n_qubits - 1}, but are {wires}",
    )
    missing = unlowered(circuit, shift)
    require(not missing, f"engine native cannot run gate {', '.join(missing)}: take engine fused")
    library()
    different = tuple(dict.fromkeys(wires))
    at = _differentiable(circuit, different, shift)
    columns = [different.index(w) for w in wires]

    def values(params: Array, x: Array) -> Array:
        params, x = _checked(circuit, params, x)
        measured = at(params, x)
        return measured if different == wires else measured[:, np.array(columns)]

    return jax.jit(values)


def _checked(circuit: Circuit, params: Array, x: Array) -> tuple[Array, Array]:
    require(
        params.shape == (circuit.n_params,),
        f"`params` must have shape ({circuit.n_params},) for this circuit, but has {params.shape}",
    )
    require(
        x.ndim == 2 and x.shape[1] == circuit.n_features,
        f"`x` must have shape (B, {circuit.n_features}) for this circuit, but has {x.shape}",
    )
    dtype = real_dtype(params, x)
    return params.astype(dtype), x.astype(dtype)


def _differentiable(circuit: Circuit, wires: tuple[int, ...], shift: bool) -> Values:
    evaluate, gradient = _calls(circuit, wires, shift)

    def forward(
        params: CustomVJPPrimal, x: CustomVJPPrimal
    ) -> tuple[Array, tuple[Array, Array, tuple[()] | None]]:
        wants_x = () if x.perturbed else None  # structure, not data: it is known while tracing
        keep = 0 if shift else 2 if x.perturbed else 1  # small calls keep their states for `backward`
        return evaluate(params.value, x.value, keep), (params.value, x.value, wants_x)

    def backward(
        saved: tuple[Array, Array, tuple[()] | None], cotangent: Array | SymbolicZero
    ) -> tuple[Array | None, Array | None]:
        params, x, wants_x = saved
        if isinstance(cotangent, SymbolicZero):
            return None, None
        by_params, by_features = gradient(params, x, cotangent, wants_x is not None)
        return by_params, by_features if wants_x is not None else None

    values = jax.custom_vjp(lambda params, x: evaluate(params, x, 0))
    values.defvjp(forward, backward, symbolic_zeros=True)
    return values


def _calls(circuit: Circuit, wires: tuple[int, ...], shift: bool) -> tuple[_Evaluate, _Gradient]:
    """The kernel's two operations. Their own derivatives (for Hessians) are the fused engine's."""
    code = program(circuit, wires)
    in_jax = reverse(circuit, wires, "fused")

    @partial(jax.custom_jvp, nondiff_argnums=(2,))
    def evaluate(params: Array, x: Array, keep: int) -> Array:
        result = jax.ShapeDtypeStruct((len(x), len(wires)), params.dtype)
        call = jax.ffi.ffi_call(FORWARD, result, vmap_method="expand_dims")
        return call(params, x, program=code, keep=np.int64(keep))

    @partial(jax.custom_jvp, nondiff_argnums=(3,))
    def gradient(params: Array, x: Array, cotangent: Array, wants_x: bool) -> tuple[Array, Array]:
        by_x = x.shape if wants_x else (0, x.shape[1])
        results = [jax.ShapeDtypeStruct(shape, params.dtype) for shape in (params.shape, by_x)]
        call = jax.ffi.ffi_call(GRADIENT, results, vmap_method="expand_dims")
        by_params, by_features = call(params, x, cotangent, program=code, shift=shift)
        return by_params, by_features

    def gradient_in_jax(wants_x: bool, params: Array, x: Array, cotangent: Array) -> tuple[Array, Array]:
        by_params, by_features = jax.vjp(in_jax, params, x)[1](cotangent)
        return by_params, by_features if wants_x else by_features[:0]

    @evaluate.defjvp
    def _(keep: int, primals: _Arrays, tangents: _Arrays) -> tuple[Array, Array]:
        return evaluate(*primals, keep), jax.jvp(in_jax, primals, tangents)[1]

    @gradient.defjvp
    def _(wants_x: bool, primals: _Arrays, tangents: _Arrays) -> tuple[_Arrays, _Arrays]:
        moved = jax.jvp(partial(gradient_in_jax, wants_x), primals, tangents)[1]
        return gradient(*primals, wants_x), moved

    return evaluate, gradient
