"""PASS, FAIL or INCONCLUSIVE: the rules, on audits whose answer is known."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.audit.equivalence import Measured
from qunlearn.audit.plan import Criterion, Plan, default_plan
from qunlearn.audit.verdict import VERDICTS, decide, decide_measured, least_gold
from qunlearn.metrics import RolePredictions
from qunlearn.metrics.estimate import Undefined
from reference import ensembles as slow

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/verdict_characteristics.py"
TWO = (Criterion("accuracy", "unseen", 4.0, 0.02), Criterion("forget_accuracy", "train", 4.0, 0.02, True))


def simulation():
    spec = importlib.util.spec_from_file_location("verdict_characteristics", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judged(*values, gold=64, seed=0, **changes):
    """Unlearned values of the criteria against normal gold values of sd 1."""
    rng = np.random.default_rng(seed)
    criteria = TWO[: len(values)]
    measured = [
        Measured(np.append(v, rng.normal(size=gold)), c.sd_multiple, c.min_margin)
        for v, c in zip(values, criteria, strict=True)
    ]
    return decide_measured(Plan(criteria, gold, **changes), measured)


def test_near_gold_is_a_pass():
    found = judged(0.5, -1.0)
    assert found.verdict == "PASS"
    assert found.more_gold_needed == 0
    assert found.sentence.startswith("PASS: all 2 criteria are equivalent to 64 retrained models")
    assert [one.outcome for one in found.criteria] == ["equivalent", "equivalent"]
    assert found.criteria[1].gap == pytest.approx(-1.0 - found.criteria[1].gold_mean)
    assert found.over_forgetting == (), "a gap within the margin is not an alarm"


def test_far_from_gold_is_a_fail():
    found = judged(0.5, 9.0)
    assert found.verdict == "FAIL"
    assert found.p_exchangeable == pytest.approx(1 / 65)
    assert "forget_accuracy@train beyond the margin" in found.sentence
    assert found.over_forgetting == ()


def test_avoiding_the_data_is_an_alarm():
    found = judged(0.5, -9.0)
    assert found.verdict == "FAIL"
    assert found.over_forgetting == ("forget_accuracy@train",)
    assert "Over-forgetting: forget_accuracy@train" in found.sentence
    assert judged(-9.0, 0.5).over_forgetting == (), (
        "accuracy on unseen samples does not say what is remembered"
    )


@pytest.mark.parametrize(("share", "alarm"), [(0.99, ()), (1.01, ("forget_accuracy@train",))])
def test_the_alarm_begins_at_the_margin(share, alarm):
    gold = judged(0.0, 0.0).criteria[1]
    assert judged(0.0, gold.gold_mean - share * gold.margin).over_forgetting == alarm


def test_between_is_inconclusive_and_says_how_many_more():
    found = judged(3.4)
    assert found.verdict == "INCONCLUSIVE"
    assert found.more_gold_needed > 0
    grown = [judged(3.4, gold=64 + 4 * found.more_gold_needed, seed=s).verdict for s in range(20)]
    assert grown.count("PASS") >= 14


def test_the_number_asked_for_falls_with_the_distance():
    asked = [judged(value).more_gold_needed for value in (3.8, 3.4, 3.2)]
    assert asked == sorted(asked, reverse=True)
    assert asked[0] > asked[-1]


@pytest.mark.parametrize("value", [0.0, 0.5, 40.0])
@pytest.mark.parametrize("gold", [3, 10, 18])
def test_a_plan_with_too_few_gold_models_decides_nothing(gold, value):
    found = judged(value, gold=gold)
    assert found.verdict == "INCONCLUSIVE"
    assert found.more_gold_needed >= 19 - gold


def test_the_level_says_how_many_gold_models_a_decision_takes():
    assert least_gold(0.05) == 19
    assert least_gold(0.01) == 99
    assert judged(40.0, gold=19).verdict == "FAIL"
    assert judged(0.0, gold=64, alpha=0.01).verdict == "INCONCLUSIVE"


def test_undecided_asks_for_one_more_at_least():
    """Between the quantile of the normal distribution and Student's wider one the formula gives no more."""
    found = (judged(value, gold=19) for value in np.linspace(1.6, 2.0, 40))
    near = [f for f in found if f.criteria[0].outcome == "undecided" and abs(_excess(f)) > 1.96]
    assert near
    assert {f.more_gold_needed for f in near} == {1}


def _excess(found):
    """Distance minus margin in standard errors."""
    one = found.criteria[0]
    return (one.distance - one.margin) / one.stderr


