"""Attacks with reference models: against loops, and calibrated on models that memorise or do not."""

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.attacks import ATTACKS, References, evaluate_attack, vulnerable
from qunlearn.attacks.exposure import exposure
from qunlearn.attacks.ulira import ulira_accuracy
from reference import attacks as slow

TARGET, Y = slow.example(2, seed=1)
KNOWN, _ = slow.example(12, seed=2)
MEMBER = np.stack([np.random.default_rng(r).permutation(24) < 12 for r in range(6)] * 2)
MEMBER[6:] ^= True
POPULATION = np.arange(24) >= 15
REFERENCES = References(KNOWN, MEMBER, POPULATION)
INFORMED = [id for id, attack in ATTACKS.items() if attack.needs == "reference models"]


def odds(p):
    return [[slow.log_odds(row, label) for row, label in zip(one, Y, strict=True)] for one in p]


def pooled_variance(known, chosen):
    total, degrees = 0.0, 0
    for i in range(24):
        values = [known[r][i] for r in range(12) if chosen[r][i]]
        total += sum((v - slow.mean(values)) ** 2 for v in values)
        degrees += len(values) - 1
    return total / degrees


def test_lira_agrees_with_loops():
    known, target = odds(KNOWN), odds(TARGET)
    var_in, var_out = pooled_variance(known, MEMBER), pooled_variance(known, ~MEMBER)
    online = ATTACKS["lira_online"].function(TARGET, Y, REFERENCES)
    offline = ATTACKS["lira_offline"].function(TARGET, Y, REFERENCES)
    for i in range(24):
        seen = slow.mean([known[r][i] for r in range(12) if MEMBER[r][i]])
        unseen = slow.mean([known[r][i] for r in range(12) if not MEMBER[r][i]])
        x = target[1][i]
        expected = slow.normal_log_density(x, seen, var_in) - slow.normal_log_density(x, unseen, var_out)
        assert online[1, i] == pytest.approx(expected)
        assert offline[1, i] == pytest.approx((x - unseen) / np.sqrt(var_out))


def test_lira_with_many_references_has_a_variance_for_every_sample():
    known, y = slow.example(80, seed=3)
    member = np.arange(80)[:, None] % 2 == np.arange(24) % 2
    offline = ATTACKS["lira_offline"].function(TARGET, y, References(known, member))
    unseen = [slow.log_odds(known[r][5], y[5]) for r in range(80) if not member[r][5]]
    z = (slow.log_odds(TARGET[0][5], y[5]) - slow.mean(unseen)) / np.sqrt(slow.variance(unseen))
    assert offline[0, 5] == pytest.approx(z)


def test_rmia_agrees_with_loops():
    found = ATTACKS["rmia_online"].function(TARGET, Y, REFERENCES)
    for i in range(24):
        expected = slow.rmia(TARGET[0], KNOWN, MEMBER, POPULATION, Y, i)
        assert found[0, i] == pytest.approx(expected)
    assert 0 < found[0].mean() < 1


def test_rmia_finds_what_leaks_through_a_bounded_read_out():
    """p(label) between 0.32 and 0.48, where no ratio is twice another; members are 0.04 up."""
    rng = np.random.default_rng(8)
    member = rng.permuted(np.tile([True, False], (13, 50)), axis=1)
    true = rng.uniform(0.35, 0.41, 100) + 0.04 * member + rng.normal(0, 0.01, member.shape)
    p = np.stack([true, (1 - true) / 2, (1 - true) / 2], axis=2)
    references, labels = References(p[1:], member[1:]), np.zeros(100, int)
    for id in ("rmia_online", "rmia_offline"):
        found = ATTACKS[id].function(p[:1], labels, references)[0]
        ahead = np.mean(found[member[0]][:, None] > found[~member[0]])
        assert ahead > 0.9


def test_rmia_offline_is_online_where_the_assumed_line_holds():
    """p_in = 0.3 p_out + 0.7 for every reference model."""
    out = np.random.default_rng(0).uniform(0.2, 0.9, 24)
    true = np.where(MEMBER, 0.3 * out + 0.7, out)
    known = np.where(np.arange(4) == Y[:, None], true[..., None], (1 - true[..., None]) / 3)
    online, offline = (
        ATTACKS[f"rmia_{kind}"].function(TARGET, Y, References(known, MEMBER, POPULATION))
        for kind in ("online", "offline")
    )
    np.testing.assert_allclose(offline, online)


