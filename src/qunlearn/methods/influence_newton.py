"""Damped Newton steps on the retain loss: what influence functions and certified removal take one of."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn._errors import require_one_of
from qunlearn.methods.base.claim import Claim
from qunlearn.methods.base.information import hessian_cost
from qunlearn.methods.base.iteration import Iteration
from qunlearn.methods.base.method import Scalar, Tier, check_range, method
from qunlearn.methods.base.pools import Pool, Pools, Terms, labelled
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.model.classifier import Classifier
from qunlearn.model.derivatives import classical_fisher, hessian
from qunlearn.model.losses import loss_on
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, silent

CURVATURES = ("hessian", "fisher")
HALVINGS, SUFFICIENT = 8, 1e-4
TOLERANCE = 1e-4

_MET = (
    "the parameters are a stationary point of the retain loss, gradient norm {gradient_norm:.2g} (tolerance "
    "{tolerance:.0e}), {distance:.2g} from the original parameters; nothing is said about other points"
)
_FAILED = (
    "the gradient of the retain loss has norm {gradient_norm:.2g} at the parameters, above the tolerance "
    "{tolerance:.0e}: take more `steps`, or a smaller `rho` where they end far from it"
)


@method
class InfluenceNewton(Iteration):
    """θ ← θ − t (H + (ρ + max(0, −λ_min)) I)⁻¹ ∇L with L = CE(retain), H its exact Hessian.

    λ_min is the least eigenvalue of H. Where H has no negative eigenvalue this is the damped Newton step with
    ρ; a negative one raises the damping, so that every step goes down. Curvature is degenerate (about 20 of
    the seed paper's 72 directions have next to none), hence ρ > 0 and a decrease check: of t =
    `learning_rate` · 1, 1/2, ..., 2^-7 the first is taken with L(θ + t d) <= L + 10^-4 t ∇L·d, and where
    there is none the method stops. One step is superb for one removed row and poor for many; take a few.

    `curvature` = "fisher" replaces H by the classical Fisher information, which is never negative and takes
    no second derivatives: on hardware 1 gradient a row in place of 2T(T − 1) + T circuits (T angles;
    counted). `batch` rows are taken for a step (0, the default: all). Terms: `loss`, `gradient_norm`,
    `least_curvature`, `length` t. The forget set is not looked at, and with all rows the key decides nothing.

    Claim: stationary point of the retain loss, verified by its gradient on all retained samples at the end.
    """

    id: ClassVar[str] = "influence_newton"
    source: ClassVar[str] = "Guo et al., arXiv 1911.03030; Koh & Liang 2017"
    counts_apart: ClassVar[bool] = True
    tier: ClassVar[Tier] = "certified-local"

    steps: int = 5
    batch: int = 0
    learning_rate: Scalar = 1.0
    rho: Scalar = 0.01
    curvature: str = "hessian"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("rho", self.rho, 0, open_low=True)
        require_one_of("curvature", self.curvature, CURVATURES)

    def pools(self, problem: Problem) -> Pools:
        """The retained samples."""
        return {"retain": labelled(problem.retain)}

    def update(
        self, model: Classifier, params: Array, start: Array, batch: Pools
    ) -> tuple[Array, Array, Terms]:
        """One damped Newton step, as long as the loss sufficiently falls."""
        rows = batch["retain"]
        objective = partial(loss_on, model, samples=rows)
        loss, gradient = jax.value_and_grad(objective)(params)
        curvature = (
            hessian(objective, params)
            if self.curvature == "hessian"
            else classical_fisher(model, params, rows["x"])
        )
        direction, least = newton_direction(curvature, gradient, self.rho)
        lengths = self.learning_rate * 0.5 ** jnp.arange(HALVINGS)  # (8,)
        losses = jax.vmap(objective)(params + lengths[:, None] * direction)  # (8,), all tried at once
        falls = losses <= loss + SUFFICIENT * lengths * (gradient @ direction)  # Armijo's condition
        length = jnp.where(falls.any(), lengths[jnp.argmax(falls)], 0)
        terms = {
            "loss": loss,
            "gradient_norm": jnp.linalg.norm(gradient),
            "least_curvature": least,
            "length": length,
        }
        return params + length * direction, length == 0, terms

    def update_cost(self, model: Classifier, sizes: dict[str, int]) -> Cost:
        """Gradient and curvature of the rows, and every trial of a length."""
        n = sizes["retain"]
        curved = hessian_cost(model, n) if self.curvature == "hessian" else Cost.of_gradients(n)
        return curved + Cost(forwards=HALVINGS * n)

    def preparation(self, problem: Problem) -> Cost:
        """The gradient that the claim is verified by."""
        return Cost.of_gradients(len(problem.retain.y))

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn, and verify that the result is stationary."""
        found = super().__call__(problem, key=key, progress=progress)
        norm = _gradient_norm(problem.model, jnp.asarray(found.params), labelled(problem.retain))
        distance = jnp.linalg.norm(found.params - jnp.asarray(problem.params))
        values = {"gradient_norm": norm, "tolerance": TOLERANCE, "distance": distance}
        return replace(found, claim=Claim(self.tier, norm <= TOLERANCE, values, _MET, _FAILED))


def newton_direction(curvature: Array, gradient: Array, rho: Scalar) -> tuple[Array, Array]:
    """−(H + (ρ + max(0, −λ_min)) I)⁻¹ g, and λ_min."""
    least = jnp.linalg.eigvalsh(curvature)[0]  # H + (ρ − λ_min) I has the least eigenvalue ρ > 0
    damped = curvature + (rho + jnp.maximum(0, -least)) * jnp.eye(len(gradient))
    return -jax.scipy.linalg.solve(damped, gradient, assume_a="pos"), least


@partial(jax.jit, static_argnames="model")
def _gradient_norm(model: Classifier, params: Array, rows: Pool) -> Array:
    return jnp.linalg.norm(jax.grad(loss_on, argnums=1)(model, params, rows))
