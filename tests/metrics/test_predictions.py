import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.metrics import Predictions
from qunlearn.metrics.predictions import require_comparable
from reference.metrics import example


def arrays(**changes):
    return {**example(2), "forget_index": 1, **changes}


def changed(name, index, value):
    array = example(2)[name].copy()
    array[index] = value
    return arrays(**{name: array})


def test_one_model_may_come_without_a_model_axis():
    data = example(1)
    predictions = Predictions(data["p"][0], data["y"], data["forget"], 1, data["params"][0])
    assert predictions.p.shape == (1, 30, 4)
    assert predictions.params.shape == (1, 5)


def test_inputs_stay_writable_and_the_stored_views_do_not():
    data = arrays()
    predictions = Predictions(**data)
    for name in ("p", "y", "forget", "params"):
        assert data[name].flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            getattr(predictions, name)[0] = 0


def test_retained_classes_are_all_but_the_forgotten():
    data = arrays()
    assert Predictions(**data).retained_classes.tolist() == [0, 2, 3]
    assert Predictions(data["p"], data["y"], data["forget"]).retained_classes.tolist() == [0, 1, 2, 3]


def test_single_precision_rows_are_accepted_and_labels_of_any_integer_type():
    data = arrays(p=example(2)["p"].astype(np.float32), y=example(2)["y"].astype(np.uint8))
    assert Predictions(**data).p.dtype == np.float64


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (arrays(p=np.ones(4)), r"must have shape \(n, K\) or \(M, n, K\), but has shape \(4,\)"),
        (arrays(p=np.ones((0, 30, 4))), "at least one model"),
        (arrays(p=np.ones((2, 30, 1))), "at least 2 classes, but holds 1"),
        (arrays(y=np.zeros(29, int)), r"one label for each of the 30 samples .* shape \(29,\)"),
        (arrays(forget=np.zeros(31, bool)), r"one mark for each of the 30 samples .* shape \(31,\)"),
        (changed("p", (0, 3, 1), np.nan), "NaN"),
        (changed("p", (0, 3, 1), -0.1), "must not be negative, but its smallest value is -0.1"),
        (arrays(p=example(2)["p"] * 1.0001), "must sum to 1, but one misses it by 0.0001"),
        (arrays(y=example(2)["y"].astype(float)), "must hold integers, but holds float64"),
        (
            changed("y", 0, 4),
            r"must be in 0\.\.3, but run from 0 to 4",
        ),
        (changed("y", 0, -1), r"must be in 0\.\.3, but run from -1 to 3"),
        (arrays(forget=np.zeros(30, int)), "mask of True and False, but holds int64"),
        (arrays(forget=np.ones(30, bool), forget_index=None), "at least one retained sample"),
        (arrays(forget_index=4), r"must be in 0\.\.3 or None, but is 4"),
        (arrays(forget_index=2), "exactly the samples of class 2 and no others"),
        (arrays(params=np.zeros((3, 5))), r"one row for each of the 2 models .* shape \(3, 5\)"),
        (changed("params", (0, 0), np.inf), "`params` must not hold NaN"),
    ],
)
def test_bad_input_gets_one_sentence(data, message):
    with pytest.raises(InputError, match=message) as caught:
        Predictions(**data)
    assert "\n" not in str(caught.value)


def test_an_empty_set_of_samples_is_refused():
    with pytest.raises(InputError, match="at least one retained sample"):
        Predictions(np.ones((0, 3)), np.zeros(0, int), np.zeros(0, bool))


def reversed_samples():
    data = example(3)
    return data | {"p": data["p"][:, ::-1], "y": data["y"][::-1], "forget": data["forget"][::-1]}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({**example(3, n=29), "forget_index": 1}, r"shapes \(2, 30, 4\) and \(3, 29, 4\)"),
        ({**reversed_samples(), "forget_index": 1}, "the same `y`"),
        ({**example(3, forget_index=2), "forget_index": 2}, "the same `y`, `forget` and `forget_index`"),
        ({**example(3), "forget": example(3)["y"] == 2, "forget_index": None}, "the same `y`"),
        ({**example(3, params=6), "forget_index": 1}, "5 and 6"),
    ],
)
def test_model_and_gold_must_be_about_the_same_thing(other, message):
    model = Predictions(**arrays(forget_index=other["forget_index"] and 1))
    with pytest.raises(InputError, match=message):
        require_comparable(model, Predictions(**other))


def test_a_class_request_is_not_the_request_of_its_records():
    with pytest.raises(InputError, match="`forget_index`"):
        require_comparable(Predictions(**arrays()), Predictions(**arrays(forget_index=None)))
