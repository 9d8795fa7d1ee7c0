"""The benchmark harness: same circuit, honest extrapolation, right ratios. Nothing here asserts a time."""

import itertools
from pathlib import Path
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import performance_page
import pytest
import setup_rivals
from harness import circuits, client, flops, goals, implementations, limits, measure, reference, tables, works
from harness.worker import digest

import run as benchmark

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
pytestmark = pytest.mark.slow

Gate, Model, Work = circuits.Gate, circuits.Model, works.Work
SETTINGS = measure.Settings(rounds=3, sample=1.0, budget=100.0, longest=10.0)


@pytest.fixture
def small():
    """Two qubits, every kind of gate and angle, and a parameter that occurs once in each kind of rotation."""
    gates = (
        Gate("ry", (0,), "feature", (0,)),
        Gate("ry", (1,), "param", (0,)),
        Gate("cx", (0, 1)),
        Gate("rz", (1,), "feature", (0, 1)),
        Gate("ry", (1,), "param", (1,)),
        Gate("rz", (0,), "param", (2,)),
        Gate("cx", (1, 0)),
        Gate("ry", (0,), "param", (3,)),
    )
    return Model(2, gates, (0, 1))


def test_reference_has_the_closed_form_of_one_rotation():
    one = reference.NumpySimulator(Model(2, (Gate("ry", (0,), "param", (0,)), Gate("cx", (0, 1))), (0, 1)))
    np.testing.assert_allclose(one.expectations(np.array([0.7]), np.empty((1, 0))), np.cos(0.7), atol=1e-15)


def test_reference_gradient_is_the_parameter_shift_and_the_finite_difference(small):
    rng = np.random.default_rng(3)
    simulator = reference.NumpySimulator(small)
    params, x, weights = rng.normal(size=4), rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
    got = simulator.pullback(params, x, weights)
    np.testing.assert_allclose(got, simulator.shift_pullback(params, x, weights), atol=1e-14)
    values = [
        np.sum(weights * simulator.expectations(p, x))
        for p in params + 1e-6 * np.concatenate([np.eye(4), -np.eye(4)])
    ]
    np.testing.assert_allclose(got, (np.array(values[:4]) - values[4:]) / 2e-6, atol=1e-8)


def test_the_plain_circuit_is_the_products_classifier():
    from qunlearn.model import paper_classifier

    given = {name: jnp.asarray(array) for name, array in works.inputs(Work("gradient", batch=3)).items()}
    wanted = reference.NumpySimulator(circuits.paper()).expectations(given["params"], given["x"])
    np.testing.assert_allclose(paper_classifier().logits(given["params"], given["x"]), wanted, atol=1e-13)


def test_flops_of_a_circuit_counted_by_hand(small):
    # Amplitudes: 4. Forward: a phase (6), RY (6), a phase (6), RY (6); the two RY on |00> are free.
    assert flops.forward_flops(small) == 4 * 24
    # All of that is undone, and the gradient takes three inner products (4 each) and one phase (6).
    assert flops.gradient_flops(small) == 4 * (24 + 24 + 3 * 4 + 6)


def test_flops_of_the_papers_circuit():
    assert (flops.forward_flops(circuits.paper()), flops.gradient_flops(circuits.paper())) == (18432, 45696)


@pytest.mark.parametrize(
    ("each", "overhead", "parts"), [(1e-3, 0.0, [1, 100]), (1.0, 0.0, [1, 8]), (0.05, 0.5, [1, 14, 100])]
)
def test_a_work_is_reduced_only_as_far_as_its_time_demands(each, overhead, parts):
    asked = []

    def prepare(work):
        asked.append(work.batch)
        return {"first": 9.0, "second": overhead + each * work.batch}

    part, _ = measure.fitting(Work("forward", batch=100), prepare, limit=10.0)
    assert asked == parts
    assert part.batch == parts[-1]


class FakeWorker:
    """Answers with the reference, moved by `error`; a call takes `seconds` for each unit of work."""

    def __init__(self, implementation, log, seconds=1.0, error=0.0):
        self.implementation, self.log, self.seconds, self.error = implementation, log, seconds, error

    def prepare(self, work):
        self.units = work.units
        found = digest(reference.reference(work) + self.error)
        return {"digest": found, "first": 2.0, "second": self.seconds * self.units}

    def time(self, repeats):
        self.log.append(self.implementation)
        return self.seconds * self.units


def test_rounds_interleave_and_start_with_another_one_each_time():
    log = []
    workers = {id: FakeWorker(id, log, seconds=0.01) for id in ("fused", "qulacs")}
    results = measure.measure(Work("forward", batch=4), workers, SETTINGS, {})
    assert log == ["fused", "qulacs", "qulacs", "fused", "fused", "qulacs"]
    assert results["qulacs"]["seconds"] == pytest.approx([0.04] * 3)
    assert results["qulacs"]["repeats"] == 25


