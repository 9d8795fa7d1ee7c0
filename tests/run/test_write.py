"""Whoever holds a run folder can recompute its numbers: here with slow loops and an independent simulator."""

import json
from math import exp, log, pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet
from safetensors.numpy import load_file

from reference import metrics, vqc

FORGOTTEN = 2
MODELS = ("original", "unlearned", "gold")


@pytest.fixture(scope="module")
def evidence(finished_run: Path) -> dict[str, np.ndarray]:
    return load_file(finished_run / "evidence.safetensors")


STATES = ("state_", "readout_", "seed_averaged_")


@pytest.fixture(scope="module")
def summary(finished_run: Path) -> dict[str, Any]:
    return json.loads((finished_run / "summary.json").read_text())


@pytest.fixture(scope="module")
def rows(finished_run: Path) -> list[dict[str, Any]]:
    return parquet.read_table(finished_run / "rows.parquet").to_pylist()


def probabilities(params: np.ndarray, x: np.ndarray) -> list[list[float]]:
    """The tiny run's model: pairwise encoding of 3 features, one ansatz layer, <Z> of each qubit, softmax."""
    result = []
    for row in x:
        gates = vqc.encoding("pairwise", 3, row) + vqc.ansatz("ry_rz_cnot_ring", 3, 1, params)
        powers = [exp(z) for z in vqc.expectations(3, gates, (0, 1, 2))]
        result.append([power / sum(powers) for power in powers])
    return result


def test_arrays(evidence: dict[str, np.ndarray]) -> None:
    shapes = {name: array.shape for name, array in evidence.items()}
    n = {"train": 96, "val": 24, "test": 30}
    assert shapes == {
        **{f"x_{part}": (rows, 3) for part, rows in n.items()},
        **{f"y_{part}": (rows,) for part, rows in n.items()},
        "forget_mask": (96,),
        "x_audit": (30, 3),
        "y_audit": (30,),
        "forget_audit": (30,),
        "x_roles": (126, 3),
        "y_roles": (126,),
        "roles": (126,),
        **{f"roles_p_{model}": (126, 3) for model in ("original", "unlearned")},
        "roles_p_gold": (3, 126, 3),
        "original": (6,),
        "unlearned": (6,),
        "gold": (3, 6),
        "p_original": (30, 3),
        "p_unlearned": (30, 3),
        "p_gold": (3, 30, 3),
    }
    assert {evidence[f"y_{part}"].dtype for part in n} == {np.dtype(np.int64)}
    marks = {name: a for name, a in evidence.items() if name.startswith("forget_")}
    assert {a.dtype for a in marks.values()} == {np.dtype(bool)}
    whole = {name for name in evidence if name.startswith("y_")} | {"roles"}
    numbers = {a.dtype for name, a in evidence.items() if name not in whole and name not in marks}
    assert numbers == {np.dtype(np.float64)}
    np.testing.assert_array_equal(evidence["forget_mask"], evidence["y_train"] == 2)
    np.testing.assert_array_equal(evidence["forget_audit"], evidence["y_test"] == 2)
    for part in n:
        assert 0 <= evidence[f"x_{part}"].min() < evidence[f"x_{part}"].max() <= pi
        assert set(evidence[f"y_{part}"].tolist()) == {0, 1, 2}


@pytest.mark.parametrize("model", MODELS)
def test_probabilities(evidence: dict[str, np.ndarray], model: str) -> None:
    x = evidence["x_test"]
    params = evidence[model]
    expected = [probabilities(p, x) for p in params] if model == "gold" else probabilities(params, x)
    np.testing.assert_allclose(evidence[f"p_{model}"], expected, rtol=0, atol=1e-9)


def test_inputs_from_the_raw_rows(finished_run: Path, evidence: dict[str, np.ndarray]) -> None:
    from sklearn.datasets import load_iris

    raw = load_iris()
    split = json.loads((finished_run / "split.json").read_text())
    fitted = json.loads((finished_run / "preprocess.json").read_text())
    for part in ("train", "val", "test"):
        for at, row in enumerate(split[part]):
            assert evidence[f"y_{part}"][at] == raw.target[row]
            centred = [
                (v - m) / s for v, m, s in zip(raw.data[row], fitted["mean"], fitted["scale"], strict=True)
            ]
            for j, axis in enumerate(fitted["components"]):
                z = sum(a * c for a, c in zip(axis, centred, strict=True))
                unit = (z - fitted["minimum"][j]) / (fitted["maximum"][j] - fitted["minimum"][j])
                assert evidence[f"x_{part}"][at, j] == pytest.approx(pi * min(max(unit, 0), 1), abs=1e-12)
    assert len({*split["train"], *split["val"], *split["test"], *split["holdout"]}) == 150


