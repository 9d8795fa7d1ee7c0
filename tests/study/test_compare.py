"""Comparison: equal budgets, selection on validation samples, rows over seeds, refusals, resuming."""

import json
from dataclasses import fields
from math import sqrt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.audit import of_models as audits
from qunlearn.data.samples import Samples
from qunlearn.gold import Gold, gold_ensemble
from qunlearn.methods import METHODS
from qunlearn.methods.unlearn import make_method
from qunlearn.run import problem_and_gold
from qunlearn.run.config import RunConfig, from_dict
from qunlearn.run.setup import set_up
from qunlearn.study.compare import budget as budgets
from qunlearn.study.compare import compare
from qunlearn.study.compare import comparison as comparing
from qunlearn.study.compare import measure_method as cells
from qunlearn.study.compare import seed_task as tasks
from qunlearn.study.compare.budget import planned, steps_within
from qunlearn.study.compare.comparison import listed
from qunlearn.study.compare.comparison_rows import NUMBERS, make_rows
from qunlearn.study.compare.grids import GRIDS, RATES, grid_of, settings
from qunlearn.study.compare.measures import MEASURES
from qunlearn.study.compare.select import rule_of
from qunlearn.train import Cost, fit
from tiny_run import invoke
from toys import federated_problem, problem, untyped

