"""The distributions, against loops."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from qunlearn.report.metric_rows import metric_rows
from qunlearn.report.page.figures import figures
from qunlearn.results.evidence import Evidence, read_evidence
from qunlearn.results.run_results import read


@pytest.fixture
def evidence(run: Path, summary: dict[str, Any]) -> Evidence:
    return read_evidence(run / "evidence.safetensors", summary)


def kl(p: np.ndarray, q: np.ndarray, forget: int) -> float:
    kept = [k for k in range(len(p)) if k != forget]
    p_sum, q_sum = sum(p[k] for k in kept), sum(q[k] for k in kept)
    return sum(p[k] / p_sum * math.log((p[k] / p_sum) / (q[k] / q_sum)) for k in kept)


def test_divergences_are_those_of_the_definition(evidence: Evidence) -> None:
    found = evidence.divergence()
    c, gold = evidence.forget_index, evidence.gold[:, evidence.y != evidence.forget_index]
    rows = range(gold.shape[1])
    for model in ("original", "unlearned"):
        q = getattr(evidence, model)[evidence.y != c]
        expected = [kl(gold[g, i], q[i], c) for g in range(len(gold)) for i in rows]
        np.testing.assert_allclose(sorted(found[model]), sorted(expected), atol=1e-12)
    expected = [kl(gold[g, i], gold[0, i], c) for g in range(1, len(gold)) for i in rows]
    assert len(found["gold_gold"]) == len(gold) * len(expected)
    np.testing.assert_allclose(sorted(found["gold_gold"][: len(expected)]), sorted(expected), atol=1e-12)


def test_divergences_agree_with_the_summary(evidence: Evidence, summary: dict[str, Any]) -> None:
    for model, values in evidence.divergence().items():
        found = [values.mean(), np.median(values), values.max()]
        wanted = [summary[model][f"kl_gold_{name}"] for name in ("mean", "median", "max")]
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_probabilities_of_the_forgotten_class(evidence: Evidence, summary: dict[str, Any]) -> None:
    for name, rows in (("forget", evidence.forget), ("retain", ~evidence.forget)):
        for model, values in evidence.probability(rows).items():
            assert values.mean() == pytest.approx(summary[model][f"forget_probability_{name}"], rel=1e-12)
    assert len(evidence.probability(evidence.forget)["gold"]) == 16 * 30


def test_pictures_print_the_means_of_the_summary(run: Path, summary: dict[str, Any]) -> None:
    folder = read(run)
    drawn = figures(folder, metric_rows(folder.rows, summary["class_names"]))
    for (_, picture), name in zip(drawn.probability, ("forget", "retain"), strict=True):
        for model in ("original", "unlearned", "gold"):
            assert f"mean {summary[model][f'forget_probability_{name}']:.3f} · median" in picture
    assert f"mean {summary['unlearned']['kl_gold_mean']:.4f} · median" in str(drawn.divergence)


@pytest.mark.parametrize("kind", ["instances", "feature", "client"])
def test_without_a_class_nothing_is_left_out_and_the_true_class_is_looked_at(
    kind: str, others: dict[str, Path]
) -> None:
    folder = read(others[kind])
    evidence, arrays = folder.evidence, load_file(others[kind] / "evidence.safetensors")
    n = len(evidence.y)
    assert evidence.forget.tolist() == [False] * (n - 30) + [True] * 30
    found = evidence.probability(evidence.forget)
    y = arrays["y_audit"]
    assert found["unlearned"].tolist() == [arrays["p_unlearned"][i, y[i]] for i in range(n - 30, n)]
    assert found["gold"].tolist() == [p[i, y[i]] for p in arrays["p_gold"] for i in range(n - 30, n)]
    p, q = arrays["p_gold"][0, 0], arrays["p_unlearned"][0]
    assert evidence.divergence()["unlearned"][0] == pytest.approx(sum(p * np.log(p / q)), rel=1e-9)
