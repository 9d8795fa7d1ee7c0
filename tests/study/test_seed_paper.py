"""Reproduction: resumable cells, honest tables, figures."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from qunlearn._errors import InputError
from qunlearn.methods.unlearn import make_method
from qunlearn.metrics import Predictions, evaluate_many
from qunlearn.model.probabilities import probabilities
from qunlearn.run import problem_and_gold
from qunlearn.run.config import ModelConfig, RunConfig
from qunlearn.run.setup import set_up
from qunlearn.study.over_seeds import over_seeds
from qunlearn.study.published import seed_paper
from qunlearn.study.published import seed_paper_cell as cell_module
from qunlearn.study.published.seed_paper_page import document, published_table, summary_table
from qunlearn.study.published.seed_paper_values import PUBLISHED
from qunlearn.train import Training, fit


def small(dataset: str) -> RunConfig:
    """A run that compiles and trains in little time."""
    return RunConfig(
        dataset,
        gold=3,
        model=ModelConfig(n_qubits=3, uploads=1, repetitions=1),
        training=Training(steps=2),
        hyper={"steps": 2, "batch": 2},
    )


@pytest.fixture(scope="module")
def cells() -> dict:
    """A recorded cell, which stands for both datasets, and a second with every number moved."""
    recorded = Path(__file__).parents[2] / "docs/results/paper.json"
    cell = json.loads(recorded.read_text(encoding="utf-8"))["cells"]["iris"][0]
    return {name: [cell, _moved(cell)] for name in ("iris", "covertype")}


@pytest.fixture
def measured(tmp_path_factory) -> dict:
    """A cell of a small run."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problem_and_gold, "default_cache", lambda: cache)
        return cell_module.measure_cell(small("iris"))


def _moved(cell: dict) -> dict:
    copy = json.loads(json.dumps(cell))
    for model in copy["models"].values():
        for metric in model:
            model[metric] += 0.125
    return copy


SETTINGS = {"seeds": 2, "gold": 2, "version": "0"}


def test_interval_is_students():
    values = [0.1, 0.4, 0.25, 0.9]
    found = over_seeds(values)
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert [found.contains(v) for v in (0.1, 0.9, 0.95)] == [True, True, False]


def test_tables_hold_the_cells_numbers(cells):
    guided = [c["models"]["similarity"]["retain_accuracy"] for c in cells["iris"]]
    row = next(
        line
        for line in summary_table(cells, "iris").splitlines()
        if line.startswith("| accuracy on retained")
    )
    assert row.split("|")[3].strip() == str(over_seeds(guided))


def test_every_published_number_is_judged(cells):
    table = published_table(cells).splitlines()[2:]
    assert len(table) == len(PUBLISHED)
    assert {line.split("|")[-2].strip() for line in table} <= {"yes", "no"}
    assert document(cells, SETTINGS).count("figures/") == 6


@pytest.mark.slow
def test_trade_off_equals_separate_runs(measured):
    """One mapped call over λ gives what unlearning with that λ alone gives."""
    config = small("iris")
    setup = set_up(config)
    fitted = fit(
        setup.model,
        setup.samples("train"),
        setup.samples("val"),
        key=setup.key("train"),
        training=config.training,
    )
    curve = measured["trade_off"]
    method = replace(make_method("distribution_guided", config.hyper), lam=curve["lam"][4])
    alone = method(setup.problem(fitted.params), key=setup.key("unlearn"))
    test = setup.samples("test")
    p = np.asarray(probabilities(setup.model, alone.params, test.x), dtype=np.float64)
    view = Predictions(p, test.y, test.y == 2, 2)
    found = evaluate_many(view, view)
    assert curve["forget_probability_forget"][4] == pytest.approx(
        found["forget_probability_forget"].value, abs=1e-9
    )
    assert curve["retain_accuracy"][4] == pytest.approx(found["retain_accuracy"].value)


def test_pages_are_the_same_bytes_for_the_same_cells(cells, tmp_path):
    for name in ("a", "b"):
        seed_paper.write_pages({"cells": cells, "settings": SETTINGS}, tmp_path / name)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))
    assert len(files) == 7
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_reproduction_goes_on_where_it_stopped(cells, tmp_path, monkeypatch):
    made = []

    def measure(config, progress=None):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append((config.dataset, config.seed))
        return cells[config.dataset][config.seed]

    monkeypatch.setattr(seed_paper, "measure_cell", measure)
    with pytest.raises(KeyboardInterrupt):
        seed_paper.reproduce_paper(tmp_path / "out", seeds=2, gold=3)
    assert not (tmp_path / "out/results.json").exists()
    monkeypatch.setattr(seed_paper, "measure_cell", lambda c, progress=None: cells[c.dataset][c.seed])
    out = seed_paper.reproduce_paper(tmp_path / "out", seeds=2, gold=3)
    assert made == [("iris", 0), ("covertype", 0), ("iris", 1)]
    results = seed_paper.read_results(out / "results.json")
    assert results["cells"]["covertype"][1]["models"] == cells["covertype"][1]["models"]
    with pytest.raises(InputError, match="other settings"):
        seed_paper.reproduce_paper(tmp_path / "out", seeds=3, gold=3)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_results_that_cannot_be_used_are_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "results.json").write_text(content)
    with pytest.raises(InputError):
        seed_paper.read_results(tmp_path / "results.json")


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds no reproduction"):
        seed_paper.reproduce_paper(tmp_path, seeds=2, gold=3)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
