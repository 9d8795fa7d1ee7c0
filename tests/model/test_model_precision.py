"""Single precision by choice: the same model to 1e-5 on every engine, and told apart where it is kept."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn import gold
from qunlearn._errors import InputError
from qunlearn.circuit.native import available
from qunlearn.circuit.precision import PRECISIONS
from qunlearn.model import VQC, cross_entropy, paper_classifier
from qunlearn.run.config import ModelConfig, RunConfig
from qunlearn.run.setup import set_up
from qunlearn.train import Training, fit
from toys import problem, rows

ENGINES = ["fused", *(["native"] if available()[0] else [])]
R = np.random.default_rng(8)


def value_and_gradient(model, params, x, y):
    def loss(p):
        return cross_entropy(model.logits(p, x), y)

    return jax.jit(lambda p: (model.logits(p, x), jax.grad(loss)(p)))(params)


@pytest.mark.parametrize(
    "engine", [ENGINES[-1], *(pytest.param(e, marks=pytest.mark.slow) for e in ENGINES[:-1])]
)
def test_logits_and_gradients_agree_with_double_precision(engine):
    double = replace(paper_classifier(), engine=engine)
    single = replace(double, precision="float32")
    params, x = jnp.asarray(R.uniform(-3, 3, 72)), jnp.asarray(R.uniform(0, 3, (12, 4)))
    y = jnp.asarray(R.integers(0, 3, 12))
    for rough, fine in zip(*(value_and_gradient(m, params, x, y) for m in (single, double)), strict=True):
        assert rough.dtype == fine.dtype == jnp.float64
        gap = np.abs(rough - fine).max()
        assert 1e-9 < gap < 1e-5, "single precision should be seen, and be no worse"


@pytest.mark.parametrize("changes", [{"encoding": "amplitude", "uploads": 1}, {"head": True}])
def test_amplitudes_and_heads(changes):
    double = VQC(2, 2, n_qubits=2, repetitions=1, **changes)
    params, x = jnp.asarray(R.uniform(-2, 2, double.n_params)), jnp.asarray(R.uniform(0.1, 3, (3, 2)))
    rough = replace(double, precision="float32").logits(params, x)
    np.testing.assert_allclose(rough, double.logits(params, x), rtol=0, atol=1e-5)


def test_single_arrays_stay_single_whatever_is_chosen():
    params, x = jnp.ones(4, jnp.float32), jnp.ones((2, 2), jnp.float32)
    for precision in PRECISIONS:
        model = VQC(2, 2, n_qubits=2, uploads=1, repetitions=1, precision=precision)
        assert model.logits(params, x).dtype == jnp.float32


@pytest.mark.slow
def test_training_takes_the_same_path_at_first():
    """A few small steps: rounding that Adam's normalised steps blow up is far below the steps themselves."""
    double = VQC(2, 2, n_qubits=2, uploads=1, repetitions=1)
    one, other = (
        fit(m, rows(14, 2, 0), rows(8, 2, 1), key=0, training=Training(steps=5, batch=4, learning_rate=0.01))
        for m in (double, replace(double, precision="float32"))
    )
    assert other.params.dtype == np.float64
    np.testing.assert_allclose(one.loss, other.loss, rtol=0, atol=1e-5)
    assert not np.array_equal(one.loss, other.loss)


def test_models_of_another_precision_are_kept_apart():
    double = VQC(2, 3, n_qubits=3, uploads=1, repetitions=1)
    single = replace(double, precision="float32")
    key = jax.random.key(0)
    assert gold._digest(problem(double), key) != gold._digest(problem(single), key)
    assert VQC.from_dict(single.to_dict()) == single


@pytest.mark.slow
def test_a_configuration_chooses_it():
    config = RunConfig("iris", model=ModelConfig(precision="float32"))
    assert set_up(config).model.precision == "float32"
    assert set_up(RunConfig("iris")).model.precision == "float64"


def test_other_precisions_are_refused():
    with pytest.raises(InputError, match=r"^`precision` must be one of float64, float32, but is float16$"):
        VQC(2, 2, precision="float16")
