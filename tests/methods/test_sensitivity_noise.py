"""SQU: noise as long as the forget samples' gradients, its ε multiplies; then fine-tuning."""

import jax
import numpy as np

from qunlearn.methods import METHODS
from qunlearn.train import Cost
from reference import derivatives as twin
from toys import BATCH, LIVELY, STEPS, cosines_numpy, problem

SQU, Finetune = METHODS["sensitivity_noise"], METHODS["finetune"]
PROBLEM = problem()
THETA_0 = np.asarray(PROBLEM.params)
KEY = jax.random.key(3)


def test_noise_is_epsilon_times_the_mean_gradient_norm():
    gradients = twin.sample_gradients(cosines_numpy(3), THETA_0, PROBLEM.forget.x, PROBLEM.forget.y)
    sensitivity = np.mean([np.sqrt(sum(g * g)) for g in gradients])
    noise = np.asarray(jax.random.normal(KEY, (6,)))
    for epsilon in (0.5, 2.0):
        found = SQU(epsilon=epsilon).begin(PROBLEM, KEY)
        np.testing.assert_allclose(found, THETA_0 + epsilon * sensitivity * noise, rtol=0, atol=1e-9)


def test_epsilon_0_is_fine_tuning():
    pair = [method(PROBLEM, key=KEY) for method in (SQU(epsilon=0.0, **LIVELY), Finetune(**LIVELY))]
    assert np.array_equal(pair[0].params, pair[1].params)


def test_noise_and_repair_are_both_in_the_cost():
    assert SQU(**LIVELY)(PROBLEM, key=KEY).cost == Cost.of_gradients(7 + STEPS * BATCH)


def test_claims_nothing():
    assert SQU.tier == "empirical"
    assert SQU(**LIVELY)(PROBLEM, key=KEY).claim is None
