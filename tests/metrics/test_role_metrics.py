"""The tables of published unlearning papers, against loops and closed forms."""

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.audit.every_metric import metric_of
from qunlearn.metrics import (
    ROLE_METRICS,
    RolePredictions,
    evaluate,
    evaluate_many,
    gold_against_gold,
)
from reference import ensembles as slow
from reference.metrics import js, mean, standard_error

P, Y, ROLES = slow.example(4, seed=1)
GOLD, _, _ = slow.example(5, seed=2)
RANDOM, _, _ = slow.example(2, seed=3)


def rows(*roles, forget_index=None):
    return [
        i for i in range(48) if ROLES[i] in roles and (forget_index is None or (Y[i] == 0) == forget_index)
    ]


FORGET, RETAIN, TEST = rows("forget"), rows("retain"), rows("test", "holdout", forget_index=False)


def of(p, model=None):
    return RolePredictions(p if model is None else p[[model]], Y, ROLES, RANDOM)


def table(p):
    return [
        1 - slow.accuracy(p, Y, FORGET),
        slow.accuracy(p, Y, RETAIN),
        slow.accuracy(p, Y, TEST),
        slow.mia(p, Y, RETAIN, TEST, FORGET),
    ]


def test_the_table_of_one_model_agrees_with_loops():
    found = evaluate(of(P, 2), of(GOLD), ROLE_METRICS)
    for id, expected in zip(("ua", "ra", "ta", "mia"), table(P[2]), strict=True):
        assert found[id].value == pytest.approx(expected), id
    assert 0 < found["mia"].value < 1
    wrong = [float(not slow.right(P[2][i], Y[i])) for i in FORGET]
    assert found["ua"].stderr == pytest.approx(standard_error(wrong))


def test_gaps_are_means_over_gold_models():
    found = evaluate(of(P, 0), of(GOLD), ROLE_METRICS)
    own, gold = table(P[0]), [table(p) for p in GOLD]
    gaps = [mean([abs(a - b) for a, b in zip(own, one, strict=True)]) for one in gold]
    tugs = [np.prod([1 - abs(a - b) for a, b in zip(own[:3], one[:3], strict=True)]) for one in gold]
    assert found["avg_gap"].value == pytest.approx(mean(gaps))
    assert found["tow"].value == pytest.approx(mean(tugs))
    assert found["tow"].stderr == pytest.approx(standard_error(tugs))


def test_a_model_that_is_gold_has_no_gap():
    same = of(np.repeat(P[:1], 3, axis=0))
    found = evaluate(of(P, 0), same, ROLE_METRICS)
    assert (found["avg_gap"].value, found["tow"].value) == (0, 1)
    assert gold_against_gold(same, ROLE_METRICS)["tow"].estimate.value == 1


def test_zrf_is_in_bits_and_not_divided_by_classes():
    found = evaluate(of(P, 1), of(GOLD), ROLE_METRICS)["zrf"]
    assert found.value == pytest.approx(1 - mean([js(r[i], P[1][i]) for r in RANDOM for i in FORGET]))
    disjoint = np.zeros((1, 48, 3))
    disjoint[0, :, 0] = 1
    other = np.roll(disjoint, 1, axis=2)
    far = RolePredictions(disjoint, Y, ROLES, other)
    assert evaluate(far, far, ROLE_METRICS)["zrf"].value == 0
    near = RolePredictions(disjoint, Y, ROLES, disjoint)
    assert evaluate(near, near, ROLE_METRICS)["zrf"].value == 1


def test_zrf_needs_untrained_models():
    bare = RolePredictions(P[:1], Y, ROLES)
    assert "untrained" in evaluate(bare, bare, ROLE_METRICS)["zrf"].reason


def test_many_models_are_averaged():
    found = evaluate_many(of(P), of(GOLD), ROLE_METRICS)["mia"]
    assert found.value == pytest.approx(mean([table(p)[3] for p in P]))


def test_a_forget_row_on_the_threshold_counts_as_unseen():
    """3 retain samples above those of 3 unseen ones; the best threshold is the highest unseen one."""
    p = np.array([0.9, 0.8, 0.85, 0.3, 0.4, 0.5, 0.5, 0.6])
    roles = np.array(["retain"] * 3 + ["test"] * 3 + ["forget"] * 2)
    predictions = RolePredictions(np.stack([p, 1 - p], axis=1), np.zeros(8, int), roles)
    assert evaluate(predictions, predictions, ROLE_METRICS)["mia"].value == 0.5


def test_a_class_request_is_seen_from_roles_and_labels():
    predictions = of(P)
    assert predictions.forget_index == 0
    assert predictions.forget.tolist() == (Y == 0).tolist()
    assert np.flatnonzero(predictions.non_members("forget")).tolist() == rows(
        "test", "holdout", forget_index=True
    )
    assert predictions.part("unseen").forget.sum() == len(rows("test", "holdout", forget_index=True))
    some = np.where(np.arange(48) == FORGET[0], "retain", ROLES)
    assert RolePredictions(P, Y, some).forget_index is None
    assert RolePredictions(P, Y, some).part("unseen").forget.sum() == 0


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        (np.where(ROLES == "test", "validation", ROLES), "one is 'validation'"),
        (np.where(ROLES == "forget", "retain", ROLES), "at least one forget sample"),
        (np.where(ROLES == "retain", "forget", ROLES), "at least one retain sample"),
        (np.where(ROLES == "forget", "forget", "retain"), "no model was trained on"),
        (ROLES[:20], "one entry a sample"),
        (np.arange(48), "list of words"),
    ],
)
def test_unusable_roles_are_refused(roles, message):
    with pytest.raises(InputError, match=message):
        RolePredictions(P, Y, roles)


def test_models_on_other_roles_are_not_compared():
    swapped = ROLES.copy()
    swapped[[np.argmax(ROLES == "test"), np.argmax(ROLES == "holdout")]] = ["holdout", "test"]
    with pytest.raises(InputError, match="the same `y`, `forget`, `roles`"):
        evaluate(of(P, 0), RolePredictions(GOLD, Y, swapped), ROLE_METRICS)


def test_ids_of_every_table_are_found():
    assert metric_of("tow").id == "tow"
    assert metric_of("klom_forget").unit == "nats"
