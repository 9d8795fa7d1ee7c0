"""Costs: arithmetic, and claims against what is really evaluated."""

import pytest

from qunlearn.train import Cost, Training, fit, training_cost
from toys import Cosines, Counting, rows


def test_arithmetic():
    assert Cost(1, 2) + Cost(10, 20) == Cost(11, 22)
    assert Cost(1, 2) * 3 == Cost(3, 6)
    assert Cost.of_gradients(5) == Cost(gradients=5, forwards=5)
    assert Cost(2, 3).circuits(Cosines()) == 2 * 12 + 3


@pytest.mark.parametrize(
    ("batch", "val_every", "gradients", "forwards"),
    [
        (3, 1, 7 * 3, 7 * 3 + 7 * 5),
        pytest.param(0, 3, 7 * 11, 7 * 11 + 3 * 5, marks=pytest.mark.slow),
        pytest.param(50, 7, 7 * 11, 7 * 11 + 1 * 5, marks=pytest.mark.slow),
    ],
)
def test_claimed_cost_is_what_is_evaluated(batch, val_every, gradients, forwards):
    """7 steps on 11 rows, looking at 5 validation samples after every `val_every` steps and at the end."""
    model, training = Counting(Cosines()), Training(steps=7, batch=batch, val_every=val_every)
    fitted = fit(model, rows(11, 3, 0), rows(5, 3, 1), key=0, training=training)
    assert fitted.cost == training_cost(training, 11, 5) == Cost(gradients, forwards)
    assert model.taken() == (gradients, forwards)
