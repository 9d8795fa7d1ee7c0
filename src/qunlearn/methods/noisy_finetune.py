"""Noisy fine-tuning with a published (ε, δ) accountant, then a repair without noise."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.accountant import renyi_rate, sigma_for
from qunlearn.methods.base.claim import Claim
from qunlearn.methods.base.method import Scalar, Tier, check_range, check_whole, method
from qunlearn.methods.base.pools import Pool, labelled
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.finetune import Finetune
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on
from qunlearn.train.batches import batch_indices, batch_size
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, silent

_MET = (
    "ε = {epsilon:.3g}, δ = {delta:.3g} for the parameters, by privacy amplification by iteration with noise "
    "of standard deviation {sigma:.3g} a step (Rényi rate {renyi_rate:.3g}), as long as the key of the noise "
    "stays secret: whoever has the seed can repeat it"
)
_FAILED = (
    "the accountant needs noise_rate * decay <= 1 (it is {contraction:.3g}), delta below 1 / number of "
    "training samples ({one_over_rows:.3g}, but it is {delta:.3g}), and rows to forget: a feature's "
    "replacement "
    "is its own mean, which the steps read"
)


@method
class NoisyFinetune(Finetune):
    """Clip θ₀ to norm C₀; T times θ ← θ − γ (clip(∇CE(retain), C₁) + λ θ) + N(0, σ² I); then fine-tune.

    σ is what the accountant asks for `epsilon` and `delta` (`qunlearn.methods.base.accountant`): the smallest
    noise after which the result is (ε, δ)-close to what the same procedure makes of a model trained without
    the forget set, for any loss and any number of forgotten samples. C₀, C₁, T, γ, λ are `clip_start`,
    `clip_gradient`, `noise_steps`, `noise_rate` and `decay`; a mini-batch's gradient is clipped as a whole.
    `steps`, `batch` and `learning_rate` are the repair's, which reads retained samples only and so costs no
    privacy; the noisy steps take mini-batches of the same size.

    At small ε the noise is larger than what was learnt, and the repair is close to training anew: this is
    what the guarantee costs. It covers the parameters against whoever does not know the key, and not what was
    fitted on the forget set elsewhere, such as a projection of the inputs or these hyper-parameters.
    """

    id: ClassVar[str] = "noisy_finetune"
    source: ClassVar[str] = "Koloskova et al., arXiv 2506.06985 (gradient clipping)"
    tier: ClassVar[Tier] = "certified"

    epsilon: Scalar = 1.0
    delta: Scalar = 1e-5
    clip_start: Scalar = 1.0
    clip_gradient: Scalar = 0.1
    noise_steps: int = 20
    noise_rate: Scalar = 0.1
    decay: Scalar = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("delta", self.delta, 0, 1, open_low=True)
        for name in ("epsilon", "clip_start", "clip_gradient", "noise_rate"):
            check_range(name, getattr(self, name), 0, open_low=True)
        check_range("decay", self.decay, 0)
        check_whole("noise_steps", self.noise_steps, 1)

    @property
    def sigma(self) -> Array:
        """Standard deviation of the noise of one step, in radians for angles."""
        radii = (self.clip_start, self.clip_gradient, self.decay)
        return sigma_for(self.epsilon, self.delta, self.noise_steps, self.noise_rate, *radii)

    def begin(self, problem: Problem, key: PRNGKeyArray) -> Array:
        """The parameters after the noisy steps; the key draws noise and rows."""
        return _noisy(self, problem.model, jnp.asarray(problem.params), labelled(problem.retain), key)

    def preparation(self, problem: Problem) -> Cost:
        """The noisy steps."""
        return Cost.of_gradients(self.noise_steps * batch_size(self.batch, len(problem.retain.y)))

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn, with the claim that the accountant allows."""
        found = super().__call__(problem, key=key, progress=progress)
        return replace(found, claim=self.claim(problem))

    def claim(self, problem: Problem) -> Claim:
        """(ε, δ) where the theorem's conditions hold."""
        n_rows = len(problem.retain.y) + len(problem.forget.y)
        radii = (self.clip_start, self.clip_gradient, self.decay)
        values = {
            "epsilon": self.epsilon,
            "delta": self.delta,
            "sigma": self.sigma,
            "renyi_rate": renyi_rate(self.sigma, self.noise_steps, self.noise_rate, *radii),
            "contraction": self.noise_rate * self.decay,
            "one_over_rows": 1 / n_rows,
        }
        holds = (values["contraction"] <= 1) & (jnp.asarray(self.delta) < values["one_over_rows"])
        return Claim(self.tier, holds & (problem.kind != "feature"), values, _MET, _FAILED)


def clip(vector: Array, norm: Scalar) -> Array:
    """`vector`, shortened to `norm` where it is longer."""
    return vector * jnp.minimum(1, norm / jnp.maximum(jnp.linalg.norm(vector), 1e-300))


@partial(jax.jit, static_argnames="model")
def _noisy(self: NoisyFinetune, model: Classifier, params: Array, rows: Pool, key: PRNGKeyArray) -> Array:
    k_rows, k_noise = jax.random.split(key)
    n = len(rows["y"])
    batches = batch_indices(k_rows, n, batch_size(self.batch, n), self.noise_steps)
    sigma = self.sigma

    def step(params: Array, given: tuple[Array, Array]) -> tuple[Array, None]:
        chosen, k = given
        batch = {name: array[chosen] for name, array in rows.items()}
        gradient = jax.grad(loss_on, argnums=1)(model, params, batch)
        direction = clip(gradient, self.clip_gradient) + self.decay * params
        noise = sigma * jax.random.normal(k, params.shape)
        return params - self.noise_rate * direction + noise, None

    keys = jax.random.split(k_noise, self.noise_steps)
    return jax.lax.scan(step, clip(params, self.clip_start), (batches, keys))[0]
