"""The statistics of the verdict: against loops, exact under the null, at their level on the margin."""

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.audit.equivalence import Measured, assess, exchangeability, holm
from reference import verdict as slow

RNG = np.random.default_rng(3)
ALONE = RNG.normal(size=12)
PAIRS = np.abs(RNG.normal(size=(12, 12))) + ALONE[:, None] ** 2


def first(count, total=12):
    return np.arange(total) < count


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("table", [ALONE, PAIRS])
def test_distance_margin_and_error_agree_with_loops(table, count):
    from scipy.stats import t  # takes long to import

    multiple, least = 1.3, 0.9
    found = assess(Measured(table, multiple, least), first(count))
    unlearned, gold = list(range(count)), list(range(count, 12))

    def margin(s):
        return max(multiple * s, least)

    rows = table.tolist()
    assert found.distance == pytest.approx(slow.excess(rows, unlearned, gold, lambda s: 0.0))
    assert found.excess == pytest.approx(slow.excess(rows, unlearned, gold, margin))
    assert found.stderr == pytest.approx(slow.jackknife(rows, unlearned, gold, margin))
    tails = []
    for bound in (lambda s: multiple * s, lambda s: least):
        ratio = slow.excess(rows, unlearned, gold, bound) / slow.jackknife(rows, unlearned, gold, bound)
        tails.append(t.cdf(ratio, len(gold) - 1))
    assert found.p_equivalent == pytest.approx(min(1, 2 * min(tails)))
    assert found.p_beyond == pytest.approx(1 - min(tails))


def test_a_spread_that_gold_does_not_have_is_seen():
    rng = np.random.default_rng(0)
    values = np.concatenate([[-6.0, 6.0] * 4, rng.normal(size=40)])
    found = assess(Measured(values, 4.0, 1e-9), first(8, 48))
    assert abs(values[:8].mean()) < 1e-12
    assert found.distance == pytest.approx(6, abs=0.1)
    assert found.p_beyond < 0.05


def test_gold_models_without_spread_leave_the_least_margin():
    near, far = (assess(Measured(np.append(v, np.ones(20)), 4.0, 0.02), first(1, 21)) for v in (1.01, 1.03))
    assert (near.margin, near.p_equivalent, near.p_beyond) == (0.02, 0, 1)
    assert near.stderr == pytest.approx(0, abs=1e-15)
    assert (far.p_equivalent, far.p_beyond) == (1, 0)


def test_the_rank_agrees_with_loops():
    criteria = [Measured(ALONE, 2.0, 0.1), Measured(PAIRS, 1.5, 0.3)]
    bounds = [lambda s: max(2 * s, 0.1), lambda s: max(1.5 * s, 0.3)]
    expected = slow.rank([ALONE.tolist(), PAIRS.tolist()], bounds, 12)
    assert exchangeability(criteria, first(1), permutations=99, seed=0) == pytest.approx(expected)
    assert 0 < expected < 1


def test_every_rank_is_equally_likely_for_a_draw_from_gold():
    """Each of 12 models in the place of the unlearned one: ranks 1/12, ..., 12/12, once each."""
    found = []
    for model in range(12):
        order = np.append(model, np.delete(np.arange(12), model))
        criteria = [Measured(ALONE[order], 2.0, 0.1), Measured(PAIRS[np.ix_(order, order)], 1.5, 0.1)]
        found.append(exchangeability(criteria, first(1), permutations=99, seed=0))
    np.testing.assert_allclose(np.sort(found), np.arange(1, 13) / 12)


def test_several_models_are_exchanged_at_random():
    rng = np.random.default_rng(5)
    shifted = np.concatenate([rng.normal(5, 1, 6), rng.normal(size=20)])
    assert exchangeability([Measured(shifted, 4.0, 0.1)], first(6, 26), 199, 0) == pytest.approx(1 / 200)
    same = exchangeability([Measured(rng.normal(size=26), 4.0, 0.1)], first(6, 26), 199, 0)
    assert same > 0.02
    one, two = (exchangeability([Measured(ALONE, 4.0, 0.1)], first(4), 199, seed) for seed in (0, 1))
    assert one != two


@pytest.mark.parametrize("seed", range(6))
def test_holm_agrees_with_steps(seed):
    p = np.random.default_rng(seed).beta(0.3, 3, 7)
    assert holm(p, 0.05).tolist() == slow.holm(p.tolist(), 0.05)


def test_holm_stops_at_the_first_failure():
    assert holm(np.array([0.04, 0.001, 0.03]), 0.05).tolist() == [False, True, False]
    assert holm(np.array([0.02, 0.04, 0.01]), 0.05).tolist() == [True, True, True]


@pytest.mark.parametrize("draw", ["normal", "chisquare", "t"])
@pytest.mark.parametrize("side", [4.0, -4.0])
def test_on_the_margin_a_pass_is_at_its_level(draw, side):
    """400 audits with a model exactly 4 sd from gold: at most 5 %, at 2.2 standard errors more 7.4 %."""
    rng = np.random.default_rng(11)
    draws = {
        "normal": lambda: rng.normal(size=24),
        "chisquare": lambda: (rng.chisquare(3, 24) - 3) / np.sqrt(6),
        "t": lambda: rng.standard_t(5, 24) / np.sqrt(5 / 3),
    }
    found = [assess(Measured(np.append(side, draws[draw]()), 4.0, 1e-9), first(1, 25)) for _ in range(400)]
    assert np.mean([one.p_equivalent <= 0.05 for one in found]) < 0.074


def test_too_few_gold_models_are_refused():
    with pytest.raises(InputError, match="at least 3 gold models, but there are 2"):
        assess(Measured(ALONE[:3], 4.0, 0.1), first(1, 3))
