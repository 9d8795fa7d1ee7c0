"""Second derivatives, per-sample gradients and Fisher information of classifiers, exact for every engine.

Functions of a model are compiled once per model and shape; the others work inside `jit`, where repeated calls
belong. Samples are taken in chunks, so memory does not grow with their number.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int

from qunlearn._errors import fail, require
from qunlearn.circuit.chunks import chunk_length, map_in_chunks, mean_in_chunks
from qunlearn.circuit.circuit import Circuit
from qunlearn.circuit.fisher import circuit_fisher
from qunlearn.circuit.statevector import AnyArray
from qunlearn.data.samples import Samples
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on

Objective: TypeAlias = Callable[[Array], Array]

_DIRECTIONS = 16  # Hessian columns at one time


def hessian(objective: Objective, params: Float[AnyArray, " P"]) -> Float[Array, "P P"]:
    """The matrix of second derivatives of a scalar `objective(params)` built on `model.logits`.

    Forward over reverse mode: exact up to rounding with every engine, and with the derivative rules `reverse`
    and `parameter_shift`. A few columns are taken at one time; the states of all samples that the objective
    reads are in memory, so an objective of many samples is better a sum of Hessians.
    """
    params = jnp.asarray(params)
    _, push_forward = jax.linearize(jax.grad(objective), params)
    identity = jnp.eye(len(params), dtype=params.dtype)
    return map_in_chunks(jax.vmap(push_forward), identity, _DIRECTIONS)


def hessian_vector(
    objective: Objective, params: Float[AnyArray, " P"], v: Float[AnyArray, " P"]
) -> Float[Array, " P"]:
    """`hessian(objective, params) @ v` without the matrix, for the cost of a few gradients.

    Pearlmutter, "Fast exact multiplication by the Hessian" (Neural Computation 6, 1994).
    """
    params = jnp.asarray(params)
    return jax.jvp(jax.grad(objective), (params,), (jnp.asarray(v, params.dtype),))[1]


def per_sample_gradients(
    model: Classifier, params: Float[AnyArray, " P"], x: Float[AnyArray, "n d"], y: Int[AnyArray, " n"]
) -> Float[Array, "n P"]:
    """The gradient of every sample's cross-entropy; y are class indices.

    Their mean is the gradient of the mean. Raises `InputError` for no samples, as all functions here do.
    """
    _require_samples(len(x))
    return _per_sample_gradients(model, jnp.asarray(params), jnp.asarray(x), jnp.asarray(y))


def classical_fisher(
    model: Classifier, params: Float[AnyArray, " P"], x: Float[AnyArray, "n d"]
) -> Float[Array, "P P"]:
    """mean_x Σ_k p_k ∇log p_k ∇log p_kᵀ, with p the model's own class probabilities.

    The Fisher information of a label drawn from the model, and the Hessian of the cross-entropy against
    labels with the model's own probabilities (held fixed). Symmetric, positive semi-definite.
    """
    _require_samples(len(x))
    return _classical_fisher(model, jnp.asarray(params), jnp.asarray(x))


def empirical_fisher(
    model: Classifier, params: Float[AnyArray, " P"], x: Float[AnyArray, "n d"], y: Int[AnyArray, " n"]
) -> Float[Array, "P P"]:
    """mean_i g_i g_iᵀ of the per-sample gradients g_i at the labels y.

    Not the Fisher information: its labels are the data's and not the model's (Kunstner et al., arXiv
    1905.12558).
    """
    _require_samples(len(x))
    return _empirical_fisher(model, jnp.asarray(params), jnp.asarray(x), jnp.asarray(y))


def quantum_fisher(
    model: Classifier, params: Float[AnyArray, " P"], x: Float[AnyArray, "n d"]
) -> Float[Array, "P P"]:
    """The mean quantum Fisher information of the model's states; see `circuit_fisher` for the formula.

    The states do not depend on a linear head, so a head's rows and columns are zero. It bounds the classical
    information of measurements of the state; `classical_fisher` is that of a softmax of expectation values,
    which is no measurement, and can exceed it where `logit_scale` is large. Raises `InputError` for a model
    without a circuit.
    """
    circuit = getattr(model, "circuit", None)
    if not isinstance(circuit, Circuit):
        fail(
            f"quantum Fisher information needs a model with a `circuit`, but {type(model).__name__} has none"
        )
    require(
        params.shape == (model.n_params,),
        f"`params` must have shape ({model.n_params},) for this model, but has {params.shape}",
    )
    fisher = circuit_fisher(circuit, params[: circuit.n_params], x)
    return jnp.pad(fisher, (0, model.n_params - circuit.n_params))


def _require_samples(n: int) -> None:
    require(n > 0, "gradients and Fisher information are taken over samples, but there are none")


def _chunk(model: Classifier) -> int:
    """Samples at one time. A circuit's gradient keeps up to one state per parameter and logit."""
    circuit = getattr(model, "circuit", None)
    state = 16 * 2**circuit.n_qubits if isinstance(circuit, Circuit) else 8
    return chunk_length(model.n_classes * model.n_params * state)


def _loss(model: Classifier, params: Array, row: Array, label: Array) -> Array:
    return loss_on(model, params, Samples(row[None], label[None]))


@partial(jax.jit, static_argnames="model")
def _per_sample_gradients(model: Classifier, params: Array, x: Array, y: Array) -> Array:
    gradients = jax.vmap(jax.grad(partial(_loss, model)), (None, 0, 0))
    return map_in_chunks(lambda samples: gradients(params, *samples), (x, y), _chunk(model))


@partial(jax.jit, static_argnames="model")
def _empirical_fisher(model: Classifier, params: Array, x: Array, y: Array) -> Array:
    gradients = jax.vmap(jax.grad(partial(_loss, model)), (None, 0, 0))

    def weighted_sum(samples: tuple[Array, Array], weights: Array) -> Array:
        each = gradients(params, *samples)
        return (each * weights[:, None]).T @ each

    return mean_in_chunks(weighted_sum, (x, y), _chunk(model))


@partial(jax.jit, static_argnames="model")
def _classical_fisher(model: Classifier, params: Array, x: Array) -> Array:
    def log_probabilities(params: Array, row: Array) -> tuple[Array, Array]:
        log_p = jax.nn.log_softmax(model.logits(params, row[None])[0])
        return log_p, log_p

    jacobians = jax.vmap(jax.jacrev(log_probabilities, has_aux=True), (None, 0))

    def weighted_sum(x: Array, weights: Array) -> Array:
        slopes, log_p = jacobians(params, x)
        columns = slopes * jnp.sqrt(jnp.exp(log_p) * weights[:, None])[:, :, None]
        columns = columns.reshape(-1, len(params))
        return columns.T @ columns

    return mean_in_chunks(weighted_sum, x, _chunk(model))
