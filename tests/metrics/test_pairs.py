import numpy as np
import pytest

from qunlearn.metrics import pairs
from qunlearn.metrics.divergence import kl_divergence
from qunlearn.metrics.estimate import Undefined
from qunlearn.metrics.pairs import Comparison, compare, jackknife
from reference import metrics as slow
from reference.metrics import example

GOLD = example(6, n=9)["p"]
NAMES = ("mean", "median", "max")


@pytest.mark.parametrize("leave_one_out", [False, True])
@pytest.mark.parametrize("block", [1, 130, 10**6])
def test_the_size_of_blocks_does_not_change_results(monkeypatch, leave_one_out, block):
    comparison = Comparison(kl_divergence, GOLD, GOLD, leave_one_out)
    whole = compare(comparison, NAMES)
    monkeypatch.setattr(pairs, "BLOCK", block)
    parts = compare(comparison, NAMES)
    for name in NAMES:
        np.testing.assert_allclose(parts[name].values, whole[name].values, rtol=1e-13)
        assert parts[name].pooled() == pytest.approx(whole[name].pooled(), rel=1e-13)


def test_blocks_are_small(monkeypatch):
    monkeypatch.setattr(pairs, "BLOCK", 120)
    assert [len(block) for block in Comparison(kl_divergence, GOLD, GOLD).blocks()] == [2, 2, 2]


@pytest.mark.parametrize(
    ("held", "names", "passes"),
    [(10**6, NAMES, [6]), (10**6, ("mean",), [6]), (0, ("mean",), [6]), (110, NAMES, [6, 4])],
)
def test_divergences_are_computed_again_only_where_they_do_not_fit(monkeypatch, held, names, passes):
    """Room for 110 numbers: the 4 · 3 · 9 of the first four models."""
    monkeypatch.setattr(pairs, "HELD", held)
    calls = []

    def counted(gold, models):
        calls.append(len(models))
        return kl_divergence(gold, models)

    for compared in compare(Comparison(counted, GOLD, GOLD, leave_one_out=True), names).values():
        compared.pooled()
    assert calls == passes


@pytest.mark.parametrize(("held", "count"), [(9 * 6 * 5, 6), (9 * 6 * 5 - 1, 3), (9 * 3 * 2 - 1, 2)])
def test_a_median_over_too_many_numbers_is_over_the_first_models(monkeypatch, held, count):
    monkeypatch.setattr(pairs, "HELD", held)
    monkeypatch.setattr(pairs, "MEDIAN_MODELS", 3)
    found = compare(Comparison(kl_divergence, GOLD, GOLD, leave_one_out=True), NAMES)
    every = kl_divergence(GOLD[:count], GOLD[:count])[~np.eye(count, dtype=bool)]
    assert found["median"].pooled() == pytest.approx(np.median(every))
    assert len(found["median"].values) == 6


def test_leaving_one_out_compares_distinct_models_only():
    found = compare(Comparison(kl_divergence, GOLD, GOLD, leave_one_out=True), NAMES)
    for candidate in range(6):
        others = [g for g in range(6) if g != candidate]
        values = slow.pair_values(slow.kl, GOLD[others], GOLD[candidate])
        np.testing.assert_allclose(found["mean"].by_model[candidate], [slow.mean(v) for v in values])
        flat = [v for one in values for v in one]
        assert found["median"].values[candidate] == pytest.approx(slow.median(flat))
        assert found["max"].values[candidate] == pytest.approx(max(flat))


def test_pooled_statistics_are_over_ordered_distinct_pairs_and_samples():
    found = compare(Comparison(kl_divergence, GOLD, GOLD, leave_one_out=True), NAMES)
    flat = [
        slow.kl(p, q)
        for i in range(6)
        for j in range(6)
        if i != j
        for p, q in zip(GOLD[j], GOLD[i], strict=True)
    ]
    assert found["mean"].pooled() == pytest.approx(slow.mean(flat))
    assert found["median"].pooled() == pytest.approx(slow.median(flat))
    assert found["max"].pooled() == pytest.approx(max(flat))


def test_infinite_values_are_undefined():
    sure = np.broadcast_to([1.0, 0.0], (2, 3, 2))
    even = np.full((2, 3, 2), 0.5)
    with pytest.raises(Undefined, match="probability 0"):
        compare(Comparison(kl_divergence, even, np.array(sure)), ["mean"])


def test_jackknife_agrees_with_brute_force():
    found = compare(Comparison(kl_divergence, GOLD, GOLD, leave_one_out=True), ["mean"])["mean"]
    assert jackknife(found.by_model) == pytest.approx(slow.jackknife(slow.kl, GOLD))


def test_jackknife_needs_three_models():
    assert jackknife(np.ones((2, 1))) is None


def test_jackknife_estimates_the_spread_that_fresh_ensembles_have():
    """Half squared differences of G normal numbers average to s², whose sd is sqrt(2 / (G − 1))."""
    rng = np.random.default_rng(3)
    size, squares, naive = 16, [], []
    for _ in range(2000):
        x = rng.normal(size=size)
        table = ((x[:, None] - x) ** 2 / 2)[~np.eye(size, dtype=bool)].reshape(size, size - 1)
        squares.append(jackknife(table) ** 2)
        naive.append(table.var() / table.size)
    truth = 2 / (size - 1)
    assert np.mean(squares) == pytest.approx(truth, rel=0.15)
    assert np.mean(naive) < truth / 5
