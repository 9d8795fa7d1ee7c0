"""Published experiments: measures in closed form, honest tables, and that every line of them can run."""

import json
import math
from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest

from qunlearn._errors import InputError
from qunlearn.gold import Gold
from qunlearn.methods.unlearn import make_method
from qunlearn.run import problem_and_gold
from qunlearn.run.config import DataConfig, FederatedConfig, ModelConfig, RunConfig
from qunlearn.run.setup import set_up
from qunlearn.study.over_seeds import over_seeds
from qunlearn.study.published import PEERS, measure_experiment, reproduce_peer, run_experiment
from qunlearn.study.published.experiment import GOLD, ORIGINAL, Experiment, MethodLine, PublishedTask
from qunlearn.study.published.experiment_measures import MEASURES, accuracy, against
from qunlearn.study.published.experiment_page import document
from qunlearn.train import Cost, Training

SMALL = RunConfig(
    "iris",
    forget_random=0.1,
    data=DataConfig(classes=("setosa", "versicolor")),
    model=ModelConfig(n_qubits=3, uploads=1, repetitions=1),
    training=Training(steps=6, batch=6),
)
TINY = Experiment(
    id="tiny",
    title="A tiny experiment",
    source="nobody",
    tasks=MappingProxyType(
        {
            "only": PublishedTask(
                "Only task",
                SMALL,
                (
                    MethodLine("tuned", "finetune", {"batch": 2}),
                    MethodLine("cut", "cf_k", {"batch": 2, "k": 1}),
                ),
                {ORIGINAL: {"test_accuracy": 0.5}, "cut": {"kl_test": 0.125}},
            )
        }
    ),
    budget=0.5,
    measures=("forget_accuracy", "test_accuracy", "kl_test"),
    remarks=("One remark.",),
)


@pytest.fixture(scope="module")
def really_run(tmp_path_factory):
    """Two seeds."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problem_and_gold, "default_cache", lambda: cache)
        return reproduce_peer(TINY, tmp_path_factory.mktemp("peer") / "out", seeds=2, gold=2)


def test_measures_of_two_rows_by_hand():
    p = np.array([[[0.5, 0.5], [0.25, 0.75]]])
    gold = np.array([[[0.25, 0.75], [0.25, 0.75]], [[0.8, 0.2], [0.75, 0.25]]])
    first = 0.5 * math.log(2) + 0.5 * math.log(2 / 3)
    second = 0.5 * math.log(0.625) + 0.5 * math.log(2.5) + 0.25 * math.log(1 / 3) + 0.75 * math.log(3)
    found = against(p, gold)
    assert found["kl_test"] == pytest.approx((first / 2 + second / 2) / 2, rel=1e-12)
    assert found["agreement_test"] == pytest.approx((0.5 + 0.5) / 2)
    assert accuracy(p, np.array([1, 1])) == 0.5


def test_gold_is_not_compared_with_itself():
    gold = np.array([[[0.9, 0.1]], [[0.9, 0.1]], [[0.2, 0.8]]])
    found = against(gold, gold, itself=True)
    assert found["agreement_test"] == pytest.approx(2 / 6)
    assert found["kl_test"] > against(gold, gold)["kl_test"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two seeds of numbers that nobody measured."""
    numbers = np.random.default_rng(0)

    def measured(*_):
        names = (*MEASURES, "circuits_over_retrain")
        return {line: {name: numbers.random() for name in names} for line in (ORIGINAL, GOLD, "tuned", "cut")}

    with monkeypatch.context() as patch:
        patch.setattr(run_experiment, "measure_cell", measured)
        return reproduce_peer(TINY, tmp_path / "out", seeds=2, gold=2)


@pytest.mark.slow
def test_every_row_is_measured_within_the_budget(really_run):
    results = json.loads((really_run / "results.json").read_text())
    for found in results["cells"]["only"]:
        assert set(found) == {ORIGINAL, GOLD, "tuned", "cut"}
        for values in found.values():
            assert set(values) == {*MEASURES, "circuits_over_retrain"}
        assert found[ORIGINAL]["circuits_over_retrain"] == 0
        assert found[GOLD]["circuits_over_retrain"] == 1
        assert 0 < found["tuned"]["circuits_over_retrain"] <= 0.5


def test_tables_show_ours_and_the_published_figure(folder):
    cells = json.loads((folder / "results.json").read_text())["cells"]
    page = (folder / "tiny.md").read_text()
    assert page == document(TINY, cells, {"seeds": 2, "gold": 2, "version": "0.1.0"})
    lines = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in page.splitlines() if "|" in line}
    ours = over_seeds([found["cut"]["kl_test"] for found in cells["only"]])
    assert lines["cut"][2].strip() == f"{ours} / 0.125"
    assert lines[ORIGINAL][1].strip().endswith(" / 0.500")
    assert "/" not in "".join(lines[GOLD])
    assert "- One remark." in page


