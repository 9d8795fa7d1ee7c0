"""Exact removal of rows from a quantum kernel classifier."""

from typing import ClassVar, cast

import jax.numpy as jnp
import numpy as np
from jaxtyping import Int, PRNGKeyArray

from qunlearn._errors import require
from qunlearn.data.samples import Samples
from qunlearn.methods.base.claim import Claim
from qunlearn.methods.base.method import Tier, method
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.base.traits import Traits
from qunlearn.model.kernel import KernelClassifier
from qunlearn.model.kernel_ridge import fitted_labels, remove
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, silent

TOLERANCE = 1e-8

_MET = (
    "the head is the ridge head of the retained samples alone, up to rounding (the original's labels "
    "come out "
    "one-hot within {residual:.1g}); `compact` drops the forgotten samples from the model too"
)
_FAILED = (
    "the original is no ridge head of exactly the forget and retained samples: its labels are one-hot within "
    "{residual:.1g} only, or it has {others:.0f} other rows"
)


@method
class KernelRemoval(Traits):
    """Take rows out of the ridge head by a block downdate of its inverse; equal to refitting without them.

    Needs a `KernelClassifier` with parameters from `kernel_ridge`. The downdate needs no kernel entry, so no
    circuit is run: the cost is 0. Forgotten samples keep their place with zeros; `compact` gives the model
    without them. The key is not used.
    """

    id: ClassVar[str] = "kernel_removal"
    source: ClassVar[str] = "Schur complement of the ridge inverse; see `qunlearn.model.kernel_ridge`"
    needs_model: ClassVar[type | None] = KernelClassifier
    random: ClassVar[bool] = False
    tier: ClassVar[Tier] = "exact"

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; the claim is checked against the labels of all rows."""
        self.refuse(problem)
        model, params = cast(KernelClassifier, problem.model), np.asarray(problem.params)
        require(
            problem.kind != "feature",
            "method kernel_removal takes rows out, but to forget a feature every row stays: fit it anew",
        )
        labels, residual = fitted_labels(model, params)
        rows = numbers(model, labels, problem.forget)
        progress(f"unlearning ({self.id})", 0, 1)
        found = remove(model, params, rows)
        progress(f"unlearning ({self.id})", 1, 1)
        others = int((labels >= 0).sum()) - len(rows) - len(problem.retain.y)
        holds = residual <= TOLERANCE and others == 0
        claim = Claim(self.tier, holds, {"residual": residual, "others": others}, _MET, _FAILED)
        return Unlearned(jnp.asarray(found), {}, 1, Cost(), Cost(), claim)


def numbers(model: KernelClassifier, labels: np.ndarray, rows: Samples) -> Int[np.ndarray, " f"]:
    """Which training samples of the model `rows` are, by inputs and label; every row is found once.

    Raises `InputError` for a row that the model was not fitted to, or was already without.
    """
    free: dict[tuple[tuple[float, ...], int], list[int]] = {}
    for i, (x, y) in enumerate(zip(model.support, labels.tolist(), strict=True)):
        free.setdefault((x, y), []).append(i)
    found = []
    for x, y in zip(rows.x.tolist(), rows.y.tolist(), strict=True):
        left = free.get((tuple(x), y), [])
        require(left, f"the row {x} of class {y} is not among the training samples of the kernel classifier")
        found.append(left.pop())
    return np.array(found)
