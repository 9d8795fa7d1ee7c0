"""What an unlearning method is given, and what it gives back."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import Array
from jaxtyping import Float, Int

from qunlearn._errors import require
from qunlearn.model.classifier import Classifier
from qunlearn.train.cost import Cost
from qunlearn.train.fit import Rows, Training


@dataclass(frozen=True)
class Problem:
    """A trained model and the data to take out of it: all that a method may look at (no test data, no gold).

    model: the classifier; params (P,): its trained parameters θ₀.
    forget: training rows of the request; retain: the other training rows.
    anchors (A, d): retained inputs whose predictions are to be preserved; default all retained rows.
    calibration (C, d): inputs of the forget set from which targets are derived; default all of them.
    val: validation rows without the forgotten class; training: how the model was trained.
    forget_class: index of the forgotten class, None for requests that are no class.
    """

    model: Classifier
    params: Any
    forget: Rows
    retain: Rows
    val: Rows
    training: Training
    forget_class: int | None
    anchors: Any = None
    calibration: Any = None

    def __post_init__(self) -> None:
        for name, rows in (("forget", self.forget), ("retain", self.retain)):
            require(len(rows.y) > 0, f"there are no {name} rows, so there is nothing to unlearn from")
        if self.anchors is None:
            object.__setattr__(self, "anchors", self.retain.x)
        if self.calibration is None:
            object.__setattr__(self, "calibration", self.forget.x)
        require(len(self.anchors) > 0, "there must be at least one anchor")
        require(len(self.calibration) > 0, "there must be at least one calibration sample")

    def probabilities(self, x: Any) -> Array:
        """Class probabilities (n, K) of the original model."""
        return probabilities(self.model, self.params, x)

    def require_class(self, method: str) -> int:
        """The forgotten class, or the refusal of a method that needs one."""
        require(
            self.forget_class is not None,
            f"method {method} redistributes the probability of one forgotten class: it needs a class request",
        )
        assert self.forget_class is not None
        return self.forget_class


@partial(jax.jit, static_argnames="model")
def probabilities(
    model: Classifier, params: Float[Array, " P"], x: Float[Array, "n d"]
) -> Float[Array, "n K"]:
    """Class probabilities (n, K) of `model` at `params` (P,) for inputs x (n, d)."""
    return jax.nn.softmax(model.logits(params, x))


@partial(
    jax.tree_util.register_dataclass,
    data_fields=("params", "trace", "steps_taken"),
    meta_fields=("step_cost", "preparation"),
)
@dataclass(frozen=True)
class Unlearned:
    """New parameters (P,), the curves of the method's terms (steps,), and the cost.

    `steps_taken` counts the updates made before the method's stopping rule held, if it has one; the curves are NaN after.
    """

    params: Float[Array | np.ndarray, "*m P"]
    trace: dict[str, Float[Array | np.ndarray, "*m S"]]
    steps_taken: Int[Array | np.ndarray, "*m"] | int
    step_cost: Cost
    preparation: Cost

    @property
    def cost(self) -> Cost:
        """Evaluations spent (of one result, not of a mapped-over batch)."""
        taken = int(self.steps_taken)
        step = self.step_cost
        return self.preparation + Cost(taken * step.gradients, taken * step.forwards)
