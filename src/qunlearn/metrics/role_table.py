"""The tables of metrics that need to know which rows were trained on: ROLE_METRICS and ENSEMBLE_METRICS."""

from collections.abc import Mapping
from functools import partial
from math import inf
from types import MappingProxyType

from qunlearn.metrics import epsilon, role_metrics
from qunlearn.metrics.klom import klom
from qunlearn.metrics.metric import EnsembleMetric, GoldMetric, ModelMetric

SALUN = "arXiv:2310.12508"
CHALLENGE = "NeurIPS 2023 unlearning challenge, arXiv:2406.09073"

_fraction = partial(ModelMetric, family="roles", unit="fraction", range=(0.0, 1.0), source=SALUN)
_between = partial(GoldMetric, family="roles", unit="fraction", range=(0.0, 1.0))
_ensemble = partial(EnsembleMetric, family="ensembles")
_epsilon = partial(_ensemble, function=epsilon.epsilon_hat, target="gold-gold", source=CHALLENGE)
_klom = partial(
    _ensemble,
    function=klom,
    summary="p95",
    target="gold-gold",
    unit="nats",
    range=(0.0, inf),
    source="arXiv:2410.23232",
)

_ROLE_ROWS: tuple[ModelMetric | GoldMetric, ...] = (
    _fraction(
        id="ua",
        label="unlearning accuracy (UA)",
        function=role_metrics.ua,
        meaning="forget samples that are predicted wrongly",
    ),
    _fraction(
        id="ra",
        label="remaining accuracy (RA)",
        function=role_metrics.ra,
        meaning="retain samples that are predicted correctly",
    ),
    _fraction(
        id="ta",
        label="test accuracy (TA)",
        needs=("unseen retained",),
        function=role_metrics.ta,
        meaning="unseen samples of retained classes that are predicted correctly",
    ),
    _fraction(
        id="mia",
        label="membership inference efficacy (MIA)",
        needs=("unseen retained",),
        function=role_metrics.mia,
        meaning="forget samples that a threshold on confidence calls unseen",
    ),
    _between(
        id="avg_gap",
        label="average gap of UA, RA, TA and MIA",
        needs=("unseen retained",),
        function=role_metrics.average_gap,
        view=role_metrics.accuracies_and_mia,
        source=SALUN,
        meaning="mean absolute difference from gold of ua, ra, ta and mia",
    ),
    _between(
        id="tow",
        label="tug of war (ToW)",
        needs=("unseen retained",),
        function=role_metrics.tug_of_war,
        view=role_metrics.accuracies,
        source="arXiv:2406.01257",
        meaning="product of 1 − |difference from gold| over accuracies on forget, retain and unseen samples",
    ),
    ModelMetric(
        id="zrf",
        label="zero retrain forgetting (ZRF)",
        needs=("untrained models",),
        family="roles",
        function=role_metrics.zrf,
        unit="bits",
        range=(0.0, 1.0),
        source="arXiv:2205.08096",
        meaning="1 − Jensen–Shannon divergence from untrained models on forget samples",
    ),
)

_ENSEMBLE_ROWS = (
    _epsilon(
        id="forgetting_quality",
        label="forgetting quality",
        transform=epsilon.quality,
        summary="mean",
        unit="score",
        range=(0.0, 1.0),
        meaning="2 / 2^bin of the ε̂ of each forget sample, mean over samples",
    ),
    _epsilon(
        id="epsilon_hat",
        label="ε̂, median over samples",
        summary="median",
        unit="nats",
        range=(0.0, inf),
        meaning="ε̂ at which thresholds tell unlearned from gold models by a forget sample, the median",
    ),
    _epsilon(
        id="epsilon_hat_p95",
        label="ε̂, 95th percentile",
        summary="p95",
        unit="nats",
        range=(0.0, inf),
        meaning="ε̂ at which thresholds tell unlearned from gold models, 95th percentile over forget samples",
    ),
    _klom(
        id="klom_forget",
        label="KLoM, forgotten samples",
        meaning="KL(gold‖unlearned) of the log-odds, 95th percentile over forget samples",
    ),
    _klom(
        id="klom_retain",
        label="KLoM, retained samples",
        role="retain",
        meaning="KL(gold‖unlearned) of the log-odds, 95th percentile over retain samples",
    ),
    _klom(
        id="klom_test",
        label="KLoM, test samples",
        needs=("ensembles", "test samples"),
        role="test",
        meaning="KL(gold‖unlearned) of the log-odds, 95th percentile over test samples",
    ),
)

ROLE_METRICS: Mapping[str, ModelMetric | GoldMetric] = MappingProxyType({row.id: row for row in _ROLE_ROWS})

ENSEMBLE_METRICS: Mapping[str, EnsembleMetric] = MappingProxyType({row.id: row for row in _ENSEMBLE_ROWS})
