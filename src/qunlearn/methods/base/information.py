"""How much each parameter knows about rows: diagonals of Fisher information, and what they cost.

Circuits are counted for parameter-shift rules on hardware, for gates with two shifts; T is the number of
angles that a gradient shifts (half of `circuits_per_gradient`). Second derivatives of an expectation value
and the entries of the quantum Fisher information both take four circuits for each pair of angles and one for
each angle alone, 2T(T - 1) + T for a sample (Mari et al., arXiv 2008.06517).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import jax.numpy as jnp
from jax import Array

from qunlearn.data.samples import Samples
from qunlearn.model.arrays import AnyArray
from qunlearn.model.classifier import Classifier
from qunlearn.model.derivatives import classical_fisher, per_sample_gradients, quantum_fisher
from qunlearn.train.cost import Cost


@dataclass(frozen=True)
class Information:
    """One line of the table: `diagonal(model, params, rows)` is (P,), `cost(model, n)` that of n rows."""

    diagonal: Callable[[Classifier, AnyArray, Samples], Array]
    cost: Callable[[Classifier, int], Cost]
    meaning: str


def empirical(model: Classifier, params: AnyArray, rows: Samples) -> Array:
    """mean_x g_i(x)², the squared gradient of each sample's cross-entropy at its own label."""
    return jnp.mean(per_sample_gradients(model, params, rows.x, rows.y) ** 2, axis=0)


def classical(model: Classifier, params: AnyArray, rows: Samples) -> Array:
    """mean_x Σ_k p_k (∂_i log p_k)²: labels are drawn from the model, those of the rows are not read."""
    return jnp.diag(classical_fisher(model, params, rows.x))


def quantum(model: Classifier, params: AnyArray, rows: Samples) -> Array:
    """The diagonal of the quantum Fisher information of the states; 0 for a head, labels are not read."""
    return jnp.diag(quantum_fisher(model, params, rows.x))


def angles(model: Classifier) -> int:
    """T, the angles that a parameter-shift gradient shifts."""
    return model.circuits_per_gradient // 2


def pair_circuits(model: Classifier) -> int:
    """Circuits for all second derivatives of a sample, or for its whole quantum Fisher matrix."""
    t = angles(model)
    return 2 * t * (t - 1) + t


def hessian_cost(model: Classifier, n: int) -> Cost:
    """A loss with its gradient and Hessian on n rows: the chain rule needs the logits' derivatives only."""
    return Cost.of_gradients(n) + Cost(forwards=n * pair_circuits(model))


def _gradients(model: Classifier, n: int) -> Cost:
    return Cost.of_gradients(n)


FISHERS: Mapping[str, Information] = MappingProxyType(
    {
        "empirical": Information(empirical, _gradients, "squared gradients at the rows' labels"),
        "classical": Information(classical, _gradients, "of a label drawn from the model"),
        "quantum": Information(
            quantum, lambda model, n: Cost(forwards=n * angles(model)), "of the states, before measurement"
        ),
    }
)
