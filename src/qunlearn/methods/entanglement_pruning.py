"""Entanglement-weighted pruning (EWP): angles that matter least are set to zero, then a repair."""

from functools import partial
from typing import ClassVar, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float, PRNGKeyArray

from qunlearn.circuit.circuit import Circuit, Param
from qunlearn.circuit.statevector import statevector
from qunlearn.methods.base.information import FISHERS
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.finetune import Finetune
from qunlearn.model.arrays import AnyArray
from qunlearn.model.vqc import VQC
from qunlearn.train.cost import Cost

_EMPIRICAL = FISHERS["empirical"]


@method
class EntanglementPruning(Finetune):
    """Set the share τ of angles with the lowest C_q(i) · F_i to 0 and keep them there; fine-tune the others.

    C_q is the concurrence of the qubit that angle i turns with all other qubits, √(2 (1 − Tr ρ_q²)) in [0,
    1], and F the empirical Fisher diagonal; both are means over the retained samples. An angle that several
    qubits or gates read has their mean. A head is not pruned. Scoring is part of the cost, which published
    speed-ups leave out; on hardware ρ_q takes three circuits a row (⟨X⟩, ⟨Y⟩, ⟨Z⟩ of all qubits at once).
    Which rows are scored, and that pruned angles stay at 0 during the repair, is our reading. Needs a model
    with a circuit.
    """

    id: ClassVar[str] = "entanglement_pruning"
    source: ClassVar[str] = "arXiv 2608.17069 (EWP)"
    needs_circuit: ClassVar[bool] = True
    counts_apart: ClassVar[bool] = True

    tau: Scalar = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("tau", self.tau, 0, 1)

    def movable(self, problem: Problem) -> Array:
        """Angles that are not pruned, and the head."""
        circuit: Circuit = cast(VQC, problem.model).circuit
        start = jnp.asarray(problem.params)
        fisher = _EMPIRICAL.diagonal(problem.model, start, problem.retain)
        entangled = concurrence(circuit, start[: circuit.n_params], jnp.asarray(problem.retain.x))
        score = (turned(circuit) @ entangled) * fisher[: circuit.n_params]
        rank = jnp.argsort(jnp.argsort(score))
        kept = rank >= jnp.floor(self.tau * circuit.n_params + 1e-9)
        return jnp.pad(kept, (0, len(start) - circuit.n_params), constant_values=True)

    def begin(self, problem: Problem, key: PRNGKeyArray) -> Array:
        """θ₀ without the pruned angles; the key is not used."""
        return jnp.where(self.movable(problem), jnp.asarray(problem.params), 0)

    def preparation(self, problem: Problem) -> Cost:
        """The scores."""
        n = len(problem.retain.y)
        return _EMPIRICAL.cost(problem.model, n) + Cost(forwards=3 * n)


@partial(jax.jit, static_argnames="circuit")
def concurrence(circuit: Circuit, params: AnyArray, x: AnyArray) -> Float[Array, " qubits"]:
    """√(2 (1 − Tr ρ_q²)) of each qubit q with the others, 0 apart, 1 maximally entangled; mean over rows."""
    states, n = statevector(circuit, params, x), circuit.n_qubits

    def of_qubit(q: int) -> Array:
        halves = jnp.moveaxis(states.reshape(-1, *(2,) * n), q + 1, 1).reshape(len(states), 2, -1)
        reduced = jnp.einsum("bin,bjn->bij", halves, halves.conj())
        purity = jnp.sum(jnp.abs(reduced) ** 2, axis=(1, 2))
        return jnp.mean(jnp.sqrt(jnp.maximum(2 * (1 - purity), 0)))

    return jnp.stack([of_qubit(q) for q in range(n)])


def turned(circuit: Circuit) -> Float[np.ndarray, "angles qubits"]:
    """For each parameter the qubits that its gates act on, as weights of sum 1 (0 where no gate reads it)."""
    weights = np.zeros((circuit.n_params, circuit.n_qubits))
    for op in circuit.ops:
        for angle in op.angles:
            if isinstance(angle, Param):
                weights[angle.index, list(op.wires)] += 1
    return weights / np.maximum(weights.sum(1, keepdims=True), 1)
