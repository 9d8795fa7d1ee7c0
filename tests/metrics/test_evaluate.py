"""The three public calls against loops, and what they have in common."""

from functools import cache

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.metrics import METRICS, Predictions, evaluate, evaluate_many, gap, gold_against_gold
from reference import metrics as slow
from reference.metrics import example

MODELS, GOLD = example(3, seed=1), example(6, seed=2)
RETAINED = np.flatnonzero(~GOLD["forget"])
FORGOTTEN = np.flatnonzero(GOLD["forget"])


def of(data, rows=None, model=None, forget_index=1):
    chosen = slice(None) if rows is None else rows
    which = slice(None) if model is None else slice(model, model + 1)
    return Predictions(
        data["p"][which][:, chosen],
        data["y"][chosen],
        data["forget"][chosen],
        forget_index,
        data["params"][which],
    )


@cache
def one_model(m):
    """Model m against gold, every metric."""
    return evaluate(of(MODELS, model=m), of(GOLD))


@cache
def among_gold():
    return gold_against_gold(of(GOLD))


def renormalised_kl(p, q):
    return slow.kl(slow.renormalise(p, [0, 2, 3]), slow.renormalise(q, [0, 2, 3]))


COMPARED = {
    "kl_gold": (renormalised_kl, RETAINED),
    "kl_gold_full": (slow.kl, RETAINED),
    "js_gold_retain": (slow.js, RETAINED),
    "js_gold_forget": (slow.js, FORGOTTEN),
    "tv_gold_retain": (slow.tv, RETAINED),
    "tv_gold_forget": (slow.tv, FORGOTTEN),
    "agreement_retain": (slow.agreement, RETAINED),
    "agreement_forget": (slow.agreement, FORGOTTEN),
    "activation_distance_retain": (slow.euclid, RETAINED),
    "activation_distance_forget": (slow.euclid, FORGOTTEN),
}
STATISTICS = {"mean": slow.mean, "median": slow.median, "max": max}
CASES = [
    (f"{name}_{statistic}" if name.startswith("kl") else name, statistic, *COMPARED[name])
    for name in COMPARED
    for statistic in (STATISTICS if name.startswith("kl") else ["mean"])
]


@pytest.mark.parametrize(("id", "statistic", "function", "rows"), CASES)
def test_one_model_with_gold_agrees_with_loops(id, statistic, function, rows):
    found = one_model(1)[id]
    by_gold = slow.pair_values(function, GOLD["p"][:, rows], MODELS["p"][1][rows])
    assert found.value == pytest.approx(STATISTICS[statistic]([v for one in by_gold for v in one]))
    assert (found.n, found.over) == (6, "models")
    if statistic == "mean":
        assert found.stderr == pytest.approx(slow.standard_error([slow.mean(one) for one in by_gold]))
    else:
        assert found.stderr is None


@pytest.mark.parametrize(("id", "statistic", "function", "rows"), CASES)
def test_gold_against_gold_agrees_with_loops(id, statistic, function, rows):
    found = among_gold()[id]
    p = GOLD["p"][:, rows]
    by_candidate = [
        [v for one in slow.pair_values(function, np.delete(p, i, axis=0), p[i]) for v in one]
        for i in range(6)
    ]
    values = [STATISTICS[statistic](flat) for flat in by_candidate]
    assert found.values == pytest.approx(values)
    assert found.low == pytest.approx(slow.quantile(values, 0.025))
    assert found.high == pytest.approx(slow.quantile(values, 0.975))
    assert found.estimate.value == pytest.approx(
        STATISTICS[statistic]([v for flat in by_candidate for v in flat])
    )
    if statistic == "mean":
        assert found.estimate.stderr == pytest.approx(slow.jackknife(function, p))
    else:
        assert found.estimate.stderr is None


def test_parameter_distance_is_a_mean_over_gold_models():
    found = one_model(2)["parameter_distance"]
    distances = [slow.angle_distance(g, MODELS["params"][2]) for g in GOLD["params"]]
    assert found.value == pytest.approx(slow.mean(distances))
    assert found.stderr == pytest.approx(slow.standard_error(distances))


def test_many_models_are_the_mean_of_single_ones():
    many = evaluate_many(of(MODELS), of(GOLD))
    single = [one_model(m) for m in range(3)]
    assert many.keys() == single[0].keys()
    for id, estimate in many.items():
        values = [one[id].value for one in single]
        assert estimate.value == pytest.approx(slow.mean(values)), id
        assert estimate.stderr == pytest.approx(slow.standard_error(values)), id
        assert (estimate.n, estimate.over) == (3, "models")


def test_gold_models_alone_are_averaged_with_their_spread():
    spread = among_gold()["retain_accuracy"]
    values = [slow.accuracy(p, GOLD["y"], RETAINED) for p in GOLD["p"]]
    assert spread.values == pytest.approx(values)
    assert spread.estimate.value == pytest.approx(slow.mean(values))
    assert spread.estimate.stderr == pytest.approx(slow.standard_error(values))
    assert spread.low == pytest.approx(slow.quantile(values, 0.025))


def test_one_model_alone_has_its_standard_error_over_samples():
    found = one_model(0)
    assert (found["retain_accuracy"].n, found["retain_accuracy"].over) == (len(RETAINED), "samples")
    assert found["forget_recall"].n == len(FORGOTTEN)
    assert found["average_precision"].n == 30


