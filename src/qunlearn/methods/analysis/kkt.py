"""What `constrained` found, in words: which tolerances bind, their multipliers, and how exact it is."""

from dataclasses import dataclass

import numpy as np

from qunlearn._errors import require
from qunlearn.methods.base.problem import Unlearned
from qunlearn.methods.constrained import BOUNDED, FEASIBLE, MULTIPLIERS, STATIONARY, Constrained

TOLERANCES = ("epsilon", "delta", "forget_at_most")


@dataclass(frozen=True)
class Bound:
    """One tolerance: the quantity and its value, what was tolerated, the multiplier.

    The multiplier is how much more forgetting (mean q·log p, nats) a unit more of tolerance buys.
    """

    quantity: str
    value: float
    tolerance: str
    limit: float
    multiplier: float

    @property
    def holds(self) -> bool:
        """Whether the value is within the tolerance, to 1e-4 of it."""
        return self.value <= self.limit * (1 + FEASIBLE)

    @property
    def active(self) -> bool:
        """Whether it binds: the value is at the tolerance and the multiplier positive."""
        return self.multiplier > 0 and self.value >= self.limit * (1 - FEASIBLE)


@dataclass(frozen=True)
class Solution:
    """A Karush-Kuhn-Tucker point, as nearly as `residual` and the bounds say.

    residual: norm of the Lagrangian's gradient, nats per radian.
    """

    loss: float
    bounds: tuple[Bound, ...]
    residual: float

    @property
    def feasible(self) -> bool:
        """Whether every tolerance is kept."""
        return all(bound.holds for bound in self.bounds)

    @property
    def active(self) -> tuple[str, ...]:
        """The tolerances that bind."""
        return tuple(bound.tolerance for bound in self.bounds if bound.active)

    @property
    def stationary(self) -> bool:
        """Whether the residual is within 1e-5; if not, more `steps` are needed."""
        return self.residual <= STATIONARY

    def __str__(self) -> str:
        lines = [
            f"{b.quantity} {b.value:.6g} <= {b.tolerance} {b.limit:.6g}: "
            f"{'active' if b.active else 'holds' if b.holds else 'NOT MET'}, multiplier {b.multiplier:.6g}"
            for b in self.bounds
        ]
        state = "stationary" if self.stationary else "NOT stationary: take more `steps`"
        return "\n".join([*lines, f"residual {self.residual:.1e}: {state}"])


def solution(method: Constrained, unlearned: Unlearned) -> Solution:
    """Of one result of `method`, at the last mini-batch that it evaluated.

    Where the method came to its end these are the returned parameters; where `steps` ran out, those before
    the last update. Raises `InputError` for a result of another method, or of many mapped over.
    """
    at = np.asarray(unlearned.steps_taken)
    require(
        "residual" in unlearned.trace and at.ndim == 0, "`unlearned` must be one result of method constrained"
    )
    last = {name: float(curve[at - 1]) for name, curve in unlearned.trace.items()}
    bounds = tuple(
        Bound(quantity, last[quantity], tolerance, float(getattr(method, tolerance)), last[multiplier])
        for quantity, tolerance, multiplier in zip(BOUNDED, TOLERANCES, MULTIPLIERS, strict=True)
        if tolerance != "forget_at_most" or float(method.forget_at_most) < 1
    )
    return Solution(last["loss"], bounds, last["residual"])
