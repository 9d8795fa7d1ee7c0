"""Bad teaching: the objective, and the teachers as its zeros."""

import numpy as np
import pytest

from methods.first_order import FORGET, KEY, LOGITS, PROBLEM, RETAIN, THETA_0, THETAS, on_all_rows
from qunlearn.methods import METHODS
from reference import first_order as twin
from reference import training as slow

BadTeacher = METHODS["bad_teacher"]
IGNORANT = np.asarray(PROBLEM.model.init(KEY))


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_objective(temperature):
    def p(params, x):
        return np.exp(slow.log_probabilities(LOGITS(params, x) / temperature))

    for theta in THETAS:
        forget = twin.divergence(p(IGNORANT, FORGET.x), p(theta, FORGET.x))
        retain = twin.divergence(p(THETA_0, RETAIN.x), p(theta, RETAIN.x))
        loss, terms = on_all_rows(BadTeacher(temperature=temperature), theta)
        np.testing.assert_allclose(loss, forget + retain, rtol=1e-10)
        np.testing.assert_allclose([terms["forget"], terms["retain"]], [forget, retain], rtol=1e-10)


def test_each_teacher_agrees_with_itself():
    for params, name in ((IGNORANT, "forget"), (THETA_0, "retain")):
        terms = on_all_rows(BadTeacher(), params)[1]
        np.testing.assert_allclose(terms[name], 0, atol=1e-15)
        assert terms["forget"] + terms["retain"] > 0.05


def test_a_very_warm_teacher_teaches_nothing():
    """All predictions become uniform: the divergence falls as 1 / temperature^2."""
    warm, warmer = (on_all_rows(BadTeacher(temperature=t), THETAS[0])[0] for t in (1e3, 2e3))
    np.testing.assert_allclose(warm / warmer, 4, rtol=0.01)
