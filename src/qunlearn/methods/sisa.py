"""SISA: retrain only the shards that held forgotten samples, from the slice on where they came in."""

from typing import ClassVar, cast

import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from qunlearn.methods.base.claim import Claim
from qunlearn.methods.base.method import Tier, method
from qunlearn.methods.base.problem import Problem, Unlearned
from qunlearn.methods.base.traits import Traits
from qunlearn.model.sharded import Sharded
from qunlearn.train.cost import Cost
from qunlearn.train.progress import Progress, silent
from qunlearn.train.shards import Stage, places, retrain_stages

_MET = (
    "{kept:.0f} of {stages:.0f} stages never saw a forgotten sample and are kept, the others are trained "
    "anew "
    "without any, given that `fit_sharded` trained the original on exactly the forget and retained samples"
)


@method
class SISA(Traits):
    """Train anew every stage (shard, slice) that saw a forgotten sample; all others are as without it, and
    stay.

    Needs a `Sharded` model trained by `fit_sharded`; `problem.training` says how. With the key of that
    training the result *is* `fit_sharded` on the retained samples; with another key it has the same
    distribution. To forget a class usually touches every shard and is retraining; a few rows touch few.
    `steps_taken` counts the mini-batches of all stages trained anew; the curve is their `loss`, stage by
    stage.
    """

    id: ClassVar[str] = "sisa"
    source: ClassVar[str] = "Bourtoule et al., arXiv 1912.03817"
    needs_model: ClassVar[type | None] = Sharded
    tier: ClassVar[Tier] = "exact"

    def __call__(self, problem: Problem, *, key: PRNGKeyArray, progress: Progress = silent) -> Unlearned:
        """Unlearn; the key decides initial parameters and the order of the rows in stages trained anew."""
        self.refuse(problem)
        model = cast(Sharded, problem.model)
        stages = affected(model, problem)
        params = jnp.asarray(problem.params)
        found = retrain_stages(model, params, problem.retain, stages, key, problem.training, progress)
        total = model.shards * model.slices
        values = {"kept": total - len(stages), "stages": total}
        claim = Claim(self.tier, True, values, _MET, "")
        return Unlearned(found.params, {"loss": found.loss}, len(found.loss), Cost(), found.cost, claim)


def affected(model: Sharded, problem: Problem) -> list[Stage]:
    """The stages that saw a forgotten sample: in its shard, its slice and all later ones.

    A row whose feature is replaced is another row in another place, so to forget a feature is to train all
    anew.
    """
    if problem.kind == "feature":
        return [Stage(s, r) for s in range(model.shards) for r in range(model.slices)]
    where = places(model, problem.forget)
    first = {int(s): int(where[where[:, 0] == s, 1].min()) for s in np.unique(where[:, 0])}
    return [Stage(s, r) for s, begin in first.items() for r in range(begin, model.slices)]
