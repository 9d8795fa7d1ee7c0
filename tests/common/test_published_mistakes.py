"""Mistakes that published audits contain; every metric and attack of every table must be free of them."""

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.attacks import ATTACKS, MEMBERSHIP, References
from qunlearn.metrics import (
    ENSEMBLE_METRICS,
    METRICS,
    ROLE_METRICS,
    RolePredictions,
    evaluate,
    evaluate_ensembles,
)
from qunlearn.metrics.metric import GoldMetric
from reference import ensembles as slow

MODELS, Y, ROLES = slow.example(8, seed=1)
GOLD, _, _ = slow.example(8, seed=2)
RANDOM, _, _ = slow.example(2, seed=3)
EVERY = {**METRICS, **ROLE_METRICS, **ENSEMBLE_METRICS, **MEMBERSHIP}
OWN_CLASS = np.isin(ROLES, ("test", "holdout")) & (Y == 0)
OTHERS = np.isin(ROLES, ("test", "holdout")) & (Y != 0)


def values(models=MODELS, gold=GOLD, y=Y, roles=ROLES, random=RANDOM):
    """Every number of every table: the first model against gold, and all models against gold."""

    def of(p):
        return RolePredictions(p, y, roles, random)

    one, many, reference = of(models[:1]), of(models), of(gold)
    found = evaluate(one, reference, {**ROLE_METRICS, **MEMBERSHIP})
    for part in ("train", "unseen"):
        each = evaluate(one.part(part), reference.part(part))
        found |= {f"{id}@{part}": estimate for id, estimate in each.items()}
    tables = {**ENSEMBLE_METRICS, **MEMBERSHIP}
    found |= {id: estimate for id, (estimate, _) in evaluate_ensembles(many, reference, tables).items()}
    return {id: estimate.value for id, estimate in found.items() if "parameter" not in id}


def assert_same(before, after, ids=None):
    for id in before if ids is None else ids:
        assert after[id] == pytest.approx(before[id], rel=1e-9, abs=1e-12), id


def test_every_table_is_covered():
    assert {id.split("@")[0].split("/")[0] for id in values()} == set(EVERY) - {"parameter_distance"}
    assert not [id for id, value in values().items() if value is None]


def test_no_number_depends_on_how_many_classes_there_are():
    """A fourth class that is never predicted and never occurs: sums over classes stay, means would fall."""

    def padded(p):
        return np.concatenate([p, np.zeros((*p.shape[:2], 1))], axis=2)

    after = values(padded(MODELS), padded(GOLD), random=padded(RANDOM))
    before = values()
    assert_same(before, after, [id for id in before if not id.startswith("f1_retain")])


def test_no_number_depends_on_the_names_of_the_classes():
    order = [1, 2, 0]
    y = np.argsort(order)[Y]
    after = values(MODELS[:, :, order], GOLD[:, :, order], y=y, random=RANDOM[:, :, order])
    before = values()
    assert_same(before, after, [id for id in before if "/" not in id])


def test_no_number_depends_on_the_order_of_samples():
    order = np.random.default_rng(0).permutation(48)
    after = values(MODELS[:, order], GOLD[:, order], Y[order], ROLES[order], RANDOM[:, order])
    assert_same(values(), after)


def test_divergences_are_from_gold_to_the_model():
    """Gold sure, model even: ln 2, or 1 bit; the other way round it is infinite or another number."""
    y, roles = np.array([0, 1, 1, 1, 0]), np.array(["forget", "retain", "test", "holdout", "test"])
    sure, even = np.zeros((1, 5, 2)), np.full((1, 5, 2), 0.5)
    sure[0, :, 0] = 1
    model, gold = (RolePredictions(p, y, roles).part("train") for p in (even, sure))
    assert evaluate(model, gold)["kl_gold_full_mean"].value == pytest.approx(np.log(2))
    assert evaluate(gold, model)["kl_gold_full_mean"].value is None


def test_klom_is_from_gold_to_unlearned():
    """Gold in one bin, unlearned models in two: ln 2; the other way round almost ln(1e5) / 2."""
    mask = np.arange(16) < 8
    scores = np.where(mask, np.arange(16) % 2, 0.0)[:, None]
    function = ENSEMBLE_METRICS["klom_forget"].function
    assert function(scores, mask[None]).item() == pytest.approx(np.log(2))
    assert function(scores, ~mask[None]).item() > 4


