"""A plan is made before any prediction, and its hash says whether it was changed."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.audit.former_plans import former_sha256
from qunlearn.audit.plan import PARTS, Criterion, Plan, criterion, default_plan, read_plan
from reference import ensembles as slow

_, Y, ROLES = slow.example(1)
PLAN = default_plan(Y, ROLES, gold=64, seeds={"train": 3})


def ids(plan):
    return [one.id for one in plan.criteria]


def test_a_class_request():
    assert ids(PLAN) == [
        "forget_recall@train",
        "forget_probability_forget@train",
        "tv_gold_forget@train",
        "retain_accuracy@train",
        "tv_gold_retain@train",
        "tv_gold_retain@unseen",
        "membership_confidence_retain@roles",
        "membership_confidence_forget@roles",
    ]
    recall, tv = PLAN.criteria[0], PLAN.criteria[2]
    assert (recall.sd_multiple, recall.min_margin, recall.large_means_remembered) == (4, 0.02, True)
    assert (tv.sd_multiple, tv.min_margin, tv.large_means_remembered) == (6, 0.01, False)


def test_other_requests_have_no_class():
    roles = np.where(np.arange(48) == 3, "retain", ROLES)
    roles[Y == 0] = np.where(ROLES[Y == 0] == "forget", "retain", ROLES[Y == 0])
    roles[3:9] = "forget"
    found = ids(default_plan(Y, roles, gold=64))
    assert found[0] == "forget_accuracy@train"
    assert "forget_recall@train" not in found


def test_criteria_without_rows_are_left_out():
    kept = ~(np.isin(ROLES, ("test", "holdout")) & (Y == 0))
    assert "membership_confidence_forget@roles" not in ids(default_plan(Y[kept], ROLES[kept], gold=64))
    kept = ~(np.isin(ROLES, ("test", "holdout")) & (Y != 0))
    found = ids(default_plan(Y[kept], ROLES[kept], gold=64))
    assert "tv_gold_retain@unseen" not in found
    assert "membership_confidence_retain@roles" not in found


def test_a_plan_survives_writing():
    assert read_plan(PLAN.canonical()) == PLAN
    assert read_plan(json.dumps(PLAN.to_dict(), indent=3)).sha256() == PLAN.sha256()


@pytest.mark.parametrize(
    "change",
    [
        {"alpha": 0.01},
        {"gold": 65},
        {"unlearned": 2},
        {"seed": 1},
        {"permutations": 1999},
        {"seeds": (("train", 4),)},
        {"criteria": PLAN.criteria[1:]},
        {"criteria": PLAN.criteria[::-1]},
        {"criteria": (replace(PLAN.criteria[0], sd_multiple=4.1), *PLAN.criteria[1:])},
    ],
)
def test_every_change_changes_the_hash(change):
    assert replace(PLAN, **change).sha256() != PLAN.sha256()


def test_the_hash_is_stable():
    plan = Plan((Criterion("accuracy", "unseen", 4.0, 0.02),), gold=19)
    assert plan.canonical() == (
        '{"alpha":0.05,"criteria":[{"large_means_remembered":false,"metric":"accuracy","min_margin":0.02,'
        '"part":"unseen","sd_multiple":4.0}],"gold":19,"permutations":999,"seed":0,"seeds":{},"unlearned":1}'
    )
    assert plan.sha256() == hashlib.sha256(plan.canonical().encode()).hexdigest()


def test_a_plan_in_its_former_spelling_is_read_and_hashed_as_it_was():
    former = (
        '{"alpha":0.05,"criteria":[{"least":0.02,"metric":"accuracy","multiple":4.0,"part":"unseen",'
        '"remembers":true}],"deals":500,"gold":19,"seed":0,"seeds":{},"unlearned":1}'
    )
    plan = read_plan(former)
    assert plan == Plan((Criterion("accuracy", "unseen", 4.0, 0.02, True),), gold=19, permutations=500)
    assert former_sha256(plan.to_dict()) == hashlib.sha256(former.encode()).hexdigest()
    assert former_sha256(plan.to_dict()) != plan.sha256()


ONE = {"metric": "accuracy", "part": "unseen", "sd_multiple": 4.0, "min_margin": 0.02}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "a plan must be a table"),
        ({"gold": 64}, "a plan lacks criteria"),
        ({"criteria": [ONE]}, "a plan lacks gold"),
        ({"criteria": [ONE], "gold": 64, "beta": 1}, "`key of a plan` must be one of"),
        ({"criteria": [], "gold": 64}, "at least one criterion"),
        ({"criteria": "all", "gold": 64}, "must be a list"),
        ({"criteria": [ONE, ONE], "gold": 64}, "every criterion once"),
        ({"criteria": [ONE], "gold": 2}, "`gold` must be >= 3"),
        ({"criteria": [ONE], "gold": 6.5}, "`gold` must be a whole number"),
        ({"criteria": [ONE], "gold": 64, "alpha": 0.7}, r"`alpha` must be in \(0, 0.5\)"),
        ({"criteria": [ONE], "gold": 64, "permutations": 5}, "`permutations` must be >= 99"),
        ({"criteria": [ONE], "gold": 64, "seeds": [1]}, "`seeds` of a plan must be a table"),
        ({"criteria": [{**ONE, "metric": "magic"}], "gold": 64}, "`metric` must be one of recall"),
        ({"criteria": [{**ONE, "part": "val"}], "gold": 64}, "`part` must be one of train, unseen, roles"),
        ({"criteria": [{**ONE, "sd_multiple": 0}], "gold": 64}, "`sd_multiple` must be > 0"),
        ({"criteria": [{**ONE, "min_margin": -1}], "gold": 64}, "`min_margin` must be > 0"),
        ({"criteria": [{**ONE, "metric": "recall"}], "gold": 64}, "cannot be a criterion"),
        ({"criteria": [{**ONE, "metric": "kl_gold_max"}], "gold": 64}, "cannot be a criterion"),
        (
            {"criteria": [{**ONE, "metric": "membership_ulira", "part": "roles"}], "gold": 64},
            "cannot be a criterion",
        ),
        (
            {"criteria": [{"metric": "accuracy"}], "gold": 64},
            "lacks part, sd_multiple, min_margin",
        ),
    ],
)
def test_unusable_plans_are_refused(data, message):
    with pytest.raises(InputError, match=message):
        read_plan(json.dumps(data))


def test_text_that_is_no_json_is_refused():
    with pytest.raises(InputError, match="the plan is not JSON"):
        read_plan("{")


def test_any_usable_metric_can_be_a_criterion():
    for part, table in PARTS.items():
        made = []
        for metric in table:
            try:
                made.append(criterion(metric, part).id)
            except InputError as error:
                assert "cannot be a criterion" in str(error)  # noqa: PT017
        assert len(made) >= 10