KEY = jax.random.key(3)
TINY: dict[str, Any] = {
    "dataset": "iris",
    "data": {"n_features": 3},
    "model": {"n_qubits": 3, "uploads": 1, "repetitions": 1},
    "training": {"steps": 6, "learning_rate": 0.3},
}
SETTINGS = {"methods": ("finetune", "sisa"), "seeds": 2, "gold": 3, "budget": 0.5}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A comparison of two methods at two seeds, one of which refuses the model."""
    cache, out = tmp_path_factory.mktemp("gold"), tmp_path_factory.mktemp("compare") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problem_and_gold, "default_cache", lambda: cache)
        return compare(from_dict(TINY), out, **SETTINGS)


@pytest.fixture(scope="module")
def rows(finished) -> dict[str, dict[str, Any]]:
    return {row["method"]: row for row in json.loads((finished / "comparison.json").read_text())}


@pytest.mark.parametrize("method", GRIDS)
def test_grids_name_methods_and_their_fields(method):
    assert set(GRIDS[method]) <= {field.name for field in fields(METHODS[method])}
    for hyper in settings(GRIDS[method]):
        make_method(method, hyper)


def test_former_names_are_compared_under_the_present_ones():
    assert listed(["gold_matched"]) == ["gauss_newton_replay"]


def test_without_a_line_the_rates_are_tried():
    assert grid_of("finetune") == {"learning_rate": RATES}
    assert list(settings(grid_of("retrain"))) == [{}]
    assert list(settings({"a": (1, 2), "b": (3,)})) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "batch"), [("neggrad_plus", 3), ("scrub", 0), ("bad_teacher", 3)])
def test_the_budget_is_used_up_and_not_exceeded(name, batch):
    """Steps of one cost, of two costs in turn, and with rows that are evaluated beforehand."""
    posed = problem()
    method = make_method(name, {"batch": batch})
    plan = planned(method, posed, KEY)
    spent = method(posed, key=KEY).cost.circuits(posed.model)
    assert plan.circuits == spent, "planned without running"
    for circuits in (spent / 8, spent - max(plan.steps) + 1, 1.7 * spent):
        found = make_method(name, {"batch": batch, **steps_within(circuits, method, posed, KEY)})
        more = make_method(name, {"batch": batch, "steps": found.steps + 1})  # type: ignore[attr-defined]
        assert planned(found, posed, KEY).circuits <= circuits < planned(more, posed, KEY).circuits


@pytest.mark.slow
def test_at_least_one_step_is_taken_and_a_formula_has_none():
    posed = problem()
    assert steps_within(1, make_method("finetune"), posed, KEY) == {"steps": 1}
    assert steps_within(1, make_method("fisher_forgetting"), posed, KEY) == {}
    retrain = make_method("retrain")
    assert planned(retrain, posed, KEY).circuits == retrain(posed, key=KEY).cost.circuits(posed.model)


P = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.5, 0.4, 0.1]])
"""Probabilities of three rows; class 2 is to be forgotten, and row 1 is recognised as it."""


def test_the_rule_for_a_class_asks_for_forgetting_first():
    rule = rule_of("class")
    still_known = rule.score(P, np.array([0, 2, 1]), 2)
    assert still_known == pytest.approx((1 - 1 / 3, -(np.log(0.6) + np.log(0.4)) / 2))
    forgotten = rule.score(np.roll(P, 1, axis=0), np.array([0, 2, 1]), 2)
    assert forgotten == pytest.approx((0, -(np.log(0.5) + np.log(0.2)) / 2))
    assert min(still_known, forgotten) == forgotten, "although its loss is larger"
    for name in ("class", "instances", "feature", "client"):
        assert rule_of(name).score(P * np.nan, np.array([0, 2, 1]), 2)[-1] == np.inf


def test_the_rule_sees_validation_rows_of_the_forgotten_class():
    setup = set_up(from_dict(TINY))
    found = tasks.validation_rows(setup, setup.problem(np.zeros(setup.model.n_params)))
    np.testing.assert_array_equal(found.y, setup.samples("val").y)
    setup = set_up(from_dict({**TINY, "forget_feature": "input:0"}))
    found = tasks.validation_rows(setup, setup.problem(np.zeros(setup.model.n_params)))
    assert len(np.unique(found.x[:, 0])) == 1, "as the model is used from then on"


@pytest.mark.parametrize(("diverged", "best"), [([0], 1), ([1], 0), ([0, 1], 0)])
def test_a_setting_that_diverged_is_taken_only_where_all_did(monkeypatch, diverged, best):
    """Although its rows all count as the first class, so that none is recognised as the forgotten one."""
    params, p = np.ones((2, 1)), np.array([P, P])
    params[diverged], p[diverged] = np.nan, np.nan
    monkeypatch.setattr(cells, "predict", lambda *_: p)
    posed = SimpleNamespace(model=None, kind="class", forget_index=2)
    task = SimpleNamespace(validation=Samples(np.zeros((3, 1)), np.array([0, 2, 1])), problem=posed)
    with untyped():
        assert cells._choose(params, task) == best  # type: ignore[arg-type]


def test_the_rule_for_rows_is_the_loss():
    assert rule_of("instances").score(P, np.array([0, 2, 1]), None) == pytest.approx(
        (-(np.log(0.6) + np.log(0.6) + np.log(0.4)) / 3,)
    )


def test_rows_are_means_over_seeds_with_their_standard_errors():
    def values(offset: float) -> dict[str, float | None]:
        return {name: offset + i for i, name in enumerate(MEASURES)} | {"js_gold_forget": None}

    seeds = [
        {"original": values(3.0), "gold": values(2.0), "circuits_over_retrain": 1.5, "seconds": 1.0},
        {"original": values(5.0), "gold": values(1.0), "circuits_over_retrain": 1.7, "seconds": 2.0},
    ]
    one = {"hyper": {"beta": 1}, "within_budget": True, "tier": "certified", "claim": "a", "seconds": 0.5}
    cell = {
        "refused": None,
        "seeds": [
            {**one, "values": values(1.0), "circuits_over_retrain": 0.1},
            {**one, "values": values(2.0), "circuits_over_retrain": 0.3, "tier": "empirical", "claim": "b"},
        ],
    }
    refused = {"refused": "no", "seeds": []}
    found = make_rows({"noisy_finetune": cell, "sisa": refused}, seeds)
    assert [row["method"] for row in found][-1] == "sisa"
    kl = [row["kl_over_floor"] for row in found[:-1]]
    assert kl == sorted(kl)
    row = {row["method"]: row for row in found}
    k = MEASURES.index("kl_gold_mean")
    ratios = [(1 + k) / (2 + k), (2 + k) / (1 + k)]
    assert row["noisy_finetune"]["kl_over_floor"] == pytest.approx(np.mean(ratios))
    assert row["noisy_finetune"]["kl_over_floor_stderr"] == pytest.approx(np.std(ratios, ddof=1) / sqrt(2))
    assert row["noisy_finetune"]["gap_retain_accuracy"] == pytest.approx(0)
    assert row["noisy_finetune"]["abs_gap_retain_accuracy"] == pytest.approx(1)
    assert row["noisy_finetune"]["circuits_over_retrain"] == pytest.approx(0.2)
    assert row["noisy_finetune"]["hyper"] == [{"setting": {"beta": 1}, "seeds": 2}]
    assert (row["noisy_finetune"]["tier"], row["noisy_finetune"]["tier_reached"]) == (
        "certified",
        "empirical",
    )
    assert row["noisy_finetune"]["claim"] == "b"
    assert row["gold_against_gold"]["kl_over_floor"] == 1
    assert row["gold_against_gold"]["gap_forget_recall"] == 0
    assert (row["original"]["circuits_over_retrain"], row["do_nothing"]["circuits_over_retrain"]) == (1.6, 0)
    assert row["original"]["gap_forget_recall"] == pytest.approx(2.5)
    assert row["noisy_finetune"]["js_forget_over_floor"] is None
    assert (row["sisa"]["reason"], row["sisa"]["n_seeds"]) == ("no", 0)
    assert {row["sisa"][name] for name in NUMBERS} == {None}


def test_every_comparison_has_its_baselines(rows):
    assert {"original", "do_nothing", "retrain", "gold_against_gold", "finetune"} <= rows.keys()
    assert rows["retrain"]["circuits_over_retrain"] == 1
    assert "needs a Sharded model" in rows["sisa"]["reason"]
    assert rows["finetune"]["within_budget"]
    assert 0 < rows["finetune"]["circuits_over_retrain"] <= 0.5
    assert rows["finetune"]["n_seeds"] == 2


def test_a_row_is_what_separate_audits_find(rows):
    """Seed by seed with `run`'s own pieces: training, gold, the rule written again, the audit."""
    found: dict[str, list[float]] = {"kl_over_floor": [], "gap_retain_accuracy": [], "forget_recall": []}
    again: list[float] = []
    chosen = rows["finetune"]["hyper"]
    steps = chosen[0]["setting"]["steps"]
    for seed in (0, 1):
        setup = set_up(from_dict({**TINY, "seed": seed}))
        fitted, _ = setup.train()
        posed = setup.problem(fitted.params)
        gold = gold_ensemble(posed, size=3, key=setup.key("gold"))
        tried = {}
        for rate in RATES:
            method = make_method("finetune", {"learning_rate": rate, "steps": steps})
            params = np.asarray(method(posed, key=setup.key("unlearn")).params)
            val = setup.samples("val")
            p = audits.predict(posed.model, params, val.x)
            of_class = val.y == 2
            recall = np.mean(p[of_class].argmax(1) == 2)
            loss = np.mean([-np.log(p[i, val.y[i]]) for i in np.flatnonzero(~of_class)])
            tried[rate] = (max(0, recall - 1 / 3), loss, params)
        best = min(tried.values(), key=lambda t: t[:2])
        audit = audits.contrast_of_models(posed, best[2], gold, setup.forget.evaluation)
        kl, floor = audit.unlearned["kl_gold_mean"].value, audit.gold["kl_gold_mean"].estimate.value
        found["kl_over_floor"].append(kl / floor)  # type: ignore[operator]
        accuracy = audit.unlearned["retain_accuracy"].value
        found["gap_retain_accuracy"].append(accuracy - audit.gold["retain_accuracy"].estimate.value)  # type: ignore[operator]
        found["forget_recall"].append(audit.unlearned["forget_recall"].value)  # type: ignore[arg-type]
        keys = [setup.key("unlearn"), *(jax.random.fold_in(setup.key("unlearn"), i) for i in (1, 2, 3))]
        retrained = [fit(posed.model, posed.retain, posed.val, key=k, training=posed.training) for k in keys]
        audited = (
            audits.contrast_of_models(posed, r.params, gold, setup.forget.evaluation) for r in retrained
        )
        again.append(np.mean([a.unlearned["kl_gold_mean"].value for a in audited]) / floor)
    assert rows["retrain"]["kl_over_floor"] == pytest.approx(np.mean(again), abs=1e-9)
    for name, values in found.items():
        assert rows["finetune"][name] == pytest.approx(np.mean(values), abs=1e-9), name


