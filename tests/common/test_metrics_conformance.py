"""What every row of METRICS owes its reader. A new metric is covered by its row alone."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Mapping
from math import inf

import numpy as np
import pytest

import qunlearn.metrics as package
from qunlearn._errors import InputError
from qunlearn.audit.every_metric import EVERY_METRIC, TABLES, metric_of
from qunlearn.metrics import METRICS, Predictions, evaluate, evaluate_many, gap, gold_against_gold
from qunlearn.metrics.estimate import Scores
from qunlearn.metrics.metric import FAMILIES, UNDEFINED, EnsembleMetric, GoldMetric, Metric, ModelMetric
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


@pytest.mark.parametrize("id", list(EVERY_METRIC))
def test_a_row_states_what_a_reader_needs(id):
    row = EVERY_METRIC[id]
    assert row.id == id
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", id)
    assert row.unit
    assert row.source
    kinds = {ModelMetric: "model alone", EnsembleMetric: "ensembles"}
    assert row.compares == kinds.get(type(row), "model with gold")
    assert row.target in ("gold", "gold-gold", "diagnostic") or row.range[0] <= row.target <= row.range[1]
    assert row.range[0] < row.range[1] <= inf
    assert row.family in FAMILIES
    assert set(row.needs) <= set(UNDEFINED)
    for text, least in ((row.label, 3), (row.meaning, 15), (row.head, 2)):
        assert text[-1] != "."
        assert "\n" not in text
        assert len(text) >= least


def test_no_two_rows_have_one_name():
    labels = [row.label for row in EVERY_METRIC.values()]
    assert len(set(labels)) == len(labels)
    assert len(EVERY_METRIC) == sum(map(len, TABLES)), "no two rows have one id, and each is in a family"


@pytest.mark.parametrize("id", list(EVERY_METRIC))
def test_its_function_is_documented(id):
    row = EVERY_METRIC[id]
    assert row.function.__doc__
    if isinstance(row, GoldMetric):
        assert row.view.__doc__


@pytest.mark.parametrize("id", IDS)
def test_every_call_gives_finite_plain_numbers_in_range(id):
    low, high = METRICS[id].range
    one = Predictions(MODELS["p"][0], MODELS["y"], MODELS["forget"], 1, MODELS["params"][0])
    table = {id: METRICS[id]}
    null = gold_against_gold(of(GOLD), table)
    estimates = [
        *values_of(id, evaluate(one, of(GOLD), table)),
        *values_of(id, evaluate_many(of(MODELS), of(GOLD), table)),
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
    table = {id: METRICS[id]}
    found, null = evaluate(same_models(1), gold, table), gold_against_gold(gold, table)
    for estimate, spread in zip(values_of(id, found), values_of(id, null), strict=True):
        assert gap(estimate, spread) == pytest.approx(0, abs=1e-14)
        assert spread.low == pytest.approx(spread.high)
        if isinstance(METRICS[id], GoldMetric):
            assert estimate.value == (1 if id.startswith("agreement") else 0)


@pytest.mark.parametrize("id", [id for id in IDS if METRICS[id].target == "gold-gold"])
def test_another_model_misses_the_target(id):
    other = Predictions(**example(1, seed=5), forget_index=1)
    gold, table = same_models(4), {id: METRICS[id]}
    found = gap(evaluate(other, gold, table)[id], gold_against_gold(gold, table)[id])
    assert found != pytest.approx(0, abs=1e-6)


def test_inputs_are_not_changed():
    models, gold = (example(3, seed=1), example(5, seed=2))
    evaluate_many(of(models), of(gold))
    gold_against_gold(of(gold))
    for data, fresh in ((models, MODELS), (gold, GOLD)):
        for name in data:
            np.testing.assert_array_equal(data[name], fresh[name])


def test_ids_are_found_again():
    for id in (*gold_against_gold(of(GOLD)), "tow", "klom_forget", "ain_forget", "readout_bures_retain"):
        assert metric_of(id) is EVERY_METRIC[id.split("/")[0]]


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
    for name in package.__all__:
        value = getattr(package, name)
        assert isinstance(value, Mapping) or value.__doc__, name


def test_no_metric_is_forgotten():
    """Every public function that measures, wherever in the package it stands, is used by a row."""
    used = {function for row in EVERY_METRIC.values() for function in functions_of(row)}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if getattr(value, "__module__", "") == module.name and measures(name, value):
                assert value in used, f"{module.name}.{name}"


def functions_of(row: Metric):
    return (row.function, getattr(row, "transform", None))


def measures(name, value):
    """A function of models, or of their scores, that gives a number for each model or sample."""
    if name.startswith("_") or not inspect.isfunction(value) or value.__module__.endswith(".estimate"):
        return False
    returned = inspect.signature(value).return_annotation
    return returned is Scores or getattr(returned, "dim_str", "") in ("M G n", "M G 1", "B n")
