"""Label-complement augmentation: its objective, its minimum, its limit."""

import jax.numpy as jnp
import numpy as np
import pytest

from methods.first_order import FORGET, KEY, LOGITS, PROBLEM, RETAIN, THETAS, on_all_rows
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.model import soft_cross_entropy
from reference import first_order as twin
from reference import training as slow
from toys import LIVELY, problem

Complement, Finetune = METHODS["complement_label"], METHODS["finetune"]


@pytest.mark.parametrize("beta", [1.0, 0.3])
def test_objective_is_the_mean_over_wrong_labels(beta):
    for theta in THETAS:
        wrong = [k for k in range(3) if k != 1]
        copies = [slow.cross_entropy(LOGITS(theta, FORGET.x), [k] * len(FORGET.y)) for k in wrong]
        expected = slow.cross_entropy(LOGITS(theta, RETAIN.x), RETAIN.y) + beta * sum(copies) / 2
        np.testing.assert_allclose(on_all_rows(Complement(beta=beta), theta)[0], expected, rtol=1e-12)


def test_a_row_without_a_class_request_has_the_complement_of_its_own_label():
    mixed = problem(forget_index=None, forget=Samples(FORGET.x[:3], np.array([0, 2, 1])))
    target = Complement().pools(mixed)["forget"]["target"]
    np.testing.assert_allclose(target, twin.complement_targets([0, 2, 1], 3), rtol=1e-15)


def test_smallest_where_the_wrong_classes_are_equally_likely():
    target = jnp.asarray(twin.complement_targets([1], 3))
    best = soft_cross_entropy(jnp.array([[0.0, -60.0, 0.0]]), target)
    np.testing.assert_allclose(best, np.log(2), rtol=1e-12)
    for logits in ([0.1, -60.0, 0.0], [0.0, -1.0, 0.0]):
        assert soft_cross_entropy(jnp.array([logits]), target) > best + 1e-3


def test_beta_0_is_fine_tuning_on_the_same_batches():
    first, second = (m(PROBLEM, key=KEY) for m in (Complement(beta=0.0, **LIVELY), Finetune(**LIVELY)))
    np.testing.assert_allclose(first.params, second.params, rtol=0, atol=1e-13)
