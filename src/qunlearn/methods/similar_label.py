"""Q-MUL: relabel forget samples with their most similar class, and balance the two gradients."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int

from qunlearn._errors import typed
from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pools, Terms, inputs, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on
from qunlearn.train.cost import Cost


@method
class SimilarLabel(Descent):
    """Descend along ∇CE(retain) + w · ∇CE(forget, similar label), w = α ‖∇CE(retain)‖ / ‖∇CE(forget)‖.

    A forget sample's similar label is the class whose probability under the original model is nearest to that
    of its own label. w is taken anew for every mini-batch and makes both gradients equally long for α = 1;
    α = 0 is fine-tuning. The curve `weight` is w.

    `as_published` is the variant of Crivoi & Ionescu's code: one similar label for each class (cosine
    similarity of the classes' mean logits on retained samples, zero for a class without any) and −w in place
    of +w, which drives forget samples away from the similar label and so back towards their own.
    """

    id: ClassVar[str] = "similar_label"
    source: ClassVar[str] = "Tong et al., arXiv 2503.13917; for QML Crivoi & Ionescu, arXiv 2512.19253"
    needs_removed_samples: ClassVar[bool] = True

    alpha: Scalar = 1.0
    as_published: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("alpha", self.alpha, 0)
        typed("as_published", self.as_published, bool)

    def pools(self, problem: Problem) -> Pools:
        """Retained samples, and forget samples with their similar labels."""
        similar = _of_the_class(problem) if self.as_published else _of_the_sample(problem)
        return {
            "retain": labelled(problem.retain),
            "forget": inputs(problem.forget.x, y=similar),
        }

    def preparation(self, problem: Problem) -> Cost:
        """The original model on the rows that tell which label is similar."""
        rows = problem.retain if self.as_published else problem.forget
        return Cost(forwards=len(rows.y))

    def gradient(
        self, model: Classifier, params: Array, start: Array, batch: Pools, step: Array
    ) -> tuple[tuple[Array, Terms], Array]:
        """The balanced sum of the two gradients."""
        loss, slope = {}, {}
        for name, rows in batch.items():
            loss[name], slope[name] = jax.value_and_grad(lambda p, rows=rows: loss_on(model, p, rows))(params)
        length = {name: jnp.linalg.norm(g) for name, g in slope.items()}
        weight = self.alpha * length["retain"] / (length["forget"] + 1e-12)
        signed = -weight if self.as_published else weight
        terms = {"retain": loss["retain"], "forget": loss["forget"], "weight": weight}
        return (loss["retain"] + signed * loss["forget"], terms), slope["retain"] + signed * slope["forget"]


def _of_the_sample(problem: Problem) -> Int[Array, " n"]:
    p = problem.probabilities(problem.forget.x)
    own = jax.nn.one_hot(problem.forget.y, problem.model.n_classes)
    distance = jnp.abs(p - jnp.sum(p * own, axis=1, keepdims=True))
    return jnp.argmin(jnp.where(own == 1, jnp.inf, distance), axis=1)


def _of_the_class(problem: Problem) -> Int[Array, " n"]:
    return nearest_class(_mean_logits(problem))[jnp.asarray(problem.forget.y)]


def _mean_logits(problem: Problem) -> Float[Array, "K K"]:
    """Row k: the original's mean logits on the retained samples of class k, zeros where there are none."""
    member = jax.nn.one_hot(problem.retain.y, problem.model.n_classes)
    total = member.T @ problem.logits(problem.retain.x)
    return total / jnp.maximum(member.sum(0), 1)[:, None]


def nearest_class(means: Float[Array, "K K"]) -> Int[Array, " K"]:
    """The other class with the largest cosine similarity, for every class; the first of equal ones."""
    unit = means / (jnp.linalg.norm(means, axis=1, keepdims=True) + 1e-12)
    return jnp.argmax(jnp.where(jnp.eye(len(means)) == 1, -jnp.inf, unit @ unit.T), axis=1)
