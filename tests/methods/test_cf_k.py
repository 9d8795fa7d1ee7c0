"""CF-k: only the last layers move; all of them make it fine-tuning; the published variant."""

import numpy as np
import pytest

from methods.first_order import FORGET, KEY, PROBLEM, RETAIN, THETA_0, batches, gradient
from qunlearn._errors import InputError
from qunlearn.methods import METHODS
from reference import first_order as twin
from reference import training as slow
from toys import LIVELY, STEPS

CFk, Finetune = METHODS["cf_k"], METHODS["finetune"]


@pytest.mark.parametrize("k", [1, 2])
def test_steps_equal_a_slow_twin(k):
    target, drawn = slow.one_hot(RETAIN.y, 3), batches("retain", len(RETAIN.y))
    movable = np.arange(6) >= 6 - 2 * k
    path = twin.descend(
        THETA_0, lambda step, p: gradient(p, RETAIN.x, target, drawn[step]), STEPS, 0.3, movable
    )
    found = np.asarray(CFk(k=k, **LIVELY)(PROBLEM, key=KEY).params)
    np.testing.assert_allclose(found, path[-1], rtol=0, atol=1e-8)
    assert np.array_equal(found[~movable], THETA_0[~movable])
    assert np.all(found[movable] != THETA_0[movable])


def test_all_layers_are_fine_tuning():
    first, second = (m(PROBLEM, key=KEY) for m in (CFk(k=3, **LIVELY), Finetune(**LIVELY)))
    assert np.array_equal(first.params, second.params)


@pytest.mark.slow
def test_as_published_it_ascends_behind_the_first_k_layers():
    target, drawn = slow.one_hot(FORGET.y, 3), batches("forget", len(FORGET.y))
    path = twin.descend(
        THETA_0,
        lambda step, p: -gradient(p, FORGET.x, target, drawn[step]),
        STEPS,
        0.3,
        np.arange(6) >= 2,
    )
    result = CFk(k=1, as_published=True, **LIVELY)(PROBLEM, key=KEY)
    np.testing.assert_allclose(result.params, path[-1], rtol=0, atol=1e-8)
    assert result.cost.gradients == STEPS * LIVELY["batch"]


@pytest.mark.parametrize(("k", "as_published"), [(4, False), (3, True)])
def test_more_layers_than_there_are(k, as_published):
    with pytest.raises(InputError, match=r"^`k` must be <= [23]\b.*$"):
        CFk(k=k, as_published=as_published, **LIVELY)(PROBLEM, key=KEY)
