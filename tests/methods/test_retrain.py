"""Retraining is `fit` on the retained samples, nothing else."""

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.base.retraining import retraining_cost
from qunlearn.train import Training, fit
from qunlearn.train.federated import Federation, fit_federated
from toys import BATCH, STEPS, problem

KEY = jax.random.key(6)
TRAINING = Training(steps=STEPS, batch=BATCH, val_every=3)
PROBLEM = problem(training=TRAINING)


def test_equals_fit():
    result = METHODS["retrain"]()(PROBLEM, key=KEY)
    fitted = fit(PROBLEM.model, PROBLEM.retain, PROBLEM.val, key=KEY, training=TRAINING)
    assert np.array_equal(result.params, fitted.params)
    assert np.array_equal(result.trace["loss"], fitted.loss)
    assert np.array_equal(result.trace["val_loss"], fitted.val_loss, equal_nan=True)
    assert result.cost == fitted.cost
    assert result.steps_taken == STEPS


@pytest.mark.slow
def test_a_federation_is_retrained_as_a_federation():
    """Without the removed client's samples, from fresh parameters, as `fit_federated` with the same key."""
    federation = Federation(np.arange(len(PROBLEM.retain.y)) % 3, 2)
    posed = problem(training=TRAINING, forget_index=None, kind="client", federation=federation)
    result = METHODS["retrain"]()(posed, key=KEY)
    fitted, _ = fit_federated(posed.model, posed.retain, posed.val, federation, key=KEY, training=TRAINING)
    np.testing.assert_allclose(result.params, fitted.params, rtol=0, atol=1e-12)
    np.testing.assert_allclose(result.trace["val_loss"], fitted.val_loss, equal_nan=True)
    assert result.cost == fitted.cost == retraining_cost(posed)


def test_does_not_use_the_trained_parameters():
    other = problem(training=TRAINING, params=np.zeros(6))
    assert np.array_equal(*(METHODS["retrain"]()(p, key=KEY).params for p in (PROBLEM, other)))


def test_needs_validation_rows():
    empty = problem(training=TRAINING, val=Samples(PROBLEM.val.x[:0], PROBLEM.val.y[:0]))
    with pytest.raises(InputError, match=r"^there are no validation samples$"):
        METHODS["retrain"]()(empty, key=KEY)
