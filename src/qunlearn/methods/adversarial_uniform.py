"""Adversarial uniformity: no confidence on forget samples, nor on the most confident inputs next to them."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pools, Terms, inputs, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on
from qunlearn.train.cost import Cost


@method
class AdversarialUniform(Descent):
    """Minimise CE(retain) + λ · KL(p(x_adv) ‖ uniform) with x_adv one step of size ε off the forget samples.

    x_adv = x + ε · sign(∂ KL(p(x) ‖ uniform) / ∂x), the fast gradient sign step towards confidence, clipped
    to the range that the training samples have in each input (radians); it is made anew at every step and is
    a constant for the gradient in θ. Its input gradient is counted as one more gradient of every forget
    sample, as on hardware an input takes as many shifted circuits as a parameter. λ = 0 is fine-tuning.
    """

    id: ClassVar[str] = "adversarial_uniform"
    source: ClassVar[str] = "Crivoi & Ionescu, arXiv 2512.19253; the sign step: Goodfellow et al., 1412.6572"
    needs_removed_samples: ClassVar[bool] = True

    epsilon: Scalar = 0.1
    lam: Scalar = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("epsilon", self.epsilon, 0)
        check_range("lam", self.lam, 0)

    def pools(self, problem: Problem) -> Pools:
        """Retained samples; forget samples with the lowest and highest value of each input."""
        x = jnp.asarray(problem.forget.x)
        every = jnp.concatenate([x, jnp.asarray(problem.retain.x)])
        low, high = (jnp.broadcast_to(edge, x.shape) for edge in (every.min(0), every.max(0)))
        return {"retain": labelled(problem.retain), "forget": inputs(x, low=low, high=high)}

    def step_cost(self, sizes: dict[str, int]) -> Cost:
        """A forget sample is differentiated twice: in its inputs and in the parameters."""
        return Cost.of_gradients(sizes["retain"] + 2 * sizes["forget"])

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """CE(retain) + λ · KL(p(x_adv) ‖ uniform)."""
        retain, forget = batch["retain"], batch["forget"]
        frozen = jax.lax.stop_gradient(params)
        towards = jnp.sign(jax.grad(lambda x: confidence(model.logits(frozen, x)))(forget["x"]))
        x_adv = jnp.clip(forget["x"] + self.epsilon * towards, forget["low"], forget["high"])
        kept = loss_on(model, params, retain)
        confident = confidence(model.logits(params, x_adv))
        return kept + self.lam * confident, {"retain": kept, "confidence": confident}


def confidence(logits: Float[Array, "B K"]) -> Float[Array, ""]:
    """Mean KL(p ‖ uniform) = log K − entropy of p, in nats."""
    log_p = jax.nn.log_softmax(logits)
    return jnp.mean(jnp.sum(jnp.exp(log_p) * log_p, axis=-1)) + jnp.log(logits.shape[-1])
