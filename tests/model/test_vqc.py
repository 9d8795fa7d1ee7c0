"""VQC: every encoding with every ansatz against a NumPy twin; read-out, head, sizes, refusals."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.circuit.circuit import Param
from qunlearn.model import ANSATZE, ENCODINGS, VQC, Classifier
from reference import vqc as slow
from toys import untyped

R = np.random.default_rng(5)
N_QUBITS = 3


def model(**changes):
    return VQC(**{"n_features": 2, "n_classes": 2, "n_qubits": 3, "uploads": 1, "repetitions": 1, **changes})


def twin(vqc: VQC, params: np.ndarray, row: np.ndarray) -> list[slow.Gate]:
    """The gates for one sample, from the reference's own tables."""
    gates = []
    for block in params[: vqc.n_angles].reshape(vqc.uploads, -1):
        gates += [] if vqc.encoding == "amplitude" else slow.encoding(vqc.encoding, vqc.n_qubits, row)
        gates += slow.ansatz(vqc.ansatz, vqc.n_qubits, vqc.repetitions, block)
    return gates


def slow_z(vqc: VQC, params: np.ndarray, x: np.ndarray) -> np.ndarray:
    """<Z> of the read-out qubits, (B, M)."""
    start = [row if vqc.encoding == "amplitude" else None for row in x]
    each = zip(x, start, strict=True)
    return np.array([slow.expectations(vqc.n_qubits, twin(vqc, params, r), vqc.readout, s) for r, s in each])


def resolved(vqc: VQC, params: np.ndarray, row: np.ndarray) -> list[slow.Gate]:
    """The gates of `vqc.circuit` with the angles' values in place of where they come from."""

    def value(angle):
        return params[angle.index] if isinstance(angle, Param) else np.prod(row[list(angle.indices)])

    return [(op.gate, op.wires, tuple(map(value, op.angles))) for op in vqc.circuit.ops]


@pytest.mark.parametrize("ansatz", ANSATZE)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_with_every_ansatz(encoding, ansatz):
    uploads = 1 if encoding == "amplitude" else 2
    vqc = model(encoding=encoding, ansatz=ansatz, uploads=uploads, repetitions=3, n_features=3)
    per_qubit = {"ry_rz_cnot_ring": 2, "rx_ry_rx_rzz_ring": 4}.get(ansatz, 3)
    assert vqc.n_params == vqc.n_angles == vqc.circuit.n_params == uploads * 3 * per_qubit * N_QUBITS
    assert vqc.circuit.amplitude_encoding == (encoding == "amplitude")
    params, row = R.uniform(-np.pi, np.pi, vqc.n_params), R.uniform(0.1, np.pi, 3)
    assert resolved(vqc, params, row) == twin(vqc, params, row)


def test_amplitude_encoding_starts_from_the_padded_features():
    vqc = model(encoding="amplitude", n_features=5)
    params, x = R.uniform(-np.pi, np.pi, vqc.n_params), R.uniform(0.1, np.pi, (2, 5))
    logits = vqc.logits(jnp.asarray(params), jnp.asarray(x))
    np.testing.assert_allclose(logits, slow_z(vqc, params, x), rtol=0, atol=1e-12)


def test_readout_order_and_scale_decide_the_logits():
    vqc = model(readout=(2, 0), logit_scale=3.0)
    params, x = R.uniform(-np.pi, np.pi, vqc.n_params), R.uniform(0.1, np.pi, (4, 2))
    logits = vqc.logits(jnp.asarray(params), jnp.asarray(x))
    np.testing.assert_allclose(logits, 3 * slow_z(vqc, params, x), rtol=0, atol=1e-12)
    assert vqc.logit_range == (-3, 3)


@pytest.mark.parametrize(("readout", "measured"), [((), (0, 1, 2)), ((2, 1), (2, 1))])
def test_head_is_linear_in_the_measured_qubits(readout, measured):
    vqc = model(n_classes=5, head=True, readout=readout, logit_scale=0.5)
    assert vqc.readout == measured
    width = len(measured)
    assert vqc.n_params == vqc.n_angles + 5 * width + 5
    params, x = R.uniform(-2, 2, vqc.n_params), R.uniform(0.1, np.pi, (4, 2))
    weights = params[vqc.n_angles : vqc.n_angles + 5 * width].reshape(5, width)
    expected = 0.5 * (slow_z(vqc, params, x) @ weights.T + params[-5:])
    np.testing.assert_allclose(vqc.logits(jnp.asarray(params), jnp.asarray(x)), expected, rtol=0, atol=1e-12)
    assert vqc.logit_range is None


