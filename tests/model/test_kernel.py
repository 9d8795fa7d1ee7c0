"""The fidelity kernel against closed forms and a slow simulator; the classifier's shapes and refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.circuit import Circuit
from qunlearn.model.encodings import ENCODINGS
from qunlearn.model.kernel import KernelClassifier, fidelity_kernel
from qunlearn.model.kernel_ridge import kernel_ridge
from reference import statevector, vqc

R = np.random.default_rng(4)
A, B = R.uniform(0, np.pi, (4, 3)), R.uniform(0, np.pi, (3, 3))
SUPPORT = tuple(map(tuple, A.tolist()))


def kernel(name, a=A, b=B):
    encoding = ENCODINGS[name]
    circuit = Circuit(3, encoding.ops(3, 3), amplitude_encoding=encoding.amplitude, n_features=3)
    return np.asarray(fidelity_kernel(circuit, a, b))


def test_one_rotation_a_qubit_is_a_product_of_cosines():
    expected = [[np.prod(np.cos((a - b) / 2) ** 2) for b in B] for a in A]
    np.testing.assert_allclose(kernel("angle"), expected, rtol=1e-12)


def test_amplitudes_give_the_squared_cosine_between_rows():
    unit = [m / np.linalg.norm(m, axis=1, keepdims=True) for m in (A, B)]
    np.testing.assert_allclose(kernel("amplitude"), (unit[0] @ unit[1].T) ** 2, rtol=1e-12)


@pytest.mark.parametrize("name", ["pairwise", "pairwise_ry_rz"])
def test_equals_the_overlap_of_slowly_simulated_states(name):
    a, b = ([statevector.evolve(3, vqc.encoding(name, 3, x)) for x in rows] for rows in (A, B))
    expected = [[abs(np.vdot(u, v)) ** 2 for v in b] for u in a]
    np.testing.assert_allclose(kernel(name), expected, atol=1e-12)


def test_is_symmetric_positive_and_1_on_equal_rows():
    gram = kernel("pairwise", A, A)
    np.testing.assert_allclose(gram, gram.T, atol=1e-14)
    np.testing.assert_allclose(np.diag(gram), 1, atol=1e-14)
    assert np.linalg.eigvalsh(gram)[0] > -1e-14


def test_logits_are_the_ridge_head_on_the_kernel():
    model = KernelClassifier(SUPPORT, 3, n_qubits=3, encoding="angle", ridge=0.3, logit_scale=2.0)
    y = np.array([0, 2, 1, 2])
    gram, cross = (
        np.array([[np.prod(np.cos((a - b) / 2) ** 2) for b in A] for a in rows]) for rows in (A, B)
    )
    expected = 2.0 * cross @ np.linalg.solve(gram + 0.3 * np.eye(4), np.eye(3)[y])
    np.testing.assert_allclose(
        model.logits(jnp.asarray(kernel_ridge(model, y)), jnp.asarray(B)), expected, atol=1e-12
    )


def test_without_a_head_every_class_is_as_likely():
    model = KernelClassifier(SUPPORT, 3)
    assert np.array_equal(model.logits(model.init(jax.random.key(0)), jnp.asarray(B)), np.zeros((3, 3)))


def test_survives_being_written():
    model = KernelClassifier(SUPPORT, 3, encoding="angle", ridge=0.7)
    again = KernelClassifier.from_dict(model.to_dict())
    assert again == model
    assert hash(again) == hash(model)
    with pytest.raises(InputError, match="`field of a kernel classifier` must be one of support, "):
        KernelClassifier.from_dict({**model.to_dict(), "depth": 2})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ridge": 0.0}, "`ridge` must be > 0"),
        ({"logit_scale": -1.0}, "`logit_scale` must be > 0"),
        ({"encoding": "none"}, "`encoding` must be one of"),
        ({"n_classes": 1}, "`n_classes` must be >= 2"),
        ({"support": ((np.nan, 1.0),)}, "`support` must be training samples"),
        ({"support": ()}, "`support` must be training samples"),
    ],
)
def test_bad_values_are_refused(change, words):
    with pytest.raises(InputError, match=words):
        KernelClassifier(**{"support": SUPPORT, "n_classes": 3, **change})


def test_parameters_of_another_size_are_refused():
    model = KernelClassifier(SUPPORT, 3)
    with pytest.raises(InputError, match=r"`params` must have shape \(28,\)"):
        model.logits(jnp.zeros(3), jnp.asarray(B))
