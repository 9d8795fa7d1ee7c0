"""The numbers that a plan's criteria look at, for all models at once."""

import numpy as np

from qunlearn._errors import fail
from qunlearn.audit.equivalence import Measured
from qunlearn.audit.plan import Criterion
from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.metric import GoldMetric, ModelMetric
from qunlearn.metrics.pairs import Comparison, compare
from qunlearn.metrics.roles import RolePredictions


def measure(criterion: Criterion, models: RolePredictions) -> Measured | Undefined:
    """The criterion of every one of N models, alone or against every other; or why there is none."""
    try:
        view = models if criterion.part == "roles" else models.part(criterion.part)
        metric = criterion.row
        if isinstance(metric, GoldMetric):
            seen = metric.view(view)
            values = compare(Comparison(metric.function, seen, seen), ["mean"])["mean"].by_model
        elif isinstance(metric, ModelMetric):
            values = metric.function(view).values
        else:
            fail(f"metric {metric.id} cannot be a criterion")
    except Undefined as reason:
        return reason
    return Measured(values, criterion.sd_multiple, criterion.min_margin)


def pooled(unlearned: RolePredictions, gold: RolePredictions) -> RolePredictions:
    """Unlearned models first, then gold models, as one set of predictions."""
    p = np.concatenate([unlearned.p, gold.p])
    return RolePredictions(p, gold.y, gold.roles, gold.untrained)
