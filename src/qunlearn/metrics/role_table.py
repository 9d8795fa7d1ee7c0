"""The tables of metrics that need to know which rows were trained on: ROLE_METRICS and ENSEMBLE_METRICS."""

from collections.abc import Mapping
from functools import partial
from math import inf
from types import MappingProxyType

from qunlearn.metrics import epsilon, role_metrics
from qunlearn.metrics.ensembles import EnsembleMetric
from qunlearn.metrics.klom import klom
from qunlearn.metrics.metric import GoldMetric, ModelMetric

SALUN = "arXiv:2310.12508"
CHALLENGE = "NeurIPS 2023 unlearning challenge, arXiv:2406.09073"

_fraction = partial(ModelMetric, unit="fraction", range=(0.0, 1.0), source=SALUN)
_between = partial(GoldMetric, unit="fraction", range=(0.0, 1.0))
_epsilon = partial(EnsembleMetric, function=epsilon.epsilon_hat, target="gold-gold", source=CHALLENGE)
_klom = partial(
    EnsembleMetric,
    function=klom,
    summary="p95",
    target="gold-gold",
    unit="nats",
    range=(0.0, inf),
    source="arXiv:2410.23232",
)

_ROLE_ROWS: tuple[ModelMetric | GoldMetric, ...] = (
    _fraction(id="ua", function=role_metrics.ua, meaning="forget rows that are predicted wrongly"),
    _fraction(id="ra", function=role_metrics.ra, meaning="retain rows that are predicted correctly"),
    _fraction(
        id="ta",
        function=role_metrics.ta,
        meaning="unseen rows of retained classes that are predicted correctly",
    ),
    _fraction(
        id="mia", function=role_metrics.mia, meaning="forget rows that a threshold on confidence calls unseen"
    ),
    _between(
        id="avg_gap",
        function=role_metrics.average_gap,
        view=role_metrics.accuracies_and_mia,
        source=SALUN,
        meaning="mean absolute difference from gold of ua, ra, ta and mia",
    ),
    _between(
        id="tow",
        function=role_metrics.tug_of_war,
        view=role_metrics.accuracies,
        source="arXiv:2406.01257",
        meaning="product of 1 − |difference from gold| over the accuracies of forget, retain and unseen rows",
    ),
    ModelMetric(
        id="zrf",
        function=role_metrics.zrf,
        unit="bits",
        range=(0.0, 1.0),
        source="arXiv:2205.08096",
        meaning="1 − Jensen–Shannon divergence from untrained models on forget rows",
    ),
)

_ENSEMBLE_ROWS = (
    _epsilon(
        id="forgetting_quality",
        transform=epsilon.quality,
        summary="mean",
        unit="score",
        range=(0.0, 1.0),
        meaning="2 / 2^bin of the ε̂ of each forget row, mean over rows",
    ),
    _epsilon(
        id="epsilon_hat",
        summary="median",
        unit="nats",
        range=(0.0, inf),
        meaning="ε̂ at which thresholds tell unlearned from gold models by a forget row, median over rows",
    ),
    _epsilon(
        id="epsilon_hat_p95",
        summary="p95",
        unit="nats",
        range=(0.0, inf),
        meaning="ε̂ at which thresholds tell unlearned from gold models, 95th percentile over forget rows",
    ),
    _klom(id="klom_forget", meaning="KL(gold‖unlearned) of the log-odds, 95th percentile over forget rows"),
    _klom(
        id="klom_retain",
        role="retain",
        meaning="KL(gold‖unlearned) of the log-odds, 95th percentile over retain rows",
    ),
    _klom(
        id="klom_test",
        role="test",
        meaning="KL(gold‖unlearned) of the log-odds, 95th percentile over test rows",
    ),
)

ROLE_METRICS: Mapping[str, ModelMetric | GoldMetric] = MappingProxyType({row.id: row for row in _ROLE_ROWS})

ENSEMBLE_METRICS: Mapping[str, EnsembleMetric] = MappingProxyType({row.id: row for row in _ENSEMBLE_ROWS})
