"""The ATTACKS table, and MEMBERSHIP: what attacks that need predictions only score, as metrics.

A new attack is its function, a row here and its test.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from qunlearn.attacks import lira, rmia, signals
from qunlearn.attacks.attack import Attack
from qunlearn.attacks.curve import auc
from qunlearn.attacks.ulira import ulira_accuracy
from qunlearn.metrics.estimate import Scores
from qunlearn.metrics.metric import EnsembleMetric, ModelMetric
from qunlearn.metrics.roles import RolePredictions

YEOM = "arXiv:1709.01604"
SONG = "arXiv:2003.10595"
LIRA = "arXiv:2112.03570"
RMIA = "arXiv:2312.03262"

_informed = partial(Attack, needs="reference models")

_ROWS = (
    Attack(id="loss", label="loss", function=signals.loss, source=YEOM, meaning="low loss means member"),
    Attack(
        id="confidence",
        label="confidence",
        function=signals.confidence,
        source=SONG,
        meaning="high probability of the true label means member",
    ),
    Attack(
        id="entropy",
        label="entropy",
        function=signals.entropy,
        source=SONG,
        meaning="low entropy of the prediction means member",
    ),
    Attack(
        id="modified_entropy",
        label="modified entropy",
        function=signals.modified_entropy,
        source=SONG,
        meaning="low entropy on the true label means member",
    ),
    Attack(
        id="margin",
        label="margin",
        function=signals.margin,
        source=LIRA,
        meaning="large distance between the true label and the next best means member",
    ),
    _informed(
        id="lira_online",
        label="LiRA online",
        function=lira.lira_online,
        source=LIRA,
        meaning="likelihood ratio between reference models with and without the sample",
    ),
    _informed(
        id="lira_offline",
        label="LiRA offline",
        function=lira.lira_offline,
        source=LIRA,
        meaning="surer than reference models without the sample",
    ),
    _informed(
        id="rmia_online",
        label="RMIA online",
        function=rmia.rmia_online,
        source=RMIA,
        meaning="likelier against reference models than other samples are",
    ),
    _informed(
        id="rmia_offline",
        label="RMIA offline",
        function=rmia.rmia_offline,
        source=RMIA,
        meaning="likelier against reference models without the sample than other samples are",
    ),
)

ATTACKS: Mapping[str, Attack] = MappingProxyType({row.id: row for row in _ROWS})

TARGETS = {"forget": "forgotten", "retain": "retained"}
"""The roles whose membership is attacked."""


def _auc_of(attack: Attack, role: str, predictions: RolePredictions) -> Scores:
    members, others = predictions.having(role), predictions.non_members(role)
    scores = attack.function(predictions.p, predictions.y)
    return auc(scores[:, members], scores[:, others])


def _membership(attack: Attack, role: str) -> ModelMetric:
    return ModelMetric(
        id=f"membership_{attack.id}_{role}",
        label=f"membership by {attack.label}, {TARGETS[role]} samples",
        function=partial(_auc_of, attack, role),
        family="membership",
        role=role,
        unit="AUC",
        range=(0.0, 1.0),
        source=attack.source,
        meaning=f"{TARGETS[role]} samples against unseen ones: {attack.meaning}",
        needs=("unseen forgotten" if role == "forget" else "unseen retained",),
    )


_ulira = partial(
    EnsembleMetric,
    function=ulira_accuracy,
    family="membership",
    target=0.5,
    unit="accuracy",
    range=(0.0, 1.0),
    source="arXiv:2403.01218",
)

_MEMBERSHIP: tuple[ModelMetric | EnsembleMetric, ...] = (
    *(_membership(a, role) for role in TARGETS for a in _ROWS if a.needs == "predictions"),
    _ulira(
        id="membership_ulira",
        label="U-LiRA, forgotten samples",
        summary="mean",
        meaning="forget samples that tell unlearned from gold models, by likelihood ratio",
    ),
    _ulira(
        id="membership_ulira_p95",
        label="U-LiRA, 95th percentile",
        summary="p95",
        meaning="the same on the most exposed forget samples, 95th percentile",
    ),
)

MEMBERSHIP: Mapping[str, ModelMetric | EnsembleMetric] = MappingProxyType(
    {row.id: row for row in _MEMBERSHIP}
)