@pytest.mark.parametrize("id", [id for id, a in ATTACKS.items() if a.needs == "predictions"])
@pytest.mark.parametrize("role", ["forget", "retain"])
def test_no_auc_is_folded(id, role):
    """Members and non-members change roles: the AUC becomes 1 − AUC, on either side of one half."""
    metric = MEMBERSHIP[f"membership_{id}_{role}"]
    first, other = np.arange(48) % 2 == 0, "retain" if role == "forget" else "forget"
    y = np.resize([0, 1, 2], 48)
    found = []
    for members in (first, ~first):
        roles = np.where(members, role, "test").astype("<U7")
        roles[:2] = other
        found.append(metric.function(RolePredictions(MODELS, y, roles)).values)
    np.testing.assert_allclose(found[0], 1 - found[1])
    assert (found[0] < 0.5).any()
    assert (found[0] > 0.5).any()


SEEN_BY = {
    "ua": {"forget"},
    "ra": {"retain"},
    "ta": {"others"},
    "mia": {"forget", "retain", "others"},
    "avg_gap": {"forget", "retain", "others"},
    "tow": {"forget", "retain", "others"},
    "zrf": {"forget"},
    **{id: {"forget"} for id in ("forgetting_quality", "epsilon_hat", "epsilon_hat_p95", "klom_forget")},
    **{id: {"forget"} for id in ("membership_ulira", "membership_ulira_p95")},
    "klom_retain": {"retain"},
    "klom_test": {"own class", "others"},
    **{id: {"forget", "own class"} for id in MEMBERSHIP if id.endswith("_forget")},
    **{id: {"retain", "others"} for id in MEMBERSHIP if id.endswith("_retain")},
}
GROUPS = {"forget": ROLES == "forget", "retain": ROLES == "retain", "own class": OWN_CLASS, "others": OTHERS}


@pytest.mark.parametrize("group", list(GROUPS))
def test_every_number_looks_at_its_own_rows_only(group):
    """Members are never non-members, and unseen samples never members: others can answer what they like."""
    changed = MODELS.copy()
    changed[:, GROUPS[group]] = np.roll(changed[:, GROUPS[group]], 1, axis=2)
    before, after = values(), values(changed)
    assert set(SEEN_BY) == {id for id in before if "@" not in id}
    assert_same(before, after, [id for id, groups in SEEN_BY.items() if group not in groups])
    part = "unseen" if group in ("own class", "others") else "train"
    assert_same(before, after, [id for id in before if "@" in id and not id.endswith(part)])
    moved = {id for id in SEEN_BY if before[id] != after[id]}
    assert len(moved) >= len([id for id, groups in SEEN_BY.items() if group in groups]) * 0.7


@pytest.mark.parametrize("id", [id for id, metric in METRICS.items() if isinstance(metric, GoldMetric)][:3])
def test_mismatched_rows_are_refused(id):
    order = np.roll(np.arange(48), 1)
    shifted = RolePredictions(GOLD[:, order], Y[order], ROLES[order])
    with pytest.raises(InputError, match="must have the same"):
        evaluate(RolePredictions(MODELS[:1], Y, ROLES), shifted, {id: METRICS[id]})


@pytest.mark.parametrize("id", list(ATTACKS))
def test_a_score_does_not_depend_on_other_answers_of_the_target(id):
    """But for RMIA, which compares a sample with the population: there, on those of the population only."""
    member = np.stack([np.random.default_rng(r).permutation(48) < 24 for r in range(4)])
    population = np.arange(48) >= 40
    references = References(GOLD, np.concatenate([member, ~member]), population)
    extra = () if ATTACKS[id].needs == "predictions" else (references,)
    changed = MODELS.copy()
    changed[:, 10:30] = np.roll(changed[:, 10:30], 1, axis=2)
    before, after = (ATTACKS[id].function(p, Y, *extra) for p in (MODELS, changed))
    np.testing.assert_array_equal(
        np.delete(before, np.s_[10:30], axis=1), np.delete(after, np.s_[10:30], axis=1)
    )
