"""Hessians, per-sample gradients and Fisher information against NumPy twins, on every engine."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.native import available
from qunlearn.model import VQC, cross_entropy, soft_cross_entropy
from qunlearn.model import derivatives as ours
from reference import derivatives as slow
from reference import vqc as slow_vqc
from toys import Cosines

R = np.random.default_rng(2)
MODEL = VQC(2, 3, n_qubits=3, repetitions=1, logit_scale=2.0, engine="fused")
FAST = "native" if available()[0] else "fused"
SLOWER = [e for e in ("fused", "plain") if e != FAST]
EVERY_ENGINE = pytest.mark.parametrize(
    "engine", [FAST, *(pytest.param(engine, marks=pytest.mark.slow) for engine in SLOWER)]
)
P, X, Y = R.uniform(-2, 2, MODEL.n_params), R.uniform(0.2, 3, (3, 2)), np.array([0, 2, 1])


def twin(params, x):
    """The logits of `MODEL` for a batch."""

    def gates(row):
        blocks = [slow_vqc.ansatz("ry_rz_cnot_ring", 3, 1, block) for block in params.reshape(2, 6)]
        return [gate for block in blocks for gate in slow_vqc.encoding("angle", 3, row) + block]

    return np.array([2 * slow_vqc.expectations(3, gates(row), (0, 1, 2)) for row in x])


def loss(model):
    return lambda p: cross_entropy(model.logits(p, jnp.asarray(X[:1])), jnp.asarray(Y[:1]))


@pytest.fixture(scope="module")
def twin_hessian():
    return slow.hessian(lambda p: slow.cross_entropy(twin(p, X[:1]), Y[:1]), P)


@EVERY_ENGINE
def test_hessian_and_its_product_with_a_vector(engine, twin_hessian):
    model, v = replace(MODEL, engine=engine), R.normal(size=len(P))
    both = jax.jit(lambda p: (ours.hessian(loss(model), p), ours.hessian_vector(loss(model), p, v)))
    found, product = both(P)
    assert np.abs(twin_hessian).max() > 0.1
    np.testing.assert_allclose(found, twin_hessian, atol=2e-7)
    np.testing.assert_allclose(found, found.T, atol=1e-14)
    np.testing.assert_allclose(product, found @ v, atol=1e-13)


@pytest.mark.slow
def test_more_columns_than_are_taken_at_one_time():
    """A quadratic form is its own Hessian, of 37 columns."""
    matrix = R.normal(size=(37, 37))
    found = ours.hessian(lambda p: p @ matrix @ p / 2, np.zeros(37))
    np.testing.assert_allclose(found, (matrix + matrix.T) / 2, atol=1e-14)


@EVERY_ENGINE
def test_gradients_of_single_samples_and_their_outer_products(engine):
    model = replace(MODEL, engine=engine)
    each = slow.sample_gradients(twin, P, X, Y)
    np.testing.assert_allclose(ours.per_sample_gradients(model, P, X, Y), each, atol=1e-9)
    expected = slow.empirical_fisher(twin, P, X, Y)
    np.testing.assert_allclose(ours.empirical_fisher(model, P, X, Y), expected, atol=1e-9)


@EVERY_ENGINE
def test_fisher_information_of_the_models_own_labels(engine):
    model = replace(MODEL, engine=engine)
    found = ours.classical_fisher(model, P, X)
    np.testing.assert_allclose(found, slow.classical_fisher(twin, P, X), atol=1e-9)


@pytest.mark.slow
def test_fisher_information_is_the_hessian_at_the_models_own_labels():
    model = Cosines()
    p, x = R.normal(size=6), R.normal(size=(5, 2))
    own = jax.nn.softmax(model.logits(p, x))
    curvature = ours.hessian(lambda q: soft_cross_entropy(model.logits(q, x), own), p)
    np.testing.assert_allclose(ours.classical_fisher(model, p, x), curvature, atol=1e-14)


@pytest.mark.slow
def test_quantum_fisher_bounds_two_classes_at_scale_one():
    """With A = Z_0 - Z_1: p_0 p_1 (∂⟨A⟩)² <= Var(A) / 4 times the quantum information, and Var(A) <= 4."""
    model = replace(MODEL, n_classes=2, readout=(0, 2), logit_scale=1.0)
    gaps = np.linalg.eigvalsh(ours.quantum_fisher(model, P, X) - ours.classical_fisher(model, P, X))
    assert gaps.min() > -1e-12


def test_a_head_does_not_move_the_state():
    model = replace(MODEL, n_classes=4, head=True)
    found = ours.quantum_fisher(model, np.concatenate([P, R.normal(size=16)]), X)
    assert np.all(found[12:] == 0)
    assert np.all(found[:, 12:] == 0)
    np.testing.assert_array_equal(found[:12, :12], ours.quantum_fisher(MODEL, P, X))


@pytest.mark.slow
def test_chunks_do_not_change_anything(monkeypatch):
    model, (p, x, y) = Cosines(), (R.normal(size=6), R.normal(size=(5, 2)), np.array([0, 1, 2, 0, 1]))
    calls = [
        lambda: ours.per_sample_gradients(model, p, x, y),
        lambda: ours.empirical_fisher(model, p, x, y),
        lambda: ours.classical_fisher(model, p, x),
    ]
    whole = [call() for call in calls]
    jax.clear_caches()
    monkeypatch.setattr(ours, "chunk_length", lambda _: 2)
    for expected, call in zip(whole, calls, strict=True):
        np.testing.assert_allclose(call(), expected, atol=1e-15)


def test_refusals():
    with pytest.raises(InputError, match=r"needs a model with a `circuit`, but Cosines has none$"):
        ours.quantum_fisher(Cosines(), np.zeros(6), X)
    with pytest.raises(
        InputError, match=r"^`params` must have shape \(12,\) for this model, but has \(13,\)$"
    ):
        ours.quantum_fisher(MODEL, np.zeros(13), X)
    for call in (ours.per_sample_gradients, ours.empirical_fisher):
        with pytest.raises(InputError, match="taken over samples, but there are none"):
            call(MODEL, P, X[:0], Y[:0])
    with pytest.raises(InputError, match="taken over samples, but there are none"):
        ours.classical_fisher(MODEL, P, X[:0])
