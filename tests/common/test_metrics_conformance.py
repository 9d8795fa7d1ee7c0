"""What every row of METRICS owes its reader. A new metric is covered by its row alone."""

import re
from math import inf

import numpy as np
import pytest

import qunlearn.metrics as package
from qunlearn._errors import InputError
from qunlearn.metrics import METRICS, Predictions, evaluate, evaluate_many, gap, gold_against_gold, metric_of
from qunlearn.metrics.metric import GoldMetric, ModelMetric
from reference.metrics import example

IDS = list(METRICS)
MODELS, GOLD = example(3, seed=1), example(5, seed=2)


def of(data):
    return Predictions(**data, forget_index=1)


def same_models(count):
    data = example(1, seed=4)
    return of({**data, "p": np.repeat(data["p"], count, 0), "params": np.repeat(data["params"], count, 0)})


def values_of(id, found):
    return [found[key] for key in found if key.split("/")[0] == id]


@pytest.mark.parametrize("id", IDS)
def test_a_row_states_what_a_reader_needs(id):
    row = METRICS[id]
    assert row.id == id
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", id)
    assert row.unit
    assert row.source
    assert row.compares == {ModelMetric: "model alone", GoldMetric: "model with gold"}[type(row)]
    assert row.target in ("gold", "gold-gold", "diagnostic") or isinstance(row.target, float)
    assert row.range[0] < row.range[1] <= inf
    assert row.meaning[-1] != "."
    assert "\n" not in row.meaning
    assert len(row.meaning) > 15


@pytest.mark.parametrize("id", IDS)
def test_its_function_is_documented(id):
    assert METRICS[id].function.__doc__
    if isinstance(METRICS[id], GoldMetric):
        assert METRICS[id].view.__doc__


@pytest.mark.parametrize("id", IDS)
def test_every_call_gives_finite_plain_numbers_in_range(id):
    low, high = METRICS[id].range
    one = Predictions(MODELS["p"][0], MODELS["y"], MODELS["forget"], 1, MODELS["params"][0])
    null = gold_against_gold(of(GOLD))
    estimates = [
        *values_of(id, evaluate(one, of(GOLD))),
        *values_of(id, evaluate_many(of(MODELS), of(GOLD))),
        *(spread.estimate for spread in values_of(id, null)),
    ]
    assert len(estimates) >= 3
    for estimate in estimates:
        assert type(estimate.value) is float
        assert low <= estimate.value <= high
        assert estimate.stderr is None or (type(estimate.stderr) is float and 0 <= estimate.stderr < inf)
        assert estimate.n >= 1
    for spread in values_of(id, null):
        assert low <= spread.low <= spread.high <= high
        assert len(spread.values) == 5


@pytest.mark.parametrize("id", IDS)
def test_a_model_that_is_gold_hits_the_target(id):
    gold = same_models(4)
    found, null = evaluate(same_models(1), gold), gold_against_gold(gold)
    for estimate, spread in zip(values_of(id, found), values_of(id, null), strict=True):
        assert gap(estimate, spread) == pytest.approx(0, abs=1e-14)
        assert spread.low == pytest.approx(spread.high)
        if isinstance(METRICS[id], GoldMetric):
            assert estimate.value == (1 if id.startswith("agreement") else 0)


@pytest.mark.parametrize("id", [id for id in IDS if METRICS[id].target == "gold-gold"])
def test_another_model_misses_the_target(id):
    other = Predictions(**example(1, seed=5), forget_index=1)
    gold = same_models(4)
    assert gap(evaluate(other, gold)[id], gold_against_gold(gold)[id]) != pytest.approx(0, abs=1e-6)


def test_inputs_are_not_changed():
    models, gold = (example(3, seed=1), example(5, seed=2))
    evaluate_many(of(models), of(gold))
    gold_against_gold(of(gold))
    for data, fresh in ((models, MODELS), (gold, GOLD)):
        for name in data:
            np.testing.assert_array_equal(data[name], fresh[name])


def test_ids_are_found_again():
    for id in gold_against_gold(of(GOLD)):
        assert metric_of(id) is METRICS[id.split("/")[0]]


@pytest.mark.parametrize(
    ("id", "message"),
    [
        ("kl", "must be one of recall, forget_recall, .* but is kl"),
        ("accuracy/0", "one value, not one per class"),
    ],
)
def test_unknown_ids_are_refused(id, message):
    with pytest.raises(InputError, match=message):
        metric_of(id)


def test_public_names_exist_and_are_documented():
    tables = {"METRICS", "ROLE_METRICS", "ENSEMBLE_METRICS"}
    assert tables <= set(package.__all__)
    for name in set(package.__all__) - tables:
        assert getattr(package, name).__doc__, name


def test_no_metric_is_forgotten():
    """Every public function of the families is used by a row, and each row's function is one."""
    from qunlearn.metrics import classification, divergence, parameters, probability, ranking

    elsewhere = {classification.confusion, probability.probability_range}
    families = (classification, divergence, parameters, probability, ranking)
    written = {
        value
        for module in families
        for name, value in vars(module).items()
        if callable(value)
        and getattr(value, "__module__", "") == module.__name__
        and not name.startswith("_")
    }
    assert {row.function for row in METRICS.values()} == written - elsewhere
