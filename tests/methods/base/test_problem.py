"""What a problem accepts, fills in and refuses."""

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods.base.problem import Unlearned
from qunlearn.train import Cost
from qunlearn.train.federated import Federation
from toys import Cosines, problem, rows, untyped

EMPTY = Samples(np.empty((0, 2)), np.empty(0, int))


def test_anchors_and_calibration_default_to_all_retained_and_forgotten_rows():
    posed = problem()
    assert np.array_equal(posed.anchors, posed.retain.x)
    assert np.array_equal(posed.calibration, posed.forget.x)
    chosen = problem(anchors=posed.retain.x[:3], calibration=posed.forget.x[1:2])
    assert (len(chosen.anchors), len(chosen.calibration)) == (3, 1)


def test_rows_become_float64_and_int64():
    posed = problem(forget=Samples([[1, 2], [0, 3]], np.array([1, 1], np.uint8)))
    assert (posed.forget.x.dtype, posed.forget.y.dtype) == (np.float64, np.int64)


def test_probabilities_are_the_original_models():
    posed = problem()
    logits = np.asarray(posed.model.logits(posed.params, posed.anchors))
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(posed.probabilities(posed.anchors), expected, rtol=1e-12)


def test_validation_rows_may_be_missing():
    assert len(problem(val=EMPTY).val.y) == 0


def test_forgotten_class():
    with untyped():
        assert problem(forget_index=np.int64(1)).require_class("audit") == 1
    sentence = (
        "audit works on one forgotten class, but this request is not one: "
        "ask to forget a class, or choose another method"
    )
    with pytest.raises(InputError) as refused:
        problem(forget_index=None).require_class("audit")
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"params": np.zeros(5)}, "`params` must have shape (6,) for this model, but have (5,)"),
        ({"params": np.zeros((6, 1))}, "`params` must have shape (6,) for this model, but have (6, 1)"),
        ({"forget": EMPTY}, "there are no forget samples"),
        ({"retain": EMPTY}, "there are no retain samples"),
        (
            {"retain": rows(4, 3, 0, 3)},
            "retain inputs must have shape (n, 2) for this model",
        ),
        (
            {"forget": Samples(np.ones((2, 2)), np.array([1, 3]))},
            "forget labels must be in 0..2",
        ),
        (
            {"val": Samples(np.full((1, 2), np.nan), np.array([0]))},
            "validation inputs must be finite numbers",
        ),
        ({"anchors": np.empty((0, 2))}, "there are no anchor samples"),
        (
            {"anchors": np.ones((3, 1))},
            "anchor inputs must have shape (n, 2) for this model",
        ),
        ({"calibration": np.empty((0, 2))}, "there are no calibration samples"),
        ({"forget_index": 3}, "`forget_index` must be in 0..2, but is 3"),
        ({"forget_index": -1}, "`forget_index` must be in 0..2, but is -1"),
        ({"forget_index": 1.5}, "`forget_index` must be a whole number, but is 1.5"),
    ],
)
def test_refused(changes, sentence):
    with untyped(), pytest.raises(InputError) as refused:
        problem(Cosines(), **changes)
    assert str(refused.value).startswith(sentence)


def test_the_kind_follows_from_the_class_where_it_is_not_given():
    assert problem().kind == "class"
    assert problem(forget_index=None).kind == "instances"
    assert problem(forget_index=None, kind="client").kind == "client"


def test_to_forget_a_feature_both_sets_are_the_same_rows():
    x, y = problem().retain
    posed = problem(forget_index=None, kind="feature", forget=Samples(x + 0.1, y), retain=Samples(x, y))
    assert posed.kind == "feature"
    with pytest.raises(InputError, match=r"gradient_ascent pushes the model away .* every row stays: choose"):
        posed.require_removed_rows("gradient_ascent")
    problem().require_removed_rows("gradient_ascent")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "planet"}, "`kind` must be one of class, instances, feature, client, but is planet"),
        ({"kind": "client"}, "a request of the kind client must not have a `forget_index`"),
        ({"kind": "class", "forget_index": None}, "a request of the kind class must have a `forget_index`"),
        (
            {"kind": "feature", "forget_index": None},
            "forget and retain of a feature must be the same rows in the same order",
        ),
        (
            {"federation": Federation(np.zeros(5, int))},
            "there must be one client for each of 14 retain samples, not 5",
        ),
    ],
)
def test_kinds_and_federations_that_do_not_fit(changes, sentence):
    with pytest.raises(InputError) as refused:
        problem(**changes)
    assert str(refused.value) == sentence


def test_cost_is_preparation_and_steps():
    result = Unlearned(np.zeros(2), {"loss": np.zeros(4)}, 3, Cost(10, 20), Cost(0, 7))
    assert result.cost == Cost(30, 67)