def alone(p: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """The measures of one model by itself."""
    forgotten = [i for i in range(len(y)) if y[i] == FORGOTTEN]
    retained = [i for i in range(len(y)) if y[i] != FORGOTTEN]
    return {
        "forget_recall": metrics.accuracy(p, y, forgotten),
        "retain_accuracy": metrics.accuracy(p, y, retained),
        "forget_probability_forget": metrics.mean([p[i][FORGOTTEN] for i in forgotten]),
        "forget_probability_retain": metrics.mean([p[i][FORGOTTEN] for i in retained]),
    }


def divergences(gold: np.ndarray, p: np.ndarray, y: np.ndarray) -> list[list[float]]:
    """KL(gold‖model) over retained samples and labels, one list per gold model."""
    result = []
    for one in gold:
        values = []
        for i in range(len(y)):
            if y[i] != FORGOTTEN:
                g, m = one[i][:FORGOTTEN], p[i][:FORGOTTEN]
                g, m = [v / sum(g) for v in g], [v / sum(m) for v in m]
                values.append(sum(a * log(a / b) for a, b in zip(g, m, strict=True)))
        result.append(values)
    return result


def spread(values: list[list[float]]) -> dict[str, float]:
    pooled = [v for one in values for v in one]
    return {
        "kl_gold_mean": metrics.mean(pooled),
        "kl_gold_median": metrics.median(pooled),
        "kl_gold_max": max(pooled),
    }


@pytest.mark.parametrize("model", ["original", "unlearned"])
def test_headline_of_a_model(evidence: dict[str, np.ndarray], summary: dict[str, Any], model: str) -> None:
    y, gold, p = evidence["y_test"], evidence["p_gold"], evidence[f"p_{model}"]
    found = divergences(gold, p, y)
    means = [metrics.mean(one) for one in found]
    expected = {**alone(p, y), **spread(found), "kl_gold_mean_stderr": metrics.standard_error(means)}
    assert summary[model] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", ["gold", "gold_gold"])
def test_headline_of_gold(evidence: dict[str, np.ndarray], summary: dict[str, Any], name: str) -> None:
    y, gold = evidence["y_test"], evidence["p_gold"]
    each = [alone(p, y) for p in gold]
    between = [one for g in range(3) for one in divergences(np.delete(gold, g, axis=0), gold[g], y)]
    expected = spread(between)
    for id in each[0]:
        values = [one[id] for one in each]
        expected[id], expected[f"{id}_stderr"] = metrics.mean(values), metrics.standard_error(values)
    given = dict(summary[name])
    assert given.pop("kl_gold_mean_stderr") > 0
    assert given == pytest.approx(expected, abs=1e-12)


def test_rows_gaps_and_null_ranges(
    evidence: dict[str, np.ndarray], summary: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    y, gold = evidence["y_test"], evidence["p_gold"]
    values = {id: [alone(p, y)[id] for p in gold] for id in alone(gold[0], y)}
    others = [divergences(np.delete(gold, g, axis=0), gold[g], y) for g in range(3)]
    values |= {id: [spread(one)[id] for one in others] for id in spread(others[0])}
    table = {(row["model"], row["metric"]): row for row in rows}
    assert len(table) == len(rows)
    for id, null in values.items():
        low, high = metrics.quantile(null, 0.025), metrics.quantile(null, 0.975)
        for model in ("original", "unlearned", "gold", "gold_gold"):
            row = table[model, id]
            assert row["value"] == summary[model][id]
            assert row["stderr"] == summary[model].get(f"{id}_stderr", row["stderr"])
            assert row["gap"] == pytest.approx(row["value"] - summary["gold_gold"][id], abs=1e-15)
            assert (row["null_low"], row["null_high"]) == pytest.approx((low, high), abs=1e-12)
            assert row["split"] == "test"


def test_every_metric_has_a_row_for_every_model(rows: list[dict[str, Any]]) -> None:
    from qunlearn.metrics import METRICS

    expected = {*METRICS, "recall/0", "recall/1", "recall/2"} - {"recall"}
    for model in ("original", "unlearned", "gold", "gold_gold"):
        found = {row["metric"] for row in rows if row["model"] == model and row["split"] == "test"}
        assert {id for id in found if not id.startswith(STATES)} == expected


def test_confusion(evidence: dict[str, np.ndarray], summary: dict[str, Any]) -> None:
    y = evidence["y_test"]
    for model in ("original", "unlearned"):
        assert summary["confusion"][model] == metrics.confusion(evidence[f"p_{model}"], y, 3)
    mean = np.mean([metrics.confusion(p, y, 3) for p in evidence["p_gold"]], axis=0)
    np.testing.assert_allclose(summary["confusion"]["gold"], mean, atol=1e-12)


def test_verdict_counts_what_lies_inside(summary: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    checks = summary["spread"]["checks"]
    table = {(row["model"], row["metric"]): row for row in rows}
    for check in checks:
        row = table["unlearned", check["metric"]]
        assert {k: check[k] for k in ("value", "gap", "null_low", "null_high")} == {
            k: row[k] for k in ("value", "gap", "null_low", "null_high")
        }
        assert check["inside"] == (row["null_low"] <= row["value"] <= row["null_high"])
    inside = sum(check["inside"] for check in checks)
    sentence = summary["spread"]["sentence"]
    assert "Of the test rows of class virginica" in sentence
    assert f"{summary['unlearned']['forget_recall']:.1%} are still recognised" in sentence
    assert f"({summary['original']['forget_recall']:.1%} before" in sentence
    assert f"{inside} of {len(checks)} measures" in sentence
    assert "3 retrained models" in sentence


def test_summary_says_what_was_run(summary: dict[str, Any]) -> None:
    assert summary["dataset"] == "iris"
    assert summary["seed"] == 0
    assert summary["forget_class"] == "virginica"
    assert summary["forget_index"] == FORGOTTEN
    assert summary["class_names"] == ["setosa", "versicolor", "virginica"]
    assert summary["gold_size"] == 3
    method = summary["method"]
    assert method["id"] == "distribution_guided"
    assert (method["steps"], method["beta"], method["target"], method["mu"]) == (4, 3.0, "similarity", 0.01)
    e = exp(1)
    assert summary["probability_range"] == pytest.approx(
        {"floor": (1 / e) / (1 / e + 2 * e), "ceiling": e / (e + 2 / e)}
    )


def test_costs_are_counted(summary: dict[str, Any]) -> None:
    """Six steps of ten samples, 24 for validation after each; the shift rule needs 2 x 6 circuits."""
    train, unlearn, retrain = (summary["cost"][stage] for stage in ("train", "unlearn", "retrain"))
    assert (train["gradients"], train["forwards"]) == (60, 60 + 6 * 24)
    assert (retrain["gradients"], retrain["forwards"]) == (60, 60 + 6 * 16)
    batch = summary["method"]["batch"]
    assert unlearn["gradients"] == 4 * 2 * batch
    assert unlearn["forwards"] == 4 * 2 * batch + 64 + 32
    for stage in (train, unlearn, retrain):
        assert stage["circuits"] == 12 * stage["gradients"] + stage["forwards"]
        assert stage["seconds"] > 0
    assert retrain["seconds"] == pytest.approx(train["seconds"] * retrain["circuits"] / train["circuits"])


def test_trace(finished_run: Path) -> None:
    table = parquet.read_table(finished_run / "trace.parquet")
    assert {field.name: str(field.type) for field in table.schema} == {
        "phase": "string",
        "step": "int64",
        "quantity": "string",
        "value": "double",
    }
    curves: dict[tuple[str, str], list[int]] = {}
    for row in table.to_pylist():
        curves.setdefault((row["phase"], row["quantity"]), []).append(row["step"])
    few, more = [1, 2, 3, 4], [1, 2, 3, 4, 5, 6]
    assert curves == {
        ("train", "loss"): more,
        ("train", "val_loss"): more,
        **{("unlearn", term): few for term in ("loss", "forget", "anchor", "proximity")},
    }


def test_record(finished_run: Path) -> None:
    import hashlib

    run = json.loads((finished_run / "run.json").read_text())
    on_disk = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in finished_run.iterdir()}
    assert on_disk.pop("run.json")
    assert run["sha256"] == on_disk
    assert run["seeds"] == {"data": 0, "train": 0, "unlearn": 0, "gold": 0}
    assert {"qunlearn", "python", "jax", "numpy", "safetensors"} <= run["versions"].keys()
    assert set(run["seconds"]) == {"train", "unlearn", "gold", "audit"}
    assert all(seconds >= 0 for seconds in run["seconds"].values())
    assert run["started"] <= run["ended"]
    assert run["command"].startswith("qunlearn run iris ")
    assert str(finished_run.parent) not in (finished_run / "run.json").read_text()