def test_head_starts_with_scaled_weights_and_no_bias():
    vqc = model(n_classes=50, n_qubits=4, head=True, init_sd=0.2)
    start = np.asarray(vqc.init(jax.random.key(1)))
    assert start.shape == (vqc.n_params,)
    assert np.all(start[-50:] == 0)
    weights = start[vqc.n_angles : -50]
    assert abs(weights.std() - 0.5) < 4 * 0.5 / np.sqrt(2 * len(weights))


@pytest.mark.parametrize(
    ("n_qubits", "n_classes"),
    [(2, 3), (3, 9), *(pytest.param(*n, marks=pytest.mark.slow) for n in ((1, 2), (2, 2), (4, 4), (5, 2)))],
)
def test_any_number_of_qubits_and_classes(n_qubits, n_classes):
    vqc = model(n_qubits=n_qubits, n_classes=n_classes, head=n_classes > n_qubits)
    logits = jax.eval_shape(vqc.logits, vqc.init(jax.random.key(0)), jnp.ones((3, 2)))
    assert logits.shape == (3, n_classes)


def test_is_a_classifier_and_hashable():
    assert isinstance(model(), Classifier)
    assert hash(model()) == hash(model(readout=(1, 2)))
    assert model() == model(readout=(1, 2))


@pytest.mark.parametrize(
    "changes", [{}, {"n_classes": 4, "head": True}, {"encoding": "amplitude", "readout": (1, 0)}]
)
def test_round_trip_through_json(changes):
    vqc = model(**changes)
    assert VQC.from_dict(json.loads(json.dumps(vqc.to_dict()))) == vqc


def test_numpy_sizes_and_lists_become_plain():
    with untyped():
        vqc = model(n_qubits=np.int64(3), readout=[np.int64(0), 1])
    assert vqc == model(readout=(0, 1))
    json.dumps(vqc.to_dict())


def test_from_dict_refuses_unknown_fields():
    with pytest.raises(InputError, match=r"^`field of a VQC` must be one of n_features, .* but is depth$"):
        VQC.from_dict({**model().to_dict(), "depth": 3})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"n_features": 0}, "`n_features` must be >= 1, but is 0"),
        ({"n_classes": 1}, "`n_classes` must be >= 2, but is 1"),
        ({"n_qubits": 2.5}, "`n_qubits` must be a whole number, but is 2.5"),
        ({"n_qubits": 25}, "`n_qubits` must be between 1 and 24, but is 25"),
        ({"uploads": 0}, "`uploads` must be >= 1, but is 0"),
        ({"repetitions": True}, "`repetitions` must be a whole number, but is True"),
        ({"encoding": "phase"}, f"`encoding` must be one of {', '.join(ENCODINGS)}, but is phase"),
        ({"ansatz": "qaoa"}, f"`ansatz` must be one of {', '.join(ANSATZE)}, but is qaoa"),
        ({"gradient": "spsa"}, "`gradient` must be one of "),
        ({"engine": "tensor"}, "`engine` must be one of "),
        ({"logit_scale": 0.0}, "`logit_scale` must be > 0, but is 0.0"),
        ({"init_sd": float("nan")}, "`init_sd` must be > 0, but is nan"),
        (
            {"encoding": "amplitude", "uploads": 2},
            "amplitude encoding sets the start state, so `uploads` must",
        ),
        ({"encoding": "amplitude", "n_features": 9}, "amplitude encoding on 3 qubits takes 1 to 8 features"),
        (
            {"n_classes": 4},
            "4 classes need as many read-out qubits, but `n_qubits` is 3: take more qubits or",
        ),
        ({"readout": (0, 3)}, "`readout` must be different qubits in 0..2, but is (0, 3)"),
        ({"readout": (1, 1)}, "`readout` must be different qubits in 0..2, but is (1, 1)"),
        ({"readout": (0, 1, 2)}, "without a head `readout` needs one qubit for each of 2 classes, but has 3"),
    ],
)
def test_refused_combinations(changes, sentence):
    with untyped(), pytest.raises(InputError) as refused:
        model(**changes)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("extra", [-1, 1])
def test_parameters_of_another_size_are_refused(extra):
    vqc = model()
    with pytest.raises(InputError, match=r"^`params` must have shape \(6,\) for this model, but has"):
        vqc.logits(jnp.zeros(vqc.n_params + extra), jnp.ones((2, 2)))
