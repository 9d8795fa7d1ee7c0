"""The METRICS table: one row per metric. A new metric is its function, a row here and its test."""

from collections.abc import Mapping
from functools import partial
from math import inf, pi, sqrt
from types import MappingProxyType

from qunlearn.metrics import classification as labels
from qunlearn.metrics import divergence, probability, ranking, views
from qunlearn.metrics.metric import GoldMetric, ModelMetric
from qunlearn.metrics.parameters import angle_distance

SEED = "arXiv:2601.04413, section 4.3"
BLOG = "named in the announcement of arXiv:2601.04413; formula of scikit-learn"
SALUN = "arXiv:2310.12508"
LIN = "J. Lin, IEEE Trans. Inf. Theory 37 (1991) 145"
MIXING = "D. A. Levin and Y. Peres, Markov Chains and Mixing Times, chapter 4"
FIDELITY = "top-1 agreement of arXiv:2106.05945"
TEACHER = "activation distance of arXiv:2205.08096"
UNROLLING = "verification error of arXiv:2109.13398, here modulo 2π"

MEDIANS = (
    "gold against gold, where pairs times samples are more than 2²⁵: over as many of the first 64 gold "
    "models as stay below that"
)

_fraction = partial(ModelMetric, family="labels", unit="fraction", range=(0.0, 1.0))
_probability = partial(ModelMetric, family="probability", unit="probability", range=(0.0, 1.0), source=SEED)
_divergence = partial(GoldMetric, family="divergence")
_kl = partial(_divergence, function=divergence.kl_divergence, unit="nats", range=(0.0, inf), source=SEED)
_kl_renormalised = partial(
    _kl,
    view=views.retained_samples_and_classes,
    needs=("two retained classes", "retained mass", "finite"),
)
_kl_full = partial(_kl, view=views.retained_samples, needs=("finite",))
_js = partial(_divergence, function=divergence.js_divergence, unit="bits", range=(0.0, 1.0), source=LIN)
_tv = partial(
    _divergence, function=divergence.total_variation, unit="probability", range=(0.0, 1.0), source=MIXING
)
_agreement = partial(
    _divergence, function=divergence.agreement, unit="fraction", range=(0.0, 1.0), source=FIDELITY
)
_activation = partial(
    _divergence,
    function=divergence.activation_distance,
    unit="probability",
    range=(0.0, sqrt(2)),
    source=TEACHER,
)

