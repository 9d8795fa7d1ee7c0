"""The seed paper's method: distribution-guided, constrained class unlearning (arXiv 2601.04413)."""

from typing import ClassVar

import jax.numpy as jnp
from jax import Array

from qunlearn._errors import require_one_of
from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pools, Terms, inputs
from qunlearn.methods.base.problem import Problem
from qunlearn.methods.base.targets import TARGETS, forwards
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import soft_cross_entropy
from qunlearn.train.cost import Cost


@method
class DistributionGuided(Descent):
    """Maximise J(θ) = mean_F Σ_k q_k log p_θ(k|x) + λ mean_A Σ_k r_k(x) log p_θ(k|x) − μ ‖θ − θ₀‖².

    That is equation 7. q is the forget target (`target`, sharpened by `beta`; equation 6), zero on the
    forgotten class, and for other requests as `qunlearn.methods.base.targets` says; r(x) are the original
    model's probabilities on the anchors A. By Theorem 1 this is the Lagrangian of "fit q on F while the
    mean anchor KL(r‖p_θ) ≤ ε and ‖θ − θ₀‖² ≤ δ" with multipliers `lam` and `mu`. The paper states λ = 1 and a
    mild μ; β, steps, batch and learning rate are our choices. The curves are `loss` = −J and its terms
    `forget`, `anchor` and `proximity`, without their weights.
    """

    id: ClassVar[str] = "distribution_guided"
    source: ClassVar[str] = "arXiv 2601.04413, equations 6-7"

    target: str = "similarity"
    beta: Scalar = 2.0
    lam: Scalar = 1.0
    mu: Scalar = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        require_one_of("target", self.target, TARGETS)
        check_range("beta", self.beta, 0, open_low=True)
        check_range("lam", self.lam, 0)
        check_range("mu", self.mu, 0)

    def pools(self, problem: Problem) -> Pools:
        """Forget samples with their targets, anchors with the original model's probabilities."""
        target = TARGETS[self.target](problem, self.beta)
        reference = problem.probabilities(problem.anchors)
        return {
            "forget": inputs(problem.forget.x, target=target),
            "anchors": inputs(problem.anchors, reference=reference),
        }

    def preparation(self, problem: Problem) -> Cost:
        """One forward evaluation for every row whose original probabilities are needed."""
        return Cost(forwards=len(problem.anchors) + forwards(self.target, problem))

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """−J of one mini-batch."""
        forget, anchors = batch["forget"], batch["anchors"]
        fit = soft_cross_entropy(model.logits(params, forget["x"]), forget["target"])
        drift = soft_cross_entropy(model.logits(params, anchors["x"]), anchors["reference"])
        proximity = jnp.sum((params - start) ** 2)
        loss = fit + self.lam * drift + self.mu * proximity
        return loss, {"forget": fit, "anchor": drift, "proximity": proximity}