def test_the_same_command_computes_nothing_again(finished, monkeypatch):
    before = json.loads((finished / "comparison.json").read_text())

    def fail(*_: Any) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(comparing, "measure_cell", fail)
    compare(from_dict(TINY), finished, **SETTINGS)
    after = json.loads((finished / "comparison.json").read_text())
    assert [row for row in after if not row["baseline"]] == [row for row in before if not row["baseline"]]
    with pytest.raises(AssertionError, match="computed again"):
        compare(from_dict(TINY), finished, **{**SETTINGS, "methods": ("neggrad_plus",)})
    with pytest.raises(InputError, match="a comparison with other settings"):
        compare(from_dict(TINY), finished, **{**SETTINGS, "budget": 0.4})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"methods": ("magic",)}, "`methods` must be one of all, adversarial"),
        ({"methods": ()}, "name at least one method"),
        ({"seeds": 1}, "`seeds` must be >= 2"),
        ({"gold": 1}, "`gold` must be >= 2"),
        ({"budget": 0}, "`budget` must be > 0"),
    ],
)
def test_bad_input_is_refused_before_any_work(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        compare(RunConfig("iris"), tmp_path / "out", **{**SETTINGS, **changes})
    assert not (tmp_path / "out").exists()


def test_the_command_writes_table_and_picture(finished, capsys, monkeypatch):
    """The folder of the fixture: everything is there but the pages."""
    monkeypatch.setenv("COLUMNS", "80")
    words = (
        "compare iris --features 3 --qubits 3 --uploads 1 --repetitions 1 --steps 6 --learning-rate 0.3 "
        f"--methods finetune,sisa --seeds 2 --gold 3 --budget 0.5 --quiet --out {finished}"
    )
    assert invoke(words) == 0
    assert "comparison.svg" in capsys.readouterr().out
    assert "`finetune`" in (finished / "comparison.md").read_text()
    assert (finished / "comparison.svg").read_text().startswith("<svg")


@pytest.mark.slow
def test_a_task_of_a_federation_knows_its_rounds(monkeypatch):
    """From which FedEraser works; `compare` hands them on."""
    asked = []

    def made_up(problem, size, **_):
        asked.append(problem)
        return Gold(np.zeros((size, problem.model.n_params)), Cost(gradients=6), 0, "")

    monkeypatch.setattr(problem_and_gold, "gold_ensemble", made_up)
    federation = {"clients": 3, "local_steps": 3}
    task = tasks.make_task(from_dict({**TINY, "federated": federation, "forget_client": 1}), 1, 3)
    assert asked == [task.problem]
    history = task.problem.history
    assert history is not None
    assert history.updates.shape == (2, 3, task.problem.model.n_params), "6 steps in rounds of 3, 3 clients"
    assert task.problem.federation is not None


@pytest.mark.slow
def test_a_client_of_a_federation(tmp_path, monkeypatch):
    """FedEraser gets the rounds of the original's training, and keeps to the budget."""
    monkeypatch.setattr(problem_and_gold, "default_cache", lambda: tmp_path / "gold")
    words = (
        "compare iris --features 3 --qubits 3 --uploads 1 --repetitions 1 --steps 12 --learning-rate 0.3 "
        "--clients 3 --local-steps 3 --forget-client 1 --methods fed_eraser --seeds 2 --gold 3 "
        f"--budget 0.5 --quiet --out {tmp_path / 'out'}"
    )
    assert invoke(words) == 0
    found = {row["method"]: row for row in json.loads((tmp_path / "out/comparison.json").read_text())}
    row = found["fed_eraser"]
    assert row["reason"] is None
    assert row["within_budget"]
    assert 0.25 < row["circuits_over_retrain"] <= 0.5
    assert {spelled["setting"]["interval"] for spelled in row["hyper"]} <= {1, 2}
    assert row["kl_over_floor"] != found["do_nothing"]["kl_over_floor"]


@pytest.mark.slow
def test_the_budget_of_rounds_is_found_in_a_few_tries(monkeypatch):
    """A step of FedEraser is one of every round."""
    posed, tries = federated_problem(rounds=9), []
    monkeypatch.setattr(budgets, "planned", lambda *given: tries.append(0) or planned(*given))
    method = make_method("fed_eraser", {"interval": 1, "batch": 1})
    once = method(posed, key=KEY).cost.circuits(posed.model) / method.steps  # type: ignore[attr-defined]
    assert steps_within(7.5 * once, method, posed, KEY) == {"steps": 7}
    assert len(tries) <= 3