_ROWS: tuple[ModelMetric | GoldMetric, ...] = (
    _fraction(
        id="recall",
        label="recall",
        needs=("class occurs",),
        function=labels.recall,
        per_class=True,
        source=SEED,
        meaning="samples of a class that are predicted as it",
    ),
    _fraction(
        id="forget_recall",
        label="recall of the forgotten class",
        short="recall",
        needs=("class request", "forgotten samples"),
        function=labels.forget_recall,
        source=SEED,
        meaning="samples of the forgotten class that are still predicted as it",
    ),
    _fraction(
        id="accuracy",
        label="accuracy",
        function=labels.accuracy,
        source=f"{SALUN} (TA, on test samples)",
        meaning="samples predicted correctly",
    ),
    _fraction(
        id="retain_accuracy",
        label="accuracy on retained samples",
        short="acc. retain",
        function=labels.retain_accuracy,
        source=f"{SALUN} (RA, on training samples)",
        meaning="retained samples predicted correctly",
    ),
    _fraction(
        id="forget_accuracy",
        label="accuracy on forgotten samples",
        short="acc. forget",
        needs=("forgotten samples",),
        function=labels.forget_accuracy,
        source=f"{SALUN} (1 − UA, on training samples)",
        meaning="samples of the request predicted correctly",
    ),
    _fraction(
        id="f1_retain",
        label="F1, retained classes",
        needs=("every class",),
        function=labels.f1_retain,
        source=BLOG,
        meaning="F1 on retained samples, plain mean over retained classes",
    ),
    _fraction(
        id="average_precision",
        label="average precision, forgotten class",
        needs=("class request", "forgotten samples"),
        function=ranking.average_precision,
        source=BLOG,
        meaning="how well p(forgotten class) ranks its samples before all others",
    ),
    _probability(
        id="forget_probability_forget",
        label="p(forgotten) on its own samples",
        short="p forget",
        needs=("class request", "forgotten samples"),
        function=probability.forget_probability_forget,
        meaning="mean probability of the forgotten class on its own samples",
    ),
    _probability(
        id="forget_probability_retain",
        label="p(forgotten) on retained samples",
        short="p retain",
        needs=("class request",),
        function=probability.forget_probability_retain,
        meaning="mean probability of the forgotten class on retained samples",
    ),
    _kl_renormalised(
        id="kl_gold_mean",
        label="KL(gold‖model), mean",
        short="KL",
        meaning="mean KL(gold‖model) on retained samples, renormalised over retained classes",
    ),
    _kl_renormalised(
        id="kl_gold_median",
        label="KL(gold‖model), median",
        note=MEDIANS,
        statistic="median",
        meaning="median KL(gold‖model) on retained samples, renormalised over retained classes",
    ),
    _kl_renormalised(
        id="kl_gold_max",
        label="KL(gold‖model), maximum",
        statistic="max",
        meaning="largest KL(gold‖model) on retained samples, renormalised over retained classes",
    ),
    _kl_full(
        id="kl_gold_full_mean",
        label="KL over all classes, mean",
        meaning="mean KL(gold‖model) on retained samples, over all classes",
    ),
    _kl_full(
        id="kl_gold_full_median",
        label="KL over all classes, median",
        note=MEDIANS,
        statistic="median",
        meaning="median KL(gold‖model) on retained samples, over all classes",
    ),
    _kl_full(
        id="kl_gold_full_max",
        label="KL over all classes, maximum",
        statistic="max",
        meaning="largest KL(gold‖model) on retained samples, over all classes",
    ),
    _js(
        id="js_gold_retain",
        label="Jensen–Shannon, retained samples",
        view=views.retained_samples,
        meaning="Jensen–Shannon divergence from gold on retained samples",
    ),
    _js(
        id="js_gold_forget",
        label="Jensen–Shannon, forgotten samples",
        short="JS",
        needs=("forgotten samples",),
        view=views.forget_samples,
        meaning="Jensen–Shannon divergence from gold on samples of the request",
    ),
    _tv(
        id="tv_gold_retain",
        label="total variation, retained samples",
        view=views.retained_samples,
        meaning="total variation distance from gold on retained samples",
    ),
    _tv(
        id="tv_gold_forget",
        label="total variation, forgotten samples",
        needs=("forgotten samples",),
        view=views.forget_samples,
        meaning="total variation distance from gold on samples of the request",
    ),
    _agreement(
        id="agreement_retain",
        label="agreement, retained samples",
        view=views.retained_samples,
        meaning="retained samples on which model and gold predict the same class",
    ),
    _agreement(
        id="agreement_forget",
        label="agreement, forgotten samples",
        needs=("forgotten samples",),
        view=views.forget_samples,
        meaning="samples of the request on which model and gold predict the same class",
    ),
    _activation(
        id="activation_distance_retain",
        label="activation distance, retained samples",
        view=views.retained_samples,
        meaning="Euclidean distance from gold's probabilities on retained samples",
    ),
    _activation(
        id="activation_distance_forget",
        label="activation distance, forgotten samples",
        needs=("forgotten samples",),
        view=views.forget_samples,
        meaning="Euclidean distance from gold's probabilities on samples of the request",
    ),
    GoldMetric(
        id="parameter_distance",
        label="parameter distance",
        needs=("parameters",),
        family="parameters",
        function=angle_distance,
        view=views.parameters,
        target="diagnostic",
        unit="radians",
        range=(0.0, pi),
        source=UNROLLING,
        meaning="root mean square angle between parameters of model and gold",
    ),
)

METRICS: Mapping[str, ModelMetric | GoldMetric] = MappingProxyType({row.id: row for row in _ROWS})


HEADLINE = (
    "forget_recall",
    "retain_accuracy",
    "forget_probability_forget",
    "forget_probability_retain",
    "kl_gold_mean",
    "kl_gold_median",
    "kl_gold_max",
)
"""The quantities that `summary.json` holds for every model, and that reports contrast."""

HEADLINE_ROWS = ("forget_accuracy", "js_gold_forget", "tv_gold_forget")
"""Further ones where the request is no class, so that those of one class are undefined."""
