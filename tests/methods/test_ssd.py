"""Selective synaptic dampening: its formula on two kinds of Fisher information, what stays, refusals."""

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.methods import METHODS
from qunlearn.model import VQC
from qunlearn.model.derivatives import quantum_fisher
from qunlearn.train import Cost
from reference import derivatives as twin
from toys import cosines_numpy, problem

SSD = METHODS["ssd"]
PROBLEM = problem(params=np.random.default_rng(6).uniform(-2, 2, 6))
THETA_0 = np.asarray(PROBLEM.params)
KEY = jax.random.key(4)


def dampened(forget, everything, anchor, alpha, lam):
    out = THETA_0.copy()
    for i in range(len(out)):
        if forget[i] > alpha * everything[i]:
            out[i] = anchor[i] + min(lam * everything[i] / forget[i], 1) * (out[i] - anchor[i])
    return out


def squares(*parts):
    gradients = [twin.sample_gradients(cosines_numpy(3), THETA_0, part.x, part.y) for part in parts]
    return np.mean(np.concatenate(gradients) ** 2, axis=0)


FORGET, EVERYTHING = squares(PROBLEM.forget), squares(PROBLEM.forget, PROBLEM.retain)
BETWEEN = float(np.median(FORGET / EVERYTHING))


@pytest.mark.parametrize("towards", ["zero", pytest.param("fresh", marks=pytest.mark.slow)])
def test_formula(towards):
    result = SSD(alpha=BETWEEN, lam=0.6 * BETWEEN, towards=towards)(PROBLEM, key=KEY)
    anchor = np.asarray(PROBLEM.model.init(KEY)) if towards == "fresh" else np.zeros(6)
    expected = dampened(FORGET, EVERYTHING, anchor, BETWEEN, 0.6 * BETWEEN)
    np.testing.assert_allclose(result.params, expected, rtol=0, atol=1e-8)
    assert np.array_equal(result.trace["selected"], [0.5])
    assert 0 < np.sum(expected != THETA_0) <= 3


def test_selection_compares_with_all_rows_at_every_threshold():
    """Between all ratios to all rows, and to retained samples alone, which would select others."""
    ratios = np.sort(np.concatenate([FORGET / EVERYTHING, FORGET / squares(PROBLEM.retain)]))
    for alpha in (ratios[1:] + ratios[:-1]) / 2:
        selected = SSD(alpha=alpha)(PROBLEM, key=KEY).trace["selected"]
        np.testing.assert_allclose(selected, [np.mean(alpha * EVERYTHING < FORGET)])


def test_an_endless_threshold_changes_nothing():
    assert np.array_equal(SSD(alpha=1e300)(PROBLEM, key=KEY).params, THETA_0)


def test_nothing_is_selected_from_the_inverse_share_of_the_forget_set_on():
    assert np.array_equal(SSD(alpha=3.0)(PROBLEM, key=KEY).params, THETA_0)  # 7 of 21 rows


def test_parameters_never_grow():
    result = SSD(alpha=0.0, lam=1e6)(PROBLEM, key=KEY)
    np.testing.assert_allclose(result.params, THETA_0, rtol=1e-15)


def test_lambda_0_sets_what_is_selected_to_zero():
    result = SSD(alpha=BETWEEN, lam=0.0)(PROBLEM, key=KEY)
    np.testing.assert_array_equal(np.asarray(result.params) == 0, FORGET > BETWEEN * EVERYTHING)


@pytest.mark.slow
def test_quantum_fisher_information_and_its_cost():
    vqc = VQC(2, 3, n_qubits=3, uploads=1, repetitions=1)
    posed = problem(vqc)
    forget, retain = (
        np.diag(quantum_fisher(vqc, posed.params, part.x)) for part in (posed.forget, posed.retain)
    )
    everything = (7 * forget + 14 * retain) / 21
    chosen = forget > everything
    result = SSD(fisher="quantum", alpha=1.0, lam=0.0)(posed, key=KEY)
    assert np.array_equal(np.asarray(result.params) == 0, chosen)
    assert chosen.any()
    assert result.cost == Cost(forwards=21 * 6)


def test_a_feature_is_refused():
    posed = problem(forget_index=None, kind="feature", forget=PROBLEM.retain)
    with pytest.raises(InputError, match="to forget a feature every row stays"):
        SSD()(posed, key=KEY)
