"""Every metric of every table, and the row behind a reported id."""

from collections.abc import Mapping
from types import MappingProxyType

from qunlearn._errors import require, require_one_of
from qunlearn.attacks.anamnesis import RELEARNING
from qunlearn.attacks.membership import MEMBERSHIP
from qunlearn.metrics.metric import FAMILIES, Metric, ModelMetric
from qunlearn.metrics.role_table import ENSEMBLE_METRICS, ROLE_METRICS
from qunlearn.metrics.state_table import STATE_METRICS
from qunlearn.metrics.table import METRICS

TABLES: tuple[Mapping[str, Metric], ...] = (
    METRICS,
    ROLE_METRICS,
    ENSEMBLE_METRICS,
    MEMBERSHIP,
    RELEARNING,
    STATE_METRICS,
)

EVERY_METRIC: Mapping[str, Metric] = MappingProxyType(
    {id: row for family in FAMILIES for table in TABLES for id, row in table.items() if row.family == family}
)
"""By id, in the order of `FAMILIES`."""


def metric_of(id: str) -> Metric:
    """The row behind a reported id; the row `recall` answers for `recall/0`, `recall/1`, ..."""
    name, *label = id.split("/")
    require_one_of("metric", name, EVERY_METRIC)
    row = EVERY_METRIC[name]
    require(
        not label or (isinstance(row, ModelMetric) and row.per_class),
        f"metric {name} has one value, not one per class, but got {id}",
    )
    return row
