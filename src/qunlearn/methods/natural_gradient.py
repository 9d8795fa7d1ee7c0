"""The seed paper's objective, descended along the quantum natural gradient."""

from typing import ClassVar, cast

import jax
import jax.numpy as jnp
from jax import Array

from qunlearn.methods.base.information import pair_circuits
from qunlearn.methods.base.iteration import Iteration
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pools, Terms
from qunlearn.methods.distribution_guided import DistributionGuided
from qunlearn.model.classifier import Classifier
from qunlearn.model.derivatives import quantum_fisher
from qunlearn.model.vqc import VQC
from qunlearn.train.cost import Cost


@method
class NaturalGradient(Iteration, DistributionGuided):
    """θ ← θ − η (F(θ) + ρ I)⁻¹ ∇(−J), J of `distribution_guided`, F the quantum Fisher information.

    F is 4 × the Fubini-Study metric, the mean over the rows of the mini-batch, forget samples and anchors; it
    makes a step as long as it moves the states. A step is plain, without Adam's moments. A head moves no
    state: its block of F is the identity. ρ > 0 is needed, since F has (nearly) empty directions; as ρ → ∞
    the step becomes gradient descent with rate η / ρ. On hardware F takes 2T(T - 1) + T circuits a row (T
    angles), which the cost counts. Needs a model with a circuit.
    """

    id: ClassVar[str] = "natural_gradient"
    source: ClassVar[str] = "Stokes et al., arXiv 1909.02108; for unlearning arXiv 2511.00406"
    needs_circuit: ClassVar[bool] = True
    counts_apart: ClassVar[bool] = True

    learning_rate: Scalar = 0.5
    rho: Scalar = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("rho", self.rho, 0, open_low=True)

    def update(
        self, model: Classifier, params: Array, start: Array, batch: Pools
    ) -> tuple[Array, Array, Terms]:
        """One damped natural-gradient step."""
        (loss, terms), gradient = jax.value_and_grad(self.objective, argnums=1, has_aux=True)(
            model, params, start, batch
        )
        rows = jnp.concatenate([pool["x"] for pool in batch.values()])
        metric = quantum_fisher(model, params, rows)
        head = jnp.arange(len(params)) >= cast(VQC, model).circuit.n_params
        metric = metric + jnp.diag(head + self.rho)
        direction = jax.scipy.linalg.solve(metric, gradient, assume_a="pos")
        params = params - self.learning_rate * direction
        return params, jnp.array(False), {"loss": loss, **terms}

    def update_cost(self, model: Classifier, sizes: dict[str, int]) -> Cost:
        """A gradient and F for every row of the mini-batch."""
        n = sum(sizes.values())
        return Cost.of_gradients(n) + Cost(forwards=n * pair_circuits(model))
