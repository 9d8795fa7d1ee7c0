"""What an unlearning method is given, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float, Int

from qunlearn._errors import fail, require, require_one_of, typed
from qunlearn.data.requests import KINDS
from qunlearn.data.samples import Samples
from qunlearn.methods.base.claim import Claim
from qunlearn.model.arrays import AnyArray
from qunlearn.model.classifier import Classifier
from qunlearn.model.probabilities import logits, probabilities
from qunlearn.train.check import checked_inputs, checked_rows
from qunlearn.train.cost import Cost
from qunlearn.train.federated import Federation
from qunlearn.train.fit import Training
from qunlearn.train.history import History


@dataclass(frozen=True, eq=False)
class Problem:
    """A trained model and the data to take out of it: all that a method may look at (no test data, no gold).

    model: the classifier; params (P,): its trained parameters θ₀.
    forget: training samples of the request; retain: the other training samples. For a feature both hold every
    training sample, in the same order: forget with the feature, retain with it replaced.
    val: validation samples without the forgotten class, for methods that select by them; may be empty.
    training: how the model was trained.
    forget_index: index of the forgotten class, None for requests that are no class.
    kind: what the request comes down to, one of `qunlearn.data.requests.KINDS`; None stands for "class" where
    there is a forgotten class, and for "instances" where there is none.
    anchors (A, d): retained inputs whose predictions are to be preserved; default all retained samples.
    calibration (C, d): inputs of the forget set from which targets are derived; default all of them.

    federation: which participant holds which retained sample, None where the model was trained by one owner;
    history: the rounds of that training, where they were recorded, the removed participant's included.

    Inputs are kept as float64 radians, labels as int64 class indices. Raises `InputError` when forget or
    retain samples, anchors or calibration samples are missing or do not fit the model, parameters or the
    forgotten class are not the model's, or the kind does not fit the rows.
    """

    model: Classifier
    params: Any
    forget: Samples
    retain: Samples
    val: Samples
    training: Training
    forget_index: int | None
    anchors: Any = None
    calibration: Any = None
    kind: str | None = None
    federation: Federation | None = None
    history: History | None = None

    def __post_init__(self) -> None:
        shape, n_params = jnp.shape(self.params), self.model.n_params
        require(
            shape == (n_params,), f"`params` must have shape ({n_params},) for this model, but have {shape}"
        )
        anchors = self.retain.x if self.anchors is None else self.anchors
        calibration = self.forget.x if self.calibration is None else self.calibration
        kept = {
            "forget": checked_rows(self.model, self.forget, "forget"),
            "retain": checked_rows(self.model, self.retain, "retain"),
            "anchors": checked_inputs(self.model, anchors, "anchor"),
            "calibration": checked_inputs(self.model, calibration, "calibration"),
        }
        if len(self.val.y) > 0:
            kept["val"] = checked_rows(self.model, self.val, "validation")
        if self.forget_index is not None:
            kept["forget_index"] = self._checked_class()
        kept["kind"] = self._checked_kind()
        if self.federation is not None:
            n, given = len(self.retain.y), len(self.federation.clients)
            require(n == given, f"there must be one client for each of {n} retain samples, not {given}")
        for name, value in kept.items():
            object.__setattr__(self, name, value)

    def _checked_class(self) -> int:
        c, n_classes = typed("forget_index", self.forget_index, int), self.model.n_classes
        require(0 <= c < n_classes, f"`forget_index` must be in 0..{n_classes - 1}, but is {c}")
        return c

    def _checked_kind(self) -> str:
        is_class = self.forget_index is not None
        kind = self.kind or ("class" if is_class else "instances")
        require_one_of("kind", kind, KINDS)
        require(
            is_class == (kind == "class"),
            f"a request of the kind {kind} must {'not ' if is_class else ''}have a `forget_index`",
        )
        if kind == "feature":
            paired = np.array_equal(self.forget.y, self.retain.y)
            require(paired, "forget and retain of a feature must be the same rows in the same order")
        return kind

    def probabilities(self, x: ArrayLike) -> Array:
        """Class probabilities (n, K) of the original model for inputs x (n, d)."""
        return probabilities(self.model, self.params, x)

    def logits(self, x: ArrayLike) -> Array:
        """Logits (n, K) of the original model for inputs x (n, d)."""
        return logits(self.model, self.params, x)

    def require_class(self, what: str) -> int:
        """The forgotten class; where the request has none, the refusal of `what`, which needs one."""
        require(
            self.forget_index is not None,
            f"{what} works on one forgotten class, but this request is not one: "
            "ask to forget a class, or choose another method",
        )
        assert self.forget_index is not None
        return self.forget_index

    def require_removed_rows(self, what: str) -> None:
        """Refuse `what`, which pushes the model away from the forget samples, for a feature: all stay."""
        require(
            self.kind != "feature",
            f"{what} pushes the model away from forgotten samples, but to forget a feature every row stays: "
            "choose a method that learns how the model is to answer, such as finetune or distribution_guided",
        )

    def require_history(self, what: str) -> tuple[Federation, History]:
        """The federation that trained the model and its rounds; where they are not known, the refusal of
        `what`, which works from them.
        """
        if self.federation is None or self.history is None:
            missing = (
                "federation trained this model"
                if self.federation is None
                else "rounds of its training are there"
            )
            fail(
                f"method {what} works from the recorded rounds of a federation, but no {missing}: give the "
                "problem the `federation` and `history` of `fit_federated`, or choose another method"
            )
        return self.federation, self.history


@partial(
    jax.tree_util.register_dataclass,
    data_fields=("params", "trace", "steps_taken", "claim"),
    meta_fields=("step_cost", "preparation"),
)
@dataclass(frozen=True, eq=False)
class Unlearned:
    """New parameters (P,), the curves of the method's terms (steps,), and the cost.

    `steps_taken` counts the mini-batches that were evaluated, the one at which a stopping rule held included;
    entry i of a curve belongs to mini-batch i, before its update, and is NaN from `steps_taken` on.
    `step_cost` is spent on each of them (a tuple: on the first, the second, ...), `preparation` on everything
    else. `claim` says whether the method's tier was reached; None: the tier asks for nothing more than the
    method itself. After `jax.vmap` over a hyper-parameter every array has the mapped axis first.
    """

    params: Float[Array | np.ndarray, "*m P"]
    trace: Mapping[str, AnyArray]
    steps_taken: Int[Array | np.ndarray, "*m"] | int
    step_cost: Cost | tuple[Cost, ...]
    preparation: Cost
    claim: Claim | None = None

    @property
    def cost(self) -> Cost:
        """Evaluations spent (of one result, not of a mapped-over batch)."""
        taken = int(self.steps_taken)
        if isinstance(self.step_cost, Cost):
            return self.preparation + self.step_cost * taken
        return sum(self.step_cost[:taken], self.preparation)