def test_too_long_a_work_is_extrapolated_and_says_so():
    results = measure.measure(Work("forward", batch=40), {"aer": FakeWorker("aer", [])}, SETTINGS, {})
    row = results["aer"]
    assert (row["units"], row["of"], row["status"]) == (8, 40, "ok")
    assert row["seconds"] == pytest.approx([40.0] * 3)
    assert tables.cell(row) == "40000†"


def test_an_implementation_that_disagrees_is_not_timed():
    log = []
    workers = {"fused": FakeWorker("fused", log), "qulacs": FakeWorker("qulacs", log, error=1e-8)}
    results = measure.measure(Work("gradient", batch=2), workers, SETTINGS, {})
    assert results["qulacs"]["status"] == "disagrees"
    assert results["qulacs"]["deviation"] == pytest.approx(1e-8, rel=1e-3)
    assert set(log) == {"fused"}
    assert tables.cell(results["qulacs"]) == "disagrees"


def test_numbers_that_are_not_numbers_disagree():
    worker = {"qulacs": FakeWorker("qulacs", [], error=float("nan"))}
    assert measure.measure(Work("gradient", batch=2), worker, SETTINGS, {})["qulacs"]["status"] == "disagrees"


def test_a_failing_worker_is_reported():
    def refuse(work):
        raise client.WorkerFailed("out of memory")

    worker = SimpleNamespace(implementation="fused", prepare=refuse)
    results = measure.measure(Work("gradient"), {"fused": worker}, SETTINGS, {})
    assert results["fused"] == {"status": "failed", "note": "out of memory"}


def test_sizes_stop_where_the_next_would_take_too_long():
    work, worker = Work("scaling", batch=1, n_qubits=4), {"aer": FakeWorker("aer", [])}
    slow = {"aer": {"status": "ok", "seconds": [1.6]}}
    assert measure.measure(work, worker, SETTINGS, slow)["aer"]["status"] == "over budget"
    assert measure.measure(work, worker, SETTINGS, {"aer": {"status": "failed"}})["aer"]["status"] == "failed"
    assert measure.measure(work, worker, SETTINGS, {})["aer"]["status"] == "ok"


def row(*seconds, units=1, of=1, **more):
    return {"status": "ok", "seconds": list(seconds), "units": units, "of": of, "deviation": 1e-15, **more}


@pytest.fixture
def record():
    """Two rivals, one of them extrapolated, and one that is not installed."""
    results = {
        "native": row(1.0, 2.0, 4.0),
        "qulacs": row(20.0, 60.0, 100.0),
        "aer": row(300.0, units=2, of=10),
    }
    return {
        "quick": False,
        "date": "2026-01-01",
        "machine": {
            "processor": "a processor",
            "cores used": 2,
            "python": "3",
            "system": "Linux",
            "load before": [0.1],
            "load after": [0.2],
        },
        "settings": {"rounds": 3, "sample": 0.05, "longest": 5.0},
        "implementations": {
            "native": {"title": "ours", "present": True, "versions": {"qunlearn": "1"}},
            "qulacs": {"title": "Qulacs", "present": True, "versions": {"qulacs": "2"}},
            "aer": {"title": "Aer", "present": True, "versions": {"aer": "3"}},
            "qujax": {"title": "qujax", "present": False, "reason": "not installed"},
        },
        "works": {
            "gradient-10": {"results": results},
            "train-cold": {"results": results},
            "qubits-16": {
                "results": {"native": row(1.0), "lightning": {"status": "over budget", "note": "long"}}
            },
            "gold": {"results": {"native": row(5.0, units=128, of=512, first=6.0)}},
        },
        "roofline": {
            "peaks": [{"matrix product": 4e9}, {"matrix product": 5e9}],
            "flops": {"forward": 18432, "gradient": 50_000},
            "results": {"10": {"native": row(4e-4, 5e-4, 2e-4)}, "1000": {}},
        },
    }


def test_ratios_are_of_medians_and_ranges_of_single_rounds(record):
    best = goals.faster(record, "gradient-10")
    assert (best.value, best.low, best.high) == (30.0, 20.0, 30.0)
    assert best.between == "ours against Qulacs"
    against_aer = goals.faster(record, "gradient-10", ("aer",))
    assert (against_aer.value, against_aer.low, against_aer.high) == (150.0, 75.0, 300.0)
    assert against_aer.between == "ours against Aer†"
    assert goals.faster(record, "qubits-16", ("lightning",)) is None
    assert goals.faster(record, "forward") is None


