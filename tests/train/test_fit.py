"""The training loop against a slow twin, and what it promises: best parameters, keys, company, pieces."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.model import VQC, cross_entropy, paper_classifier
from qunlearn.train import Samples, Training, fit, fit_many, loop
from reference import training as slow
from reference.vqc import ansatz, encoding, expectations
from toys import Cosines, Counting, cosines_numpy, rows, untyped

MODEL = Cosines()
TRAIN, VAL = rows(14, 3, 0), rows(8, 3, 1)
X, Y = TRAIN
SHORT = Training(steps=12, batch=4, learning_rate=0.3)
FULL = Training(steps=12, batch=0, learning_rate=0.7, val_every=5)


def vqc_numpy(params, x):
    """A three-qubit VQC of one block, once more."""
    block = ansatz("ry_rz_cnot_ring", 3, 1, params)
    return np.array([expectations(3, encoding("angle", 3, row) + block, (1, 2)) for row in x])


def start_and_batches(model, key, training, train):
    """What the key decides."""
    k = jax.random.key(key)[None]
    carry, batches = loop.start(model, k, training.batch, training.steps, train)
    return np.asarray(carry.params[0]), np.asarray(batches[0])


@pytest.mark.parametrize(
    ("model", "logits", "training"),
    [
        (MODEL, cosines_numpy(3), SHORT),
        pytest.param(MODEL, cosines_numpy(3), FULL, marks=pytest.mark.slow),
        pytest.param(
            VQC(2, 2, n_qubits=3, uploads=1, repetitions=1),
            vqc_numpy,
            Training(steps=5, batch=3, val_every=2),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_equals_a_slow_twin(model, logits, training):
    train, val = rows(14, model.n_classes, 0), rows(8, model.n_classes, 1)
    start, batches = start_and_batches(model, 5, training, train)
    twin = slow.train(logits, start, train, val, batches, training.learning_rate, training.val_every)
    fitted = fit(model, train, val, key=5, training=training)
    np.testing.assert_allclose(fitted.params, twin["params"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(fitted.loss, twin["loss"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(fitted.val_loss, twin["val_loss"], rtol=0, atol=1e-8, equal_nan=True)
    assert fitted.best_step == twin["best_step"]


def test_keeps_the_parameters_with_the_lowest_validation_loss():
    """With a large step the validation loss goes up and down, so the best is not the last."""
    fitted = fit(MODEL, TRAIN, VAL, key=3, training=replace(SHORT, learning_rate=2.0))
    kept = cross_entropy(MODEL.logits(fitted.params, VAL.x), jnp.asarray(VAL.y))
    assert float(kept) == pytest.approx(fitted.val_loss.min(), abs=1e-12)
    assert fitted.best_step == 1 + int(fitted.val_loss.argmin()) < 12


def test_validation_loss_is_measured_every_so_often_and_at_the_end():
    fitted = fit(MODEL, TRAIN, VAL, key=3, training=FULL)
    assert np.flatnonzero(np.isfinite(fitted.val_loss)).tolist() == [4, 9, 11]
    assert np.all(np.isfinite(fitted.loss))
    assert fitted.best_step in (5, 10, 12)


def test_a_key_decides_everything():
    first, again, other = (fit(MODEL, TRAIN, VAL, key=k, training=SHORT) for k in (1, 1, 2))
    for name in ("params", "loss", "val_loss"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
        assert not np.allclose(getattr(first, name), getattr(other, name))


def test_key_decides_the_order_of_the_data_too():
    batches = [start_and_batches(MODEL, k, SHORT, TRAIN)[1] for k in (1, 2)]
    assert not np.array_equal(*batches)


@pytest.mark.slow
def test_many_models_side_by_side_equal_each_alone():
    keys = jax.random.split(jax.random.key(9), 3)
    many = fit_many(MODEL, TRAIN, VAL, keys=keys, training=SHORT)
    for key, one in zip(keys, many, strict=True):
        alone = fit(MODEL, TRAIN, VAL, key=key, training=SHORT)
        np.testing.assert_allclose(one.params, alone.params, rtol=0, atol=1e-12)
        np.testing.assert_allclose(one.val_loss, alone.val_loss, rtol=0, atol=1e-12)
        assert (one.best_step, one.cost, one.training) == (alone.best_step, alone.cost, SHORT)


@pytest.mark.slow
def test_parameter_shift_takes_the_same_path_as_reverse_mode():
    """On the paper's model: ten samples, 144 circuits each, a few steps.

    The last RZ layer (66..71) commutes with the measurement. Its gradient is zero but for rounding, which
    Adam divides by 1e-8.
    """
    train, val = rows(20, 3, 0, 4), rows(6, 3, 1, 4)
    reverse, shift = (
        fit(paper_classifier(gradient=rule), train, val, key=0, training=Training(steps=4))
        for rule in ("reverse", "parameter_shift")
    )
    np.testing.assert_allclose(reverse.params[:66], shift.params[:66], rtol=0, atol=1e-10)
    np.testing.assert_allclose(reverse.params[66:], shift.params[66:], rtol=0, atol=1e-8)
    np.testing.assert_allclose(reverse.loss, shift.loss, rtol=0, atol=1e-12)
    np.testing.assert_allclose(reverse.val_loss, shift.val_loss, rtol=0, atol=1e-12)
    assert np.ptp(reverse.loss) > 1e-3


def test_progress_is_told_and_changes_nothing():
    told = []
    watched = fit(MODEL, TRAIN, VAL, key=1, training=SHORT, progress=lambda *words: told.append(words))
    silent = fit(MODEL, TRAIN, VAL, key=1, training=SHORT)
    assert told[0] == ("training 1 model (compiling)", 0, 12)
    assert told[1:] == [("training 1 model", i, 12) for i in range(1, 13)]
    assert np.array_equal(watched.params, silent.params)
    assert np.array_equal(watched.val_loss, silent.val_loss)


def test_nothing_is_compiled_again_for_pieces_other_rates_and_other_data():
    model = Counting(Cosines())
    fit(model, TRAIN, VAL, key=1, training=SHORT)
    traces = model.counts["traces"]
    other = replace(SHORT, learning_rate=0.01)
    fit(model, rows(14, 3, 5), VAL, key=2, training=other, progress=lambda *_: None)
    assert model.counts["traces"] == traces


def test_input_arrays_stay_as_they_are():
    x, y = TRAIN.x.copy(), TRAIN.y.copy()
    fit(MODEL, TRAIN, VAL, key=1, training=SHORT)
    assert np.array_equal(x, TRAIN.x)
    assert np.array_equal(y, TRAIN.y)


def test_whole_numbers_as_inputs_and_small_integers_as_labels():
    train = Samples(np.round(X).astype(int), Y.astype(np.uint8))
    plain = Samples(np.round(X), Y)
    both = [fit(MODEL, r, VAL, key=1, training=SHORT).params for r in (train, plain)]
    assert np.array_equal(*both)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (Samples(X[:0], Y[:0]), "there are no training samples"),
        (Samples(X[:, :1], Y), "training inputs must have shape (n, 2) for this model, but have (14, 1)"),
        (Samples(X[0], Y[:2]), "training inputs must have shape (n, 2) for this model, but have (2,)"),
        (
            Samples(np.where(X > 3, np.nan, X), Y),
            "training inputs must be finite numbers: drop or fill the missing",
        ),
        (Samples(X.astype(str), Y), "training inputs must be finite numbers: drop or fill the missing ones"),
        (
            Samples(X, Y[:5]),
            "training labels must be 14 whole numbers, one a row, but are int64 of shape (5,)",
        ),
        (
            Samples(X, Y[:, None]),
            "training labels must be 14 whole numbers, one a row, but are int64 of shape (14, 1)",
        ),
        (
            Samples(X, Y + 0.0),
            "training labels must be 14 whole numbers, one a row, but are float64 of shape",
        ),
        (Samples(X, Y + 1), "training labels must be in 0..2, but reach from 1 to 3"),
        (Samples(X, Y - 1), "training labels must be in 0..2, but reach from -1 to 1"),
    ],
)
def test_bad_rows_are_refused_before_anything_is_compiled(data, sentence):
    model = Counting(Cosines())
    with pytest.raises(InputError) as refused:
        fit(model, data, VAL, key=0, training=SHORT)
    assert str(refused.value).startswith(sentence)
    assert model.counts["traces"] == 0


def test_validation_rows_are_checked_too():
    with pytest.raises(InputError, match=r"^there are no validation samples$"):
        fit(MODEL, TRAIN, Samples(X[:0], Y[:0]), key=0, training=SHORT)


def test_no_keys():
    with pytest.raises(InputError, match="at least one key"):
        fit_many(MODEL, TRAIN, VAL, keys=jax.random.split(jax.random.key(0), 1)[:0], training=SHORT)


@pytest.mark.slow
def test_a_loss_that_is_no_number_is_refused():
    """A row of zeros has no state under amplitude encoding."""
    model = VQC(2, 2, n_qubits=1, encoding="amplitude", uploads=1, repetitions=1, head=True)
    train = Samples(np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([0, 1]))
    with pytest.raises(InputError, match=r"^the loss did not stay finite: look for rows .* all zeros"):
        fit(model, train, Samples(train.x[1:], train.y[1:]), key=0, training=Training(steps=2, batch=1))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": 0}, "`steps` must be >= 1, but is 0"),
        ({"steps": 2.5}, "`steps` must be a whole number, but is 2.5"),
        ({"batch": -1}, "`batch` must be >= 0, but is -1"),
        ({"val_every": 0}, "`val_every` must be >= 1, but is 0"),
        ({"learning_rate": 0.0}, "`learning_rate` must be > 0, but is 0.0"),
        ({"learning_rate": float("inf")}, "`learning_rate` must be > 0, but is inf"),
        ({"learning_rate": "fast"}, "`learning_rate` must be a number, but is 'fast'"),
    ],
)
def test_bad_training_is_refused(changes, sentence):
    with untyped(), pytest.raises(InputError) as refused:
        Training(**changes)
    assert str(refused.value) == sentence


def test_training_keeps_plain_numbers():
    with untyped():
        assert Training(steps=np.int64(3), learning_rate=1) == Training(steps=3, learning_rate=1.0)