def test_gap_is_the_distance_from_gold():
    found, null = one_model(0), among_gold()
    for id in ("retain_accuracy", "kl_gold_mean", "kl_gold_max"):
        assert gap(found[id], null[id]) == pytest.approx(found[id].value - null[id].estimate.value)


def test_kl_is_from_gold_to_the_model():
    """A sure gold model and an even one: ln 2 in one direction, infinite in the other."""
    y = np.array([0, 1, 2])
    sure, even = np.array([[0.8, 0.0, 0.2]] * 3), np.array([[0.4, 0.4, 0.2]] * 3)
    gold, model = (Predictions(p, y, y == 2, 2) for p in (sure, even))
    assert evaluate(model, gold)["kl_gold_mean"].value == pytest.approx(np.log(2))
    reverse = evaluate(gold, model)["kl_gold_mean"]
    assert reverse.value is None
    assert "probability 0" in reverse.reason


def test_renormalising_hides_mass_on_the_forgotten_class():
    y = np.array([0, 1, 2])
    gold = Predictions(np.array([[0.45, 0.45, 0.1]] * 3), y, y == 2, 2)
    leaky = Predictions(np.array([[0.1, 0.1, 0.8]] * 3), y, y == 2, 2)
    found = evaluate(leaky, gold)
    assert found["kl_gold_mean"].value == pytest.approx(0, abs=1e-15)
    assert found["kl_gold_full_mean"].value == pytest.approx(0.9 * np.log(4.5) + 0.1 * np.log(1 / 8))


def test_without_a_class_renormalised_and_full_kl_are_the_same():
    found = evaluate(of(MODELS, model=0, forget_index=None), of(GOLD, forget_index=None))
    assert found["kl_gold_mean"].value == pytest.approx(found["kl_gold_full_mean"].value)
    assert found["forget_recall"].reason == "the request is not a class"


def test_one_retained_class_has_no_renormalised_divergence():
    y = np.array([0, 0, 1])
    p = np.array([[0.7, 0.3], [0.6, 0.4], [0.2, 0.8]])
    found = evaluate(Predictions(p, y, y == 1, 1), Predictions(p[::-1], y, y == 1, 1))
    assert (
        found["kl_gold_mean"].reason
        == "only one class is retained, so its renormalised probability is always 1"
    )
    assert found["kl_gold_full_mean"].value > 0


def test_all_mass_on_the_forgotten_class_cannot_be_renormalised():
    y = np.array([0, 1, 2])
    everything = Predictions(np.array([[0.0, 0.0, 1.0]] * 3), y, y == 2, 2)
    even = Predictions(np.full((3, 3), 1 / 3), y, y == 2, 2)
    assert "every retained class" in evaluate(everything, even)["kl_gold_mean"].reason


@pytest.mark.parametrize("order", [np.arange(30)[::-1], np.random.default_rng(0).permutation(30)])
def test_the_order_of_samples_does_not_matter(order):
    before, after = (gold_against_gold(of(GOLD, rows)) for rows in (None, order))
    single = [evaluate(of(MODELS, rows, 0), of(GOLD, rows)) for rows in (None, order)]
    for id in before:
        assert after[id].values == pytest.approx(before[id].values), id
        assert after[id].estimate.stderr == pytest.approx(before[id].estimate.stderr), id
        assert single[1][id].value == pytest.approx(single[0][id].value), id
        assert single[1][id].stderr == pytest.approx(single[0][id].stderr), id


def test_the_order_of_gold_models_does_not_matter():
    order = [3, 0, 5, 1, 4, 2]
    shuffled = {**GOLD, "p": GOLD["p"][order], "params": GOLD["params"][order]}
    before, after = among_gold(), gold_against_gold(of(shuffled))
    for id in before:
        assert after[id].values == pytest.approx([before[id].values[i] for i in order]), id
        assert after[id].estimate.value == pytest.approx(before[id].estimate.value), id
        assert after[id].estimate.stderr == pytest.approx(before[id].estimate.stderr), id
        assert (after[id].low, after[id].high) == pytest.approx((before[id].low, before[id].high)), id
    single = [evaluate(of(MODELS, model=0), of(data)) for data in (GOLD, shuffled)]
    for id in single[0]:
        assert single[1][id].value == pytest.approx(single[0][id].value), id


def test_two_gold_models_have_a_range_but_no_jackknife():
    pair = {**GOLD, "p": GOLD["p"][:2], "params": GOLD["params"][:2]}
    spread = gold_against_gold(of(pair))["kl_gold_mean"]
    assert spread.estimate.stderr is None
    assert spread.low < spread.estimate.value < spread.high


def test_one_gold_model_gives_values_without_standard_error():
    lone = {**GOLD, "p": GOLD["p"][:1], "params": GOLD["params"][:1]}
    assert evaluate(of(MODELS, model=0), of(lone))["kl_gold_mean"].stderr is None
    with pytest.raises(InputError, match="at least 2 gold models, but there is 1"):
        gold_against_gold(of(lone))


def test_evaluate_takes_one_model():
    with pytest.raises(InputError, match="one model, but holds 3; use `evaluate_many`"):
        evaluate(of(MODELS), of(GOLD))


@pytest.mark.parametrize("call", [evaluate, evaluate_many])
def test_model_and_gold_on_other_samples_are_refused(call):
    with pytest.raises(InputError, match="same samples"):
        call(of(MODELS, np.arange(29), 0), of(GOLD))


def test_every_metric_is_evaluated():
    found = one_model(0)
    assert {id.split("/")[0] for id in found} == set(METRICS)
    assert {id for id in found if "/" in id} == {f"recall/{k}" for k in range(4)}
