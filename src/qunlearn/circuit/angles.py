"""Lifting: every occurrence of a parameter or a feature gets an angle of its own.

A lifted circuit reads angle t of the trainable vector (T,) or angle f of the feature matrix (B, F), each
exactly once. The maps from parameters and features to these angles are differentiated apart, which is what
makes the parameter-shift rule exact for shared, scaled and multiplied angles.
"""

from dataclasses import replace
from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from qunlearn._errors import require
from qunlearn.circuit.circuit import Angle, Circuit, Feature, Param
from qunlearn.circuit.precision import real_dtype


def trainable_slots(circuit: Circuit) -> tuple[Param, ...]:
    """The occurrences of parameters, in order of time."""
    return tuple(a for op in circuit.ops for a in op.angles if isinstance(a, Param))


def feature_slots(circuit: Circuit) -> tuple[Feature, ...]:
    """The occurrences of features, in order of time."""
    return tuple(a for op in circuit.ops for a in op.angles if isinstance(a, Feature))


@lru_cache(maxsize=256)
def lift(circuit: Circuit) -> Circuit:
    """The same gates, reading trainable angle t as `Param(t)` and feature angle f as `Feature((f,))`."""
    counts = {Param: 0, Feature: 0}

    def own(angle: Angle) -> Angle:
        kind = type(angle)
        if kind not in counts:
            return angle
        counts[kind] += 1
        return Param(counts[Param] - 1) if kind is Param else Feature((counts[Feature] - 1,))

    ops = tuple(replace(op, angles=tuple(own(a) for a in op.angles)) for op in circuit.ops)
    return Circuit(circuit.n_qubits, ops)


def lifted_angles(
    circuit: Circuit, params: Float[Array, " P"], x: Float[Array, "B d"]
) -> tuple[Float[Array, " T"], Float[Array, "B F"]]:
    """The angles of the lifted circuit, in the precision that holds both arguments.

    Raises `InputError` when `params` or `x` has another size than the circuit reads.
    """
    require(
        params.shape == (circuit.n_params,),
        f"`params` must have shape ({circuit.n_params},) for this circuit, but has {params.shape}",
    )
    require_features(circuit, x)
    dtype = real_dtype(params, x)
    return _scaled(trainable_slots(circuit), params.astype(dtype)), _products(
        feature_slots(circuit), x.astype(dtype)
    )


def require_features(circuit: Circuit, x: Float[Array, "B d"]) -> None:
    """Refuse samples with another number of features than the circuit reads."""
    require(
        x.ndim == 2 and x.shape[1] == circuit.n_features,
        f"`x` must have shape (B, {circuit.n_features}) for this circuit, but has {x.shape}",
    )


def _scaled(slots: tuple[Param, ...], params: Array) -> Array:
    scales = np.array([s.scale for s in slots], params.dtype)
    return params[np.array([s.index for s in slots], int)] * scales


def _products(slots: tuple[Feature, ...], x: Array) -> Array:
    angles = jnp.broadcast_to(np.array([s.scale for s in slots], x.dtype), (len(x), len(slots)))
    offsets = np.array([s.offset for s in slots], x.dtype)
    for factor in range(max((len(s.indices) for s in slots), default=0)):
        present = np.array([factor < len(s.indices) for s in slots])
        columns = np.array([s.indices[factor] if p else 0 for s, p in zip(slots, present, strict=True)])
        angles = angles * jnp.where(present, x[:, columns] - offsets, 1)
    return angles
