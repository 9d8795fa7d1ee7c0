"""The evaluation that all attacks share, against loops, closed forms and coverage."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from qunlearn._errors import InputError
from qunlearn.attacks import evaluate_attack, roc
from qunlearn.attacks.curve import auc, delong, rate_at
from qunlearn.metrics.binomial import clopper_pearson
from reference import attacks as slow

RNG = np.random.default_rng(5)
MEMBERS, OTHERS = RNG.normal(0.6, 1, 23).round(1), RNG.normal(0, 1.5, 31).round(1)  # rounded: ties


def test_auc_and_its_error_agree_with_loops():
    found = evaluate_attack(MEMBERS, OTHERS)
    assert set(MEMBERS) & set(OTHERS), "there are ties"
    assert found.auc == pytest.approx(slow.auc(MEMBERS, OTHERS))
    assert found.stderr == pytest.approx(slow.delong(MEMBERS, OTHERS))
    assert (found.n_members, found.n_non_members) == (23, 31)
    assert found.high - found.auc == pytest.approx(1.959964 * found.stderr, rel=1e-6)


def test_the_auc_is_not_folded():
    there, back = evaluate_attack(MEMBERS, OTHERS), evaluate_attack(-MEMBERS, -OTHERS)
    assert back.auc == pytest.approx(1 - there.auc)
    assert back.auc < 0.5 < there.auc
    assert back.stderr == pytest.approx(there.stderr)
    assert back.members_high == there.members_low


@pytest.mark.parametrize("at", [0.001, 0.01, 0.1, 0.5])
def test_rates_agree_with_every_threshold_tried(at):
    for members, others in ((MEMBERS, OTHERS), (-MEMBERS, -OTHERS)):
        found = rate_at(members, others, at)
        assert found.value == slow.tpr_at(members, others, at)
        assert found.false_positives <= at * 31


def test_few_non_members_cannot_show_a_small_rate():
    rate = evaluate_attack(MEMBERS + 100, OTHERS).members_high[1]
    assert (rate.at, rate.value, rate.false_positives) == (0.001, 1.0, 0)
    assert rate.fpr_high > 0.1, "31 non-members say little about 0.1 %"


def test_a_rate_of_one_percent_of_a_hundred_allows_one():
    others = np.arange(100.0)
    assert rate_at(np.array([98.5, 97.0]), others, 0.01).value == 0.5
    assert rate_at(np.array([98.5, 97.0]), others, 0.01).false_positives == 1
    assert rate_at(np.array([98.5, 97.0]), others, 0.001).value == 0.0


def test_influence_gives_nearly_the_same_error_as_delong():
    scores = auc(MEMBERS[None], OTHERS[None])
    assert scores.stderr(0) == pytest.approx(delong(MEMBERS, OTHERS), rel=0.03)


@pytest.mark.parametrize(("k", "n"), [(0, 20), (1, 20), (7, 20), (20, 20)])
def test_binomial_limits_have_the_tails_they_claim(k, n):
    low, high = (float(limit) for limit in clopper_pearson(k, n))
    if k > 0:
        assert slow.binomial_tail(k, n, low) == pytest.approx(0.025)
    else:
        assert low == 0
    if k < n:
        assert 1 - slow.binomial_tail(k + 1, n, high) == pytest.approx(0.025)
    else:
        assert high == 1


def test_an_attack_on_independent_scores_is_calibrated():
    """AUC 0.5 within its interval in 95 % of 200 repetitions: at least 180 with probability 0.999."""
    rng = np.random.default_rng(0)
    covered = [
        (found := evaluate_attack(rng.normal(size=60), rng.normal(size=80))).low <= 0.5 <= found.high
        for _ in range(200)
    ]
    assert sum(covered) >= 180


def test_the_auc_of_shifted_normals_is_known():
    rng = np.random.default_rng(1)
    found = evaluate_attack(rng.normal(1, 1, 4000), rng.normal(0, 1, 4000))
    assert found.auc == pytest.approx(ndtr(1 / np.sqrt(2)), abs=4 * found.stderr)
    at_one = ndtr(1 - ndtri(0.99))
    assert found.members_high[0].low <= at_one <= found.members_high[0].high


def test_complete_separation():
    found = evaluate_attack(np.array([2.0, 3.0]), np.array([0.0, 1.0]))
    assert (found.auc, found.stderr) == (1.0, 0.0)


def test_a_single_member_has_no_error():
    found = evaluate_attack(np.array([2.0]), np.array([0.0, 1.0]))
    assert (found.stderr, found.low, found.high) == (None, None, None)


def test_the_curve_runs_from_corner_to_corner():
    fpr, tpr = roc(MEMBERS, OTHERS)
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    assert (np.diff(fpr) >= 0).all()
    assert (np.diff(tpr) >= 0).all()
    assert np.trapezoid(tpr, fpr) == pytest.approx(slow.auc(MEMBERS, OTHERS))


@pytest.mark.parametrize(
    ("members", "others", "message"),
    [
        ([], [1.0], "at least one score in `members`"),
        ([1.0], [], "at least one score in `non_members`"),
        ([1.0, np.nan], [1.0], "`members` must not be NaN"),
    ],
)
def test_unusable_scores_are_refused(members, others, message):
    with pytest.raises(InputError, match=message):
        evaluate_attack(np.array(members, float), np.array(others, float))
