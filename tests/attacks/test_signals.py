"""Threshold attacks against loops, and the mistakes that published codes make."""

import numpy as np
import pytest

from qunlearn.attacks import ATTACKS, signals
from qunlearn.metrics.log_odds import log_odds
from reference import attacks as slow

P, Y = slow.example(3)
THRESHOLDS = [id for id, attack in ATTACKS.items() if attack.needs == "predictions"]


@pytest.mark.parametrize("id", THRESHOLDS)
def test_scores_agree_with_loops(id):
    found = ATTACKS[id].function(P, Y)
    expected = [[getattr(slow, id)(row, label) for row, label in zip(p, Y, strict=True)] for p in P]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("id", THRESHOLDS)
def test_the_score_of_a_sample_does_not_depend_on_its_batch(id):
    together = ATTACKS[id].function(P, Y)
    alone = np.concatenate([ATTACKS[id].function(P[:, [i]], Y[[i]]) for i in range(len(Y))], axis=1)
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("id", THRESHOLDS)
def test_a_sure_and_right_answer_looks_like_a_member(id):
    sure, unsure = np.array([[[0.98, 0.01, 0.01]]]), np.array([[[0.4, 0.35, 0.25]]])
    y = np.array([0])
    assert ATTACKS[id].function(sure, y).item() > ATTACKS[id].function(unsure, y).item()


def test_modified_entropy_punishes_confidence_in_a_wrong_label():
    sure, y = np.array([[[0.98, 0.01, 0.01], [0.98, 0.01, 0.01]]]), np.array([0, 1])
    right, wrong = signals.modified_entropy(sure, y)[0]
    assert right > -0.1
    assert wrong < -3
    assert signals.entropy(sure, y)[0, 0] == signals.entropy(sure, y)[0, 1]


@pytest.mark.parametrize("id", THRESHOLDS)
def test_certain_predictions_have_finite_scores(id):
    certain = np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    assert np.isfinite(ATTACKS[id].function(certain, np.array([0, 0]))).all()


def test_log_odds_keep_their_digits_near_certainty():
    tiny = 1e-18
    p = np.array([[1.0, tiny, 2 * tiny]])
    assert log_odds(p, np.array([0])).item() == pytest.approx(-np.log(3 * tiny))
    assert log_odds(np.array([[1.0, 0.0]]), np.array([0])).item() == 100
    assert log_odds(np.array([[1.0, 0.0]]), np.array([1])).item() == -100


def test_log_odds_are_logits_less_the_rest():
    logits = np.array([0.3, -1.2, 2.0])
    p = np.exp(logits) / np.exp(logits).sum()
    expected = logits[1] - np.log(np.exp(0.3) + np.exp(2.0))
    assert log_odds(p[None], np.array([1])).item() == pytest.approx(expected)
