"""gauss_newton_replay against a slow twin, in its limits, and blind to what is to be forgotten."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn.data.samples import Samples
from qunlearn.methods import METHODS
from qunlearn.methods.base.replay import Replay, gauss_newton, logits_and_jacobians, measure, refresh
from qunlearn.model import VQC
from qunlearn.train import Training
from qunlearn.train.batches import batch_indices
from qunlearn.train.fit import training_cost
from reference import gauss_newton as slow
from reference import training, vqc
from toys import BATCH, LIVELY, STEPS, Cosines, Counting, cosines_numpy, problem

GaussNewtonReplay = METHODS["gauss_newton_replay"]
PROBLEM = problem()
KEY = jax.random.key(4)
K_INIT, K_ORDER = jax.random.split(KEY)
BATCHES = np.asarray(batch_indices(K_ORDER, len(PROBLEM.retain.y), BATCH, STEPS))
FRESH = np.asarray(Cosines().init(K_INIT))


TRACED = []


class Traced(VQC):
    """A circuit that tells whenever it is traced."""

    def measure(self, angles, x):
        TRACED.append(self)
        return super().measure(angles, x)


class OneParameter(Cosines):
    n_params = 1


def twin(**hyper):
    x, y = PROBLEM.retain
    return slow.unlearn(cosines_numpy(3), FRESH, x, training.one_hot(y, 3), BATCHES, **hyper)


def test_equals_a_slow_twin():
    """A window that forgets, and a reach within which rows of other steps count less."""
    hyper = {"learning_rate": 0.3, "damping": 0.05, "reach": 0.6, "window": 7}
    result = GaussNewtonReplay(steps=STEPS, batch=BATCH, **hyper)(PROBLEM, key=KEY)
    params, losses = twin(**hyper)
    np.testing.assert_allclose(result.params, params, rtol=0, atol=1e-9)
    np.testing.assert_allclose(result.trace["replayed"], losses, rtol=0, atol=1e-9)
    first = training.cross_entropy(
        cosines_numpy(3)(FRESH, PROBLEM.retain.x[BATCHES[0]]), PROBLEM.retain.y[BATCHES[0]]
    )
    np.testing.assert_allclose(result.trace["loss"][0], first, rtol=0, atol=1e-9)


def test_rows_measured_again_equal_a_slow_twin():
    hyper = {"learning_rate": 0.3, "damping": 0.05, "reach": 0.6, "window": 7, "refresh": 2}
    result = GaussNewtonReplay(steps=STEPS, batch=BATCH, **hyper)(PROBLEM, key=KEY)
    params, losses = twin(**hyper)
    np.testing.assert_allclose(result.params, params, rtol=0, atol=1e-9)
    np.testing.assert_allclose(result.trace["replayed"], losses, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_a_head_is_not_linearised():
    """Six angles on two qubits, three classes: the slow twin writes W z + b down again."""
    model = VQC(2, 3, n_qubits=2, uploads=1, repetitions=1, head=True, ansatz="rx_ry_rz_cz_ring")
    given = problem(model)

    def measure(angles, x):
        gates = [vqc.encoding("angle", 2, row) + vqc.ansatz("rx_ry_rz_cz_ring", 2, 1, angles) for row in x]
        return np.array([vqc.expectations(2, each, (0, 1)) for each in gates])

    hyper = {"damping": 0.05, "reach": 0.6, "window": 7, "refresh": 2}
    head = {f"head_{name}": value for name, value in hyper.items()}
    result = GaussNewtonReplay(**LIVELY, **head, head_taught=0.0, head_prior=1e12)(given, key=KEY)
    x, y = given.retain
    params, losses = slow.unlearn(
        measure,
        np.asarray(model.init(K_INIT)),
        x,
        training.one_hot(y, 3),
        BATCHES,
        LIVELY["learning_rate"],
        **hyper,
        n_angles=model.n_angles,
    )
    np.testing.assert_allclose(result.params, params, rtol=0, atol=1e-9)
    np.testing.assert_allclose(result.trace["replayed"], losses, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_large_damping_is_gradient_descent():
    """(G + ρ I)⁻¹ → I / ρ: with a window of one mini-batch, plain steps of rate η / ρ."""
    result = GaussNewtonReplay(**LIVELY | {"learning_rate": 3e5}, damping=1e6, window=1)(PROBLEM, key=KEY)
    params, (x, y) = FRESH, PROBLEM.retain
    for i, batch in enumerate(BATCHES):
        gradient = training.shifted_gradient(
            cosines_numpy(3), params, x[batch], training.one_hot(y[batch], 3)
        )
        params = params - 0.3 * (1 + np.cos(np.pi * i / STEPS)) / 2 * gradient
    np.testing.assert_allclose(result.params, params, rtol=0, atol=1e-5)


@pytest.mark.slow
def test_a_short_reach_is_no_replay():
    """Samples that were read elsewhere weigh nothing, so the window does not matter."""
    pair = [GaussNewtonReplay(**LIVELY, reach=1e-6, window=w)(PROBLEM, key=KEY).params for w in (BATCH, 50)]
    np.testing.assert_allclose(*pair, rtol=0, atol=1e-12)
    far = GaussNewtonReplay(**LIVELY, reach=1e6, window=50)(PROBLEM, key=KEY).params
    assert not np.allclose(far, pair[0], atol=1e-3)


@pytest.mark.slow
def test_neither_the_forget_set_nor_the_original_parameters_are_looked_at():
    other = problem(forget=Samples(PROBLEM.forget.x * 0.5, PROBLEM.forget.y), params=np.zeros(6))
    pair = [GaussNewtonReplay(**LIVELY)(p, key=KEY).params for p in (PROBLEM, other)]
    assert np.array_equal(*pair)


def test_targets_are_taught_in_part_by_the_original():
    """Its answers without the forgotten class, which for rows of other kinds of request stays."""
    x, y = PROBLEM.retain
    answers = np.exp(training.log_probabilities(cosines_numpy(3)(np.asarray(PROBLEM.params), x)))
    without = answers * (np.arange(3) != PROBLEM.forget_index)
    without = without / without.sum(1, keepdims=True)
    for given, taught in ((PROBLEM, without), (problem(forget_index=None), answers)):
        target, asked = GaussNewtonReplay(taught=0.25).targets(given)
        np.testing.assert_allclose(target, 0.75 * training.one_hot(y, 3) + 0.25 * taught, atol=1e-12)
        assert asked == len(y)
    target, asked = GaussNewtonReplay(head_taught=0.25).targets(PROBLEM)
    np.testing.assert_array_equal(target, training.one_hot(y, 3))
    assert asked == 0
    head = problem(VQC(2, 3, n_qubits=1, uploads=1, repetitions=1, head=True))
    assert GaussNewtonReplay(head_taught=0.25).targets(head)[1] == len(y)


@pytest.mark.slow
def test_numbers_of_a_head_can_change_without_compiling_again():
    given = problem(Traced(2, 3, n_qubits=1, uploads=1, repetitions=1, head=True))
    usual = GaussNewtonReplay(**LIVELY)
    first, traced = usual(given, key=KEY), len(TRACED)
    for name in ("head_damping", "head_reach", "head_taught", "head_prior"):
        changed = replace(usual, **{name: 0.4 * getattr(usual, name)})(given, key=KEY)
        assert not np.array_equal(changed.params, first.params), name
    assert len(TRACED) == traced > 0


def test_default_cost_is_a_fifth_of_the_default_training():
    method, n = GaussNewtonReplay(), 192
    ours, retraining = method.steps * method.batch, training_cost(Training(), n, 48)
    assert ours * 5 == retraining.gradients


@pytest.mark.slow
def test_rows_measured_again_are_counted():
    """Steps 2 and 4 of five measure the rows of a window of 7 again: 2 x 3, and then all that it holds."""
    model = Counting(Cosines())
    result = GaussNewtonReplay(steps=5, batch=3, window=7, refresh=2)(problem(model), key=KEY)
    assert (result.cost.gradients, result.cost.forwards) == (15, 15 + 6 + 7)
    room_for = 3 * 7  # what is simulated: rows not written yet too, and before the first step
    assert model.taken() == (15, 15 + room_for)


@pytest.mark.slow
def test_broyden_makes_the_replay_exact_where_it_was_measured():
    """After a step, old Jacobians changed as little as it takes for them to tell what was measured."""
    x, y = PROBLEM.retain
    target = jax.nn.one_hot(jnp.asarray(y), 3)
    start, moved = jnp.asarray(FRESH), jnp.asarray(FRESH) + 0.1 * jnp.arange(6)
    before, _ = measure(Replay.blank(3, Cosines()), Cosines(), start, jnp.asarray(x[:3]), target[:3], 0)
    after = refresh(before, Cosines(), moved)
    np.testing.assert_allclose(after.measured_at(moved), cosines_numpy(3)(moved, x[:3]), atol=1e-12)
    np.testing.assert_allclose(after.measured_at(start), before.measured, atol=1e-12)
    change = (after.jacobian - before.jacobian).reshape(9, 6)
    assert np.linalg.matrix_rank(change) == 1
    unwritten = refresh(Replay.blank(3, Cosines()), Cosines(), moved)
    assert np.array_equal(unwritten.measured, np.zeros((3, 3)))


def test_jacobians_by_parameter_shift():
    x = PROBLEM.retain.x[:3]
    logits, jacobians = logits_and_jacobians(Cosines(), jnp.asarray(FRESH), jnp.asarray(x))
    np.testing.assert_allclose(logits, cosines_numpy(3)(FRESH, x), atol=1e-12)
    for row, got in zip(x, jacobians, strict=True):
        np.testing.assert_allclose(got, slow.jacobian(cosines_numpy(3), FRESH, row), atol=1e-12)


@pytest.mark.slow
def test_step_of_one_row_in_closed_form():
    """Binary logits (θ, 0) at 0, label 0: g = −1/2, G = 1/4, so the step is (1/2) / (1/4 + ρ)."""
    replay = Replay(
        jnp.zeros((1, 1)),
        jnp.zeros((1, 2)),
        jnp.array([[[1.0], [0.0]]]),
        jnp.array([[1.0, 0.0]]),
        jnp.zeros((1, 1)),
        jnp.ones(1),
    )
    loss, direction = gauss_newton(replay, OneParameter(), jnp.zeros(1), 1.0, 0.25)
    np.testing.assert_allclose([loss, direction[0]], [np.log(2), 1.0], rtol=1e-14)


@pytest.mark.slow
def test_the_oldest_rows_are_written_over():
    x, y = PROBLEM.retain
    replay, target = Replay.blank(3, Cosines()), jax.nn.one_hot(jnp.asarray(y), 3)
    for i in range(2):
        rows = slice(2 * i, 2 * i + 2)
        replay, _ = measure(replay, Cosines(), jnp.asarray(FRESH), jnp.asarray(x[rows]), target[rows], 2 * i)
    order = [3, 1, 2]  # of four rows the first was written over by the last
    np.testing.assert_array_equal(replay.target, target[jnp.array(order)])
    np.testing.assert_array_equal(replay.known, np.ones(3))
