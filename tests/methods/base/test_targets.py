"""Forget targets: closed forms, limits, and a slow twin."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods.base.targets import TARGETS, forwards
from reference.unlearning import forget_target
from toys import Cosines, problem

PROBLEM = problem(Cosines(4), c=2)
P = np.asarray(PROBLEM.probabilities(PROBLEM.forget.x))
OTHERS = [0, 1, 3]


def target(name, beta, posed=PROBLEM):
    return np.asarray(TARGETS[name](posed, beta))


@pytest.mark.parametrize("beta", [1e-6, 0.5, 2.0, 1e6])
@pytest.mark.parametrize("name", TARGETS)
def test_is_a_distribution_with_exactly_nothing_on_the_forgotten_class(name, beta):
    q = target(name, beta)
    assert q.shape == (len(PROBLEM.forget.y), 4)
    assert np.all(q[:, 2] == 0)
    assert np.all(q >= 0)
    np.testing.assert_allclose(q.sum(1), 1, rtol=1e-12)


@pytest.mark.parametrize("beta", [0.3, 1.0, 2.0, 5.0])
def test_similarity_is_equation_6(beta):
    q = target("similarity", beta)
    np.testing.assert_allclose(q, np.tile(forget_target(P, 2, beta), (len(q), 1)), rtol=1e-12)


def test_similarity_of_a_calibration_subset():
    posed = problem(Cosines(4), c=2, calibration=PROBLEM.forget.x[:2])
    np.testing.assert_allclose(target("similarity", 2.0, posed)[0], forget_target(P[:2], 2, 2.0), rtol=1e-12)


def test_beta_1_renormalises_the_mean():
    mean = P.mean(0)[OTHERS]
    np.testing.assert_allclose(target("similarity", 1.0)[0, OTHERS], mean / mean.sum(), rtol=1e-12)


@pytest.mark.parametrize("name", ["similarity", "per_sample", "prior"])
def test_large_beta_leaves_the_likeliest_class_and_does_not_underflow(name):
    q = target(name, 1e5)
    assert np.all(np.isfinite(q))
    if name != "prior":  # classes of equal size share
        np.testing.assert_allclose(q.max(1), 1, rtol=1e-12)


def test_beta_towards_0_is_uniform():
    np.testing.assert_allclose(target("similarity", 1e-9), target("uniform", 1.0), atol=1e-8)


@pytest.mark.parametrize("beta", [0.1, 7.0])
def test_uniform_does_not_use_beta(beta):
    np.testing.assert_allclose(target("uniform", beta)[0], [1 / 3, 1 / 3, 0, 1 / 3], rtol=1e-15)


def test_per_sample_follows_each_samples_own_probabilities():
    q = target("per_sample", 2.0)
    for p, row in zip(P, q, strict=True):
        np.testing.assert_allclose(row, forget_target(p[None], 2, 2.0), rtol=1e-12)
    assert np.ptp(q[:, 0]) > 0.01


def test_prior_follows_the_retained_labels():
    retain = type(PROBLEM.retain)(PROBLEM.retain.x[:6], np.array([0, 0, 0, 1, 1, 3]))
    q = target("prior", 2.0, problem(Cosines(4), c=2, retain=retain))
    np.testing.assert_allclose(q[0], np.array([9, 4, 0, 1]) / 14, rtol=1e-12)


def test_prior_of_a_class_that_nobody_has_is_0():
    retain = type(PROBLEM.retain)(PROBLEM.retain.x[:2], np.array([0, 3]))
    q = target("prior", 2.0, problem(Cosines(4), c=2, retain=retain))
    np.testing.assert_allclose(q[0], [0.5, 0, 0, 0.5], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_two_classes_leave_no_choice(name):
    q = target(name, 3.0, problem(Cosines(2), c=0))
    assert np.array_equal(q, np.tile([0.0, 1.0], (len(q), 1)))


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_beta_can_be_mapped_over(name):
    together = jax.vmap(lambda beta: TARGETS[name](PROBLEM, beta))(jnp.array([0.5, 3.0]))
    np.testing.assert_allclose(together[0], target(name, 0.5), rtol=1e-12)
    np.testing.assert_allclose(together[1], target(name, 3.0), rtol=1e-12)


ROWS = problem(Cosines(4), c=2, n=60, forget_index=None)
FEATURE = problem(
    Cosines(4),
    forget_index=None,
    kind="feature",
    forget=ROWS.retain,
    retain=Samples(ROWS.retain.x * [1, 0] + [0, 1.3], ROWS.retain.y),
)


def test_for_rows_similarity_is_the_mean_over_the_nearest_retained_rows():
    q = target("similarity", 7.0, ROWS)
    p = np.asarray(ROWS.probabilities(ROWS.retain.x))
    for x, row in zip(ROWS.forget.x, q, strict=True):
        distance = [sum((a - b) ** 2 for a, b in zip(x, other, strict=True)) for other in ROWS.retain.x]
        nearest = sorted(range(len(p)), key=lambda i, d=distance: d[i])[:10]
        np.testing.assert_allclose(row, sum(p[i] for i in nearest) / 10, rtol=1e-12)
    assert q[:, 2].min() > 0.001


def test_with_few_retained_rows_all_are_similar():
    retain = Samples(ROWS.retain.x[:3], ROWS.retain.y[:3])
    posed = problem(Cosines(4), c=2, forget_index=None, retain=retain)
    mean = np.asarray(posed.probabilities(retain.x)).mean(0)
    np.testing.assert_allclose(target("similarity", 2.0, posed), np.tile(mean, (len(posed.forget.y), 1)))


def test_for_rows_no_class_is_left_out_and_beta_is_not_used():
    retain = Samples(ROWS.retain.x[:6], np.array([0, 0, 0, 1, 1, 3]))
    few = problem(Cosines(4), c=2, forget_index=None, retain=retain)
    np.testing.assert_allclose(target("prior", 3.0, few)[0], [3 / 6, 2 / 6, 0, 1 / 6], atol=1e-12)
    np.testing.assert_allclose(target("uniform", 3.0, ROWS), 0.25, rtol=1e-12)
    with pytest.raises(InputError, match=r"^target per_sample works on one forgotten class, but"):
        target("per_sample", 1.0, ROWS)


def test_without_a_feature_the_answer_is_that_on_the_same_row_with_it_replaced():
    p = np.asarray(FEATURE.probabilities(FEATURE.retain.x))
    assert np.array_equal(target("similarity", 3.0, FEATURE), p)
    assert np.abs(p - FEATURE.probabilities(FEATURE.forget.x)).max() > 0.1
    for name in ("uniform", "prior"):
        with pytest.raises(
            InputError, match=r"^only target similarity says what to answer without a feature"
        ):
            target(name, 1.0, FEATURE)


def test_forwards_are_the_rows_that_a_target_looks_at():
    few = problem(Cosines(4), c=2, calibration=PROBLEM.forget.x[:2])
    assert [forwards(name, few) for name in TARGETS] == [2, 0, 0, len(few.forget.y)]
    assert [forwards(name, ROWS) for name in ("similarity", "prior")] == [len(ROWS.retain.y), 0]
