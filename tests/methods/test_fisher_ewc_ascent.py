"""Ascent held back by the Fisher information: its objective against a slow twin, and its limit without."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.methods import METHODS
from qunlearn.train import Cost
from reference import derivatives as twin
from reference import training as slow
from toys import LIVELY, cosines_numpy, problem

EWC, Ascent = METHODS["fisher_ewc_ascent"], METHODS["gradient_ascent"]
PROBLEM = problem()
THETA_0 = np.asarray(PROBLEM.params)
KEY = jax.random.key(3)
LOGITS = cosines_numpy(3)


@pytest.mark.parametrize("as_published", [False, True])
def test_objective(as_published):
    rows = PROBLEM.forget if as_published else PROBLEM.retain
    fisher = np.diag(twin.empirical_fisher(LOGITS, THETA_0, rows.x, rows.y))
    params = THETA_0 + np.random.default_rng(1).normal(size=6)
    away = sum(f * (a - b) ** 2 for f, a, b in zip(fisher, params, THETA_0, strict=True)) / 2
    forget = slow.cross_entropy(LOGITS(params, PROBLEM.forget.x), PROBLEM.forget.y)
    method = EWC(lam=4.0, as_published=as_published)
    pools = method.pools(PROBLEM)
    found, terms = method.objective(PROBLEM.model, jnp.asarray(params), jnp.asarray(THETA_0), pools)
    np.testing.assert_allclose(found, -forget + 4.0 * away, rtol=1e-7)
    np.testing.assert_allclose([terms["forget"], terms["proximity"]], [forget, away], rtol=1e-7)
    assert method.preparation(PROBLEM) == Cost.of_gradients(len(rows.y))


@pytest.mark.slow
def test_without_penalty_it_is_gradient_ascent_on_the_same_batches():
    pair = EWC(lam=0.0, **LIVELY), Ascent(stop_at=1e6, **LIVELY)
    first, second = (method(PROBLEM, key=KEY) for method in pair)
    np.testing.assert_allclose(first.params, second.params, rtol=0, atol=1e-12)


def test_a_feature_is_refused():
    posed = problem(forget_index=None, kind="feature", forget=PROBLEM.retain)
    with pytest.raises(InputError, match="to forget a feature every row stays"):
        EWC()(posed, key=KEY)
