"""Gradient ascent on the forget set."""

import math
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pool, Terms
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import cross_entropy


@method
class GradientAscent(Descent):
    """Maximise the cross-entropy of the forget set until it reaches that of guessing.

    The objective has no upper bound of its own, so the ascent ends at the first mini-batch whose loss is at
    least `stop_at` · log K nats; that mini-batch changes nothing any more.
    """

    id: ClassVar[str] = "gradient_ascent"
    source: ClassVar[str] = "Graves et al., arXiv 2010.10981; for QML Su et al., arXiv 2509.06086"

    stop_at: Scalar = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("stop_at", self.stop_at, 0, open_low=True)

    def pools(self, problem: Problem) -> dict[str, Pool]:
        """The forget rows."""
        problem.require_removed_rows(self.id)
        return {"forget": {"x": jnp.asarray(problem.forget.x), "y": jnp.asarray(problem.forget.y)}}

    def objective(
        self, model: Classifier, params: Array, start: Array, batch: dict[str, Pool]
    ) -> tuple[Any, Terms]:
        """−CE(forget)."""
        forget = cross_entropy(model.logits(params, batch["forget"]["x"]), batch["forget"]["y"])
        return -forget, {"forget": forget}

    def stop(self, model: Classifier, terms: Terms) -> Array:
        """Whether the mini-batch is guessed as badly as wanted."""
        return terms["forget"] >= self.stop_at * math.log(model.n_classes)