@pytest.mark.parametrize("id", INFORMED)
def test_a_target_is_judged_without_its_company(id):
    both = ATTACKS[id].function(TARGET, Y, REFERENCES)
    np.testing.assert_array_equal(both[1:], ATTACKS[id].function(TARGET[1:], Y, REFERENCES))


def test_ulira_agrees_with_loops():
    scores = np.array(odds(KNOWN))
    unlearned = np.stack([np.arange(12) < 5, np.arange(12) % 2 == 0])
    found = ulira_accuracy(scores, unlearned)
    for b in range(2):
        for i in range(24):
            assert found[b, i] == pytest.approx(slow.ulira(scores[:, i], unlearned[b])), (b, i)


def memorising(rng, member, strength, n=400, classes=3):
    """Models whose log-odds of a sample rise by `strength` standard deviations where they saw it."""
    hardness = np.random.default_rng(11).normal(1, 2, n)
    true = 1 / (1 + np.exp(-(hardness + rng.normal(size=member.shape) + strength * member)))
    return np.stack([true, *[(1 - true) / (classes - 1)] * (classes - 1)], axis=2)


@pytest.mark.parametrize("strength", [0.0, 1.5])
@pytest.mark.parametrize("id", INFORMED)
def test_calibration(id, strength):
    """Independent models: AUC 0.5 within four standard errors. Memorising ones: clearly more, and more than
    a threshold on confidence, which does not know how hard a sample is."""
    rng = np.random.default_rng(2)
    member = np.stack([rng.permutation(400) < 200 for _ in range(64)])
    references = References(memorising(rng, member, strength), member)
    own = np.arange(400) < 200
    target, y = memorising(rng, own[None], strength), np.zeros(400, int)
    found, plain = (
        evaluate_attack(scores[0, own], scores[0, ~own])
        for scores in (
            ATTACKS[id].function(target, y, references),
            ATTACKS["confidence"].function(target, y),
        )
    )
    if strength == 0:
        assert abs(found.auc - 0.5) < 4 * found.stderr
    else:
        assert found.auc - 0.5 > 8 * found.stderr
        assert found.auc > plain.auc + 0.05
        assert found.members_high[0].low > 0.02


def test_ulira_calibration():
    rng = np.random.default_rng(3)
    unlearned = np.arange(64) < 32
    same, shifted = rng.normal(size=(64, 50)), rng.normal(size=(64, 50)) + 3 * unlearned[:, None]
    assert ulira_accuracy(same, unlearned[None]).mean() == pytest.approx(0.49, abs=0.03)
    assert ulira_accuracy(shifted, unlearned[None]).mean() > 0.9


def test_the_most_exposed_samples_are_those_that_models_remember():
    rng = np.random.default_rng(4)
    member = np.stack([rng.permutation(60) < 30 for _ in range(40)])
    strength = np.where(np.arange(60) < 6, 6.0, 0.2)
    references = References(memorising(rng, member, strength, n=60), member)
    y, candidates = np.zeros(60, int), np.arange(60) != 2
    chosen = vulnerable(references, y, candidates, 5 / 59)
    assert np.flatnonzero(chosen).tolist() == [0, 1, 3, 4, 5]
    assert exposure(references, y)[:6].min() > 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p": KNOWN[0]}, r"must have shape \(R, n, K\)"),
        ({"member": MEMBER[:, :5]}, "mask of shape"),
        ({"member": np.ones((12, 24), bool)}, "for one it is 0: train more"),
        ({"p": np.where(KNOWN > 0.5, np.nan, KNOWN)}, "must hold probabilities"),
        ({"population": np.zeros(24, bool)}, "at least one sample"),
    ],
)
def test_unusable_references_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        References(**{"p": KNOWN, "member": MEMBER, **change})


@pytest.mark.parametrize("id", INFORMED)
def test_references_on_other_samples_are_refused(id):
    with pytest.raises(InputError, match="the same samples and classes"):
        ATTACKS[id].function(TARGET[:, :20], Y[:20], REFERENCES)
