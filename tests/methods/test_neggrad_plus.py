"""NegGrad+: its objective, and its limits at beta 0 and 1."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.methods import METHODS
from reference import training as slow
from toys import LIVELY, cosines_numpy, problem

NegGradPlus, Finetune, Ascent = (METHODS[m] for m in ("neggrad_plus", "finetune", "gradient_ascent"))
PROBLEM = problem()
KEY = jax.random.key(3)


@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
def test_objective(beta):
    method, logits = NegGradPlus(beta=beta), cosines_numpy(3)
    params = np.random.default_rng(1).uniform(-3, 3, 6)
    found, terms = method.objective(PROBLEM.model, jnp.asarray(params), jnp.zeros(6), method.pools(PROBLEM))
    retain, forget = (slow.cross_entropy(logits(params, r.x), r.y) for r in (PROBLEM.retain, PROBLEM.forget))
    np.testing.assert_allclose(found, beta * retain - (1 - beta) * forget, rtol=1e-12)
    np.testing.assert_allclose([terms["retain"], terms["forget"]], [retain, forget], rtol=1e-12)


def both(*methods):
    return [method(PROBLEM, key=KEY) for method in methods]


@pytest.mark.slow
def test_beta_1_is_fine_tuning_on_the_same_batches():
    first, second = both(NegGradPlus(beta=1.0, **LIVELY), Finetune(**LIVELY))
    np.testing.assert_allclose(first.params, second.params, rtol=0, atol=1e-12)
    np.testing.assert_allclose(first.trace["retain"], second.trace["retain"], rtol=0, atol=1e-12)


@pytest.mark.slow
def test_beta_0_is_gradient_ascent_on_the_same_batches():
    first, second = both(NegGradPlus(beta=0.0, **LIVELY), Ascent(stop_at=1e6, **LIVELY))
    np.testing.assert_allclose(first.params, second.params, rtol=0, atol=1e-12)
