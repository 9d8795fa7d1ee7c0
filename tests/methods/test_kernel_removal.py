"""Removal from a kernel classifier as a method: equal to refitting, free of circuits, labels checked."""

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.model.kernel import KernelClassifier
from qunlearn.model.kernel_ridge import compact, kernel_ridge
from qunlearn.train import Cost
from toys import only, problem, rows, without

Removal = METHODS["kernel_removal"]
TRAIN = rows(21, 3, 1)
KEY = jax.random.key(0)


def model_of(data):
    return KernelClassifier(tuple(map(tuple, data.x.tolist())), 3, n_qubits=2, encoding="angle")


MODEL = model_of(TRAIN)
PARAMS = np.asarray(kernel_ridge(MODEL, TRAIN.y))


def posed(**changes):
    return problem(MODEL, **{"params": PARAMS, **changes})


def part(mask):
    return Samples(TRAIN.x[mask], TRAIN.y[mask])


@pytest.mark.parametrize("mask", [TRAIN.y == 1, np.arange(21) % 5 == 2])
def test_equals_a_fit_to_the_retained_rows(mask):
    result = Removal()(posed(forget=part(mask), retain=part(~mask), forget_index=None), key=KEY)
    small, params = compact(MODEL, result.params)
    expected = model_of(part(~mask))
    assert small == expected
    np.testing.assert_allclose(params, kernel_ridge(expected, part(~mask).y), rtol=0, atol=1e-10)


def test_costs_no_circuit_and_claims_exactness():
    result = Removal()(posed(), key=KEY)
    assert result.cost == Cost()
    assert result.claim.tier == "exact"
    assert result.claim.sentence.startswith("exact: the head is the ridge head of the retained samples alone")


def test_a_forgotten_class_has_no_score_left():
    result = Removal()(posed(), key=KEY)
    assert np.allclose(MODEL.logits(result.params, jax.numpy.asarray(TRAIN.x))[:, 1], 0, atol=1e-10)


@pytest.mark.parametrize("gone", [0, 21])
def test_rows_with_equal_inputs_are_told_apart_by_label(gone):
    twice = Samples(np.vstack([TRAIN.x, TRAIN.x[:1]]), np.append(TRAIN.y, (TRAIN.y[0] + 1) % 3))
    model, out = model_of(twice), np.arange(22) == gone
    forget, retain = (Samples(twice.x[mask], twice.y[mask]) for mask in (out, ~out))
    given = {"params": np.asarray(kernel_ridge(model, twice.y)), "forget_index": None}
    result = Removal()(problem(model, forget=forget, retain=retain, **given), key=KEY)
    small, params = compact(model, result.params)
    assert small == model_of(retain)
    np.testing.assert_allclose(params, kernel_ridge(small, retain.y), rtol=0, atol=1e-10)


def test_requests_may_follow_one_another():
    one, two = (TRAIN.y == 1), (TRAIN.y == 2)
    first = Removal()(posed(forget=part(one), retain=part(~one)), key=KEY)
    given = posed(params=np.asarray(first.params), forget=part(two), retain=part(~one & ~two), forget_index=2)
    both = Removal()(given, key=KEY)
    assert both.claim.tier == "exact"
    expected = kernel_ridge(model_of(part(~one & ~two)), part(~one & ~two).y)
    np.testing.assert_allclose(compact(MODEL, both.params)[1], expected, rtol=0, atol=1e-10)


def test_a_row_that_the_model_never_saw_or_is_without_is_refused():
    other = Samples(TRAIN.x[:1] + 0.1, TRAIN.y[:1])
    with pytest.raises(InputError, match="is not among the training samples of the kernel classifier"):
        Removal()(posed(forget=other, forget_index=None), key=KEY)
    gone = np.asarray(Removal()(posed(), key=KEY).params)
    with pytest.raises(InputError, match="is not among the training samples"):
        Removal()(posed(params=gone), key=KEY)


def test_parameters_or_rows_that_do_not_fit_are_downgraded_aloud():
    off = PARAMS + np.where(np.arange(len(PARAMS)) < 63, 0.001, 0)
    assert Removal()(posed(params=off), key=KEY).claim.tier == "empirical"
    fewer = Samples(without(TRAIN, 1).x[1:], without(TRAIN, 1).y[1:])
    claim = Removal()(posed(forget=only(TRAIN, 1), retain=fewer), key=KEY).claim
    assert claim.sentence.startswith("NOT exact, only empirical: ")
    assert "1 other rows" in claim.sentence


def test_a_feature_is_refused():
    with pytest.raises(InputError, match="to forget a feature every row stays: fit it anew"):
        Removal()(posed(forget=TRAIN, retain=TRAIN, kind="feature", forget_index=None), key=KEY)