def test_it_goes_on_where_it_stopped_and_refuses_other_settings(folder, monkeypatch):
    def never(*_):
        raise AssertionError("measured again")

    monkeypatch.setattr(run_experiment, "measure_cell", never)
    assert reproduce_peer(TINY, folder, seeds=2, gold=2) == folder
    with pytest.raises(InputError, match="other settings"):
        reproduce_peer(replace(TINY, budget=0.25), folder, seeds=2, gold=2)


@pytest.mark.slow
def test_methods_are_given_the_rounds_of_a_federation(monkeypatch):
    """And the budget in circuits of retraining."""
    given = []

    class Recorded:
        def __call__(self, problem, key):
            given.append(problem)
            return SimpleNamespace(params=np.asarray(problem.params) + 1, cost=Cost(gradients=3))

    def made_up(problem, size, **_):
        params = np.random.default_rng(0).normal(size=(size, problem.model.n_params))
        return Gold(params, Cost(gradients=6 * 20), 0, "")

    monkeypatch.setattr(problem_and_gold, "gold_ensemble", made_up)
    monkeypatch.setattr(measure_experiment, "make_method", lambda *_: Recorded())
    monkeypatch.setattr(measure_experiment, "replace", lambda what, **changes: _replaced(what, changes))
    monkeypatch.setattr(
        measure_experiment, "steps_within", lambda circuits, *_: given.append(circuits) or {"steps": 1}
    )
    config = replace(
        SMALL, forget_random=None, forget_client=1, federated=FederatedConfig(clients=3, local_steps=1)
    )
    found = measure_experiment.measure_cell(
        PublishedTask("A federation", config, (MethodLine("a", "b", {}),), {}), 0, 2, 0.5
    )
    budget, problem = given
    assert problem.history.updates.shape == (6, 3, problem.model.n_params)
    gradient, retrain = (Cost(gradients=n).circuits(problem.model) for n in (3, 120))
    assert budget == 0.5 * retrain
    assert found["a"]["circuits_over_retrain"] == gradient / retrain


def _replaced(what, changes):
    return what if changes == {"steps": 1} else replace(what, **changes)


@pytest.mark.slow
def test_fed_eraser_runs_from_the_rounds_of_a_federation(monkeypatch):
    """FedEraser runs, which works from them."""
    config = replace(
        SMALL, forget_random=None, forget_client=1, federated=FederatedConfig(clients=3, local_steps=1)
    )
    task = PublishedTask("A federation", config, (MethodLine("FedEraser", "fed_eraser", {"batch": 2}),), {})

    def made_up(problem, size, **_):
        params = np.random.default_rng(0).normal(size=(size, problem.model.n_params))
        return Gold(params, Cost(gradients=6 * 20), 0, "")

    monkeypatch.setattr(problem_and_gold, "gold_ensemble", made_up)
    found = measure_experiment.measure_cell(task, 0, 2, 0.5)
    assert 0 < found["FedEraser"]["circuits_over_retrain"] <= 0.5
    assert found["FedEraser"]["kl_test"] != found[ORIGINAL]["kl_test"]


@pytest.mark.parametrize("name", PEERS)
def test_every_published_experiment_is_complete(name):
    """Methods and tasks can be made, figures belong to rows, measures have words."""
    experiment = PEERS[name]
    assert experiment.id == name
    assert set(experiment.measures) <= set(MEASURES)
    for task in experiment.tasks.values():
        labels = [line.label for line in task.lines]
        assert len(set(labels)) == len(labels)
        assert set(task.published) <= {ORIGINAL, GOLD, *labels}
        assert all(set(figures) <= set(experiment.measures) for figures in task.published.values())
        for line in task.lines:
            method = make_method(line.method, line.hyper)
            assert getattr(method, "as_published", False) == ("as published" in line.label)
        assert set_up(task.config).model.n_params > 0


def test_the_models_are_the_published_ones():
    """Sizes of the released code: 6 layers of RX RY RZ on 4 qubits; layers of four angles a qubit."""
    sizes = {
        (name, key): set_up(task.config).model.n_angles
        for name, experiment in PEERS.items()
        for key, task in experiment.tasks.items()
    }
    assert sizes[("hqml", "class")] == sizes[("hqml", "random")] == 6 * 3 * 4
    assert sizes[("chen-zhang", "digits")] == 6 * 4 * 6
    assert sizes[("chen-zhang", "xxz")] == 4 * 4 * 8
    assert sizes[("dew-p", "client")] == 24
