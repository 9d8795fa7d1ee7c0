import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qunlearn.metrics import divergence
from reference import metrics as slow
from reference.metrics import example

GOLD, MODEL = example(3, seed=1)["p"], example(2, seed=2)["p"]
PAIRS = [
    (divergence.kl_divergence, slow.kl),
    (divergence.js_divergence, slow.js),
    (divergence.total_variation, slow.tv),
    (divergence.agreement, slow.agreement),
    (divergence.activation_distance, slow.euclid),
]
WEIGHTS = arrays(np.float64, (5, 3), elements=st.sampled_from([0.0, 1e-12, 0.1, 0.5, 1.0]))


def distributions(weights):
    weights = weights + (weights.sum(axis=1, keepdims=True) == 0)
    return (weights / weights.sum(axis=1, keepdims=True))[None]


@pytest.mark.parametrize(("fast", "reference"), PAIRS)
def test_every_pair_agrees_with_loops(fast, reference):
    found = fast(GOLD, MODEL)
    assert found.shape == (2, 3, 30)
    for m in range(2):
        for g in range(3):
            expected = [reference(p, q) for p, q in zip(GOLD[g], MODEL[m], strict=True)]
            np.testing.assert_allclose(found[m, g], expected, rtol=1e-10, atol=1e-15)


def test_kl_is_from_gold_to_the_model_in_nats():
    gold, model = np.array([[[0.9, 0.1]]]), np.array([[[0.5, 0.5]]])
    forward = 0.9 * math.log(1.8) + 0.1 * math.log(0.2)
    backward = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(5)
    assert forward != pytest.approx(backward)
    assert divergence.kl_divergence(gold, model).item() == pytest.approx(forward)


def test_kl_with_zeros():
    sure, even = np.array([[[1.0, 0.0]]]), np.array([[[0.5, 0.5]]])
    assert divergence.kl_divergence(sure, even).item() == pytest.approx(math.log(2))
    assert divergence.kl_divergence(even, sure).item() == math.inf
    assert divergence.kl_divergence(sure, sure).item() == 0


def test_rounding_does_not_make_kl_negative():
    near = GOLD * (1 + 1e-12 * np.random.default_rng(0).normal(size=GOLD.shape))
    near /= near.sum(axis=2, keepdims=True)
    plain = (GOLD * np.log(GOLD / near)).sum(axis=2)
    assert plain.min() < 0  # true values are of the order of 1e-24, below rounding
    assert divergence.kl_divergence(GOLD, near).min() >= 0


def test_kl_is_infinite_only_where_support_is_lacking():
    gold = np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [1.0, 0.0]]])
    model = np.array([[[1.0, 0.0], [0.5, 0.5]]])
    assert np.isinf(divergence.kl_divergence(gold, model)).tolist() == [[[False, False], [True, False]]]


def test_disjoint_distributions_are_one_bit_apart():
    left, right = np.array([[[1.0, 0.0, 0.0]]]), np.array([[[0.0, 0.3, 0.7]]])
    assert divergence.js_divergence(left, right).item() == pytest.approx(1)
    assert divergence.total_variation(left, right).item() == pytest.approx(1)
    assert divergence.activation_distance(left, right).item() == pytest.approx(math.sqrt(1 + 0.09 + 0.49))


@settings(max_examples=40)
@given(WEIGHTS, WEIGHTS)
def test_known_inequalities(a, b):
    """Pinsker: TV² <= KL / 2; Lin: JS <= TV (in bits); both symmetric ones are symmetric."""
    p, q = distributions(a), distributions(b)
    kl, js, tv = (
        f(p, q) for f in (divergence.kl_divergence, divergence.js_divergence, divergence.total_variation)
    )
    assert (tv**2 <= kl / 2 + 1e-12).all()
    assert (js <= tv + 1e-12).all()
    assert ((kl >= 0) & (js >= 0) & (js <= 1) & (tv <= 1 + 1e-12)).all()
    np.testing.assert_allclose(js, divergence.js_divergence(q, p), atol=1e-15)
    np.testing.assert_allclose(tv, divergence.total_variation(q, p), atol=1e-15)


@pytest.mark.parametrize(("fast", "at_itself"), [(f, float(f is divergence.agreement)) for f, _ in PAIRS])
def test_a_distribution_compared_with_itself(fast, at_itself):
    found = fast(GOLD, GOLD)
    assert (found[range(3), range(3)] == at_itself).all()
