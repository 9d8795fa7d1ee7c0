"""Where a row says that its metric is undefined, it is, with a reason; and nowhere else."""

import numpy as np
import pytest

from qunlearn.attacks import MEMBERSHIP
from qunlearn.audit.every_metric import EVERY_METRIC
from qunlearn.metrics import (
    ENSEMBLE_METRICS,
    METRICS,
    ROLE_METRICS,
    Predictions,
    RolePredictions,
    evaluate,
    evaluate_ensembles,
    gap,
    gold_against_gold,
)
from qunlearn.metrics.metric import UNDEFINED
from reference import ensembles
from reference.metrics import example

MODELS, GOLD = example(1, seed=1), example(3, seed=2)
RETAINED = ~GOLD["forget"]


def of(data, rows=slice(None), c=1):
    return Predictions(data["p"][:, rows], data["y"][rows], data["forget"][rows], c, data["params"])


def alike(p, y, c):
    """One model or several that answer every sample with `p`."""
    return Predictions(np.broadcast_to(p, (len(y), len(p))), np.array(y), np.array(y) == c, c, np.zeros(1))


SURE, EVEN, ELSEWHERE = [0.8, 0.0, 0.2], [0.4, 0.4, 0.2], [0.0, 0.0, 1.0]
ON_SAMPLES = {
    "nothing lacks": (set(), of(MODELS), of(GOLD)),
    "nothing to forget, and no class 3": (
        {"forgotten samples", "class occurs", "every class"},
        of(MODELS, RETAINED & (GOLD["y"] != 3)),
        of(GOLD, RETAINED & (GOLD["y"] != 3)),
    ),
    "no class": ({"class request", "every class"}, of(MODELS, c=None), of(GOLD, c=None)),
    "two classes": (
        {"two retained classes"},
        alike([0.4, 0.6], [0, 0, 1], 1),
        alike([0.5, 0.5], [0, 0, 1], 1),
    ),
    "surer than gold": ({"finite"}, alike(SURE, [0, 1, 2], 2), alike(EVEN, [0, 1, 2], 2)),
    "only the forgotten class": (
        {"retained mass", "finite"},
        alike(ELSEWHERE, [0, 1, 2], 2),
        alike(EVEN, [0, 1, 2], 2),
    ),
    "no parameters": (
        {"parameters"},
        Predictions(MODELS["p"], MODELS["y"], MODELS["forget"], 1),
        Predictions(GOLD["p"], GOLD["y"], GOLD["forget"], 1),
    ),
}


def lacking(table, lack):
    return {id for id, row in table.items() if set(row.needs) & lack}


def missing(found):
    """The ids without a value, each with its reason."""
    assert all(estimate.reason for estimate in found.values() if estimate.value is None)
    return {id for id, estimate in found.items() if estimate.value is None}


@pytest.mark.parametrize("name", ON_SAMPLES)
def test_of_samples(name):
    lack, model, gold = ON_SAMPLES[name]
    found = missing(evaluate(model, gold))
    absent = {f"recall/{c}" for c in range(model.n_classes) if c not in model.y}
    assert bool(absent) == ("class occurs" in lack)
    assert found == lacking(METRICS, lack - {"class occurs"}) | absent


def test_gold_models_lack_what_a_model_lacks():
    _, model, gold = ON_SAMPLES["nothing to forget, and no class 3"]
    found, null = evaluate(model, gold), gold_against_gold(gold)
    for id in missing(found):
        assert found[id].reason == null[id].estimate.reason
        assert (null[id].low, null[id].high, null[id].values) == (None, None, ())
        assert gap(found[id], null[id]) is None


P, Y, ROLES = ensembles.example(8, seed=1)
RANDOM, _, _ = ensembles.example(2, seed=3)
UNSEEN = np.isin(ROLES, ("test", "holdout"))
WITH_ROLES = {
    "nothing lacks": (set(), np.full(48, True), {}),
    "no untrained models": ({"untrained models"}, np.full(48, True), {"untrained": None}),
    "no unseen sample of the class": ({"unseen forgotten"}, ~UNSEEN | (Y != 0), {}),
    "unseen samples of the class only": ({"unseen retained"}, ~UNSEEN | (Y == 0), {}),
    "no test sample": ({"test samples"}, ROLES != "test", {}),
    "few models": ({"ensembles"}, np.full(48, True), {"models": 7}),
}


@pytest.mark.parametrize("name", WITH_ROLES)
def test_of_roles(name):
    lack, rows, change = WITH_ROLES[name]
    untrained = change.get("untrained", RANDOM)
    untrained = None if untrained is None else untrained[:, rows]
    models = RolePredictions(P[: change.get("models", 8), rows], Y[rows], ROLES[rows], untrained)
    one = RolePredictions(P[:1, rows], Y[rows], ROLES[rows], untrained)
    tables = {**ROLE_METRICS, **ENSEMBLE_METRICS, **MEMBERSHIP}
    found = missing(evaluate(one, models, tables))
    found |= missing({id: value for id, (value, _) in evaluate_ensembles(models, models, tables).items()})
    assert found == lacking(tables, lack)


def test_every_reason_is_tried():
    tried = set().union(*(case[0] for case in (*ON_SAMPLES.values(), *WITH_ROLES.values())))
    assert tried | {"two gold models", "states"} == set(UNDEFINED)
    assert {need for row in EVERY_METRIC.values() for need in row.needs} == set(UNDEFINED)
