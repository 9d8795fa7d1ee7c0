"""Metrics: NumPy arrays in, estimates out. Nothing here needs JAX, nor the simulator."""

from qunlearn.metrics.classification import confusion
from qunlearn.metrics.ensembles import evaluate_ensembles
from qunlearn.metrics.estimate import Estimate
from qunlearn.metrics.evaluate import Spread, evaluate, evaluate_many, gap, gold_against_gold
from qunlearn.metrics.metric import FAMILIES, Metric
from qunlearn.metrics.predictions import Predictions
from qunlearn.metrics.probability import probability_range
from qunlearn.metrics.role_table import ENSEMBLE_METRICS, ROLE_METRICS
from qunlearn.metrics.roles import ROLES, RolePredictions
from qunlearn.metrics.state_table import STATE_METRICS
from qunlearn.metrics.table import HEADLINE, HEADLINE_ROWS, METRICS

__all__ = [
    "ENSEMBLE_METRICS",
    "FAMILIES",
    "HEADLINE",
    "HEADLINE_ROWS",
    "METRICS",
    "ROLES",
    "ROLE_METRICS",
    "STATE_METRICS",
    "Estimate",
    "Metric",
    "Predictions",
    "RolePredictions",
    "Spread",
    "confusion",
    "evaluate",
    "evaluate_ensembles",
    "evaluate_many",
    "gap",
    "gold_against_gold",
    "probability_range",
]
