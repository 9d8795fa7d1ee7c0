"""Gradient ascent on the forget set."""

import math
from typing import ClassVar

from jax import Array

from qunlearn.methods.base.descent import Descent
from qunlearn.methods.base.method import Scalar, check_range, method
from qunlearn.methods.base.pools import Pools, Terms, labelled
from qunlearn.methods.base.problem import Problem
from qunlearn.model.classifier import Classifier
from qunlearn.model.losses import loss_on


@method
class GradientAscent(Descent):
    """Maximise the cross-entropy of the forget set until it reaches that of guessing.

    The objective has no upper bound of its own, so the ascent ends at the first mini-batch whose loss is at
    least `stop_at` · log K nats; that mini-batch changes nothing any more.
    """

    id: ClassVar[str] = "gradient_ascent"
    source: ClassVar[str] = "Graves et al., arXiv 2010.10981; for QML Su et al., arXiv 2509.06086"
    needs_removed_samples: ClassVar[bool] = True

    stop_at: Scalar = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("stop_at", self.stop_at, 0, open_low=True)

    def pools(self, problem: Problem) -> Pools:
        """The forget samples."""
        return {"forget": labelled(problem.forget)}

    def objective(self, model: Classifier, params: Array, start: Array, batch: Pools) -> tuple[Array, Terms]:
        """−CE(forget)."""
        forget = loss_on(model, params, batch["forget"])
        return -forget, {"forget": forget}

    def stop(self, model: Classifier, terms: Terms) -> Array:
        """Whether the mini-batch is guessed as badly as wanted."""
        return terms["forget"] >= self.stop_at * math.log(model.n_classes)