GOLD_WITH_OUTLIERS = np.append(np.random.default_rng(1).normal(size=60), [60.0, -60.0, 61.0, -61.0])


def test_beyond_the_margin_at_a_rare_rank_is_a_fail():
    """62 lies further off than all gold models but one, seen from the mean of the others: rank 2 of 65."""
    found = decide_measured(Plan(TWO[:1], 64), [Measured(np.append(62.0, GOLD_WITH_OUTLIERS), 2.0, 0.02)])
    assert found.criteria[0].outcome == "beyond"
    assert found.p_exchangeable == pytest.approx(2 / 65)
    assert found.verdict == "FAIL"


def test_beyond_a_margin_that_gold_models_exceed_as_often_is_not_a_fail():
    """Four of 64 gold models are as far off: no rare rank, so no number of further ones would decide."""
    far = decide_measured(Plan(TWO[:1], 64), [Measured(np.append(60.5, GOLD_WITH_OUTLIERS), 0.5, 0.02)])
    assert far.criteria[0].outcome == "beyond"
    assert far.p_exchangeable > 0.05
    assert far.verdict == "INCONCLUSIVE"
    assert far.more_gold_needed is None
    assert "no further number of them would decide" in far.sentence


def test_an_undefined_criterion_is_never_passed():
    plan = Plan(TWO, 64)
    values = np.append(0.2, np.random.default_rng(0).normal(size=64))
    found = decide_measured(plan, [Measured(values, 4.0, 0.02), Undefined("no rows")])
    assert (found.verdict, found.more_gold_needed) == ("INCONCLUSIVE", None)
    assert (found.criteria[1].outcome, found.criteria[1].reason) == ("undefined", "no rows")
    nothing = decide_measured(plan, [Undefined("no rows")] * 2)
    assert (nothing.verdict, nothing.p_exchangeable) == ("INCONCLUSIVE", None)


def test_predictions_are_judged_by_their_plan():
    p, y, roles = slow.example(30, seed=4)
    plan = default_plan(y, roles, gold=29)
    models, gold = RolePredictions(p[:1], y, roles), RolePredictions(p[1:], y, roles)
    found = decide(plan, models, gold)
    assert found.verdict in VERDICTS
    assert (found.gold, found.unlearned, found.plan_sha256) == (29, 1, plan.sha256())
    recall = found.criteria[0]
    forget = roles == "forget"
    assert recall.value == pytest.approx((p[0, forget].argmax(1) == 0).mean())
    assert recall.gold_mean == pytest.approx((p[1:, forget].argmax(2) == 0).mean())
    tv = found.criteria[2]
    expected = np.abs(p[1:, forget] - p[0, forget]).sum(2).mean() / 2
    assert (tv.criterion, tv.value) == ("tv_gold_forget@train", pytest.approx(expected))


def test_numbers_that_differ_from_the_plan_are_refused():
    p, y, roles = slow.example(30, seed=4)
    models, gold = RolePredictions(p[:1], y, roles), RolePredictions(p[1:], y, roles)
    with pytest.raises(InputError, match="the plan is for 64 gold models, but there are 29"):
        decide(default_plan(y, roles, gold=64), models, gold)
    with pytest.raises(InputError, match="the plan is for 2 unlearned models, but there are 1"):
        decide(default_plan(y, roles, gold=29, unlearned=2), models, gold)


def test_simulated_audits_in_short():
    """Retraining passes, doing nothing for a class fails, a small plan is inconclusive."""
    sim = simulation()
    right = [sim.audit(seed, "class", "retrain", 64, 1).verdict for seed in range(8)]
    assert right.count("PASS") >= 6
    assert right.count("FAIL") <= 1
    assert all(sim.audit(seed, "class", "nothing", 64, 1).verdict == "FAIL" for seed in range(4))
    assert all(
        sim.audit(seed, "class", c, 8, 1).verdict == "INCONCLUSIVE"
        for seed in range(2)
        for c in ("retrain", "nothing")
    )


@pytest.mark.slow
def test_operating_characteristics():
    """200 audits each: a true rate of 90 % gives at least 170 PASS with probability 0.99."""
    sim = simulation()
    for request in ("class", "instances"):
        row = sim.simulate(200, request, "retrain")
        assert row["PASS"] >= 170, request
        assert row["FAIL"] <= 0.05 * 200, request
    assert sim.simulate(200, "class", "nothing")["PASS"] <= 2
    assert sim.simulate(200, "class", "nothing", gold=16)["INCONCLUSIVE"] == 200