def test_extrapolated_gold_and_share_of_peak(record):
    assert goals.gold_seconds(record).value == 24.0
    assert goals.gold_seconds(record).between == "ours†"
    share = goals.share_of_peak(record, "10")
    assert (share.value, share.low, share.high) == pytest.approx((25.0, 20.0, 50.0))
    assert goals.share_of_peak(record, "1000") is None


def test_goals_are_met_or_missed_by_their_direction(record):
    verdicts = {
        line.split(" | ")[0]: line.split(" | ")[-1] for line in tables.goals_table(record).splitlines()
    }
    assert verdicts["| gradient, B = 10, against the best rival"] == "met |"
    assert verdicts["| 512 gold models, Covertype, compiling included"] == "**missed** |"
    assert verdicts["| 300-step training, cold process, against the best rival"] == "met |"
    assert verdicts["| gradient, B = 90, against the best rival"] == " |"


def test_the_page_shows_times_extrapolations_and_who_is_absent(record):
    page = performance_page.page(record)
    assert "| Aer | 300000† | 300000† | – |" in page
    assert "absent: not installed" in page
    assert "matrix product 5.0; taken as peak: 5.0" in page
    assert "try the harness" not in page
    assert "try the harness" in performance_page.page({**record, "quick": True})


def test_a_record_without_a_stage_still_has_a_page(record):
    del record["roofline"]
    record["works"] = {}
    assert "not measured" in performance_page.page(record)


def test_the_picture_is_drawn_and_repeatable(record, tmp_path):
    from harness.figure import draw

    pictures = [tmp_path / name for name in ("a.svg", "b.svg")]
    for picture in pictures:
        draw(record, picture)
    assert pictures[0].read_bytes() == pictures[1].read_bytes()
    assert "Qulacs" in pictures[0].read_text(encoding="utf-8")


def test_every_work_has_a_title_a_reference_and_goals_name_works_that_exist():
    titled = {id for id in benchmark.WORKS if not id.startswith("qubits-")}
    assert titled <= set(tables.TITLES)
    names = {*benchmark.WORKS, "train-cold", "gold", "run-first", "run-second"}
    asked = set()

    class Asked(dict):
        def get(self, key, default=None):
            asked.add(key)
            return default

    for goal in goals.GOALS:
        goal.measure({"works": Asked(), "implementations": {}})
    assert asked <= names
    assert {"gold", "train-cold", "run-second", "qubits-20"} <= asked


def test_every_implementation_has_a_module_and_every_environment_its_requirements():
    for each in implementations.IMPLEMENTATIONS.values():
        assert (BENCHMARKS / "rivals" / f"{each.module}.py").exists()
        assert each.environment in ("", *setup_rivals.FILES)
        lines = setup_rivals.FILES[each.environment].read_text(encoding="utf-8") if each.environment else ""
        assert all(f"{package}==" in lines for package in each.packages if each.environment)


def test_inputs_of_part_of_a_batch_are_its_first_rows():
    whole, part = (works.inputs(Work("forward", batch=b)) for b in (7, 3))
    for name, array in part.items():
        np.testing.assert_array_equal(array, whole[name][: len(array)])


def test_training_batches_have_no_row_twice():
    given = works.inputs(Work("train", steps=20))
    assert given["batches"].shape == (20, 10)
    assert all(len(set(rows)) == 10 for rows in given["batches"].tolist())
    assert sorted(np.unique(given["y"])) == [0, 1, 2]
    assert all(a > b for a, b in itertools.pairwise(given["rates"]))


def test_a_real_worker_agrees_and_answers_errors(tmp_path):
    with client.Worker("fused", 1, tmp_path, timeout=60) as worker:
        assert set(worker.versions) == {"qunlearn", "jax"}
        results = measure.measure(Work("gradient", batch=2), {"fused": worker}, measure.QUICK, {})
        assert results["fused"]["status"] == "ok"
        with pytest.raises(client.WorkerFailed, match="no such kind"):
            worker.prepare(Work("no such kind"))


def test_a_rival_that_is_not_installed_is_refused_with_the_way_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(implementations, "ENVIRONMENTS", tmp_path)
    with pytest.raises(client.WorkerFailed, match="setup_rivals"):
        client.Worker("qulacs", 1, tmp_path, timeout=1)


def test_limits_quote_the_record(record):
    record["works"]["run-second"] = {"results": {"default": {"seconds": [4.25], "units": 1, "of": 1}}}
    assert any("takes 4.2 s the second time" in text for text in limits.limits(record))
    assert not any("second time" in text for text in limits.limits({**record, "works": {}}))
